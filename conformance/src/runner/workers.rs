//! Plays several scenarios side by side, each on a thread and a runtime of its own.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex, PoisonError};

use super::canary;
use super::director::Stop;
use super::plan::{Plan, Planned};
use super::probe::{self, Failure};
use super::{House, Options, RunError, RunnerEvent, play_in};
use crate::outcome::{ClientInfo, Ending, RunOutcome, ScenarioOutcome};
use crate::scenario::Scenario;
use crate::trace::Trace;

/// Plays all scenarios and tells what happens meanwhile. Who listens may stop listening.
pub fn run(options: &Options, events: &Sender<RunnerEvent>) -> Result<RunOutcome, RunError> {
    run_in(&House::default(), options, events)
}

/// The same in a house of one's own.
pub fn run_in(
    house: &House,
    options: &Options,
    events: &Sender<RunnerEvent>,
) -> Result<RunOutcome, RunError> {
    let _ = events.send(RunnerEvent::Probing);
    let (client, failure) = match unless_cancelled(options, ask(house, options))? {
        Ok(client) => (client, None),
        Err(failure) => (ClientInfo::default(), Some(could_be_asked(failure)?)),
    };
    let mut plan = make_plan(house, options, client, failure.as_ref())?;
    if house.doors.is_empty() && plan.hurries() {
        let _ = events.send(RunnerEvent::ProvingClock);
        let proof = canary::doubt(&*options.driver, &plan.client, options.seed);
        plan.client.clock_doubt = unless_cancelled(options, proof)?;
        if plan.client.clock_doubt.is_some() {
            plan = make_plan(house, options, plan.client, failure.as_ref())?;
        }
    }
    let plan = Arc::new(plan);
    let _ = events.send(RunnerEvent::Planned(Arc::clone(&plan)));
    let scenarios = match failure {
        Some(failure) => none_of(&plan, &failure, events),
        None => play_all(house, options, &plan, events)?,
    };
    Ok(RunOutcome {
        gate: options.gate,
        strict: options.strict,
        client: plan.client.clone(),
        scenarios,
    })
}

/// Asks the client who it is and what it can do; `None` when it does not say, which [`run`] tells
/// more about.
///
/// # Errors
/// A client that is not there at all, and whatever keeps the harness from asking.
pub fn introduce(options: &Options) -> Result<Option<ClientInfo>, RunError> {
    match unless_cancelled(options, ask(&House::default(), options))? {
        Ok(client) => Ok(Some(client)),
        Err(failure) => could_be_asked(failure).map(|_| None),
    }
}

/// Plays scenarios with a client that has introduced itself already, and says nothing meanwhile.
pub fn replay(
    options: &Options,
    client: &ClientInfo,
    scenarios: Vec<Scenario>,
) -> Result<Vec<ScenarioOutcome>, RunError> {
    let options = Options { scenarios, ..options.clone() };
    let house = House::default();
    let plan = make_plan(&house, &options, client.clone(), None)?;
    let (events, _) = mpsc::channel();
    play_all(&house, &options, &plan, &events)
}

async fn ask(house: &House, options: &Options) -> Result<ClientInfo, Failure> {
    probe::probe(house, &*options.driver, options.seed).await
}

/// A client that was there but did not introduce itself is judged as such in every scenario; one
/// that is not there at all is a slip on the command line.
fn could_be_asked(failure: Failure) -> Result<Failure, RunError> {
    match &failure.stop {
        Stop::Crashed(end) if end.no_such_command => {
            let printed = failure.log.lines().find(|line| !line.trim().is_empty());
            Err(RunError::NoSuchClient(printed.unwrap_or(&end.how).to_owned()))
        }
        Stop::Harness(what) => Err(RunError::Harness(what.clone())),
        _ => Ok(failure),
    }
}

fn make_plan(
    house: &House,
    options: &Options,
    client: ClientInfo,
    failure: Option<&Failure>,
) -> Result<Plan, RunError> {
    let shares_clock = options.driver.shares_clock();
    let mut scenarios: Vec<Planned> = options
        .scenarios
        .iter()
        .map(|s| Planned::new(s.clone(), &client, shares_clock, options.long))
        .map(|planned| match house.doors.len() {
            0 => planned,
            devices => planned.with_devices(devices),
        })
        .collect();
    if failure.is_some() {
        // Nobody knows what it lacks.
        scenarios.iter_mut().for_each(|planned| planned.left_out = None);
    }
    if scenarios.iter().all(|planned| planned.left_out.is_some()) {
        let reason = scenarios.into_iter().find_map(|planned| planned.left_out);
        let none = || "no scenario was picked".to_owned();
        return Err(RunError::NothingToPlay(reason.unwrap_or_else(none)));
    }
    let jobs = options.jobs_for(scenarios.len());
    Ok(Plan { client, scenarios, jobs })
}

