//! What the judged captures held, and what they cannot show.

use super::paint::{BOLD, DIM, Line, PLAIN, fit, wrap};
use crate::report::{Report, captures};

pub(super) fn render(report: &Report, width: usize) -> String {
    let mut out = String::new();
    for scenario in &report.scenarios {
        let Some(capture) = &scenario.capture else { continue };
        Line::new()
            .with(BOLD, "Capture")
            .to(11)
            .with(PLAIN, fit(&scenario.name, width.saturating_sub(11)))
            .end(&mut out);
        for sentence in captures::sentences(scenario, capture) {
            paragraph(&sentence, width, &mut out);
        }
    }
    let cannot_show = captures::cannot_show(&report.scenarios);
    if !cannot_show.is_empty() {
        Line::new().with(BOLD, "What this cannot show").end(&mut out);
    }
    for sentence in cannot_show {
        paragraph(sentence, width, &mut out);
    }
    out
}

fn paragraph(text: &str, width: usize, out: &mut String) {
    for (n, line) in wrap(text, width.saturating_sub(5)).into_iter().enumerate() {
        let begin = if n == 0 { "   - " } else { "     " };
        Line::new().with(DIM, begin).with(DIM, line).end(out);
    }
}
