//! The answers of REST API V2, as much of them as a client needs.
//!
//! Reading is forgiving on purpose: unknown fields are skipped, optional ones may be missing, and
//! what the documents call an enumeration stays text, because they say that values may be added.

use std::collections::BTreeMap;

use pass_mock::clock::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::storage::Provider;

/// Call 1: client credentials.
#[derive(Debug, Deserialize)]
pub(super) struct Registration {
    pub(super) client_id: String,
    pub(super) client_secret: String,
}

/// Call 2: an access token.
#[derive(Debug, Deserialize)]
pub(super) struct AccessToken {
    pub(super) access_token: String,
    /// In seconds.
    pub(super) expires_in: u64,
    /// The service's time.
    #[serde(default, deserialize_with = "millis")]
    pub(super) created_at: Option<Timestamp>,
}

/// Call 3: what can be picked.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Configuration {
    pub(super) requestor: Requestor,
}

/// The service provider, in call 3.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Requestor {
    #[serde(default)]
    pub(super) mvpds: Vec<Mvpd>,
}

/// An MVPD that has an active integration with the service provider.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Mvpd {
    #[serde(flatten)]
    pub(super) provider: Provider,
    /// What the platform calls it.
    #[serde(default)]
    pub(super) platform_mapping_id: Option<String>,
    /// A trial, not something a viewer subscribes to: no entry for the picker.
    #[serde(default)]
    pub(super) is_temp_pass: bool,
}

/// Calls 4, 5 and 14: how a sign-in goes on.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct SessionAnswer {
    /// `authenticate`, `resume`, `retry`, `authorize`, `partner_profile`, or something new.
    pub(super) action_name: String,
    /// `interactive` or `direct`.
    pub(super) action_type: String,
    /// Why, such as `authenticated`, `temporary` or `degraded`.
    pub(super) reason_type: Value,
    pub(super) missing_parameters: Vec<String>,
    /// Relative to the base that was called.
    pub(super) url: Option<String>,
    pub(super) code: Option<String>,
    pub(super) mvpd: Option<String>,
    #[serde(deserialize_with = "millis")]
    pub(super) not_before: Option<Timestamp>,
    #[serde(deserialize_with = "millis")]
    pub(super) not_after: Option<Timestamp>,
}

/// Call 6: what the session of a typed code has, and lacks.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct SessionInfo {
    pub(super) missing_parameters: Vec<String>,
}

/// Calls 8, 9, 10 and 15: profiles by MVPD; none is an empty map.
#[derive(Debug, Deserialize)]
pub(super) struct Profiles {
    pub(super) profiles: BTreeMap<String, Profile>,
}

/// A viewer's login at an MVPD.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Profile {
    #[serde(deserialize_with = "millis")]
    pub(super) not_before: Option<Timestamp>,
    #[serde(deserialize_with = "millis")]
    pub(super) not_after: Option<Timestamp>,
    /// `regular`, `degraded`, `temporary`, `appleSSO`, …
    #[serde(rename = "type")]
    pub(super) kind: String,
    /// The viewer's metadata, for the app to personalise itself with.
    pub(super) attributes: BTreeMap<String, Value>,
}

impl Profile {
    /// Whether it has not run out. One without an end is good until the service says otherwise.
    pub(super) fn is_valid(&self, now: Timestamp) -> bool {
        self.not_after.is_none_or(|end| now < end)
    }

    /// Whether it came through single sign-on.
    pub(super) fn is_from_others(&self) -> bool {
        self.kind.ends_with("SSO")
    }
}

/// Calls 11 and 12: one decision a resource.
#[derive(Debug, Deserialize)]
pub(super) struct Decisions {
    pub(super) decisions: Vec<Decision>,
}

/// Whether a resource may be watched.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Decision {
    pub(super) resource: String,
    #[serde(default)]
    pub(super) authorized: bool,
    #[serde(default)]
    pub(super) error: Option<ServiceError>,
    /// Of a permit in call 12.
    #[serde(default)]
    pub(super) token: Option<MediaToken>,
    /// Until when the decision holds: for a temporary access, until it is over.
    #[serde(default, rename = "notAfter", deserialize_with = "millis")]
    pub(super) not_after: Option<Timestamp>,
}

