//! Telling again what was found in a body.

use super::{Error, Place, Said};
use crate::trace::{Json, ToldDecision, ToldError, ToldProfile, ToldSession};

/// A body, and what was found in it.
#[derive(Clone, Copy, Debug)]
pub(in crate::trace) struct Says<'a> {
    pub(in crate::trace) body: Json<'a>,
    pub(in crate::trace) said: &'a Said,
}

impl<'a> Says<'a> {
    pub(in crate::trace) fn session(self) -> Option<ToldSession<'a>> {
        let session = self.said.session.as_deref()?;
        let text = |place: Option<Place>| place.map(|place| self.text(place));
        Some(ToldSession {
            action_name: self.text(session.action_name),
            action_type: text(session.action_type).unwrap_or_default(),
            reason_type: text(session.reason_type).unwrap_or_default(),
            code: text(session.code),
            url: text(session.url),
            mvpd: text(session.mvpd),
            not_before: session.not_before,
            not_after: session.not_after,
            incomplete: session.incomplete,
        })
    }

    pub(in crate::trace) fn profiles(self) -> Option<Vec<ToldProfile<'a>>> {
        let told = self.said.profiles.as_deref()?.iter().map(|profile| ToldProfile {
            mvpd: self.text(profile.mvpd),
            kind: profile.kind.map_or("regular", |kind| self.text(kind)),
            not_before: profile.not_before,
            not_after: profile.not_after,
        });
        Some(told.collect())
    }

    pub(in crate::trace) fn decisions(self) -> impl Iterator<Item = ToldDecision<'a>> {
        self.said.decisions.iter().map(move |decision| ToldDecision {
            resource: self.text(decision.resource),
            authorized: decision.authorized,
            error: decision.error.map(|error| self.told(error)),
            token: decision.token.map(|token| self.text(token)),
            token_not_after: decision.token_not_after,
        })
    }

    /// The error of the whole.
    pub(in crate::trace) fn error(self) -> Option<ToldError<'a>> {
        self.said.error.map(|error| self.told(error))
    }

    /// The errors of its decisions.
    pub(in crate::trace) fn refusals(self) -> impl Iterator<Item = ToldError<'a>> {
        let errors = self.said.decisions.iter().filter_map(|decision| decision.error);
        errors.map(move |error| self.told(error))
    }

    fn told(self, error: Error) -> ToldError<'a> {
        let text = |place: Option<Place>| place.map(|place| self.text(place));
        ToldError {
            code: self.text(error.code),
            action: text(error.action).unwrap_or_default(),
            message: text(error.message),
            details: text(error.details),
        }
    }

    fn text(self, place: Place) -> &'a str {
        self.body.at(place.get()).as_str().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Map, Value};

    use super::*;
    use crate::trace::Body;

    /// JSON of the names that are looked for, with and without what they should hold.
    fn values() -> impl Strategy<Value = Value> {
        let names = prop::sample::select(vec![
            "actionName",
            "actionType",
            "reasonType",
            "code",
            "url",
            "mvpd",
            "notBefore",
            "notAfter",
            "missingParameters",
            "parameters",
            "missing",
            "profiles",
            "type",
            "decisions",
            "resource",
            "authorized",
            "error",
            "token",
            "serializedToken",
            "action",
            "message",
            "details",
        ]);
        let leaf = prop_oneof![
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            Just(Value::Null),
            "[a\"é7]{0,3}".prop_map(Value::from),
            Just(Value::from("regular")),
        ];
        leaf.prop_recursive(4, 48, 6, move |inner| {
            let members = prop::collection::vec((names.clone(), inner.clone()), 0..7);
            let members = members.prop_map(|all| {
                all.into_iter().map(|(name, value)| (name.to_owned(), value)).collect::<Map<_, _>>()
            });
            prop_oneof![
                members.prop_map(Value::from),
                prop::collection::vec(inner, 0..3).prop_map(Value::from)
            ]
        })
    }

    fn text<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
        value.get(name)?.as_str()
    }

    fn instant(value: &Value, name: &str) -> Option<i64> {
        let value = value.get(name)?;
        value.as_i64().or_else(|| value.as_str()?.parse().ok())
    }

    fn session(body: &Value) -> Option<ToldSession<'_>> {
        let nested = || body.get("parameters")?.get("missing");
        let missing = body.get("missingParameters").or_else(nested).and_then(Value::as_array);
        Some(ToldSession {
            action_name: text(body, "actionName")?,
            action_type: text(body, "actionType").unwrap_or_default(),
            reason_type: text(body, "reasonType").unwrap_or_default(),
            code: text(body, "code"),
            url: text(body, "url"),
            mvpd: text(body, "mvpd"),
            not_before: instant(body, "notBefore"),
            not_after: instant(body, "notAfter"),
            incomplete: missing.is_some_and(|missing| missing.iter().any(Value::is_string)),
        })
    }

    fn profiles(body: &Value) -> Option<Vec<ToldProfile<'_>>> {
        let profiles = body.get("profiles")?.as_object()?.iter();
        let profiles = profiles.filter(|(_, told)| told.is_object());
        let told = profiles.map(|(mvpd, told)| ToldProfile {
            mvpd,
            kind: text(told, "type").unwrap_or("regular"),
            not_before: instant(told, "notBefore"),
            not_after: instant(told, "notAfter"),
        });
        Some(told.collect())
    }

    fn error(told: &Value) -> Option<ToldError<'_>> {
        Some(ToldError {
            code: text(told, "code")?,
            action: text(told, "action").unwrap_or_default(),
            message: text(told, "message"),
            details: text(told, "details"),
        })
    }

    fn decision(told: &Value) -> Option<ToldDecision<'_>> {
        Some(ToldDecision {
            resource: text(told, "resource")?,
            authorized: told.get("authorized")?.as_bool()?,
            error: told.get("error").and_then(error),
            token: told.get("token").and_then(|token| text(token, "serializedToken")),
            token_not_after: told.get("token").and_then(|token| instant(token, "notAfter")),
        })
    }

    proptest! {
        #[test]
        fn what_is_remembered_is_what_is_written(value in values()) {
            let body = Body::from(value.to_string().as_str());
            let decisions = value.get("decisions").and_then(Value::as_array);
            let decisions: Vec<_> = decisions.into_iter().flatten().filter_map(decision).collect();
            let refusals: Vec<_> = decisions.iter().filter_map(|told| told.error).collect();
            let plain = || Some(ToldError { code: text(&value, "error")?, ..ToldError::default() });
            for _ in 0..2 {
                let says = body.says().unwrap();
                prop_assert_eq!(says.session(), session(&value));
                prop_assert_eq!(says.profiles(), profiles(&value));
                prop_assert_eq!(says.decisions().collect::<Vec<_>>(), decisions.clone());
                prop_assert_eq!(says.refusals().collect::<Vec<_>>(), refusals.clone());
                prop_assert_eq!(says.error(), error(&value).or_else(plain));
            }
        }
    }
}
