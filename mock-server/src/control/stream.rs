//! The journal as server-sent events.
//!
//! The first event is `hello`: which run of the server this is, and what time it is there. Every
//! exchange is an event `exchange` with its id and, as data, its line in the journal's export
//! format; with `view=summary` its summary alone, without headers and bodies. With `since`, or the
//! `Last-Event-ID` that a reconnecting browser sends, what is kept since then comes first; an id
//! that this run of the server cannot have given stands for its beginning.
//!
//! Of more than so many exchanges between two looks a follower gets the newest, and an event
//! `missed` with the count of those left out; `first` and `last` are the ids of those of them that
//! are still kept.

use std::sync::Arc;
use std::time::Duration;

use bytes::{BufMut as _, Bytes, BytesMut};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ControlError;
use super::events::{self, Pace};
use super::operation::{Call, Outcome};
use crate::app::App;
use crate::journal::export::Exchange;
use crate::journal::{Entry, Filter, Journal, LeftOut, News, Position, Summary};

const PACE: Pace = Pace { every: Duration::from_millis(40), backlog: 4 };
/// How many exchanges a follower gets at a look: six thousand a second.
const MOST: usize = 250;

/// What a follower wants to hear.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub(super) struct Following {
    #[serde(flatten)]
    filter: Filter,
    /// How much of each exchange.
    view: View,
}

/// How much of an exchange a follower gets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum View {
    /// All of it, as in the export.
    #[default]
    Full,
    /// What fits into a line: no headers, no bodies, no query.
    Summary,
}

/// Which run of the server is followed.
#[derive(Serialize)]
struct Hello<'a> {
    instance: &'a str,
    now: i64,
    forgotten: u64,
}

/// What was left out.
#[derive(Serialize)]
struct Missed {
    missed: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    first: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last: Option<u64>,
}

/// Starts to follow.
pub(super) fn follow(app: &Arc<App>, call: &Call) -> Outcome {
    let (mut filter, view) = read(call)?;
    let last = call.headers.get("last-event-id").and_then(|id| id.to_str().ok());
    if let Some(id) = last.and_then(|id| id.parse().ok()) {
        filter.since = Some(id);
    }
    let hello = Hello {
        instance: app.console.instance(),
        now: app.clock.now().millis(),
        forgotten: app.journal.forgotten(),
    };
    let hello = serde_json::to_string(&hello).unwrap_or_default();
    let head = format!(": following\n\nevent: hello\ndata: {hello}\n\n");
    let journal = Arc::clone(&app.journal);
    let mut follower = Follower::new(&journal, filter, view);
    let look = move || Some(follower.look(&journal)).filter(|events| !events.is_empty());
    Ok(events::stream(app, head, PACE, look))
}

fn read(call: &Call) -> Outcome<(Filter, View)> {
    let (views, rest): (Vec<_>, Vec<_>) =
        call.query.pairs().iter().cloned().partition(|(name, _)| name == "view");
    let view = match views.as_slice() {
        [] => View::default(),
        [(_, view)] => match view.as_str() {
            "full" => View::Full,
            "summary" => View::Summary,
            other => {
                let error = format!("view: {other:?} is neither full nor summary");
                return Err(ControlError::invalid(error, "leave it out for full"));
            }
        },
        _ => return Err(ControlError::invalid("view: is given more than once", "give it once")),
    };
    let rest = Call { query: rest.into_iter().collect(), ..Call::default() };
    let filter: Filter = rest.query()?;
    filter.check().map_err(|error| ControlError::invalid(error, "correct the filter"))?;
    if filter.limit.is_some() {
        return Err(ControlError::invalid("limit: a stream has no end", "leave it out"));
    }
    Ok((filter, view))
}

struct Follower {
    filter: Filter,
    view: View,
    position: Position,
    /// Whether it still gets what is kept, however much that is.
    begins: bool,
}

impl Follower {
    fn new(journal: &Journal, filter: Filter, view: View) -> Self {
        let begins = filter.since.is_some();
        let position = if begins { Position::default() } else { journal.end() };
        Self { filter, view, position, begins }
    }

