//! An exchange opened: within the list, or on a page of its own.

use std::sync::Arc;

use askama::Template;
use http::header::CACHE_CONTROL;
use http::{HeaderMap, StatusCode};

use super::mask::{self, Piece, Secrets, shown};
use super::row::{Status, title};
use super::{PAGE, decode};
use crate::console::visit::Visit;
use crate::console::{page, words};
use crate::http::Response;
use crate::journal::{Entry, Outcome};

#[derive(Template)]
#[template(path = "timeline_details.html")]
struct Details {
    id: u64,
    whole_page: bool,
    title: String,
    when: String,
    method: String,
    path: String,
    query: Vec<Piece>,
    version: String,
    status: Status,
    near_miss: Option<String>,
    facts: Vec<(&'static str, String)>,
    decoded: Vec<(String, Vec<Piece>)>,
    request: Part,
    answer: Option<Part>,
    is_complete: bool,
    /// The one that is to be shown, for who has no script.
    revealed: Option<(usize, String)>,
}

/// A request or an answer.
struct Part {
    headers: Vec<(String, Vec<Piece>)>,
    body: Option<Body>,
}

struct Body {
    bytes: usize,
    /// What is to be known about it.
    note: Option<String>,
    pieces: Vec<Piece>,
}

/// The details of an exchange.
pub(super) fn show(visit: &Visit<'_>, id: u64) -> Response {
    let whole_page = visit.request.header("x-console") != Some("part");
    let Some(entry) = visit.app.journal.find(id) else { return gone(visit, whole_page) };
    let secrets = secrets(visit, &entry);
    let number = visit.get("reveal").parse().ok();
    let revealed = number.and_then(|number| Some((number, secrets.get(number)?.value.clone())));
    let revealed = revealed.map(|(number, value): (usize, String)| (number, shown(&value)));
    let details = Details::new(&entry, &secrets, whole_page, revealed);
    let html = page::render(&details);
    match whole_page {
        true => page::with_panel(StatusCode::OK, &PAGE, visit, html),
        false => page::part(html),
    }
}

/// One secret of an exchange, as it is.
pub(super) fn secret(visit: &Visit<'_>, id: u64, number: usize) -> Option<Response> {
    let entry = visit.app.journal.find(id)?;
    let secrets = secrets(visit, &entry);
    let value = shown(&secrets.get(number)?.value);
    let answer = Response::with_body(StatusCode::OK, "text/plain;charset=UTF-8", value);
    Some(answer.with_header(CACHE_CONTROL, "no-store"))
}

fn secrets(visit: &Visit<'_>, entry: &Arc<Entry>) -> Secrets {
    Secrets::of(entry, visit.app.console.timeline().salt())
}

fn gone(visit: &Visit<'_>, whole_page: bool) -> Response {
    let html = "<h1>Exchange</h1><p class=\"message warn\" data-gone>This exchange is not kept any \
                more. <a href=\"/console/timeline\">The timeline</a> shows those that are.</p>";
    match whole_page {
        true => page::with_panel(StatusCode::NOT_FOUND, &PAGE, visit, html.to_owned()),
        false => {
            let html =
                "<p class=\"message warn\" data-gone>This exchange is not kept any more.</p>";
            Response { status: StatusCode::NOT_FOUND, ..page::part(html.to_owned()) }
        }
    }
}

impl Details {
    fn new(
        entry: &Entry,
        secrets: &Secrets,
        whole_page: bool,
        revealed: Option<(usize, String)>,
    ) -> Self {
        let decoded = decode::all(entry, secrets).into_iter();
        let (answer, is_complete) = match &entry.outcome {
            Outcome::Answered { headers, body, complete, .. } => {
                (Some(Part::new(headers, body, false, secrets)), *complete)
            }
            Outcome::Dropped => (None, false),
        };
        let at = entry.arrived.at.millis();
        Self {
            id: entry.arrived.order,
            whole_page,
            title: title(entry),
            when: format!("{}.{:03} UTC", words::instant(at), at.rem_euclid(1000)),
            method: shown(entry.method.as_str()),
            path: shown(&entry.path),
            query: secrets.query(entry.query.as_deref().unwrap_or_default()),
            version: format!("{:?}{}", entry.version, if entry.secure { " over TLS" } else { "" }),
            status: Status::of(&entry.outcome),
            near_miss: entry.near_miss.as_deref().map(shown),
            facts: facts(entry),
            decoded: decoded.map(|(name, text)| (name, secrets.text(&text))).collect(),
            request: Part::new(
                &entry.request_headers,
                &entry.request_body,
                mask::is_form(entry),
                secrets,
            ),
            answer,
            is_complete,
            revealed,
        }
    }

    fn revealed(&self, number: &usize) -> Option<&str> {
        self.revealed.as_ref().filter(|(shown, _)| shown == number).map(|(_, value)| &**value)
    }
}

impl Part {
    fn new(headers: &HeaderMap, body: &[u8], is_form: bool, secrets: &Secrets) -> Self {
        let header = |name: &http::HeaderName, value: &http::HeaderValue| {
            (name.to_string(), secrets.header(name.as_str(), value.as_bytes()))
        };
        Self {
            headers: headers.iter().map(|(name, value)| header(name, value)).collect(),
            body: Body::new(body, is_form, secrets),
        }
    }
}

impl Body {
    fn new(body: &[u8], is_form: bool, secrets: &Secrets) -> Option<Self> {
        let mut notes = Vec::new();
        if std::str::from_utf8(body).is_err() {
            notes.push("It is no UTF-8; what is none is shown as \u{fffd}.".to_owned());
        }
        if body.len() > mask::BODY {
            notes.push(format!("The first {} bytes; an export has all.", mask::BODY));
        }
        (!body.is_empty()).then(|| Self {
            bytes: body.len(),
            note: (!notes.is_empty()).then(|| notes.join(" ")),
            pieces: secrets.body(body, is_form),
        })
    }
}

/// What the service made of it.
fn facts(entry: &Entry) -> Vec<(&'static str, String)> {
    let facts = &entry.facts;
    let known = [
        ("Device", facts.device_id.as_deref()),
        ("Client", facts.client_id.as_deref()),
        ("Service provider", facts.service_provider.as_deref()),
        ("MVPD", facts.mvpd.as_deref()),
        ("Session code", facts.code.as_deref()),
        ("Error code", facts.error.as_deref()),
    ];
    let mut all: Vec<_> =
        known.into_iter().filter_map(|(name, value)| Some((name, shown(value?)))).collect();
    if !facts.resources.is_empty() {
        all.push(("Resources", shown(&facts.resources.join(", "))));
    }
    all.push(("Called from", entry.peer.to_string()));
    if entry.device_address != entry.peer.ip() {
        all.push(("For address", entry.device_address.to_string()));
    }
    all.push(("Sent by", entry.actor.name().replace('_', " ")));
    if !entry.faults.is_empty() {
        let faults: Vec<String> = entry.faults.iter().map(u64::to_string).collect();
        all.push(("Faults that acted", faults.join(", ")));
    }
    all
}