/// What releases a stream.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct MediaToken {
    pub(super) serialized_token: String,
    #[serde(deserialize_with = "millis")]
    pub(super) not_after: Option<Timestamp>,
}

/// Call 13: what is left to do, by MVPD.
#[derive(Debug, Deserialize)]
pub(super) struct Logouts {
    pub(super) logouts: BTreeMap<String, LogoutStep>,
}

/// What is left to do for one MVPD.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct LogoutStep {
    /// `logout`, `partner_logout`, `complete`, `invalid`, or something new.
    pub(super) action_name: String,
    /// `interactive`, `partner_interactive` or `none`.
    pub(super) action_type: String,
    /// Where a user agent finishes the logout.
    pub(super) url: Option<String>,
}

/// An enhanced error: the whole body of a refusal, or part of a decision. The registration calls
/// have their own form, `{"error": …}`, which reads as a `code`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(super) struct ServiceError {
    /// What might remedy it: `none`, `configuration`, `application-registration`,
    /// `authentication`, `authorization`, `retry`, or something new.
    pub(super) action: String,
    #[serde(alias = "error")]
    pub(super) code: String,
    /// For people.
    pub(super) message: Option<String>,
    /// For people, in the MVPD's own words.
    pub(super) details: Option<String>,
}

impl ServiceError {
    /// What to show to the viewer: the MVPD's words, else the service's.
    pub(super) fn words(&self) -> Option<&str> {
        self.details.as_deref().or(self.message.as_deref())
    }
}

/// Milliseconds since the epoch: a number in most answers, a string in those about sessions.
fn millis<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    let value = Option::<Value>::deserialize(deserializer)?;
    let millis = value.and_then(|value| match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    });
    Ok(millis.map(Timestamp))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read<T: for<'de> Deserialize<'de>>(json: &str) -> T {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn instants_are_read_as_strings_and_as_numbers() {
        let session: SessionAnswer =
            read(r#"{"actionName":"authenticate","notBefore":"1733735289035","notAfter":null}"#);
        assert_eq!(session.not_before, Some(Timestamp(1_733_735_289_035)));
        assert_eq!(session.not_after, None);
        let profile: Profile = read(r#"{"notAfter":1783685280000,"type":"regular"}"#);
        assert_eq!(profile.not_after, Some(Timestamp(1_783_685_280_000)));
    }

    #[test]
    fn values_nobody_has_heard_of_survive() {
        let session: SessionAnswer =
            read(r#"{"actionName":"levitate","actionType":"telepathic","reasonType":7}"#);
        assert_eq!(session.action_name, "levitate");
        let decisions: Decisions =
            read(r#"{"decisions":[{"resource":"a","source":"dream","error":{"action":"pray"}}]}"#);
        assert!(!decisions.decisions[0].authorized);
    }

    #[test]
    fn an_mvpd_is_read_with_what_a_picker_shows() {
        let configuration: Configuration = read(
            r#"{"requestor":{"id":"REF30","mvpds":[
                {"id":"Cablevision","displayName":"Optimum","logoUrl":"https://l","isProxy":false},
                {"id":"TempPass_TEST40","displayName":"Trial","isTempPass":true}]}}"#,
        );
        let [cable, trial] = &configuration.requestor.mvpds[..] else { panic!("two") };
        assert_eq!(cable.provider.id, "Cablevision");
        assert_eq!(cable.provider.display_name.as_deref(), Some("Optimum"));
        assert!(!cable.is_temp_pass);
        assert!(trial.is_temp_pass);
    }

    #[test]
    fn both_forms_of_error_are_read() {
        let refused: ServiceError =
            read(r#"{"action":"none","status":400,"code":"c","message":"m","details":"d"}"#);
        assert_eq!(refused.words(), Some("d"));
        let registration: ServiceError = read(r#"{"error":"invalid_client"}"#);
        assert_eq!(registration.code, "invalid_client");
    }
}
