//! Pure aggregation: what one run's scenarios say together.

mod figures;
mod rule;
mod scenario;

use std::collections::BTreeMap;

use self::figures::summary;
use self::rule::rule_report;
use self::scenario::{ended, instant, scenario_report, skipped};
use super::model::*;
use super::{phases, timeline};
use crate::exit_code;
use crate::known_failures::{KnownFailure, KnownFailures};
use crate::outcome::RunOutcome;
use crate::redact::Redactor;
use crate::rules::Rule;
use crate::verdict::{Edition, Verdict};

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::{Ending, ScenarioOutcome};
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
