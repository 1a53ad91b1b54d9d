//! The simulated provider's pages.

use http::StatusCode;

use crate::app::App;
use crate::http::{Request, Response};
use crate::journal::Facts;

/// Answers a request for one of the pages.
pub fn dispatch(_app: &App, _request: &Request, _facts: &mut Facts) -> Response {
    Response::empty(StatusCode::NOT_FOUND)
}
