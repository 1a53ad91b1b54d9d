//! SARIF 2.1.0: for code scanning and for tools that collect findings.

use serde_json::{Value, json};

use super::model::*;
use super::terminal;
use crate::verdict::{Edition, Level};

/// The report as SARIF.
pub fn render(report: &Report) -> String {
    let rules: Vec<_> = report.rules.iter().map(|rule| descriptor(report, rule)).collect();
    let results: Vec<_> = report
        .rules
        .iter()
        .enumerate()
        .flat_map(|(index, rule)| rule.violations.iter().map(move |v| (index, rule, v)))
        .map(|(index, rule, violation)| result(report, index, rule, violation))
        .collect();
    let sarif = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": report.tool.name,
                "semanticVersion": report.tool.version,
                "rules": rules,
            }},
            "automationDetails": {"id": format!("pass-conformance/{}/", report.edition)},
            "invocations": [invocation(report)],
            "results": results,
        }],
    });
    let mut text = serde_json::to_string_pretty(&sarif).unwrap_or_default();
    text.push('\n');
    text
}

fn descriptor(report: &Report, rule: &RuleReport) -> Value {
    let gate = rule.editions.get(&report.edition).or(rule.editions.values().next());
    let sources: Vec<_> = rule
        .editions
        .iter()
        .map(|(edition, place)| format!("{edition}: [{}]({})", place.heading, place.url))
        .collect();
    let level = rule.editions.get(&report.edition).map(|place| place.level);
    json!({
        "id": rule.id,
        "name": rule.name,
        "shortDescription": {"text": rule.requires},
        "fullDescription": {"text": rule.why},
        "help": {
            "text": rule.remedy,
            "markdown": format!("{}\n\n{}\n\n{}", rule.why, rule.remedy, sources.join("\n\n")),
        },
        "helpUri": gate.map(|place| place.url.as_str()),
        "defaultConfiguration": {"level": severity(level, report.strict)},
        "properties": {"tags": [rule.phase]},
    })
}

/// How grave a violation is: only what the gating edition has can be more than a note.
const fn severity(level: Option<Level>, strict: bool) -> &'static str {
    match level {
        Some(Level::Must) => "error",
        Some(Level::Should) if strict => "error",
        Some(Level::Should) => "warning",
        None => "note",
    }
}

fn result(report: &Report, index: usize, rule: &RuleReport, violation: &ViolationReport) -> Value {
    let level = violation.editions.get(&report.edition).map(|place| place.level);
    let editions: Vec<_> = violation.editions.keys().copied().map(Edition::name).collect();
    let file = violation.scenario.split('@').next().unwrap_or_default();
    let last = violation.evidence.last().map_or(0, |evidence| evidence.order);
    let fingerprint = format!("{}/{}/{last}", rule.id, violation.scenario);
    let mut result = json!({
        "ruleId": rule.id,
        "ruleIndex": index,
        "level": severity(level, report.strict),
        "message": {"text": format!("{}: {}", violation.scenario, violation.what)},
        "locations": [{
            "physicalLocation": {
                "artifactLocation": {"uri": format!("scenarios/{file}.yaml")},
                "region": {"startLine": 1},
            },
            "logicalLocations": [{"name": violation.scenario, "kind": "scenario"}],
        }],
        "partialFingerprints": {"violation/v1": fingerprint},
        "properties": {
            "editions": editions,
            "measuredMs": violation.measured_ms,
            "limitMs": violation.limit_ms,
            "evidence": terminal::quote(report, rule, violation),
        },
    });
    if let Some(reason) = &violation.known {
        result["suppressions"] = json!([{"kind": "external", "justification": reason}]);
    }
    result
}

/// Endings that are no rule's matter are notifications of the run.
fn invocation(report: &Report) -> Value {
    let troubled = report.scenarios.iter().filter(|s| s.outcome != ScenarioEnding::Completed);
    let notifications: Vec<_> = troubled
        .map(|scenario| {
            let detail = scenario.detail.as_deref().unwrap_or_default();
            let text = format!("{}: {}. {detail}", scenario.name, scenario.outcome.words());
            json!({"level": "error", "message": {"text": text.trim_end()}})
        })
        .collect();
    let result = report.summary.result;
    json!({
        "executionSuccessful": matches!(result, Outcome::Conforms | Outcome::Violated),
        "exitCode": report.summary.exit_code,
        "toolExecutionNotifications": notifications,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::testing::report_of;

    #[test]
    fn findings_are_results_and_endings_are_notifications() {
        let known = "deny:AZN-2: until 4.2\n";
        for (name, known) in [("many_failures", known), ("crashed_client", "")] {
            let text = render(&report_of(name, known));
            let mut sarif: Value = serde_json::from_str(&text).unwrap();
            sarif["runs"][0]["tool"]["driver"]["semanticVersion"] = "[version]".into();
            insta::assert_json_snapshot!(name, sarif);
        }
    }
}
