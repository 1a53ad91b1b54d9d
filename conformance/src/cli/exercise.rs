//! Which rules a scenario exercises: found out by playing it with the bundled client, so that it
//! cannot be out of date.

use std::collections::BTreeMap;
use std::sync::{Arc, mpsc};

use super::failure::Failure;
use crate::defects::Defects;
use crate::driver::{Driver, InProcess};
use crate::outcome::RunOutcome;
use crate::reference;
use crate::runner::{self, Options};
use crate::scenario::Scenario;
use crate::verdict::Verdict;

/// The bundled client.
pub(super) fn reference_client() -> Arc<dyn Driver> {
    Arc::new(InProcess::new(|host| reference::run(host, Defects::default())))
}

/// Scenarios by the ids of the rules that they exercise in any edition; rules and scenarios in the
/// order of their catalogues.
#[derive(Debug, Default)]
pub(super) struct Exercises(BTreeMap<&'static str, Vec<String>>);

impl Exercises {
    /// Plays the scenarios, in simulated time.
    pub(super) fn find_out(scenarios: Vec<Scenario>) -> Result<Self, Failure> {
        let options = Options { long: true, ..Options::new(reference_client(), scenarios) };
        let (events, _) = mpsc::channel();
        let outcome = runner::run(&options, &events).map_err(Failure::harness)?;
        Ok(Self::of(&outcome))
    }

    fn of(outcome: &RunOutcome) -> Self {
        let mut found: BTreeMap<_, Vec<String>> = BTreeMap::new();
        for scenario in &outcome.scenarios {
            let exercised = scenario.judgements.iter().filter(|j| j.verdict >= Verdict::Pass);
            for judgement in exercised {
                // Both editions of a scenario's judgements come one after the other.
                let scenarios = found.entry(judgement.rule.id).or_default();
                if scenarios.last() != Some(&scenario.name) {
                    scenarios.push(scenario.name.clone());
                }
            }
        }
        Self(found)
    }

    /// The scenarios that exercise a rule.
    pub(super) fn of_rule(&self, id: &str) -> &[String] {
        self.0.get(id).map(Vec::as_slice).unwrap_or_default()
    }

    /// Whether a scenario exercises a rule.
    pub(super) fn has(&self, scenario: &str, rule: &str) -> bool {
        self.of_rule(rule).iter().any(|name| name == scenario)
    }
}
