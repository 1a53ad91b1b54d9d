//! Which exchanges somebody wants to see.

use std::fmt;
use std::str::FromStr;

use http::HeaderMap;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Entry, Outcome};
use crate::router::Endpoint;

/// What an exchange must be like. Everything given must hold; what is left out does not matter.
/// Only [`matches`](Self::matches) is about one exchange: `limit` is for who lists them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Filter {
    /// The client id whose token or credentials it carried.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
    /// The decoded device identifier, or the address that throttling counts by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
    /// The name of the documented call, `profile_by_code` for instance.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    /// The status of the answer: `429`, a class like `4xx`, or `dropped` for no answer at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub status: Option<StatusFilter>,
    /// Whose request it was: `client`, `user_agent`, `preflight` or `harness`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// The session code it spoke of or was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The MVPD it spoke of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mvpd: Option<String>,
    /// The method.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// What is found somewhere in it, whatever the case: in the path or the query, in what the
    /// service made of it, in a header's value, in a body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// `true`: only what went wrong or was made to: an error, no answer or half of one, a fault, a
    /// request that is no documented call.
    #[serde(skip_serializing_if = "is_false", deserialize_with = "truth")]
    pub problems: bool,
    /// Only exchanges that arrived after the one with this id.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "number")]
    pub since: Option<u64>,
    /// At most this many: the newest, or with `since` the first after it.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "number")]
    pub limit: Option<u64>,
}

/// A status, a class of statuses, or no answer at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatusFilter {
    /// Exactly this one.
    Exactly(u16),
    /// `2xx` and so on: the first digit.
    Class(u16),
    /// The connection was dropped.
    Dropped,
}

impl Filter {
    /// What is wrong with the filter itself: a call or an actor that does not exist.
    pub fn check(&self) -> Result<(), String> {
        if let Some(name) = &self.endpoint
            && !Endpoint::ALL.iter().any(|endpoint| endpoint.name() == name)
        {
            let known: Vec<_> = Endpoint::ALL.iter().map(|endpoint| endpoint.name()).collect();
            return Err(format!(
                "endpoint: no call is named {name:?}; there are {}",
                known.join(", ")
            ));
        }
        const ACTORS: [&str; 5] = ["client", "user_agent", "preflight", "second_screen", "harness"];
        match self.actor.as_deref() {
            Some(actor) if !ACTORS.contains(&actor) => {
                Err(format!("actor: {actor:?} is none of {}", ACTORS.join(", ")))
            }
            _ => Ok(()),
        }
    }

    /// Whether an exchange is wanted.
    pub fn matches(&self, entry: &Entry) -> bool {
        let facts = &entry.facts;
        let is = |wanted: &Option<String>, found: Option<&str>| {
            wanted.as_deref().is_none_or(|wanted| found == Some(wanted))
        };
        is(&self.client, facts.client_id.as_deref())
            && self.device.as_deref().is_none_or(|device| from_device(entry, device))
            && is(&self.endpoint, entry.endpoint.map(Endpoint::name))
            && self.status.is_none_or(|status| status.matches(&entry.outcome))
            && is(&self.actor, Some(entry.actor.name()))
            && is(&self.code, facts.code.as_deref())
            && is(&self.mvpd, facts.mvpd.as_deref())
            && self.method.as_deref().is_none_or(|m| entry.method.as_str().eq_ignore_ascii_case(m))
            && self.since.is_none_or(|since| entry.arrived.order > since)
            && (!self.problems || entry.is_problem())
            && self.text.as_deref().is_none_or(|text| holds(entry, text))
    }
}

fn from_device(entry: &Entry, device: &str) -> bool {
    entry.facts.device_id.as_deref() == Some(device)
        || device.parse().is_ok_and(|address: std::net::IpAddr| address == entry.device_address)
}

/// Whether a text occurs in an exchange.
fn holds(entry: &Entry, text: &str) -> bool {
    let found = |hay: &[u8]| contains(hay, text.as_bytes());
    let told = |fact: Option<&str>| fact.is_some_and(|fact| found(fact.as_bytes()));
    let in_headers = |headers: &HeaderMap| headers.values().any(|value| found(value.as_bytes()));
    let facts = &entry.facts;
    let known = [facts.client_id.as_deref(), facts.device_id.as_deref()];
    let said = [&facts.service_provider, &facts.code, &facts.mvpd, &facts.error];
    let beside = [&entry.near_miss, &entry.query];
    let said = said.into_iter().chain(beside).map(Option::as_deref);
    found(entry.path.as_bytes())
        || known.into_iter().chain(said).any(told)
        || entry.endpoint.is_some_and(|endpoint| found(endpoint.name().as_bytes()))
        || entry.endpoint.is_some_and(|endpoint| found(endpoint.title().as_bytes()))
        || facts.resources.iter().any(|resource| found(resource.as_bytes()))
        || in_headers(&entry.request_headers)
        || found(&entry.request_body)
        || match &entry.outcome {
            Outcome::Answered { headers, body, .. } => in_headers(headers) || found(body),
            Outcome::Dropped => false,
        }
}

