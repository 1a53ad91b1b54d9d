//! Where secrets stand in a text.

use std::borrow::Cow;
use std::ops::Range;

use super::Kind;

/// A secret's place in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) kind: Kind,
    pub(super) range: Range<usize>,
}

/// Names of JSON members, parameters and headers that hold a secret.
const NAMES: &[(&str, Kind)] = &[
    ("access_token", Kind::Token),
    ("client_secret", Kind::Secret),
    ("password", Kind::Password),
    ("software_statement", Kind::Statement),
    ("serializedtoken", Kind::MediaToken),
    ("samlresponse", Kind::Saml),
    ("ad-service-token", Kind::Identity),
    ("adobe-subject-token", Kind::Identity),
    ("x-roku-reserved-roku-connect-token", Kind::Identity),
    ("ap-temppass-identity", Kind::Identity),
];

/// What a member, parameter or header of this name holds, when it is a secret.
pub(super) fn kind_of(name: &str) -> Option<Kind> {
    NAMES.iter().find(|(known, _)| name.eq_ignore_ascii_case(known)).map(|(_, kind)| *kind)
}

/// The secrets in a header's value.
pub(super) fn header(name: &str, value: &str) -> Vec<Span> {
    let whole = 0..value.len();
    match name.to_ascii_lowercase().as_str() {
        "authorization" | "proxy-authorization" => {
            let start = value.find(' ').map_or(0, |space| space + 1);
            vec![Span { kind: Kind::Token, range: start..value.len() }]
        }
        "cookie" => value.split(';').filter_map(|pair| cookie(value, pair)).collect(),
        "set-cookie" => cookie(value, value.split(';').next().unwrap_or("")).into_iter().collect(),
        other => kind_of(other).map(|kind| Span { kind, range: whole }).into_iter().collect(),
    }
}

/// The value in `name=value`, a part of `whole`.
fn cookie(whole: &str, pair: &str) -> Option<Span> {
    let start = pair.as_ptr().addr() - whole.as_ptr().addr() + pair.find('=')? + 1;
    let end = start + pair.len() - pair.find('=')? - 1;
    (start < end).then_some(Span { kind: Kind::Cookie, range: start..end })
}

/// The secrets in any text: JSON, a form, a URL, a log. In order, and none within another.
pub(super) fn text(text: &str) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let word = word_at(text, at);
        if word.is_empty() {
            at += text[at..].chars().next().map_or(1, char::len_utf8);
            continue;
        }
        let end = at + word.len();
        let found = if let Some(kind) = kind_of(word) {
            value_after(text, end).map(|range| Span { kind, range })
        } else if word.eq_ignore_ascii_case("bearer") {
            bearer(text, end)
        } else if is_jwt(word) {
            Some(Span { kind: Kind::Token, range: at..end })
        } else {
            None
        };
        at = found.as_ref().map_or(end, |span| span.range.end.max(end));
        spans.extend(found);
    }
    spans
}

/// The longest run of characters that names and JSON web tokens are made of.
fn word_at(text: &str, at: usize) -> &str {
    let rest = &text[at..];
    let made_of = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    &rest[..rest.find(|c| !made_of(c)).unwrap_or(rest.len())]
}

/// The value in `name=value`, `name: value`, `"name":"value"` or `\"name\":\"value\"`.
fn value_after(text: &str, end: usize) -> Option<Range<usize>> {
    let rest = &text[end..];
    let separator = rest.trim_start_matches(['\\', '"', '\'']).trim_start();
    let after = separator.strip_prefix(['=', ':'])?.trim_start_matches(' ');
    let value = after.trim_start_matches(['\\', '"', '\'']);
    let quoted = value.len() < after.len();
    let start = text.len() - value.len();
    let ends = |c: char| match quoted {
        true => matches!(c, '"' | '\''),
        false => c.is_whitespace() || matches!(c, '&' | ',' | ';' | '"' | '\'' | '}' | '<' | '#'),
    };
    let length = value.find(ends).unwrap_or(value.len());
    let value = value[..length].trim_end_matches('\\');
    let hidden_already = value.starts_with('‹');
    (!value.is_empty() && !hidden_already).then(|| start..start + value.len())
}

/// The token in `Bearer token`, if what follows looks like one and not like prose.
fn bearer(text: &str, end: usize) -> Option<Span> {
    let rest = text[end..].strip_prefix(' ')?;
    let made_of = |c: char| c.is_ascii_alphanumeric() || "-._~+/=".contains(c);
    let length = rest.find(|c| !made_of(c)).unwrap_or(rest.len());
    let start = end + 1;
    let digits = rest[..length].bytes().any(|b| b.is_ascii_digit());
    (length >= 16 && digits).then_some(Span { kind: Kind::Token, range: start..start + length })
}

fn is_jwt(word: &str) -> bool {
    let parts: Vec<_> = word.split('.').collect();
    parts.len() == 3 && parts[0].starts_with("eyJ") && parts[1].len() >= 8
}

/// The value that an encoded form of it stands for.
pub(super) fn decoded(raw: &str) -> Cow<'_, str> {
    if raw.contains('%') {
        return percent_encoding::percent_decode_str(raw).decode_utf8_lossy();
    }
    match raw.contains("\\/") {
        true => Cow::Owned(raw.replace("\\/", "/")),
        false => Cow::Borrowed(raw),
    }
}

/// The forms in which a value may occur, itself first.
pub(super) fn encodings(value: &str) -> Vec<String> {
    let form: String = form_urlencoded::byte_serialize(value.as_bytes()).collect();
    let lower = lower_case_escapes(&form);
    let mut all = vec![value.to_owned(), value.replace('/', "\\/"), form, lower];
    all.sort();
    all.dedup();
    all
}

/// `%2F` as `%2f`, as some clients write it.
fn lower_case_escapes(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut left = 0_u8;
    for c in text.chars() {
        left = if c == '%' { 3 } else { left };
        out.push(if left > 0 { c.to_ascii_lowercase() } else { c });
        left = left.saturating_sub(1);
    }
    out
}
