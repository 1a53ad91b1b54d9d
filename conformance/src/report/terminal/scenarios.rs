//! The list of scenarios: how each ended, and how long it took.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use anstyle::Style;
use unicode_width::UnicodeWidthStr;

use super::paint::{BOLD, DIM, Line, PLAIN, RED, YELLOW, count, fit, mark, roughly, wrap};
use crate::report::{Report, Scenario, ScenarioEnding, ScenarioVerdict, Skipped};
use crate::verdict::{Edition, Verdict};

/// Where the columns of the list begin.
struct Columns {
    result: usize,
    times: Option<usize>,
    width: usize,
}

pub(super) fn render(report: &Report, width: usize) -> String {
    let mut out = String::new();
    if report.scenarios.is_empty() && report.skipped.is_empty() {
        return out;
    }
    let results: Vec<_> = report.scenarios.iter().map(|s| result(report, s)).collect();
    let longest = report.scenarios.iter().map(|s| s.name.len()).max().unwrap_or(0);
    let name = longest.min(width / 2).max(12) + 5;
    let result = results.iter().map(|(_, _, text)| text.width() + 2).max().unwrap_or(0);
    let times = (width >= name + 46).then(|| (name + result.max(20)).min(width - 20));
    let columns = Columns { result: name, times, width };
    let mut line = Line::new().with(BOLD, "Scenario").to(name).with(BOLD, "Result");
    if let Some(column) = times {
        line = line.to(column).with(BOLD, format!("{:>9} {:>10}", "app time", "real time"));
    }
    line.end(&mut out);
    let mut told = None;
    for (scenario, result) in report.scenarios.iter().zip(&results) {
        row(scenario, result, &columns, &mut out);
        // One trouble often spoils scenario after scenario: it is told once.
        let trouble = (scenario.outcome, &scenario.detail, &scenario.log);
        let is_told = scenario.outcome != ScenarioEnding::Completed || scenario.detail.is_some();
        if is_told && told.replace(trouble) != Some(trouble) {
            tell(scenario, width, &mut out);
        }
    }
    skipped(&report.skipped, width, &mut out);
    out
}

fn row(
    scenario: &Scenario,
    (style, sign, result): &(Style, &'static str, String),
    columns: &Columns,
    out: &mut String,
) {
    let mut line = Line::new().with(PLAIN, " ").with(*style, sign).with(PLAIN, " ");
    line = line.with(PLAIN, fit(&scenario.name, columns.result - 5)).to(columns.result);
    let until = columns.times.unwrap_or(columns.width);
    line = line.with(*style, fit(result, until.saturating_sub(columns.result + 1)));
    if let Some(column) = columns.times {
        let lasted = Duration::from_millis(scenario.lasted_ms.unsigned_abs());
        let took = Duration::from_millis(scenario.took_ms);
        let text = format!("{:>9} {:>10}", roughly(lasted), roughly(took));
        line = line.to(column).with(DIM, text);
    }
    line.end(out);
}

/// The worst that can be said of a scenario, in the gating edition first.
fn result(report: &Report, scenario: &Scenario) -> (Style, &'static str, String) {
    match scenario.outcome {
        ScenarioEnding::Completed => {}
        ScenarioEnding::HarnessError => return (YELLOW, "!", scenario.outcome.words().into()),
        _ => return (RED, "✗", scenario.outcome.words().into()),
    }
    let lacking = scenario.unsupported.join(", ");
    if report.phases.iter().any(|p| p.unsupported.iter().any(|u| scenario.unsupported.contains(u)))
    {
        return (RED, "✗", format!("unsupported: {lacking}"));
    }
    let verdict = scenario.verdicts.iter().filter(|v| v.edition == report.edition);
    let worst = verdict.map(|v| v.verdict).max().unwrap_or(Verdict::NotExercised);
    let (style, sign) = mark(worst.max(Verdict::NotExercised));
    let mut parts = Vec::new();
    for edition in [report.edition]
        .into_iter()
        .chain(Edition::ALL.into_iter().filter(|e| *e != report.edition))
    {
        parts.extend(said(scenario, edition, report.edition));
    }
    if parts.is_empty() {
        let kept = scenario.verdicts.iter().filter(|v| v.edition == report.edition);
        parts.push(match kept.filter(|v| v.verdict == Verdict::Pass).count() {
            0 => "no rule exercised".into(),
            kept => format!("{} kept", count(kept, "rule")),
        });
    }
    if !lacking.is_empty() {
        parts.push(format!("unsupported: {lacking}"));
    }
    (style, sign, parts.join("; "))
}

/// What one edition says against a scenario. What both say, only the gate says.
fn said(scenario: &Scenario, edition: Edition, gate: Edition) -> Vec<String> {
    let broken = |v: &&ScenarioVerdict| matches!(v.verdict, Verdict::Fail | Verdict::Warn);
    let by_gate: BTreeSet<_> = scenario
        .verdicts
        .iter()
        .filter(|v| v.edition == gate)
        .filter(broken)
        .map(|v| &v.rule)
        .collect();
    let kinds = [
        (Verdict::Fail, "violated"),
        (Verdict::Warn, "warned of"),
        (Verdict::Inconclusive, "too close to call"),
    ];
    let of = |(verdict, words): (Verdict, &str)| {
        let here =
            scenario.verdicts.iter().filter(|v| v.edition == edition && v.verdict == verdict);
        let rules: Vec<_> = here
            .map(|v| &v.rule)
            .filter(|rule| edition == gate || !by_gate.contains(rule))
            .map(String::as_str)
            .collect();
        let other = if edition == gate { String::new() } else { format!("{edition} ") };
        (!rules.is_empty()).then(|| format!("{other}{words}: {}", rules.join(", ")))
    };
    kinds.into_iter().filter_map(of).collect()
}

/// More about an ending that is not clean, or about what is not listed.
fn tell(scenario: &Scenario, width: usize, out: &mut String) {
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
