//! Pure aggregation: what one run's scenarios say together.

use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat};

use super::model::*;
use super::violations::{Gatherer, began};
use super::{captures, describe, phases, sources, timeline};
use crate::exit_code;
use crate::judge::Judgement;
use crate::known_failures::{KnownFailure, KnownFailures};
use crate::outcome::{Ending, RunOutcome, ScenarioOutcome};
use crate::protocol::{Action, Flow};
use crate::redact::Redactor;
use crate::rules::{self, Rule};
use crate::trace::{Happening, Trace};
use crate::verdict::{Edition, Verdict};

/// How many lines of a client's standard error a report keeps.
const LINES_OF_LOG: usize = 40;

/// The report of a run over the rules of the catalogue, in their order.
pub fn summarise(run: &RunOutcome, rules: &[&'static Rule], known: &KnownFailures) -> Report {
    let redactor = Redactor::for_run(run);
    let rules: Vec<_> = rules.iter().map(|rule| rule_report(run, rule, &redactor, known)).collect();
    let scenarios: Vec<_> =
        run.scenarios.iter().filter_map(|s| scenario_report(run, s, &redactor)).collect();
    let phases = phases::all(&rules, &scenarios);
    let mut report = Report {
        tool: Tool {
            name: env!("CARGO_PKG_NAME").into(),
            version: env!("CARGO_PKG_VERSION").into(),
        },
        edition: run.gate,
        strict: run.strict,
        client: Client {
            name: redactor.text(&run.client.name),
            version: run.client.version.as_deref().map(|version| redactor.text(version)),
            capabilities: run.client.capabilities.clone(),
            clock_doubt: run.client.clock_doubt.clone(),
        },
        phases,
        known_failures: known
            .iter()
            .map(|entry| known_failure(entry, run.gate, &scenarios))
            .collect(),
        certificate: certificate(run, &rules, &redactor),
        rules,
        scenarios,
        skipped: run.scenarios.iter().filter_map(|s| skipped(s, &redactor)).collect(),
        summary: Summary {
            result: Outcome::NothingExercised,
            exit_code: exit_code::HARNESS,
            reasons: Vec::new(),
            rules: BTreeMap::new(),
            scenarios: ScenarioCounts::default(),
        },
    };
    report.summary = summary(run, &report);
    report
}

/// What counts of a scenario's judgements: nothing, where the harness itself failed.
fn judgements(scenario: &ScenarioOutcome) -> impl Iterator<Item = &Judgement> {
    let counts = !matches!(scenario.ending, Ending::HarnessError | Ending::Skipped);
    scenario.judgements.iter().filter(move |_| counts)
}

/// Under `--strict` a warning fails.
const fn strictly(verdict: Verdict, strict: bool) -> Verdict {
    match verdict {
        Verdict::Warn if strict => Verdict::Fail,
        other => other,
    }
}

fn rule_report(
    run: &RunOutcome,
    rule: &Rule,
    redactor: &Redactor,
    known: &KnownFailures,
) -> RuleReport {
    let gatherer = Gatherer { rule, gate: run.gate, redactor, known };
    let judged = || {
        run.scenarios.iter().filter(|s| !matches!(s.ending, Ending::HarnessError | Ending::Skipped))
    };
    let gather = |pick: fn(&Judgement) -> &[rules::Violation]| {
        judged().flat_map(|scenario| gatherer.gather(scenario, pick)).collect()
    };
    RuleReport {
        id: rule.id.into(),
        name: rule.name.into(),
        phase: rule.phase.title().into(),
        requires: rule.requires.into(),
        why: rule.why.into(),
        remedy: rule.remedy.into(),
        editions: Edition::ALL
            .into_iter()
            .filter_map(|edition| Some((edition, rule_in_edition(run, rule, edition)?)))
            .collect(),
        violations: gather(|judgement| &judgement.violations),
        inconclusive: gather(|judgement| &judgement.inconclusive),
    }
}

fn rule_in_edition(run: &RunOutcome, rule: &Rule, edition: Edition) -> Option<RuleInEdition> {
    let clause = rule.clause(edition)?;
    let here: Vec<(&ScenarioOutcome, &Judgement)> = run
        .scenarios
        .iter()
        .flat_map(|scenario| judgements(scenario).map(move |judgement| (scenario, judgement)))
        .filter(|(_, judgement)| judgement.rule.id == rule.id && judgement.edition == edition)
        .collect();
    let worst = here.iter().map(|(_, judgement)| judgement.verdict).max();
    let verdict = strictly(worst.unwrap_or(Verdict::NotExercised), run.strict);
    let exercised = here.iter().filter(|(_, judgement)| judgement.verdict >= Verdict::Pass);
    let reason = here.iter().find_map(|(_, judgement)| judgement.reason.clone());
    Some(RuleInEdition {
        level: clause.level,
        verdict,
        document: clause.document.into(),
        heading: clause.heading.into(),
        url: sources::url(edition, clause),
        exercised_by: exercised.map(|(scenario, _)| scenario.name.clone()).collect(),
        reason: reason.filter(|_| verdict == Verdict::NotApplicable),
    })
}

fn scenario_report(
    run: &RunOutcome,
    scenario: &ScenarioOutcome,
    redactor: &Redactor,
) -> Option<Scenario> {
    let outcome = ScenarioEnding::of(scenario.ending)?;
    let began = began(&scenario.trace);
    let verdicts = judgements(scenario).filter_map(|judgement| {
        Some(ScenarioVerdict {
            rule: judgement.rule.id.into(),
            edition: judgement.edition,
            level: judgement.rule.clause(judgement.edition)?.level,
            verdict: strictly(judgement.verdict, run.strict),
        })
    });
    let (timeline, timeline_left_out) = timeline::timeline(&scenario.trace, redactor);
    let log = if outcome == ScenarioEnding::Completed { "" } else { &scenario.log };
    Some(Scenario {
        name: scenario.name.clone(),
        title: scenario.title.clone(),
        flow: scenario.trace.context.flow.map(|flow| flow_name(flow).into()),
        outcome,
        detail: scenario.detail.as_deref().map(|detail| redactor.text(detail)),
        began: instant(began.at),
        lasted_ms: (ended(&scenario.trace) - began.at).max(0),
        took_ms: scenario.took_ms,
        exchanges: scenario.trace.exchanges.len(),
        unsupported: unsupported(&scenario.trace),
        verdicts: verdicts.collect(),
        capture: scenario.capture.as_ref().map(|contents| captures::report(contents, redactor)),
        log: last_lines(&redactor.text(log)),
        timeline,
        timeline_left_out,
    })
}

const fn flow_name(flow: Flow) -> &'static str {
    match flow {
        Flow::Browser => "browser",
        Flow::SecondScreen => "second_screen",
    }
}

