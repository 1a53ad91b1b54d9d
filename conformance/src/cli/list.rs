//! `pass-conformance list`

use std::collections::BTreeSet;
use std::sync::Arc;

use super::args::ListArgs;
use super::exercise::Exercises;
use super::failure::Failure;
use super::{output, pick};
use crate::exit_code;
use crate::protocol::{Flow, Role};
use crate::report::terminal::paint::{BOLD, CYAN, DIM, Line, PLAIN, YELLOW, count, roughly, wrap};
use crate::rules;
use crate::scenario::{self, Capability, Scenario, Suite};

pub(super) fn run(arguments: &ListArgs) -> Result<u8, Failure> {
    if arguments.schema {
        output::print(&scenario::schema());
        return Ok(exit_code::CONFORMS);
    }
    let scenarios = pick::with_suites(&arguments.suite, &arguments.scenario)?;
    let exercises = match arguments.rules {
        true => Some(Exercises::find_out(scenarios.clone())?),
        false => None,
    };
    let columns = output::columns().clamp(20, 110);
    output::print(&table(&scenarios, exercises.as_ref(), columns));
    if arguments.suite.is_empty() && arguments.scenario.is_empty() {
        output::print(&suites(Suite::all().map_err(Failure::usage)?, &scenarios, columns));
    }
    Ok(exit_code::CONFORMS)
}

/// A file, in one of its flows or in both.
struct Row<'a> {
    name: &'a str,
    sign_in: &'static str,
    scenario: &'a Scenario,
}

fn rows(scenarios: &[Scenario]) -> Vec<Row<'_>> {
    let mut rows: Vec<Row<'_>> = Vec::new();
    for scenario in scenarios {
        match rows.last_mut() {
            Some(row) if Arc::ptr_eq(&row.scenario.file, &scenario.file) => row.sign_in = "both",
            _ => rows.push(Row { name: &scenario.name, sign_in: sign_in(scenario), scenario }),
        }
    }
    rows
}

fn table(scenarios: &[Scenario], exercises: Option<&Exercises>, columns: usize) -> String {
    let mut out = String::new();
    let rows = rows(scenarios);
    let longest = rows.iter().map(|row| row.name.len()).max().unwrap_or(8);
    let sign_in = longest + 2;
    let [time, title] = [sign_in + 15, sign_in + 25];
    // Too narrow for a table: the title goes below the name.
    let title = if columns >= title + 24 { title } else { 4 };
    let line = Line::new().with(BOLD, "Scenario").to(sign_in).with(BOLD, "Sign-in").to(time);
    let line = line.with(BOLD, "App time");
    if title > 4 { line.to(title).with(BOLD, "What happens") } else { line }.end(&mut out);
    for row in &rows {
        let line = Line::new().with(CYAN, row.name).to(sign_in).with(PLAIN, row.sign_in);
        let style = if row.scenario.file.long { YELLOW } else { PLAIN };
        let length = format!("{:>8}", roughly(row.scenario.length()));
        let mut line = line.to(time).with(style, length);
        for (style, text) in about(row.scenario, columns - title) {
            if line.width() >= title {
                line.end(&mut out);
                line = Line::new();
            }
            line = line.to(title).with(style, text);
        }
        line.end(&mut out);
        for text in exercised(row.scenario, scenarios, exercises, columns) {
            Line::new().with(PLAIN, "    ").with(DIM, text).end(&mut out);
        }
    }
    out.push('\n');
    for line in wrap(&notes(scenarios, &rows), columns) {
        Line::new().with(DIM, line).end(&mut out);
    }
    out
}

/// The suites, and how many scenarios each has.
fn suites(suites: &[Suite], scenarios: &[Scenario], columns: usize) -> String {
    let mut out = String::from("\n");
    let longest = suites.iter().map(|suite| suite.name.len()).max().unwrap_or(5);
    let [number, title] = [longest + 2, longest + 13];
    let line = Line::new().with(BOLD, "Suite").to(number).with(BOLD, "Scenarios");
    line.to(title).with(BOLD, "What it is").end(&mut out);
    for suite in suites {
        let has = scenarios.iter().filter(|scenario| suite.has(scenario)).count();
        let mut line = Line::new().with(CYAN, &suite.name).to(number);
        line = line.with(PLAIN, format!("{has:>9}"));
        for text in wrap(&suite.title, columns.saturating_sub(title)) {
            if line.width() >= title {
                line.end(&mut out);
                line = Line::new();
            }
            line = line.to(title).with(PLAIN, text);
        }
        line.end(&mut out);
    }
    out
}

/// The rules that a scenario exercises in any of its flows, in lines; those it was written for where
/// nobody has found out.
fn exercised(
    scenario: &Scenario,
    all: &[Scenario],
    exercises: Option<&Exercises>,
    columns: usize,
) -> Vec<String> {
    let width = columns.saturating_sub(4);
    let Some(exercises) = exercises else { return lines(&scenario.file.rules.join(" "), width) };
    let flows: Vec<_> = all.iter().filter(|s| Arc::ptr_eq(&s.file, &scenario.file)).collect();
    let rules = rules::all().iter().map(|rule| rule.id);
    let ids = rules.filter(|id| flows.iter().any(|flow| exercises.has(&flow.name, id)));
    lines(&ids.collect::<Vec<_>>().join(" "), width)
}

/// Text in lines; none where there is no text.
fn lines(text: &str, width: usize) -> Vec<String> {
    if text.is_empty() { Vec::new() } else { wrap(text, width) }
}

fn notes(scenarios: &[Scenario], rows: &[Row<'_>]) -> String {
    let mut notes = format!("{}.", count(scenarios.len(), "scenario"));
    if rows.iter().any(|row| row.sign_in == "both") {
        notes.push_str(" NAME with both ways to sign in is two: NAME and NAME@second-screen.");
    }
    if rows.iter().any(|row| row.scenario.file.long) {
        notes.push_str(
            " Long ones are left out where the app runs in real time, unless `run --long`.",
        );
    }
    notes
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
    let long = if scenario.file.long { " (long)" } else { "" };
    let title = format!("{}{long}", scenario.file.title);
    let mut lines: Vec<_> = wrap(&title, width).into_iter().map(|line| (PLAIN, line)).collect();
    if !beyond.is_empty() {
        let needs = format!("needs {}", beyond.join(", "));
        lines.extend(wrap(&needs, width).into_iter().map(|line| (DIM, line)));
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
                "title: Nobody signs in and the code expires\nwhy: w\nrules: [POL-3, POL-4]\nflow: second_screen\nlong: true\nsteps: [launch, sign_in: {viewer: does_nothing}, wait: 31m]",
            ),
        ];
        let read = |(name, text): (&str, &str)| load_text(name, "here", text).unwrap();
        let scenarios = files.map(read).concat();
        let plain =
            |columns| anstream::adapter::strip_str(&table(&scenarios, None, columns)).to_string();
        insta::assert_snapshot!("list_100", plain(100));
        insta::assert_snapshot!("list_60", plain(60));
    }
}
