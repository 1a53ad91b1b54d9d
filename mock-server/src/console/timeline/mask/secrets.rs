//! The secrets of one exchange, and texts split around them.

use std::collections::HashMap;

use sha2::{Digest as _, Sha256};

use super::places::{body, header, is_form, query};
use super::texts::{MARKS, mark, shown, text};
use crate::journal::{Entry, Outcome};

/// How much of a body is shown.
pub(in crate::console::timeline) const BODY: usize = 64 << 10;
/// Shorter values are too likely to be part of something else: they are hidden under their name
/// alone.
const SHORTEST_TO_SEARCH_FOR: usize = 6;
/// How many there may be.
const MOST: usize = 512;

/// One secret.
#[derive(Clone, Debug)]
pub(in crate::console::timeline) struct Secret {
    pub kind: &'static str,
    pub value: String,
    /// What stands in its place, apart from its kind.
    pub alias: String,
}

/// A part of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::console::timeline) enum Piece {
    Text(String),
    Secret { number: usize, kind: &'static str, alias: String },
}

/// All secrets of an exchange.
#[derive(Debug, Default)]
pub(in crate::console::timeline) struct Secrets {
    found: Vec<Secret>,
    by_value: HashMap<String, usize>,
    salt: String,
}

impl Secrets {
    pub(in crate::console::timeline) fn of(entry: &Entry, salt: &str) -> Self {
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
    pub(in crate::console::timeline) fn get(&self, number: usize) -> Option<&Secret> {
        self.found.get(number)
    }

    pub(in crate::console::timeline) fn all(&self) -> &[Secret] {
        &self.found
    }

    /// A header's value.
    pub(in crate::console::timeline) fn header(&self, name: &str, value: &[u8]) -> Vec<Piece> {
        self.pieces(&header(name, &text(value), &mut |kind, value| self.known(kind, value)))
    }

    /// A query string.
    pub(in crate::console::timeline) fn query(&self, sent: &str) -> Vec<Piece> {
        self.pieces(&query(sent, &mut |kind, value| self.known(kind, value)))
    }

    /// A body, laid out for reading.
    pub(in crate::console::timeline) fn body(&self, sent: &[u8], is_form: bool) -> Vec<Piece> {
        let sent = text(cut(sent));
        self.pieces(&body(&sent, is_form, &mut |kind, value| self.known(kind, value)))
    }

    /// Anything else.
    pub(in crate::console::timeline) fn text(&self, sent: &str) -> Vec<Piece> {
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
pub(in crate::console::timeline) fn plain(pieces: &[Piece]) -> String {
    let text = |piece: &Piece| match piece {
        Piece::Text(text) => text.clone(),
        Piece::Secret { kind, alias, .. } => format!("‹{kind} {alias}›"),
    };
    pieces.iter().map(text).collect()
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

fn cut(body: &[u8]) -> &[u8] {
    &body[..body.len().min(BODY)]
}

fn alias(salt: &str, value: &str) -> String {
    let digest = Sha256::digest(format!("{salt}\0{value}"));
    digest.iter().take(3).map(|byte| format!("{byte:02x}")).collect()
}