fn ended(trace: &Trace) -> i64 {
    let exchanges = trace.exchanges.iter().map(|e| e.answered.unwrap_or(e.arrived).at);
    let events = trace.events.iter().map(|event| event.at.at);
    exchanges.chain(events).chain([trace.context.ended.at]).max().unwrap_or(0)
}

fn last_lines(log: &str) -> String {
    let lines: Vec<_> = log.lines().collect();
    lines[lines.len().saturating_sub(LINES_OF_LOG)..].join("\n")
}

fn skipped(scenario: &ScenarioOutcome, redactor: &Redactor) -> Option<Skipped> {
    (scenario.ending == Ending::Skipped).then(|| Skipped {
        name: scenario.name.clone(),
        title: scenario.title.clone(),
        reason: redactor.text(scenario.detail.as_deref().unwrap_or("left out")),
    })
}

/// The actions that the client said it cannot do, in order, each once.
fn unsupported(trace: &Trace) -> Vec<String> {
    let mut found = Vec::new();
    for event in &trace.events {
        let Happening::Unsupported { id } = event.what else { continue };
        let asked = trace.events.iter().rev().filter(|e| e.at < event.at);
        let action =
            asked.filter(|e| (e.device, e.run) == (event.device, event.run)).find_map(|e| match &e
                .what
            {
                Happening::Did { id: asked, action } if *asked == id => Some(name(action)),
                _ => None,
            });
        if let Some(action) = action.filter(|action| !found.contains(action)) {
            found.push(action);
        }
    }
    found
}

