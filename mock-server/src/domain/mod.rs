//! Clients, tokens, sessions, profiles and decisions. Knows no HTTP; time is an argument.

pub mod clients;

use clients::Clients;

mod error_code;

pub use error_code::{Action, ErrorCode};

/// The state of the service.
#[derive(Debug, Default)]
pub struct Domain {
    /// Registered clients and their access tokens.
    pub clients: Clients,
}
