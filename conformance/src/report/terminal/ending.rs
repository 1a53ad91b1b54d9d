//! The last lines: what it all came to.

use super::paint::{BOLD, DIM, GREEN, Line, PLAIN, RED, YELLOW, count, wrap};
use crate::report::{Counts, Outcome, Report, ScenarioCounts};

pub(super) fn render(report: &Report, width: usize) -> String {
    let mut out = String::new();
    for (edition, counts) in &report.summary.rules {
        let style = if *edition == report.edition { BOLD } else { DIM };
        line(edition.name(), style, &rules(counts), width, &mut out);
    }
    let known = &report.known_failures;
    if !known.is_empty() {
        let fail = known.iter().filter(|known| known.violated_in > 0).count();
        let stale = known.iter().filter(|known| known.stale).count();
        let text =
            format!("{} on the list, {fail} of them fail as expected, {stale} stale", known.len());
        line("Known", PLAIN, &text, width, &mut out);
    }
    line("Scenarios", PLAIN, &scenarios(&report.summary.scenarios), width, &mut out);
    out.push('\n');
    verdict(report, width, &mut out);
    out
}

fn line(name: &str, style: anstyle::Style, text: &str, width: usize, out: &mut String) {
    for (n, text) in wrap(text, width.saturating_sub(11)).iter().enumerate() {
        let start = if n == 0 {
            Line::new().with(style, name).to(11)
        } else {
            Line::new().with(PLAIN, " ".repeat(11))
        };
        start.with(style, text).end(out);
    }
}

fn verdict(report: &Report, width: usize, out: &mut String) {
    let gate = report.edition;
    let (style, word) = match report.summary.result {
        Outcome::Conforms => (GREEN.bold(), "CONFORMS"),
        Outcome::Violated => (RED, "DOES NOT CONFORM"),
        Outcome::HarnessError => (YELLOW, "NOT JUDGED: the harness failed"),
        Outcome::NothingExercised => (YELLOW, "NOT JUDGED: nothing was exercised"),
    };
    let to = match report.summary.result {
        Outcome::Conforms | Outcome::Violated => format!(" to {gate}"),
        _ => String::new(),
    };
    Line::new().with(style, word).with(BOLD, to).end(out);
    for reason in &report.summary.reasons {
        for (n, text) in wrap(reason, width.saturating_sub(4)).iter().enumerate() {
            Line::new()
                .with(PLAIN, if n == 0 { "  - " } else { "    " })
                .with(PLAIN, text)
                .end(out);
        }
    }
}

fn rules(counts: &Counts) -> String {
    let parts = [
        (counts.fail, "failed"),
        (counts.warn, "warned"),
        (counts.inconclusive, "too close to call"),
        (counts.not_exercised, "not exercised"),
        (counts.not_applicable, "not applicable"),
    ];
    let mut text = format!("{} of {} kept", counts.pass, count(counts.total(), "rule"));
    for (number, what) in parts.into_iter().filter(|(number, _)| *number > 0) {
        text.push_str(&format!(", {number} {what}"));
    }
    text
}

fn scenarios(counts: &ScenarioCounts) -> String {
    let parts = [
        (counts.client_crashed, "crashed"),
        (counts.client_timeout, "hung"),
        (counts.client_never_called, "never called"),
        (counts.harness_error, "lost to the harness"),
        (counts.skipped, "left out"),
    ];
    let mut text = format!("{} completed", counts.completed);
    for (number, what) in parts.into_iter().filter(|(number, _)| *number > 0) {
        text.push_str(&format!(", {number} {what}"));
    }
    text
}
