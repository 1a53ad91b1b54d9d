//! Server-sent events: what a look finds, told for as long as somebody listens.
//!
//! Nobody who listens is told; he looks, a few times a second. So a request on the public port costs
//! the same whether or not anybody follows, and a flood of them makes no more looks.

use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use http::header::CACHE_CONTROL;
use tokio::sync::{mpsc, watch};

use crate::app::App;
use crate::http::{Reply, Response, Stream};

/// After so long without news something is said all the same: proxies cut silent connections.
const SILENCE: Duration = Duration::from_secs(15);

/// How a stream is kept up.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    /// How often is looked, in real time.
    pub every: Duration,
    /// How many pieces may wait for the network before nobody looks any more.
    pub backlog: usize,
}

/// A stream that begins with `head` and goes on with what `look` finds, as events, until the
/// listener goes away or the service ends.
pub(crate) fn stream(
    app: &App,
    head: impl Into<Bytes>,
    pace: Pace,
    look: impl FnMut() -> Option<Bytes> + Send + 'static,
) -> Reply {
    let (sender, pieces) = mpsc::channel(pace.backlog);
    tokio::spawn(run(app.closing.subscribe(), pace.every, look, sender));
    let head = Response::with_body(StatusCode::OK, "text/event-stream", head);
    Reply::Stream(Stream { head: head.with_header(CACHE_CONTROL, "no-store"), pieces })
}

async fn run(
    mut closing: watch::Receiver<bool>,
    every: Duration,
    mut look: impl FnMut() -> Option<Bytes>,
    sender: mpsc::Sender<Bytes>,
) {
    let mut quiet = Duration::ZERO;
    loop {
        let mut piece = look();
        if piece.is_none() && quiet >= SILENCE {
            piece = Some(Bytes::from_static(b": still here\n\n"));
        }
        quiet = if piece.is_some() { Duration::ZERO } else { quiet + every };
        if let Some(piece) = piece
            && sender.send(piece).await.is_err()
        {
            return;
        }
        tokio::select! {
            () = sender.closed() => return,
            // An error means that the service itself is gone.
            _ = closing.wait_for(|closing| *closing) => return,
            () = tokio::time::sleep(every) => {}
        }
    }
}
