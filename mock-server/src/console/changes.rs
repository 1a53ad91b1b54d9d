//! Tells open pages that there is something new, and what time it is.
//!
//! Counters are compared twice a second, so that however much happens there is no more news than
//! that.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use serde::Serialize;

use super::page;
use crate::app::App;
use crate::control::events::{self, Pace};
use crate::http::Reply;

const PACE: Pace = Pace { every: Duration::from_millis(500), backlog: 1 };
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
    let (looking, mut told, mut quiet) = (Arc::clone(app), String::new(), 0);
    events::stream(app, "retry: 1000\n\n", PACE, move || {
        let version = version(&looking);
        quiet += 1;
        if version == told && quiet < TELL {
            return None;
        }
        quiet = 0;
        told = version;
        Some(event(&looking, &told))
    })
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
