//! What the runner is told, and what it tells.

use std::num::NonZeroUsize;
use std::sync::Arc;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use super::Plan;
use crate::driver::Driver;
use crate::outcome::ScenarioOutcome;
use crate::scenario::Scenario;
use crate::verdict::Edition;

/// What to run.
#[derive(Clone, Debug)]
pub struct Options {
    /// The client.
    pub driver: Arc<dyn Driver>,
    /// The scenarios, in the order of the report.
    pub scenarios: Vec<Scenario>,
    /// The edition whose verdict sets the exit code.
    pub gate: Edition,
    /// Whether a violated *should* fails.
    pub strict: bool,
    /// Whether long scenarios are played in real time, too.
    pub long: bool,
    /// How many scenarios are played side by side; as many as make sense when it is not said.
    pub jobs: Option<NonZeroUsize>,
    /// Makes everything that is drawn reproducible.
    pub seed: u64,
    /// Ends everything early.
    pub cancel: Cancel,
}

/// How many clients in processes of their own run side by side unless it is said: they wait most of
/// the time.
const PROCESSES: usize = 32;

impl Options {
    /// The scenarios with this client as a newcomer would play them: judged by the edition that is
    /// the usual one, nothing made stricter or longer.
    pub fn new(driver: Arc<dyn Driver>, scenarios: Vec<Scenario>) -> Self {
        Self {
            driver,
            scenarios,
            gate: Edition::Oct2024,
            strict: false,
            long: false,
            jobs: None,
            seed: 1,
            cancel: Cancel::default(),
        }
    }

    /// How many of so many scenarios are played side by side.
    pub fn jobs_for(&self, scenarios: usize) -> usize {
        let cores = || std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let usual = || if self.driver.shares_clock() { cores() } else { PROCESSES };
        self.jobs.map_or_else(usual, NonZeroUsize::get).min(scenarios)
    }
}

/// What happens while the runner runs, in order.
#[derive(Clone, Debug)]
pub enum RunnerEvent {
    /// The client is asked who it is.
    Probing,
    /// Whether the client's timers run as fast as it declares is found out.
    ProvingClock,
    /// The plan is made.
    Planned(Arc<Plan>),
    /// A scenario begins; by its place in the plan.
    Started(usize),
    /// A scenario has come to its end, or was left out.
    Finished(usize, Arc<ScenarioOutcome>),
}

/// Nothing could be run, or it was ended early.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The command of the client is none.
    #[error("the client cannot be started: {0}")]
    NoSuchClient(String),
    /// The client can do none of what was asked for.
    #[error("no scenario can be played: {0}")]
    NothingToPlay(String),
    /// Somebody ended it.
    #[error("interrupted")]
    Cancelled,
    /// The harness itself could not do its job.
    #[error("the harness failed: {0}")]
    Harness(String),
}

/// Ends a run early; clones are one switch.
#[derive(Clone, Debug)]
pub struct Cancel(Arc<watch::Sender<bool>>);

impl Default for Cancel {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(false)))
    }
}

impl Cancel {
    /// Ends the run: no scenario is begun any more, and every client is ended.
    pub fn cancel(&self) {
        self.0.send_replace(true);
    }

    /// Whether it was ended.
    pub fn is_cancelled(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until it is ended.
    pub async fn cancelled(&self) {
        // The sender is held here, so that this cannot fail.
        let _ = self.0.subscribe().wait_for(|cancelled| *cancelled).await;
    }

    /// Has the user's interrupt (Ctrl-C), or a request to terminate, end the run, as long as the
    /// process lives.
    pub fn on_interrupt(&self) -> std::io::Result<()> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let cancel = self.clone();
        let mut terminate = {
            let _context = runtime.enter();
            signal(SignalKind::terminate())?
        };
        std::thread::spawn(move || {
            let interrupted = runtime.block_on(async {
                tokio::select! {
                    interrupt = tokio::signal::ctrl_c() => interrupt.is_ok(),
                    terminated = terminate.recv() => terminated.is_some(),
                }
            });
            if interrupted {
                cancel.cancel();
            }
        });
        Ok(())
    }
}
