//! An exchange in a row.

use askama::Template;
use chrono::DateTime;

use super::columns::Columns;
use super::lanes::{self, Directory, Place};
use super::mask::{Secrets, plain, shown};
use crate::console::{page, words};
use crate::journal::{Actor, Entry, Outcome};
use crate::router::Endpoint;

/// How much of a path a row shows.
const PATH: usize = 140;

#[derive(Template)]
#[template(path = "timeline_row.html")]
pub(super) struct Row {
    id: u64,
    at: usize,
    colour: u32,
    place: Place,
    is_problem: bool,
    clock: String,
    iso: String,
    gap: String,
    title: String,
    call: &'static str,
    line: String,
    status: Status,
    error: Option<String>,
    took: String,
    tags: Vec<Tag>,
    near_miss: Option<String>,
}

/// How a status is told: in colour and in words.
#[derive(Clone)]
pub(super) struct Status {
    pub text: String,
    pub look: &'static str,
    pub code: u16,
}

/// Something that is special about an exchange.
pub(super) struct Tag {
    pub text: String,
    pub look: &'static str,
}

impl Row {
    pub(super) fn new(entry: &Entry, directory: &Directory, columns: &Columns) -> Self {
        let place = directory.place(entry);
        let at = entry.arrived.at.millis();
        let time = DateTime::from_timestamp_millis(at).unwrap_or_default();
        Self {
            id: entry.arrived.order,
            at: columns.of(place.lane),
            colour: lanes::colour(place.lane),
            is_problem: entry.is_problem(),
            clock: time.format("%H:%M:%S%.3f").to_string(),
            iso: time.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string(),
            gap: gap(place.gap),
            title: title(entry),
            call: entry.endpoint.map(Endpoint::name).unwrap_or_default(),
            line: line(entry, directory.salt()),
            status: Status::of(&entry.outcome),
            error: entry.facts.error.as_deref().map(shown),
            took: took(entry.took()),
            tags: tags(entry),
            near_miss: entry.near_miss.as_deref().map(shown),
            place,
        }
    }

    pub(super) fn render(&self) -> String {
        page::render(self)
    }
}

/// The documented name of the call, or what it is instead.
pub(super) fn title(entry: &Entry) -> String {
    match (entry.endpoint, entry.actor) {
        (_, Actor::Preflight) => "CORS preflight".to_owned(),
        (Some(endpoint), _) => endpoint.title().to_owned(),
        (None, _) => "No documented call".to_owned(),
    }
}

/// Method, path and query, without secrets and not too long.
fn line(entry: &Entry, salt: &str) -> String {
    let mut path = entry.path.clone();
    if let Some(query) = &entry.query {
        let secrets = Secrets::of(entry, salt);
        path = format!("{path}?{}", plain(&secrets.query(query)));
    }
    let path = shown(&path);
    let path = match path.char_indices().nth(PATH) {
        Some((end, _)) => format!("{}…", &path[..end]),
        None => path,
    };
    format!("{} {path}", shown(entry.method.as_str()))
}

impl Status {
    pub(super) fn of(outcome: &Outcome) -> Self {
        let Outcome::Answered { status, .. } = outcome else {
            return Self { text: "no answer".to_owned(), look: "bad", code: 0 };
        };
        let look = match status.as_u16() {
            429 => "warn",
            100..=299 => "good",
            300..=399 => "",
            _ => "bad",
        };
        let reason = status.canonical_reason().unwrap_or_default();
        Self {
            text: format!("{} {reason}", status.as_u16()).trim().to_owned(),
            look,
            code: status.as_u16(),
        }
    }
}

fn tags(entry: &Entry) -> Vec<Tag> {
    let mut tags = Vec::new();
    let mut tag = |text: &str, look| tags.push(Tag { text: text.to_owned(), look });
    for fault in &entry.faults {
        tag(&format!("fault {fault}"), "warn");
    }
    if let Outcome::Answered { status, complete, body, .. } = &entry.outcome {
        if status.as_u16() == 429 {
            tag("throttled", "warn");
        }
        if !complete {
            tag("cut short", "bad");
        }
        let decides = matches!(entry.endpoint, Some(Endpoint::Authorize | Endpoint::Preauthorize));
        if decides && status.is_success() && is_denied(body) {
            tag("denied", "warn");
        }
    }
    if entry.actor == Actor::Harness {
        tag("harness", "");
    }
    tags
}

/// Whether one of the decisions is a deny.
fn is_denied(body: &[u8]) -> bool {
    const DENY: &[u8] = b"\"authorized\":false";
    body.windows(DENY.len()).any(|window| window == DENY)
}

fn gap(millis: Option<i64>) -> String {
    match millis {
        None => "first".to_owned(),
        Some(millis @ 0..1_000) => format!("+{millis} ms"),
        Some(millis @ 1_000..60_000) => format!("+{}.{:03} s", millis / 1000, millis % 1000),
        Some(millis) if millis < 0 => "earlier".to_owned(),
        Some(millis) => format!("+{}", words::duration(millis)),
    }
}

fn took(millis: u64) -> String {
    match millis {
        0..10_000 => format!("{millis} ms"),
        _ => words::duration(i64::try_from(millis).unwrap_or(i64::MAX)),
    }
}
