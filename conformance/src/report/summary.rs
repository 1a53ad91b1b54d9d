//! Pure aggregation: what one run's scenarios say together.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, SecondsFormat};

use super::describe;
use super::model::*;
use super::violations::{Gatherer, began};
use crate::exit_code;
use crate::judge::Judgement;
use crate::outcome::{Ending, RunOutcome, ScenarioOutcome};
use crate::protocol::Action;
use crate::redact::Redactor;
use crate::rules::{self, Rule};
use crate::trace::{Happening, Trace};
use crate::verdict::{Edition, Verdict};

/// How many lines of a client's standard error a report keeps.
const LINES_OF_LOG: usize = 40;

/// The report of a run over the given rules, in their order. `rules` are those of the catalogue.
pub fn summarise(run: &RunOutcome, rules: &[&'static Rule]) -> Report {
    let redactor = Redactor::for_run(run);
    let rules: Vec<_> = rules.iter().map(|rule| rule_report(run, rule, &redactor)).collect();
    let scenarios: Vec<_> =
        run.scenarios.iter().filter_map(|s| scenario_report(run, s, &redactor)).collect();
    let phases = phases(&rules, &unsupported_anywhere(&scenarios));
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
        },
        phases,
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

fn rule_report(run: &RunOutcome, rule: &Rule, redactor: &Redactor) -> RuleReport {
    let gatherer = Gatherer { rule, gate: run.gate, redactor };
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
    let log = if outcome == ScenarioEnding::Completed { "" } else { &scenario.log };
    Some(Scenario {
        name: scenario.name.clone(),
        title: scenario.title.clone(),
        outcome,
        detail: scenario.detail.as_deref().map(|detail| redactor.text(detail)),
        began: DateTime::from_timestamp_millis(began.at)
            .filter(|_| began.at > 0)
            .map(|at| at.to_rfc3339_opts(SecondsFormat::Millis, true)),
        lasted_ms: (ended(&scenario.trace) - began.at).max(0),
        took_ms: scenario.took_ms,
        exchanges: scenario.trace.exchanges.len(),
        unsupported: unsupported(&scenario.trace),
        verdicts: verdicts.collect(),
        log: last_lines(&redactor.text(log)),
    })
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

/// What every client must be able to do, and the phase that fails when it cannot.
const MANDATORY: [(&str, rules::Phase); 3] = [
    ("sign_in", rules::Phase::Authentication),
    ("play", rules::Phase::Decisions),
    ("sign_out", rules::Phase::Logout),
];

fn unsupported_anywhere(scenarios: &[Scenario]) -> BTreeSet<&str> {
    scenarios.iter().flat_map(|s| s.unsupported.iter().map(String::as_str)).collect()
}

fn phases(rules: &[RuleReport], unsupported: &BTreeSet<&str>) -> Vec<Phase> {
    let mut titles: Vec<&str> = Vec::new();
    let mandatory = MANDATORY.iter().filter(|(action, _)| unsupported.contains(action));
    let named = rules.iter().map(|rule| rule.phase.as_str());
    for title in named.chain(mandatory.map(|(_, phase)| phase.title())) {
        if !titles.contains(&title) {
            titles.push(title);
        }
    }
    titles.into_iter().map(|title| phase(title, rules, unsupported)).collect()
}

fn phase(title: &str, rules: &[RuleReport], unsupported: &BTreeSet<&str>) -> Phase {
    let lacking: Vec<String> = MANDATORY
        .iter()
        .filter(|(action, phase)| phase.title() == title && unsupported.contains(action))
        .map(|(action, _)| (*action).to_owned())
        .collect();
    let in_edition = |edition: Edition| {
        let mut counts = Counts::default();
        let here = rules.iter().filter(|rule| rule.phase == title);
        let verdicts: Vec<_> = here.filter_map(|rule| rule.verdict(edition)).collect();
        verdicts.iter().for_each(|verdict| counts.add(*verdict));
        let worst = verdicts.into_iter().max().unwrap_or(Verdict::NotApplicable);
        PhaseInEdition {
            verdict: if lacking.is_empty() { worst } else { Verdict::Fail },
            exercised: counts.exercised(),
            rules: counts.total(),
        }
    };
    Phase {
        title: title.into(),
        editions: Edition::ALL.into_iter().map(|edition| (edition, in_edition(edition))).collect(),
        unsupported: lacking,
    }
}

fn summary(run: &RunOutcome, report: &Report) -> Summary {
    let mut scenarios = ScenarioCounts::default();
    run.scenarios.iter().for_each(|scenario| scenarios.add(scenario.ending));
    let rules: BTreeMap<_, _> =
        Edition::ALL.into_iter().map(|edition| (edition, counts(report, edition))).collect();

    let mut reasons = blame(report);
    let mut result = if reasons.is_empty() { Outcome::Conforms } else { Outcome::Violated };
    let failed = report.scenarios.iter().filter(|s| s.outcome == ScenarioEnding::HarnessError);
    let failed: Vec<_> = failed.map(|s| format!("{}: the harness failed", s.name)).collect();
    if result == Outcome::Conforms && !failed.is_empty() {
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
        counts.violations +=
            rule.violations.iter().filter(|v| v.editions.contains_key(&edition)).count();
    }
    counts
}

/// What the client is to blame for, one sentence each.
fn blame(report: &Report) -> Vec<String> {
    let broken = report.rules.iter().filter(|r| r.verdict(report.edition) == Some(Verdict::Fail));
    let broken = broken.map(|rule| format!("{} {} was violated", rule.id, rule.name));
    let ended = report.scenarios.iter().filter(|scenario| {
        !matches!(scenario.outcome, ScenarioEnding::Completed | ScenarioEnding::HarnessError)
    });
    let ended = ended.map(|s| format!("{}: {}", s.name, s.outcome.words()));
    let lacking = report.phases.iter().filter(|phase| !phase.unsupported.is_empty());
    let lacking = lacking.map(|phase| {
        format!("{}: the client does not support {}", phase.title, phase.unsupported.join(", "))
    });
    broken.chain(lacking).chain(ended).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::testing::{self, RULES, all_runs};
    use crate::rules::Violation;
    use crate::trace::Call;
    use crate::trace::builder::TraceBuilder;

    fn report(name: &str) -> Report {
        let run = all_runs().into_iter().find(|(known, _)| *known == name).unwrap().1;
        summarise(&run, &RULES)
    }

    #[test]
    fn exit_codes_say_whose_fault_it_was() {
        let codes: Vec<_> = all_runs()
            .iter()
            .map(|(name, run)| (*name, summarise(run, &RULES).summary.exit_code))
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
        assert_eq!(summarise(&run, &RULES).summary.result, Outcome::Conforms);
        run.strict = true;
        let report = summarise(&run, &RULES);
        assert_eq!(report.summary.result, Outcome::Violated);
        assert_eq!(report.summary.reasons, ["POL-1 interval was violated"]);
    }

    #[test]
    fn the_gate_decides_which_edition_counts() {
        let mut run = testing::run(vec![testing::too_fast("second-screen")]);
        run.gate = Edition::Apr2025;
        let report = summarise(&run, &RULES);
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
        let report = summarise(&run, &RULES);
        let logout = report.phases.iter().find(|phase| phase.title == "Logout").unwrap();
        assert_eq!(logout.unsupported, ["sign_out"]);
        assert_eq!(logout.editions[&Edition::Oct2024].verdict, Verdict::Fail);
        assert_eq!(report.summary.exit_code, exit_code::VIOLATED);
    }

    #[test]
    fn nothing_that_the_harness_spoilt_is_held_against_the_client() {
        let mut spoilt = testing::plays_the_denied("deny");
        spoilt.ending = Ending::HarnessError;
        let report = summarise(&testing::run(vec![spoilt]), &RULES);
        assert_eq!(report.summary.result, Outcome::HarnessError);
        assert!(report.rules.iter().all(|rule| rule.violations.is_empty()));
    }

    #[test]
    fn a_proven_violation_outweighs_a_failure_of_the_harness() {
        let lost = testing::ended("x", Ending::HarnessError, "no port");
        let run = testing::run(vec![testing::plays_the_denied("deny"), lost]);
        assert_eq!(summarise(&run, &RULES).summary.exit_code, exit_code::VIOLATED);
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
        let text = super::super::json::render(&summarise(&testing::run(vec![scenario]), &RULES));
        for secret in secrets {
            assert!(!text.contains(secret), "{secret} is in {text}");
        }
        for pseudonym in ["statement#1", "secret#1", "token#1", "media-token#1", "cookie#1"] {
            assert!(text.contains(pseudonym), "no {pseudonym} in {text}");
        }
    }
}
