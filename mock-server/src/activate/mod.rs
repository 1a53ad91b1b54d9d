//! The second screen: the web page at `/activate`, where a person types the code that the TV shows
//! and gets the TV signed in.
//!
//! It is an application like any other: it registers, keeps its token, calls the documented API the
//! way its documents ask of a *secondary application*, and knows nothing of the service's state.
//! Its calls go through the pipeline, so that they are throttled, faulted and written down; the
//! journal calls their actor `second_screen`. `client` is the part to read for who writes such an
//! application.
//!
//! | page | what it does |
//! | --- | --- |
//! | `GET /activate?code=` | asks for the code, any service provider's; `/activate/{sp}` for one of them |
//! | `POST /activate` | looks the code up (call 6) |
//! | `GET /activate/{sp}/{code}` | asks for the provider (call 3) where none was picked, else shows which it is; `q=` filters |
//! | `POST /activate/{sp}/{code}` | completes the session (call 5) and leads to call 7 |
//! | `GET /activate/{sp}/{code}/done` | where the login ends: tells whether the TV is signed in (call 10) |

mod application;
mod browser;
mod client;
mod code;
mod done;
mod enter;
mod picker;
mod proceed;
mod session;
mod trouble;
mod view;
mod visit;
mod wire;

use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;

use http::header::ALLOW;
use http::{Method, StatusCode};

use crate::app::App;
use crate::http::{Request, Response};
use crate::journal::Facts;
use crate::ledger::{Entry, decided, documented};
use crate::router::decode;

pub use application::SecondScreen;
use view::Notice;
pub(crate) use view::{SCRIPT, style};
use visit::Visit;

/// Everything of the second screen is below this path.
pub const PREFIX: &str = "/activate";

const FLOW: &str = "rest-apis/rest-api-v2/flows/basic-access-flows/\
    rest-api-v2-basic-authentication-secondary-application-flow.md";
const PROFILES_FLOW: &str = "rest-apis/rest-api-v2/flows/basic-access-flows/\
    rest-api-v2-basic-profiles-secondary-application-flow.md";

pub(crate) const LEDGER: &[Entry] = &[
    documented(
        FLOW,
        "a code typed into the second screen is looked up before a user agent is sent to call 7, and \
         the person is told when it is not good",
    ),
    documented(
        FLOW,
        "the second screen resumes a session with what it still misses, and opens call 7 itself \
         where nothing is missing",
    ),
    documented(
        PROFILES_FLOW,
        "the second screen learns from the profile of the code whether the TV is signed in",
    ),
    decided(
        "resuming could replace what the TV said, and the documents have it complete what is missing",
        "where the TV named its own redirectUrl the login ends there, in a window of its own, and the \
         second screen waits in the first one",
    ),
    decided(
        "a code does not tell whose it is, and the API asks for the service provider",
        "the second screen asks one service provider after another for a code; of more than five the \
         person chooses one, and /activate/{serviceProvider} asks for one alone",
    ),
    decided(
        "a phone beside the TV often has the same address",
        "the second screen's calls are counted by the browser's address, apart from those of a \
         device at that address (100::ffff:… in the list of who is throttled); what the browser itself asks of call 7 \
         counts as ever",
    ),
    decided(
        "the documents name no way for a web application to get a software statement here",
        "the second screen registers with the listed statement `second-screen` if there is one, with \
         a statement of its own where any is accepted, else with the first that is not revoked",
    ),
];

/// Whether a path is one of the second screen's.
pub(crate) fn owns(path: &str) -> bool {
    path.split('/').nth(1).is_some_and(|first| decode(first) == PREFIX[1..])
}

/// By which address the throttle counts what the second screen asks for a browser: one out of the
/// discard-only prefix, from which no device calls.
pub(crate) fn allowance(browser: IpAddr) -> IpAddr {
    let address = match browser {
        IpAddr::V4(address) => address.to_ipv6_mapped(),
        IpAddr::V6(address) => address,
    };
    let mut segments = address.segments();
    segments[0] = 0x100;
    Ipv6Addr::from(segments).into()
}

/// Answers a request for one of the pages.
pub(crate) async fn respond(app: &Arc<App>, request: &Request, facts: &mut Facts) -> Response {
    let path: Vec<_> = request.path.split('/').skip(2).map(decode).collect();
    let path: Vec<&str> = path.iter().map(|segment| &**segment).collect();
    let path = path.strip_suffix(&[""]).unwrap_or(&path);
    let visit = Visit::new(app, request);
    let (get, post) = (request.method == Method::GET, request.method == Method::POST);
    if let [sp, ref rest @ ..] = *path {
        facts.service_provider = Some(sp.to_owned());
        facts.code = rest.first().map(|code| (*code).to_owned());
    }
    let answer = match *path {
        [] if get => enter::show(&visit, None),
        [] if post => enter::submit(&visit, None, facts).await,
        [sp] if get && visit.knows(sp) => enter::show(&visit, Some(sp)),
        [sp] if post && visit.knows(sp) => enter::submit(&visit, Some(sp), facts).await,
        [sp, code] if get && visit.knows(sp) => session::show(&visit, sp, code).await,
        [sp, code] if post && visit.knows(sp) => proceed::submit(&visit, sp, code).await,
        [sp, code, "done"] if get && visit.knows(sp) => done::show(&visit, sp, code).await,
        [] => wrong_method("GET, POST"),
        [sp] | [sp, _] if !get && !post && visit.knows(sp) => wrong_method("GET, POST"),
        [sp, _, "done"] if !get && visit.knows(sp) => wrong_method("GET"),
        _ => nothing_here(),
    };
    visit.remembered(answer)
}

fn nothing_here() -> Response {
    Notice::new("There is no such page")
        .saying("The address may be mistyped.")
        .leading_to(PREFIX, "Type the code that your TV shows")
        .answer(StatusCode::NOT_FOUND)
}

fn wrong_method(allowed: &str) -> Response {
    let page = Notice::new("This page cannot be used like that")
        .saying("Open it in a browser.")
        .leading_to(PREFIX, "Type the code that your TV shows")
        .answer(StatusCode::METHOD_NOT_ALLOWED);
    page.with_header(ALLOW, allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn its_own_paths_and_no_others() {
        for path in ["/activate", "/activate/", "/%61ctivate", "/activate/REF30/8ER640M/done"] {
            assert!(owns(path), "{path}");
        }
        for path in ["/", "", "/activated", "/mvpd/activate", "/api/v2/activate"] {
            assert!(!owns(path), "{path}");
        }
    }

    #[test]
    fn allowances_are_apart_from_devices_and_from_each_other() {
        let allowance = |address: &str| allowance(address.parse().unwrap());
        assert_eq!(allowance("192.0.2.1").to_string(), "100::ffff:c000:201");
        let all = ["192.0.2.1", "192.0.2.2", "::1", "2001:db8::1"].map(allowance);
        for (place, one) in all.iter().enumerate() {
            assert_eq!(one.to_canonical(), *one);
            assert!(all[..place].iter().all(|other| other != one), "{one}");
        }
    }
}
