//! The secrets of an exchange, and its texts without them.
//!
//! A value is a secret by the name it stands under (headers, cookies, members, parameters, inputs of
//! a page) or by its looks (JSON web tokens), and is then hidden wherever else in the exchange it
//! occurs. In its place stands a pseudonym that is the same for the same value all over one server,
//! so that "the same token again" stays visible. What is hidden is numbered in the order in which
//! it is met, which is always the same: by the number it is asked for.

use std::collections::HashMap;

use sha2::{Digest as _, Sha256};

use super::pretty;
use crate::http::Form;
use crate::journal::{Entry, Outcome};

/// How much of a body is shown.
pub(super) const BODY: usize = 64 << 10;
/// Shorter values are too likely to be part of something else: they are hidden under their name
/// alone.
const SHORTEST_TO_SEARCH_FOR: usize = 6;
/// The private characters that stand for secrets while a text is put together.
const MARKS: u32 = 0xF_0000;
/// How many there may be.
const MOST: usize = 512;

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

/// One secret.
#[derive(Clone, Debug)]
pub(super) struct Secret {
    pub kind: &'static str,
    pub value: String,
    /// What stands in its place, apart from its kind.
    pub alias: String,
}

/// A part of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    Text(String),
    Secret { number: usize, kind: &'static str, alias: String },
}

/// All secrets of an exchange.
#[derive(Debug, Default)]
pub(super) struct Secrets {
    found: Vec<Secret>,
    by_value: HashMap<String, usize>,
    salt: String,
}

/// What is told of each secret that is met, and what is to stand in its place.
type Hide<'a> = dyn FnMut(&'static str, &str) -> Option<char> + 'a;

impl Secrets {
    pub(super) fn of(entry: &Entry, salt: &str) -> Self {
        let mut secrets = Self { salt: salt.to_owned(), ..Self::default() };
        let mut learn = |kind: &'static str, value: &str| secrets.learn(kind, value);
        for (name, value) in &entry.request_headers {
            header(name.as_str(), &text(value.as_bytes()), &mut learn);
        }
        query(entry.query.as_deref().unwrap_or_default(), &mut learn);
        body(&text(cut(&entry.request_body)), is_form(entry), &mut learn);
        if let Outcome::Answered { headers, body: sent, .. } = &entry.outcome {
            for (name, value) in headers {
                header(name.as_str(), &text(value.as_bytes()), &mut learn);
            }
            body(&text(cut(sent)), false, &mut learn);
        }
        secrets
    }

    /// The secret of a number.
    pub(super) fn get(&self, number: usize) -> Option<&Secret> {
        self.found.get(number)
    }

    pub(super) fn all(&self) -> &[Secret] {
        &self.found
    }

    /// A header's value.
    pub(super) fn header(&self, name: &str, value: &[u8]) -> Vec<Piece> {
        self.pieces(&header(name, &text(value), &mut |kind, value| self.known(kind, value)))
    }

    /// A query string.
    pub(super) fn query(&self, sent: &str) -> Vec<Piece> {
        self.pieces(&query(sent, &mut |kind, value| self.known(kind, value)))
    }

    /// A body, laid out for reading.
    pub(super) fn body(&self, sent: &[u8], is_form: bool) -> Vec<Piece> {
        let sent = text(cut(sent));
        self.pieces(&body(&sent, is_form, &mut |kind, value| self.known(kind, value)))
    }

    /// Anything else.
    pub(super) fn text(&self, sent: &str) -> Vec<Piece> {
        self.pieces(&text(sent.as_bytes()))
    }

    fn learn(&mut self, kind: &'static str, value: &str) -> Option<char> {
        let value = value.trim();
        if value.is_empty() || self.found.len() >= MOST {
            return None;
        }
        let number = match self.by_value.get(value) {
            Some(number) => *number,
            None => {
                let alias = alias(&self.salt, value);
                self.found.push(Secret { kind, value: value.to_owned(), alias });
                self.by_value.insert(value.to_owned(), self.found.len() - 1);
                self.found.len() - 1
            }
        };
        mark(number)
    }

    fn known(&self, _: &'static str, value: &str) -> Option<char> {
        match value.trim() {
            "" => None,
            // One too many to be numbered is hidden all the same.
            value => Some(self.by_value.get(value).and_then(|n| mark(*n)).unwrap_or('•')),
        }
    }

