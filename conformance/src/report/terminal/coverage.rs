//! The table of rules: phases, both editions side by side, and what was exercised.

use std::collections::BTreeSet;

use super::paint::{BOLD, CYAN, DIM, Line, PLAIN, RED, YELLOW, count, fit, flow, mark, wrap};
use crate::report::{Phase, Report, RuleReport};
use crate::verdict::{Edition, Level, Verdict};

/// Columns of a table as wide as the terminal allows.
struct Columns {
    name: usize,
    editions: [usize; 2],
    exercised: Option<usize>,
    width: usize,
    levels: bool,
}

impl Columns {
    fn of(report: &Report, width: usize) -> Self {
        let longest = report.rules.iter().map(|rule| rule.name.len()).max().unwrap_or(0);
        let levels = width >= 48;
        let cell = if levels { 10 } else { 4 };
        let id = 3 + report.rules.iter().map(|rule| rule.id.len()).max().unwrap_or(5) + 1;
        let titles = report.phases.iter().map(|phase| phase.title.len()).max().unwrap_or(0);
        let names = if width >= 72 { (id + longest).max(titles) } else { id + longest };
        let first = (names + 2).min(width.saturating_sub(2 * cell)).max(id + 4);
        let last = first + 2 * cell;
        Self {
            name: id,
            editions: [first, first + cell],
            exercised: (width >= last + 16).then_some(last),
            width,
            levels,
        }
    }
}

pub(super) fn render(report: &Report, width: usize) -> String {
    let columns = Columns::of(report, width);
    let mut out = String::new();
    judged(report, width, &mut out);
    if !report.rules.iter().any(is_shown) {
        let none = "Nothing was exercised: no rule was put to the test.";
        Line::new().with(PLAIN, fit(none, width)).end(&mut out);
        return out;
    }
    heading(report, &columns, &mut out);
    for phase in &report.phases {
        render_phase(report, phase, &columns, &mut out);
    }
    legend(report, width, &mut out);
    out
}

fn judged(report: &Report, width: usize, out: &mut String) {
    let client = &report.client;
    let name =
        if client.name.is_empty() { "(a client that never told its name)" } else { &client.name };
    let version = client.version.as_deref().unwrap_or_default();
    Line::new()
        .with(BOLD, "Client")
        .to(10)
        .with(BOLD, name)
        .with(PLAIN, " ")
        .with(PLAIN, version)
        .end(out);
    if !client.capabilities.is_empty() {
        for line in wrap(&client.capabilities.join(", "), width.saturating_sub(10)) {
            Line::new().with(PLAIN, " ".repeat(10)).with(DIM, line).end(out);
        }
    }
    if let Some(doubt) = &client.clock_doubt {
        let text = format!("judged in real time, though it declares clock_speed: {doubt}");
        for line in wrap(&text, width.saturating_sub(10)) {
            Line::new().with(PLAIN, " ".repeat(10)).with(YELLOW, line).end(out);
        }
    }
    let strict = if report.strict { ", strictly" } else { "" };
    let gate = format!("{}{strict}: its verdicts set the exit code", report.edition);
    Line::new().with(BOLD, "Gate").to(10).with(PLAIN, fit(&gate, width - 10)).end(out);
    out.push('\n');
}

fn heading(report: &Report, columns: &Columns, out: &mut String) {
    let mut line = Line::new().with(BOLD, "Rule");
    for (edition, column) in Edition::ALL.into_iter().zip(columns.editions) {
        let style = if edition == report.edition { BOLD } else { DIM };
        let name = if columns.levels { edition.name() } else { &edition.name()[2..4] };
        line = line.to(column).with(style, name);
    }
    if let Some(column) = columns.exercised {
        line = line.to(column).with(BOLD, "Exercised in");
    }
    line.end(out);
}

