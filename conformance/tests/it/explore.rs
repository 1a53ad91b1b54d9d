//! Stories that nobody wrote: the reference client stays clean in them, and its defects are found.

use std::sync::{Arc, mpsc};
use std::time::Duration;

use pass_conformance::defects::{Defect, Defects};
use pass_conformance::driver::Command;
use pass_conformance::explore::{self, What};
use pass_conformance::outcome::{ClientInfo, RunOutcome};
use pass_conformance::runner::{self, Options};
use pass_conformance::scenario::{self, Step, load_text};
use pass_conformance::verdict::Edition;

use crate::python::{client_in_python, python_is_there};
use crate::runner::{options, reference, troubles};

/// A client without or with a defect, and who it says it is.
fn client(defects: Defects) -> (Options, ClientInfo) {
    let options = options(reference(defects));
    let client = runner::introduce(&options).unwrap().expect("the client introduces itself");
    (options, client)
}

fn explore(options: &Options, client: &ClientInfo, count: u32, seed: u64) -> RunOutcome {
    let scenarios = explore::stories(client, count, seed);
    let (events, _) = mpsc::channel();
    runner::run(&Options { scenarios, ..options.clone() }, &events).unwrap()
}

#[test]
fn a_story_is_the_same_however_many_are_asked_for() {
    let (_, client) = client(Defects::NONE);
    let few = explore::stories(&client, 3, 7);
    let many = explore::stories(&client, 9, 7);
    assert_eq!(few[..], many[..3]);
    assert_ne!(few, explore::stories(&client, 3, 8));
}

#[test]
fn every_story_can_be_played_and_written_down() {
    let (_, client) = client(Defects::NONE);
    for story in explore::stories(&client, 500, 3) {
        scenario::check_file(&story.file).unwrap_or_else(|error| panic!("{}: {error}", story.name));
        let text = explore::yaml(&story.file).unwrap_or_else(|| panic!("{:?}", story.file));
        let read = load_text("own", "own.yaml", &text).unwrap().remove(0);
        assert_eq!((read.file, read.flow), (story.file, story.flow));
    }
}

#[test]
fn the_reference_client_is_clean_in_stories_that_nobody_wrote() {
    let (options, client) = client(Defects::NONE);
    let outcome = explore(&options, &client, 60, 146);
    let troubles: Vec<String> = outcome.scenarios.iter().flat_map(troubles).collect();
    assert_eq!(troubles, Vec::<String>::new());
}

/// Mistakes of every phase. Each is found without anybody having thought of a story for it.
const FOUND: [&str; 13] = [
    "credentials-not-kept",
    "token-per-session",
    "configuration-not-kept",
    "never-checks-profiles",
    "poll-too-fast",
    "polls-after-success",
    "decision-before-profile",
    "permits-not-kept",
    "plays-anyway",
    "refuses-unexplained",
    "skips-logout-page",
    "decision-after-logout",
    "device-identifier-per-launch",
];

#[test]
fn mistakes_are_found_and_their_stories_are_short() {
    let mut missed = Vec::new();
    for id in FOUND {
        let defect = Defect::find(id).unwrap_or_else(|| panic!("there is no defect {id}"));
        let (options, client) = client(Defects::from(defect));
        let options = Options { gate: Edition::Apr2025, strict: true, ..options };
        let outcome = explore(&options, &client, 25, 1);
        let stories = explore::stories(&client, 25, 1);
        let findings = explore::findings(&outcome, |story| stories[story].file.steps.len());
        let rule = What::Rule(defect.about().rule);
        let Some(finding) = findings.iter().find(|finding| finding.what == rule) else {
            missed.push(format!("{id}: {findings:?}"));
            continue;
        };
        let story = &stories[finding.story];
        let shrunk = explore::shrink(&options, &client, story, &rule, 200).unwrap();
        let shrunk = shrunk.expect("what is drawn from a seed happens again");
        let file = explore::yaml(&shrunk.scenario.file).expect("it can be written down");
        let steps = shrunk.scenario.file.steps.len();
        if steps > 6 {
            missed.push(format!("{id}: {steps} steps\n{file}"));
        }
    }
    assert_eq!(missed, Vec::<String>::new());
}

/// A client that nobody tuned the model to, in real time: stories that are over soon, because each of
/// them takes as long as it takes.
#[test]
fn a_mistake_of_a_client_in_python_is_found_and_its_story_is_short() {
    if !python_is_there() {
        return;
    }
    let _machine = crate::the_machine();
    let command = client_in_python("tests/it/python/broken.py bare-identifier");
    let options = options(Arc::new(Command::new(command)));
    let options = Options { gate: Edition::Apr2025, strict: true, ..options };
    let client = runner::introduce(&options).unwrap().expect("it introduces itself");
    let mut stories = explore::stories(&client, 200, 1);
    stories.retain(|story| story.length() < Duration::from_secs(16));
    stories.truncate(2);
    let played = Options { scenarios: stories.clone(), ..options.clone() };
    let outcome = runner::run(&played, &mpsc::channel().0).unwrap();
    let findings = explore::findings(&outcome, |story| stories[story].file.steps.len());
    let found = findings.iter().find(|finding| finding.what == What::Rule("HDR-1"));
    let found = found.unwrap_or_else(|| panic!("{findings:?}"));
    let story = &stories[found.story];
    let shrunk = explore::shrink(&options, &client, story, &found.what, 200).unwrap();
    let steps = &shrunk.expect("it happens again").scenario.file.steps;
    assert_eq!(*steps, [Step::Launch]);
}

#[test]
fn the_command_refuses_what_makes_no_sense_and_keeps_nothing_where_nothing_is_found() {
    let home = tempfile::tempdir().unwrap();
    let found = home.path().join("found");
    let command = |arguments: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_pass-conformance"));
        let output = command.arg("run").args(arguments).arg("--save").arg(&found).output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, said) = command(&["--explore", "0"]);
    assert_eq!(code, Some(2));
    assert!(said.contains("0 is not in 1..="), "{said}");
    let (code, said) = command(&["--explore", "3", "--scenario", "relaunch"]);
    assert_eq!(code, Some(2));
    assert!(said.contains("cannot be used with"), "{said}");
    let (code, said) = command(&[]);
    assert_eq!(code, Some(2));
    assert!(said.contains("--explore"), "{said}");
    let (code, said) = command(&["--explore", "2", "--client", "exit 0"]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("no stories can be drawn"), "{said}");
    let (code, said) = command(&["--explore", "2"]);
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(std::fs::read_dir(&found).unwrap().count(), 0);
}
