//! An answer on its way out. What is written down is what was sent.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, DATE};
use tokio::sync::mpsc;

use super::exchange::Exchange;
use crate::app::App;
use crate::clock::Stamp;
use crate::cors;
use crate::faults::Delivery;
use crate::http::{Reply, Response, Stream, date};
use crate::journal::{Entry, Sent, Written};
use crate::router::Endpoint;

/// Sends a whole answer, and writes it down.
pub(super) fn whole(app: &App, exchange: &Exchange, mut answer: Response) -> Reply {
    let answered = finish(app, exchange, &mut answer);
    exchange.write_down(app, answered, Some(sent(&answer, answer.body.len())));
    Reply::Whole(answer)
}

/// Sends an answer, in whatever way, and writes it down.
pub(super) async fn send(
    app: &Arc<App>,
    exchange: Exchange,
    mut answer: Response,
    delivery: Delivery,
) -> Reply {
    let write_down = |answer: &mut Response, bytes: Option<usize>| {
        let answered = finish(app, &exchange, answer);
        exchange.write_down(app, answered, bytes.map(|bytes| sent(answer, bytes)));
    };
    match delivery {
        Delivery::Whole => whole(app, &exchange, answer),
        Delivery::Cut(bytes) => {
            write_down(&mut answer, Some(bytes));
            Reply::Cut(answer, bytes)
        }
        Delivery::Slow(over, pieces) => {
            let answered = finish(app, &exchange, &mut answer);
            slowly(app, exchange.entry(answered), answer, (over, pieces))
        }
        Delivery::Closed => {
            write_down(&mut answer, None);
            Reply::Closed
        }
        Delivery::Reset => {
            write_down(&mut answer, None);
            Reply::Reset
        }
        Delivery::Never => {
            // Nobody knows whether the caller will ever give up.
            write_down(&mut answer, None);
            app.hold_for_ever().await;
            Reply::Closed
        }
    }
}

/// What all answers have, and when this one was ready.
fn finish(app: &App, exchange: &Exchange, answer: &mut Response) -> Stamp {
    let with_cookies = exchange.route.endpoint() != Some(Endpoint::Page);
    cors::open(&exchange.request.headers, with_cookies, &mut answer.headers);
    let answered = app.clock.stamp();
    answer.headers.insert(DATE, date::at(answered.at));
    answered
}

/// An answer of which so many bytes of the body were sent.
fn sent(answer: &Response, bytes: usize) -> Sent<'_> {
    Sent {
        status: answer.status,
        headers: &answer.headers,
        body: answer.body.get(..bytes).unwrap_or(&answer.body),
        complete: bytes >= answer.body.len(),
    }
}

/// Sends a body piece by piece, and writes the exchange down when it has come to its end, one way
/// or the other.
fn slowly(app: &Arc<App>, entry: Entry, answer: Response, pace: (Duration, u32)) -> Reply {
    let (sender, receiver) = mpsc::channel(1);
    let mut head = Response { body: Bytes::new(), ..answer.clone() };
    head.headers.insert(CONTENT_LENGTH, answer.body.len().into());
    let app = Arc::clone(app);
    tokio::spawn(drip(app, entry, answer, pace, sender));
    Reply::Stream(Stream { head, pieces: receiver })
}

async fn drip(
    app: Arc<App>,
    entry: Entry,
    answer: Response,
    (over, pieces): (Duration, u32),
    sender: mpsc::Sender<Bytes>,
) {
    let length = answer.body.len();
    let pieces = usize::try_from(pieces).unwrap_or(usize::MAX).clamp(1, length.max(1));
    let pause = over / u32::try_from(pieces).unwrap_or(u32::MAX);
    let mut came = 0;
    for piece in 1..=pieces {
        tokio::select! {
            biased;
            () = sender.closed() => break,
            () = app.hold(pause) => {}
        }
        let next = length * piece / pieces;
        if sender.send(answer.body.slice(came..next)).await.is_err() {
            break;
        }
        came = next;
    }
    let answered = app.clock.stamp();
    let sent = Some(sent(&answer, came));
    app.journal.append(Written { answered, sent, ..Written::from(&entry) });
}