fn render_phase(report: &Report, phase: &Phase, columns: &Columns, out: &mut String) {
    let rules: Vec<_> = report.rules.iter().filter(|rule| rule.phase == phase.title).collect();
    let title = fit(&phase.title, columns.editions[0].saturating_sub(1));
    let mut line = Line::new().with(BOLD, title);
    for (edition, column) in Edition::ALL.into_iter().zip(columns.editions) {
        if let Some(place) = phase.editions.get(&edition) {
            line = line.to(column).with(DIM, format!("{}/{}", place.exercised, place.rules));
        }
    }
    line.end(out);
    for action in &phase.unsupported {
        let text = format!("✗ the client does not support {action}");
        for text in wrap(&text, columns.width.saturating_sub(3)) {
            Line::new().with(PLAIN, "   ").with(RED, text).end(out);
        }
    }
    for rule in rules.iter().filter(|rule| is_shown(rule)) {
        row(rule, columns, out);
    }
    for (verdict, words) in
        [(Verdict::NotExercised, "not exercised:"), (Verdict::NotApplicable, "not applicable:")]
    {
        let ids: Vec<_> =
            rules.iter().filter(|r| r.worst() == Some(verdict)).map(|r| r.id.as_str()).collect();
        if !ids.is_empty() {
            let text = format!("{words} {}", ids.join(", "));
            for line in wrap(&text, columns.width.saturating_sub(3)) {
                Line::new().with(PLAIN, "   ").with(DIM, line).end(out);
            }
        }
    }
}

/// Rules that came to nothing share a line.
fn is_shown(rule: &RuleReport) -> bool {
    rule.worst().is_some_and(|verdict| verdict >= Verdict::Pass)
}

fn row(rule: &RuleReport, columns: &Columns, out: &mut String) {
    let worst = rule.worst().unwrap_or(Verdict::NotExercised);
    let style = if worst >= Verdict::Warn { mark(worst).0 } else { PLAIN };
    let name = fit(&rule.name, columns.editions[0].saturating_sub(columns.name + 1));
    let mut line = Line::new().with(PLAIN, "   ").with(style, &rule.id).to(columns.name);
    line = line.with(PLAIN, name);
    for (edition, column) in Edition::ALL.into_iter().zip(columns.editions) {
        line = cell(rule, edition, columns.levels, line.to(column));
    }
    if let Some(column) = columns.exercised {
        let (style, text) = exercised(rule);
        line = line.to(column).with(style, fit(&text, columns.width.saturating_sub(column)));
    }
    line.end(out);
}

fn cell(rule: &RuleReport, edition: Edition, levels: bool, line: Line) -> Line {
    let Some(place) = rule.editions.get(&edition) else { return line.with(DIM, "–") };
    let (style, sign) = mark(place.verdict);
    let line = line.with(style, sign);
    if !levels {
        return line;
    }
    let bad = place.verdict >= Verdict::Warn;
    let level = if rule.level(edition) == Some(Level::Must) { "must" } else { "should" };
    line.with(PLAIN, " ").with(if bad { style } else { DIM }, level)
}

fn exercised(rule: &RuleReport) -> (anstyle::Style, String) {
    let all = count(rule.exercised_by().len(), "scenario");
    if rule.violations.is_empty() {
        return match rule.inconclusive.len() {
            0 => (DIM, all),
            n => (CYAN, format!("{all}, {n} too close to call")),
        };
    }
    let broken: BTreeSet<_> = rule.violations.iter().map(|v| &v.scenario).collect();
    let (style, _) = mark(rule.worst().unwrap_or(Verdict::Fail));
    let times = count(rule.violations.len(), "violation");
    let known = rule.violations.iter().filter(|v| v.known.is_some()).count();
    let known = if known > 0 { format!(", {known} known") } else { String::new() };
    (style, format!("{times} in {} of {all}{known}", broken.len()))
}

/// Explains the signs that occur.
fn legend(report: &Report, width: usize, out: &mut String) {
    let explained = [
        (Verdict::Pass, "kept"),
        (Verdict::Fail, "violated: fails"),
        (Verdict::Warn, "violated: warns"),
        (Verdict::Inconclusive, "too close to call"),
        (Verdict::NotExercised, "not exercised"),
        (Verdict::NotApplicable, "not applicable"),
    ];
    let shown = || report.rules.iter().filter(|rule| is_shown(rule));
    let occurs = |verdict| shown().any(|r| r.editions.values().any(|p| p.verdict == verdict));
    let mut words: Vec<_> = explained
        .into_iter()
        .filter(|(verdict, _)| occurs(*verdict))
        .map(|(verdict, words)| format!("{} {words}", mark(verdict).1))
        .collect();
    if shown().any(|rule| rule.editions.len() < Edition::ALL.len()) {
        words.push("– not in that edition".into());
    }
    if words.is_empty() {
        return;
    }
    out.push('\n');
    for line in flow(&words, "   ", width) {
        Line::new().with(DIM, line).end(out);
    }
}
