//! The documented calls: HTTP to domain and back.

pub mod error;
pub mod headers;
mod registration;

use http::StatusCode;

use crate::app::App;
use crate::http::{Request, Response};
use crate::journal::Facts;
use crate::router::{Endpoint, Params};

/// Answers one documented call.
pub fn dispatch(
    app: &App,
    endpoint: Endpoint,
    _params: &Params,
    request: &Request,
    facts: &mut Facts,
) -> Response {
    match endpoint {
        Endpoint::Register => registration::register(app, request, facts),
        Endpoint::Token => registration::token(app, request, facts),
        _ => Response::empty(StatusCode::NOT_FOUND),
    }
}

/// The answer to a documented call's path with another method; `pipeline` adds `Allow`.
pub fn method_not_allowed(_app: &App, _endpoint: Endpoint) -> Response {
    Response::json(StatusCode::METHOD_NOT_ALLOWED, &serde_json::Map::new())
}
