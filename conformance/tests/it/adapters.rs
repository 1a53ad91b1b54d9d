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
    let (run, plan) = play(&format!("\"{program}\" adapter {arguments}"), stories());
    let fast = |planned: &runner::Planned| planned.pace == Pace::Real(3.0);
    assert!(plan.scenarios.iter().all(fast), "its timers can run faster");
    assert_eq!(run.client.clock_doubt, None);
    run
}

fn play(command: &str, scenarios: Vec<Scenario>) -> (RunOutcome, Arc<runner::Plan>) {
    let (events, heard) = mpsc::channel();
    let options = Options { scenarios, ..options(Arc::new(Command::new(command))) };
    let run = runner::run(&options, &events).unwrap();
    let plan = heard.try_iter().find_map(|event| match event {
        RunnerEvent::Planned(plan) => Some(plan),
        _ => None,
    });
    (run, plan.unwrap())
}

/// A client that says that its clock can run fast, and lets it run as it always does: the reference
/// client, not told of the speed.
#[test]
fn a_client_whose_clock_does_not_run_fast_is_found_out_and_judged_in_real_time() {
    let _machine = crate::the_machine();
    let program = env!("CARGO_BIN_EXE_pass-conformance");
    let deaf = r#"sed -u 's/"clock_speed":[0-9.]*/"clock_speed":1.0/'"#;
    let scenario = |name, text: &str| scenario::load_text(name, name, text).unwrap().remove(0);
    let hour = "title: t\nwhy: w\nlong: true\nsteps: [launch, {wait: 1h}]";
    let moment = "title: t\nwhy: w\nsteps: [launch]";
    let stories = vec![scenario("hour", hour), scenario("moment", moment)];
    let (run, plan) = play(&format!("{deaf} | \"{program}\" adapter"), stories);
    assert!(run.client.capabilities.contains(&"clock_speed".to_owned()));
    assert!(run.client.clock_doubt.is_some());
    assert!(plan.scenarios.iter().all(|planned| planned.pace == Pace::Real(1.0)));
    assert_eq!(run.scenarios[0].ending, Ending::Skipped);
    let reason = run.scenarios[0].detail.as_deref().unwrap();
    assert!(reason.contains("do not run faster, though it declares clock_speed"), "{reason}");
    assert_eq!(run.scenarios[1].ending, Ending::Completed, "{:?}", run.scenarios[1].detail);
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
