//! Runs to render, told as stories: rules of their own, so that no rendering changes with the
//! catalogue.

use std::time::Duration;

use super::{Report, summarise};
use crate::judge::Judgement;
use crate::known_failures::KnownFailures;
use crate::outcome::{ClientInfo, Ending, RunOutcome, ScenarioOutcome};
use crate::protocol::{Action, ClientEvent};
use crate::rules::{Check, Clause, Phase, Rule, Violation};
use crate::trace::builder::TraceBuilder;
use crate::trace::{Call, Happening, Trace};
use crate::verdict::{Edition, Level, Verdict};

const COOKBOOK: &str = "rest-api-v2/cookbooks/rest-api-v2-cookbooks-client-server.md";
const CHECKLIST: &str = "rest-apis/rest-api-v2/rest-api-v2-checklist.md";

macro_rules! rule {
    ($constant:ident, $id:literal, $name:literal, $phase:ident, $oct:expr, $apr:expr) => {
        static $constant: Rule = Rule {
            id: $id,
            name: $name,
            phase: Phase::$phase,
            oct_2024: $oct,
            apr_2025: $apr,
            requires: concat!("The client keeps what ", $id, " asks for."),
            boundary: "Five minutes before the end are early enough.",
            why: "In production this costs viewers: their device is refused, and nobody can tell \
                  them why.",
            remedy: "Wait as long as the document says, and start to count when the answer is there.",
            needs_events: false,
            capability: None,
            check: Check::Alike(|_, _| {}),
        };
    };
}

rule!(
    TOKEN_FIRST,
    "REG-1",
    "token-first",
    Registration,
    Some(Clause::must(COOKBOOK, "Step 1")),
    Some(Clause::must(CHECKLIST, "Registration Phase"))
);
rule!(
    CREDENTIALS_KEPT,
    "REG-2",
    "credentials-kept",
    Registration,
    Some(Clause::should(COOKBOOK, "Step 1")),
    Some(Clause::must(CHECKLIST, "Registration Phase"))
);
rule!(
    INTERVAL,
    "POL-1",
    "interval",
    Polling,
    Some(Clause::should(COOKBOOK, "Step 4")),
    Some(Clause::must(CHECKLIST, "Authentication Phase"))
);
rule!(
    START,
    "POL-7",
    "start",
    Polling,
    None,
    Some(Clause::must(CHECKLIST, "Authentication Phase"))
);
rule!(
    DENY_RESPECTED,
    "AZN-2",
    "deny-respected",
    Decisions,
    Some(Clause::must(COOKBOOK, "Step 6")),
    Some(Clause::must(CHECKLIST, "Decisions Phase"))
);
rule!(
    TEMP_PASS,
    "TMP-1",
    "identity-sent",
    AccessFlows,
    Some(Clause::must(COOKBOOK, "TempPass")),
    Some(Clause::must(CHECKLIST, "TempPass"))
);

/// The rules of these runs, in the order of the cookbook.
pub(crate) const RULES: [&Rule; 6] =
    [&TOKEN_FIRST, &CREDENTIALS_KEPT, &INTERVAL, &START, &DENY_RESPECTED, &TEMP_PASS];

/// A run over these scenarios.
pub(crate) fn run(scenarios: Vec<ScenarioOutcome>) -> RunOutcome {
    RunOutcome {
        gate: Edition::Oct2024,
        strict: false,
        client: ClientInfo {
            name: "acme-tve".into(),
            version: Some("3.2.0".into()),
            capabilities: vec!["browser".into(), "picker".into(), "second_screen".into()],
            clock_doubt: None,
        },
        scenarios,
    }
}

