//! The service as a whole.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Control;

/// Whether it runs, and what it holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Health {
    /// `ok`
    pub status: String,
    /// The version of the server.
    pub version: String,
    /// The service's clock, in milliseconds since the epoch.
    pub now: i64,
    /// How many exchanges the journal keeps.
    pub exchanges: usize,
}

impl Control<'_> {
    /// Whether it runs, and what it holds.
    pub fn health(&self) -> Health {
        Health {
            status: "ok".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            now: self.app.clock.now().millis(),
            exchanges: self.app.journal.len(),
        }
    }
}
