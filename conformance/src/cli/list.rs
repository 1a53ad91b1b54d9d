//! `pass-conformance list`

use std::collections::BTreeSet;

use super::args::ListArgs;
use super::failure::Failure;
use super::{output, pick};
use crate::exit_code;
use crate::protocol::{Flow, Role};
use crate::report::terminal::paint::{BOLD, CYAN, DIM, Line, PLAIN, YELLOW, count, roughly, wrap};
use crate::scenario::{Capability, Scenario};

pub(super) fn run(arguments: &ListArgs) -> Result<u8, Failure> {
    let scenarios = pick::scenarios(&arguments.scenario)?;
    output::print(&table(&scenarios, output::columns().clamp(20, 110)));
    Ok(exit_code::CONFORMS)
}

fn table(scenarios: &[Scenario], columns: usize) -> String {
    let mut out = String::new();
    let longest = scenarios.iter().map(|s| s.name.len()).max().unwrap_or(8);
    let flow = longest + 2;
    let [time, title] = [flow + 15, flow + 24];
    // Too narrow for a table: the title goes below the name.
    let title = if columns >= title + 24 { title } else { 4 };
    let line = Line::new().with(BOLD, "Scenario").to(flow).with(BOLD, "Sign-in").to(time);
    let line = line.with(BOLD, "App time");
    if title > 4 { line.to(title).with(BOLD, "What happens") } else { line }.end(&mut out);
    for scenario in scenarios {
        let line = Line::new().with(CYAN, &scenario.name).to(flow).with(PLAIN, sign_in(scenario));
        let style = if scenario.file.long { YELLOW } else { PLAIN };
        let mut line = line.to(time).with(style, format!("{:>7}", roughly(scenario.length())));
        for (style, text) in about(scenario, columns - title) {
            if line.width() >= title {
                line.end(&mut out);
                line = Line::new();
            }
            line = line.to(title).with(style, text);
        }
        line.end(&mut out);
    }
    let text = format!(
        "\n{}. App time is what the app lives through.",
        count(scenarios.len(), "scenario")
    );
    out.push_str(&text);
    if scenarios.iter().any(|scenario| scenario.file.long) {
        out.push_str(" Those marked as long are left out for clients that run in real time, unless `--long` is given.");
    }
    wrapped_tail(&mut out, columns);
    out
}

/// Wraps the last paragraph of a text.
fn wrapped_tail(out: &mut String, columns: usize) {
    let start = out.rfind('\n').map_or(0, |at| at + 1);
    let tail = out.split_off(start);
    for line in wrap(&tail, columns) {
        out.push_str(&line);
        out.push('\n');
    }
}

fn sign_in(scenario: &Scenario) -> &'static str {
    match (scenario.file.role, scenario.flow) {
        (Role::SecondScreen, _) => "typed code",
        (Role::Streaming, Flow::Browser) => "browser",
        (Role::Streaming, Flow::SecondScreen) => "second screen",
    }
}

/// The title, and what the client must be able to do beyond signing in.
fn about(scenario: &Scenario, width: usize) -> Vec<(anstyle::Style, String)> {
    let usual = BTreeSet::from([
        Capability::Browser,
        Capability::SecondScreen,
        Capability::SecondScreenRole,
    ]);
    let beyond: Vec<_> =
        scenario.needs().difference(&usual).map(|capability| capability.name()).collect();
    let mut lines: Vec<_> =
        wrap(&scenario.file.title, width).into_iter().map(|l| (PLAIN, l)).collect();
    if !beyond.is_empty() {
        let needs = format!("needs {}", beyond.join(", "));
        lines.extend(wrap(&needs, width).into_iter().map(|line| (DIM, line)));
    }
    if scenario.file.long {
        lines.push((YELLOW, "long".into()));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::load_text;

    #[test]
    fn scenarios_are_a_table() {
        let files = [
            ("sign-in", "title: The viewer signs in\nwhy: w\nflow: both\nsteps: [launch, sign_in]"),
            (
                "shop",
                "title: The viewer looks at a catalogue\nwhy: w\nsteps: [launch, browse: [REF30, news]]",
            ),
            (
                "code-expires",
                "title: Nobody signs in and the code expires\nwhy: w\nflow: second_screen\nlong: true\nsteps: [launch, sign_in: {viewer: does_nothing}, wait: 31m]",
            ),
        ];
        let read = |(name, text): (&str, &str)| load_text(name, "here", text).unwrap();
        let scenarios = files.map(read).concat();
        let plain = |columns| anstream::adapter::strip_str(&table(&scenarios, columns)).to_string();
        insta::assert_snapshot!("list_100", plain(100));
        insta::assert_snapshot!("list_60", plain(60));
    }
}
