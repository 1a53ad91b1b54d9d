//! One exchange in a line, for who watches many: no headers, no bodies, no query, and so no secret.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Entry, Outcome};

/// One exchange without headers and bodies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Summary {
    /// Its number: the place in the order of arrivals. `GET /journal/{exchange}` shows the rest.
    pub id: u64,
    /// When the request was complete, in milliseconds since the epoch.
    pub at: i64,
    /// How long the answer took, in milliseconds on the service's clock.
    pub took: u64,
    /// Whose request it was: `client`, `user_agent`, `preflight`, `harness` and so on.
    pub actor: String,
    /// The address that throttling counts by.
    pub device_address: String,
    /// The decoded device identifier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_id: Option<String>,
    /// The client whose token or credentials it carried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// The documented call's name, `page`, or `null`.
    pub endpoint: Option<String>,
    /// The method.
    pub method: String,
    /// The path as sent, without the query.
    pub path: String,
    /// The status; `null` when the connection was dropped.
    pub status: Option<u16>,
    /// Whether the whole answer was sent.
    pub complete: bool,
    /// The top-level error code of the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The session code it spoke of or was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The MVPD it spoke of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mvpd: Option<String>,
    /// The fault rules that changed the answer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<u64>,
    /// What was probably meant, when it was no documented call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub near_miss: Option<String>,
}

impl From<&Entry> for Summary {
    fn from(entry: &Entry) -> Self {
        let facts = &entry.facts;
        let (status, complete) = match &entry.outcome {
            Outcome::Answered { status, complete, .. } => (Some(status.as_u16()), *complete),
            Outcome::Dropped => (None, false),
        };
        Self {
            id: entry.arrived.order,
            at: entry.arrived.at.millis(),
            took: entry.took(),
            actor: entry.actor.name().to_owned(),
            device_address: entry.device_address.to_string(),
            device_id: facts.device_id.as_deref().map(str::to_owned),
            client_id: facts.client_id.as_deref().map(str::to_owned),
            endpoint: entry.endpoint.map(|endpoint| endpoint.name().to_owned()),
            method: entry.method.to_string(),
            path: entry.path.clone(),
            status,
            complete,
            error: facts.error.clone(),
            code: facts.code.clone(),
            mvpd: facts.mvpd.clone(),
            faults: entry.faults.clone(),
            near_miss: entry.near_miss.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::sample;

    #[test]
    fn a_summary_holds_no_header_and_no_body() {
        let shown: Vec<_> = [sample::polled(), sample::dropped(), sample::lost()]
            .iter()
            .map(|entry| serde_json::to_string(&Summary::from(entry)).unwrap())
            .collect();
        insta::assert_snapshot!(shown.join("\n"));
        assert!(!shown.concat().contains("Bearer") && !shown.concat().contains("domainName"));
    }
}
