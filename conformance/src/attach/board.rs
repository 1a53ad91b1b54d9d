//! The rules as they are exercised, kept and violated while a sitting goes on.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use crate::judge::judge_all;
use crate::known_failures::KnownFailures;
use crate::outcome::{ClientInfo, Ending, RunOutcome, ScenarioOutcome};
use crate::report::{self, RuleReport};
use crate::rules;
use crate::trace::Trace;
use crate::verdict::{Edition, Verdict};

/// What the rules have come to so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Board {
    rules: BTreeMap<String, RuleSoFar>,
}

/// A rule that was exercised.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct RuleSoFar {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What the client must do.
    pub requires: String,
    /// What it has come to in the edition that sets the result; `null` where that does not have it.
    pub verdict: Option<Verdict>,
    /// What it has come to in each edition.
    pub editions: BTreeMap<Edition, Verdict>,
    /// What violated it last, without secrets.
    pub what: Option<String>,
    /// What to do about it.
    pub remedy: String,
    /// In which scenario that was.
    pub scenario: Option<String>,
    /// Whether the scenario is still being played, so that it may change.
    pub so_far: bool,
}

impl RuleSoFar {
    /// The worst of all editions, the one that sets the result first.
    pub(super) fn worst(&self) -> Verdict {
        self.editions.values().copied().max().unwrap_or(Verdict::NotExercised)
    }
}

impl Board {
    /// Keeps what a scenario came to.
    pub(super) fn keep(&mut self, outcome: &ScenarioOutcome, gate: Edition) {
        if !matches!(outcome.ending, Ending::Skipped | Ending::HarnessError) {
            self.add(outcome.clone(), gate, false);
        }
    }

    /// With what a scenario that is being played has come to so far, in the order of the catalogue.
    pub(super) fn with(mut self, live: Option<(Trace, String)>, gate: Edition) -> Vec<RuleSoFar> {
        if let Some((trace, name)) = live {
            self.add(so_far(trace, name), gate, true);
        }
        let rule = |rule: &&rules::Rule| self.rules.remove(rule.id);
        rules::all().iter().filter_map(rule).collect()
    }

    fn add(&mut self, outcome: ScenarioOutcome, gate: Edition, so_far: bool) {
        let name = outcome.name.clone();
        let client = ClientInfo::default();
        let run = RunOutcome { gate, strict: false, client, scenarios: vec![outcome] };
        let report = report::summarise(&run, rules::all(), &KnownFailures::default());
        for rule in report.rules {
            let Some(now) = RuleSoFar::of(rule, &name, gate, so_far) else { continue };
            match self.rules.get_mut(&now.id) {
                Some(before) => before.merge(now),
                None => drop(self.rules.insert(now.id.clone(), now)),
            }
        }
    }
}

/// What a scenario that is being played would come to if it were over.
fn so_far(trace: Trace, name: String) -> ScenarioOutcome {
    ScenarioOutcome {
        name,
        title: String::new(),
        ending: Ending::Completed,
        detail: None,
        judgements: judge_all(&trace),
        trace,
        log: String::new(),
        took_ms: 0,
        capture: None,
    }
}

impl RuleSoFar {
    fn of(rule: RuleReport, scenario: &str, gate: Edition, so_far: bool) -> Option<Self> {
        let exercised = |verdict: &Verdict| *verdict >= Verdict::Pass;
        let editions: BTreeMap<Edition, Verdict> = rule
            .editions
            .iter()
            .map(|(edition, rule)| (*edition, rule.verdict))
            .filter(|(_, verdict)| exercised(verdict))
            .collect();
        let shown = rule.violation_to_show(gate).map(|violation| violation.what.clone());
        let what = shown.or_else(|| rule.inconclusive.first().map(|v| v.what.clone()));
        (!editions.is_empty()).then(|| Self {
            verdict: editions.get(&gate).copied(),
            scenario: what.is_some().then(|| scenario.to_owned()),
            what,
            id: rule.id,
            name: rule.name,
            requires: rule.requires,
            remedy: rule.remedy,
            editions,
            so_far,
        })
    }

    fn merge(&mut self, now: Self) {
        self.verdict = self.verdict.max(now.verdict);
        for (edition, verdict) in now.editions {
            let worst = self.editions.entry(edition).or_insert(verdict);
            *worst = verdict.max(*worst);
        }
        if now.what.is_some() {
            (self.what, self.scenario, self.so_far) = (now.what, now.scenario, now.so_far);
        }
    }
}
