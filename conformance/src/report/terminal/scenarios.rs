//! The list of scenarios: how each ended, and how long it took.

use std::collections::BTreeMap;
use std::time::Duration;

use super::paint::{BOLD, DIM, GREEN, Line, PLAIN, RED, YELLOW, count, fit, mark, roughly, wrap};
use crate::report::{Report, Scenario, ScenarioEnding, Skipped};
use crate::verdict::Verdict;

pub(super) fn render(report: &Report, width: usize) -> String {
    let mut out = String::new();
    if report.scenarios.is_empty() && report.skipped.is_empty() {
        return out;
    }
    let longest = report.scenarios.iter().map(|s| s.name.len()).max().unwrap_or(0);
    let name = longest.min(width / 2).max(12) + 5;
    let times = (width >= name + 46).then(|| width - 20);
    let mut line = Line::new().with(BOLD, "Scenario").to(name).with(BOLD, "Result");
    if let Some(column) = times {
        line = line.to(column).with(BOLD, format!("{:>9} {:>10}", "simulated", "real"));
    }
    line.end(&mut out);
    for scenario in &report.scenarios {
        row(report, scenario, name, times, width, &mut out);
    }
    skipped(&report.skipped, width, &mut out);
    out
}

fn row(
    report: &Report,
    scenario: &Scenario,
    name: usize,
    times: Option<usize>,
    width: usize,
    out: &mut String,
) {
    let (style, sign, result) = result(report, scenario);
    let mut line = Line::new().with(PLAIN, " ").with(style, sign).with(PLAIN, " ");
    line = line.with(PLAIN, fit(&scenario.name, name - 5)).to(name);
    let until = times.unwrap_or(width);
    line = line.with(style, fit(&result, until.saturating_sub(name + 1)));
    if let Some(column) = times {
        let lasted = Duration::from_millis(scenario.lasted_ms.unsigned_abs());
        let took = Duration::from_millis(scenario.took_ms);
        let text = format!("{:>9} {:>10}", roughly(lasted), roughly(took));
        line = line.to(column).with(DIM, text);
    }
    line.end(out);
    if scenario.outcome != ScenarioEnding::Completed {
        trouble(scenario, width, out);
    }
}

fn result(report: &Report, scenario: &Scenario) -> (anstyle::Style, &'static str, String) {
    if scenario.outcome != ScenarioEnding::Completed {
        return (RED, "✗", scenario.outcome.words().into());
    }
    let of = |verdict| {
        let here = scenario.verdicts.iter().filter(|v| v.edition == report.edition);
        here.filter(|v| v.verdict == verdict).map(|v| v.rule.as_str()).collect::<Vec<_>>()
    };
    let kept = count(of(Verdict::Pass).len(), "rule");
    if !scenario.unsupported.is_empty() {
        let style =
            if report.phases.iter().any(|p| !p.unsupported.is_empty()) { RED } else { YELLOW };
        return (style, "✗", format!("unsupported: {}", scenario.unsupported.join(", ")));
    }
    for (verdict, words) in [(Verdict::Fail, "violated"), (Verdict::Warn, "warned of")] {
        let rules = of(verdict);
        if !rules.is_empty() {
            let (style, sign) = mark(verdict);
            return (style, sign, format!("{words}: {}", rules.join(", ")));
        }
    }
    let (style, sign) = (GREEN, "✓");
    (
        style,
        sign,
        format!("{} in {}", format_args!("{kept} kept"), count(scenario.exchanges, "call")),
    )
}

/// More about an ending that is not clean.
fn trouble(scenario: &Scenario, width: usize, out: &mut String) {
    for line in scenario.detail.iter().flat_map(|detail| wrap(detail, width.saturating_sub(5))) {
        Line::new().with(PLAIN, "     ").with(PLAIN, line).end(out);
    }
    for line in scenario.log.lines() {
        Line::new().with(DIM, "   | ").with(DIM, fit(line, width.saturating_sub(5))).end(out);
    }
}

/// What was left out, by reason.
fn skipped(skipped: &[Skipped], width: usize, out: &mut String) {
    let mut by_reason: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for one in skipped {
        by_reason.entry(&one.reason).or_default().push(&one.name);
    }
    for (reason, names) in by_reason {
        let text = format!("left out ({reason}): {}", names.join(", "));
        for line in wrap(&text, width.saturating_sub(3)) {
            Line::new().with(PLAIN, "   ").with(DIM, line).end(out);
        }
    }
}
