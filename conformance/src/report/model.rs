//! The report as data. The JSON report is this, serialised: an interface that only grows. Every
//! other format is rendered from it, so that none can say what another does not.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::outcome::Ending;
use crate::verdict::{Edition, Level, Verdict};

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

/// One rule over all scenarios.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RuleReport {
    /// Short and stable, such as `POL-1`.
    pub id: String,
    /// Its readable name, such as `interval`.
    pub name: String,
    /// The title of its phase.
    pub phase: String,
    /// What the client must do.
    pub requires: String,
    /// What goes wrong in production when it does not.
    pub why: String,
    /// What to do about a violation.
    pub remedy: String,
    /// Its place in each edition that has it.
    pub editions: BTreeMap<Edition, RuleInEdition>,
    /// What broke it, by scenario and instant. A violation in both editions is listed once.
    pub violations: Vec<ViolationReport>,
    /// What came too close to a limit to tell.
    pub inconclusive: Vec<ViolationReport>,
}

/// A rule in one edition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RuleInEdition {
    /// How binding it is.
    pub level: Level,
    /// The worst over all scenarios that exercised it.
    pub verdict: Verdict,
    /// The document it comes from, as a path below Adobe's programmers' guide.
    pub document: String,
    /// The heading there.
    pub heading: String,
    /// Where the document can be read.
    pub url: String,
    /// The scenarios in which its trigger occurred.
    pub exercised_by: Vec<String>,
    /// Why it does not apply, when it applied nowhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// One violation with its proof. Secrets in it are replaced by pseudonyms.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ViolationReport {
    /// The scenario it was found in.
    pub scenario: String,
    /// One sentence: what the client did.
    pub what: String,
    /// The editions it is a violation in.
    pub editions: BTreeMap<Edition, ViolationInEdition>,
    /// The exchanges and events that prove it, in order.
    pub evidence: Vec<EvidenceReport>,
    /// The interval measured, in milliseconds, where the rule is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measured_ms: Option<u64>,
    /// The limit it is held against, in milliseconds: the gating edition's where that is violated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit_ms: Option<u64>,
    /// Why it is accepted for now, where a known failure covers it. Then it does not fail the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known: Option<String>,
}

/// A violation in one edition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ViolationInEdition {
    /// How binding the rule is in this case.
    pub level: Level,
    /// The limit it is held against, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit_ms: Option<u64>,
}

/// One exchange or event that proves something.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EvidenceReport {
    /// Milliseconds since the scenario's start.
    pub at_ms: i64,
    /// Its place in the scenario's trace.
    pub order: u64,
    /// Whether it is an exchange or an event.
    pub kind: EvidenceKind,
    /// Method and path of an exchange; an event in words.
    pub what: String,
    /// The answer's status, for an exchange that had one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// What it shows.
    pub shows: String,
    /// The exchange in full.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exchange: Option<ExchangeReport>,
}

/// What an evidence is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EvidenceKind {
    /// A request with its answer.
    Exchange,
    /// Something the user did or saw.
    Event,
}

/// An exchange in full, with pseudonyms for its secrets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ExchangeReport {
    /// The method and the path with its query.
    pub request: String,
    /// Request headers in order.
    pub request_headers: Vec<(String, String)>,
    /// The request body as text.
    pub request_body: String,
    /// Milliseconds from arrival to answer; absent when none came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered_after_ms: Option<i64>,
    /// Headers of the answer in order.
    pub answer_headers: Vec<(String, String)>,
    /// The answer's body as text.
    pub answer_body: String,
}

/// One scenario.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Scenario {
    /// Its name.
    pub name: String,
    /// Its title.
    pub title: String,
    /// How the viewer signs in, `browser` or `second_screen`, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flow: Option<String>,
    /// How it ended.
    pub outcome: ScenarioEnding,
    /// More about the ending, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// When it began, on its own clock (RFC 3339); absent when nothing happened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub began: Option<String>,
    /// How long it lasted on its own clock, in milliseconds.
    pub lasted_ms: i64,
    /// Real time spent, in milliseconds.
    pub took_ms: u64,
    /// How many requests the client sent.
    pub exchanges: usize,
    /// User actions that the client said it cannot do.
    pub unsupported: Vec<String>,
    /// What each rule of each edition came to here.
    pub verdicts: Vec<ScenarioVerdict>,
    /// The end of what the client printed on standard error; empty after a clean ending.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub log: String,
    /// What happened, in order: what the user did, what the client sent and showed, what browser or
    /// second screen requested.
    pub timeline: Vec<Happened>,
    /// How much more happened than the timeline holds.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub timeline_left_out: usize,
}