    /// What is new, as events.
    fn look(&mut self, journal: &Journal) -> Bytes {
        let mut events = BytesMut::new();
        let news = if self.begins {
            self.begins = false;
            let mut news = journal.news(&mut self.position);
            let newest = news.entries.iter().map(|entry| entry.answered.order).max();
            let since = self.filter.since.take().filter(|since| Some(*since) <= newest);
            news.entries.retain(|e| since.is_none_or(|since| e.arrived.order > since));
            news.entries.retain(|entry| self.filter.matches(entry));
            news
        } else {
            let is_plain = self.filter == Filter::default();
            let limit = if is_plain { MOST } else { usize::MAX };
            let mut news = journal.newest(&mut self.position, limit);
            if !is_plain {
                news.entries.retain(|entry| self.filter.matches(entry));
                news.keep_newest(MOST);
            }
            missed(&mut events, &news);
            news
        };
        for entry in &news.entries {
            self.exchange(&mut events, entry);
        }
        events.freeze()
    }

    fn exchange(&self, events: &mut BytesMut, entry: &Entry) {
        events
            .put_slice(format!("id: {}\nevent: exchange\ndata: ", entry.arrived.order).as_bytes());
        let data = match self.view {
            View::Full => serde_json::to_vec(&Exchange::from(entry)),
            View::Summary => serde_json::to_vec(&Summary::from(entry)),
        };
        // String keys and whole numbers only, which cannot fail.
        events.put_slice(&data.unwrap_or_default());
        events.put_slice(b"\n\n");
    }
}

fn missed(events: &mut BytesMut, news: &News) {
    let LeftOut { count, first, last } = news.left_out;
    let missed = news.forgotten + count as u64;
    if missed == 0 {
        return;
    }
    let missed = Missed { missed, first, last };
    let data = serde_json::to_string(&missed).unwrap_or_default();
    events.put_slice(format!("event: missed\ndata: {data}\n\n").as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Stamp;
    use crate::journal::sample;

    fn append(journal: &Journal, orders: std::ops::Range<u64>) {
        for order in orders {
            let stamp = Stamp { order, ..sample::polled().arrived };
            journal.append(&Entry { arrived: stamp, answered: stamp, ..sample::polled() });
        }
    }

    fn heard(follower: &mut Follower, journal: &Journal) -> String {
        String::from_utf8(follower.look(journal).to_vec()).unwrap()
    }

    #[test]
    fn more_than_anybody_reads_is_counted_and_named() {
        let journal = Journal::default();
        let mut follower = Follower::new(&journal, Filter::default(), View::Summary);
        append(&journal, 1..301);
        let events = heard(&mut follower, &journal);
        assert!(events.starts_with(
            "event: missed\ndata: {\"missed\":50,\"first\":1,\"last\":50}\n\nid: 51\n"
        ));
        assert_eq!(events.matches("event: exchange").count(), MOST);
        assert!(!events.contains("headers") && !events.contains("Bearer"));
        append(&journal, 301..20_000);
        let events = heard(&mut follower, &journal);
        assert!(events.contains("{\"missed\":19449,"), "{}", &events[..80]);
    }

    #[test]
    fn what_is_kept_comes_whole_and_an_id_of_another_run_is_no_place() {
        let journal = Journal::default();
        append(&journal, 1..1_001);
        let after = |since| Filter { since: Some(since), ..Filter::default() };
        for (since, expected) in [(0, 1_000), (400, 600), (1_000, 0), (1_001, 1_000)] {
            let mut follower = Follower::new(&journal, after(since), View::Full);
            let events = heard(&mut follower, &journal);
            assert_eq!(events.matches("event: exchange").count(), expected, "{since}");
        }
    }

    #[test]
    fn what_is_answered_late_is_heard_after_all() {
        let journal = Journal::default();
        append(&journal, 10..12);
        let mut follower =
            Follower::new(&journal, Filter { since: Some(11), ..Filter::default() }, View::Summary);
        assert_eq!(heard(&mut follower, &journal), "");
        append(&journal, 5..6);
        assert!(heard(&mut follower, &journal).starts_with("id: 5\n"));
    }
}
