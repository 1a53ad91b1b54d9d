//! What is handed in for a device: as JSON by a script, or by the page's forms.

use std::collections::BTreeMap;

use http::StatusCode;
use pass_mock::http::{Form, Response};
use serde_json::{Value, json};

use super::answers::TYPED;
use super::sitting::Sitting;
use crate::driver::attach::{Refused, Said, Seat};
use crate::protocol::{ClientEvent, FromClient, VERSION};

/// Why a request is not answered as was hoped, and what to do about it.
#[derive(Debug)]
pub(super) struct Problem {
    pub(super) status: StatusCode,
    pub(super) error: String,
    pub(super) hint: String,
}

impl Problem {
    pub(super) fn new(
        status: StatusCode,
        error: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        Self { status, error: error.into(), hint: hint.into() }
    }

    pub(super) fn invalid(error: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, error, hint)
    }
}

impl From<Problem> for Response {
    fn from(problem: Problem) -> Self {
        let body = json!({"error": problem.error, "hint": problem.hint});
        Self::json(problem.status, &body)
    }
}

/// The device of a request: the first one when it is not said.
pub(super) fn seat<'a>(sitting: &'a Sitting, form: &Form) -> Result<&'a Seat, Problem> {
    let number = form.get("device").unwrap_or("1");
    let seat = number.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
    seat.and_then(|place| sitting.seats().get(place)).ok_or_else(|| {
        let hint = format!("devices are counted from 1 to {}", sitting.seats().len());
        Problem::invalid(format!("device: there is no device `{number}`"), hint)
    })
}

/// Hands in one message, or an array of them. Those before a bad one are handed in.
pub(super) fn hand_in(seat: &Seat, body: Value, by_hand: bool) -> Result<(), Problem> {
    match body {
        Value::Array(messages) => {
            messages.into_iter().try_for_each(|message| hand_in_one(seat, message, by_hand))
        }
        message => hand_in_one(seat, message, by_hand),
    }
}

fn hand_in_one(seat: &Seat, message: Value, by_hand: bool) -> Result<(), Problem> {
    let flag = |name: &str| message.get(name).and_then(Value::as_bool);
    let by_hand = flag("by_hand").unwrap_or(by_hand);
    let said = match message.get("type").and_then(Value::as_str) {
        Some("prepared") => return seat.prepared().map_err(refused),
        Some("login_shown") => Said::LoginShown,
        Some("ended") => {
            let how = message.get("how").and_then(Value::as_str);
            Said::Ended(how.unwrap_or("it ended").to_owned())
        }
        Some("ready") => {
            if let Some(tells) = flag("tells") {
                seat.set_tells(tells);
            }
            Said::Client(from_client(message)?)
        }
        _ => Said::Client(from_client(message)?),
    };
    seat.said(said, by_hand).map_err(refused)
}

fn from_client(message: Value) -> Result<FromClient, Problem> {
    serde_json::from_value(message).map_err(|error| {
        let hint = "send a message of the adapter protocol (`ready`, `event`, `done`, \
                    `unsupported`), or `prepared`, `login_shown` or `ended`; `GET /openapi.json` \
                    shows them";
        Problem::invalid(format!("this is no message: {error}"), hint)
    })
}

fn refused(refused: Refused) -> Problem {
    let hint = match refused {
        Refused::NotRunning => "fetch the next command with `GET /command`, and answer that",
        Refused::TooMany => "tell what the viewer sees, not everything that happens",
    };
    Problem::new(StatusCode::CONFLICT, refused.to_string(), hint)
}

/// What a form says, as messages.
pub(super) fn of_form(form: &Form) -> Result<Value, Problem> {
    let get = |name: &str| form.get(name).unwrap_or_default();
    match get("kind") {
        "introduction" => Ok(introduction(form)),
        "catalogue" => catalogue(form),
        _ => {
            let messages = serde_json::from_str(get("messages"));
            let mut messages: Value = messages.map_err(|error| {
                Problem::invalid(format!("messages: {error}"), "use the buttons of the page")
            })?;
            fill_in(&mut messages, get("text").trim());
            write_out_code(&mut messages);
            Ok(messages)
        }
    }
}