    /// Splits a text with marks, after what is known was hidden everywhere in it.
    fn pieces(&self, marked: &str) -> Vec<Piece> {
        let mut marked = marked.to_owned();
        for (number, secret) in self.found.iter().enumerate() {
            let Some(mark) = mark(number) else { continue };
            if secret.value.len() >= SHORTEST_TO_SEARCH_FOR {
                for form in forms(&secret.value) {
                    if marked.contains(&form) {
                        marked = marked.replace(&form, mark.encode_utf8(&mut [0; 4]));
                    }
                }
            }
        }
        let mut pieces = Vec::new();
        let mut from = 0;
        let marks: Vec<(usize, char)> =
            marked.char_indices().filter(|(_, c)| u32::from(*c) >= MARKS).collect();
        for (at, c) in marks {
            push_text(&mut pieces, &marked[from..at]);
            let number = (u32::from(c) - MARKS) as usize;
            if let Some(secret) = self.get(number) {
                let (kind, alias) = (secret.kind, secret.alias.clone());
                pieces.push(Piece::Secret { number, kind, alias });
            }
            from = at + c.len_utf8();
        }
        push_text(&mut pieces, &marked[from..]);
        pieces
    }
}

fn push_text(pieces: &mut Vec<Piece>, text: &str) {
    if !text.is_empty() {
        pieces.push(Piece::Text(shown(text)));
    }
}

/// Pieces as one text, with pseudonyms.
pub(super) fn plain(pieces: &[Piece]) -> String {
    let text = |piece: &Piece| match piece {
        Piece::Text(text) => text.clone(),
        Piece::Secret { kind, alias, .. } => format!("‹{kind} {alias}›"),
    };
    pieces.iter().map(text).collect()
}

/// A text in which nothing hides or turns round: control characters, and those that change the
/// direction of writing, stand there by their numbers.
pub(super) fn shown(text: &str) -> String {
    let hides = |c: char| {
        (c.is_control() && c != '\n' && c != '\t')
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}')
            || matches!(c, '\u{61c}' | '\u{feff}' | '\u{2028}' | '\u{2029}')
            || matches!(c, '\u{e0000}'..='\u{e007f}')
    };
    if !text.contains(hides) {
        return text.to_owned();
    }
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\r' => {}
            c if hides(c) => shown.push_str(&format!("\\u{{{:x}}}", u32::from(c))),
            c => shown.push(c),
        }
    }
    shown
}

/// Whether a request's body is a form.
pub(super) fn is_form(entry: &Entry) -> bool {
    let media_type = entry.request_headers.get(http::header::CONTENT_TYPE);
    let media_type = media_type.and_then(|value| value.to_str().ok()).unwrap_or_default();
    media_type.to_ascii_lowercase().contains("x-www-form-urlencoded")
}

