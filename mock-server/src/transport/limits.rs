//! What one connection, and all of them together, may take.

use std::time::Duration;

/// Limits of the network side. Durations are real time, whatever the clock of the service does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a request's line and headers; more is answered with 431.
    pub header_bytes: usize,
    /// Bytes of a request's body; more is answered with 413.
    pub body_bytes: usize,
    /// How long a request's headers may take to come, and how long a connection may be idle.
    pub header_timeout: Duration,
    /// How long a request's body may take to come.
    pub body_timeout: Duration,
    /// Connections served at the same time; further ones wait.
    pub connections: usize,
    /// How long a shutdown waits for what was begun.
    pub shutdown_grace: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            header_bytes: 32 * 1024,
            body_bytes: 64 * 1024,
            header_timeout: Duration::from_secs(30),
            body_timeout: Duration::from_secs(10),
            connections: 10_000,
            shutdown_grace: Duration::from_secs(5),
        }
    }
}
