//! Every rule is proven by a defect, and exercised by a scenario.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::sync::{Arc, OnceLock, mpsc};

use pass_conformance::defects::{self, Defects};
use pass_conformance::driver::InProcess;
use pass_conformance::judge::judge_all;
use pass_conformance::outcome::{RunOutcome, ScenarioOutcome};
use pass_conformance::runner::{self, Options};
use pass_conformance::trace::Context;
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

/// What the client without defects came to in all scenarios.
fn played() -> &'static RunOutcome {
    static PLAYED: OnceLock<RunOutcome> = OnceLock::new();
    PLAYED.get_or_init(|| {
        let _machine = crate::the_machine();
        let driver = Arc::new(InProcess::new(|host| reference::run(host, Defects::NONE)));
        let options = Options {
            strict: true,
            long: true,
            jobs: NonZeroUsize::new(2),
            ..Options::new(driver, scenario::all().unwrap())
        };
        let (events, _) = mpsc::channel();
        runner::run(&options, &events).unwrap()
    })
}

/// What a scenario exercises: rules that passed in it, the client being without defects.
fn exercised(scenario: &ScenarioOutcome) -> impl Iterator<Item = Place> {
    let passed = scenario.judgements.iter().filter(|judged| judged.verdict == Verdict::Pass);
    passed.map(|judged| (judged.rule.id, judged.edition))
}

#[test]
fn every_rule_is_exercised_by_a_scenario() {
    let exercised: BTreeSet<Place> = played().scenarios.iter().flat_map(exercised).collect();
    let idle: Vec<_> = catalogue()
        .difference(&exercised)
        .map(|(rule, edition)| format!("{rule} in {edition}"))
        .collect();
    assert!(idle.is_empty(), "no scenario exercises these: {}", idle.join(", "));
}

#[test]
fn a_scenario_exercises_the_rules_that_its_file_names() {
    let mut found: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for scenario in &played().scenarios {
        let file = scenario.name.split('@').next().unwrap();
        found.entry(file).or_default().extend(exercised(scenario).map(|(rule, _)| rule));
    }
    let mut wrong = Vec::new();
    let mut named = BTreeSet::new();
    for scenario in scenario::all().unwrap() {
        let file = scenario.name.split('@').next().unwrap().to_owned();
        for rule in &scenario.file.rules {
            if !found[file.as_str()].contains(rule.as_str()) {
                wrong.push(format!("{file}: {rule}"));
            }
            named.insert(rule.clone());
        }
    }
    assert!(wrong.is_empty(), "named but not exercised: {}", wrong.join(", "));
    let nowhere: Vec<_> =
        rules::all().iter().map(|rule| rule.id).filter(|id| !named.contains(*id)).collect();
    assert!(nowhere.is_empty(), "no scenario is about these: {}", nowhere.join(", "));
}

#[test]
fn without_events_nothing_that_needs_them_passes_and_nothing_is_held_against_anybody() {
    for scenario in &played().scenarios {
        let mut trace = scenario.trace.clone();
        // What is left is a capture: nobody was asked, and nobody tells.
        trace.events.clear();
        let (exact_time, ended) = (trace.context.exact_time, trace.context.ended);
        trace.context = Context { exact_time, ended, ..Context::default() };
        for judged in judge_all(&trace) {
            let place = format!("{}: {} in {}", scenario.name, judged.rule.id, judged.edition);
            if judged.rule.needs_events {
                assert_eq!(judged.verdict, Verdict::NotApplicable, "{place}");
            } else {
                assert!(judged.violations.is_empty(), "{place}: {:?}", judged.violations);
            }
        }
    }
}
