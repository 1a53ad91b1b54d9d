//! Clients that crash, hang, babble or do nothing: each has its own ending, none is blamed on a rule, and
//! none keeps the others from being played.

use std::sync::Arc;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use pass_conformance::defects::Defects;
use pass_conformance::driver::{ClientHost, Command, InProcess, Patience};
use pass_conformance::outcome::{Ending, RunOutcome, ScenarioOutcome};
use pass_conformance::protocol::{Action, ToClient};
use pass_conformance::reference;
use pass_conformance::runner::{self, Options, RunError, RunnerEvent};
use pass_conformance::scenario::{self, Scenario};
use pass_conformance::verdict::{Edition, Verdict};

use super::runner::options;

/// A client of a few lines that says yes to everything and calls nobody. `$special` comes first in what
/// it does with a line.
fn script(special: &str) -> String {
    format!(
        r#"while read -r line; do
            id=$(printf %s "$line" | sed -n 's/.*"id":\([0-9]*\).*/\1/p')
            case "$line" in
            {special}
            *'"type":"hello"'*) echo '{{"type":"ready","protocol":1,"client":"script",
                "capabilities":["browser","second_screen"]}}' | tr -d '\n'; echo ;;
            *'"action":"quit"'*) echo "{{\"type\":\"done\",\"id\":$id}}"; exit 0 ;;
            *'"type":"do"'*) echo "{{\"type\":\"done\",\"id\":$id}}" ;;
            esac
        done"#
    )
}

fn stories() -> Vec<Scenario> {
    let short =
        "title: t\nwhy: w\nneeds: [browser]\npatience: 1s\nsteps: [launch, play: REF30, quit]";
    let other = "title: t\nwhy: w\nneeds: [browser]\nsteps: [launch, quit]";
    let mut stories = scenario::load_text("short", "short.yaml", short).unwrap();
    stories.extend(scenario::load_text("other", "other.yaml", other).unwrap());
    stories
}

fn run(special: &str) -> Result<RunOutcome, RunError> {
    let patience = Patience {
        ready: Duration::from_secs(10),
        // Long enough for a busy machine, and yet something that is waited for.
        quit: Duration::from_secs(5),
        slack: Duration::from_secs(2),
    };
    run_line(script(special), patience)
}

fn run_line(line: String, patience: Patience) -> Result<RunOutcome, RunError> {
    let (events, _) = mpsc::channel();
    let driver = Arc::new(Command::new(line).patience(patience));
    runner::run(&Options { scenarios: stories(), ..options(driver) }, &events)
}

/// How the first story ended, after it was made sure that the second one was played to its end.
fn ending(special: &str) -> ScenarioOutcome {
    let mut run = run(special).unwrap();
    assert_eq!(run.scenarios[1].ending, Ending::ClientNeverCalled, "{:?}", run.scenarios[1]);
    run.scenarios.remove(0)
}

#[test]
fn a_client_that_never_calls_is_told_apart() {
    let outcome = ending("");
    assert_eq!(outcome.ending, Ending::ClientNeverCalled);
    assert!(outcome.judgements.is_empty());
    assert!(!outcome.ending.is_clean());
}

