//! The timeline: every exchange as it happens, in lanes.
//!
//! The page shows the newest exchanges that match its address, rendered here; the script follows a
//! stream of rows that are rendered here as well, so that there is one template for both. What is
//! masked is revealed one value at a time, each by a request of its own.
//!
//! | module | what it is |
//! | --- | --- |
//! | `lanes` | who took part: devices, the second screen, browsers; who did what when |
//! | `view` | what of it somebody wants to see, as the address says it |
//! | `columns` | which lanes stand beside each other |
//! | `row` | an exchange in a row |
//! | `details` | an exchange opened: headers, bodies, what can be decoded |
//! | `mask`, `pretty` | the secrets of an exchange, and JSON laid out around them |
//! | `stream` | rows as they come |

mod columns;
mod decode;
mod details;
mod lanes;
mod mask;
mod pretty;
mod row;
mod stream;
mod view;

use std::sync::Arc;

use askama::Template;
use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_DISPOSITION};

use super::page::{self, Page};
use super::visit::Visit;
use super::words;
use crate::http::{Reply, Response};
use crate::journal::{Entry, export, har};
use crate::router::Endpoint;
use columns::{Columns, Head};
use lanes::Lane;
use row::Row;
use view::View;

pub(super) use lanes::Directory;

pub(super) const PAGE: Page =
    Page { slug: "timeline", title: "Timeline", live: false, show, below };

/// Where it is.
const ROOT: &str = "/console/timeline";
/// How many exchanges a page shows.
const ON_A_PAGE: usize = 100;
/// How many exchanges that were left out are loaded at once.
const LOADED: usize = 500;
/// How many lanes the picker shows beside those that are picked.
const IN_PICKER: usize = 40;

#[derive(Template)]
#[template(path = "timeline.html")]
struct Timeline<'a> {
    view: &'a View,
    rows: String,
    heads: Vec<Head>,
    picker: Picker,
    tracks: usize,
    total: usize,
    older: Option<String>,
    newest: Option<String>,
    calls: [Endpoint; Endpoint::ALL.len()],
    /// Where a follower goes on.
    after: String,
    columns: String,
    har: String,
    jsonl: String,
    clear: Option<String>,
    service_url: &'a str,
    problem: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "timeline_picker.html")]
struct Picker {
    lanes: Vec<Pick>,
    all: usize,
    find: String,
}

/// A lane to choose.
struct Pick {
    lane: Lane,
    picked: bool,
    last: String,
}

fn show(visit: &Visit<'_>) -> String {
    let view = View::read(visit);
    let app = visit.app;
    // Before the journal is read: what comes meanwhile is told twice rather than not at all.
    let after = stream::place(app, &app.journal.end());
    let found = view.matching(app);
    let directory = app.console.timeline();
    let columns = Columns::choose(directory, &view);
    let end = view
        .before
        .map_or(found.len(), |before| found.partition_point(|entry| entry.arrived.order < before));
    let begin = end.saturating_sub(ON_A_PAGE);
    let shown = &found[begin..end];
    let address = |changes: &[(&str, &str)]| visit.address(changes);
    let older = (begin > 0).then(|| {
        let before = shown.first().map(|entry| entry.arrived.order).unwrap_or_default();
        address(&[("before", &before.to_string())])
    });
    page::render(&Timeline {
        rows: rows(visit, shown, &columns),
        heads: columns.heads(directory),
        picker: picker(visit, &view),
        tracks: columns.tracks(),
        total: found.len(),
        older,
        newest: view.before.map(|_| address(&[("before", "")])),
        calls: Endpoint::ALL,
        after,
        columns: columns.to_string(),
        har: exported(visit, "har"),
        jsonl: exported(visit, "jsonl"),
        clear: view.from.map(|_| address(&[("from", "")])),
        service_url: app.console.service_url(),
        problem: view.problem.as_deref(),
        view: &view,
    })
}

/// What else there is below the page.
fn below(visit: &Visit<'_>, rest: &str) -> Option<Reply> {
    let mut segments = rest.trim_end_matches('/').split('/');
    match (segments.next()?, segments.next(), segments.next(), segments.next()) {
        ("stream", None, ..) => Some(stream::follow(visit)),
        ("rows", None, ..) => Some(page::part(more(visit)).into()),
        ("picker", None, ..) => {
            Some(page::part(page::render(&picker(visit, &View::read(visit)))).into())
        }
        ("export.har", None, ..) => Some(export(visit, Format::Har).into()),
        ("export.jsonl", None, ..) => Some(export(visit, Format::Lines).into()),
        (id, None, ..) => Some(details::show(visit, id.parse().ok()?).into()),
        (id, Some("secret"), Some(number), None) => {
            details::secret(visit, id.parse().ok()?, number.parse().ok()?).map(Reply::from)
        }
        _ => None,
    }
}

fn rows(visit: &Visit<'_>, entries: &[Arc<Entry>], columns: &Columns) -> String {
    let directory = visit.app.console.timeline();
    entries.iter().map(|entry| Row::new(entry, directory, columns).render()).collect()
}

/// Rows that were left out before.
fn more(visit: &Visit<'_>) -> String {
    let view = View::read(visit);
    let columns = Columns::read(visit.get("columns"));
    let number = |name: &str| visit.get(name).parse::<u64>().ok();
    let (first, last) = (number("first").unwrap_or(0), number("last").unwrap_or(u64::MAX));
    let mut found = view.matching(visit.app);
    found.retain(|entry| (first..=last).contains(&entry.arrived.order));
    let skipped = found.len().saturating_sub(LOADED);
    rows(visit, &found[skipped..], &columns)
}

fn picker(visit: &Visit<'_>, view: &View) -> Picker {
    let find = visit.get("find").to_lowercase();
    let directory = visit.app.console.timeline();
    directory.catch_up(&visit.app.journal);
    let (mut lanes, all) = directory.listed(&find, IN_PICKER, &view.lanes);
    for key in &view.lanes {
        if !lanes.iter().any(|lane| lane.key == *key) {
            lanes.push(Lane::silent(key));
        }
    }
    let pick = |lane: Lane| Pick {
        picked: view.lanes.contains(&lane.key),
        last: words::instant(lane.last).split(' ').next_back().unwrap_or_default().to_owned(),
        lane,
    };
    Picker { lanes: lanes.into_iter().map(pick).collect(), all, find: visit.get("find").into() }
}

/// Where the view of this address is exported.
fn exported(visit: &Visit<'_>, ending: &str) -> String {
    let address = visit.address(&[("before", ""), ("layout", "")]);
    let query = address.split_once('?').map(|(_, query)| format!("?{query}")).unwrap_or_default();
    format!("{ROOT}/export.{ending}{query}")
}

enum Format {
    Har,
    Lines,
}

fn export(visit: &Visit<'_>, format: Format) -> Response {
    let found = View::read(visit).matching(visit.app);
    let entries = found.iter().map(Arc::as_ref);
    let (answer, name) = match format {
        Format::Har => (Response::json(StatusCode::OK, &har::archive(entries)), "pass-mock.har"),
        Format::Lines => {
            let text = export::lines(&visit.app.journal, entries, visit.app.clock.now());
            let media_type = "application/x-ndjson";
            (Response::with_body(StatusCode::OK, media_type, text), "pass-mock.jsonl")
        }
    };
    answer
        .with_header(CONTENT_DISPOSITION, &format!("attachment; filename=\"{name}\""))
        .with_header(CACHE_CONTROL, "no-store")
}