fn name(action: &Action) -> String {
    describe::action_name(action).into()
}

/// What became of a known failure. It is stale when its rule was exercised where it speaks of, and
/// nothing violated it there; what was not exercised tells nothing.
fn known_failure(
    entry: &KnownFailure,
    gate: Edition,
    scenarios: &[Scenario],
) -> KnownFailureReport {
    let completed = scenarios.iter().filter(|s| s.outcome == ScenarioEnding::Completed);
    let here: Vec<_> = completed
        .flat_map(|scenario| scenario.verdicts.iter().map(move |verdict| (scenario, verdict)))
        .filter(|(scenario, v)| v.edition == gate && entry.covers(&scenario.name, &v.rule))
        .map(|(_, verdict)| verdict.verdict)
        .collect();
    let violated = here.iter().filter(|v| matches!(v, Verdict::Warn | Verdict::Fail)).count();
    KnownFailureReport {
        pattern: entry.pattern.clone(),
        reason: entry.reason.clone(),
        violated_in: violated,
        stale: violated == 0 && here.contains(&Verdict::Pass),
    }
}

fn certificate(run: &RunOutcome, rules: &[RuleReport], redactor: &Redactor) -> Certificate {
    let of = |verdict: Verdict| {
        let here = rules.iter().filter(|rule| rule.verdict(run.gate) == Some(verdict));
        here.map(|rule| rule.id.clone()).collect()
    };
    let ended = run.scenarios.iter().map(|scenario| ended(&scenario.trace)).max();
    Certificate {
        trace_sha256: timeline::digest(run, redactor),
        ended: ended.and_then(instant),
        not_exercised: of(Verdict::NotExercised),
        not_applicable: of(Verdict::NotApplicable),
    }
}

/// An instant as RFC 3339; none for a clock that was never read.
fn instant(at: i64) -> Option<String> {
    let at = DateTime::from_timestamp_millis(at).filter(|_| at > 0)?;
    Some(at.to_rfc3339_opts(SecondsFormat::Millis, true))
}

fn summary(run: &RunOutcome, report: &Report) -> Summary {
    let mut scenarios = ScenarioCounts::default();
    run.scenarios.iter().for_each(|scenario| scenarios.add(scenario.ending));
    let rules: BTreeMap<_, _> =
        Edition::ALL.into_iter().map(|edition| (edition, counts(report, edition))).collect();

    let mut reasons = blame(report);
    let mut result = if reasons.is_empty() { Outcome::Conforms } else { Outcome::Violated };
    let failed = ended_in(report, ScenarioEnding::HarnessError);
    if result == Outcome::Conforms && failed.is_some() {
        result = Outcome::HarnessError;
    }
    reasons.extend(failed);
    if result == Outcome::Conforms && rules[&run.gate].exercised() == 0 {
        result = Outcome::NothingExercised;
        reasons.push(nothing(&scenarios));
    }
    Summary { result, exit_code: exit_code::of(result), reasons, rules, scenarios }
}

fn nothing(scenarios: &ScenarioCounts) -> String {
    match scenarios.begun() {
        0 => "no scenario was played".into(),
        _ => "no rule of the gating edition was exercised".into(),
    }
}

fn counts(report: &Report, edition: Edition) -> Counts {
    let mut counts = Counts::default();
    for rule in &report.rules {
        if let Some(verdict) = rule.verdict(edition) {
            counts.add(verdict);
        }
        let here = || rule.violations.iter().filter(|v| v.editions.contains_key(&edition));
        counts.violations += here().count();
        counts.known += here().filter(|violation| violation.known.is_some()).count();
    }
    counts
}

