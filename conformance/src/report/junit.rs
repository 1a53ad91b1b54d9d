//! JUnit: one suite for each scenario, one case for each rule of the gating edition.

use std::time::Duration;

use quick_junit::{NonSuccessKind, Report as Junit, TestCase, TestCaseStatus, TestSuite};

use super::captures;
use super::model::*;
use super::terminal;
use crate::verdict::{Level, Verdict};

/// The report as JUnit XML.
pub fn render(report: &Report) -> String {
    let mut junit = Junit::new(&report.tool.name);
    junit.add_test_suites(report.scenarios.iter().map(|scenario| suite(report, scenario)));
    junit.add_test_suites(report.skipped.iter().map(skipped));
    if !report.known_failures.is_empty() {
        junit.add_test_suite(known_failures(&report.known_failures));
    }
    junit.to_string().unwrap_or_default()
}

fn suite(report: &Report, scenario: &Scenario) -> TestSuite {
    let mut suite = TestSuite::new(&scenario.name);
    suite.set_time(Duration::from_millis(scenario.took_ms));
    suite.add_property(("title", scenario.title.as_str()));
    suite.add_property(("edition", report.edition.name()));
    if let Some(capture) = &scenario.capture {
        let held = captures::sentences(scenario, capture).join("; ");
        suite.add_property(("capture", held.as_str()));
    }
    suite.add_test_case(ending(scenario));
    for action in &scenario.unsupported {
        if report.phases.iter().any(|phase| phase.unsupported.contains(action)) {
            let text = format!("the client does not support {action}");
            suite.add_test_case(case(scenario, action, failed("unsupported", &text, &text)));
        }
    }
    for verdict in scenario.verdicts.iter().filter(|v| v.edition == report.edition) {
        if let Some(rule) = report.rules.iter().find(|rule| rule.id == verdict.rule) {
            suite.add_test_case(judged(report, scenario, rule, verdict.verdict));
        }
    }
    suite
}

/// Whether the scenario came to its end is a case of its own.
fn ending(scenario: &Scenario) -> TestCase {
    let status = match scenario.outcome {
        ScenarioEnding::Completed => TestCaseStatus::success(),
        ended => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
            status.set_message(ended.words()).set_type(ended.name());
            let detail = scenario.detail.as_deref().unwrap_or_default();
            let told = format!("{}\n{detail}\n{}", ended.words(), scenario.log);
            status.set_description(told.trim());
            status
        }
    };
    case(scenario, "played to its end", status)
}

fn judged(report: &Report, scenario: &Scenario, rule: &RuleReport, verdict: Verdict) -> TestCase {
    let here: Vec<_> = rule
        .violations
        .iter()
        .filter(|v| v.scenario == scenario.name && v.editions.contains_key(&report.edition))
        .collect();
    let told = here.iter().map(|violation| terminal::quote(report, rule, violation));
    let told = told.collect::<Vec<_>>().join("\n");
    let what = here.first().map(|violation| violation.what.as_str()).unwrap_or_default();
    let known = here.iter().find_map(|violation| violation.known.as_deref());
    let open = here.iter().any(|violation| {
        let level = violation.editions.get(&report.edition).map(|place| place.level);
        violation.known.is_none() && (report.strict || level == Some(Level::Must))
    });
    let status = match (verdict, known) {
        (Verdict::Fail, _) if open => failed(&rule.id, what, &told),
        (Verdict::Fail | Verdict::Warn, Some(reason)) => skip(&format!("known failure: {reason}")),
        (Verdict::Inconclusive, _) => skip("too close to its limit to tell"),
        (Verdict::NotExercised, _) => skip("not exercised"),
        (Verdict::NotApplicable, _) => skip("not applicable"),
        _ => TestCaseStatus::success(),
    };
    let mut case = case(scenario, &format!("{} {}", rule.id, rule.name), status);
    if verdict == Verdict::Warn {
        case.set_system_out(told);
    }
    case
}

fn case(scenario: &Scenario, name: &str, status: TestCaseStatus) -> TestCase {
    let mut case = TestCase::new(name, status);
    case.set_classname(&scenario.name);
    case
}

fn failed(kind: &str, what: &str, told: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
    status.set_message(what).set_type(kind).set_description(told);
    status
}

fn skip(why: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::skipped();
    status.set_message(why);
    status
}

fn skipped(skipped: &Skipped) -> TestSuite {
    let mut suite = TestSuite::new(&skipped.name);
    let mut case = TestCase::new("played to its end", skip(&skipped.reason));
    case.set_classname(&skipped.name);
    suite.add_test_case(case);
    suite
}

fn known_failures(known: &[KnownFailureReport]) -> TestSuite {
    let mut suite = TestSuite::new("known failures");
    for entry in known {
        let status = match entry.stale {
            true => failed("stale", "no longer fails: take it off the list", &entry.reason),
            false => TestCaseStatus::success(),
        };
        suite.add_test_case(TestCase::new(&entry.pattern, status));
    }
    suite
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::testing::report_of;

    #[test]
    fn every_kind_of_run_is_a_tree_of_suites() {
        for name in ["many_failures", "crashed_client", "harness_error", "nothing_played"] {
            insta::assert_snapshot!(name, render(&report_of(name, "")));
        }
    }

    #[test]
    fn known_failures_are_skipped_and_stale_ones_fail() {
        let known = "deny:AZN-2: until 4.2\nREG-1: never fixed, or was it?\n";
        insta::assert_snapshot!("known", render(&report_of("one_failure", known)));
    }
}
