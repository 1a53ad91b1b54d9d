//! Trials of temporary access.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Control, Done};
use crate::control::ControlError;
use crate::domain::temp_pass::Trial;

/// All trials that have begun.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TrialList {
    /// Oldest first.
    pub trials: Vec<TrialState>,
}

/// A trial.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TrialState {
    /// Names it.
    pub trial: u64,
    /// The service provider it is for.
    pub service_provider: String,
    /// The temporary access.
    pub mvpd: String,
    /// The devices (decoded identifiers) it is known by.
    pub devices: Vec<String>,
    /// By how many identities it is known.
    pub identities: usize,
    /// When the first resource was authorized, in milliseconds since the epoch.
    pub started: i64,
    /// The last instant of the trial, in milliseconds since the epoch; none when the configuration
    /// is not complete.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends: Option<i64>,
    /// The distinct resources that were authorized.
    pub used: Vec<String>,
}

/// Which trials to forget. What is left out is any; a trial is forgotten altogether, by whatever it
/// is known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ResetTrials {
    /// One by its number.
    pub trial: Option<u64>,
    /// Those for this service provider.
    pub service_provider: Option<String>,
    /// Those of this temporary access.
    pub mvpd: Option<String>,
    /// Those known by this device (decoded identifier).
    pub device: Option<String>,
    /// Those known by this identity or its SHA-256.
    pub identity: Option<String>,
}

impl ResetTrials {
    fn means(&self, trial: &Trial) -> bool {
        let is = |wanted: &Option<String>, found: &str| {
            wanted.as_deref().is_none_or(|wanted| wanted == found)
        };
        let on = |device: &str| trial.devices.iter().any(|known| **known == *device);
        let by = |key: &str| trial.identities.iter().any(|known| known.is_named(key));
        self.trial.is_none_or(|number| number == trial.number)
            && is(&self.service_provider, &trial.service_provider)
            && is(&self.mvpd, &trial.mvpd)
            && self.device.as_deref().is_none_or(on)
            && self.identity.as_deref().is_none_or(by)
    }
}

impl Control<'_> {
    /// All trials that have begun, over or not.
    pub fn trials(&self) -> TrialList {
        let trials = self.app.domain.trials.all();
        TrialList { trials: trials.iter().map(|trial| self.trial_state(trial)).collect() }
    }

    /// Forgets trials, so that the next authorization begins a new one.
    pub fn reset_trials(&self, which: &ResetTrials) -> Result<Done, ControlError> {
        let done = self.app.domain.trials.forget_trials(|trial| which.means(trial));
        match which.trial {
            Some(number) if done == 0 => {
                let error = format!("trial: there is no {number} that matches");
                Err(ControlError::not_found(error, "GET /temp-pass lists them"))
            }
            _ => Ok(Done { done }),
        }
    }

    fn trial_state(&self, trial: &Trial) -> TrialState {
        let fixtures = self.app.fixtures.load();
        let pass = fixtures.mvpd(&trial.mvpd).and_then(|mvpd| mvpd.temp_pass.as_ref());
        let duration = pass.and_then(|pass| pass.duration);
        TrialState {
            trial: trial.number,
            service_provider: trial.service_provider.to_string(),
            mvpd: trial.mvpd.to_string(),
            devices: trial.devices.iter().map(ToString::to_string).collect(),
            identities: trial.identities.len(),
            started: trial.started.millis(),
            ends: duration.map(|duration| trial.started.after(duration.0).millis()),
            used: trial.used.iter().map(ToString::to_string).collect(),
        }
    }
}
