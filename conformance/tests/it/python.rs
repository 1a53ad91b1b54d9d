//! The example client in Python, through the adapter protocol only: a client that is not ours to
//! tune the harness to. In real time, side by side.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::process::Stdio;
use std::sync::{Arc, mpsc};

use pass_conformance::driver::Command;
use pass_conformance::outcome::{Ending, RunOutcome};
use pass_conformance::runner::{self, Options};
use pass_conformance::scenario;
use pass_conformance::verdict::Edition::{self, Apr2025, Oct2024};

const BOTH: &[Edition] = &[Oct2024, Apr2025];
const NEW: &[Edition] = &[Apr2025];

/// What is wrong with a client, the scenario that shows it, and the rule that catches it.
const DEFECTS: &[(&str, &str, &str, &[Edition])] = &[
    ("forgets-credentials", "relaunch", "REG-2", BOTH),
    ("token-per-call", "first-sign-in", "REG-3", BOTH),
    ("keeps-refused-token", "token-refused", "REG-5", BOTH),
    ("loads-configuration-at-launch", "relaunch", "CFG-1", BOTH),
    ("skips-profiles", "first-sign-in", "AUT-1", BOTH),
    ("polls-too-fast", "first-sign-in@second-screen", "POL-1", BOTH),
    ("polls-after-success", "first-sign-in@second-screen", "POL-5", BOTH),
    ("keeps-old-code", "new-code", "POL-6", BOTH),
    ("polls-at-once", "first-sign-in", "POL-7", NEW),
    ("asks-for-all", "large-catalogue", "PRE-1", BOTH),
    ("forgets-permits", "large-catalogue", "PRE-2", NEW),
    ("plays-on-preauthorization", "first-sign-in", "AZN-1", BOTH),
    ("plays-anyway", "permit-and-deny", "AZN-2", BOTH),
    ("retries-denies", "permit-and-deny", "AZN-3", BOTH),
    ("trusts-every-token", "forged-media-token", "AZN-6", NEW),
    ("skips-logout-page", "first-sign-in", "LGO-2", BOTH),
    ("signs-out-at-deny", "permit-and-deny", "LGO-5", NEW),
    ("keeps-profile", "sign-out-at-once", "LGO-6", BOTH),
    ("bare-identifier", "first-sign-in", "HDR-1", BOTH),
    ("tells-little", "first-sign-in", "HDR-4", BOTH),
    ("old-parameters", "first-sign-in", "HDR-6", NEW),
    ("takes-cookbook-at-its-word", "first-sign-in", "HDR-8", BOTH),
    ("hurries-at-play", "throttled-at-play", "THR-1", BOTH),
    ("asks-once-more", "sign-in-demanded", "ERR-1", BOTH),
    ("unknown-visitor", "temp-pass-promotional", "TMP-1", BOTH),
    ("ends-in-silence", "temp-pass-expired", "TMP-2", BOTH),
    ("forgets-subject", "roku-identity", "SSO-1", BOTH),
    ("stops-at-fallback", "apple-not-supported", "SSO-3", BOTH),
    ("uses-response-twice", "apple-sign-in", "SSO-4", BOTH),
    ("leaves-status-off", "apple-sign-in", "SSO-5", BOTH),
    ("leaves-status-off-request", "apple-sign-in", "SSO-5", BOTH),
    ("leaves-status-off-response", "apple-sign-in", "SSO-5", BOTH),
];

/// Whether a program is there; the log says what is not tried for lack of it.
#[allow(clippy::print_stdout, reason = "whoever reads the log shall see what was not tried")]
pub(crate) fn is_there(program: &str) -> bool {
    let mut command = std::process::Command::new(program);
    let there = command.arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    let there = there.is_ok_and(|status| status.success());
    if !there {
        println!("NOTE: {program} is not there, so the example client was not tried");
    }
    there
}

pub(crate) fn python_is_there() -> bool {
    is_there("python3")
}

/// The command that starts a client in Python.
pub(crate) fn client_in_python(script: &str) -> String {
    format!("exec python3 -B '{}'/{script}", env!("CARGO_MANIFEST_DIR"))
}

fn run(script: &str, scenarios: &[&str]) -> RunOutcome {
    run_command(client_in_python(script), scenarios)
}

/// Judges a client by some of the scenarios.
pub(crate) fn run_command(command: String, scenarios: &[&str]) -> RunOutcome {
    let mut all = scenario::all().unwrap();
    all.retain(|scenario| scenarios.contains(&scenario.name.as_str()));
    assert_eq!(all.len(), scenarios.len(), "there is no such scenario among {scenarios:?}");
    let options = Options {
        strict: true,
        jobs: NonZeroUsize::new(scenarios.len()),
        ..Options::new(Arc::new(Command::new(command)), all)
    };
    runner::run(&options, &mpsc::channel().0).unwrap()
}

/// The rules that were violated, by edition, and everything that a failure has to say.
pub(crate) fn violated(outcome: &RunOutcome) -> (BTreeSet<(&'static str, Edition)>, String) {
    let mut rules = BTreeSet::new();
    let mut words = String::new();
    for scenario in &outcome.scenarios {
        assert_eq!(scenario.ending, Ending::Completed, "{:?}\n{}", scenario.detail, scenario.log);
        for judgement in &scenario.judgements {
            for violation in &judgement.violations {
                let (rule, edition) = (judgement.rule.id, judgement.edition);
                rules.insert((rule, edition));
                words += &format!("{}: {rule} {edition}: {}\n", scenario.name, violation.what);
            }
        }
    }
    (rules, words)
}

#[test]
fn the_example_client_conforms_in_both_editions() {
    if !python_is_there() {
        return;
    }
    let _machine = crate::the_machine();
    let scenarios = [
        "first-sign-in",
        "second-screen-picker",
        "relaunch",
        "permit-and-deny",
        "code-expires",
        "single-logout",
        "apple-sign-in",
        "apple-unknown-provider",
        "apple-unknown-provider@second-screen",
        "temp-pass-promotional",
        "temp-pass-ends-while-playing",
        "degraded-authentication",
        "forged-media-token",
    ];
    let (rules, words) = violated(&run("adapters/python/client.py", &scenarios));
    assert!(rules.is_empty(), "{words}");
}

#[test]
fn with_one_thing_wrong_the_right_rule_is_broken_and_only_that() {
    if !python_is_there() {
        return;
    }
    let _machine = crate::the_machine();
    let outcomes: Vec<_> = std::thread::scope(|scope| {
        let play = |(defect, scenario, ..): &(&str, &'static str, &str, &[Edition])| {
            let (script, scenario) = (format!("tests/it/python/broken.py {defect}"), *scenario);
            scope.spawn(move || violated(&run(&script, &[scenario])))
        };
        let playing: Vec<_> = DEFECTS.iter().map(play).collect();
        playing.into_iter().map(|one| one.join().unwrap()).collect()
    });
    for ((defect, _, rule, editions), (rules, words)) in DEFECTS.iter().zip(outcomes) {
        let expected: BTreeSet<_> = editions.iter().map(|edition| (*rule, *edition)).collect();
        assert_eq!(rules, expected, "{defect}: {words}");
    }
}
