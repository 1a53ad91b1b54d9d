//! The report as a person reads it on a terminal.
//!
//! Renderings always contain colours; whoever prints them strips what the terminal cannot show
//! (`anstream` does, and honours `NO_COLOR`).

mod coverage;
mod ending;
mod evidence;
pub mod paint;
mod scenarios;

use super::Report;

/// Nobody likes to read longer lines, however wide the terminal is.
const WIDEST: usize = 110;

/// The whole report for a terminal of this many columns.
pub fn render(report: &Report, columns: usize) -> String {
    let width = columns.clamp(20, WIDEST);
    let parts = [
        coverage::render(report, width),
        scenarios::render(report, width),
        evidence::render(report, width),
        ending::render(report, width),
    ];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n")
}
