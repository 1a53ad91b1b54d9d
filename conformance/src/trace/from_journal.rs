//! The journal of a mock server as the exchanges of a trace.

use std::ops::RangeInclusive;

use http::HeaderMap;
use pass_mock::clock::{Stamp, Timestamp};
use pass_mock::journal::{Actor, Entry, Outcome};

use super::{Exchange, Happening, Moment, Pool, RawAnswer, RawExchange, RawPairs, Trace};

/// What has to be known beside the journal to tell who sent what.
#[derive(Clone, Debug, Default)]
pub struct Origins {
    /// The port that each device was given, by the number of the device.
    pub ports: Vec<u16>,
    /// When the scenario had every call of the client refused.
    pub throttled: Vec<RangeInclusive<Timestamp>>,
}

impl From<Stamp> for Moment {
    fn from(stamp: Stamp) -> Self {
        Self { order: stamp.order, at: stamp.at.millis() }
    }
}

impl Trace {
    /// Adds what a journal holds: calls of the client, and what user agents requested. The events
    /// must be there already: they tell which run of the app an exchange belongs to.
    pub fn add_journal<'e>(
        &mut self,
        entries: impl IntoIterator<Item = &'e Entry>,
        origins: &Origins,
    ) {
        let pool = Pool::default();
        for entry in entries {
            let Some(device) = origins.device(entry) else { continue };
            let arrived = Moment::from(entry.arrived);
            let raw = RawExchange {
                arrived,
                answered: answered(entry),
                device,
                run: self.run_at(device, arrived),
                method: entry.method.to_string(),
                target: match &entry.query {
                    Some(query) => format!("{}?{query}", entry.path),
                    None => entry.path.clone(),
                },
                headers: headers(&entry.request_headers),
                body: entry.request_body.to_vec(),
                answer: answer(entry),
                provoked: !entry.faults.is_empty() || origins.refused(entry),
            };
            let exchange = Exchange::read(raw, &pool);
            match entry.actor {
                Actor::Client => self.exchanges.push(exchange),
                Actor::UserAgent => self.user_agent.push(exchange),
                Actor::Preflight | Actor::SecondScreen | Actor::Harness => {}
            }
        }
    }

    /// The run of the app on a device at a moment.
    fn run_at(&self, device: u32, moment: Moment) -> u32 {
        self.events
            .iter()
            .filter(|event| event.device == device && event.at <= moment)
            .filter(|event| event.what == Happening::Started)
            .map(|event| event.run)
            .next_back()
            .unwrap_or(0)
    }
}

impl Origins {
    /// The device whose port was called; a call to another port is nobody's.
    fn device(&self, entry: &Entry) -> Option<u32> {
        let place = self.ports.iter().position(|port| *port == entry.local.port())?;
        u32::try_from(place).ok()
    }

    /// Whether the scenario asked for a refusal just then.
    fn refused(&self, entry: &Entry) -> bool {
        let at = entry.arrived.at;
        matches!(&entry.outcome, Outcome::Answered { status, .. } if status.as_u16() == 429)
            && self.throttled.iter().any(|time| time.contains(&at))
    }
}

fn answered(entry: &Entry) -> Option<Moment> {
    match entry.outcome {
        Outcome::Answered { .. } => Some(entry.answered.into()),
        Outcome::Dropped => None,
    }
}

fn answer(entry: &Entry) -> Option<RawAnswer<'_>> {
    match &entry.outcome {
        Outcome::Answered { status, headers: all, body, complete } => Some(RawAnswer {
            status: status.as_u16(),
            headers: headers(all),
            body: body.to_vec(),
            complete: *complete,
        }),
        Outcome::Dropped => None,
    }
}

fn headers(headers: &HeaderMap) -> RawPairs<'_> {
    let all = headers.iter();
    all.map(|(name, value)| (name.as_str().into(), String::from_utf8_lossy(value.as_bytes())))
        .collect()
}
