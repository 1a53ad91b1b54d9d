//! Scenarios and what happened in them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::outcome::Ending;
use crate::verdict::{Edition, Level, Verdict};

/// One scenario.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Scenario {
    /// Its name.
    pub name: String,
    /// Its title.
    pub title: String,
    /// How the viewer signs in, `browser` or `second_screen`, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flow: Option<String>,
    /// How it ended.
    pub outcome: ScenarioEnding,
    /// More about the ending, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// When it began, on its own clock (RFC 3339); absent when nothing happened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub began: Option<String>,
    /// How long it lasted on its own clock, in milliseconds.
    pub lasted_ms: i64,
    /// Real time spent, in milliseconds.
    pub took_ms: u64,
    /// How many requests the client sent.
    pub exchanges: usize,
    /// User actions that the client said it cannot do.
    pub unsupported: Vec<String>,
    /// What each rule of each edition came to here.
    pub verdicts: Vec<ScenarioVerdict>,
    /// What was judged, where it is a capture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capture: Option<CaptureReport>,
    /// The end of what the client printed on standard error; empty after a clean ending.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub log: String,
    /// What happened, in order: what the user did, what the client sent and showed, what browser or
    /// second screen requested.
    pub timeline: Vec<Happened>,
    /// How much more happened than the timeline holds.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub timeline_left_out: usize,
}

/// A capture: what it held, what was left out, and what no capture of its kind can show.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CaptureReport {
    /// What recorded it, one for each file.
    pub recorders: Vec<String>,
    /// SHA-256 of each file, in lower-case hexadecimal digits.
    pub sha256: Vec<String>,
    /// How many devices its exchanges came from.
    pub devices: u64,
    /// How many requests of browsers to the service it holds beside the client's.
    pub by_user_agent: u64,
    /// What was left out, and why.
    pub left_out: Vec<LeftOutReport>,
    /// What was noticed in it that somebody should know.
    pub notes: Vec<String>,
    /// What it cannot show, so that nothing was judged by it.
    pub cannot_show: Vec<String>,
}

/// Entries of a capture that were left out for one reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LeftOutReport {
    /// How many.
    pub count: u64,
    /// Why.
    pub reason: String,
    /// The hosts that they went to, those with most entries first.
    pub hosts: Vec<String>,
}

/// Something that happened in a scenario.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Happened {
    /// Milliseconds since the scenario's start.
    pub at_ms: i64,
    /// Its place in the scenario's trace; evidence refers to it.
    pub order: u64,
    /// Where it happened.
    pub lane: Lane,
    /// The device (installation) it belongs to, counted from 0.
    pub device: u32,
    /// Method and path of a request, or an event in words.
    pub what: String,
    /// The answer's status, for a request that had one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
}

/// Where something happened.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Lane {
    /// What the user did.
    User,
    /// What the client showed.
    App,
    /// What the client requested.
    Device,
    /// What the browser or the second screen requested of the service.
    SecondScreen,
    /// What they requested of the provider (MVPD).
    Provider,
}

/// How a scenario that was begun ended.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum ScenarioEnding {
    /// It was played to its end.
    Completed,
    /// The client's process ended without being asked.
    ClientCrashed,
    /// The client did not answer in time.
    ClientTimeout,
    /// The client never called the service.
    ClientNeverCalled,
    /// The harness itself could not do its job.
    HarnessError,
}

/// What a rule came to in one scenario and one edition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ScenarioVerdict {
    /// The rule's id.
    pub rule: String,
    /// The edition.
    pub edition: Edition,
    /// How binding the rule is there.
    pub level: Level,
    /// What it came to.
    pub verdict: Verdict,
}

/// A scenario that was left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Skipped {
    /// Its name.
    pub name: String,
    /// Its title.
    pub title: String,
    /// Why.
    pub reason: String,
}

/// For fields that are left out when they say nothing.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_zero(number: &usize) -> bool {
    *number == 0
}

impl ScenarioEnding {
    /// The ending of a scenario that was begun; `None` for one that was left out.
    pub const fn of(ending: Ending) -> Option<Self> {
        Some(match ending {
            Ending::Completed => Self::Completed,
            Ending::Skipped => return None,
            Ending::ClientCrashed => Self::ClientCrashed,
            Ending::ClientTimeout => Self::ClientTimeout,
            Ending::ClientNeverCalled => Self::ClientNeverCalled,
            Ending::HarnessError => Self::HarnessError,
        })
    }

    /// The name used in the JSON report.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::ClientCrashed => "client_crashed",
            Self::ClientTimeout => "client_timeout",
            Self::ClientNeverCalled => "client_never_called",
            Self::HarnessError => "harness_error",
        }
    }

    /// In words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::ClientCrashed => "the client crashed",
            Self::ClientTimeout => "the client hung",
            Self::ClientNeverCalled => "the client never called the service",
            Self::HarnessError => "the harness failed",
        }
    }
}