/// Puts what was typed where it belongs; nothing where nothing was typed.
fn fill_in(value: &mut Value, typed: &str) {
    match value {
        Value::String(text) if text == TYPED => {
            *value = match typed {
                "" => Value::Null,
                typed => typed.into(),
            }
        }
        Value::Array(values) => values.iter_mut().for_each(|value| fill_in(value, typed)),
        Value::Object(fields) => fields.values_mut().for_each(|value| fill_in(value, typed)),
        _ => {}
    }
}

/// A code has no small letters, however it was typed.
fn write_out_code(messages: &mut Value) {
    for message in messages.as_array_mut().into_iter().flatten() {
        if let Some(Value::String(code)) = message.get_mut("code") {
            code.make_ascii_uppercase();
        }
    }
}

fn introduction(form: &Form) -> Value {
    let get = |name: &str| form.get(name).map(str::trim).filter(|value| !value.is_empty());
    let capabilities: Vec<&str> = form
        .pairs()
        .iter()
        .filter(|(name, _)| name == "capability")
        .map(|(_, value)| value.as_str())
        .collect();
    json!({
        "type": "ready",
        "protocol": VERSION,
        "client": get("client").unwrap_or("the app"),
        "version": get("version"),
        "capabilities": capabilities,
        "tells": form.get("tells").is_some(),
    })
}

/// `item:RESOURCE` is `available` or `locked`, `text:RESOURCE` what is shown beside it.
fn catalogue(form: &Form) -> Result<Value, Problem> {
    let id: u64 = form
        .get("id")
        .and_then(|id| id.parse().ok())
        .ok_or_else(|| Problem::invalid("id: is no number", "use the buttons of the page"))?;
    let (mut available, mut locked, mut texts) = (Vec::new(), Vec::new(), BTreeMap::new());
    for (name, value) in form.pairs() {
        if let Some(resource) = name.strip_prefix("item:") {
            let list = if value == "locked" { &mut locked } else { &mut available };
            list.push(resource.to_owned());
        } else if let Some(resource) = name.strip_prefix("text:")
            && !value.trim().is_empty()
        {
            texts.insert(resource.to_owned(), value.trim().to_owned());
        }
    }
    let shown = FromClient::Event(ClientEvent::Catalogue { available, locked, texts });
    let done = FromClient::Done { id, error: None };
    Ok(json!([shown, done]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(text: &str) -> Value {
        of_form(&Form::parse(text.as_bytes())).unwrap()
    }

    #[test]
    fn a_form_says_what_a_script_would_say() {
        let typed = form("messages=%5B%7B%22a%22%3A%22%24text%22%7D%2C1%5D&text=%20Not%20yours%20");
        assert_eq!(typed, json!([{"a": "Not yours"}, 1]));
        let nothing = form("messages=%5B%7B%22a%22%3A%22%24text%22%7D%5D&text=");
        assert_eq!(nothing, json!([{"a": null}]));
        let code = form("messages=%5B%7B%22code%22%3A%22%24text%22%7D%5D&text=ab12cde");
        assert_eq!(code, json!([{"code": "AB12CDE"}]));
        let shown = form(
            "kind=catalogue&id=3&item%3Anews=available&item%3Asports=locked\
                          &text%3Asports=Not+in+your+package&text%3Anews=",
        );
        assert_eq!(shown[0]["available"], json!(["news"]));
        assert_eq!(shown[0]["texts"], json!({"sports": "Not in your package"}));
        assert_eq!(shown[1], json!({"type": "done", "id": 3}));
        let who = form("kind=introduction&client=TV&version=&capability=browser&capability=picker");
        assert_eq!(who["capabilities"], json!(["browser", "picker"]));
        assert_eq!((&who["tells"], &who["version"]), (&json!(false), &json!(null)));
    }

    #[test]
    fn what_is_no_message_is_explained() {
        let problem = from_client(json!({"type": "dnoe", "id": 1})).unwrap_err();
        assert!(problem.error.contains("dnoe") && problem.hint.contains("`done`"), "{problem:?}");
    }
}
