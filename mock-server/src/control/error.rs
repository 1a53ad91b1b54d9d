//! What went wrong, and the way out.

use http::StatusCode;
use http::header::WWW_AUTHENTICATE;
use schemars::JsonSchema;
use serde::Serialize;

use crate::http::{Reply, Response};

/// An operation that could not be done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema, thiserror::Error)]
#[error("{error} ({hint})")]
pub struct ControlError {
    /// What kind of problem it is; the HTTP status tells.
    #[serde(skip)]
    pub kind: Kind,
    /// What is wrong; begins with the name of the field, where it is one.
    pub error: String,
    /// What to do about it.
    pub hint: String,
}

/// The kinds of problems, by who has to do something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// What was sent makes no sense (400).
    Invalid,
    /// The caller has not shown the token (401).
    Unauthorized,
    /// The caller is a web page of somebody else (403).
    Forbidden,
    /// There is no such thing (404).
    NotFound,
    /// The path exists, the method does not (405).
    Method,
    /// It did not happen in time (408).
    Timeout,
    /// It is there, but in no state for this (409).
    Conflict,
    /// The body is too long (413).
    TooLarge,
}

impl ControlError {
    /// What was sent makes no sense.
    pub fn invalid(error: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::new(Kind::Invalid, error, hint)
    }

    /// There is no such thing.
    pub fn not_found(error: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::new(Kind::NotFound, error, hint)
    }

    /// It is there, but in no state for this.
    pub fn conflict(error: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::new(Kind::Conflict, error, hint)
    }

    pub(super) fn new(kind: Kind, error: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { kind, error: error.into(), hint: hint.into() }
    }
}

impl Kind {
    const fn status(self) -> StatusCode {
        match self {
            Self::Invalid => StatusCode::BAD_REQUEST,
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::Timeout => StatusCode::REQUEST_TIMEOUT,
            Self::Conflict => StatusCode::CONFLICT,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        }
    }
}

impl From<ControlError> for Reply {
    fn from(error: ControlError) -> Self {
        let mut answer = Response::json(error.kind.status(), &error);
        if error.kind == Kind::Unauthorized {
            answer = answer.with_header(WWW_AUTHENTICATE, "Bearer");
        }
        answer.into()
    }
}
