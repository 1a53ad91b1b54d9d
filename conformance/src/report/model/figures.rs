//! A report in a few figures.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::outcome::Ending;
use crate::verdict::{Edition, Verdict};

/// All of a report in a few figures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Summary {
    /// The overall result.
    pub result: Outcome,
    /// The exit code that goes with it.
    pub exit_code: u8,
    /// Why the result is not `conforms`, one sentence each.
    pub reasons: Vec<String>,
    /// How many rules came to which verdict, per edition.
    pub rules: BTreeMap<Edition, Counts>,
    /// How many scenarios ended how.
    pub scenarios: ScenarioCounts,
}

/// The overall result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Something was judged and nothing was wrong.
    Conforms,
    /// A rule was violated, or the client crashed, hung, never called or cannot do what it must.
    Violated,
    /// The harness could not do its job.
    HarnessError,
    /// No rule of the gating edition was exercised.
    NothingExercised,
}

/// How many rules came to which verdict.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Counts {
    /// Kept.
    pub pass: usize,
    /// Violated, and that fails.
    pub fail: usize,
    /// Violated, and that warns.
    pub warn: usize,
    /// Too close to call.
    pub inconclusive: usize,
    /// Their trigger never occurred.
    pub not_exercised: usize,
    /// They do not apply to this client or capture.
    pub not_applicable: usize,
    /// How many violations there were in all.
    pub violations: usize,
    /// How many of those are known failures.
    #[serde(default)]
    pub known: usize,
}

/// How many scenarios ended how.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ScenarioCounts {
    /// Played to their end.
    pub completed: usize,
    /// The client crashed.
    pub client_crashed: usize,
    /// The client hung.
    pub client_timeout: usize,
    /// The client never called.
    pub client_never_called: usize,
    /// The harness failed.
    pub harness_error: usize,
    /// Left out.
    pub skipped: usize,
}

impl Counts {
    /// Counts one rule.
    pub fn add(&mut self, verdict: Verdict) {
        *match verdict {
            Verdict::Pass => &mut self.pass,
            Verdict::Fail => &mut self.fail,
            Verdict::Warn => &mut self.warn,
            Verdict::Inconclusive => &mut self.inconclusive,
            Verdict::NotExercised => &mut self.not_exercised,
            Verdict::NotApplicable => &mut self.not_applicable,
        } += 1;
    }

    /// How many rules there are.
    pub const fn total(&self) -> usize {
        self.exercised() + self.not_exercised + self.not_applicable
    }

    /// How many rules were exercised.
    pub const fn exercised(&self) -> usize {
        self.pass + self.fail + self.warn + self.inconclusive
    }
}

impl ScenarioCounts {
    /// Counts one scenario.
    pub fn add(&mut self, ending: Ending) {
        *match ending {
            Ending::Completed => &mut self.completed,
            Ending::Skipped => &mut self.skipped,
            Ending::ClientCrashed => &mut self.client_crashed,
            Ending::ClientTimeout => &mut self.client_timeout,
            Ending::ClientNeverCalled => &mut self.client_never_called,
            Ending::HarnessError => &mut self.harness_error,
        } += 1;
    }

    /// How many were begun.
    pub const fn begun(&self) -> usize {
        self.completed
            + self.client_crashed
            + self.client_timeout
            + self.client_never_called
            + self.harness_error
    }
}
