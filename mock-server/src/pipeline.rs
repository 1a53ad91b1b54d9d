//! A request's life on one screen.

mod exchange;
mod send;

use std::sync::Arc;

use http::header::{ALLOW, HeaderName};
use http::{HeaderValue, Method, StatusCode};

use crate::activate;
use crate::app::App;
use crate::faults::{Delivery, Subject, When};
use crate::http::{Eventually, Reply, Request, Response};
use crate::journal::Actor;
use crate::ledger::{Entry, decided, documented, inferred};
use crate::router::{self, Endpoint, Route};
use crate::{api, cors, mvpd};

use exchange::Exchange;

const THROTTLING: &str = "throttling-mechanism.md";

pub(crate) const LEDGER: &[Entry] = &[
    decided(
        "web applications call from origins of their own",
        "every answer can be read by a page of any origin, and a preflight is answered before \
         everything else, with neither token nor allowance",
    ),
    decided(
        "the pages list statuses, not an order",
        "what surrounds a call is checked in this order: preflight, throttle, path, method, size of \
         the body",
    ),
    documented(
        THROTTLING,
        "a device that calls more often than it may is answered 429: an HTML page, without \
         Retry-After",
    ),
    documented(
        THROTTLING,
        "a device is the first address of X-Forwarded-For, else the one it calls from; one call a \
         second and a burst of ten by default",
    ),
    decided(
        "the page's example of 17 calls allows for more than one arithmetic",
        "the seconds of a device are counted from its first call, their unused slots are lost, and \
         the burst is granted once; a setting makes it a token bucket",
    ),
    decided(
        "the page does not say when a device is new again",
        "an address that was silent for a quarter of an hour calls for the first time again",
    ),
    inferred(
        "what is not documented does not exist",
        "a path that no page has is a bare 404; the journal says which one was probably meant",
    ),
    inferred("RFC 9110 says so", "another method is answered 405 with `Allow`, as JSON"),
    decided("samples have it, pages do not", "a slash at the end of a path changes nothing"),
    decided(
        "a server without a limit can be exhausted",
        "a body of more than 64 KiB is answered 413, as far as the path and the method are good",
    ),
];

/// The header by which an embedding harness marks its own requests.
const HARNESS: HeaderName = HeaderName::from_static("x-pass-harness");

/// Answers one request to the public port, and writes both down.
pub fn handle(app: &Arc<App>, mut request: Request) -> Eventually<Reply> {
    let arrived = app.clock.stamp();
    let route = router::route(&request.method, &request.path);
    let actor = actor(app, &mut request, &route);
    serve(app, Exchange::new(arrived, request, route, actor))
}

/// Answers one call that the second screen's application makes, as it would answer one that came
/// over the network from a server of somebody else's.
pub(crate) fn handle_second_screen(app: &Arc<App>, request: Request) -> Eventually<Reply> {
    let arrived = app.clock.stamp();
    let route = router::route(&request.method, &request.path);
    serve(app, Exchange::new(arrived, request, route, Actor::SecondScreen))
}

/// At once, unless there are faults, the second screen asks the service in turn, or the disk has to
/// have what is promised.
fn serve(app: &Arc<App>, mut exchange: Exchange) -> Eventually<Reply> {
    let answer = match before_the_path(app, &exchange) {
        Some(settled) => settled,
        None if app.faults.is_idle() && !is_second_screens(&exchange) => {
            promised(app, &mut exchange)
        }
        None => return Eventually::later(serve_patiently(Arc::clone(app), Box::new(exchange))),
    };
    match exchange.promise.take() {
        None => Eventually::now(send::whole(app, &exchange, answer)),
        Some(promise) => {
            let (app, exchange) = (Arc::clone(app), Box::new(exchange));
            Eventually::later(async move {
                app.keep(Some(promise)).await;
                send::whole(&app, &exchange, answer)
            })
        }
    }
}

async fn serve_patiently(app: Arc<App>, mut exchange: Box<Exchange>) -> Reply {
    let (answer, delivery) = if app.faults.is_idle() {
        (answer(&app, &mut exchange).await, Delivery::Whole)
    } else {
        with_faults(&app, &mut exchange).await
    };
    app.keep(exchange.promise.take()).await;
    send::send(&app, *exchange, answer, delivery).await
}

