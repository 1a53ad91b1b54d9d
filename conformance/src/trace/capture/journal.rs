//! The lines of a journal export (version 1), read independently of who wrote them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use super::lenient::{Pairs, Text};
use crate::trace::Moment;

/// The first line.
#[derive(Debug, Deserialize)]
pub(super) struct Header {
    pub(super) format: String,
    pub(super) version: u64,
    /// How many exchanges the journal had to forget.
    #[serde(default)]
    pub(super) forgotten: u64,
}

/// The `format` of the first line.
pub(super) const FORMAT: &str = "pass-mock-journal";

/// Every further line.
#[derive(Debug, Deserialize)]
pub(super) struct Line<'a> {
    pub(super) arrived: At,
    pub(super) answered: At,
    #[serde(borrow)]
    pub(super) actor: Text<'a>,
    #[serde(borrow, default)]
    pub(super) peer: Text<'a>,
    #[serde(borrow, default)]
    pub(super) local: Text<'a>,
    #[serde(borrow)]
    pub(super) request: Asked<'a>,
    #[serde(borrow, default)]
    pub(super) answer: Option<Answered<'a>>,
    #[serde(default)]
    pub(super) faults: Vec<u64>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
pub(super) struct At {
    order: u64,
    at: i64,
}

#[derive(Debug, Deserialize)]
pub(super) struct Asked<'a> {
    #[serde(default)]
    pub(super) secure: bool,
    #[serde(borrow)]
    pub(super) method: Text<'a>,
    #[serde(borrow)]
    pub(super) path: Text<'a>,
    #[serde(borrow, default)]
    pub(super) query: Text<'a>,
    #[serde(borrow, default)]
    pub(super) headers: Pairs<'a>,
    #[serde(borrow, default)]
    pub(super) body: Body<'a>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Answered<'a> {
    pub(super) status: u16,
    #[serde(borrow, default)]
    pub(super) headers: Pairs<'a>,
    #[serde(borrow, default)]
    pub(super) body: Body<'a>,
    pub(super) complete: bool,
}

/// A body: text, bytes, or left out when it is empty.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Body<'a> {
    #[serde(borrow)]
    text: Text<'a>,
    #[serde(borrow)]
    base64: Text<'a>,
}

impl From<At> for Moment {
    fn from(at: At) -> Self {
        Self { order: at.order, at: at.at }
    }
}

impl Body<'_> {
    pub(super) fn into_bytes(self) -> Vec<u8> {
        match (self.text.0, self.base64.filled()) {
            (Some(text), _) => text.into_owned().into_bytes(),
            (None, Some(encoded)) => STANDARD.decode(encoded).unwrap_or_default(),
            (None, None) => Vec::new(),
        }
    }
}
