//! The simulated provider: what a user agent sees between call 7 and the application's own address.
//!
//! | page | what it does |
//! | --- | --- |
//! | `GET /mvpd/{mvpd}/sso?code=` | the entrance: on to the login page, or back when the user agent is still signed in here |
//! | `GET /mvpd/{mvpd}/login?code=` | the login page |
//! | `POST /mvpd/{mvpd}/login` | checks the credentials and leads back to `redirectUrl` |
//! | `GET /mvpd/{mvpd}/logout?redirect_url=` | forgets the user agent and leads back |

mod memory;
mod urls;

use http::StatusCode;

use crate::app::App;
use crate::http::{Request, Response};
use crate::journal::Facts;

pub use memory::Memory;
pub use urls::{PREFIX, entry_url, logout_url};

/// Answers a request for one of the pages.
pub fn dispatch(_app: &App, _request: &Request, _facts: &mut Facts) -> Response {
    Response::empty(StatusCode::NOT_FOUND)
}
