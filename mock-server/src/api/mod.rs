//! The documented calls: HTTP to domain and back.

pub mod error;

use http::StatusCode;

use crate::app::App;
use crate::http::{Request, Response};
use crate::journal::Facts;
use crate::router::{Endpoint, Params};

/// Answers one documented call.
pub fn dispatch(
    _app: &App,
    _endpoint: Endpoint,
    _params: &Params,
    _request: &Request,
    _facts: &mut Facts,
) -> Response {
    Response::empty(StatusCode::NOT_FOUND)
}

/// The answer to a documented call's path with another method; `pipeline` adds `Allow`.
pub fn method_not_allowed(_app: &App, _endpoint: Endpoint) -> Response {
    Response::json(StatusCode::METHOD_NOT_ALLOWED, &serde_json::Map::new())
}
