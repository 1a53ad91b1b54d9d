//! Clients, tokens, sessions, profiles and decisions.

mod error_code;

pub use error_code::{Action, ErrorCode};

/// The state of the service.
#[derive(Debug, Default)]
pub struct Domain {}
