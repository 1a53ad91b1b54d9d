//! What the bundled client does in all scenarios, told over and over.

use std::num::NonZeroUsize;
use std::sync::{Arc, mpsc};

use pass_conformance::defects::Defects;
use pass_conformance::driver::InProcess;
use pass_conformance::runner::{self, Cancel, Options};
use pass_conformance::trace::{Context, Moment, Trace};
use pass_conformance::verdict::Edition;
use pass_conformance::{reference, scenario};

/// What the bundled client does in all scenarios.
pub(crate) fn stories() -> Vec<Trace> {
    let options = Options {
        driver: Arc::new(InProcess::new(|host| reference::run(host, Defects::NONE))),
        scenarios: scenario::all().unwrap(),
        gate: Edition::Oct2024,
        strict: false,
        long: true,
        jobs: std::thread::available_parallelism().ok().or(NonZeroUsize::new(1)),
        seed: 1,
        cancel: Cancel::default(),
    };
    let (events, _) = mpsc::channel();
    let outcome = runner::run(&options, &events).unwrap();
    outcome.scenarios.into_iter().map(|scenario| scenario.trace).collect()
}

/// The stories again and again, one after the other: on ever new `devices`, in ever new `runs` of one
/// device, or all in one `run`.
pub(crate) fn enlarged(stories: &[Trace], exchanges: usize, shape: &str) -> Trace {
    let context = Context { ended: Moment::default(), ..stories[0].context.clone() };
    let mut all = Trace { context, ..Trace::default() };
    for (number, story) in (0..).zip(stories.iter().cycle()) {
        if all.exchanges.len() >= exchanges {
            return all;
        }
        add(&mut all, story, number, shape);
    }
    all
}

/// Adds a story after everything that is there.
fn add(all: &mut Trace, story: &Trace, number: u32, shape: &str) {
    let began = all.context.ended;
    let first = story.events.first().map_or(0, |event| event.at.at);
    let later = |moment: Moment| Moment {
        order: began.order + moment.order,
        at: began.at + moment.at - first,
    };
    let place = |device: u32, run: u32| match shape {
        "devices" => (8 * number + device, run),
        "runs" => (0, 64 * number + 8 * device + run),
        _ => (0, 0),
    };
    for exchange in &story.exchanges {
        let mut exchange = exchange.clone();
        exchange.arrived = later(exchange.arrived);
        exchange.answered = exchange.answered.map(later);
        (exchange.device, exchange.run) = place(exchange.device, exchange.run);
        all.exchanges.push(exchange);
    }
    for event in &story.events {
        let mut event = event.clone();
        event.at = later(event.at);
        (event.device, event.run) = place(event.device, event.run);
        all.events.push(event);
    }
    let ended = later(story.context.ended);
    all.context.ended = Moment { order: ended.order + 1, at: ended.at + 60_000 };
}
