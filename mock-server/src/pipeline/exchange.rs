//! One request while it is being answered, and its way into the journal.

use std::net::IpAddr;
use std::time::Duration;

use crate::app::App;
use crate::clock::{Stamp, Timestamp};
use crate::http::Request;
use crate::journal::{Actor, Entry, Facts, Sent, Written};
use crate::near_miss;
use crate::router::{Params, Route};
use crate::store::Promise;

/// A request with all that is known of it so far.
pub(super) struct Exchange {
    pub(super) arrived: Stamp,
    /// When it is answered, for the semantics: on arrival, unless it was held.
    pub(super) now: Timestamp,
    pub(super) request: Request,
    pub(super) route: Route,
    pub(super) actor: Actor,
    pub(super) device_address: IpAddr,
    pub(super) facts: Facts,
    pub(super) faults: Vec<u64>,
    /// What has to be kept before the answer leaves.
    pub(super) promise: Option<Promise>,
}

impl Exchange {
    pub(super) fn new(arrived: Stamp, request: Request, route: Route, actor: Actor) -> Self {
        Self {
            arrived,
            now: arrived.at,
            device_address: request.device_address(),
            facts: Facts::default(),
            faults: Vec::new(),
            promise: None,
            request,
            route,
            actor,
        }
    }

    /// Waits on the clock. Should the caller give up meanwhile, that is written down.
    pub(super) async fn hold(&self, app: &App, delay: Duration) {
        if delay.is_zero() {
            return;
        }
        let mut waiting = Waiting { app, exchange: self, done: false };
        app.hold(delay).await;
        waiting.done = true;
    }

    /// Has the journal keep it.
    pub(super) fn write_down(&self, app: &App, answered: Stamp, sent: Option<Sent<'_>>) {
        app.journal.append(self.written(answered, sent, self.near_miss().as_deref()));
    }

    /// The same, for what is written down once its answer has come to its end.
    pub(super) fn entry(&self, answered: Stamp) -> Entry {
        self.written(answered, None, self.near_miss().as_deref()).to_entry()
    }

    fn written<'a>(
        &'a self,
        answered: Stamp,
        sent: Option<Sent<'a>>,
        near_miss: Option<&'a str>,
    ) -> Written<'a> {
        let Request { method, path, query, headers, body, version, secure, peer, local, .. } =
            &self.request;
        Written {
            arrived: self.arrived,
            answered,
            version: *version,
            secure: *secure,
            method,
            path,
            query: query.as_deref(),
            request_headers: headers,
            request_body: body,
            peer: *peer,
            local: *local,
            device_address: self.device_address,
            actor: self.actor,
            endpoint: self.route.endpoint(),
            facts: &self.facts,
            path_said: self.path_said(),
            sent,
            faults: &self.faults,
            near_miss,
        }
    }

    fn path_said(&self) -> Option<&Params> {
        match &self.route {
            Route::Found(_, params) => Some(params),
            Route::WrongMethod(..) | Route::NotFound => None,
        }
    }

    fn near_miss(&self) -> Option<String> {
        match self.route {
            Route::Found(..) => None,
            _ if self.actor == Actor::Preflight => None,
            _ => near_miss::explain(&self.request.method, &self.request.path),
        }
    }
}

/// A wait that the caller may not live to see the end of.
struct Waiting<'a> {
    app: &'a App,
    exchange: &'a Exchange,
    done: bool,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if self.done {
            return;
        }
        self.exchange.write_down(self.app, self.app.clock.stamp(), None);
    }
}
