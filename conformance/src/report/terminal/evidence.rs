//! What was violated, and the proof.

use std::collections::BTreeMap;

use anstyle::Style;

use super::paint::{
    BOLD, CYAN, DIM, Line, PLAIN, RED, YELLOW, count, fit, instant, interval, wrap,
};
use crate::report::{EvidenceReport, Report, RuleReport, ViolationReport};
use crate::verdict::{Edition, Verdict};
use unicode_width::UnicodeWidthStr;

/// How many scenarios are named where many have the same violation.
const MOST_NAMED: usize = 3;

/// Every rule that is violated, with its proof.
pub(super) fn render(report: &Report, width: usize) -> String {
    let gate = report.edition;
    let violated = report.violated_worst_first();
    let one = |rule: &&RuleReport| Block { rule, gate, width }.render();
    violated.iter().map(one).collect::<Vec<_>>().join("\n")
}

/// One violation of a rule with its proof, without colours: for reports that quote it.
pub(super) fn quote(report: &Report, rule: &RuleReport, shown: &ViolationReport) -> String {
    let mut text = String::new();
    let block = Block { rule, gate: report.edition, width: 100 };
    block.title(shown, &mut text);
    block.proof(shown, &mut text);
    block.notes(shown, &mut text);
    anstream::adapter::strip_str(&text).to_string()
}

struct Block<'a> {
    rule: &'a RuleReport,
    gate: Edition,
    width: usize,
}

