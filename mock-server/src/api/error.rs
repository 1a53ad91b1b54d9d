//! Enhanced errors: the object that carries one over the wire.

use http::StatusCode;
use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};
use uuid::Uuid;

pub use crate::domain::{Action, ErrorCode};
use crate::http::Response;

/// Where every error sends its reader, as the samples show it.
pub const HELP_URL: &str = "https://experienceleague.adobe.com/docs/pass/authentication/auth-features/error-reportn/enhanced-error-codes.html";

/// An error object as it goes over the wire: as a whole body, or as an item's `error`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnhancedError {
    /// Which error.
    pub code: ErrorCode,
    /// A partner's own words, when it gave some.
    pub details: Option<String>,
    /// Identifies this answer; different in each.
    pub trace: Uuid,
}

impl EnhancedError {
    /// An error without details.
    pub const fn new(code: ErrorCode, trace: Uuid) -> Self {
        Self { code, details: None, trace }
    }

    /// With a partner's own words.
    #[must_use]
    pub fn with_details(mut self, details: Option<String>) -> Self {
        self.details = details;
        self
    }

    /// The answer that consists of this error alone; its status is the HTTP status.
    pub fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.code.status()).unwrap_or(StatusCode::BAD_REQUEST);
        Response::json(status, &self)
    }
}

impl Serialize for EnhancedError {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let fields = 6 + usize::from(self.details.is_some());
        let mut object = serializer.serialize_struct("EnhancedError", fields)?;
        object.serialize_field("action", self.code.action().name())?;
        object.serialize_field("status", &self.code.status())?;
        object.serialize_field("code", self.code.code())?;
        object.serialize_field("message", self.code.message())?;
        match &self.details {
            Some(details) => object.serialize_field("details", details)?,
            None => object.skip_field("details")?,
        }
        object.serialize_field("helpUrl", HELP_URL)?;
        object.serialize_field("trace", &self.trace)?;
        object.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn details_are_there_only_when_a_partner_gave_some() {
        let error = EnhancedError::new(ErrorCode::AuthorizationDeniedByMvpd, Uuid::nil());
        let plain = serde_json::to_value(&error).unwrap();
        assert_eq!(
            plain.as_object().unwrap().keys().collect::<Vec<_>>(),
            ["action", "code", "helpUrl", "message", "status", "trace"]
        );
        let with = serde_json::to_value(error.with_details(Some("Call us".into()))).unwrap();
        assert_eq!(with["details"], "Call us");
        assert_eq!(with["status"], 403);
    }
}
