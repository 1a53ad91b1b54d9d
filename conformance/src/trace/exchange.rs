//! One request of the client with its answer.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Body, Call, Json, Moment, Pairs, Text};

/// One request of the client under test with its answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Exchange {
    /// When the request arrived.
    pub arrived: Moment,
    /// When its answer left; `None` when it never did.
    pub answered: Option<Moment>,
    /// The device (installation) it came from, counted from 0.
    pub device: u32,
    /// The run of the app on that device, counted from 0.
    pub run: u32,
    /// The documented call it is, if any.
    pub call: Option<Call>,
    /// The method.
    pub method: Text,
    /// The path as sent, without the query.
    pub path: Text,
    /// Query parameters, decoded, in order.
    pub query: Pairs,
    /// Request headers, names in lower case, in order.
    pub headers: Pairs,
    /// The request body.
    pub body: Body,
    /// `{serviceProvider}` of the path.
    pub service_provider: Option<Text>,
    /// `{mvpd}` of the path, or the parameter of calls 4 and 5.
    pub mvpd: Option<Text>,
    /// `{code}` of the path.
    pub code: Option<Text>,
    /// What came back; `None` when nothing did (reset, stall, drop).
    pub answer: Option<Answer>,
    /// Whether the scenario asked for this answer: a fault that it injected. Never in a capture.
    #[serde(default)]
    pub provoked: bool,
}

/// What came back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// Headers, names in lower case, in order.
    pub headers: Pairs,
    /// The body.
    pub body: Body,
    /// Whether all of it was sent.
    pub complete: bool,
}

impl Answer {
    /// The body as JSON, when it is complete and is JSON.
    pub fn json(&self) -> Option<Json<'_>> {
        self.body.json().filter(|_| self.complete)
    }
}

impl Exchange {
    /// The first value of a request header (name in lower case).
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The status of the answer.
    pub fn status(&self) -> Option<u16> {
        self.answer.as_ref().map(|answer| answer.status)
    }

    /// The answer's body as JSON.
    pub fn json(&self) -> Option<Json<'_>> {
        self.answer.as_ref()?.json()
    }

    /// The request's body as form parameters.
    pub fn form(&self) -> BTreeMap<String, String> {
        form_urlencoded::parse(self.body.as_bytes()).into_owned().collect()
    }

    /// The bearer token it carries.
    pub fn bearer(&self) -> Option<&str> {
        let (scheme, token) = self.header("authorization")?.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    }

    /// Whether it is one of these calls.
    pub fn is(&self, calls: &[Call]) -> bool {
        self.call.is_some_and(|call| calls.contains(&call))
    }
}
