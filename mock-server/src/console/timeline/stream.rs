//! Rows as they come, as server-sent events for the page.
//!
//! | event | data |
//! | --- | --- |
//! | `hello` | `instance`; `restarted` when the follower knows another run of the server |
//! | `rows` | `html` of the rows; `columns`, and `heads` as HTML when there is one more column; `skipped`, `first`, `last`: how many were left out, and which; `forgotten`: how many are gone |
//!
//! Of a flood only the newest rows are made, so that a follower costs the same whatever happens. The
//! id of an event is a place to go on from, tied to the run of the server.

use std::sync::Arc;
use std::time::Duration;

use askama::Template;
use bytes::Bytes;
use serde::Serialize;

use super::columns::{Columns, Head};
use super::row::Row;
use super::view::View;
use crate::app::App;
use crate::console::page;
use crate::console::visit::Visit;
use crate::control::events::{self, Pace};
use crate::http::Reply;
use crate::journal::{LeftOut, Position};

const PACE: Pace = Pace { every: Duration::from_millis(250), backlog: 1 };
/// How many rows are made at a look.
const MOST: usize = 100;
/// How many rows are made for who comes back.
const MOST_AT_FIRST: usize = 500;

#[derive(Serialize)]
struct Hello<'a> {
    instance: &'a str,
    restarted: bool,
}

#[derive(Serialize)]
struct Rows {
    html: String,
    columns: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    heads: Option<String>,
    tracks: usize,
    skipped: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    first: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last: Option<u64>,
    forgotten: u64,
}

/// The heads of the columns.
#[derive(Template)]
#[template(path = "timeline_heads.html")]
struct Heads {
    heads: Vec<Head>,
}

/// A place in the journal, tied to the run of the server.
pub(super) fn place(app: &App, position: &Position) -> String {
    format!("{}.{}", app.console.instance(), position.number())
}

/// Starts to follow.
pub(super) fn follow(visit: &Visit<'_>) -> Reply {
    let app = visit.app;
    let again = visit.request.header("last-event-id").filter(|id| !id.is_empty());
    let known = again.unwrap_or_else(|| visit.get("after"));
    let (run, number) = known.rsplit_once('.').unwrap_or_default();
    let restarted = !run.is_empty() && run != app.console.instance();
    let position = match (run, number.parse()) {
        ("", _) => app.journal.end(),
        (run, Ok(number)) if run == app.console.instance() => Position::from_number(number),
        _ => Position::default(),
    };
    let view = View { before: None, ..View::read(visit) };
    let columns = match restarted {
        true => Columns::default(),
        false => Columns::read(visit.get("columns")),
    };
    let mut follower =
        Follower { view, columns, position, most: MOST_AT_FIRST, is_anew: restarted };
    let hello = Hello { instance: app.console.instance(), restarted };
    let head = format!("retry: 1000\n\n{}", event("hello", None, &hello));
    let app = Arc::clone(app);
    events::stream(visit.app, head, PACE, move || follower.look(&app))
}

struct Follower {
    view: View,
    columns: Columns,
    position: Position,
    most: usize,
    /// Whether it has no columns yet.
    is_anew: bool,
}

impl Follower {
    /// What is new.
    fn look(&mut self, app: &App) -> Option<Bytes> {
        let anew = std::mem::take(&mut self.is_anew);
        let most = std::mem::replace(&mut self.most, MOST);
        let is_plain = self.view.is_plain();
        let limit = if is_plain { most } else { usize::MAX };
        let mut news = app.journal.newest(&mut self.position, limit);
        if news.entries.is_empty() && news.forgotten == 0 && !anew {
            return None;
        }
        let directory = app.console.timeline();
        directory.catch_up(&app.journal);
        if !is_plain {
            news.entries.retain(|entry| self.view.shows(app, entry));
            news.keep_newest(most);
        }
        if news.entries.is_empty() && !anew && news.forgotten == 0 {
            return None;
        }
        let mut is_new = anew;
        if anew {
            self.columns = Columns::choose(directory, &self.view);
        }
        for entry in &news.entries {
            is_new |= self.columns.admit(directory.place(entry).lane, &self.view);
        }
        let rows = news.entries.iter().map(|entry| Row::new(entry, directory, &self.columns));
        let LeftOut { count, first, last } = news.left_out;
        let rows = Rows {
            html: rows.map(|row| row.render()).collect(),
            columns: self.columns.to_string(),
            heads: is_new.then(|| page::render(&Heads { heads: self.columns.heads(directory) })),
            tracks: self.columns.tracks(),
            skipped: count,
            first,
            last,
            forgotten: news.forgotten,
        };
        Some(Bytes::from(event("rows", Some(place(app, &self.position)), &rows)))
    }
}

fn event(name: &str, id: Option<String>, data: &impl Serialize) -> String {
    // JSON has no line break of its own.
    let data = serde_json::to_string(data).unwrap_or_default();
    let id = id.map(|id| format!("id: {id}\n")).unwrap_or_default();
    format!("{id}event: {name}\ndata: {data}\n\n")
}
