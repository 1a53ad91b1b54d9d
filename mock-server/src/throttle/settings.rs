//! The limits.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ThrottleSettings {
    /// Whether anybody is limited.
    pub enabled: bool,
    /// Requests a second.
    pub rate: u32,
    /// How many more a device may send.
    pub burst: u32,
    /// Whether the burst comes back.
    pub refill: Refill,
}

/// Whether the burst comes back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Refill {
    /// One-second windows, counted from the device's first request, with `rate` slots each, and a
    /// burst that is granted once. Unused slots are lost.
    #[default]
    Windows,
    /// A token bucket of capacity `rate + burst` that fills at `rate`.
    Bucket,
}

impl ThrottleSettings {
    /// Nobody is limited.
    pub const OFF: Self = Self { enabled: false, rate: 1, burst: 10, refill: Refill::Windows };
}

impl Default for ThrottleSettings {
    /// The documented limit.
    fn default() -> Self {
        Self { enabled: true, ..Self::OFF }
    }
}