/// What comes of every scenario when the client did not even introduce itself.
fn none_of(plan: &Plan, failure: &Failure, events: &Sender<RunnerEvent>) -> Vec<ScenarioOutcome> {
    let (ending, how) = match &failure.stop {
        Stop::Crashed(end) => (Ending::ClientCrashed, end.how.clone()),
        Stop::Unfinished { what, .. } => (Ending::ClientTimeout, what.clone()),
        Stop::Harness(what) => (Ending::HarnessError, what.clone()),
    };
    let detail =
        format!("{how}; that was when it was asked what it can do, and nothing was played");
    let outcomes = plan.scenarios.iter().enumerate().map(|(index, planned)| {
        let outcome = ScenarioOutcome {
            capture: None,
            log: failure.log.clone(),
            ..unplayed(planned, ending, Some(detail.clone()))
        };
        let _ = events.send(RunnerEvent::Finished(index, Arc::new(outcome.clone())));
        outcome
    });
    outcomes.collect()
}

fn play_all(
    house: &House,
    options: &Options,
    plan: &Plan,
    events: &Sender<RunnerEvent>,
) -> Result<Vec<ScenarioOutcome>, RunError> {
    let order = plan.order();
    let next = AtomicUsize::new(0);
    let outcomes: Mutex<Vec<Option<ScenarioOutcome>>> =
        Mutex::new(plan.scenarios.iter().map(|_| None).collect());
    let keep = |index: usize, outcome: ScenarioOutcome| {
        let _ = events.send(RunnerEvent::Finished(index, Arc::new(outcome.clone())));
        outcomes.lock().unwrap_or_else(PoisonError::into_inner)[index] = Some(outcome);
    };
    for (index, planned) in plan.scenarios.iter().enumerate() {
        if let Some(outcome) = left_out(planned) {
            keep(index, outcome);
        }
    }
    std::thread::scope(|scope| {
        for _ in 0..plan.jobs.min(order.len()) {
            scope.spawn(|| {
                while let Some(index) = order.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if options.cancel.is_cancelled() {
                        return;
                    }
                    let _ = events.send(RunnerEvent::Started(*index));
                    if let Some(outcome) = play_one(house, options, &plan.scenarios[*index]) {
                        keep(*index, outcome);
                    }
                }
            });
        }
    });
    let outcomes = outcomes.into_inner().unwrap_or_else(PoisonError::into_inner);
    // One is missing only where it was ended early.
    outcomes.into_iter().collect::<Option<Vec<_>>>().ok_or(RunError::Cancelled)
}

/// Plays one scenario; `None` when it was ended early. A panic of the harness stays with it.
fn play_one(house: &House, options: &Options, planned: &Planned) -> Option<ScenarioOutcome> {
    let left_out = || {
        let reason = house.audience.leaves_out(&planned.scenario.name)?;
        Some(unplayed(planned, Ending::Skipped, Some(reason)))
    };
    if let Some(outcome) = left_out() {
        return Some(outcome);
    }
    let playing = || {
        let (driver, pace) = (&*options.driver, planned.pace);
        unless_cancelled(options, play_in(house, &planned.scenario, driver, pace, options.seed))
    };
    let harness = |what: String| unplayed(planned, Ending::HarnessError, Some(what));
    match catch_unwind(AssertUnwindSafe(playing)) {
        Ok(Ok(outcome)) => Some(left_out().unwrap_or(outcome)),
        Ok(Err(RunError::Cancelled)) => None,
        Ok(Err(error)) => Some(harness(error.to_string())),
        Err(panic) => {
            let said = panic.downcast_ref::<String>().map(String::as_str);
            let said = said.or_else(|| panic.downcast_ref::<&str>().copied());
            Some(harness(format!("the harness panicked: {}", said.unwrap_or("no reason given"))))
        }
    }
}

/// Runs something on a runtime of its own; when the run is ended early, everything on it ends.
fn unless_cancelled<T>(options: &Options, what: impl Future<Output = T>) -> Result<T, RunError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| RunError::Harness(format!("no runtime: {error}")))?;
    runtime.block_on(async {
        tokio::select! {
            biased;
            () = options.cancel.cancelled() => Err(RunError::Cancelled),
            outcome = what => Ok(outcome),
        }
    })
}

fn left_out(planned: &Planned) -> Option<ScenarioOutcome> {
    let reason = planned.left_out.clone()?;
    Some(unplayed(planned, Ending::Skipped, Some(reason)))
}

fn unplayed(planned: &Planned, ending: Ending, detail: Option<String>) -> ScenarioOutcome {
    ScenarioOutcome {
        name: planned.scenario.name.clone(),
        title: planned.scenario.file.title.clone(),
        ending,
        detail,
        trace: Trace::default(),
        judgements: Vec::new(),
        capture: None,
        log: String::new(),
        took_ms: 0,
    }
}