impl Block<'_> {
    fn render(&self) -> String {
        let mut out = String::new();
        let Some(shown) = self.rule.violation_to_show(self.gate) else { return out };
        self.title(shown, &mut out);
        let place = format!("{}, {}", shown.scenario, self.rule.levels(Some(shown)));
        let bar = Line::new().with(PLAIN, "  ").with(CYAN, "|");
        for (n, line) in wrap(&place, self.width.saturating_sub(6)).into_iter().enumerate() {
            let lead = if n == 0 { " --> " } else { "     " };
            Line::new().with(CYAN, lead).with(PLAIN, line).end(&mut out);
        }
        if !shown.evidence.is_empty() {
            bar.end(&mut out);
            self.proof(shown, &mut out);
            bar.end(&mut out);
        }
        self.notes(shown, &mut out);
        out
    }

    fn title(&self, shown: &ViolationReport, out: &mut String) {
        let (style, word) = self.label();
        let lead = format!("{word} {} {}: ", self.rule.id, self.rule.name);
        let text = format!("{lead}{}", shown.what);
        for (n, line) in wrap(&text, self.width.saturating_sub(5)).iter().enumerate() {
            match line.strip_prefix(word).filter(|_| n == 0) {
                Some(rest) => Line::new().with(style, word).with(BOLD, rest).end(out),
                None => Line::new().with(PLAIN, "     ").with(BOLD, line).end(out),
            }
        }
    }

    fn label(&self) -> (Style, &'static str) {
        match self.rule.verdict(self.gate) {
            _ if self.rule.known(self.gate).is_some() => (CYAN, "KNOWN"),
            Some(Verdict::Fail) => (RED, "FAIL"),
            Some(Verdict::Warn) => (YELLOW, "WARN"),
            _ => (CYAN, "NOTE"),
        }
    }

    fn proof(&self, shown: &ViolationReport, out: &mut String) {
        let instants: Vec<_> = shown.evidence.iter().map(|e| instant(e.at_ms)).collect();
        let widest = instants.iter().map(String::len).max().unwrap_or(0);
        let last = shown.evidence.len() - 1;
        for (n, (evidence, at)) in shown.evidence.iter().zip(&instants).enumerate() {
            let at = format!("{at:>widest$}  ");
            self.exchange(evidence, &at, n == last, out);
        }
    }

    /// The exchange or event, and under it what it shows: `^` where the rule was broken.
    fn exchange(&self, evidence: &EvidenceReport, at: &str, is_culprit: bool, out: &mut String) {
        let bar = || Line::new().with(PLAIN, "  ").with(CYAN, "| ");
        let indent = " ".repeat(at.width());
        let room = self.width.saturating_sub(4 + at.width());
        let status = evidence.status.map(|status| format!(" → {status}")).unwrap_or_default();
        let mut lines =
            wrap(&evidence.what, room.saturating_sub(status.width())).into_iter().peekable();
        let mut underlined = 0;
        let mut lead = at;
        while let Some(line) = lines.next() {
            underlined = line.width();
            let tail = if lines.peek().is_none() { status.as_str() } else { "" };
            bar().with(DIM, lead).with(PLAIN, line).with(DIM, tail).end(out);
            lead = &indent;
        }
        if evidence.shows.is_empty() && !is_culprit {
            return;
        }
        let (style, sign) = if is_culprit { (self.label().0, "^") } else { (CYAN, "-") };
        let pointer = sign.repeat(underlined.clamp(1, room));
        if evidence.shows.is_empty() {
            bar().with(PLAIN, &indent).with(style, pointer).end(out);
            return;
        }
        if pointer.width() + 1 + evidence.shows.width() <= room {
            let line = bar().with(PLAIN, &indent).with(style, pointer);
            line.with(PLAIN, " ").with(style, &evidence.shows).end(out);
            return;
        }
        bar().with(PLAIN, &indent).with(style, pointer).end(out);
        for line in wrap(&evidence.shows, room) {
            bar().with(PLAIN, &indent).with(style, line).end(out);
        }
    }

    fn notes(&self, shown: &ViolationReport, out: &mut String) {
        if let Some(measured) = shown.measured_ms {
            self.note(
                "interval",
                &format!("{} measured, {}", interval(measured), limits(shown)),
                out,
            );
        }
        if let Some(reason) = &shown.known {
            self.note("known", reason, out);
        }
        if self.rule.violations.len() > 1 {
            self.note("more", &self.more(), out);
        }
        self.note("rule", &self.rule.requires, out);
        self.note("why", &self.rule.why, out);
        self.note("do", &self.rule.remedy, out);
        for (edition, place) in &self.rule.editions {
            let source = format!("{edition}: {}, “{}”", place.document, place.heading);
            self.note("source", &source, out);
        }
    }

    fn note(&self, name: &str, text: &str, out: &mut String) {
        let lead = format!("{name}: ");
        for (n, line) in wrap(text, self.width.saturating_sub(4 + lead.width())).iter().enumerate()
        {
            let start = if n == 0 {
                Line::new().with(PLAIN, "  ").with(CYAN, "= ").with(BOLD, &lead)
            } else {
                Line::new().with(PLAIN, " ".repeat(4 + lead.width()))
            };
            start.with(PLAIN, line).end(out);
        }
    }

    /// How many violations there are in all, and where most of them are.
    fn more(&self) -> String {
        let mut by_scenario: BTreeMap<&str, usize> = BTreeMap::new();
        for violation in &self.rule.violations {
            *by_scenario.entry(&violation.scenario).or_default() += 1;
        }
        let mut places: Vec<_> = by_scenario.into_iter().collect();
        places.sort_by_key(|(_, number)| std::cmp::Reverse(*number));
        let named = places.iter().take(MOST_NAMED);
        let mut named: Vec<_> =
            named.map(|(name, number)| format!("{number} in {}", fit(name, 40))).collect();
        if let more @ 1.. = places.len().saturating_sub(MOST_NAMED) {
            named.push(format!("the rest in {}", count(more, "more scenario")));
        }
        let all = count(self.rule.violations.len(), "violation");
        format!("{all} in all: {}", named.join(", "))
    }
}

/// The limit of each edition that is violated.
fn limits(violation: &ViolationReport) -> String {
    let of = |(edition, place): (&Edition, &crate::report::ViolationInEdition)| {
        place.limit_ms.map(|limit| format!("{} in {edition}", interval(limit)))
    };
    let limits: Vec<_> = violation.editions.iter().filter_map(of).collect();
    if limits.is_empty() { "no limit".into() } else { format!("limit {}", limits.join(", ")) }
}
