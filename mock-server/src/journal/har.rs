//! The journal as an HTTP Archive, version 1.2, which every browser's developer tools and most
//! proxies read.
//!
//! What HAR has no place for stands in fields that begin with an underscore, as the format asks:
//! `_id` and `_order` (places in the order of arrival and answer), `_actor`, `_endpoint`,
//! `_complete` when a body was cut off, `_error` when the connection was dropped (its status is 0),
//! `_near_miss`, and `_faults` with the ids of the fault rules that changed the answer. Sizes that the
//! journal does not know are -1.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use chrono::{DateTime, SecondsFormat};
use http::{HeaderMap, Version};
use serde_json::{Value, json};

use super::export::headers;
use super::{Entry, Outcome};
use crate::clock::Timestamp;
use crate::http::Form;

/// The archive of some entries.
pub fn archive<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> Value {
    let entries: Vec<Value> = entries.into_iter().map(entry).collect();
    json!({
        "log": {
            "version": "1.2",
            "creator": { "name": "pass-mock", "version": env!("CARGO_PKG_VERSION") },
            "entries": entries,
        }
    })
}

fn entry(entry: &Entry) -> Value {
    let wait = entry.answered.at.since(entry.arrived.at).as_millis();
    let mut har = json!({
        "startedDateTime": iso(entry.arrived.at),
        "time": u64::try_from(wait).unwrap_or(u64::MAX),
        "request": request(entry),
        "response": response(entry),
        "cache": {},
        "timings": { "send": 0, "wait": u64::try_from(wait).unwrap_or(u64::MAX), "receive": 0 },
        "serverIPAddress": entry.local.ip().to_string(),
        "connection": entry.peer.port().to_string(),
        "_id": entry.arrived.order,
        "_order": entry.answered.order,
        "_actor": entry.actor.name(),
    });
    if let Some(endpoint) = entry.endpoint {
        har["_endpoint"] = endpoint.name().into();
    }
    if !entry.faults.is_empty() {
        har["_faults"] = entry.faults.clone().into();
    }
    if let Some(near_miss) = &entry.near_miss {
        har["_near_miss"] = near_miss.as_str().into();
    }
    har
}

fn request(entry: &Entry) -> Value {
    let query = Form::parse(entry.query.as_deref().unwrap_or_default().as_bytes());
    let mut har = json!({
        "method": entry.method.as_str(),
        "url": url(entry),
        "httpVersion": version(entry),
        "cookies": sent_cookies(&entry.request_headers),
        "headers": pairs(&headers(&entry.request_headers)),
        "queryString": pairs(query.pairs()),
        "headersSize": -1,
        "bodySize": entry.request_body.len(),
    });
    if !entry.request_body.is_empty() {
        har["postData"] = post_data(entry);
    }
    har
}

/// HAR has no encoding for a request's body: bytes that are no UTF-8 are lost in `text`, and a
/// custom field keeps them.
fn post_data(entry: &Entry) -> Value {
    let media_type = text_of(&entry.request_headers, "content-type");
    let is_form = media_type.to_ascii_lowercase().contains("x-www-form-urlencoded");
    let mut har = json!({
        "mimeType": media_type,
        "text": String::from_utf8_lossy(&entry.request_body),
    });
    if is_form {
        har["params"] = pairs(Form::parse(&entry.request_body).pairs());
    }
    if std::str::from_utf8(&entry.request_body).is_err() {
        har["_base64"] = STANDARD.encode(&entry.request_body).into();
    }
    har
}

fn response(entry: &Entry) -> Value {
    let none = HeaderMap::new();
    let (status, sent, body, complete) = match &entry.outcome {
        Outcome::Answered { status, headers, body, complete } => {
            (Some(*status), headers, body.clone(), *complete)
        }
        Outcome::Dropped => (None, &none, Bytes::new(), false),
    };
    let mut har = json!({
        "status": status.map_or(0, |status| status.as_u16()),
        "statusText": status.and_then(|status| status.canonical_reason()).unwrap_or_default(),
        "httpVersion": version(entry),
        "cookies": set_cookies(sent),
        "headers": pairs(&headers(sent)),
        "content": content(sent, &body),
        "redirectURL": text_of(sent, "location"),
        "headersSize": -1,
        "bodySize": body.len(),
    });
    if status.is_none() {
        har["_error"] = "the connection was closed without an answer".into();
    } else if !complete {
        har["_complete"] = false.into();
    }
    har
}

fn content(headers: &HeaderMap, body: &Bytes) -> Value {
    let media_type = text_of(headers, "content-type");
    let media_type = if media_type.is_empty() { "x-unknown".to_owned() } else { media_type };
    match std::str::from_utf8(body) {
        Ok(text) => json!({ "size": body.len(), "mimeType": media_type, "text": text }),
        Err(_) => json!({
            "size": body.len(),
            "mimeType": media_type,
            "text": STANDARD.encode(body),
            "encoding": "base64",
        }),
    }
}

fn url(entry: &Entry) -> String {
    let host = match text_of(&entry.request_headers, "host") {
        host if host.is_empty() => entry.local.to_string(),
        host => host,
    };
    let query = entry.query.as_ref().map(|query| format!("?{query}")).unwrap_or_default();
    let scheme = if entry.secure { "https" } else { "http" };
    format!("{scheme}://{host}{}{query}", entry.path)
}

fn version(entry: &Entry) -> &'static str {
    match entry.version {
        Version::HTTP_2 => "HTTP/2",
        Version::HTTP_10 => "HTTP/1.0",
        _ => "HTTP/1.1",
    }
}

fn pairs(list: &[(String, String)]) -> Value {
    list.iter().map(|(name, value)| json!({ "name": name, "value": value })).collect()
}

fn sent_cookies(headers: &HeaderMap) -> Value {
    let cookies = headers.get_all("cookie").iter().filter_map(|value| value.to_str().ok());
    cookies.flat_map(|list| list.split(';')).filter_map(cookie).collect()
}

fn set_cookies(headers: &HeaderMap) -> Value {
    let cookies = headers.get_all("set-cookie").iter().filter_map(|value| value.to_str().ok());
    cookies.filter_map(|line| cookie(line.split(';').next()?)).collect()
}

fn cookie(pair: &str) -> Option<Value> {
    let (name, value) = pair.split_once('=')?;
    Some(json!({ "name": name.trim(), "value": value.trim() }))
}

fn text_of(headers: &HeaderMap, name: &str) -> String {
    let value = headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()));
    value.unwrap_or_default().into_owned()
}

/// ISO 8601 with milliseconds; instants beyond what a calendar can say become its last one.
pub(crate) fn iso(at: Timestamp) -> String {
    let instant =
        DateTime::from_timestamp_millis(at.millis()).unwrap_or(DateTime::<chrono::Utc>::MAX_UTC);
    instant.to_rfc3339_opts(SecondsFormat::Millis, true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::sample;

    #[test]
    fn every_kind_of_entry_has_its_form() {
        let entries = [sample::polled(), sample::dropped(), sample::lost()];
        let mut har = archive(&entries);
        har["log"]["creator"]["version"] = "VERSION".into();
        insta::assert_json_snapshot!(har);
    }

    #[test]
    fn instants_are_written_to_the_millisecond() {
        assert_eq!(iso(Timestamp(1_760_000_000_007)), "2025-10-09T08:53:20.007Z");
        assert!(iso(Timestamp(i64::MAX)).starts_with('+'));
    }
}
