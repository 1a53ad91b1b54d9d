//! How long judging takes, and whether it grows in step with the trace.
//!
//! ```sh
//! cargo run --release -p pass-conformance --example judge_million -- [EXCHANGES] [devices|runs|run]
//! ```
//!
//! What the bundled client does in all scenarios is told over and over until there are so many
//! exchanges (a million when it is not said, about 4 GB of memory): on ever new devices, in ever new
//! runs of one device, or all in one run. Half of it is judged first; twice as much must not take
//! much more than twice as long.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "this is a measurement")]

use std::num::NonZeroUsize;
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use pass_conformance::defects::Defects;
use pass_conformance::driver::InProcess;
use pass_conformance::rules::Findings;
use pass_conformance::runner::{self, Cancel, Options};
use pass_conformance::trace::{Context, Moment, Trace, View};
use pass_conformance::verdict::Edition;
use pass_conformance::{reference, rules, scenario};

fn main() {
    let mut arguments = std::env::args().skip(1);
    let wanted = arguments.next().map_or(1_000_000, |number| number.parse().unwrap());
    let shape = arguments.next().unwrap_or_else(|| "devices".to_owned());
    let stories = stories();
    for exchanges in [wanted / 2, wanted] {
        measure(&enlarged(&stories, exchanges, &shape), exchanges == wanted);
    }
}

/// What the bundled client does in all scenarios.
fn stories() -> Vec<Trace> {
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

/// The stories again and again, one after the other.
fn enlarged(stories: &[Trace], exchanges: usize, shape: &str) -> Trace {
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

/// Judges by every rule of both editions, and tells what took long.
fn measure(trace: &Trace, in_detail: bool) {
    let began = Instant::now();
    let view = View::new(trace);
    let arranged = began.elapsed();
    let mut taken: Vec<(Duration, String)> = Vec::new();
    for edition in Edition::ALL {
        for rule in rules::all().iter().filter(|rule| rule.clause(edition).is_some()) {
            let began = Instant::now();
            (rule.check)(&view, edition, &mut Findings::default());
            taken.push((began.elapsed(), format!("{} in {edition}", rule.id)));
        }
    }
    println!(
        "{} exchanges, {} events: {:.2} s, {:.2} s of it to arrange them",
        trace.exchanges.len(),
        trace.events.len(),
        began.elapsed().as_secs_f64(),
        arranged.as_secs_f64(),
    );
    taken.sort_by_key(|(time, _)| std::cmp::Reverse(*time));
    for (time, rule) in taken.iter().take(if in_detail { 25 } else { 0 }) {
        println!("{:>8.1} ms  {rule}", time.as_secs_f64() * 1000.0);
    }
}
