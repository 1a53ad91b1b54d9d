//! What one connection, and all of them together, may take.

use std::time::Duration;

/// Limits of the network side. Durations are real time, whatever the service's clock does.
///
/// A timeout ends a connection no sooner than it says, and at the latest after twice that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a request's line and headers; more is answered with 431.
    pub header_bytes: usize,
    /// Bytes of a request's body; more is answered with 413.
    pub body_bytes: usize,
    /// How long a request's line and headers may take to come; a new connection's too.
    pub header_timeout: Duration,
    /// How long a request's body may take to come.
    pub body_timeout: Duration,
    /// How long a connection may be idle between requests, and an answer take to be fetched.
    pub idle_timeout: Duration,
    /// Connections served at the same time. A further one takes the place of one that keeps the
    /// server waiting, after a tenth of a second at the latest, unless all are being answered: then
    /// it waits for one of those.
    pub connections: usize,
    /// How long a shutdown waits for what was begun.
    pub shutdown_grace: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            header_bytes: 32 * 1024,
            body_bytes: 64 * 1024,
            header_timeout: Duration::from_secs(10),
            body_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(75),
            connections: 10_000,
            shutdown_grace: Duration::from_secs(5),
        }
    }
}
