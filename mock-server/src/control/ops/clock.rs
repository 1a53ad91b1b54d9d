//! The clock: read, run faster, freeze, move forward.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Control;
use crate::clock::Mode;
use crate::control::ControlError;
use crate::journal::har::iso;

/// The longest way forward in one step: a hundred years, in seconds.
const MAX_SECONDS: f64 = 100.0 * 366.0 * 86_400.0;
/// The fastest that a clock may run.
const MAX_SPEED: f64 = 1_000_000.0;

/// The clock as it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ClockState {
    /// Milliseconds since the epoch.
    pub now: i64,
    /// The same as ISO 8601.
    pub iso: String,
    /// How it runs.
    pub mode: ClockMode,
    /// How many times faster than real time; 0 when it stands still.
    pub speed: f64,
    /// How many requests wait on it at this moment.
    pub held: usize,
}

/// How a clock runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClockMode {
    /// In real time.
    Real,
    /// Faster, or slower.
    Scaled,
    /// Only when it is advanced.
    Manual,
}

/// How the clock is to run. The speed alone is enough.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SetClock {
    /// `real`, `scaled` or `manual`.
    pub mode: Option<ClockMode>,
    /// How many times faster than real time; goes with `scaled`.
    pub speed: Option<f64>,
}

/// How far the clock is to move.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Advance {
    /// Seconds, also fractions of one.
    pub seconds: f64,
}

impl Control<'_> {
    /// What time it is, and how the clock runs.
    pub fn clock(&self) -> ClockState {
        let clock = &self.app.clock;
        let (now, speed) = (clock.now(), clock.speed());
        let mode = match speed {
            0.0 => ClockMode::Manual,
            1.0 => ClockMode::Real,
            _ => ClockMode::Scaled,
        };
        ClockState { now: now.millis(), iso: iso(now), mode, speed, held: self.app.held() }
    }

    /// Changes how the clock runs. Time does not jump.
    pub fn set_clock(&self, to: &SetClock) -> Result<ClockState, ControlError> {
        self.app.clock.set_mode(to.mode()?);
        self.keep_clock();
        Ok(self.clock())
    }

    /// Moves the clock forward.
    pub fn advance(&self, by: &Advance) -> Result<ClockState, ControlError> {
        if !(0.0..=MAX_SECONDS).contains(&by.seconds) {
            let hint = format!("give seconds from 0 to {MAX_SECONDS}; the clock never goes back");
            return Err(ControlError::invalid(
                format!("seconds: {} is no way forward", by.seconds),
                hint,
            ));
        }
        self.app.clock.advance(Duration::from_secs_f64(by.seconds));
        self.keep_clock();
        Ok(self.clock())
    }

    fn keep_clock(&self) {
        if let Some(store) = &self.app.store {
            store.keep_clock();
        }
    }
}

impl SetClock {
    fn mode(&self) -> Result<Mode, ControlError> {
        let hint = "give mode real, manual, or scaled with a speed such as 60";
        if let Some(speed) = self.speed
            && !(0.0..=MAX_SPEED).contains(&speed)
        {
            let error = format!("speed: {speed} is not between 0 and {MAX_SPEED}");
            return Err(ControlError::invalid(error, hint));
        }
        let refused = |error: &str| Err(ControlError::invalid(error, hint));
        match (self.mode, self.speed) {
            (None, None) => refused("mode: is missing"),
            (Some(ClockMode::Scaled), None) => refused("speed: is missing"),
            (Some(ClockMode::Scaled), Some(0.0)) => refused("speed: 0 is no speed; use manual"),
            (Some(ClockMode::Real), Some(speed)) if speed != 1.0 => {
                refused("speed: real time has speed 1")
            }
            (Some(ClockMode::Manual), Some(speed)) if speed != 0.0 => {
                refused("speed: a manual clock has speed 0")
            }
            (Some(ClockMode::Real), _) | (None, Some(1.0)) => Ok(Mode::Real),
            (Some(ClockMode::Manual), _) | (None, Some(0.0)) => Ok(Mode::Manual),
            (_, Some(speed)) => Ok(Mode::Scaled(speed)),
        }
    }
}
