//! Building traces for tests: what a client did, said as a story.
//!
//! ```ignore
//! let trace = TraceBuilder::new()
//!     .launch()
//!     .registered()                      // calls 1 and 2, both answered
//!     .no_profiles()                     // call 8, answered with none
//!     .sign_in("Cablevision")            // the user asks
//!     .session("Cablevision")            // call 4, answered with the code "CODE001"
//!     .after(5.0).poll()                 // call 10 for the last code, empty
//!     .after(5.0).poll_finds("Cablevision")
//!     .done()
//!     .build();
//! ```
//!
//! Time moves only by [`at`](TraceBuilder::at) and [`after`](TraceBuilder::after); an answer leaves in
//! the very millisecond its request arrived, next in order. Everything goes through the real reading
//! of raw exchanges.
#![allow(dead_code, reason = "a vocabulary: each test uses the words it needs")]

mod ask;
mod calls;

pub(crate) use ask::Ask;

use serde_json::json;

use super::{Context, Event, Exchange, Happening, Moment, RawExchange, Trace};
use crate::protocol::{Action, BrowserEvent, ClientEvent, Flow};
use crate::trace::Call;

/// The instant traces begin at, in milliseconds since the epoch.
pub(crate) const START: i64 = 1_700_000_000_000;
/// The service provider of every request.
pub(crate) const PROVIDER: &str = "REF30";
/// The software statement of every registration.
pub(crate) const STATEMENT: &str = "e30.e30.c3RhdGVtZW50";
/// How long a profile lives unless said otherwise, in seconds.
pub(crate) const PROFILE_LIFE: f64 = 30.0 * 86_400.0;
/// How long a token lives unless said otherwise, in seconds.
pub(crate) const TOKEN_LIFE: u64 = 6 * 3600;

/// Builds a trace.
#[derive(Clone, Debug)]
pub(crate) struct TraceBuilder {
    trace: Trace,
    order: u64,
    now: i64,
    device: u32,
    run: u32,
    launched: bool,
    next_action: u64,
    clients: u32,
    tokens: u32,
    codes: u32,
    client: Option<String>,
    token: Option<String>,
    code: Option<String>,
}

impl TraceBuilder {
    /// A trace with events, of a client with every capability that signs in through a browser and
    /// lets the user pick the MVPD itself, in simulated time.
    pub(crate) fn new() -> Self {
        let context = Context {
            has_events: true,
            from_launch: true,
            flow: Some(Flow::Browser),
            picks_mvpd: Some(true),
            base_url: Some("http://127.0.0.1:8080".into()),
            redirect_url: Some("https://adobe.com/done".into()),
            exact_time: true,
            ..Context::default()
        };
        Self {
            trace: Trace { context, ..Trace::default() },
            order: 0,
            now: START,
            device: 0,
            run: 0,
            launched: false,
            next_action: 1,
            clients: 0,
            tokens: 0,
            codes: 0,
            client: None,
            token: None,
            code: None,
        }
    }

    /// The same for a client that shows a code.
    pub(crate) fn second_screen() -> Self {
        Self::new().context(|context| context.flow = Some(Flow::SecondScreen))
    }

    /// A capture: nobody told what the user did, nobody asked what the client can do.
    pub(crate) fn capture() -> Self {
        Self::new().context(|context| {
            context.has_events = false;
            context.from_launch = false;
            context.flow = None;
            context.picks_mvpd = None;
        })
    }

    /// Changes what was agreed.
    pub(crate) fn context(mut self, change: impl FnOnce(&mut Context)) -> Self {
        change(&mut self.trace.context);
        self
    }

    /// The trace. It ends where its time stands.
    pub(crate) fn build(mut self) -> Trace {
        self.trace.context.ended = self.stamp();
        renumber(&mut self.trace);
        self.trace
    }

    // Time and place.

    /// Moves time to so many seconds after the start.
    pub(crate) fn at(mut self, seconds: f64) -> Self {
        self.now = START + millis(seconds);
        self
    }

    /// Moves time forward by so many seconds.
    pub(crate) fn after(mut self, seconds: f64) -> Self {
        self.now += millis(seconds);
        self
    }

    /// Goes on with another installation; its runs are counted from 0.
    pub(crate) fn device(mut self, device: u32) -> Self {
        self.device = device;
        self.run = 0;
        self.launched = false;
        self.client = None;
        self.token = None;
        self
    }

    /// Goes on with the next run, without an event: what a capture looks like after a pause.
    pub(crate) fn next_run(mut self) -> Self {
        self.run += 1;
        self
    }

    // What the user does.

    /// The user starts the app: the next run, unless it is the first.
    pub(crate) fn launch(mut self) -> Self {
        if self.launched {
            self.run += 1;
        }
        self.launched = true;
        self.next_action = 1;
        self.happen(Happening::Started).user(Action::Launch)
    }

    /// The user does something.
    pub(crate) fn user(mut self, action: Action) -> Self {
        let id = self.next_action;
        self.next_action += 1;
        self.happen(Happening::Did { id, action })
    }

    /// The user asks to sign in with this MVPD.
    pub(crate) fn sign_in(self, mvpd: &str) -> Self {
        self.user(Action::SignIn { mvpd: Some(mvpd.into()) })
    }

    /// The user asks to sign in; the MVPD is picked on the second screen.
    pub(crate) fn sign_in_elsewhere(self) -> Self {
        self.context(|context| context.picks_mvpd = Some(false)).user(Action::SignIn { mvpd: None })
    }

    /// The user asks to play something.
    pub(crate) fn play(self, resource: &str) -> Self {
        self.user(Action::Play { resource: resource.into() })
    }