/// Something that happened in a scenario.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Happened {
    /// Milliseconds since the scenario's start.
    pub at_ms: i64,
    /// Its place in the scenario's trace; evidence refers to it.
    pub order: u64,
    /// Where it happened.
    pub lane: Lane,
    /// The device (installation) it belongs to, counted from 0.
    pub device: u32,
    /// Method and path of a request, or an event in words.
    pub what: String,
    /// The answer's status, for a request that had one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
}

/// Where something happened.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Lane {
    /// What the user did.
    User,
    /// What the client showed.
    App,
    /// What the client requested.
    Device,
    /// What the browser or the second screen requested of the service.
    SecondScreen,
    /// What they requested of the provider (MVPD).
    Provider,
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

/// How a scenario that was begun ended.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum ScenarioEnding {
    /// It was played to its end.
    Completed,
    /// The client's process ended without being asked.
    ClientCrashed,
    /// The client did not answer in time.
    ClientTimeout,
    /// The client never called the service.
    ClientNeverCalled,
    /// The harness itself could not do its job.
    HarnessError,
}

/// What a rule came to in one scenario and one edition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ScenarioVerdict {
    /// The rule's id.
    pub rule: String,
    /// The edition.
    pub edition: Edition,
    /// How binding the rule is there.
    pub level: Level,
    /// What it came to.
    pub verdict: Verdict,
}

/// A scenario that was left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Skipped {
    /// Its name.
    pub name: String,
    /// Its title.
    pub title: String,
    /// Why.
    pub reason: String,
}

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

/// For fields that are left out when they say nothing.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_zero(number: &usize) -> bool {
    *number == 0
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

impl RuleReport {
    /// Whether it fails the run in an edition: a violation counts there that is not a known failure.
    pub fn fails(&self, edition: Edition, strict: bool) -> bool {
        let counts = |place: &ViolationInEdition| strict || place.level == Level::Must;
        let open = self.violations.iter().filter(|violation| violation.known.is_none());
        open.filter_map(|violation| violation.editions.get(&edition)).any(counts)
    }

    /// Why all its violations in an edition are accepted for now, if they are.
    pub fn known(&self, edition: Edition) -> Option<&str> {
        let here = || self.violations.iter().filter(|v| v.editions.contains_key(&edition));
        let all = here().all(|violation| violation.known.is_some());
        here().find_map(|violation| violation.known.as_deref()).filter(|_| all)
    }

    /// The rule's overall verdict in an edition; `None` where the edition does not have it.
    pub fn verdict(&self, edition: Edition) -> Option<Verdict> {
        self.editions.get(&edition).map(|place| place.verdict)
    }

    /// The violation that shows best what is wrong: in the gating edition and not known, if any is.
    pub fn violation_to_show(&self, gate: Edition) -> Option<&ViolationReport> {
        let rank = |v: &&ViolationReport| (!v.editions.contains_key(&gate), v.known.is_some());
        self.violations.iter().min_by_key(rank)
    }

    /// The scenarios that exercised it in any edition, each once.
    pub fn exercised_by(&self) -> BTreeSet<&str> {
        let all = self.editions.values().flat_map(|place| &place.exercised_by);
        all.map(String::as_str).collect()
    }

    /// The worst of both editions.
    pub fn worst(&self) -> Option<Verdict> {
        self.editions.values().map(|place| place.verdict).max()
    }
}

impl ScenarioEnding {
    /// The ending of a scenario that was begun; `None` for one that was left out.
    pub const fn of(ending: Ending) -> Option<Self> {
        Some(match ending {
            Ending::Completed => Self::Completed,
            Ending::Skipped => return None,
            Ending::ClientCrashed => Self::ClientCrashed,
            Ending::ClientTimeout => Self::ClientTimeout,
            Ending::ClientNeverCalled => Self::ClientNeverCalled,
            Ending::HarnessError => Self::HarnessError,
        })
    }

    /// The name used in the JSON report.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::ClientCrashed => "client_crashed",
            Self::ClientTimeout => "client_timeout",
            Self::ClientNeverCalled => "client_never_called",
            Self::HarnessError => "harness_error",
        }
    }

    /// In words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::ClientCrashed => "the client crashed",
            Self::ClientTimeout => "the client hung",
            Self::ClientNeverCalled => "the client never called the service",
            Self::HarnessError => "the harness failed",
        }
    }
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
