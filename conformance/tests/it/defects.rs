//! The defect matrix: every defect of the reference client in every scenario.
//!
//! A rule ships only with a client that it catches: each defect is caught by the rule it breaks, in
//! each edition that has it in for that defect, and by no other rule in any scenario.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};

use pass_conformance::defects::{self, Defect, Defects};
use pass_conformance::driver::InProcess;
use pass_conformance::outcome::{Ending, ScenarioOutcome};
use pass_conformance::runner::{self, Cancel, Options};
use pass_conformance::verdict::Edition;
use pass_conformance::{reference, scenario};

/// What one defect came to: the scenarios in which it violated a rule, by rule and edition.
struct Row {
    defect: Defect,
    caught: BTreeMap<(&'static str, Edition), BTreeSet<String>>,
    broken: Vec<String>,
}

impl Row {
    fn play(defect: Defect) -> Self {
        let driver = InProcess::new(move |host| reference::run(host, Defects::from(defect)));
        let options = Options {
            driver: Arc::new(driver),
            scenarios: scenario::all().unwrap(),
            gate: Edition::Oct2024,
            strict: false,
            long: true,
            jobs: Some(NonZeroUsize::MIN),
            seed: 1,
            cancel: Cancel::default(),
        };
        let (events, _) = mpsc::channel();
        let outcome = runner::run(&options, &events).unwrap();
        let mut row = Self { defect, caught: BTreeMap::new(), broken: Vec::new() };
        outcome.scenarios.iter().for_each(|scenario| row.add(scenario));
        row
    }

    fn add(&mut self, scenario: &ScenarioOutcome) {
        // A defect may make a client fail to do something, but never crash or confuse the harness.
        if !matches!(scenario.ending, Ending::Completed | Ending::ClientTimeout) {
            let detail = scenario.detail.as_deref().unwrap_or_default();
            self.broken.push(format!("{}: {:?} {detail}", scenario.name, scenario.ending));
        }
        for judgement in scenario.judgements.iter().filter(|j| !j.violations.is_empty()) {
            let place = self.caught.entry((judgement.rule.id, judgement.edition)).or_default();
            place.insert(scenario.name.clone());
        }
    }

    /// What is not as the catalogue says.
    fn faults(&self) -> Vec<String> {
        let about = self.defect.about();
        let expected: BTreeSet<_> =
            about.editions.iter().map(|edition| (about.rule, *edition)).collect();
        let caught: BTreeSet<_> = self.caught.keys().copied().collect();
        let missed = expected
            .difference(&caught)
            .map(|(rule, edition)| format!("{}: not caught by {rule} in {edition}", about.id));
        let wrong = caught.difference(&expected).map(|place| {
            let (rule, edition) = place;
            let scenarios: Vec<_> = self.caught[place].iter().map(String::as_str).collect();
            format!("{}: caught by {rule} in {edition}: {}", about.id, scenarios.join(", "))
        });
        let broken = self.broken.iter().map(|broken| format!("{}: {broken}", about.id));
        missed.chain(wrong).chain(broken).collect()
    }
}

/// Plays every defect in every scenario, as many at a time as there are cores.
fn play_all() -> Vec<Row> {
    let defects: Vec<Defect> = defects::all().collect();
    let next = AtomicUsize::new(0);
    let worker = || {
        let mut rows = Vec::new();
        while let Some(defect) = defects.get(next.fetch_add(1, Ordering::Relaxed)) {
            rows.push(Row::play(*defect));
        }
        rows
    };
    let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let mut rows: Vec<Row> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..cores).map(|_| scope.spawn(worker)).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    });
    rows.sort_by_key(|row| row.defect);
    rows
}

/// The matrix as a person reads it: a line a defect, with the rules that caught it and how often.
fn matrix(rows: &[Row]) -> String {
    let mut text = String::new();
    for row in rows {
        let about = row.defect.about();
        let caught: Vec<_> = row
            .caught
            .iter()
            .map(|((rule, edition), scenarios)| format!("{rule} {edition} ×{}", scenarios.len()))
            .collect();
        let _ = writeln!(text, "{:8} {:32} {}", about.rule, about.id, caught.join(", "));
    }
    text
}

#[test]
fn each_defect_is_caught_by_its_rule_and_by_no_other() {
    let rows = play_all();
    let faults: Vec<String> = rows.iter().flat_map(Row::faults).collect();
    println!("{}", matrix(&rows));
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}
