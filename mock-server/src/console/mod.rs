//! The console: the control API for a person, at `/console/` of the control listener.
//!
//! It does nothing that a script cannot do. What it shows it reads through the methods of
//! [`Control`](crate::control::Control); what its forms order is a call to the control API, made by
//! [`act`] and shown to the person as the call that it is.
//!
//! Pages are rendered here, a file each, and usable without a script. The script sends forms in the
//! background and takes over what changed; [`changes`] tells it when. Nothing is rendered for a tab
//! that nobody sees, and a list shows a window of what there is, whatever there is.
//!
//! | module | what it is |
//! | --- | --- |
//! | `door` | who may come in: the origin, the host, the token as a cookie |
//! | `page` | the layout and the headers of every page |
//! | `visit` | what a page is rendered from |
//! | `act` | the forms: which call to the control API each one is |
//! | `changes` | tells open pages that there is something new |
//! | `state` | what the console itself has to remember |
//! | `listing` | windows of long lists: the filter, the pages |
//! | `multipart` | forms that carry a file |
//! | `words` | instants and durations for people |

mod act;
mod changes;
mod door;
mod listing;
mod multipart;
mod page;
mod state;
mod visit;
mod words;

mod decisions;
mod devices;
mod faults;
mod service;
mod sessions;
mod timeline;

use std::sync::Arc;

use http::header::LOCATION;
use http::{Method, StatusCode};

use crate::app::App;
use crate::control;
use crate::http::{Reply, Request, Response};
use crate::pages::problem;

use page::Page;
use visit::Visit;

pub(crate) use state::State;

/// Every page, in the order of the navigation.
const PAGES: &[Page] =
    &[sessions::PAGE, devices::PAGE, decisions::PAGE, faults::PAGE, service::PAGE, timeline::PAGE];

/// Where it is.
const ROOT: &str = "/console";

/// Whether a request to the control listener is for the console: its paths, and a browser that asks
/// for the listener's root.
pub(crate) fn is_meant(request: &Request) -> bool {
    below(&request.path).is_some() || door::is_browser_at_root(request)
}

/// Answers such a request.
pub(crate) async fn serve(app: Arc<App>, request: Request) -> Reply {
    let request = match door::enter(&app, request) {
        Ok(request) => request,
        Err(answer) => return (*answer).into(),
    };
    let path = below(&request.path).unwrap_or_default().trim_matches('/').to_owned();
    let (first, rest) = path.split_once('/').unwrap_or((&path, ""));
    match (&request.method, first) {
        (&Method::GET | &Method::HEAD, "") => to(&format!("{ROOT}/{}", PAGES[0].slug)).into(),
        (&Method::GET, "changes") => changes::follow(&app),
        // Reading alone, so that nothing but the console's own forms changes anything here.
        (&Method::GET, "api") => control::read(app, request, &format!("/{rest}")).await,
        (&Method::POST, "act") => act::answer(app, &request).await.into(),
        (&Method::GET | &Method::HEAD, slug) => show(&app, &request, slug, rest),
        _ => nowhere().into(),
    }
}

fn show(app: &Arc<App>, request: &Request, slug: &str, rest: &str) -> Reply {
    let Some(page) = PAGES.iter().find(|page| page.slug == slug) else { return nowhere().into() };
    let visit = Visit::new(app, request);
    match rest {
        "" => page::answer(page, &visit).into(),
        rest => (page.below)(&visit, rest).unwrap_or_else(|| nowhere().into()),
    }
}

/// What of a path is below the console's.
fn below(path: &str) -> Option<&str> {
    path.strip_prefix(ROOT).filter(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// On to somewhere, by GET.
fn to(target: &str) -> Response {
    Response::empty(StatusCode::SEE_OTHER).with_header(LOCATION, target)
}

fn nowhere() -> Response {
    let text = "The console has no such page. It begins at /console/.";
    problem(StatusCode::NOT_FOUND, "There is nothing here", &[text])
}
