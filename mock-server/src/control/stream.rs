//! The journal as server-sent events.
//!
//! Every exchange is an event `exchange` with its id and, as data, its line in the journal's export
//! format. A follower that was too slow gets an event `missed` with the count. With `since`, or the
//! `Last-Event-ID` that a reconnecting browser sends, what is kept since then comes first.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use http::header::CACHE_CONTROL;
use tokio::sync::{mpsc, watch};

use super::ControlError;
use super::operation::{Call, Outcome};
use crate::app::App;
use crate::http::{Reply, Response, Stream};
use crate::journal::export::Exchange;
use crate::journal::{Entry, Filter, Journal, Live};

/// How many pieces may wait for the network.
const BACKLOG: usize = 64;
/// How long nothing may be said, in real time: proxies cut silent connections.
const SILENCE: Duration = Duration::from_secs(15);

/// Starts to follow.
pub(super) fn follow(app: &App, call: &Call) -> Outcome {
    let mut filter: Filter = call.query()?;
    filter.check().map_err(|error| ControlError::invalid(error, "correct the filter"))?;
    if filter.limit.is_some() {
        return Err(ControlError::invalid("limit: a stream has no end", "leave it out"));
    }
    let last = call.headers.get("last-event-id").and_then(|id| id.to_str().ok());
    if let Some(id) = last.and_then(|id| id.parse().ok()) {
        filter.since = Some(id);
    }
    let (sender, pieces) = mpsc::channel(BACKLOG);
    tokio::spawn(run(Arc::clone(&app.journal), app.closing.subscribe(), filter, sender));
    let head = Response::with_body(StatusCode::OK, "text/event-stream", ": following\n\n");
    let head = head.with_header(CACHE_CONTROL, "no-store");
    Ok(Reply::Stream(Stream { head, pieces }))
}

async fn run(
    journal: Arc<Journal>,
    mut closing: watch::Receiver<bool>,
    filter: Filter,
    sender: mpsc::Sender<Bytes>,
) {
    // Subscribed first, so that nothing falls between what is kept and what comes.
    let mut live = journal.subscribe();
    let mut seen = HashSet::new();
    if filter.since.is_some() {
        for entry in journal.matching(|entry| filter.matches(entry)) {
            seen.insert(entry.arrived.order);
            if sender.send(event(&entry)).await.is_err() {
                return;
            }
        }
    }
    drop(journal);
    loop {
        let piece = tokio::select! {
            () = sender.closed() => return,
            // An error means that the service itself is gone.
            _ = closing.wait_for(|closing| *closing) => return,
            () = tokio::time::sleep(SILENCE) => Bytes::from_static(b": still here\n\n"),
            next = live.next() => match next {
                None => return,
                Some(Live::Missed(count)) => {
                    Bytes::from(format!("event: missed\ndata: {{\"missed\":{count}}}\n\n"))
                }
                Some(Live::Entry(entry)) => {
                    if seen.remove(&entry.arrived.order) || !filter.matches(&entry) {
                        continue;
                    }
                    event(&entry)
                }
            },
        };
        if sender.send(piece).await.is_err() {
            return;
        }
    }
}

fn event(entry: &Entry) -> Bytes {
    let data = serde_json::to_string(&Exchange::from(entry)).unwrap_or_default();
    Bytes::from(format!("id: {}\nevent: exchange\ndata: {data}\n\n", entry.arrived.order))
}
