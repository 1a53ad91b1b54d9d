//! The program as a person or a script runs it.

use std::process::{Command, Output};

use pass_conformance::scenario;

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
fn rules_shows_every_rule_and_explains_one() {
    let table = run(&["rules"]);
    assert_eq!(table.status.code(), Some(0));
    let table = text(&table.stdout);
    assert!(!table.contains('\u{1b}'), "colours where nobody sees them: {table:?}");
    for rule in pass_conformance::rules::all() {
        assert!(table.contains(rule.id) && table.contains(rule.name), "{} is missing", rule.id);
    }
    let explained = run(&["rules", "--explain", "pol-1"]);
    assert_eq!(explained.status.code(), Some(0));
    let explained = text(&explained.stdout);
    for part in ["POL-1 interval", "must", "throttle", "delayed-login", "poll-too-fast"] {
        assert!(explained.contains(part), "no {part} in {explained}");
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
    let rules = run(&["list", "--scenario", "throttled-at-play", "--rules"]);
    assert!(text(&rules.stdout).contains("THR-1"));
    assert!(refused(&["list", "--scenario", "throtled-at-play"]).contains("did you mean"));
    let gone = refused(&["list", "--scenario", "no/such/file.yaml"]);
    assert!(gone.contains("no/such/file.yaml: cannot be read"), "{gone}");
}

/// A folder for one test's files.
fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

/// A file in a folder; its path.
fn file(folder: &tempfile::TempDir, name: &str, text: &str) -> String {
    let path = folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

/// The JSON report of a run, and its exit code.
fn report(arguments: &[&str]) -> (serde_json::Value, Option<i32>) {
    let output = run(&[&["run", "--report", "json=-"], arguments].concat());
    let said = text(&output.stderr);
    let report = serde_json::from_slice(&output.stdout);
    (report.unwrap_or_else(|error| panic!("{error}: {said}")), output.status.code())
}

#[test]
fn without_a_client_it_judges_the_one_it_brings() {
    let output = run(&["run", "--scenario", "first-sign-in", "--jobs", "2"]);
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{out}{err}");
    assert!(out.ends_with("CONFORMS to 2024-10\n"), "{out}");
    assert!(err.starts_with("judging pass-reference") && err.contains("[2/2] ✓"), "{err}");
    assert!(!(out.to_owned() + err).contains('\u{1b}'), "colours where nobody sees them");
}

#[test]
fn colours_are_shown_where_they_are_wanted() {
    let command = |name: &str, value: &str| {
        Command::new(env!("CARGO_BIN_EXE_pass-conformance"))
            .args(["rules"])
            .env_remove("NO_COLOR")
            .env(name, value)
            .output()
            .unwrap()
    };
    assert!(text(&command("CLICOLOR_FORCE", "1").stdout).contains('\u{1b}'));
    assert!(!text(&command("NO_COLOR", "1").stdout).contains('\u{1b}'));
}

#[test]
fn reports_go_where_they_are_asked_to_go() {
    let folder = folder();
    let path = folder.path().join("new/junit.xml");
    let junit = format!("junit={}", path.display());
    let (report, code) = report(&["--scenario", "relaunch", "--report", &junit]);
    assert_eq!(code, Some(0));
    assert_eq!(report["summary"]["result"], "conforms");
    assert_eq!(report["scenarios"][1]["name"], "relaunch@second-screen");
    assert_eq!(report["scenarios"][1]["outcome"], "completed");
    let kept = report["rules"].as_array().unwrap().iter().find(|rule| rule["id"] == "REG-2");
    assert_eq!(kept.unwrap()["editions"]["2025-04"]["verdict"], "pass");
    assert!(std::fs::read_to_string(path).unwrap().contains("<testsuite name=\"relaunch\""));
}

#[test]
fn two_runs_with_the_same_seed_give_the_same_report() {
    let once = |jobs| {
        let (mut report, _) = report(&["--seed", "7", "--jobs", jobs]);
        for scenario in report["scenarios"].as_array_mut().unwrap() {
            assert!(scenario["took_ms"].take().is_u64());
        }
        report
    };
    let (one, other) = (once("1"), once("2"));
    assert_eq!(one["scenarios"].as_array().unwrap().len(), scenario::all().unwrap().len());
    for part in ["rules", "scenarios"] {
        for (one, other) in
            one[part].as_array().unwrap().iter().zip(other[part].as_array().unwrap())
        {
            assert_eq!(one, other);
        }
    }
    assert_eq!(one, other);
}

#[test]
fn wrong_files_and_words_are_refused_before_anything_is_played() {
    let folder = folder();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let stale = file(&folder, "known.yaml", "POL-11: why not\n");
    let nowhere = file(&folder, "nowhere.yaml", "no-such-*:POL-1: why not\n");
    let story = file(&folder, "story.yaml", "title: t\nwhy: w\nsteps: [lunch]\n");
    for (arguments, said) in [
        (vec!["--scenario", "no-such-scenario-at-all"], "no scenario matches"),
        (vec!["--scenario", &story], "story.yaml:3:"),
        (vec!["--report", "josn=x"], "did you mean `json`?"),
        (vec!["--report", "json=-", "--report", "junit=-"], "only one report"),
        (vec!["--report", &format!("json={}", folder.path().display())], "it is a folder"),
        (vec!["--known-failures", &path("missing")], "missing: cannot be read"),
        (vec!["--known-failures", &stale], "known.yaml:1:1: no rule matches `POL-11`"),
        (vec!["--known-failures", &nowhere], "no scenario matches the pattern `no-such-*:POL-1`"),
        (vec!["--edition", "2023-01"], "no edition \"2023-01\""),
        (vec!["--jobs", "0"], "invalid value '0'"),
    ] {
        let line = refused(&[vec!["run"], arguments].concat());
        assert!(line.contains(said), "{line}");
    }
}

#[test]
fn known_failures_may_name_stories_that_are_drawn() {
    let folder = folder();
    let drawn = file(&folder, "drawn.yaml", "explored-7-2:HDR-1: why not\n");
    let beyond = file(&folder, "beyond.yaml", "explored-7-3:POL-1: why not\n");
    let explore = ["run", "--explore", "2", "--seed", "7", "--known-failures"];
    // The reference client keeps the rule, so that the entry is read, and found to be stale.
    let output = run(&[&explore[..], &[&drawn]].concat());
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    assert!(text(&output.stdout).contains("explored-7-2:HDR-1"), "{}", text(&output.stdout));
    let line = refused(&[&explore[..], &[&beyond]].concat());
    assert!(line.contains("no scenario matches the pattern `explored-7-3:POL-1`"), "{line}");
}

#[test]
fn a_client_that_cannot_be_started_is_a_slip_of_the_user() {
    let output = run(&["run", "--scenario", "relaunch", "--client", "no-such-command-anywhere"]);
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("the client cannot be started"), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
}

#[test]
fn a_client_that_crashes_is_never_green_and_never_blamed_on_a_rule() {
    let (report, code) =
        report(&["--scenario", "relaunch", "--client", "echo oh dear >&2; exit 3"]);
    assert_eq!(code, Some(1));
    let scenario = &report["scenarios"][0];
    assert_eq!(scenario["outcome"], "client_crashed");
    assert_eq!(scenario["log"], "oh dear");
    let rules = report["rules"].as_array().unwrap();
    assert!(rules.iter().all(|rule| rule["violations"] == serde_json::json!([])));
}

/// Says `done` to everything and does nothing.
const IDLE: &str = r#"
printf '{"type":"ready","protocol":1,"client":"idle","capabilities":["browser"]}\n'
while read -r line; do
  case $line in *'"type":"do"'*)
    id=${line#*'"id":'}; printf '{"type":"done","id":%s}\n' "${id%%[,\}]*}";;
  esac
  case $line in *'"quit"'*) exit 0;; esac
done
"#;

#[test]
fn a_client_that_never_calls_is_never_green() {
    let folder = folder();
    let story = file(&folder, "story.yaml", "title: t\nwhy: w\nsteps: [launch, quit]\n");
    let idle = format!("sh {}", file(&folder, "idle.sh", IDLE));
    let (report, code) = report(&["--scenario", &story, "--client", &idle]);
    assert_eq!(code, Some(1), "{report}");
    assert_eq!(report["scenarios"][0]["outcome"], "client_never_called");
    assert_eq!(report["client"]["name"], "idle");
}

#[test]
fn defects_prove_the_rules() {
    let list = run(&["defects", "--list"]);
    assert_eq!(list.status.code(), Some(0));
    for defect in pass_conformance::defects::all() {
        assert!(text(&list.stdout).contains(defect.about().id), "{defect:?}");
    }
    let played = run(&["defects", "session-without-domain"]);
    assert_eq!(played.status.code(), Some(0), "{played:?}");
    assert!(text(&played.stdout).contains("1 defect in"), "{played:?}");
    assert!(text(&played.stdout).contains("each caught by its rule, and by no other"));
    assert!(refused(&["defects", "session-without-domian"]).contains("did you mean"));
}
