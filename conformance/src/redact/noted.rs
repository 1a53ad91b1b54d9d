//! Secrets of what no report shows, for the case that one of them turns up in what it does.
//!
//! A long capture has more secrets than can be searched for. Of these only a fingerprint is kept, and
//! words of a text that have it are hidden.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::scan::{self, Span};
use crate::trace::Exchange;

/// Shorter words are too likely to be something else.
const SHORTEST: usize = 16;

/// Fingerprints of secrets.
#[derive(Default)]
pub(super) struct Noted {
    secrets: HashSet<u64>,
    /// Texts that were looked through: most headers and many bodies are the same again and again.
    seen: HashSet<u64>,
}

impl Noted {
    /// Notes the secrets of an exchange.
    pub(super) fn note(&mut self, exchange: &Exchange) {
        let answer = exchange.answer.as_ref();
        let answered = answer.map(|answer| &*answer.headers).unwrap_or_default();
        for (name, value) in exchange.headers.iter().chain(answered) {
            if self.seen.insert(fingerprint(&(name, value))) {
                self.add(value, &scan::header(name, value));
                self.add(value, &scan::text(value));
            }
        }
        for (name, value) in exchange.query.iter() {
            if scan::kind_of(name).is_some() {
                self.secrets.insert(fingerprint(value.as_str()));
            }
        }
        let body = answer.map(|answer| answer.body.as_str()).unwrap_or_default();
        for text in [exchange.path.as_str(), exchange.body.as_str(), body] {
            if self.seen.insert(fingerprint(text)) {
                self.add(text, &scan::text(text));
            }
        }
    }

    fn add(&mut self, text: &str, spans: &[Span]) {
        for span in spans {
            let value = scan::decoded(&text[span.range.clone()]);
            self.secrets.insert(fingerprint(value.as_ref()));
        }
    }

    /// The text without words that are known secrets.
    pub(super) fn hidden(&self, text: String) -> String {
        if self.secrets.is_empty() {
            return text;
        }
        let made_of = |c: char| c.is_ascii_alphanumeric() || "-._~+/%".contains(c);
        let mut out = String::with_capacity(text.len());
        let mut rest = text.as_str();
        while let Some(start) = rest.find(made_of) {
            let word = &rest[start..];
            let end = word.find(|c| !made_of(c)).unwrap_or(word.len());
            let padding = word[end..].bytes().take_while(|byte| *byte == b'=').count();
            let is_secret = end >= SHORTEST
                && [&word[..end], &word[..end + padding]]
                    .into_iter()
                    .any(|word| self.secrets.contains(&fingerprint(scan::decoded(word).as_ref())));
            out.push_str(&rest[..start]);
            match is_secret {
                true => out.push_str("‹secret›"),
                false => out.push_str(&word[..end]),
            }
            rest = if is_secret { &word[end + padding..] } else { &word[end..] };
        }
        out + rest
    }
}

fn fingerprint(value: &(impl Hash + ?Sized)) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
