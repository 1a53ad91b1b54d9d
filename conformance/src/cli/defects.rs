//! `pass-conformance defects`

use std::io::{self, IsTerminal as _, Write as _};
use std::sync::atomic::{AtomicUsize, Ordering};

use indicatif::{ProgressBar, ProgressStyle};
use pass_mock::config::nearest;
use wildmatch::WildMatch;

use super::args::DefectsArgs;
use super::failure::Failure;
use super::{output, pick};
use crate::defects::matrix::{self, Row};
use crate::defects::{self, Defect};
use crate::exit_code;
use crate::report::terminal::paint::{BOLD, CYAN, DIM, GREEN, Line, PLAIN, RED, count, wrap};
use crate::verdict::Edition;

pub(super) fn run(arguments: &DefectsArgs) -> Result<u8, Failure> {
    let columns = output::columns().clamp(20, 110);
    let defects = pick(&arguments.defect)?;
    if arguments.list {
        output::print(&list(&defects, columns));
        return Ok(exit_code::CONFORMS);
    }
    let scenarios = pick::scenarios(&arguments.scenario)?;
    let progress = Progress::new(defects.len() + 1);
    let rows = matrix::play(&defects, &scenarios, |row| progress.done(row));
    progress.over();
    let rows = rows.map_err(Failure::harness)?;
    output::print(&table(&rows, scenarios.len(), columns));
    // A rule that does not catch its defect is the harness's own fault.
    let holds = rows.iter().all(|row| row.faults().is_empty());
    Ok(if holds { exit_code::CONFORMS } else { exit_code::HARNESS })
}

/// The defects whose name or rule a pattern matches; all of them without any.
fn pick(patterns: &[String]) -> Result<Vec<Defect>, Failure> {
    let matches = |pattern: &str, defect: &Defect| {
        let about = defect.about();
        let pattern = WildMatch::new_case_insensitive(pattern);
        pattern.matches(about.id) || pattern.matches(about.rule)
    };
    for pattern in patterns {
        if !defects::all().any(|defect| matches(pattern, &defect)) {
            let meant = nearest(pattern, defects::all().map(|defect| defect.about().id));
            let meant = meant.map(|meant| format!("; did you mean `{meant}`?"));
            let meant = meant.unwrap_or_else(|| "; `defects --list` shows them".into());
            return Err(Failure::usage(format!("no defect matches `{pattern}`{meant}")));
        }
    }
    let meant = |defect: &Defect| {
        patterns.is_empty() || patterns.iter().any(|pattern| matches(pattern, defect))
    };
    Ok(defects::all().filter(meant).collect())
}

/// What each defect does wrong.
fn list(defects: &[Defect], columns: usize) -> String {
    let mut out = String::new();
    let longest = defects.iter().map(|defect| defect.about().id.len()).max().unwrap_or(6);
    let description = 8 + longest + 2;
    for defect in defects {
        let about = defect.about();
        let mut line = Line::new().with(BOLD, about.rule).to(8).with(CYAN, about.id);
        for text in wrap(about.description, columns.saturating_sub(description)) {
            line.to(description).with(PLAIN, text).end(&mut out);
            line = Line::new();
        }
    }
    out
}

/// Defects × editions: where each was caught, and what is wrong with that.
fn table(rows: &[Row], scenarios: usize, columns: usize) -> String {
    let mut out = String::new();
    let names = rows.iter().filter_map(|row| row.defect).map(|defect| defect.about().id.len());
    let [name, old] = [8, 8 + names.max().unwrap_or(10) + 2];
    let new = old + 16;
    let line = Line::new().with(BOLD, "Rule").to(name).with(BOLD, "Defect");
    let line = line.to(old).with(BOLD, Edition::Oct2024.name());
    line.to(new).with(BOLD, Edition::Apr2025.name()).end(&mut out);
    for row in rows {
        let (rule, id) = row.defect.map_or(("", "none"), |d| (d.about().rule, d.about().id));
        let mut line = Line::new().with(BOLD, rule).to(name).with(PLAIN, id);
        for (edition, column) in Edition::ALL.into_iter().zip([old, new]) {
            line = cell(row, rule, edition, line.to(column));
        }
        line.end(&mut out);
        for fault in row.faults() {
            for text in wrap(&fault, columns.saturating_sub(4)) {
                Line::new().with(PLAIN, "    ").with(RED, text).end(&mut out);
            }
        }
    }
    let faults = rows.iter().filter(|row| !row.faults().is_empty()).count();
    let defects = count(rows.len().saturating_sub(1), "defect");
    let text = match faults {
        0 => format!(
            "{defects} in {}: each caught by its rule, and by no other",
            count(scenarios, "scenario")
        ),
        n => format!("{defects} in {}: {n} not as they should be", count(scenarios, "scenario")),
    };
    out.push('\n');
    Line::new().with(if faults == 0 { GREEN } else { RED }, text).end(&mut out);
    out
}

