//! Rules and their violations.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::verdict::{Edition, Level, Verdict};

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

impl ViolationReport {
    /// How binding the rule is in this case; `None` where it is no violation in the edition.
    pub fn level(&self, edition: Edition) -> Option<Level> {
        self.editions.get(&edition).map(|place| place.level)
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

    /// How binding it is in an edition: where it is violated, as binding as in the gravest of these
    /// cases; `None` where the edition does not have it.
    pub fn level(&self, edition: Edition) -> Option<Level> {
        let cases = self.violations.iter().filter_map(|violation| violation.level(edition));
        cases.max().or_else(|| self.editions.get(&edition).map(|place| place.level))
    }

    /// How binding it is in both editions, in words: as for one violation, where there is one.
    pub(in crate::report) fn levels(&self, shown: Option<&ViolationReport>) -> String {
        let of = |edition: Edition| {
            let case = shown.and_then(|violation| violation.level(edition));
            match case.or_else(|| self.level(edition)) {
                Some(Level::Must) => format!("must in {edition}"),
                Some(Level::Should) => format!("should in {edition}"),
                None => format!("not in {edition}"),
            }
        };
        Edition::ALL.map(of).join(", ")
    }

    /// The violation that shows best what is wrong: in the gating edition and not known, if any is,
    /// and of these the gravest.
    pub fn violation_to_show(&self, gate: Edition) -> Option<&ViolationReport> {
        let rank = |v: &&ViolationReport| {
            let level = v.level(gate);
            (level.is_none(), v.known.is_some(), std::cmp::Reverse(level))
        };
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::testing::report_of;
    use crate::report::{html, markdown};

    /// The report of a client that plays what was denied, and the rule that it breaks.
    fn report(change: impl Fn(&mut ViolationInEdition)) -> (crate::report::model::Report, usize) {
        let mut report = report_of("one_failure", "");
        let place = report.rules.iter().position(|rule| !rule.violations.is_empty()).unwrap();
        for violation in &mut report.rules[place].violations {
            violation.editions.values_mut().for_each(&change);
        }
        (report, place)
    }

    #[test]
    fn a_violation_that_binds_less_than_its_rule_is_shown_as_it_is() {
        let shown = "should in 2024-10, should in 2025-04";
        let (report, place) = report(|case| case.level = Level::Should);
        let rule = &report.rules[place];
        assert_eq!(rule.level(Edition::Oct2024), Some(Level::Should));
        assert_eq!(rule.levels(rule.violation_to_show(Edition::Oct2024)), shown);
        assert!(markdown::render(&report).contains(shown));
        assert!(html::render(&report).contains(shown));
    }

    #[test]
    fn a_violation_that_binds_as_its_rule_does_is_shown_so() {
        let (report, place) = report(|_| {});
        let rule = &report.rules[place];
        assert_eq!(rule.levels(None), "must in 2024-10, must in 2025-04");
        assert!(markdown::render(&report).contains("must in 2024-10, must in 2025-04"));
    }
}
