//! The report as data. The JSON report is this, serialised: an interface that only grows. Every
//! other format is rendered from it, so that none can say what another does not.

mod figures;
mod rule;
mod scenario;

pub use figures::{Counts, Outcome, ScenarioCounts, Summary};
pub use rule::{
    EvidenceKind, EvidenceReport, ExchangeReport, RuleInEdition, RuleReport, ViolationInEdition,
    ViolationReport,
};
pub use scenario::{
    CaptureReport, Happened, Lane, LeftOutReport, Scenario, ScenarioEnding, ScenarioVerdict,
    Skipped,
};

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::verdict::{Edition, Verdict};

/// What one invocation of the harness found out about one client.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "Conformance report")]
pub struct Report {
    /// What wrote it.
    pub tool: Tool,
    /// The edition whose verdicts set the exit code.
    pub edition: Edition,
    /// Whether a violated *should* fails.
    pub strict: bool,
    /// Who was judged.
    pub client: Client,
    /// The parts of the cookbook, in its order.
    pub phases: Vec<Phase>,
    /// Every rule, in the order of the cookbook.
    pub rules: Vec<RuleReport>,
    /// The scenarios that were begun, in the order of the plan.
    pub scenarios: Vec<Scenario>,
    /// The scenarios that were left out.
    pub skipped: Vec<Skipped>,
    /// Deviations that are accepted for now, in the order of their file.
    #[serde(default)]
    pub known_failures: Vec<KnownFailureReport>,
    /// What a certificate of this run states.
    pub certificate: Certificate,
    /// All of it in a few figures.
    pub summary: Summary,
}

/// What wrote the report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Tool {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// Who was judged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Client {
    /// The client's own name; empty when it never told.
    pub name: String,
    /// Its version, if it told.
    pub version: Option<String>,
    /// What it declared it can do, sorted.
    pub capabilities: Vec<String>,
    /// Why it was judged in real time though it declared `clock_speed`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock_doubt: Option<String>,
}

/// A part of the cookbook over all scenarios.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Phase {
    /// Its title.
    pub title: String,
    /// Per edition what it came to.
    pub editions: BTreeMap<Edition, PhaseInEdition>,
    /// User actions that every client must be able to do, and this one said it cannot
    /// (`sign_in`, `play`, `sign_out`). Any of them fails the phase.
    pub unsupported: Vec<String>,
}

/// A part of the cookbook in one edition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PhaseInEdition {
    /// The worst of its rules.
    pub verdict: Verdict,
    /// How many of its rules were exercised.
    pub exercised: usize,
    /// How many rules it has.
    pub rules: usize,
}

/// A deviation that is accepted for now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct KnownFailureReport {
    /// The pattern, `rule` or `scenario:rule`.
    pub pattern: String,
    /// Why it is accepted.
    pub reason: String,
    /// In how many scenarios the rule is violated as expected.
    pub violated_in: usize,
    /// Whether it was exercised and covers none any more. That fails the run.
    pub stale: bool,
}

/// What a certificate states: who was judged, by what, and what was not judged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Certificate {
    /// SHA-256 over everything the client and its surroundings did, with instants from each
    /// scenario's start and pseudonyms for secrets; in lower-case hexadecimal digits.
    pub trace_sha256: String,
    /// When the last scenario ended on its own clock (RFC 3339).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<String>,
    /// The rules of the gating edition whose trigger never occurred.
    pub not_exercised: Vec<String>,
    /// The rules of the gating edition that do not apply to this client.
    pub not_applicable: Vec<String>,
}

impl Report {
    /// The rules that something violates, the worst first: what fails in the gating edition, what
    /// warns there, what only the other edition has, what is known.
    pub fn violated_worst_first(&self) -> Vec<&RuleReport> {
        let mut rules: Vec<_> = self.rules.iter().filter(|r| !r.violations.is_empty()).collect();
        rules.sort_by_key(|rule| match rule.verdict(self.edition) {
            _ if rule.known(self.edition).is_some() => 3,
            Some(Verdict::Fail) => 0,
            Some(Verdict::Warn) => 1,
            _ => 2,
        });
        rules
    }
}
