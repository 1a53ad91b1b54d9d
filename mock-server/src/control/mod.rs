//! The control API, on its own listener.

use std::sync::Arc;

use http::StatusCode;

use crate::app::App;
use crate::http::{Reply, Request, Response};

/// Answers a request to the control API.
pub async fn serve(_app: Arc<App>, _request: Request) -> Reply {
    Response::empty(StatusCode::NOT_FOUND).into()
}
