//! What stands in a request or an answer in a form that nobody reads: device information,
//! identifiers, web tokens, media tokens.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::mask::{Secret, Secrets};
use crate::api::headers::{decode_identifier, decode_object};
use crate::journal::Entry;
use crate::tokens;

/// What is said about a secret's kind when it is one of these.
const MEDIA_TOKEN: &str = "media token";

/// The decoded parts of an exchange: what each is, and what it says.
pub(super) fn all(entry: &Entry, secrets: &Secrets) -> Vec<(String, String)> {
    let header = |name: &str| entry.request_headers.get(name).and_then(|v| v.to_str().ok());
    let mut all = Vec::new();
    if let Some(value) = header("ap-device-identifier") {
        let identifier = decode_identifier(value);
        let text = identifier.as_deref().unwrap_or("cannot be decoded").to_owned();
        all.push(("AP-Device-Identifier".to_owned(), text));
    }
    if let Some(value) = header("x-device-info") {
        let text = match decode_object(value) {
            Some(map) => object(value)
                .or_else(|| serde_json::to_string_pretty(&map).ok())
                .unwrap_or_default(),
            None => "is not Base64 of a JSON object".to_owned(),
        };
        all.push(("X-Device-Info".to_owned(), text));
    }
    for secret in secrets.all() {
        let name = |what: &str| format!("{} {}: {what}", secret.kind, secret.alias);
        if let Some(text) = web_token(secret) {
            all.push((name("what it says"), text));
        } else if let Some(text) = media_token(secret) {
            all.push((name("what it says"), text));
        }
    }
    all
}

/// The object as it was sent.
fn object(value: &str) -> Option<String> {
    let bytes = STANDARD.decode(value.trim()).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    Some(super::pretty::json(&text, |_, _| None).unwrap_or(text))
}

fn web_token(secret: &Secret) -> Option<String> {
    let mut parts = secret.value.split('.');
    let (head, payload) = (parts.next()?, parts.next()?);
    parts.next()?;
    let read = |part: &str| {
        let bytes = URL_SAFE_NO_PAD.decode(part.trim_end_matches('=')).ok()?;
        serde_json::from_slice::<Value>(&bytes).ok().filter(Value::is_object)
    };
    let said = json!({ "header": read(head)?, "payload": read(payload)? });
    serde_json::to_string_pretty(&said).ok()
}

fn media_token(secret: &Secret) -> Option<String> {
    let token = (secret.kind == MEDIA_TOKEN).then(|| tokens::read_unverified(&secret.value))??;
    let said = json!({
        "sessionGUID": token.session_guid,
        "requestorID": token.requestor_id,
        "resourceID": token.resource_id,
        "ttl": token.ttl.as_millis().to_string(),
        "issueTime": token.issue_time.millis(),
        "mvpdId": token.mvpd_id,
        "proxyMvpdId": token.proxy_mvpd_id,
    });
    serde_json::to_string_pretty(&said).ok()
}