/// A scenario that was played, with the rules that it exercised and that were kept.
pub(crate) fn played(name: &str, kept: &[&'static Rule]) -> ScenarioOutcome {
    let mut judgements = Vec::new();
    for edition in Edition::ALL {
        for rule in RULES.into_iter().filter(|rule| rule.clause(edition).is_some()) {
            let is_kept = kept.iter().any(|kept| kept.id == rule.id);
            let verdict = match is_kept {
                true => Verdict::Pass,
                false if rule.id == "TMP-1" => Verdict::NotApplicable,
                false => Verdict::NotExercised,
            };
            let reason = (verdict == Verdict::NotApplicable)
                .then(|| "the client does not declare the capability temp_pass".into());
            let (violations, inconclusive) = (Vec::new(), Vec::new());
            let left_out = 0;
            judgements.push(Judgement {
                rule,
                edition,
                verdict,
                reason,
                violations,
                inconclusive,
                left_out,
            });
        }
    }
    ScenarioOutcome {
        name: name.into(),
        title: format!("The story of {name}"),
        ending: Ending::Completed,
        detail: None,
        trace: polling(),
        judgements,
        capture: None,
        log: String::new(),
        took_ms: 234,
    }
}

/// A client that registers and polls too fast, with all the secrets that come with it.
pub(crate) fn polling() -> Trace {
    TraceBuilder::second_screen()
        .launch()
        .registered()
        .no_profiles()
        .sign_in("Cablevision")
        .session("Cablevision")
        .after(5.0)
        .poll()
        .after(2.0)
        .poll()
        .after(2.0)
        .poll_finds("Cablevision")
        .done()
        .play("premium")
        .denied("Cablevision", "premium", "authorization_denied_by_mvpd", "none")
        .shows(ClientEvent::Playing { resource: "premium".into() })
        .done()
        .build()
}

/// The scenario with another ending.
pub(crate) fn ended(name: &str, ending: Ending, detail: &str) -> ScenarioOutcome {
    let log = match ending {
        Ending::ClientCrashed => "Traceback (most recent call last):\nKeyError: 'profiles'\n",
        _ => "",
    };
    ScenarioOutcome {
        ending,
        detail: Some(detail.into()),
        capture: None,
        log: log.into(),
        judgements: Vec::new(),
        trace: Trace::default(),
        took_ms: 10_012,
        ..played(name, &[])
    }
}

/// Polls too fast: warns in one edition, fails in the other.
pub(crate) fn too_fast(name: &str) -> ScenarioOutcome {
    let mut scenario = played(name, &[&TOKEN_FIRST, &CREDENTIALS_KEPT]);
    let polls: Vec<_> =
        scenario.trace.exchanges.iter().filter(|e| e.is(&[Call::ProfileByCode])).cloned().collect();
    for (edition, limit) in [(Edition::Oct2024, 15), (Edition::Apr2025, 3)] {
        let found = polls.windows(2).map(|pair| {
            Violation::new("the client polled again 2.0 s after its last poll was answered")
                .exchange(&pair[0], "answered 200")
                .exchange(&pair[1], "the next poll for the same session")
                .measured(Duration::from_secs(2), Duration::from_secs(limit))
        });
        violate(&mut scenario, "POL-1", edition, found.collect());
    }
    scenario
}

/// Plays what was denied: fails in both editions, proven by an exchange and an event.
pub(crate) fn plays_the_denied(name: &str) -> ScenarioOutcome {
    let mut scenario = played(name, &[&TOKEN_FIRST]);
    let trace = &scenario.trace;
    let deny = trace.exchanges.iter().find(|e| e.is(&[Call::Authorize])).cloned().unwrap();
    let is_playing =
        |what: &Happening| matches!(what, Happening::Showed(ClientEvent::Playing { .. }));
    let plays = trace.events.iter().find(|e| is_playing(&e.what)).cloned().unwrap();
    for edition in Edition::ALL {
        let violation =
            Violation::new("the client played “premium” though the decision was a deny")
                .exchange(&deny, "denied: authorization_denied_by_mvpd")
                .event(&plays, "plays all the same");
        violate(&mut scenario, "AZN-2", edition, vec![violation]);
    }
    scenario
}

/// Starts too late, in the newer edition only, and comes too close to a limit in the older.
pub(crate) fn starts_late(name: &str) -> ScenarioOutcome {
    let mut scenario = played(name, &[&TOKEN_FIRST]);
    let poll = scenario.trace.exchanges.iter().find(|e| e.is(&[Call::ProfileByCode])).cloned();
    let violation = Violation::new("the first poll came before the browser had closed")
        .exchange(&poll.clone().unwrap(), "");
    violate(&mut scenario, "POL-7", Edition::Apr2025, vec![violation]);
    let doubt = Violation::new("the poll came 14.9 s after the one before")
        .exchange(&poll.unwrap(), "within the jitter of the limit");
    let judgement = find(&mut scenario, "POL-1", Edition::Oct2024);
    judgement.verdict = Verdict::Inconclusive;
    judgement.inconclusive.push(doubt);
    scenario
}

/// A client that cannot sign out.
pub(crate) fn cannot_sign_out(name: &str) -> ScenarioOutcome {
    let mut scenario = played(name, &[&TOKEN_FIRST]);
    let builder = TraceBuilder::new().launch().registered().user(Action::SignOut);
    scenario.trace = builder.happen(Happening::Unsupported { id: 2 }).build();
    scenario
}

fn violate(
    scenario: &mut ScenarioOutcome,
    rule: &str,
    edition: Edition,
    violations: Vec<Violation>,
) {
    let judgement = find(scenario, rule, edition);
    let level = judgement.rule.clause(edition).unwrap().level;
    judgement.verdict = if level == Level::Must { Verdict::Fail } else { Verdict::Warn };
    judgement.violations = violations;
}

fn find<'a>(scenario: &'a mut ScenarioOutcome, rule: &str, edition: Edition) -> &'a mut Judgement {
    let mut all = scenario.judgements.iter_mut();
    all.find(|j| j.rule.id == rule && j.edition == edition).unwrap()
}

