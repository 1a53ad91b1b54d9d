//! The journal's own export format, version 1.
//!
//! One JSON object per line, UTF-8. The first line says what follows:
//!
//! ```json
//! {"format":"pass-mock-journal","version":1,"exported_at":1760000000000,"forgotten":0}
//! ```
//!
//! `exported_at` is the service's clock in milliseconds since the epoch; `forgotten` counts the
//! exchanges that had to make room since the start and are missing. Every further line is one
//! [`Exchange`], in order of arrival:
//!
//! | field | what it holds |
//! | --- | --- |
//! | `id` | the exchange's number: its place in the order of arrivals. Unique, and not without gaps |
//! | `arrived`, `answered` | `{"order", "at"}`: the place in the order of everything, and milliseconds since the epoch |
//! | `actor` | `client`, `user_agent` (a browser), `preflight` (CORS) or `harness` |
//! | `peer`, `local` | the connection's two ends, `address:port` |
//! | `device_address` | the address that throttling counts by |
//! | `endpoint` | the documented call's name (`profile_by_code`), `page`, or `null` when there is none |
//! | `request` | `{"method", "path", "query", "headers", "body"}`: path and query as sent, still encoded; headers as `[name, value]` pairs with names in lower case; with `"secure": true` when it came over TLS |
//! | `answer` | `{"status", "headers", "body", "complete"}`, or `null` when the connection was dropped |
//! | `facts` | what the service made of the request: `client_id`, `device_id`, `service_provider`, `code`, `mvpd`, `resources`, `error`; each left out when unknown |
//! | `faults` | the ids of the fault rules that changed the answer |
//! | `near_miss` | for a request that is no documented call: what was probably meant |
//!
//! A body is `{"text": …}` or, when it is no UTF-8, `{"base64": …}`; an empty one is left out.
//! Header bytes that are no UTF-8 become U+FFFD. Nothing is redacted: an export holds tokens and
//! passwords as they were sent.
//!
//! Within version 1 fields are only added. A reader ignores what it does not know.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::HeaderMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Actor, Entry, Facts, Journal, Outcome};
use crate::clock::{Stamp, Timestamp};
use crate::config::Id;

/// The `format` of the first line.
pub const FORMAT: &str = "pass-mock-journal";
/// The `version` of the first line.
pub const VERSION: u32 = 1;

/// The first line of an export.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Header {
    /// Always `pass-mock-journal`.
    pub format: String,
    /// The version of the format.
    pub version: u32,
    /// When it was exported, in milliseconds since the epoch on the service's clock.
    pub exported_at: i64,
    /// How many exchanges are missing because they had to make room.
    pub forgotten: u64,
}

/// One exchange as it is exported.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Exchange {
    /// Its number: the place in the order of arrivals.
    pub id: u64,
    /// When the request was complete.
    pub arrived: Instant,
    /// When the answer was handed to the network.
    pub answered: Instant,
    /// Whose request it was: `client`, `user_agent`, `preflight` or `harness`.
    pub actor: String,
    /// The connection's other end.
    pub peer: String,
    /// The listener's end.
    pub local: String,
    /// The address that throttling counts by.
    pub device_address: String,
    /// The documented call's name, `page`, or `null`.
    pub endpoint: Option<String>,
    /// What was asked.
    pub request: Asked,
    /// What went back; `null` when the connection was dropped.
    pub answer: Option<Answered>,
    /// What the service made of the request.
    #[serde(default)]
    pub facts: Known,
    /// The fault rules that changed the answer.
    #[serde(default)]
    pub faults: Vec<u64>,
    /// What was probably meant, when it was no documented call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub near_miss: Option<String>,
}

/// An instant with its place in the order of everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Instant {
    /// Place in the order.
    pub order: u64,
    /// Milliseconds since the epoch.
    pub at: i64,
}

/// The request of an exchange.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Asked {
    /// Whether it came over TLS.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub secure: bool,
    /// The method.
    pub method: String,
    /// The path as sent.
    pub path: String,
    /// The query string as sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
    /// `[name, value]` pairs.
    pub headers: Vec<(String, String)>,
    /// The body, unless it was empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Body>,
}

/// The answer of an exchange.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Answered {
    /// The status.
    pub status: u16,
    /// `[name, value]` pairs.
    pub headers: Vec<(String, String)>,
    /// The body as far as it was sent, unless it was empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Body>,
    /// Whether the whole body was sent.
    pub complete: bool,
}

/// A body that was not empty.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Body {
    /// UTF-8.
    Text(String),
    /// Anything else, in standard Base64.
    Base64(String),
}

