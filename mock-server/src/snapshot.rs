//! All state as one document, and back.
//!
//! Clients, tokens, sessions, profiles, decisions, overrides, faults, allowances and how the clock
//! runs are in it; fixtures are a file of their own, and the journal is exported by itself. A clock
//! never goes back: what is restored later is moved with the clock, so that everything has as much
//! time left as it had.

use std::net::IpAddr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::app::App;
use crate::clock::{Mode, Timestamp};
use crate::domain;
use crate::faults::FaultSnapshot;
use crate::throttle::{Device, ThrottleSettings};

/// What a document of this kind calls itself.
pub const FORMAT: &str = "pass-mock-snapshot";
/// The version of the document.
pub const VERSION: u32 = 1;

/// All state at an instant. To be kept and given back as it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Snapshot {
    /// Always `pass-mock-snapshot`.
    pub format: String,
    /// The version of the document.
    pub version: u32,
    /// When it was taken, in milliseconds since the epoch on the service's clock.
    pub taken_at: i64,
    /// How many times faster than real time the clock ran; 0 when it stood still.
    pub speed: f64,
    /// Clients, tokens, sessions, profiles, decisions and what overrides them.
    #[schemars(with = "Value")]
    pub state: domain::Snapshot,
    /// The faults in force, with their counters.
    #[schemars(with = "Vec<Value>")]
    pub faults: Vec<FaultSnapshot>,
    /// The limits and what each device has used of them.
    #[schemars(with = "Value")]
    pub throttle: ThrottleSnapshot,
}

/// The limits and what each device has used of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ThrottleSnapshot {
    settings: ThrottleSettings,
    devices: Vec<(IpAddr, Device)>,
}

/// The document is none of these, or of a version that this server does not know.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: expected {expected}")]
pub struct UnknownSnapshot {
    field: &'static str,
    expected: String,
}

impl App {
    /// All state at this instant.
    pub fn snapshot(&self) -> Snapshot {
        let now = self.clock.now();
        Snapshot {
            format: FORMAT.to_owned(),
            version: VERSION,
            taken_at: now.millis(),
            speed: self.clock.speed(),
            state: self.domain.snapshot(&self.fixtures.load(), now),
            faults: self.faults.list().iter().map(|fault| fault.snapshot()).collect(),
            throttle: ThrottleSnapshot {
                settings: self.throttle.settings(),
                devices: self.throttle.devices(now),
            },
        }
    }

    /// Puts all state back as it was. Requests that are answered meanwhile see some of both.
    ///
    /// # Errors
    /// When the document is of another kind or version.
    pub fn restore(&self, snapshot: &Snapshot) -> Result<(), UnknownSnapshot> {
        snapshot.check()?;
        let Snapshot { taken_at, speed, state, faults, throttle, .. } = snapshot.clone();
        self.clock.set_mode(mode(speed));
        let later = self.clock.now().millis().saturating_sub(taken_at);
        self.domain.restore(state, later);
        let moved =
            |fault: FaultSnapshot| FaultSnapshot { since: fault.since.shifted(later), ..fault };
        self.faults.restore(faults.into_iter().map(moved).collect());
        self.throttle.clear();
        self.throttle.set(throttle.settings);
        for (address, device) in throttle.devices {
            self.throttle.insert(address, device.shifted(later));
        }
        Ok(())
    }
}

impl Snapshot {
    fn check(&self) -> Result<(), UnknownSnapshot> {
        if self.format != FORMAT {
            return Err(UnknownSnapshot { field: "format", expected: FORMAT.to_owned() });
        }
        if self.version != VERSION {
            return Err(UnknownSnapshot { field: "version", expected: VERSION.to_string() });
        }
        if !Timestamp(self.taken_at).millis().is_positive() || !(0.0..=1e9).contains(&self.speed) {
            let expected = "an instant and a speed as a snapshot has them".to_owned();
            return Err(UnknownSnapshot { field: "taken_at", expected });
        }
        Ok(())
    }
}

fn mode(speed: f64) -> Mode {
    match speed {
        0.0 => Mode::Manual,
        1.0 => Mode::Real,
        factor => Mode::Scaled(factor),
    }
}
