//! What happened in a scenario, in order, and its digest.

use std::io;

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::describe;
use super::model::{Happened, Lane};
use super::violations::began;
use crate::outcome::RunOutcome;
use crate::redact::Redactor;
use crate::trace::{Event, Exchange, Happening, Text, Trace};

/// More than anybody looks at.
const LONGEST: usize = 2_000;

/// What happened, in order, and how much more there was.
pub(super) fn timeline(trace: &Trace, redactor: &Redactor) -> (Vec<Happened>, usize) {
    let began = began(trace).at;
    let request = |exchange: &Exchange, lane: Lane| Happened {
        at_ms: exchange.arrived.at - began,
        order: exchange.arrived.order,
        lane,
        device: exchange.device,
        what: redactor.text(&format!("{} {}", exchange.method, exchange.path)),
        status: exchange.status(),
    };
    let event = |event: &Event| Happened {
        at_ms: event.at.at - began,
        order: event.at.order,
        lane: lane(&event.what),
        device: event.device,
        what: redactor.text(&describe::happening(&event.what)),
        status: None,
    };
    let all = trace.exchanges.len() + trace.user_agent.len() + trace.events.len();
    let shown = |happened: &Event| !matches!(happened.what, Happening::Done { error: None, .. });
    let user_agent = trace.user_agent.iter().map(|exchange| match exchange.call {
        Some(_) => request(exchange, Lane::SecondScreen),
        None => request(exchange, Lane::Provider),
    });
    let mut happened: Vec<_> = trace
        .exchanges
        .iter()
        .take(LONGEST)
        .map(|exchange| request(exchange, Lane::Device))
        .chain(user_agent.take(LONGEST))
        .chain(trace.events.iter().filter(|event| shown(event)).take(LONGEST).map(event))
        .collect();
    happened.sort_by_key(|happened| happened.order);
    happened.truncate(LONGEST);
    let left_out = if all > LONGEST { all - happened.len() } else { 0 };
    (happened, left_out)
}

const fn lane(what: &Happening) -> Lane {
    match what {
        Happening::Did { .. } | Happening::GaveUp => Lane::User,
        _ => Lane::App,
    }
}

/// SHA-256 over everything that happened in all scenarios, secrets replaced, instants from each
/// scenario's start: the same behaviour has the same digest.
pub(super) fn digest(run: &RunOutcome, redactor: &Redactor) -> String {
    let mut hash = Hashing(Sha256::new());
    for scenario in &run.scenarios {
        let began = began(&scenario.trace).at;
        hash.add(&(&scenario.name, scenario.ending.name()));
        // A capture is its files: their digests can be held against them.
        if let Some(contents) = &scenario.capture {
            hash.add(&contents.sha256);
            continue;
        }
        for exchange in scenario.trace.exchanges.iter().chain(&scenario.trace.user_agent) {
            hash_exchange(exchange, began, redactor, &mut hash);
        }
        for event in &scenario.trace.events {
            let what = serde_json::to_string(&event.what).unwrap_or_default();
            hash.add(&(event.at.at - began, event.device, event.run, redactor.text(&what)));
        }
    }
    hash.0.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn hash_exchange(exchange: &Exchange, began: i64, redactor: &Redactor, hash: &mut Hashing) {
    let arrived = exchange.arrived.at - began;
    let answered = exchange.answered.map(|at| at.at - began);
    hash.add(&(arrived, answered, exchange.device, exchange.run));
    hash.add(&(&exchange.method, redactor.text(&exchange.path), redactor.text(&exchange.body)));
    let answer = exchange.answer.as_ref();
    let headers = |headers: &[(Text, Text)]| -> Vec<(Text, String)> {
        headers.iter().map(|(name, value)| (name.clone(), redactor.header(name, value))).collect()
    };
    for (name, value) in exchange.query.iter() {
        hash.add(&(name, redactor.text(value)));
    }
    hash.add(&headers(&exchange.headers));
    let told = |body| without_port(&redactor.text(body));
    hash.add(&answer.map(|a| (a.status, headers(&a.headers), told(&a.body), a.complete)));
}

/// A body without the port that a device called from, which is chance: what is said of a session has
/// it in `device.connection.port`.
fn without_port(body: &str) -> String {
    const BEFORE: &str = "\"port\":\"";
    let mut parts = body.split(BEFORE);
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        text.push_str(BEFORE);
        text.push_str(part.trim_start_matches(|c: char| c.is_ascii_digit()));
    }
    text
}

struct Hashing(Sha256);

impl Hashing {
    fn add(&mut self, value: &impl Serialize) {
        // Writing to a hash cannot fail, and these values have only text for keys.
        let _ = serde_json::to_writer(&mut *self, value);
    }
}

impl io::Write for Hashing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