fn header(name: &str, value: &str, hide: &mut Hide<'_>) -> String {
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

fn query(sent: &str, hide: &mut Hide<'_>) -> String {
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

fn body(sent: &str, is_form: bool, hide: &mut Hide<'_>) -> String {
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

/// Hides what stands behind a secret's name in any text: `name=value`, `"name": "value"`, whether or
/// not the text is whole.
fn named(sent: &str, hide: &mut Hide<'_>) -> String {
    let mut out = String::with_capacity(sent.len());
    let mut rest = sent;
    while let Some((begin, end, kind)) = next_named(rest) {
        out.push_str(&rest[..begin]);
        let value = &rest[begin..end];
        match hide(kind, value) {
            Some(mark) => out.push(mark),
            None => out.push_str(value),
        }
        rest = &rest[end..];
    }
    out.push_str(rest);
    web_tokens(&out, hide)
}

/// The first value under a secret's name: where it begins and ends.
fn next_named(text: &str) -> Option<(usize, usize, &'static str)> {
    let bytes = text.as_bytes();
    let is_word = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
    let mut at = 0;
    while at < bytes.len() {
        if !is_word(bytes[at]) {
            at += 1;
            continue;
        }
        let word_end =
            bytes[at..].iter().position(|b| !is_word(*b)).map_or(bytes.len(), |n| at + n);
        if let Some(kind) = kind(&text[at..word_end])
            && let Some(begin) = value_begins(bytes, word_end)
        {
            let quoted = matches!(bytes.get(begin - 1), Some(b'"' | b'\''));
            let ends = |b: u8| match quoted {
                true => b == bytes[begin - 1],
                false => b.is_ascii_whitespace() || b"&<>\"',;{}[]()".contains(&b),
            };
            let end =
                bytes[begin..].iter().position(|b| ends(*b)).map_or(bytes.len(), |n| begin + n);
            if end > begin {
                return Some((begin, end, kind));
            }
        }
        at = word_end;
    }
    None
}

/// Where the value of the name that ends there begins.
fn value_begins(bytes: &[u8], mut at: usize) -> Option<usize> {
    let blank = |at: &mut usize| {
        while bytes.get(*at).is_some_and(|b| *b == b' ' || *b == b'\n' || *b == b'\t') {
            *at += 1;
        }
    };
    if matches!(bytes.get(at), Some(b'"' | b'\'')) {
        at += 1;
    }
    blank(&mut at);
    if !matches!(bytes.get(at), Some(b'=' | b':')) {
        return None;
    }
    at += 1;
    blank(&mut at);
    if matches!(bytes.get(at), Some(b'"' | b'\'')) {
        at += 1;
    }
    (at < bytes.len()).then_some(at)
}

/// Hides the values of a page's inputs for passwords and tokens.
fn inputs(page: &str, hide: &mut Hide<'_>) -> String {
    let mut out = String::with_capacity(page.len());
    let mut rest = page;
    while let Some(begin) = rest.find("<input") {
        let end = rest[begin..].find('>').map_or(rest.len(), |n| begin + n);
        out.push_str(&rest[..begin]);
        let tag = &rest[begin..end];
        let attribute = |name: &str| {
            let (_, value) = tag.split_once(&format!(" {name}=\""))?;
            value.split_once('"').map(|(value, _)| value)
        };
        let named = attribute("name").and_then(kind);
        let kind = named.or((attribute("type") == Some("password")).then_some("password"));
        match (kind, attribute("value")) {
            (Some(kind), Some(value)) if !value.is_empty() => match hide(kind, value) {
                Some(mark) => {
                    let hidden = format!(" value=\"{mark}\"");
                    out.push_str(&tag.replacen(&format!(" value=\"{value}\""), &hidden, 1));
                }
                None => out.push_str(tag),
            },
            _ => out.push_str(tag),
        }
        rest = &rest[end..];
    }
    out.push_str(rest);
    out
}

/// Hides what looks like a JSON web token.
fn web_tokens(text: &str, hide: &mut Hide<'_>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(begin) = rest.find("eyJ") {
        let is_part = |b: &u8| b.is_ascii_alphanumeric() || b"-_.=".contains(b);
        let length = rest.as_bytes()[begin..].iter().take_while(|b| is_part(b)).count();
        let token = &rest[begin..begin + length];
        out.push_str(&rest[..begin]);
        let looks = token.len() >= 16 && token.bytes().filter(|b| *b == b'.').count() == 2;
        match looks.then(|| hide("token", token)).flatten() {
            Some(mark) => out.push(mark),
            None => out.push_str(token),
        }
        rest = &rest[begin + length..];
    }
    out.push_str(rest);
    out
}

fn kind(name: &str) -> Option<&'static str> {
    let found = NAMES.iter().find(|(secret, _)| name.eq_ignore_ascii_case(secret));
    found.map(|(_, kind)| *kind)
}

/// A value as it may be written elsewhere.
fn forms(value: &str) -> Vec<String> {
    let json = serde_json::to_string(value).unwrap_or_default();
    let json = json.trim_matches('"').to_owned();
    let form: String = form_urlencoded::byte_serialize(value.as_bytes()).collect();
    let mut forms = vec![value.to_owned(), json, form.clone(), form.replace('+', "%20")];
    forms.dedup();
    forms
}

fn mark(number: usize) -> Option<char> {
    u32::try_from(number).ok().and_then(|number| char::from_u32(MARKS + number))
}

/// Bytes as text without any of the marks.
fn text(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    text.chars().map(|c| if u32::from(c) >= MARKS { '\u{fffd}' } else { c }).collect()
}

fn cut(body: &[u8]) -> &[u8] {
    &body[..body.len().min(BODY)]
}

fn alias(salt: &str, value: &str) -> String {
    let digest = Sha256::digest(format!("{salt}\0{value}"));
    digest.iter().take(3).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::{HeaderMap, HeaderValue};
    use proptest::prelude::*;

    use super::*;
    use crate::journal::sample;

    fn with(headers: &[(&'static str, &str)], query: Option<&str>, body: &str) -> Entry {
        let headers: HeaderMap = headers
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_str(value).unwrap()))
            .collect();
        Entry {
            request_headers: headers,
            query: query.map(str::to_owned),
            request_body: Bytes::from(body.to_owned()),
            ..sample::polled()
        }
    }

    fn all(entry: &Entry) -> String {
        let secrets = Secrets::of(entry, "salt");
        let mut lines: Vec<String> = entry
            .request_headers
            .iter()
            .map(|(name, value)| plain(&secrets.header(name.as_str(), value.as_bytes())))
            .collect();
        lines.push(plain(&secrets.query(entry.query.as_deref().unwrap_or_default())));
        lines.push(plain(&secrets.body(&entry.request_body, is_form(entry))));
        lines.join("\n")
    }

    #[test]
    fn secrets_are_found_by_name_and_by_looks() {
        let form = ("content-type", "application/x-www-form-urlencoded");
        let cases = [
            with(&[("authorization", "Bearer SEKRET-1")], Some("access_token=SEKRET%2D1&a=b"), ""),
            with(
                &[("cookie", "a=SEKRET1; b=SEKRET2"), ("set-cookie", "x=SEKRET3; Path=/")],
                None,
                "",
            ),
            with(&[form], None, "username=anna&p%61ssword=SEKRET%26x&SAMLResponse=SEKRET"),
            with(
                &[],
                None,
                r#"{"access_token":"SEKRET\"1","token":{"serializedToken":"SEKRET2"}}"#,
            ),
            with(&[], None, r#"{"access_token" : "SEKRET in the mid"#),
            with(&[], None, r#"<input id="p" name="password" type="password" value="SEKRET">"#),
            with(&[("ad-service-token", "SEKRET"), ("x", "SEKRET again")], None, ""),
            with(
                &[("location", "/x?client_secret=SEKRET&y=1")],
                None,
                "eyJTRUtSRVQ.eyJTRUtSRVQ.SEKRET",
            ),
        ];
        let shown: Vec<String> = cases.iter().map(all).collect();
        let text = shown.join("\n--\n");
        assert!(!text.contains("SEKRET"), "{text}");
        insta::assert_snapshot!(text);
    }

    #[test]
    fn a_pseudonym_is_of_a_value_and_a_server() {
        let one = with(&[("authorization", "Bearer SEKRET-1")], None, "");
        let alias = |entry: &Entry, salt: &str| Secrets::of(entry, salt).found[0].alias.clone();
        let other = with(&[], Some("access_token=SEKRET-1"), "");
        assert_eq!(alias(&one, "a"), alias(&other, "a"));
        assert_ne!(alias(&one, "a"), alias(&one, "b"));
    }

    #[test]
    fn nothing_turns_the_writing_round() {
        assert_eq!(shown("a\u{202e}b\u{0}c\r\nd"), "a\\u{202e}b\\u{0}c\nd");
    }

    proptest! {
        #[test]
        fn whatever_is_sent_the_secret_stays_hidden(
            before in r#"[a-z"':=&{}<> \\]{0,16}"#,
            secret in "[A-Za-z0-9+/ \"&%<é]{12,24}",
            is_json in any::<bool>(),
        ) {
            let body = match is_json {
                true => serde_json::json!({before.clone(): before, "password": secret}).to_string(),
                false => form_urlencoded::Serializer::new(String::new())
                    .append_pair(&before, "x").append_pair("password", &secret).finish(),
            };
            let media_type = if is_json { "application/json" } else { "application/x-www-form-urlencoded" };
            let entry = with(&[("content-type", media_type)], None, &body);
            let shown = all(&entry);
            prop_assert!(!shown.contains(secret.trim()), "{shown}");
            let secrets = Secrets::of(&entry, "s");
            prop_assert!(secrets.all().iter().any(|found| found.value == secret.trim()));
        }

        #[test]
        fn any_text_can_be_masked(text in ".*", name in "[a-z-]{1,12}") {
            let entry = with(&[], Some(&text), &text);
            let secrets = Secrets::of(&entry, "s");
            secrets.header(&name, text.as_bytes());
            secrets.body(text.as_bytes(), true);
        }
    }
}