fn cell(row: &Row, rule: &str, edition: Edition, line: Line) -> Line {
    let place = row.caught.iter().find(|((id, e), _)| *id == rule && *e == edition);
    let is_expected = row.expected().iter().any(|(_, e)| *e == edition);
    match (place, is_expected) {
        (Some((_, scenarios)), true) => {
            line.with(GREEN, "✓ ").with(DIM, format!("in {}", scenarios.len()))
        }
        (None, true) => line.with(RED, "✗ missed"),
        (None, false) if row.defect.is_none() && row.faults().is_empty() => {
            line.with(GREEN, "clean")
        }
        (None, false) => line.with(DIM, "–"),
        (Some(_), false) => line.with(RED, "✗ caught"),
    }
}

/// How far it is, on standard error.
struct Progress {
    bar: Option<ProgressBar>,
    done: AtomicUsize,
    all: usize,
}

impl Progress {
    fn new(all: usize) -> Self {
        let bar = io::stderr().is_terminal().then(|| {
            let style = ProgressStyle::with_template("{bar:24.green/dim} {pos}/{len}  {msg}");
            let bar = ProgressBar::new(all as u64);
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            bar
        });
        Self { bar, done: AtomicUsize::new(0), all }
    }

    fn done(&self, row: &Row) {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        let name = row.defect.map_or("no defect", |defect| defect.about().id);
        match &self.bar {
            Some(bar) => {
                bar.inc(1);
                bar.set_message(name);
            }
            None => {
                let sign = if row.faults().is_empty() { "✓" } else { "✗" };
                let _ = writeln!(io::stderr(), "[{done}/{}] {sign} {name}", self.all);
            }
        }
    }

    fn over(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    fn row(defect: Option<&str>, caught: &[(&'static str, Edition)]) -> Row {
        let scenarios = || BTreeSet::from(["first-sign-in".to_owned(), "relaunch".to_owned()]);
        Row {
            defect: defect.map(|id| Defect::find(id).unwrap()),
            caught: caught.iter().map(|place| (*place, scenarios())).collect::<BTreeMap<_, _>>(),
            broken: Vec::new(),
        }
    }

    #[test]
    fn the_matrix_shows_what_was_caught_and_what_is_wrong() {
        let [old, new] = Edition::ALL;
        let rows = [
            row(None, &[]),
            row(Some("poll-too-fast"), &[("POL-1", old), ("POL-1", new)]),
            row(Some("poll-every-five-seconds"), &[("POL-1", old)]),
            row(Some("polls-all-profiles"), &[("POL-2", new), ("POL-5", new)]),
        ];
        let text = table(&rows, 35, 80);
        insta::assert_snapshot!(anstream::adapter::strip_str(&text).to_string());
        let fine = table(&rows[..3], 35, 80);
        assert!(fine.contains("2 defects in 35 scenarios: each caught by its rule"));
    }

    #[test]
    fn patterns_pick_defects_by_name_and_by_rule() {
        let ids = |pattern: &str| -> Vec<_> {
            pick(&[pattern.to_owned()]).unwrap().iter().map(|defect| defect.about().id).collect()
        };
        assert_eq!(ids("poll-too-fast"), ["poll-too-fast"]);
        assert!(ids("pol-1").contains(&"poll-every-five-seconds"));
        let failure = pick(&["poll-too-fats".to_owned()]).unwrap_err().to_string();
        assert_eq!(failure, "no defect matches `poll-too-fats`; did you mean `poll-too-fast`?");
    }
}
