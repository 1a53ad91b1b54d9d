//! Bypassing MVPDs.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::clients::seconds;
use super::{Control, Done};
use crate::control::ControlError;
use crate::domain::Degradation;
use crate::domain::degradation::Mode;

/// The rules in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DegradationList {
    /// By service provider and MVPD.
    pub degradation: Vec<DegradationState>,
}

/// A rule in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DegradationState {
    /// The service provider.
    pub service_provider: String,
    /// The MVPD that is bypassed.
    pub mvpd: String,
    /// What is bypassed.
    pub mode: Mode,
    /// Since when, in milliseconds since the epoch.
    pub not_before: i64,
    /// The last instant of the rule, in milliseconds since the epoch.
    pub not_after: i64,
    /// What whoever is denied is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<String>,
}

/// How an MVPD is bypassed from now on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Degrade {
    /// `AuthNAll`: everybody counts as signed in and is permitted everything. `AuthZAll`: everybody
    /// is permitted everything. `AuthZNone`: nobody is permitted anything.
    pub mode: Mode,
    /// For so many seconds; for an hour when left out.
    #[serde(default = "an_hour")]
    pub seconds: f64,
    /// What whoever is denied by `AuthZNone` is told.
    #[serde(default)]
    pub details: Option<String>,
}

const fn an_hour() -> f64 {
    3600.0
}

impl Control<'_> {
    /// The rules in force.
    pub fn degradation(&self) -> DegradationList {
        let all = self.app.domain.degradations.all(self.app.clock.now());
        let states = all.into_iter().map(|(sp, mvpd, rule)| state(&sp, &mvpd, rule));
        DegradationList { degradation: states.collect() }
    }

    /// Bypasses one MVPD for one service provider from now on; replaces an earlier rule.
    pub fn degrade(
        &self,
        service_provider: &str,
        mvpd: &str,
        how: &Degrade,
    ) -> Result<DegradationState, ControlError> {
        let fixtures = self.app.fixtures.load();
        let provider = fixtures.service_provider(service_provider);
        if provider.and_then(|provider| provider.integration(mvpd)).is_none() {
            let error = format!("{service_provider}/{mvpd}: there is no such integration");
            return Err(ControlError::not_found(error, "GET /integrations lists them"));
        }
        if fixtures.mvpd(mvpd).is_some_and(|mvpd| mvpd.is_temp_pass()) {
            let error = format!("{mvpd}: a temporary access asks no MVPD that could be bypassed");
            return Err(ControlError::conflict(error, "name a regular MVPD"));
        }
        let not_before = self.app.clock.now();
        let not_after = not_before.after(seconds("seconds", how.seconds)?);
        let details = how.details.clone();
        let rule = Degradation { mode: how.mode, not_before, not_after, details };
        self.app.domain.degradations.apply(service_provider, mvpd, rule.clone());
        Ok(state(service_provider, mvpd, rule))
    }

    /// Asks one MVPD again.
    pub fn lift_degradation(
        &self,
        service_provider: &str,
        mvpd: &str,
    ) -> Result<Done, ControlError> {
        if self.app.domain.degradations.lift(service_provider, mvpd) {
            return Ok(Done { done: 1 });
        }
        let error = format!("{service_provider}/{mvpd}: it is not bypassed");
        Err(ControlError::not_found(error, "GET /degradation lists the rules"))
    }

    /// Asks every MVPD again.
    pub fn lift_all_degradation(&self) -> Done {
        Done { done: self.app.domain.degradations.clear() }
    }
}

fn state(service_provider: &str, mvpd: &str, rule: Degradation) -> DegradationState {
    DegradationState {
        service_provider: service_provider.to_owned(),
        mvpd: mvpd.to_owned(),
        mode: rule.mode,
        not_before: rule.not_before.millis(),
        not_after: rule.not_after.millis(),
        details: rule.details,
    }
}