#[test]
fn a_crash_is_a_crash() {
    let outcome = ending(r#"*'"action":"play"'*) echo oh no >&2; sleep 1000 & exit 3 ;;"#);
    assert_eq!(outcome.ending, Ending::ClientCrashed);
    assert_eq!(outcome.detail.as_deref(), Some("it ended with exit code 3"));
    assert!(outcome.judgements.is_empty());
    assert!(outcome.log.contains("oh no"), "{}", outcome.log);
}

#[test]
fn an_end_without_being_asked_is_a_crash_even_with_a_friendly_exit_code() {
    let outcome = ending(r#"*'"action":"play"'*) exit 0 ;;"#);
    assert_eq!(outcome.ending, Ending::ClientCrashed);
}

#[test]
fn one_that_hangs_is_a_timeout() {
    let outcome = ending(r#"*'"action":"play"'*) sleep 1000 ;;"#);
    assert_eq!(outcome.ending, Ending::ClientTimeout);
    assert_eq!(
        outcome.detail.as_deref(),
        Some(
            "it was not through with `play` within 1 s, and it did not answer when it was asked \
             to quit"
        )
    );
    assert!(outcome.judgements.is_empty());
}

#[test]
fn one_that_leaves_something_unfinished_but_answers_is_a_timeout_too() {
    let outcome = ending(r#"*'"action":"play"'*) ;;"#);
    assert_eq!(outcome.ending, Ending::ClientTimeout);
    let detail = outcome.detail.as_deref();
    assert_eq!(detail, Some("it was not through with `play` within 1 s"));
}

#[test]
fn one_that_babbles_is_ended() {
    let outcome = ending(r#"*'"action":"play"'*) while true; do echo blah; done ;;"#);
    assert_eq!(outcome.ending, Ending::ClientCrashed);
    assert!(outcome.detail.unwrap().contains("more than 100 lines that are no messages"));
}

#[test]
fn one_that_never_introduces_itself_is_not_asked_again_for_every_scenario() {
    let patience = Patience { ready: Duration::from_secs(1), ..Patience::default() };
    let began = Instant::now();
    let run = run_line("sleep 1000".to_owned(), patience).unwrap();
    assert!(began.elapsed() < Duration::from_secs(60));
    for outcome in &run.scenarios {
        assert_eq!(outcome.ending, Ending::ClientTimeout);
        assert!(outcome.detail.as_deref().unwrap().contains("did not say that it is ready"));
    }
    let run = run_line("exit 4".to_owned(), Patience::default()).unwrap();
    assert!(run.scenarios.iter().all(|outcome| outcome.ending == Ending::ClientCrashed));
}

#[test]
fn a_command_that_is_none_is_a_mistake_of_who_typed_it() {
    let error = run_line("no-such-client --now".to_owned(), Patience::default()).unwrap_err();
    assert!(matches!(&error, RunError::NoSuchClient(_)), "{error}");
    assert!(error.to_string().contains("no-such-client"), "{error}");
}

#[test]
fn another_version_of_the_protocol_is_not_the_clients_fault() {
    let line = r#"echo '{"type":"ready","protocol":2,"client":"future"}'; sleep 1000"#;
    let error = run_line(line.to_owned(), Patience::default()).unwrap_err();
    assert!(error.to_string().contains("version 2"), "{error}");
}

#[test]
fn a_client_that_can_do_nothing_of_it_is_never_green() {
    let line = r#"echo '{"type":"ready","protocol":1,"client":"shy"}'; sleep 1000"#;
    let patience = Patience { quit: Duration::from_millis(100), ..Patience::default() };
    let outcome = run_line(line.to_owned(), patience);
    assert!(matches!(outcome, Err(RunError::NothingToPlay(_))), "{outcome:?}");
}

#[test]
fn an_interrupt_ends_everything_at_once() {
    let (events, heard) = mpsc::channel();
    let driver = Arc::new(Command::new(script(r#"*'"action":"play"'*) sleep 1000 ;;"#)));
    let options = Options { scenarios: stories(), ..options(driver) };
    let cancel = options.cancel.clone();
    let began = Instant::now();
    let running = std::thread::spawn(move || runner::run(&options, &events).map(|_| ()));
    while let Ok(event) = heard.recv() {
        if let RunnerEvent::Started(_) = event {
            cancel.cancel();
        }
    }
    let outcome = running.join().unwrap();
    assert!(matches!(outcome, Err(RunError::Cancelled)), "{outcome:?}");
    assert!(began.elapsed() < Duration::from_secs(20));
}

/// The bundled client, but its run ends within a second of the first play.
fn one_that_dies_at_play() -> InProcess {
    InProcess::new(|host: ClientHost| async move {
        let ClientHost { clock, http, ids, mut inbox, outbox } = host;
        let (pass_on, passed_on) = tokio::sync::mpsc::unbounded_channel();
        let client_host = ClientHost { clock: clock.clone(), http, ids, inbox: passed_on, outbox };
        let until_play = async {
            while let Some(message) = inbox.recv().await {
                let play = matches!(&message, ToClient::Do(told) if matches!(told.action, Action::Play { .. }));
                let _ = pass_on.send(message);
                if play {
                    clock.sleep(Duration::from_millis(700)).await;
                    return;
                }
            }
        };
        tokio::select! {
            () = reference::run(client_host, Defects::NONE) => {}
            () = until_play => {}
        }
    })
}

/// What a rule says of a client that dies at play, after an answer as the scenario has it.
fn verdicts_on_a_crash(server: &str) -> Vec<(&'static str, Edition, Verdict)> {
    let text = format!(
        "title: t\nwhy: w\n{server}\nsteps: [launch, sign_in, play: REF30, wait: 5s, quit]"
    );
    let stories = scenario::load_text("dies", "dies.yaml", &text).unwrap();
    let options = Options { scenarios: stories, ..options(Arc::new(one_that_dies_at_play())) };
    let run = runner::run(&options, &mpsc::channel().0).unwrap();
    let outcome = &run.scenarios[0];
    assert_eq!(outcome.ending, Ending::ClientCrashed, "{:?}", outcome.detail);
    outcome.judgements.iter().map(|j| (j.rule.id, j.edition, j.verdict)).collect()
}

#[test]
fn a_crash_at_an_odd_answer_is_held_against_the_client_and_any_other_against_no_rule() {
    let fault = "server: {faults: [{match: {endpoint: authorize}, effect: malformed}]}";
    let expected =
        [("ERR-5", Edition::Oct2024, Verdict::Warn), ("ERR-5", Edition::Apr2025, Verdict::Fail)];
    assert_eq!(verdicts_on_a_crash(fault), expected);
    assert!(verdicts_on_a_crash("flow: browser").is_empty(), "no odd answer came before");
}