/// Every kind of run a rendering must cope with, by name.
pub(crate) fn all_runs() -> Vec<(&'static str, RunOutcome)> {
    let kept = [&TOKEN_FIRST, &CREDENTIALS_KEPT, &INTERVAL, &START, &DENY_RESPECTED];
    let most = [&TOKEN_FIRST, &INTERVAL];
    let crashed = || ended("deny", Ending::ClientCrashed, "exit status: 1, while asked to play");
    vec![
        ("no_failures", run(vec![played("happy-path", &kept), played("relaunch", &most)])),
        ("one_failure", run(vec![played("happy-path", &kept), plays_the_denied("deny")])),
        (
            "many_failures",
            run(vec![
                too_fast("second-screen"),
                too_fast("delayed-login"),
                plays_the_denied("deny"),
                starts_late("browser-closed-by-the-user"),
                cannot_sign_out("sign-out"),
                ended(
                    "code-expires",
                    Ending::Skipped,
                    "takes 31 min in real time; --long plays it",
                ),
                ended("temp-pass", Ending::Skipped, "the client does not declare temp_pass"),
            ]),
        ),
        ("crashed_client", run(vec![played("happy-path", &kept), crashed()])),
        (
            "hung_and_silent_client",
            run(vec![
                ended("happy-path", Ending::ClientTimeout, "no done within 10 s of sign_in"),
                ended("deny", Ending::ClientNeverCalled, ""),
            ]),
        ),
        (
            "harness_error",
            run(vec![
                played("happy-path", &kept),
                ended("deny", Ending::HarnessError, "cannot listen on 127.0.0.1: no address left"),
            ]),
        ),
        ("nothing_exercised", run(vec![played("happy-path", &[])])),
        ("nothing_played", run(vec![ended("temp-pass", Ending::Skipped, "not declared")])),
    ]
}

/// The report of one of these runs, under these known failures.
pub(crate) fn report_of(name: &str, known: &str) -> Report {
    let run = all_runs().into_iter().find(|(other, _)| *other == name).unwrap().1;
    summarise(&run, &RULES, &KnownFailures::parse(known, &RULES).unwrap())
}
