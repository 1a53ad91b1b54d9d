//! The samples of the endpoint pages, sent as they are printed (with credentials that are valid
//! here) and compared with the printed answers: the same members, the same JSON types, and the same
//! values but for those that must differ.
//!
//! Those that cannot be sent, or answered, as they are printed are listed with the reason in
//! [`pass_mock::ledger::differences::SAMPLES`]. Samples of temporary and degraded access stand beside
//! what else there is to say of those.

mod decisions;
mod logout;
mod profiles;
mod registration;
mod sessions;
mod sso;

use pass_mock::clock::Timestamp;
use pass_mock::config::Fixtures;
use pass_mock::domain::ErrorCode;
use serde_json::{Value, json};

use crate::harness::Answer;

/// Members whose values differ from answer to answer: only their type is compared.
const VOLATILE: &[&str] = &[
    "sessionId",
    "notBefore",
    "notAfter",
    "serializedToken",
    "trace",
    "client_id",
    "client_secret",
    "client_id_issued_at",
    "id",
    "access_token",
    "created_at",
    "ipAddress",
    "port",
];

/// Compares an answer with a sample, and shows the answer as it was sent.
pub(crate) fn assert_sample(name: &str, answer: &Answer, status: u16, sample: &Value) {
    assert_eq!(answer.status, status, "{}", answer.text());
    assert_eq!(answer.header("content-type"), "application/json;charset=UTF-8");
    let body = answer.json();
    assert_like("$", &body, sample);
    shown(name, &redacted(answer.text(), &body));
}

/// Shows a text that may not change unnoticed.
fn shown(name: &str, text: &str) {
    insta::assert_snapshot!(name, text);
}

fn assert_like(path: &str, actual: &Value, sample: &Value) {
    match (actual, sample) {
        (Value::Object(actual), Value::Object(sample)) => {
            let names = |object: &serde_json::Map<String, Value>| {
                object.keys().cloned().collect::<Vec<_>>()
            };
            assert_eq!(names(actual), names(sample), "members of {path}");
            for (name, value) in sample {
                let path = format!("{path}.{name}");
                let is_identifier = name != "id" || path.ends_with("$.id");
                if VOLATILE.contains(&name.as_str()) && is_identifier {
                    assert_eq!(kind(&actual[name]), kind(value), "type of {path}");
                } else {
                    assert_like(&path, &actual[name], value);
                }
            }
        }
        (Value::Array(actual), Value::Array(sample)) => {
            assert_eq!(actual.len(), sample.len(), "length of {path}");
            for (index, (actual, sample)) in actual.iter().zip(sample).enumerate() {
                assert_like(&format!("{path}[{index}]"), actual, sample);
            }
        }
        _ => assert_eq!(actual, sample, "{path}"),
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "truth",
        Value::Number(number) if number.is_i64() => "whole number",
        Value::Number(_) => "number",
        Value::String(_) => "text",
        Value::Array(_) => "list",
        Value::Object(_) => "object",
    }
}

/// The body as it was sent, its members in order, with a word for each value that changes.
fn redacted(text: &str, body: &Value) -> String {
    let mut text = text.to_owned();
    redact(&mut text, "", body);
    text.replace(",\"", ",\n\"")
}

fn redact(text: &mut String, name: &str, value: &Value) {
    match value {
        Value::Object(members) => {
            members.iter().for_each(|(name, value)| redact(text, name, value));
        }
        Value::Array(items) => items.iter().for_each(|item| redact(text, name, item)),
        Value::String(value)
            if VOLATILE.contains(&name) && value.len() > 5 && !name.starts_with("not") =>
        {
            *text = text.replace(value.as_str(), &format!("[{name}]"));
        }
        Value::String(value) if name == "code" && value.len() == 7 => {
            *text = text.replace(value.as_str(), "[code]");
        }
        Value::String(value) if name == "port" => {
            *text = text.replace(&format!("\"port\":\"{value}\""), "\"port\":\"[port]\"");
        }
        _ => {}
    }
}

pub(crate) fn with(change: impl FnOnce(&mut Fixtures)) -> Fixtures {
    let mut fixtures = Fixtures::default();
    change(&mut fixtures);
    fixtures
}

fn millis(at: Timestamp, seconds: i64) -> Value {
    (at.millis() + seconds * 1000).into()
}

pub(crate) fn session_sample(action: [&str; 3], url: &str) -> Value {
    json!({
        "actionName": action[0],
        "actionType": action[1],
        "reasonType": action[2],
        "url": url,
        "sessionId": "1b614390-6610-4d14-9421-6565f6e75958",
        "mvpd": "Cablevision",
        "serviceProvider": "REF30"
    })
}

pub(crate) fn enhanced(code: ErrorCode) -> Value {
    json!({
        "action": code.action().name(),
        "status": code.status(),
        "code": code.code(),
        "message": code.message(),
        "helpUrl": "https://experienceleague.adobe.com/docs/pass/authentication/auth-features/error-reportn/enhanced-error-codes.html",
        "trace": "12f6fef9-d2e0-422b-a9d7-60d799abe353"
    })
}

pub(crate) fn logout_sample(mvpd: &str, action: [&str; 2], url: Option<&str>) -> Value {
    let mut step = json!({ "actionName": action[0], "actionType": action[1], "mvpd": mvpd });
    if let Some(url) = url {
        step["url"] = json!(url);
    }
    json!({ "logouts": { mvpd: step } })
}

pub(crate) const BACK: &str = "redirectUrl=https%3A%2F%2Fadobe.com";
