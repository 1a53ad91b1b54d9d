//! The simulated provider: what a user agent sees between call 7 and the application's own address.
//!
//! | page | what it does |
//! | --- | --- |
//! | `GET /mvpd/{mvpd}/sso?code=` | the entrance: on to the login page, or back when the user agent is still signed in here |
//! | `GET /mvpd/{mvpd}/login?code=` | the login page; `as=` fills in a test user, `q=` looks for one |
//! | `POST /mvpd/{mvpd}/login` | checks `username` and `password` and leads back to `redirectUrl`, or to the PIN; `remember` says whether to know this user agent again |
//! | `GET, POST /mvpd/{mvpd}/pin?code=` | asks for the parental `pin` of a user who has one, after the password |
//! | `GET /mvpd/{mvpd}/back?code=` | leads back from a page on which a login ended |
//! | `GET /mvpd/{mvpd}/logout?redirect_url=` | forgets the user agent and leads back |

mod hints;
mod login;
mod logout;
mod memory;
mod page;
mod pin;
mod trouble;
mod urls;
mod visit;

use http::header::ALLOW;
use http::{HeaderValue, Method, StatusCode};
use url::Url;

use crate::app::App;
use crate::http::{Form, Request, Response};
use crate::journal::Facts;
use crate::ledger::{Entry, decided, documented, inferred};
use crate::pages;
use crate::router::decode;

pub use memory::Memory;
pub use urls::{PREFIX, entry_url, logout_url};
pub use visit::Refusal;

const LOGOUT_FLOW: &str = "rest-apis/rest-api-v2/flows/basic-access-flows/\
    rest-api-v2-basic-logout-primary-application-flow.md";
const LOGIN_FLOW: &str = "rest-apis/rest-api-v2/flows/basic-access-flows/\
    rest-api-v2-basic-authentication-primary-application-flow.md";

pub(crate) const LEDGER: &[Entry] = &[
    documented(LOGIN_FLOW, "a successful login saves a profile and ends at the `redirectUrl`"),
    documented(
        LOGOUT_FLOW,
        "the logout page clears the provider's own login and ends at the `redirectUrl`",
    ),
    inferred(
        "the documents have the user agent opened so that the provider can clean up",
        "until its logout page is visited, a provider signs the same user agent in without asking",
    ),
    decided(
        "the documents leave it to the provider",
        "wrong credentials show the login page again, with status 200",
    ),
    decided(
        "the documents leave it to the provider",
        "a cancelled login ends at the `redirectUrl` with nobody signed in",
    ),
    decided(
        "the documents leave it to the provider",
        "a box on the login page, ticked unless somebody unticks it, says whether the provider signs \
         the user agent in again; it does for a year, or until its logout page is visited",
    ),
    decided(
        "the documents leave it to the provider; parental controls are about who sits there now",
        "a user with a parental PIN is asked for it after the password, and again whenever the \
         provider signs the user agent in without asking for the password",
    ),
    decided(
        "the documents leave it to the provider",
        "a PIN can be given for ten minutes after the password and in the same user agent; after \
         three wrong ones the session counts as denied by the provider",
    ),
    decided(
        "a test speaks for the viewer, who knows the PIN and waits until the provider works",
        "the control API completes a login whatever the provider's pages would ask or answer",
    ),
    decided(
        "the documents leave it to the provider",
        "an error page of the provider (`login: error`) has status 200 and a way back to the \
         `redirectUrl`; the session stays open",
    ),
    decided(
        "samples show the parameters of the address and nothing of the page",
        "the logout page redirects at once, with status 302",
    ),
];

/// Answers a request for one of the pages.
pub fn dispatch(app: &App, request: &Request, facts: &mut Facts) -> Response {
    let path = request.path.strip_prefix(PREFIX).unwrap_or_default();
    let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    let [mvpd, page] = segments[..] else { return nothing_here() };
    let (id, fixtures) = (decode(mvpd), app.fixtures.load());
    let Some(mvpd) = visit::provider(&fixtures, &id) else { return nothing_here() };
    note(app, request, &id, facts);
    match (page, &request.method) {
        ("sso", &Method::GET) => login::enter(app, request, mvpd),
        ("login", &Method::GET) => login::show(app, request, mvpd),
        ("login", &Method::POST) => login::submit(app, request, mvpd),
        ("pin", &Method::GET) => pin::show(app, request, mvpd),
        ("pin", &Method::POST) => pin::submit(app, request, mvpd),
        ("back", &Method::GET) => trouble::go_back(app, request, mvpd),
        ("logout", &Method::GET) => logout::leave(request, mvpd),
        ("sso" | "back" | "logout", _) => wrong_method("GET"),
        ("login" | "pin", _) => wrong_method("GET, POST"),
        _ => nothing_here(),
    }
}

/// What the journal is to know of a visit.
fn note(app: &App, request: &Request, mvpd: &str, facts: &mut Facts) {
    facts.mvpd = Some(mvpd.to_owned());
    let (query, form) = (request.query_form(), Form::parse(&request.body));
    facts.code = form.get("code").or_else(|| query.get("code")).map(str::to_owned);
    let session = facts.code.as_deref();
    let session = session.and_then(|code| app.domain.sessions.find_code(code, app.clock.now()));
    if let Some(session) = session {
        facts.service_provider = Some(session.owner.service_provider.to_string());
    }
}

/// Sends the user agent on to the application's own address: exactly as the application wrote it,
/// because it waits for that, unless no header can carry it so.
fn lead_to(url: &str) -> Response {
    match HeaderValue::try_from(url) {
        Ok(_) => Response::redirect(url),
        Err(_) => Response::redirect(Url::parse(url).as_ref().map_or("/", Url::as_str)),
    }
}

fn nothing_here() -> Response {
    pages::problem(
        StatusCode::NOT_FOUND,
        "There is no such page",
        &["The address may be mistyped. Use the one that your TV or your app shows you."],
    )
}

fn wrong_method(allowed: &str) -> Response {
    let page = pages::problem(
        StatusCode::METHOD_NOT_ALLOWED,
        "This page cannot be used like that",
        &[
            "Open the address that your TV or your app shows you, in a browser, and go on from there.",
        ],
    );
    page.with_header(ALLOW, allowed)
}
