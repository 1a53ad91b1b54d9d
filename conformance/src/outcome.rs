//! What every report reads.

use serde::{Deserialize, Serialize};

use crate::judge::Judgement;
use crate::scenario::Capability;
use crate::trace::Trace;
use crate::trace::capture::Contents;
use crate::verdict::Edition;

/// Everything that one invocation of the harness found out.
#[derive(Clone, Debug)]
pub struct RunOutcome {
    /// The edition whose verdict sets the exit code.
    pub gate: Edition,
    /// Whether a violated *should* fails.
    pub strict: bool,
    /// Who was judged.
    pub client: ClientInfo,
    /// One for each scenario, in the order of the plan.
    pub scenarios: Vec<ScenarioOutcome>,
}

/// Who was judged.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientInfo {
    /// The client's own name.
    pub name: String,
    /// Its version, if it told.
    pub version: Option<String>,
    /// What it declared it can do, sorted.
    pub capabilities: Vec<String>,
    /// Why its timers count as no faster than real time, though it declared that they are.
    pub clock_doubt: Option<String>,
}

impl ClientInfo {
    /// Whether it declared a capability.
    pub fn can(&self, capability: Capability) -> bool {
        self.capabilities.iter().any(|declared| declared == capability.name())
    }

    /// Whether its timers run as fast as they are told.
    pub fn follows_clock(&self) -> bool {
        self.can(Capability::ClockSpeed) && self.clock_doubt.is_none()
    }
}

/// What came of one scenario.
#[derive(Clone, Debug)]
pub struct ScenarioOutcome {
    /// The scenario's name.
    pub name: String,
    /// Its title.
    pub title: String,
    /// How it ended.
    pub ending: Ending,
    /// More about the ending, for people.
    pub detail: Option<String>,
    /// What happened.
    pub trace: Trace,
    /// The judgements of both editions; empty unless the scenario was played. Of a client that crashed
    /// only what its crash proves.
    pub judgements: Vec<Judgement>,
    /// What the capture held, where one was judged.
    pub capture: Option<Contents>,
    /// What the client printed on standard error.
    pub log: String,
    /// Real time spent, in milliseconds.
    pub took_ms: u64,
}

/// How a scenario ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// It was played to its end.
    Completed,
    /// It was left out: the client lacks a capability, or it takes too long.
    Skipped,
    /// The client's process ended without being asked.
    ClientCrashed,
    /// The client did not answer in time.
    ClientTimeout,
    /// The client never called the service.
    ClientNeverCalled,
    /// The harness itself could not do its job.
    HarnessError,
}

impl Ending {
    /// The name used in the JSON report.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Skipped => "skipped",
            Self::ClientCrashed => "client_crashed",
            Self::ClientTimeout => "client_timeout",
            Self::ClientNeverCalled => "client_never_called",
            Self::HarnessError => "harness_error",
        }
    }

    /// Whether this ending lets a result be green.
    pub const fn is_clean(self) -> bool {
        matches!(self, Self::Completed | Self::Skipped)
    }
}
