//! Annotations for a run within GitHub Actions: workflow commands, one a line.

use super::model::*;
use super::terminal::paint::count;
use crate::verdict::Verdict;

/// One line for each rule that is violated and for each scenario that did not come to its end.
pub fn render(report: &Report) -> String {
    let mut out = String::new();
    for rule in report.violated_worst_first() {
        annotate_rule(report, rule, &mut out);
    }
    for phase in &report.phases {
        for action in &phase.unsupported {
            let text = format!("the client does not support {action}");
            annotate("error", &phase.title, &text, &mut out);
        }
    }
    for scenario in report.scenarios.iter().filter(|s| s.outcome != ScenarioEnding::Completed) {
        let detail = scenario.detail.as_deref().unwrap_or_default();
        let text = format!("{}\n{detail}", scenario.outcome.words());
        annotate("error", &scenario.name, text.trim_end(), &mut out);
    }
    for entry in report.known_failures.iter().filter(|entry| entry.stale) {
        let text = "no longer fails: take it off the list of known failures";
        annotate("error", &entry.pattern, text, &mut out);
    }
    out
}

fn annotate_rule(report: &Report, rule: &RuleReport, out: &mut String) {
    let Some(violation) = rule.violation_to_show(report.edition) else { return };
    let command = match rule.verdict(report.edition) {
        _ if rule.fails(report.edition, report.strict) => "error",
        _ if rule.known(report.edition).is_some() => "notice",
        Some(Verdict::Fail | Verdict::Warn) => "warning",
        _ => "notice",
    };
    let times = count(rule.violations.len(), "violation");
    let place = &violation.scenario;
    let text = format!("{} ({place}; {times} in all)\n{}", violation.what, rule.remedy);
    annotate(command, &format!("{} {}", rule.id, rule.name), &text, out);
}

fn annotate(command: &str, title: &str, text: &str, out: &mut String) {
    let escape = |text: &str| text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    let title = escape(title).replace(':', "%3A").replace(',', "%2C");
    out.push_str(&format!("::{command} title={title}::{}\n", escape(text)));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::testing::report_of;

    #[test]
    fn annotations_take_one_line_each() {
        insta::assert_snapshot!("many_failures", render(&report_of("many_failures", "")));
        insta::assert_snapshot!("crashed_client", render(&report_of("crashed_client", "")));
        assert_eq!(render(&report_of("no_failures", "")), "");
    }
}
