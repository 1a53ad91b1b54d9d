//! What a fault does to an answer.

use std::time::Duration;

use http::header::{CONTENT_TYPE, HeaderName, HeaderValue, WWW_AUTHENTICATE};
use http::{HeaderMap, StatusCode};
use serde_json::{Map, Value};

use super::{ActiveFault, Answer, Effect, Error, Plan, Truncated, decisions, tokens};
use crate::api::error::EnhancedError;
use crate::app::App;
use crate::http::Response;
use crate::journal::Facts;

/// How an answer goes over the network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Delivery {
    /// As a whole.
    #[default]
    Whole,
    /// Its body over this time, in so many pieces.
    Slow(Duration, u32),
    /// The first so many bytes of its body; then the connection ends.
    Cut(usize),
    /// Not at all: the connection ends.
    Closed,
    /// Not at all: the connection is reset.
    Reset,
    /// Not at all: the connection stays as it is.
    Never,
}

impl ActiveFault {
    /// The answer that takes the place of the service's own.
    pub(crate) fn answer(&self, app: &App, facts: &mut Facts) -> (Response, Delivery) {
        let answer = match &self.rule.effect {
            Some(Effect::Status(status)) => plain(*status),
            Some(Effect::Answer(answer)) => made_by_hand(answer),
            Some(Effect::Error(error)) => enhanced(app, error),
            Some(Effect::Stall) => return (nothing(), Delivery::Never),
            Some(Effect::Reset) => return (nothing(), Delivery::Reset),
            _ => return (nothing(), Delivery::Closed),
        };
        facts.error = error_code(&answer);
        (answer, Delivery::Whole)
    }
}

impl Plan {
    /// The service's answer, changed by whatever changes it; beside it the ids of the faults that
    /// did and are not [certain](Self::certain) anyway.
    pub(crate) fn change(
        &self,
        app: &App,
        mut answer: Response,
        facts: &mut Facts,
    ) -> (Response, Delivery, Vec<u64>) {
        let (mut delivery, mut ids, mut any) = (Delivery::Whole, Vec::new(), false);
        // What changes the text comes before what changes how much of it is sent.
        let effects = || self.changes.iter().filter_map(|f| Some((f, f.rule.effect.as_ref()?)));
        let (cutting, editing): (Vec<_>, Vec<_>) = effects().partition(|(_, e)| is_cut(e));
        for (fault, effect) in editing.into_iter().chain(cutting) {
            let changed = change(app, effect, &mut answer, &mut delivery);
            match fault.rule.delay {
                // Named already, for the delay alone.
                Some(_) => {}
                None if changed => ids.push(fault.id),
                None => fault.give_back(),
            }
            any |= changed;
        }
        if any {
            facts.error = error_code(&answer);
        }
        (answer, delivery, ids)
    }
}

const fn is_cut(effect: &Effect) -> bool {
    matches!(effect, Effect::Truncated(_) | Effect::SlowBody(_))
}

/// Changes an answer; false when there is nothing that it could change.
fn change(app: &App, effect: &Effect, answer: &mut Response, delivery: &mut Delivery) -> bool {
    match effect {
        Effect::DecisionError(error) => edit(answer, |body| decisions::deny(app, body, error)),
        Effect::UnknownValue(unknown) => {
            edit(answer, |body| replace(body, &unknown.field, &unknown.value))
        }
        Effect::MediaToken(how) => edit(answer, |body| tokens::spoil(app, body, *how)),
        Effect::Malformed => {
            answer.body = [b"{", &answer.body[..]].concat().into();
            true
        }
        Effect::ContentType(media_type) => {
            let Ok(value) = HeaderValue::try_from(media_type) else { return false };
            answer.headers.insert(CONTENT_TYPE, value);
            true
        }
        Effect::SlowBody(slow) => {
            *delivery = Delivery::Slow(slow.over.0, slow.pieces);
            !answer.body.is_empty()
        }
        Effect::Truncated(Truncated { bytes, looks_complete }) => {
            let kept = bytes.unwrap_or(answer.body.len() / 2);
            if kept >= answer.body.len() {
                return false;
            }
            match looks_complete {
                true => answer.body.truncate(kept),
                false => *delivery = Delivery::Cut(kept),
            }
            true
        }
        // These take the answer's place, and are no changes.
        Effect::Status(_)
        | Effect::Answer(_)
        | Effect::Error(_)
        | Effect::Stall
        | Effect::Reset
        | Effect::Close => false,
    }
}

/// Edits a JSON body; false when it is none, or when there was nothing to edit.
fn edit(answer: &mut Response, edit: impl FnOnce(&mut Value) -> bool) -> bool {
    let Ok(mut body) = serde_json::from_slice(&answer.body) else { return false };
    let edited = edit(&mut body);
    if edited {
        answer.body = body.to_string().into();
    }
    edited
}

