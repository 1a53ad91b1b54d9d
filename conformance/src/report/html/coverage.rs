//! Figures and the table of rules.

use super::class;
use crate::report::model::*;
use crate::report::terminal::paint::count;
use crate::verdict::{Edition, Level, Verdict};

/// One edition in figures.
pub(super) struct Card<'a> {
    pub(super) edition: Edition,
    pub(super) is_gate: bool,
    pub(super) counts: &'a Counts,
    pub(super) parts: Vec<Part>,
    pub(super) words: String,
}

/// A part of a card's bar.
pub(super) struct Part {
    pub(super) class: &'static str,
    pub(super) number: usize,
}

pub(super) fn card(report: &Report, edition: Edition) -> Option<Card<'_>> {
    let counts = report.summary.rules.get(&edition)?;
    let parts = [
        (Verdict::Pass, counts.pass, "kept"),
        (Verdict::Fail, counts.fail, "failed"),
        (Verdict::Warn, counts.warn, "warned of"),
        (Verdict::Inconclusive, counts.inconclusive, "too close to call"),
        (Verdict::NotExercised, counts.not_exercised, "not exercised"),
        (Verdict::NotApplicable, counts.not_applicable, "not applicable"),
    ];
    let parts: Vec<_> = parts.into_iter().filter(|(_, number, _)| *number > 0).collect();
    let words: Vec<_> =
        parts.iter().map(|(_, number, words)| format!("{number} {words}")).collect();
    Some(Card {
        edition,
        is_gate: edition == report.edition,
        counts,
        parts: parts
            .into_iter()
            .map(|(verdict, number, _)| Part { class: class(verdict), number })
            .collect(),
        words: words.join(", "),
    })
}

/// A phase with its rules.
pub(super) struct PhaseRows<'a> {
    pub(super) title: &'a str,
    pub(super) figures: Vec<String>,
    pub(super) unsupported: &'a [String],
    pub(super) rows: Vec<Row<'a>>,
}

/// A rule.
pub(super) struct Row<'a> {
    pub(super) id: &'a str,
    pub(super) name: &'a str,
    pub(super) is_violated: bool,
    pub(super) cells: Vec<Cell>,
    pub(super) exercised: String,
}

/// A rule in an edition.
pub(super) struct Cell {
    pub(super) class: &'static str,
    pub(super) text: &'static str,
}

pub(super) fn phases(report: &Report) -> Vec<PhaseRows<'_>> {
    report.phases.iter().map(|phase| rows(report, phase)).collect()
}

fn rows<'a>(report: &'a Report, phase: &'a Phase) -> PhaseRows<'a> {
    let figure = |place: &PhaseInEdition| format!("{}/{}", place.exercised, place.rules);
    let rules = report.rules.iter().filter(|rule| rule.phase == phase.title);
    PhaseRows {
        title: &phase.title,
        figures: phase.editions.values().map(figure).collect(),
        unsupported: &phase.unsupported,
        rows: rules.map(row).collect(),
    }
}

fn row(rule: &RuleReport) -> Row<'_> {
    let scenarios = rule.exercised_by();
    Row {
        id: &rule.id,
        name: &rule.name,
        is_violated: !rule.violations.is_empty(),
        cells: Edition::ALL.into_iter().map(|edition| cell(rule, edition)).collect(),
        exercised: match scenarios.len() {
            0 => String::new(),
            1..=3 => scenarios.into_iter().collect::<Vec<_>>().join(", "),
            number => count(number, "scenario"),
        },
    }
}

fn cell(rule: &RuleReport, edition: Edition) -> Cell {
    let Some(place) = rule.editions.get(&edition) else {
        return Cell { class: "none", text: "–" };
    };
    let level = rule.level(edition).unwrap_or(place.level);
    let text = match (place.verdict, level) {
        (Verdict::Pass, Level::Must) => "✓ must",
        (Verdict::Pass, Level::Should) => "✓ should",
        (Verdict::Fail, Level::Must) => "✗ must",
        (Verdict::Fail, Level::Should) => "✗ should",
        (Verdict::Warn, Level::Must) => "! must",
        (Verdict::Warn, Level::Should) => "! should",
        (Verdict::Inconclusive, _) => "? too close",
        (Verdict::NotExercised, _) => "not exercised",
        (Verdict::NotApplicable, _) => "not applicable",
    };
    Cell { class: class(place.verdict), text }
}
