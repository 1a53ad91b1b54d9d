//! Tells open pages that there is something new, and what time it is.
//!
//! Counters are compared twice a second for as long as a page listens, so that however much happens
//! there is no more news than that, and a request on the public port costs nothing more.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use http::header::CACHE_CONTROL;
use serde::Serialize;
use tokio::sync::mpsc;

use super::page;
use crate::app::App;
use crate::http::{Reply, Response, Stream};

/// How often is looked, in real time.
const LOOK: Duration = Duration::from_millis(500);
/// After so many looks it is told what time it is, also when nothing is new: ends pass meanwhile.
const TELL: u32 = 10;

/// What is told.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct News<'a> {
    /// Which run of the server this is.
    instance: &'a str,
    /// Which style and script it has.
    build: &'a str,
    /// What its forms carry.
    form_token: &'a str,
    /// Differs when something has happened.
    version: String,
    /// The service's clock.
    now: i64,
    speed: f64,
}

/// Starts to follow.
pub(super) fn follow(app: &Arc<App>) -> Reply {
    let (sender, pieces) = mpsc::channel(1);
    tokio::spawn(run(Arc::clone(app), sender));
    let head = Response::with_body(StatusCode::OK, "text/event-stream", "retry: 1000\n\n");
    Reply::Stream(Stream { head: head.with_header(CACHE_CONTROL, "no-store"), pieces })
}

async fn run(app: Arc<App>, sender: mpsc::Sender<Bytes>) {
    let mut closing = app.closing.subscribe();
    let mut told = String::new();
    let mut quiet = 0;
    loop {
        let version = version(&app);
        if version != told || quiet >= TELL {
            let piece = event(&app, &version);
            told = version;
            quiet = 0;
            if sender.send(piece).await.is_err() {
                return;
            }
        }
        quiet += 1;
        tokio::select! {
            () = sender.closed() => return,
            // An error means that the service itself is gone.
            _ = closing.wait_for(|closing| *closing) => return,
            () = tokio::time::sleep(LOOK) => {}
        }
    }
}

fn event(app: &App, version: &str) -> Bytes {
    let news = News {
        instance: app.console.instance(),
        build: page::build(),
        form_token: app.console.form_token(),
        version: version.to_owned(),
        now: app.clock.now().millis(),
        speed: app.clock.speed(),
    };
    let data = serde_json::to_string(&news).unwrap_or_default();
    Bytes::from(format!("event: news\ndata: {data}\n\n"))
}

/// Exchanges and orders so far, and where a clock that does not run by itself stands.
fn version(app: &App) -> String {
    let speed = app.clock.speed();
    let stands = if speed == 0.0 { app.clock.now().millis() } else { 0 };
    format!("{}.{}.{speed}.{stands}", app.journal.appended(), app.console.orders())
}
