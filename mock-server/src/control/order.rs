//! A call that is made within the process: the same operation, read and refused in the same way.

use std::fmt;
use std::sync::Arc;

use http::Method;
use serde_json::Value;

use super::operation::Outcome;
use super::routes::TABLE;
use crate::app::App;
use crate::http::{Reply, Request};

/// How much of a body is shown to a person.
const LONGEST: usize = 300;

/// A call to the control API.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Order {
    /// The method.
    pub method: Method,
    /// The path, percent-encoded, with its query string.
    pub target: String,
    /// The body; null is none.
    pub body: Value,
}

impl Order {
    /// A `POST` without a body.
    pub(crate) fn post(target: String) -> Self {
        Self { method: Method::POST, target, body: Value::Null }
    }

    /// A `PUT` with a body.
    pub(crate) fn put(target: String, body: Value) -> Self {
        Self { method: Method::PUT, target, body }
    }

    /// A `DELETE`.
    pub(crate) fn delete(target: String) -> Self {
        Self { method: Method::DELETE, target, body: Value::Null }
    }

    /// The same call with a body.
    #[must_use]
    pub(crate) fn with(self, body: Value) -> Self {
        Self { body, ..self }
    }
}

impl fmt::Display for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.target)?;
        match &self.body {
            Value::Null => Ok(()),
            body => {
                let text = body.to_string();
                match text.char_indices().nth(LONGEST) {
                    Some((end, _)) => write!(f, " {} …", &text[..end]),
                    None => write!(f, " {text}"),
                }
            }
        }
    }
}

/// Makes a call.
///
/// # Errors
/// What the control API would answer it with.
pub(crate) async fn carry_out(app: Arc<App>, order: Order) -> Outcome {
    let request = Request::new(order.method, &order.target);
    let request = match order.body {
        Value::Null => request,
        body => request.with_body("application/json", body.to_string()),
    };
    answer(app, request).await
}

/// Answers a request for `path` that only reads. Whoever sends it was let in.
pub(crate) async fn read(app: Arc<App>, request: Request, path: &str) -> Reply {
    debug_assert_eq!(request.method, Method::GET);
    let request = Request { path: path.to_owned(), ..request };
    answer(app, request).await.unwrap_or_else(Reply::from)
}

/// Answers a request from whoever was let in.
pub(super) async fn answer(app: Arc<App>, request: Request) -> Outcome {
    let reads = request.method == Method::GET;
    let outcome = TABLE.answer(Arc::clone(&app), request).await;
    app.keep_all().await;
    if !reads && outcome.is_ok() {
        app.console.note_order();
    }
    outcome
}