    /// The user brings the app back to the front.
    pub(crate) fn foreground(self) -> Self {
        self.user(Action::Foreground)
    }

    /// The user signs out.
    pub(crate) fn sign_out(self) -> Self {
        self.user(Action::SignOut)
    }

    // What happens around the client.

    /// The client is done with the last thing the user did.
    pub(crate) fn done(self) -> Self {
        let id = self.next_action.saturating_sub(1);
        self.happen(Happening::Done { id, error: None })
    }

    /// The client showed something.
    pub(crate) fn shows(self, event: ClientEvent) -> Self {
        self.happen(Happening::Showed(event))
    }

    /// The client opens a URL in a browser.
    pub(crate) fn opens(self, url: &str) -> Self {
        self.shows(ClientEvent::OpenUrl { url: url.into() })
    }

    /// A message on the screen.
    pub(crate) fn says(self, kind: &str, text: &str) -> Self {
        self.shows(ClientEvent::Message { kind: Some(kind.into()), text: Some(text.into()) })
    }

    /// The browser tells the client something.
    pub(crate) fn browser(self, event: BrowserEvent) -> Self {
        self.happen(Happening::Browser { event, url: None })
    }

    /// Any event.
    pub(crate) fn happen(mut self, what: Happening) -> Self {
        let at = self.stamp();
        let event = Event { at, device: self.device, run: self.run, what };
        self.trace.events.push(event);
        self
    }

    // What the client asks.

    /// A request as a conforming client sends it (token, device headers, media type, the last code),
    /// answered 200 with `{}`; change it at will.
    pub(crate) fn ask(mut self, call: Call, change: impl FnOnce(Ask) -> Ask) -> Self {
        let exchange = self.exchange(call, change);
        self.trace.exchanges.push(exchange);
        self
    }

    /// The same, asked by a user agent.
    pub(crate) fn user_agent(mut self, call: Call, change: impl FnOnce(Ask) -> Ask) -> Self {
        let exchange = self.exchange(call, change);
        self.trace.user_agent.push(exchange);
        self
    }

    fn exchange(&mut self, call: Call, change: impl FnOnce(Ask) -> Ask) -> Exchange {
        let ask = change(self.conforming(call));
        let arrived = self.stamp();
        let answered = Moment { at: arrived.at + ask.delay, order: arrived.order + 1 };
        self.order += 1;
        let answered = ask.raw.answer.is_some().then_some(answered);
        Exchange::from(RawExchange {
            arrived,
            answered,
            device: self.device,
            run: self.run,
            ..ask.raw
        })
    }

    fn conforming(&self, call: Call) -> Ask {
        let code = self.code();
        let (method, path) = call.signature().split_once(' ').expect("a method and a path");
        let path = path
            .replace("{serviceProvider}", PROVIDER)
            .replace("{code}", code)
            .replace("{mvpd}", "Cablevision")
            .replace("{partner}", "Apple");
        let mut ask = Ask {
            raw: RawExchange { method: method.into(), target: path, ..RawExchange::default() },
            delay: 0,
        };
        ask = ask.answer(200, json!({}));
        let client = self.client.as_deref().unwrap_or("client-0");
        match call {
            Call::Register => {
                ask = ask
                    .header("content-type", "application/json")
                    .body(&json!({"software_statement": STATEMENT}).to_string());
            }
            Call::Token => {
                ask =
                    ask.header("content-type", "application/x-www-form-urlencoded").body(&format!(
                        "client_id={client}&client_secret=secret&grant_type=client_credentials"
                    ));
            }
            Call::Preauthorize | Call::Authorize => {
                ask = ask.header("content-type", "application/json");
            }
            _ if method == "POST" => {
                ask = ask.header("content-type", "application/x-www-form-urlencoded");
            }
            _ => {}
        }
        if call.is_protected() {
            if let Some(token) = &self.token {
                ask = ask.header("authorization", &format!("Bearer {token}"));
            }
            ask = ask.header("ap-device-identifier", "fingerprint ZGV2aWNlLTE=");
        }
        ask.header("x-device-info", DEVICE_INFO)
    }

    fn stamp(&mut self) -> Moment {
        self.order += 1;
        Moment { order: self.order, at: self.now }
    }
}

/// Base64 of a device information object with every required key.
const DEVICE_INFO: &str = "eyJwcmltYXJ5SGFyZHdhcmVUeXBlIjoiU2V0VG9wQm94IiwibW9kZWwiOiJUViA1IiwidmVyc2lvbiI6IjEuMCIsIm9zTmFtZSI6IkFuZHJvaWQiLCJvc1ZlcnNpb24iOiIxNCIsImNvbm5lY3Rpb25UeXBlIjoiV2lGaSJ9";

/// Puts late answers where they belong in the order of everything.
fn renumber(trace: &mut Trace) {
    let exchanges = trace.exchanges.iter_mut().chain(&mut trace.user_agent);
    let mut moments: Vec<&mut Moment> = exchanges
        .flat_map(|exchange| [Some(&mut exchange.arrived), exchange.answered.as_mut()])
        .flatten()
        .chain(trace.events.iter_mut().map(|event| &mut event.at))
        .chain([&mut trace.context.ended])
        .collect();
    moments.sort_by_key(|moment| (moment.at, moment.order));
    for (order, moment) in (1..).zip(moments) {
        moment.order = order;
    }
}

#[expect(clippy::cast_possible_truncation, reason = "tests do not span that many years")]
fn millis(seconds: f64) -> i64 {
    (seconds * 1000.0).round() as i64
}
