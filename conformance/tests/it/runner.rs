//! The reference client through every scenario, in virtual time.

use std::sync::mpsc;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use pass_conformance::defects::Defects;
use pass_conformance::driver::{Driver, InProcess};
use pass_conformance::outcome::{Ending, RunOutcome, ScenarioOutcome};
use pass_conformance::runner::{self, Cancel, Options, RunnerEvent};
use pass_conformance::scenario;
use pass_conformance::verdict::Edition;
use pass_conformance::{reference, rules};

fn reference(defects: Defects) -> Arc<dyn Driver> {
    Arc::new(InProcess::new(move |host| reference::run(host, defects.clone())))
}

fn options(driver: Arc<dyn Driver>) -> Options {
    Options {
        driver,
        scenarios: scenario::all().unwrap(),
        gate: Edition::Oct2024,
        strict: false,
        long: false,
        jobs: None,
        seed: 1,
        cancel: Cancel::default(),
    }
}

/// Everything that the reference client without defects came to.
fn clean() -> &'static RunOutcome {
    static RUN: OnceLock<RunOutcome> = OnceLock::new();
    RUN.get_or_init(|| {
        let (events, _) = mpsc::channel();
        runner::run(&options(reference(Defects::default())), &events).unwrap()
    })
}

/// What went wrong in a scenario, in words.
fn troubles(outcome: &ScenarioOutcome) -> Vec<String> {
    let mut troubles = Vec::new();
    if outcome.ending != Ending::Completed {
        troubles.push(format!("{}: {:?} {:?}", outcome.name, outcome.ending, outcome.detail));
    }
    for judgement in &outcome.judgements {
        for violation in judgement.violations.iter().chain(&judgement.inconclusive) {
            troubles.push(format!(
                "{}: {} in {}: {}",
                outcome.name, judgement.rule.id, judgement.edition, violation.what
            ));
        }
    }
    troubles
}

#[test]
fn the_reference_client_is_clean_in_every_scenario() {
    let troubles: Vec<String> = clean().scenarios.iter().flat_map(troubles).collect();
    assert!(troubles.is_empty(), "{}", troubles.join("\n"));
}
