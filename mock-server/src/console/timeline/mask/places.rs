//! Where secrets stand in an exchange: which headers, parameters and members hold them.

use super::scan::{inputs, named, web_tokens};
use super::texts::text;
use crate::console::timeline::pretty;
use crate::http::Form;
use crate::journal::Entry;

/// Names of members, parameters and inputs, in lower case, and what stands under them.
const NAMES: [(&str, &str); 16] = [
    ("access_token", "access token"),
    ("refresh_token", "token"),
    ("id_token", "token"),
    ("token", "token"),
    ("client_secret", "client secret"),
    ("secret", "secret"),
    ("software_statement", "software statement"),
    ("password", "password"),
    ("pin", "PIN"),
    ("serializedtoken", "media token"),
    ("samlresponse", "SAML response"),
    ("form_token", "form token"),
    ("client_assertion", "assertion"),
    ("assertion", "assertion"),
    ("api_key", "key"),
    ("authorization", "credentials"),
];

/// Headers whose value is one.
const HEADERS: [(&str, &str); 6] = [
    ("proxy-authorization", "credentials"),
    ("ad-service-token", "identity"),
    ("adobe-subject-token", "identity"),
    ("ap-temppass-identity", "identity"),
    ("ap-partner-framework-status", "partner status"),
    ("x-api-key", "key"),
];

/// What is told of each secret that is met, and what is to stand in its place.
pub(super) type Hide<'a> = dyn FnMut(&'static str, &str) -> Option<char> + 'a;

/// Whether a request's body is a form.
pub(in crate::console::timeline) fn is_form(entry: &Entry) -> bool {
    let media_type = entry.request_headers.get(http::header::CONTENT_TYPE);
    let media_type = media_type.and_then(|value| value.to_str().ok()).unwrap_or_default();
    media_type.to_ascii_lowercase().contains("x-www-form-urlencoded")
}

pub(super) fn header(name: &str, value: &str, hide: &mut Hide<'_>) -> String {
    let mut hidden = |kind, value: &str| match hide(kind, value) {
        Some(mark) => mark.to_string(),
        None => value.to_owned(),
    };
    match name {
        "authorization" => match value.split_once(' ') {
            Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => {
                format!("{scheme} {}", hidden("access token", token))
            }
            Some((scheme, rest)) => format!("{scheme} {}", hidden("credentials", rest)),
            None => hidden("credentials", value),
        },
        "cookie" => {
            let pair = |pair: &str| match pair.split_once('=') {
                Some((name, value)) => format!("{name}={}", hidden("cookie", value)),
                None => hidden("cookie", pair),
            };
            value.split(';').map(pair).collect::<Vec<_>>().join(";")
        }
        "set-cookie" => {
            let (pair, rest) = value.split_at(value.find(';').unwrap_or(value.len()));
            match pair.split_once('=') {
                Some((name, value)) => format!("{name}={}{rest}", hidden("cookie", value)),
                None => value.to_owned(),
            }
        }
        name => match HEADERS.iter().find(|(secret, _)| *secret == name) {
            Some((_, kind)) => hidden(kind, value),
            None => named(value, hide),
        },
    }
}

pub(super) fn query(sent: &str, hide: &mut Hide<'_>) -> String {
    let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let form = Form::parse(text(sent.as_bytes()).as_bytes());
    let mut pair = |(name, value): &(String, String)| match kind(name) {
        Some(kind) if !value.trim().is_empty() => {
            let value = hide(kind, value).map_or_else(|| encode(value), String::from);
            format!("{}={value}", encode(name))
        }
        _ if value.is_empty() => encode(name),
        _ => format!("{}={}", encode(name), named(&encode(value), hide)),
    };
    form.pairs().iter().map(&mut pair).collect::<Vec<_>>().join("&")
}

pub(super) fn body(sent: &str, is_form: bool, hide: &mut Hide<'_>) -> String {
    if is_form {
        let form = Form::parse(sent.as_bytes());
        let mut line = |(name, value): &(String, String)| {
            let hidden = kind(name).and_then(|kind| hide(kind, value)).map(String::from);
            let value = hidden.unwrap_or_else(|| named(&text(value.as_bytes()), hide));
            format!("{} = {value}", text(name.as_bytes()))
        };
        return form.pairs().iter().map(&mut line).collect::<Vec<_>>().join("\n");
    }
    let laid_out = pretty::json(sent, |name, value| {
        let mark = kind(name).and_then(|kind| hide(kind, value));
        mark.map(|mark| format!("\"{mark}\""))
    });
    match laid_out {
        Some(text) => web_tokens(&text, hide),
        None => inputs(&named(sent, hide), hide),
    }
}

pub(super) fn kind(name: &str) -> Option<&'static str> {
    let found = NAMES.iter().find(|(secret, _)| name.eq_ignore_ascii_case(secret));
    found.map(|(_, kind)| *kind)
}
