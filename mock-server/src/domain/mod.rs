//! Clients, tokens, sessions, profiles and decisions.

/// The state of the service.
#[derive(Debug, Default)]
pub struct Domain {}
