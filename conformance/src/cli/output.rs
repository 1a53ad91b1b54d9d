//! Where text goes.

use std::io::{self, IsTerminal as _, Write as _};

use terminal_size::{Width, terminal_size_of};

use super::destination::Destinations;
use super::failure::Failure;
use crate::report::{self, Report, terminal};

/// The width of text that no terminal shows.
const PAPER: usize = 100;

/// The columns of standard output.
pub(super) fn columns() -> usize {
    match terminal_size_of(io::stdout()) {
        Some((Width(columns), _)) if io::stdout().is_terminal() => usize::from(columns),
        _ => PAPER,
    }
}

/// The report to the terminal and to wherever else it was asked for.
pub(super) fn tell(report: &Report, destinations: &Destinations) -> Result<(), Failure> {
    let text = terminal::render(report, columns());
    let in_actions = std::env::var_os("GITHUB_ACTIONS").is_some_and(|value| value == "true");
    let annotations = if in_actions { report::github::render(report) } else { String::new() };
    match destinations.take_standard_output() {
        true => print_aside(&(text + &annotations)),
        false => print(&(text + &annotations)),
    }
    destinations.write(report)
}

/// To standard output, with the colours it can show. A reader that has gone away is not our
/// business.
pub(super) fn print(text: &str) {
    let mut out = anstream::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// To standard error, where standard output is taken.
pub(super) fn print_aside(text: &str) {
    let mut out = anstream::stderr().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}
