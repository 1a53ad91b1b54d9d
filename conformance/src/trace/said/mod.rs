//! What a body says by the documented fields: found once, and remembered by where it stands.
//!
//! Rules ask one answer for the same things again and again, and of a long recording many answers are
//! one and the same. A field of the wrong type counts as absent; of two of one name the last one counts.

mod says;

use std::num::NonZeroU32;

pub(super) use says::Says;

use super::Json;

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
