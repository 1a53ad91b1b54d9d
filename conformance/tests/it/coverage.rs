//! Every rule is proven by a defect, and exercised by a scenario.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::sync::{Arc, mpsc};

use pass_conformance::defects::{self, Defects};
use pass_conformance::driver::InProcess;
use pass_conformance::runner::{self, Cancel, Options};
use pass_conformance::verdict::{Edition, Verdict};
use pass_conformance::{reference, rules, scenario};

type Place = (&'static str, Edition);

/// Every rule in each edition that has it.
fn catalogue() -> BTreeSet<Place> {
    let places = |rule: &'static rules::Rule| {
        let editions = Edition::ALL.into_iter().filter(|edition| rule.clause(*edition).is_some());
        editions.map(|edition| (rule.id, edition))
    };
    rules::all().iter().flat_map(|rule| places(rule)).collect()
}

#[test]
fn a_rule_without_a_defect_does_not_ship() {
    let proven: BTreeSet<Place> = defects::all()
        .map(defects::Defect::about)
        .flat_map(|about| about.editions.iter().map(move |edition| (about.rule, *edition)))
        .collect();
    let catalogue = catalogue();
    let missing: Vec<_> = catalogue
        .difference(&proven)
        .map(|(rule, edition)| format!("{rule} in {edition}"))
        .collect();
    assert!(missing.is_empty(), "no defect shows that these work: {}", missing.join(", "));
    let unknown: Vec<_> = proven.difference(&catalogue).collect();
    assert!(unknown.is_empty(), "defects break what is in no edition: {unknown:?}");
}

#[test]
fn every_rule_is_exercised_by_a_scenario() {
    let _machine = crate::the_machine();
    let options = Options {
        driver: Arc::new(InProcess::new(|host| reference::run(host, Defects::NONE))),
        scenarios: scenario::all().unwrap(),
        gate: Edition::Oct2024,
        strict: true,
        long: true,
        jobs: NonZeroUsize::new(2),
        seed: 1,
        cancel: Cancel::default(),
    };
    let (events, _) = mpsc::channel();
    let outcome = runner::run(&options, &events).unwrap();
    let judgements = outcome.scenarios.iter().flat_map(|scenario| &scenario.judgements);
    let passed = judgements.filter(|judgement| judgement.verdict == Verdict::Pass);
    let exercised: BTreeSet<Place> =
        passed.map(|judgement| (judgement.rule.id, judgement.edition)).collect();
    let idle: Vec<_> = catalogue()
        .difference(&exercised)
        .map(|(rule, edition)| format!("{rule} in {edition}"))
        .collect();
    assert!(idle.is_empty(), "no scenario exercises these: {}", idle.join(", "));
}