/// The scenarios that ended like this, in a sentence that names the first few.
fn ended_in(report: &Report, ending: ScenarioEnding) -> Option<String> {
    let here = report.scenarios.iter().filter(|scenario| scenario.outcome == ending);
    let names: Vec<_> = here.map(|scenario| scenario.name.as_str()).collect();
    let first = names.iter().take(3).copied().collect::<Vec<_>>().join(", ");
    match names.len() {
        0 => None,
        1..=3 => Some(format!("{first}: {}", ending.words())),
        all => Some(format!("{first} and {} more: {}", all - 3, ending.words())),
    }
}

/// What the client is to blame for, one sentence each.
fn blame(report: &Report) -> Vec<String> {
    let broken = report.rules.iter().filter(|r| r.fails(report.edition, report.strict));
    let broken = broken.map(|rule| format!("{} {} was violated", rule.id, rule.name));
    let ended = [
        ScenarioEnding::ClientCrashed,
        ScenarioEnding::ClientTimeout,
        ScenarioEnding::ClientNeverCalled,
    ];
    let ended = ended.into_iter().filter_map(|ending| ended_in(report, ending));
    let lacking = report.phases.iter().filter(|phase| !phase.unsupported.is_empty());
    let lacking = lacking.map(|phase| {
        format!("{}: the client does not support {}", phase.title, phase.unsupported.join(", "))
    });
    let stale = report.known_failures.iter().filter(|known| known.stale);
    let stale = stale.map(|known| {
        format!("known failure `{}` no longer fails: take it off the list", known.pattern)
    });
    broken.chain(lacking).chain(ended).chain(stale).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::testing::{self, RULES, all_runs};
    use crate::rules::Violation;
    use crate::trace::builder::TraceBuilder;
    use crate::trace::{Call, Moment};

    fn report(name: &str) -> Report {
        let run = all_runs().into_iter().find(|(known, _)| *known == name).unwrap().1;
        summarise(&run, &RULES, &KnownFailures::default())
    }

    #[test]
    fn exit_codes_say_whose_fault_it_was() {
        let codes: Vec<_> = all_runs()
            .iter()
            .map(|(name, run)| {
                (*name, summarise(run, &RULES, &KnownFailures::default()).summary.exit_code)
            })
            .collect();
        let expected = [
            ("no_failures", 0),
            ("one_failure", 1),
            ("many_failures", 1),
            ("crashed_client", 1),
            ("hung_and_silent_client", 1),
            ("harness_error", 3),
            ("nothing_exercised", 3),
            ("nothing_played", 3),
        ];
        assert_eq!(codes, expected);
    }

    #[test]
    fn a_violated_should_fails_only_when_strict() {
        let mut run = testing::run(vec![testing::too_fast("second-screen")]);
        assert_eq!(
            summarise(&run, &RULES, &KnownFailures::default()).summary.result,
            Outcome::Conforms
        );
        run.strict = true;
        let report = summarise(&run, &RULES, &KnownFailures::default());
        assert_eq!(report.summary.result, Outcome::Violated);
        assert_eq!(report.summary.reasons, ["POL-1 interval was violated"]);
    }

    #[test]
    fn the_gate_decides_which_edition_counts() {
        let mut run = testing::run(vec![testing::too_fast("second-screen")]);
        run.gate = Edition::Apr2025;
        let report = summarise(&run, &RULES, &KnownFailures::default());
        assert_eq!(report.summary.result, Outcome::Violated);
        let polling = report.rules.iter().find(|rule| rule.id == "POL-1").unwrap();
        assert_eq!(polling.verdict(Edition::Oct2024), Some(Verdict::Warn));
        assert_eq!(polling.verdict(Edition::Apr2025), Some(Verdict::Fail));
        assert_eq!(polling.violations[0].limit_ms, Some(3000), "the gating edition's limit");
    }

    #[test]
    fn a_violation_in_both_editions_is_listed_once() {
        let report = report("many_failures");
        let polling = report.rules.iter().find(|rule| rule.id == "POL-1").unwrap();
        let places: Vec<_> =
            polling.violations.iter().map(|v| (v.scenario.as_str(), v.editions.len())).collect();
        let two = |name| [(name, 2), (name, 2)];
        assert_eq!(places, [two("second-screen"), two("delayed-login")].concat());
    }

    #[test]
    fn one_scenario_that_exercises_a_rule_is_enough() {
        let report = report("no_failures");
        let kept = &report.rules.iter().find(|rule| rule.id == "REG-2").unwrap().editions;
        assert_eq!(kept[&Edition::Oct2024].verdict, Verdict::Pass);
        assert_eq!(kept[&Edition::Oct2024].exercised_by, ["happy-path"]);
        let temp_pass = &report.rules.iter().find(|rule| rule.id == "TMP-1").unwrap().editions;
        assert_eq!(temp_pass[&Edition::Oct2024].verdict, Verdict::NotApplicable);
    }

    #[test]
    fn what_every_client_must_do_and_this_one_cannot_fails_its_phase() {
        let run = testing::run(vec![testing::cannot_sign_out("sign-out")]);
        let report = summarise(&run, &RULES, &KnownFailures::default());
        let logout = report.phases.iter().find(|phase| phase.title == "Logout").unwrap();
        assert_eq!(logout.unsupported, ["sign_out"]);
        assert_eq!(logout.editions[&Edition::Oct2024].verdict, Verdict::Fail);
        assert_eq!(report.summary.exit_code, exit_code::VIOLATED);
    }

    #[test]
    fn nothing_that_the_harness_spoilt_is_held_against_the_client() {
        let mut spoilt = testing::plays_the_denied("deny");
        spoilt.ending = Ending::HarnessError;
        let report = summarise(&testing::run(vec![spoilt]), &RULES, &KnownFailures::default());
        assert_eq!(report.summary.result, Outcome::HarnessError);
        assert!(report.rules.iter().all(|rule| rule.violations.is_empty()));
    }

    #[test]
    fn a_proven_violation_outweighs_a_failure_of_the_harness() {
        let lost = testing::ended("x", Ending::HarnessError, "no port");
        let run = testing::run(vec![testing::plays_the_denied("deny"), lost]);
        assert_eq!(
            summarise(&run, &RULES, &KnownFailures::default()).summary.exit_code,
            exit_code::VIOLATED
        );
    }

    fn with_known(scenarios: Vec<ScenarioOutcome>, known: &str) -> Report {
        let known = KnownFailures::parse(known, &RULES).unwrap();
        summarise(&testing::run(scenarios), &RULES, &known)
    }

    #[test]
    fn a_known_failure_does_not_fail_where_it_is_known() {
        let scenarios = || vec![testing::plays_the_denied("deny"), testing::plays_the_denied("x")];
        let report = with_known(scenarios(), "AZN-2: later\n");
        assert_eq!(report.summary.result, Outcome::Conforms);
        let rule = report.rules.iter().find(|rule| rule.id == "AZN-2").unwrap();
        assert_eq!(rule.verdict(Edition::Oct2024), Some(Verdict::Fail), "and is not hidden");
        let report = with_known(scenarios(), "deny:AZN-2: later\n");
        assert_eq!(report.summary.reasons, ["AZN-2 deny-respected was violated"]);
    }

    #[test]
    fn a_known_failure_that_fails_no_more_is_a_failure() {
        let fine = || vec![testing::played("first", &testing::RULES[..1])];
        let report = with_known(fine(), "REG-1: later\n");
        assert_eq!(report.summary.result, Outcome::Violated);
        let expected = "known failure `REG-1` no longer fails: take it off the list";
        assert_eq!(report.summary.reasons, [expected]);
        let unexercised = with_known(fine(), "AZN-2: later\nother:REG-1: later\n");
        assert_eq!(unexercised.summary.result, Outcome::Conforms, "nothing was learnt about these");
    }

    #[test]
    fn known_failures_excuse_no_crash_and_no_fault_of_the_harness() {
        let crashed = testing::ended("deny", Ending::ClientCrashed, "exit status: 1");
        let lost = testing::ended("deny", Ending::HarnessError, "no port");
        for (ended, result) in [(crashed, Outcome::Violated), (lost, Outcome::HarnessError)] {
            let report = with_known(vec![ended], "\"*\": later\n");
            assert_eq!(report.summary.result, result);
        }
    }

    #[test]
    fn the_same_behaviour_has_the_same_digest_and_another_has_another() {
        let digest = |scenario| {
            let run = testing::run(vec![scenario]);
            summarise(&run, &RULES, &KnownFailures::default()).certificate.trace_sha256
        };
        let mut later = testing::played("x", &[]);
        for exchange in &mut later.trace.exchanges {
            exchange.arrived.at += 1000;
            exchange.answered = exchange.answered.map(|at| Moment { at: at.at + 1000, ..at });
        }
        later.trace.events.iter_mut().for_each(|event| event.at.at += 1000);
        assert_eq!(digest(testing::played("x", &[])), digest(later));
        let mut faster = testing::played("x", &[]);
        faster.trace.exchanges[3].arrived.at -= 1;
        assert_ne!(digest(testing::played("x", &[])), digest(faster));
    }

    #[test]
    fn no_secret_reaches_the_report() {
        let secrets = [
            "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJzb2Z0d2FyZSJ9.c3RhdGVtZW50",
            "very-secret-client-secret",
            "0123456789-access-token",
            "PHNpZ25hdHVyZUluZm8+/media==",
            "s3ss10n-of-the-browser",
            "correct horse battery",
        ];
        let [statement, secret, token, media, cookie, password] = secrets;
        let register = serde_json::json!({ "software_statement": statement }).to_string();
        let credentials = format!("client_id=app&client_secret={secret}&grant_type=x");
        let login = "username=me&password=correct+horse+battery";
        let permit = serde_json::json!({"decisions": [{"token": {"serializedToken": media}}]});
        let url = format!("GET /api/v2/REF30/profiles?t={}", media.replace('/', "%2F"));
        let mut scenario = testing::played("x", &[]);
        scenario.trace = TraceBuilder::new()
            .ask(Call::Register, |ask| {
                ask.body(&register).answer(201, serde_json::json!({"client_secret": secret}))
            })
            .ask(Call::Token, |ask| {
                ask.body(&credentials).answer(201, serde_json::json!({"access_token": token}))
            })
            .ask(Call::Authorize, |ask| ask.bearer(token).answer(200, permit))
            .user_agent(Call::Authenticate, |ask| {
                ask.header("cookie", &format!("sid={cookie}")).body(login)
            })
            .build();
        let violation = scenario.trace.exchanges.iter().chain(&scenario.trace.user_agent).fold(
            Violation::new(format!("sent {token} and {media} and {password} to {url}")),
            |violation, exchange| violation.exchange(exchange, format!("with {secret}")),
        );
        scenario.judgements[0].violations = vec![violation];
        scenario.ending = Ending::ClientCrashed;
        scenario.log = format!("DEBUG Authorization: Bearer {token}\nstatement {statement}");
        scenario.detail = Some(format!("said {secret}"));
        let text = super::super::json::render(&summarise(
            &testing::run(vec![scenario]),
            &RULES,
            &KnownFailures::default(),
        ));
        for secret in secrets {
            assert!(!text.contains(secret), "{secret} is in {text}");
        }
        for pseudonym in ["statement#1", "secret#1", "token#1", "media-token#1", "cookie#1"] {
            assert!(text.contains(pseudonym), "no {pseudonym} in {text}");
        }
    }
}