/// Replaces the value of a field wherever it is.
fn replace(body: &mut Value, field: &str, value: &Value) -> bool {
    match body {
        Value::Object(members) => {
            let mut found = false;
            for (name, member) in members {
                if name == field {
                    *member = value.clone();
                    found = true;
                } else {
                    found |= replace(member, field, value);
                }
            }
            found
        }
        Value::Array(items) => {
            // Not `any`, which would stop at the first.
            let replaced =
                items.iter_mut().filter_map(|item| replace(item, field, value).then_some(()));
            replaced.count() > 0
        }
        _ => false,
    }
}

/// A status as the service itself would answer it.
fn plain(status: u16) -> Response {
    match StatusCode::from_u16(status).unwrap_or_default() {
        StatusCode::UNAUTHORIZED => {
            challenged(Response::json(StatusCode::UNAUTHORIZED, &Map::new()))
        }
        StatusCode::TOO_MANY_REQUESTS => Response::too_many_requests(),
        status => Response::empty(status),
    }
}

fn made_by_hand(answer: &Answer) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or_default();
    let mut made = match &answer.body {
        None => Response::empty(status),
        Some(Value::String(text)) => {
            Response::with_body(status, "text/plain;charset=UTF-8", text.clone())
        }
        Some(json) => Response::json(status, json),
    };
    made.headers.extend(headers(answer));
    made
}

fn headers(answer: &Answer) -> HeaderMap {
    let pairs = answer.headers.iter();
    pairs.filter_map(|(k, v)| Some((HeaderName::try_from(k).ok()?, v.try_into().ok()?))).collect()
}

fn enhanced(app: &App, error: &Error) -> Response {
    let Error { code, details } = error.clone();
    let answer = EnhancedError::new(code, app.ids.uuid()).with_details(details).into_response();
    match answer.status {
        StatusCode::UNAUTHORIZED => challenged(answer),
        _ => answer,
    }
}

fn challenged(answer: Response) -> Response {
    answer.with_header(WWW_AUTHENTICATE, "Bearer error=\"invalid_token\"")
}

fn nothing() -> Response {
    Response::empty(StatusCode::OK)
}

/// The enhanced or OAuth error that an answer is.
fn error_code(answer: &Response) -> Option<String> {
    if answer.status.is_success() {
        return None;
    }
    let body: Map<String, Value> = serde_json::from_slice(&answer.body).ok()?;
    let code = body.get("code").or_else(|| body.get("error"))?;
    code.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::server::MockServer;

    fn changed(effect: Value, body: &Value) -> Option<Value> {
        let app = MockServer::builder().seed(1).into_app();
        let effect: Effect = serde_json::from_value(effect).unwrap();
        let mut answer = Response::json(StatusCode::OK, body);
        let done = change(&app, &effect, &mut answer, &mut Delivery::Whole);
        done.then(|| serde_json::from_slice(&answer.body).unwrap())
    }

    #[test]
    fn a_field_is_replaced_wherever_it_is() {
        let body = json!({"profiles": {"Dish": {"type": "regular", "attributes": {}}}, "type": 1});
        let effect = json!({"unknown_value": {"field": "type", "value": "lunar"}});
        let expected =
            json!({"profiles": {"Dish": {"type": "lunar", "attributes": {}}}, "type": "lunar"});
        assert_eq!(changed(effect, &body), Some(expected));
        let effect = json!({"unknown_value": {"field": "actionName"}});
        assert_eq!(changed(effect, &body), None, "there is no such field");
    }

    #[test]
    fn decisions_are_denied_one_by_one() {
        let decision = |resource| {
            json!({"resource": resource, "authorized": true, "source": "mvpd", "notBefore": 1,
                   "notAfter": 2, "token": {}})
        };
        let body = json!({"decisions": [decision("news"), decision("sports")]});
        let deny = |code| {
            let error = json!({"code": code, "details": "No.", "resources": ["sports"]});
            changed(json!({ "decision_error": error }), &body).unwrap()["decisions"].clone()
        };
        let decisions = deny("network_received_error");
        assert_eq!(decisions[0], decision("news"));
        assert_eq!(decisions[1]["authorized"], false);
        assert_eq!(decisions[1]["error"]["details"], "No.");
        assert_eq!(decisions[1]["error"]["action"], "retry");
        assert!(decisions[1].get("token").is_none() && decisions[1].get("notAfter").is_none());
        let denied = deny("authorization_denied_by_mvpd");
        assert_eq!(denied[1]["notAfter"], 2, "what an MVPD decided holds for a while");
    }
}
