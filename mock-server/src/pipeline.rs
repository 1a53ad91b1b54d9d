//! A request's life on one screen.

use std::net::IpAddr;

use http::header::{ALLOW, DATE, HeaderName};
use http::{HeaderValue, Method, StatusCode};

use crate::app::App;
use crate::clock::Stamp;
use crate::http::{Request, Response};
use crate::journal::{Actor, Entry, Facts, Outcome};
use crate::near_miss;
use crate::router::{self, Endpoint, Params, Route};
use crate::{api, cors, mvpd};

/// The header by which an embedding harness marks its own requests.
const HARNESS: HeaderName = HeaderName::from_static("x-pass-harness");

/// Answers one request to the public port, and writes both down.
pub async fn handle(app: &App, mut request: Request) -> Response {
    let arrived = app.clock.stamp();
    let route = router::route(&request.method, &request.path);
    let actor = actor(app, &mut request, &route);
    let device_address = request.device_address();
    let mut facts = facts(&route);
    let mut response = match before_the_path(app, arrived, device_address, &request) {
        Some(settled) => settled,
        None => answer(app, &request, &route, &mut facts),
    };
    cors::open(&request.headers, route.endpoint() != Some(Endpoint::Page), &mut response.headers);
    let answered = app.clock.stamp();
    response.headers.insert(DATE, app.date.at(answered.at));
    app.journal.append(Entry {
        arrived,
        answered,
        near_miss: near_miss(&request, actor, &route),
        endpoint: route.endpoint(),
        method: request.method,
        path: request.path,
        query: request.query,
        request_headers: request.headers,
        request_body: request.body,
        peer: request.peer,
        local: request.local,
        device_address,
        actor,
        facts,
        outcome: Outcome::Answered {
            status: response.status,
            headers: response.headers.clone(),
            body: response.body.clone(),
            complete: true,
        },
        faults: Vec::new(),
    });
    response
}

/// What is settled whatever the path: preflights first, so that a browser gets to see the rest, then
/// who calls too often.
fn before_the_path(
    app: &App,
    arrived: Stamp,
    device: IpAddr,
    request: &Request,
) -> Option<Response> {
    if cors::is_preflight(request) {
        return Some(cors::preflight(request));
    }
    let counts = router::is_throttled(&request.path);
    (counts && !app.throttle.admit(device, arrived.at)).then(too_many_requests)
}

/// The checks of path, method and size; what the semantics check comes after them, in `api`.
fn answer(app: &App, request: &Request, route: &Route, facts: &mut Facts) -> Response {
    match route {
        Route::NotFound => Response::empty(StatusCode::NOT_FOUND),
        Route::WrongMethod(endpoint, allowed) => {
            let mut response = api::method_not_allowed(app, *endpoint);
            response.headers.insert(ALLOW, allow(allowed));
            response
        }
        Route::Found(..) if request.oversized => Response::empty(StatusCode::PAYLOAD_TOO_LARGE),
        Route::Found(Endpoint::Page, _) => mvpd::dispatch(app, request, facts),
        Route::Found(endpoint, params) => api::dispatch(app, *endpoint, params, request, facts),
    }
}

fn actor(app: &App, request: &mut Request, route: &Route) -> Actor {
    let marked = app.harness_marker.as_ref().is_some_and(|marker| {
        // Taken off, so that what is written down is what an application would have sent.
        let mark = request.headers.remove(HARNESS);
        mark.is_some_and(|mark| mark.as_bytes() == marker.as_bytes())
    });
    match route.endpoint() {
        _ if cors::is_preflight(request) => Actor::Preflight,
        Some(Endpoint::Authenticate | Endpoint::Page) => Actor::UserAgent,
        _ if marked => Actor::Harness,
        _ => Actor::Client,
    }
}

/// What the path alone tells.
fn facts(route: &Route) -> Facts {
    let Route::Found(_, params) = route else { return Facts::default() };
    let Params { service_provider, mvpd, code, .. } = params.clone();
    Facts { service_provider, mvpd, code, ..Facts::default() }
}

fn near_miss(request: &Request, actor: Actor, route: &Route) -> Option<String> {
    match route {
        Route::Found(..) => None,
        _ if actor == Actor::Preflight => None,
        _ => near_miss::explain(&request.method, &request.path),
    }
}

/// Over the limit. The documented answer tells nothing about when to come back.
fn too_many_requests() -> Response {
    const PAGE: &str = "<html>\n<head><title>429 Too Many Requests</title></head>\n<body>\n\
        <center><h1>429 Too Many Requests</h1></center>\n</body>\n</html>\n";
    Response::with_body(StatusCode::TOO_MANY_REQUESTS, "text/html", PAGE)
}

fn allow(methods: &[Method]) -> HeaderValue {
    let list = methods.iter().map(Method::as_str).collect::<Vec<_>>().join(", ");
    HeaderValue::try_from(list).unwrap_or(HeaderValue::from_static(""))
}
