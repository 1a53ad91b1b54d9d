//! A request's life on one screen.

use http::header::{ALLOW, HeaderValue};
use http::{Method, StatusCode};

use crate::app::App;
use crate::http::{Request, Response};
use crate::journal::{Actor, Entry, Facts, Outcome};
use crate::router::{self, Endpoint, Route};
use crate::{api, mvpd};

/// Answers one request to the public port, and writes both down.
pub async fn handle(app: &App, request: Request) -> Response {
    let arrived = app.clock.stamp();
    let device_address = request.device_address();
    let mut facts = Facts::default();
    let route = router::route(&request.method, &request.path);
    let endpoint = match route {
        Route::Found(endpoint, _) => Some(endpoint),
        _ => None,
    };
    let response = answer(app, &request, &route, &mut facts);
    app.journal.append(Entry {
        arrived,
        answered: app.clock.stamp(),
        method: request.method,
        path: request.path,
        query: request.query,
        request_headers: request.headers,
        request_body: request.body,
        peer: request.peer,
        local: request.local,
        device_address,
        actor: Actor::Client,
        endpoint,
        facts,
        outcome: Outcome::Answered {
            status: response.status,
            headers: response.headers.clone(),
            body: response.body.clone(),
            complete: true,
        },
        faults: Vec::new(),
        near_miss: None,
    });
    response
}

fn answer(app: &App, request: &Request, route: &Route, facts: &mut Facts) -> Response {
    match route {
        Route::NotFound => Response::empty(StatusCode::NOT_FOUND),
        Route::WrongMethod(allowed) => {
            let mut response = api::method_not_allowed(app);
            response.headers.insert(ALLOW, allow(allowed));
            response
        }
        Route::Found(Endpoint::Page, _) => mvpd::dispatch(app, request, facts),
        Route::Found(endpoint, params) => api::dispatch(app, *endpoint, params, request, facts),
    }
}

fn allow(methods: &[Method]) -> HeaderValue {
    let list = methods.iter().map(Method::as_str).collect::<Vec<_>>().join(", ");
    HeaderValue::try_from(list).unwrap_or(HeaderValue::from_static(""))
}