/// What the service made of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Known {
    /// The client whose token or credentials it carried.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<Id>,
    /// The decoded device identifier.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device_id: Option<Id>,
    /// The service provider it spoke of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_provider: Option<String>,
    /// The session code it spoke of or was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The MVPD it spoke of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mvpd: Option<String>,
    /// The resources it asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub resources: Vec<String>,
    /// The top-level error code of the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// The whole journal in its export format.
pub fn lines<'a>(
    journal: &Journal,
    entries: impl IntoIterator<Item = &'a Entry>,
    now: Timestamp,
) -> String {
    let header = Header {
        format: FORMAT.to_owned(),
        version: VERSION,
        exported_at: now.millis(),
        forgotten: journal.forgotten(),
    };
    let mut text = line(&header);
    for entry in entries {
        text.push_str(&line(&Exchange::from(entry)));
    }
    text
}

fn line(value: &impl Serialize) -> String {
    // String keys and whole numbers only, which cannot fail.
    let mut text = serde_json::to_string(value).unwrap_or_default();
    text.push('\n');
    text
}

impl From<&Entry> for Exchange {
    fn from(entry: &Entry) -> Self {
        Self {
            id: entry.arrived.order,
            arrived: entry.arrived.into(),
            answered: entry.answered.into(),
            actor: entry.actor.name().to_owned(),
            peer: entry.peer.to_string(),
            local: entry.local.to_string(),
            device_address: entry.device_address.to_string(),
            endpoint: entry.endpoint.map(|endpoint| endpoint.name().to_owned()),
            request: Asked {
                secure: entry.secure,
                method: entry.method.to_string(),
                path: entry.path.clone(),
                query: entry.query.clone(),
                headers: headers(&entry.request_headers),
                body: Body::of(&entry.request_body),
            },
            answer: match &entry.outcome {
                Outcome::Answered { status, headers: sent, body, complete } => Some(Answered {
                    status: status.as_u16(),
                    headers: headers(sent),
                    body: Body::of(body),
                    complete: *complete,
                }),
                Outcome::Dropped => None,
            },
            facts: Known::from(&entry.facts),
            faults: entry.faults.clone(),
            near_miss: entry.near_miss.clone(),
        }
    }
}

impl From<&Facts> for Known {
    fn from(facts: &Facts) -> Self {
        let facts = facts.clone();
        Self {
            client_id: facts.client_id,
            device_id: facts.device_id,
            service_provider: facts.service_provider,
            code: facts.code,
            mvpd: facts.mvpd,
            resources: facts.resources,
            error: facts.error,
        }
    }
}

impl From<Stamp> for Instant {
    fn from(stamp: Stamp) -> Self {
        Self { order: stamp.order, at: stamp.at.millis() }
    }
}

impl Body {
    fn of(bytes: &Bytes) -> Option<Self> {
        match std::str::from_utf8(bytes) {
            Ok("") => None,
            Ok(text) => Some(Self::Text(text.to_owned())),
            Err(_) => Some(Self::Base64(STANDARD.encode(bytes))),
        }
    }
}

/// Names and values as text, in the order they are kept.
pub(super) fn headers(map: &HeaderMap) -> Vec<(String, String)> {
    let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
    map.iter().map(|(name, value)| (name.to_string(), text(value.as_bytes()))).collect()
}

impl Actor {
    /// The name used in exports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::UserAgent => "user_agent",
            Self::Preflight => "preflight",
            Self::SecondScreen => "second_screen",
            Self::Harness => "harness",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::sample;

    #[test]
    fn an_export_reads_back() {
        let journal = Journal::default();
        let entries = [sample::polled(), sample::dropped()];
        let text = lines(&journal, &entries, Timestamp(1_760_000_000_000));
        insta::assert_snapshot!(text);
        let mut read = text.lines();
        let header: Header = serde_json::from_str(read.next().unwrap()).unwrap();
        assert_eq!((header.format.as_str(), header.version), (FORMAT, VERSION));
        let exchanges: Vec<Exchange> =
            read.map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(exchanges, entries.each_ref().map(Exchange::from));
    }

    #[test]
    fn bodies_that_are_no_text_survive() {
        assert_eq!(Body::of(&Bytes::from_static(b"\xff\x00")), Some(Body::Base64("/wA=".into())));
        assert_eq!(Body::of(&Bytes::from_static(b"{}")), Some(Body::Text("{}".into())));
        assert_eq!(Body::of(&Bytes::new()), None);
    }
}
