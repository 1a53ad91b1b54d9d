//! Where secrets stand in any text, whole or not: behind their names, in the inputs of a page, or by
//! their looks.

use super::places::{Hide, kind};

/// Hides what stands behind a secret's name in any text: `name=value`, `"name": "value"`, whether or
/// not the text is whole.
pub(super) fn named(sent: &str, hide: &mut Hide<'_>) -> String {
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
pub(super) fn inputs(page: &str, hide: &mut Hide<'_>) -> String {
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
pub(super) fn web_tokens(text: &str, hide: &mut Hide<'_>) -> String {
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