/// Whether bytes occur in others, the case of ASCII letters aside.
fn contains(hay: &[u8], needle: &[u8]) -> bool {
    let Some(first) = needle.first() else { return true };
    hay.windows(needle.len())
        .any(|window| window[0].eq_ignore_ascii_case(first) && window.eq_ignore_ascii_case(needle))
}

impl StatusFilter {
    fn matches(self, outcome: &Outcome) -> bool {
        match (self, outcome) {
            (Self::Exactly(wanted), Outcome::Answered { status, .. }) => status.as_u16() == wanted,
            (Self::Class(wanted), Outcome::Answered { status, .. }) => {
                status.as_u16() / 100 == wanted
            }
            (Self::Dropped, Outcome::Dropped) => true,
            _ => false,
        }
    }
}

impl FromStr for StatusFilter {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is no status; expected 429, 4xx or dropped");
        match text.as_bytes() {
            b"dropped" => Ok(Self::Dropped),
            [class @ b'1'..=b'5', b'x' | b'X', b'x' | b'X'] => {
                Ok(Self::Class(u16::from(class - b'0')))
            }
            _ => match text.parse() {
                Ok(status @ 100..=599) => Ok(Self::Exactly(status)),
                _ => Err(wrong()),
            },
        }
    }
}

impl fmt::Display for StatusFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exactly(status) => write!(f, "{status}"),
            Self::Class(class) => write!(f, "{class}xx"),
            Self::Dropped => f.write_str("dropped"),
        }
    }
}

impl Serialize for StatusFilter {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Something that a query string can only say as text.
#[derive(Deserialize)]
#[serde(untagged, expecting = "expected a whole number")]
enum NumberOrText {
    Number(u64),
    Text(String),
}

impl<'de> Deserialize<'de> for StatusFilter {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = match NumberOrText::deserialize(deserializer)? {
            NumberOrText::Number(number) => number.to_string(),
            NumberOrText::Text(text) => text,
        };
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// A number that a query string can only say as text.
pub(crate) fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    match Option::<NumberOrText>::deserialize(deserializer)? {
        None => Ok(None),
        Some(NumberOrText::Number(number)) => Ok(Some(number)),
        Some(NumberOrText::Text(text)) => text
            .parse()
            .map(Some)
            .map_err(|_| serde::de::Error::custom(format!("{text:?} is no whole number"))),
    }
}

fn truth<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "expected true or false")]
    enum TruthOrText {
        Truth(bool),
        Text(String),
    }
    match TruthOrText::deserialize(deserializer)? {
        TruthOrText::Truth(truth) => Ok(truth),
        TruthOrText::Text(text) => match text.as_str() {
            "true" | "1" => Ok(true),
            "false" | "0" | "" => Ok(false),
            _ => Err(serde::de::Error::custom(format!("{text:?} is neither true nor false"))),
        },
    }
}

fn is_false(truth: &bool) -> bool {
    !truth
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::sample;

    fn filter(json: serde_json::Value) -> Filter {
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn each_condition_counts() {
        use serde_json::json;
        let entry = sample::polled();
        let holding = [
            json!({}),
            json!({"client": "client-1", "endpoint": "profile_by_code", "status": 200}),
            json!({"device": "device-1", "status": "2xx", "code": "8ER640M"}),
            json!({"device": "203.0.113.9", "method": "get", "since": "6"}),
            json!({"text": "8er640m", "problems": "false"}),
            json!({"text": "retrieve profile for a code"}),
            json!({"text": "\"profiles\""}),
        ];
        for wanted in holding {
            assert!(filter(wanted.clone()).matches(&entry), "{wanted}");
        }
        let failing = [
            json!({"client": "client-2"}),
            json!({"device": "203.0.113.8"}),
            json!({"endpoint": "profiles"}),
            json!({"status": "4xx"}),
            json!({"status": "dropped"}),
            json!({"actor": "harness"}),
            json!({"mvpd": "Cablevision"}),
            json!({"method": "POST"}),
            json!({"since": 7}),
            json!({"text": "8er640mx"}),
            json!({"problems": true}),
        ];
        for unwanted in failing {
            assert!(!filter(unwanted.clone()).matches(&entry), "{unwanted}");
        }
        assert!(filter(json!({"status": "dropped"})).matches(&sample::dropped()));
        for problem in [sample::dropped(), sample::lost()] {
            assert!(filter(json!({"problems": "true"})).matches(&problem));
        }
    }

    #[test]
    fn a_filter_that_nothing_can_match_is_refused() {
        for wrong in [
            r#"{"status":"2xy"}"#,
            r#"{"status":99}"#,
            r#"{"since":"x"}"#,
            r#"{"who":1}"#,
            r#"{"problems":"so"}"#,
        ] {
            assert!(serde_json::from_str::<Filter>(wrong).is_err(), "{wrong}");
        }
        let wrong = Filter { endpoint: Some("profile".into()), ..Filter::default() };
        assert!(wrong.check().unwrap_err().contains("profile_by_mvpd"));
        let wrong = Filter { actor: Some("me".into()), ..Filter::default() };
        assert!(wrong.check().unwrap_err().contains("user_agent"));
    }
}
