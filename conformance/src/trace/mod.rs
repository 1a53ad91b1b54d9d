//! What a client did, in order: the only thing that rules look at.
//!
//! A trace comes from a live run, from a journal export, or from a HAR file; rules cannot tell which.
//! All reading of requests and answers happens in here, independently of the mock server, so that a
//! bug there cannot excuse a client.

mod body;
#[cfg(test)]
pub(crate) mod builder;
mod call;
pub mod capture;
mod event;
mod exchange;
mod from_journal;
mod json;
mod parse;
mod pool;
mod read;
mod said;
mod text;
mod told;
mod view;

pub use body::Body;
pub use call::Call;
pub use event::{Event, Happening};
pub use exchange::{Answer, Exchange};
pub use from_journal::Origins;
pub use json::Json;
pub use parse::{RawAnswer, RawExchange, RawPairs};
pub use pool::Pool;
pub use text::{Pairs, Text};
pub use told::{
    ToldCredentials, ToldDecision, ToldError, ToldLogout, ToldProfile, ToldSession, ToldToken,
};
pub use view::{
    Credentials, Device, HALF_HOUR, KnownProfile, KnownProfiles, Poll, Promotions, Run, Seal,
    Session, Step, Token, Trouble, UserAction, View, Visits, Whole,
};

use std::collections::BTreeSet;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::protocol::{Flow, Role};

/// An instant on the trace's clock, with its place among everything else in the trace.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Moment {
    /// Place in the order of exchanges and events; decides within one millisecond.
    pub order: u64,
    /// Milliseconds since the epoch.
    pub at: i64,
}

impl Moment {
    /// The time from `earlier` to here; zero when `earlier` is not earlier.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.at.saturating_sub(earlier.at)).unwrap_or(0))
    }
}

/// Everything known about one client in one scenario.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Trace {
    /// What was agreed before it began.
    pub context: Context,
    /// The client's own requests with their answers, by arrival. No preflights, no user-agent
    /// traffic, nothing of the harness.
    pub exchanges: Vec<Exchange>,
    /// What the user agent (browser or second screen) requested, by arrival: evidence for rules
    /// about URLs that were or were not opened.
    pub user_agent: Vec<Exchange>,
    /// What the user did and saw, in order. Empty for a capture.
    pub events: Vec<Event>,
}

/// Something that a recorder kept to itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hidden {
    /// `Authorization` headers.
    Tokens,
    /// Bodies of requests.
    Requests,
    /// Bodies of answers.
    Answers,
}

/// What was agreed before a trace began.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct Context {
    /// Whether somebody told what the user did and saw. A capture has no events, and rules that
    /// need them do not apply.
    pub has_events: bool,
    /// Whether the trace begins with a launch of the app. A capture may begin anywhere.
    pub from_launch: bool,
    /// What the recorder of a capture kept to itself.
    pub hidden: BTreeSet<Hidden>,
    /// What the client declared it can do; `None` when nobody asked (a capture).
    pub capabilities: Option<BTreeSet<String>>,
    /// Whether a capture shows that the client runs in a web page.
    pub in_web_page: bool,
    /// How viewers sign in, where known.
    pub flow: Option<Flow>,
    /// What kind of application it is.
    pub role: Role,
    /// Whether the MVPD is picked in the app (as opposed to on the second screen); `None` when
    /// unknown.
    pub picks_mvpd: Option<bool>,
    /// `redirectUrl` the client was told to use.
    pub redirect_url: Option<String>,
    /// The base that relative URLs resolve against.
    pub base_url: Option<String>,
    /// The same for the devices after the first, where each has a base of its own.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub further_base_urls: Vec<String>,
    /// MVPDs that the scenario itself named.
    pub named_mvpds: BTreeSet<String>,
    /// The temporary access that the client was told of.
    pub temp_pass: Option<String>,
    /// Whether this is a scenario about throttling.
    pub about_throttling: bool,
    /// The address of the device that a server-to-server client acts for, where it was told one.
    pub device_ip: Option<String>,
    /// Whether the client was given a subject (a service token, or a platform's identity) to sign in
    /// with on several devices.
    pub has_subject: bool,
    /// The PEM of the key that media tokens are signed with.
    pub media_token_key: Option<String>,
    /// The most resources the service takes in one preauthorize and one authorize call.
    pub resource_limits: (usize, usize),
    /// How many times faster than real time the trace's clock ran; 1 for a capture.
    pub speed: f64,
    /// The jitter measured in this run, in real milliseconds.
    pub jitter_ms: u64,
    /// Whether time was simulated, so that instants are exact.
    pub exact_time: bool,
    /// Whether the server's code lifetime was left as documented (30 min).
    pub documented_lifetimes: bool,
    /// When the trace ends.
    pub ended: Moment,
}

impl Default for Context {
    fn default() -> Self {
        Self {
            has_events: false,
            from_launch: false,
            hidden: BTreeSet::new(),
            capabilities: None,
            in_web_page: false,
            flow: None,
            role: Role::Streaming,
            picks_mvpd: None,
            redirect_url: None,
            base_url: None,
            further_base_urls: Vec::new(),
            named_mvpds: BTreeSet::new(),
            temp_pass: None,
            about_throttling: false,
            device_ip: None,
            has_subject: false,
            media_token_key: None,
            resource_limits: (5, 1),
            speed: 1.0,
            jitter_ms: 0,
            exact_time: false,
            documented_lifetimes: true,
            ended: Moment::default(),
        }
    }
}

impl Context {
    /// Whether the client declared a capability; true when nobody asked.
    pub fn can(&self, capability: &str) -> bool {
        self.capabilities.as_ref().is_none_or(|all| all.contains(capability))
    }

    /// The base that a device was told to call, by its number.
    pub fn base_url_of(&self, device: u32) -> Option<&str> {
        let place = usize::try_from(device).ok().and_then(|number| number.checked_sub(1));
        let own = place.and_then(|place| self.further_base_urls.get(place));
        own.or(self.base_url.as_ref()).map(String::as_str)
    }

    /// Whether the client runs in a web page, and so cannot send every header: it declared so, or a
    /// capture shows it.
    pub fn is_web_client(&self) -> bool {
        let declared = self.capabilities.as_ref().is_some_and(|all| all.contains("web_client"));
        self.in_web_page || declared
    }

    /// How far from a limit a measured instant may be and still count as keeping it: the larger of
    /// 250 ms of real time and 5 % of the limit, in the clock's units.
    pub fn tolerance(&self, limit: Duration) -> Duration {
        if self.exact_time {
            return limit / 20;
        }
        Duration::from_millis(250).mul_f64(self.speed).max(limit / 20)
    }

    /// Whether a limit can be judged at all here: its tolerance is at most a quarter of it.
    pub fn can_judge(&self, limit: Duration) -> bool {
        self.tolerance(limit) <= limit / 4
    }

    /// The measured jitter in the clock's units.
    pub fn jitter(&self) -> Duration {
        Duration::from_millis(self.jitter_ms).mul_f64(self.speed)
    }
}
