//! The program as a person or a script runs it.

use std::process::{Command, Output};

fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_pass-conformance"))
        .args(arguments)
        .env_remove("RUST_BACKTRACE")
        .env_remove("CLICOLOR_FORCE")
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

/// Asserts exit code 2, nothing on standard output, and one line on standard error.
fn refused(arguments: &[&str]) -> String {
    let output = run(arguments);
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
    assert_eq!(text(&output.stdout), "", "{arguments:?}");
    assert_eq!(said.lines().count(), 1, "{arguments:?}: {said}");
    said.trim_end().to_owned()
}

#[test]
fn without_a_command_it_shows_its_help() {
    let output = run(&[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("Usage: pass-conformance"), "{output:?}");
    let asked = run(&["--help"]);
    assert_eq!(asked.status.code(), Some(0));
    assert!(text(&asked.stdout).contains("Exit codes:"), "{asked:?}");
}

#[test]
fn what_cannot_be_used_is_refused_in_one_line() {
    assert_eq!(
        refused(&["ruels"]),
        "pass-conformance: unrecognized subcommand 'ruels'; a similar subcommand exists: 'rules'; \
         see `pass-conformance --help`"
    );
    assert!(refused(&["rules", "--colour"]).contains("unexpected argument '--colour'"));
    assert!(refused(&["rules", "--explain", "THR-11"]).contains("did you mean `THR-1`?"));
    assert!(refused(&["rules", "--explain", "nonsense!"]).contains("lists them"));
}

#[test]
fn rules_shows_every_rule_and_explains_each() {
    let table = run(&["rules"]);
    assert_eq!(table.status.code(), Some(0));
    let table = text(&table.stdout);
    assert!(!table.contains('\u{1b}'), "colours where nobody sees them: {table:?}");
    for rule in pass_conformance::rules::all() {
        assert!(table.contains(rule.id) && table.contains(rule.name), "{} is missing", rule.id);
        let explained = run(&["rules", "--explain", &rule.id.to_lowercase()]);
        assert_eq!(explained.status.code(), Some(0), "{}", rule.id);
        assert!(text(&explained.stdout).contains(rule.phase.title()), "{}", rule.id);
    }
}

#[test]
fn list_shows_every_scenario_and_those_that_match() {
    let all = run(&["list"]);
    assert_eq!(all.status.code(), Some(0));
    for (name, _) in pass_conformance::scenario::FILES {
        assert!(text(&all.stdout).contains(name), "{name} is missing");
    }
    let some = run(&["list", "--scenario", "throttled-*"]);
    assert!(text(&some.stdout).contains("throttled-at-play"));
    assert!(!text(&some.stdout).contains("first-sign-in"));
    assert!(refused(&["list", "--scenario", "throtled-at-play"]).contains("did you mean"));
    let gone = refused(&["list", "--scenario", "no/such/file.yaml"]);
    assert!(gone.contains("no/such/file.yaml: cannot be read"), "{gone}");
}