/// What the service answers while there are faults: perhaps late, perhaps something else, perhaps
/// nothing.
async fn with_faults(app: &Arc<App>, exchange: &mut Exchange) -> (Response, Delivery) {
    let Route::Found(endpoint, params) = &exchange.route else {
        return (answer(app, exchange).await, Delivery::Whole);
    };
    let subject = Subject::new(app, &exchange.request, (*endpoint, params), exchange.actor);
    let plan = match &subject {
        Some(subject) => app.faults.plan(subject, app.clock.now(), &app.ids),
        None => return (answer(app, exchange).await, Delivery::Whole),
    };
    exchange.faults = plan.certain();
    let unserved = plan.instead(When::Before);
    let delay = plan.delay(When::Before);
    if let Some(subject) = subject.filter(|_| unserved.is_some() || !delay.is_zero()) {
        subject.tell(&mut exchange.facts);
    }
    exchange.hold(app, delay).await;
    exchange.now = app.clock.now();
    if let Some(fault) = unserved {
        return fault.answer(app, &mut exchange.facts);
    }
    let own = answer(app, exchange).await;
    exchange.hold(app, plan.delay(When::After)).await;
    match plan.instead(When::After) {
        Some(fault) => fault.answer(app, &mut exchange.facts),
        None => {
            let (answer, delivery, faults) = plan.change(app, own, &mut exchange.facts);
            exchange.faults.extend(faults);
            (answer, delivery)
        }
    }
}

/// What is settled whatever the path: preflights first, so that a browser gets to see the rest, then
/// who calls too often.
fn before_the_path(app: &App, exchange: &Exchange) -> Option<Response> {
    let Exchange { arrived, request, device_address, .. } = exchange;
    if cors::is_preflight(request) {
        return Some(cors::preflight(request));
    }
    let counts = router::is_throttled(&request.path);
    // A phone beside the TV, behind the same address, does not spend the TV's allowance.
    let who = match exchange.actor {
        Actor::SecondScreen => activate::allowance(*device_address),
        _ => *device_address,
    };
    (counts && !app.throttle.admit(who, arrived.at)).then(Response::too_many_requests)
}

/// The checks of path, method and size; what the semantics check comes after them, in `api`.
async fn answer(app: &Arc<App>, exchange: &mut Exchange) -> Response {
    if is_second_screens(exchange) {
        // Boxed, because what it asks the service in turn comes this way again.
        return Box::pin(activate::respond(app, &exchange.request, &mut exchange.facts)).await;
    }
    promised(app, exchange)
}

/// Whether the second screen's application answers.
fn is_second_screens(Exchange { request, route, .. }: &Exchange) -> bool {
    matches!(route, Route::Found(Endpoint::Page, _))
        && activate::owns(&request.path)
        && !request.oversized
}

/// The service's own answer, and what has to be kept before it leaves.
fn promised(app: &App, exchange: &mut Exchange) -> Response {
    let (answer, promise) = app.promising(|| made(app, exchange));
    exchange.promise = promise;
    answer
}

fn made(app: &App, exchange: &mut Exchange) -> Response {
    let Exchange { request, route, facts, now, .. } = exchange;
    let request: &Request = request;
    match route {
        Route::NotFound => Response::empty(StatusCode::NOT_FOUND),
        Route::WrongMethod(endpoint, allowed) => {
            let mut response = api::method_not_allowed(app, *endpoint);
            response.headers.insert(ALLOW, allow(allowed));
            response
        }
        Route::Found(..) if request.oversized => Response::empty(StatusCode::PAYLOAD_TOO_LARGE),
        Route::Found(Endpoint::Page, _) => mvpd::dispatch(app, request, facts),
        Route::Found(endpoint, params) => {
            api::dispatch(app, (*endpoint, params), request, *now, facts)
        }
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

fn allow(methods: &[Method]) -> HeaderValue {
    let list = methods.iter().map(Method::as_str).collect::<Vec<_>>().join(", ");
    HeaderValue::try_from(list).unwrap_or(HeaderValue::from_static(""))
}
