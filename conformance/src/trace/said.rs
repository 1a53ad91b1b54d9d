//! What a body says by the documented fields: found once, and remembered by where it stands.
//!
//! Rules ask one answer for the same things again and again, and of a long recording many answers are
//! one and the same. A field of the wrong type counts as absent; of two of one name the last one counts.

use std::num::NonZeroU32;

use super::{Json, ToldDecision, ToldError, ToldProfile, ToldSession};

/// Where a text stands in its body. The body itself is no such text: it stands at 0.
type Place = NonZeroU32;

/// What was found in a body, whatever it answers.
#[derive(Debug)]
pub(super) struct Said {
    session: Option<Box<Session>>,
    /// `None` where nothing is said of profiles, which is not the same as that there are none.
    profiles: Option<Box<[Profile]>>,
    decisions: Box<[Decision]>,
    error: Option<Error>,
}

#[derive(Debug)]
struct Session {
    action_name: Place,
    action_type: Option<Place>,
    reason_type: Option<Place>,
    code: Option<Place>,
    url: Option<Place>,
    mvpd: Option<Place>,
    not_before: Option<i64>,
    not_after: Option<i64>,
    incomplete: bool,
}

#[derive(Debug)]
struct Profile {
    mvpd: Place,
    kind: Option<Place>,
    not_before: Option<i64>,
    not_after: Option<i64>,
}

#[derive(Debug)]
struct Decision {
    resource: Place,
    authorized: bool,
    error: Option<Error>,
    token: Option<Place>,
    token_not_after: Option<i64>,
}

#[derive(Clone, Copy, Debug)]
struct Error {
    code: Place,
    action: Option<Place>,
    message: Option<Place>,
    details: Option<Place>,
}

impl Said {
    /// Looks through a body.
    pub(super) fn read(body: Json<'_>) -> Self {
        let plain_error = || Error::of(body.get("error")?);
        let profiles = body.get("profiles").and_then(Json::members);
        let decisions = body.get("decisions").and_then(Json::items);
        Self {
            session: Session::read(body).map(Box::new),
            profiles: profiles.map(|all| all.into_iter().filter_map(Profile::read).collect()),
            decisions: decisions.into_iter().flatten().filter_map(Decision::read).collect(),
            error: Error::read(body).or_else(plain_error),
        }
    }
}

impl Session {
    fn read(body: Json<'_>) -> Option<Self> {
        let (mut action_name, mut action_type, mut reason_type) = (None, None, None);
        let (mut code, mut url, mut mvpd) = (None, None, None);
        let (mut not_before, mut not_after) = (None, None);
        let (mut missing, mut parameters) = (None, None);
        for (name, value) in body.pairs()? {
            match name {
                "actionName" => action_name = text(value),
                "actionType" => action_type = text(value),
                "reasonType" => reason_type = text(value),
                "code" => code = text(value),
                "url" => url = text(value),
                "mvpd" => mvpd = text(value),
                "notBefore" => not_before = instant(value),
                "notAfter" => not_after = instant(value),
                "missingParameters" => missing = Some(value),
                "parameters" => parameters = Some(value),
                _ => {}
            }
        }
        let action_name = action_name?;
        let incomplete = lacking(missing, parameters).next().is_some();
        Some(Self {
            action_name,
            action_type,
            reason_type,
            code,
            url,
            mvpd,
            not_before,
            not_after,
            incomplete,
        })
    }
}

impl Profile {
    fn read((_, told): (&str, Json<'_>)) -> Option<Self> {
        let mvpd = told.name().and_then(text)?;
        let (mut kind, mut not_before, mut not_after) = (None, None, None);
        for (name, value) in told.pairs()? {
            match name {
                "type" => kind = text(value),
                "notBefore" => not_before = instant(value),
                "notAfter" => not_after = instant(value),
                _ => {}
            }
        }
        Some(Self { mvpd, kind, not_before, not_after })
    }
}

impl Decision {
    fn read(told: Json<'_>) -> Option<Self> {
        let (mut resource, mut authorized, mut error, mut token) = (None, None, None, None);
        for (name, value) in told.pairs()? {
            match name {
                "resource" => resource = text(value),
                "authorized" => authorized = value.as_bool(),
                "error" => error = Error::read(value),
                "token" => token = Some(value),
                _ => {}
            }
        }
        Some(Self {
            resource: resource?,
            authorized: authorized?,
            error,
            token: token.and_then(|token| text(token.get("serializedToken")?)),
            token_not_after: token.and_then(|token| instant(token.get("notAfter")?)),
        })
    }
}

impl Error {
    fn read(told: Json<'_>) -> Option<Self> {
        let (mut code, mut action, mut message, mut details) = (None, None, None, None);
        for (name, value) in told.pairs()? {
            match name {
                "code" => code = text(value),
                "action" => action = text(value),
                "message" => message = text(value),
                "details" => details = text(value),
                _ => {}
            }
        }
        Some(Self { code: code?, action, message, details })
    }

    /// One that is no more than its code.
    fn of(code: Json<'_>) -> Option<Self> {
        Some(Self { code: text(code)?, action: None, message: None, details: None })
    }
}

/// A body, and what was found in it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Says<'a> {
    pub(super) body: Json<'a>,
    pub(super) said: &'a Said,
}

impl<'a> Says<'a> {
    pub(super) fn session(self) -> Option<ToldSession<'a>> {
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

    pub(super) fn profiles(self) -> Option<Vec<ToldProfile<'a>>> {
        let told = self.said.profiles.as_deref()?.iter().map(|profile| ToldProfile {
            mvpd: self.text(profile.mvpd),
            kind: profile.kind.map_or("regular", |kind| self.text(kind)),
            not_before: profile.not_before,
            not_after: profile.not_after,
        });
        Some(told.collect())
    }

    pub(super) fn decisions(self) -> impl Iterator<Item = ToldDecision<'a>> {
        self.said.decisions.iter().map(move |decision| ToldDecision {
            resource: self.text(decision.resource),
            authorized: decision.authorized,
            error: decision.error.map(|error| self.told(error)),
            token: decision.token.map(|token| self.text(token)),
            token_not_after: decision.token_not_after,
        })
    }

    /// The error of the whole.
    pub(super) fn error(self) -> Option<ToldError<'a>> {
        self.said.error.map(|error| self.told(error))
    }

    /// The errors of its decisions.
    pub(super) fn refusals(self) -> impl Iterator<Item = ToldError<'a>> {
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

/// Where a value stands, when it is a text.
fn text(value: Json<'_>) -> Option<Place> {
    value.as_str().and_then(|_| Place::new(value.place()))
}

/// A number, or a string that holds one: the documents write instants both ways.
pub(super) fn instant(value: Json<'_>) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}

/// The names of the parameters that a session's answer says are missing, by its `missingParameters` or
/// within its `parameters`.
pub(super) fn lacking<'a>(
    missing: Option<Json<'a>>,
    parameters: Option<Json<'a>>,
) -> impl Iterator<Item = &'a str> {
    let missing = missing.or_else(|| parameters?.get("missing"));
    missing.and_then(Json::items).into_iter().flatten().filter_map(Json::as_str)
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
