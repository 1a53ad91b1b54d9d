//! `pass-conformance run`

use std::sync::{Arc, mpsc};
use std::thread;

use super::args::RunArgs;
use super::failure::Failure;
use super::progress::Progress;
use super::{exercise, explore, output, pick};
use crate::driver::{Command, Driver};
use crate::outcome::RunOutcome;
use crate::report;
use crate::rules;
use crate::runner::{self, Cancel, Options, RunError};
use crate::scenario::Scenario;

pub(super) fn run(arguments: &RunArgs) -> Result<u8, Failure> {
    if let Some(directory) = &arguments.save {
        explore::make_directory(directory)?;
    }
    let scenarios = pick::with_suites(&arguments.suite, &arguments.scenario)?;
    let names = names(arguments, &scenarios)?;
    let (known, destinations) = arguments.reporting.prepare("scenario", &names)?;
    let cancel = Cancel::default();
    cancel.on_interrupt().map_err(Failure::harness)?;
    let mut options = Options {
        driver: driver(arguments.client.as_deref()),
        scenarios,
        gate: arguments.judged.edition,
        strict: arguments.judged.strict,
        long: arguments.long,
        jobs: arguments.jobs,
        seed: arguments.seed,
        cancel,
    };
    let client = match arguments.explore {
        Some(count) => explore::draw(&mut options, count)?,
        None => None,
    };
    let outcome = play(&options)?;
    let report = report::summarise(&outcome, rules::all(), &known);
    output::tell(&report, &destinations)?;
    if let Some(client) = client {
        explore::tell_findings(&options, &client, &outcome, arguments.save.as_deref())?;
    }
    Ok(report.summary.exit_code)
}

/// The client under test; the bundled one where none is given.
fn driver(client: Option<&str>) -> Arc<dyn Driver> {
    match client {
        Some(command) => Arc::new(Command::new(command)),
        None => exercise::reference_client(),
    }
}

/// The names that patterns of known failures may be about: every scenario, and what is played.
fn names(arguments: &RunArgs, picked: &[Scenario]) -> Result<Vec<String>, Failure> {
    let mut names = pick::names(picked)?;
    let drawn = 1..=arguments.explore.unwrap_or_default();
    names.extend(drawn.map(|number| crate::explore::name(number, arguments.seed)));
    Ok(names)
}

/// Plays everything, and shows how far it is.
fn play(options: &Options) -> Result<RunOutcome, Failure> {
    let (events, heard) = mpsc::channel();
    let progress = Progress::new(options.gate, options.strict);
    let listener = thread::spawn(move || progress.follow(&heard));
    let outcome = runner::run(options, &events);
    drop(events);
    // A listener that panicked has spoilt nothing but the progress shown.
    let _ = listener.join();
    outcome.map_err(failure)
}

/// Whose fault it is that nothing could be run.
pub(super) fn failure(error: RunError) -> Failure {
    match error {
        RunError::NoSuchClient(_) | RunError::NothingToPlay(_) => Failure::usage(error),
        RunError::Cancelled | RunError::Harness(_) => Failure::harness(error),
    }
}
