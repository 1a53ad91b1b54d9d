//! What a rule can say.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Match, Subject};
use crate::config::Lifetime;
use crate::domain::ErrorCode;
use crate::router::Endpoint;

/// A fault: which requests it means, and what becomes of them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct FaultRule {
    /// What it is for; only for who reads the list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Which requests it means: every documented call, unless it says more.
    #[serde(rename = "match")]
    pub matching: Match,
    /// How long an answer is held back, on the service's clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delay: Option<Lifetime>,
    /// What the answer becomes. Without it the fault is the delay alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effect: Option<Effect>,
    /// Whether the service does what it was asked for. Left out, it does not where the effect is an
    /// answer in its place, or none, and does everywhere else; a delay alone comes before it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub when: Option<When>,
    /// So many matching requests are let through first.
    #[serde(skip_serializing_if = "is_zero")]
    pub skip: u32,
    /// How many requests it changes; all of them when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<u32>,
    /// How likely it changes one, from 0 to 1; always when left out. A seeded service draws the same
    /// in every run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub probability: Option<f64>,
    /// How long it is in force from when it was added, on the service's clock; for ever when left
    /// out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lasts: Option<Lifetime>,
}

/// Before or after the service did what it was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum When {
    /// Nothing was done: the request might as well not have come.
    Before,
    /// It was done, and only the answer is lost or changed.
    After,
}

/// What an answer becomes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// One with this status and no body; 401 and 429 as the service itself would answer them.
    Status(u16),
    /// One that is made by hand.
    Answer(Answer),
    /// An enhanced error that is the whole answer; its status is the HTTP status.
    Error(Error),
    /// Denies in single decisions of calls 11 and 12, each with an enhanced error of its own, under
    /// HTTP 200.
    DecisionError(DecisionError),
    /// The service's own answer, its body slowly.
    SlowBody(SlowBody),
    /// None, ever; the connection stays open.
    Stall,
    /// None: the connection is reset (TCP RST, or in HTTP/2 the stream).
    Reset,
    /// None: the connection is closed.
    Close,
    /// The first part of the service's own answer.
    Truncated(Truncated),
    /// The service's own answer with a slip that makes it no JSON.
    Malformed,
    /// The service's own answer under another media type.
    ContentType(String),
    /// The service's own answer with a value that no document mentions.
    UnknownValue(UnknownValue),
    /// The service's own answer with media tokens that a verifier refuses.
    MediaToken(Tampering),
}

/// An answer made by hand.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// Its status, from 200 to 599.
    pub status: u16,
    /// Its headers. Those that framing needs are not among them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// Its body: a text as it is, anything else as JSON. Left out, it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
}

/// An enhanced error at top level.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Error {
    /// Its code.
    pub code: ErrorCode,
    /// A partner's own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<String>,
}

/// An enhanced error in single decisions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DecisionError {
    /// Its code.
    pub code: ErrorCode,
    /// A partner's own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<String>,
    /// The resources it concerns; all of them when left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resources: Vec<String>,
}

/// How slowly a body comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SlowBody {
    /// How long it takes, on the service's clock.
    pub over: Lifetime,
    /// In how many pieces it comes.
    #[serde(default = "ten")]
    pub pieces: u32,
}

/// How much of an answer is sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Truncated {
    /// So many bytes of its body; half of them when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes: Option<usize>,
    /// Whether the answer looks complete, so that only its JSON ends too early and not the
    /// connection.
    pub looks_complete: bool,
}

/// A value that no document mentions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UnknownValue {
    /// The name of the field, wherever in the answer it is: `actionName`, `source`, `type`, …
    pub field: String,
    /// What it says instead.
    #[serde(default = "unheard_of")]
    pub value: Value,
}

/// What is wrong with a media token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Tampering {
    /// Its content was changed after it was signed.
    Tampered,
    /// It was issued so long ago that its time is over.
    Expired,
    /// It was issued in an hour's time.
    FutureDated,
}

impl FaultRule {
    /// Whether it means a request.
    pub(super) fn means(&self, subject: &Subject<'_>) -> bool {
        let endpoints = self.effect.as_ref().and_then(Effect::endpoints);
        endpoints.is_none_or(|known| known.contains(&subject.endpoint))
            && self.matching.matches(subject)
    }

    /// When the effect comes, also where the rule does not say so.
    pub fn when(&self) -> When {
        let usual = match &self.effect {
            Some(effect) if !effect.replaces() => When::After,
            _ => When::Before,
        };
        self.when.unwrap_or(usual)
    }
}

impl Effect {
    /// The calls whose answers have what it changes; `None` is all of them.
    pub(super) const fn endpoints(&self) -> Option<&'static [Endpoint]> {
        match self {
            Self::DecisionError(_) => Some(&[Endpoint::Preauthorize, Endpoint::Authorize]),
            Self::MediaToken(_) => Some(&[Endpoint::Authorize]),
            _ => None,
        }
    }

    /// Whether it takes the place of the service's own answer.
    pub const fn replaces(&self) -> bool {
        match self {
            Self::Status(_)
            | Self::Answer(_)
            | Self::Error(_)
            | Self::Stall
            | Self::Reset
            | Self::Close => true,
            Self::DecisionError(_)
            | Self::SlowBody(_)
            | Self::Truncated(_)
            | Self::Malformed
            | Self::ContentType(_)
            | Self::UnknownValue(_)
            | Self::MediaToken(_) => false,
        }
    }
}

const fn is_zero(number: &u32) -> bool {
    *number == 0
}

const fn ten() -> u32 {
    10
}

fn unheard_of() -> Value {
    Value::from("unheard_of")
}
