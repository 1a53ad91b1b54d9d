//! How far a run is: live lines on a terminal, plain lines elsewhere; always on standard error.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal as _, Write as _};
use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use crate::outcome::{Ending, ScenarioOutcome};
use crate::report::ScenarioEnding;
use crate::report::terminal::paint::{DIM, GREEN, Line, PLAIN, RED, YELLOW, count, roughly};
use crate::runner::{Plan, RunnerEvent};
use crate::verdict::{Edition, Verdict};

/// How often a live line moves.
const TICK: Duration = Duration::from_millis(100);

/// Shows a run's events as they come.
pub(super) struct Progress {
    gate: Edition,
    strict: bool,
    show: Box<dyn Show + Send>,
}

/// A way to show progress.
trait Show {
    fn planned(&mut self, plan: &Arc<Plan>);
    fn started(&mut self, index: usize);
    fn finished(&mut self, index: usize, result: Line);
    fn over(&mut self);
}

impl Progress {
    /// Live where standard error is a terminal that can move its cursor.
    pub(super) fn new(gate: Edition, strict: bool) -> Self {
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        let in_ci = std::env::var_os("CI").is_some();
        let show: Box<dyn Show + Send> = match io::stderr().is_terminal() && !dumb && !in_ci {
            true => Box::new(Live::default()),
            false => Box::new(Plain::default()),
        };
        Self { gate, strict, show }
    }

    /// Shows events until the run is over.
    pub(super) fn follow(mut self, events: &Receiver<RunnerEvent>) {
        for event in events {
            match event {
                RunnerEvent::Probing | RunnerEvent::ProvingClock => {}
                RunnerEvent::Planned(plan) => self.show.planned(&plan),
                RunnerEvent::Started(index) => self.show.started(index),
                RunnerEvent::Finished(_, outcome) if outcome.ending == Ending::Skipped => {}
                RunnerEvent::Finished(index, outcome) => {
                    let result = result(&outcome, self.gate, self.strict);
                    self.show.finished(index, result);
                }
            }
        }
        self.show.over();
    }
}

/// One line about a scenario that has come to its end.
fn result(outcome: &ScenarioOutcome, gate: Edition, strict: bool) -> Line {
    let broken = |verdict: Verdict| {
        let here = outcome.judgements.iter().filter(|j| j.edition == gate && j.verdict == verdict);
        here.map(|judgement| judgement.rule.id).collect::<Vec<_>>()
    };
    let (failed, warned) = (broken(Verdict::Fail), broken(Verdict::Warn));
    let name = Line::new();
    let line = match ScenarioEnding::of(outcome.ending) {
        Some(ScenarioEnding::Completed) | None if !failed.is_empty() => {
            let rules = [failed, warned].concat().join(", ");
            name.with(RED, "✗ ").with(PLAIN, &outcome.name).with(RED, format!("  {rules}"))
        }
        Some(ScenarioEnding::Completed) | None if !warned.is_empty() => {
            let style = if strict { RED } else { YELLOW };
            let sign = if strict { "✗ " } else { "! " };
            let rules = warned.join(", ");
            name.with(style, sign).with(PLAIN, &outcome.name).with(style, format!("  {rules}"))
        }
        Some(ScenarioEnding::Completed) | None => name.with(GREEN, "✓ ").with(PLAIN, &outcome.name),
        Some(ending) => {
            let words = format!("  {}", ending.words());
            name.with(RED, "✗ ").with(PLAIN, &outcome.name).with(RED, words)
        }
    };
    line.with(DIM, format!("  {}", roughly(Duration::from_millis(outcome.took_ms))))
}

/// What is going to happen, in a line.
fn announcement(plan: &Plan) -> String {
    let left_out = plan.scenarios.iter().filter(|planned| planned.left_out.is_some()).count();
    let played = plan.scenarios.len() - left_out;
    let name = if plan.client.name.is_empty() { "the client" } else { &plan.client.name };
    let version = plan.client.version.as_deref().map(|version| format!(" {version}"));
    let mut text =
        format!("judging {name}{}: {}", version.unwrap_or_default(), count(played, "scenario"));
    if left_out > 0 {
        text.push_str(&format!(", {left_out} left out"));
    }
    if plan.client.clock_doubt.is_some() {
        text.push_str(", in real time, as its clock does not run fast");
    }
    // Of a client that never introduced itself nothing is played.
    if !plan.client.name.is_empty() && plan.takes() > Duration::from_secs(5) {
        text.push_str(&format!(", about {} in real time", roughly(plan.takes())));
    }
    text
}

/// Lines for logs.
#[derive(Default)]
struct Plain {
    done: usize,
    all: usize,
}

impl Show for Plain {
    fn planned(&mut self, plan: &Arc<Plan>) {
        self.all = plan.scenarios.iter().filter(|planned| planned.left_out.is_none()).count();
        let _ = writeln!(anstream::stderr(), "{}", announcement(plan));
    }

    fn started(&mut self, _: usize) {}

    fn finished(&mut self, _: usize, result: Line) {
        self.done += 1;
        let width = self.all.to_string().len();
        let mut text = format!("[{:>width$}/{}] ", self.done, self.all);
        result.end(&mut text);
        let _ = write!(anstream::stderr(), "{text}");
    }

    fn over(&mut self) {}
}

/// A bar, and a line for each scenario that is being played.
#[derive(Default)]
struct Live {
    plan: Option<Arc<Plan>>,
    lines: MultiProgress,
    bar: Option<ProgressBar>,
    running: BTreeMap<usize, ProgressBar>,
}

impl Show for Live {
    fn planned(&mut self, plan: &Arc<Plan>) {
        self.plan = Some(Arc::clone(plan));
        let played = plan.scenarios.iter().filter(|planned| planned.left_out.is_none()).count();
        let bar = self.lines.add(ProgressBar::new(played as u64));
        bar.set_style(style("{bar:24.green/dim} {pos}/{len}  {msg}"));
        bar.set_message(announcement(plan));
        bar.enable_steady_tick(TICK);
        self.bar = Some(bar);
    }

    fn started(&mut self, index: usize) {
        let Some(planned) = self.plan.as_ref().and_then(|plan| plan.scenarios.get(index)) else {
            return;
        };
        let line = match &self.bar {
            Some(bar) => self.lines.insert_before(bar, ProgressBar::new_spinner()),
            None => self.lines.add(ProgressBar::new_spinner()),
        };
        line.set_style(style("{spinner:.cyan} {msg}  {elapsed:.dim}"));
        line.set_message(planned.scenario.name.clone());
        line.enable_steady_tick(TICK);
        self.running.insert(index, line);
    }

    fn finished(&mut self, index: usize, _: Line) {
        if let Some(line) = self.running.remove(&index) {
            line.finish_and_clear();
            self.lines.remove(&line);
        }
        if let Some(bar) = &self.bar {
            bar.inc(1);
        }
    }

    fn over(&mut self) {
        self.running.values().chain(&self.bar).for_each(ProgressBar::finish_and_clear);
        let _ = self.lines.clear();
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
