//! `pass-conformance run`

use std::path::Path;
use std::sync::{Arc, mpsc};
use std::thread;

use super::args::RunArgs;
use super::destination::Destinations;
use super::failure::Failure;
use super::progress::Progress;
use super::{exercise, explore, output, pick};
use crate::driver::{Command, Driver};
use crate::known_failures::KnownFailures;
use crate::outcome::RunOutcome;
use crate::report;
use crate::rules;
use crate::runner::{self, Cancel, Options, RunError};
use crate::scenario::{self, Scenario};

pub(super) fn run(arguments: &RunArgs) -> Result<u8, Failure> {
    if let Some(directory) = &arguments.save {
        explore::make_directory(directory)?;
    }
    let scenarios = pick::with_suites(&arguments.suite, &arguments.scenario)?;
    let known = known_failures(arguments.known_failures.as_deref(), &scenarios)?;
    let destinations = Destinations::prepare(&arguments.report)?;
    let cancel = Cancel::default();
    cancel.on_interrupt().map_err(Failure::harness)?;
    let mut options = Options {
        driver: driver(arguments.client.as_deref()),
        scenarios,
        gate: arguments.edition,
        strict: arguments.strict,
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

/// The deviations of a file that are accepted for now, if there is one.
pub(super) fn known_failures(
    path: Option<&Path>,
    picked: &[Scenario],
) -> Result<KnownFailures, Failure> {
    let Some(path) = path else { return Ok(KnownFailures::default()) };
    let known = KnownFailures::load(path, rules::all()).map_err(Failure::usage)?;
    let all = scenario::all().map_err(Failure::usage)?;
    let names = all.iter().chain(picked).map(|scenario| scenario.name.as_str());
    match known.about_no_scenario(names) {
        Some(pattern) => {
            let shown = path.display();
            Err(Failure::usage(format!("{shown}: no scenario matches the pattern `{pattern}`")))
        }
        None => Ok(known),
    }
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
