//! The reference client through every scenario, in virtual time.

use std::collections::BTreeSet;
use std::sync::mpsc;
use std::sync::{Arc, OnceLock};

use pass_conformance::defects::Defects;
use pass_conformance::driver::{Driver, InProcess};
use pass_conformance::outcome::{Ending, RunOutcome, ScenarioOutcome};
use pass_conformance::reference;
use pass_conformance::runner::{self, Options};
use pass_conformance::scenario;
use pass_conformance::verdict::{Edition, Verdict};

pub(crate) fn reference(defects: Defects) -> Arc<dyn Driver> {
    Arc::new(InProcess::new(move |host| reference::run(host, defects)))
}

pub(crate) fn options(driver: Arc<dyn Driver>) -> Options {
    Options::new(driver, scenario::all().unwrap())
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
pub(crate) fn troubles(outcome: &ScenarioOutcome) -> Vec<String> {
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

/// The rules of the cookbook's main path: the scenarios would be worth little if they never came near
/// one of them.
const MAIN_PATH: &[&str] = &[
    "REG-1", "REG-2", "REG-3", "REG-6", "CFG-1", "AUT-1", "AUT-2", "AUT-3", "AUT-4", "AUT-5",
    "AUT-6", "POL-1", "POL-2", "POL-3", "POL-4", "POL-5", "POL-6", "POL-7", "DEC-1", "AZN-1",
    "AZN-2", "LGO-1", "LGO-2", "LGO-6", "HDR-1", "HDR-2", "HDR-3", "HDR-5", "HDR-8", "THR-1",
    "THR-2",
];

#[test]
fn every_rule_of_the_main_path_is_exercised_and_kept_in_each_edition_that_has_it() {
    let kept: BTreeSet<(&str, Edition)> = clean()
        .scenarios
        .iter()
        .flat_map(|scenario| &scenario.judgements)
        .filter(|judgement| judgement.verdict == Verdict::Pass)
        .map(|judgement| (judgement.rule.id, judgement.edition))
        .collect();
    let missing: Vec<String> = Edition::ALL
        .into_iter()
        .flat_map(|edition| MAIN_PATH.iter().map(move |id| (*id, edition)))
        .filter(|(id, edition)| {
            let rule = pass_conformance::rules::find(id).unwrap();
            rule.clause(*edition).is_some() && !kept.contains(&(*id, *edition))
        })
        .map(|(id, edition)| format!("{id} in {edition}"))
        .collect();
    assert!(missing.is_empty(), "never exercised: {}", missing.join(", "));
}

/// What a run was, without the ports and folders that the operating system chose.
fn story(outcome: &ScenarioOutcome) -> String {
    let trace = serde_json::to_string_pretty(&outcome.trace).unwrap();
    let mut story = trace;
    for ports in ["127.0.0.1:", r#"\"port\":\""#] {
        let text = std::mem::take(&mut story);
        for (index, piece) in text.split(ports).enumerate() {
            story.push_str(match index {
                0 => piece,
                _ => piece.trim_start_matches(|c: char| c.is_ascii_digit()),
            });
        }
    }
    story
}

#[test]
fn the_same_seed_tells_the_same_stories() {
    let (events, _) = mpsc::channel();
    let again = runner::run(&options(reference(Defects::default())), &events).unwrap();
    for (one, other) in clean().scenarios.iter().zip(&again.scenarios) {
        assert_same(&one.name, &story(one), &story(other));
    }
    let other_seed = Options { seed: 2, ..options(reference(Defects::default())) };
    let other = runner::run(&other_seed, &events).unwrap();
    assert_ne!(story(&clean().scenarios[0]), story(&other.scenarios[0]));
}

fn assert_same(name: &str, one: &str, other: &str) {
    let differing = one.lines().zip(other.lines()).find(|(one, other)| one != other);
    assert!(one == other, "{name} differs, first in: {differing:?}");
}
