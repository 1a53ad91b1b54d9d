//! Clients in processes of their own, in scaled time.

use std::sync::Arc;
use std::sync::mpsc;

use pass_conformance::driver::Command;
use pass_conformance::outcome::{Ending, RunOutcome};
use pass_conformance::runner::{self, Options, RunnerEvent};
use pass_conformance::scenario::{self, Scenario};
use pass_conformance::stage::Pace;
use pass_conformance::verdict::{Edition, Verdict};

use super::runner::{options, troubles};

/// Two evenings: one in a browser, and one on a second screen.
fn stories() -> Vec<Scenario> {
    let text = "\
title: t
why: w
flow: both
steps:
  - launch
  - sign_in: {takes: 1s}
  - play: REF30
  - stop
  - relaunch
  - play: premium
  - sign_out
  - wait: 20s
  - quit";
    scenario::load_text("evening", "evening.yaml", text).unwrap()
}

fn run(arguments: &str) -> RunOutcome {
    let _machine = crate::the_machine();
    let program = env!("CARGO_BIN_EXE_pass-conformance");
    let driver = Arc::new(Command::new(format!("\"{program}\" adapter {arguments}")));
    let (events, heard) = mpsc::channel();
    let options = Options { scenarios: stories(), ..options(driver) };
    let run = runner::run(&options, &events).unwrap();
    let plan = heard.try_iter().find_map(|event| match event {
        RunnerEvent::Planned(plan) => Some(plan),
        _ => None,
    });
    let fast = |planned: &runner::Planned| planned.pace == Pace::Real(3.0);
    assert!(plan.unwrap().scenarios.iter().all(fast), "its timers can run faster");
    run
}

#[test]
fn the_reference_client_is_clean_behind_the_adapter_protocol_too() {
    let run = run("");
    assert_eq!(run.client.name, "pass-reference");
    assert_eq!(run.scenarios.len(), 2);
    let troubles: Vec<String> = run.scenarios.iter().flat_map(troubles).collect();
    assert!(troubles.is_empty(), "{}", troubles.join("\n"));
    let exercised = |id: &str| {
        let judgements = run.scenarios.iter().flat_map(|scenario| &scenario.judgements);
        judgements.filter(|j| j.rule.id == id).any(|j| j.verdict == Verdict::Pass)
    };
    for rule in ["REG-2", "POL-1", "AZN-2", "LGO-1"] {
        assert!(exercised(rule), "{rule} was not exercised");
    }
}

#[test]
fn a_defect_is_caught_behind_the_adapter_protocol_too() {
    let run = run("--defect credentials-not-kept");
    for scenario in &run.scenarios {
        assert_eq!(scenario.ending, Ending::Completed, "{:?}", scenario.detail);
        let broken: Vec<(&str, Edition)> = scenario
            .judgements
            .iter()
            .filter(|judgement| !judgement.violations.is_empty())
            .map(|judgement| (judgement.rule.id, judgement.edition))
            .collect();
        assert_eq!(broken, [("REG-2", Edition::Oct2024), ("REG-2", Edition::Apr2025)]);
    }
}
