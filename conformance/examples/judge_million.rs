//! How long judging takes, how much memory it takes, and whether both grow in step with the trace.
//!
//! ```sh
//! cargo run --release -p pass-conformance --example judge_million -- [EXCHANGES] [devices|runs|run]
//! cargo run --release -p pass-conformance --example judge_million -- EXCHANGES SHAPE FILE.har|FILE.jsonl
//! ```
//!
//! What the bundled client does in all scenarios is told over and over until there are so many
//! exchanges (a million when it is not said): on ever new devices, in ever new runs of one device, or
//! all in one run. Half of it is judged first; twice as much must not take much more than twice as
//! long. With a file, nothing is judged: the exchanges are written there, for
//! `pass-conformance judge`, with tokens, codes and devices that are new each time.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "this is a measurement")]

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::num::NonZeroUsize;
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use pass_conformance::defects::Defects;
use pass_conformance::driver::InProcess;
use pass_conformance::judge::judge_all;
use pass_conformance::rules::Findings;
use pass_conformance::runner::{self, Cancel, Options};
use pass_conformance::trace::{Context, Exchange, Moment, Pairs, Trace, View};
use pass_conformance::verdict::Edition;
use pass_conformance::{reference, rules, scenario};
use serde_json::{Value, json};

fn main() {
    let mut arguments = std::env::args().skip(1);
    let wanted = arguments.next().map_or(1_000_000, |number| number.parse().unwrap());
    let shape = arguments.next().unwrap_or_else(|| "devices".to_owned());
    let stories = stories();
    if let Some(path) = arguments.next() {
        return write(&enlarged(&stories, wanted, &shape), &path);
    }
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
    let judged = judge_all(trace);
    println!(
        "{} exchanges, {} events: {:.2} s with {} threads, {} judgements; {} MB at most so far",
        trace.exchanges.len(),
        trace.events.len(),
        began.elapsed().as_secs_f64(),
        std::thread::available_parallelism().map_or(1, NonZeroUsize::get),
        judged.len(),
        peak_mb(),
    );
    if in_detail {
        alone(trace);
    }
}

/// What each rule takes alone, over the whole trace at once and in one thread.
fn alone(trace: &Trace) {
    let began = Instant::now();
    let view = View::new(trace);
    println!("{:>8.1} ms  to arrange it all at once", began.elapsed().as_secs_f64() * 1000.0);
    let mut taken: Vec<(Duration, String)> = Vec::new();
    for edition in Edition::ALL {
        for rule in rules::all().iter().filter(|rule| rule.clause(edition).is_some()) {
            let began = Instant::now();
            rule.check.look(&view, edition, &mut Findings::default());
            taken.push((began.elapsed(), format!("{} in {edition}", rule.id)));
        }
    }
    taken.sort_by_key(|(time, _)| std::cmp::Reverse(*time));
    for (time, rule) in taken.iter().take(15) {
        println!("{:>8.1} ms  {rule}", time.as_secs_f64() * 1000.0);
    }
}

/// The most memory that was resident, in megabytes, where the system tells.
fn peak_mb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kb = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kb.unwrap_or_default() / 1024
}

/// Writes a capture: a HAR file, or the journal of a mock server.
fn write(trace: &Trace, path: &str) {
    let is_har = path.ends_with(".har");
    let mut out = BufWriter::new(File::create(path).unwrap());
    let (begin, end) = match is_har {
        true => {
            (r#"{"log":{"version":"1.2","creator":{"name":"judge_million"},"entries":["#, "]}}")
        }
        false => (r#"{"format":"pass-mock-journal","version":1,"forgotten":0}"#, ""),
    };
    writeln!(out, "{begin}").unwrap();
    let mut separator = "";
    for exchange in &trace.exchanges {
        let line = if is_har { har(exchange) } else { journal(exchange) };
        // Eight devices a story: see `add`.
        let line = renewed(exchange, exchange.device / 8, line.to_string());
        writeln!(out, "{separator}{line}").unwrap();
        separator = if is_har { "," } else { "" };
    }
    writeln!(out, "{end}").unwrap();
}

fn journal(exchange: &Exchange) -> Value {
    let moment = |moment: Moment| json!({"order": moment.order, "at": moment.at});
    let query = exchange.query.iter();
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
    json!({
        "arrived": moment(exchange.arrived),
        "answered": moment(exchange.answered.unwrap_or(exchange.arrived)),
        "actor": "client", "peer": "127.0.0.1:50000", "local": "127.0.0.1:8080",
        "request": {
            "method": exchange.method, "path": exchange.path,
            "query": (!query.is_empty()).then_some(query),
            "headers": exchange.headers, "body": {"text": exchange.body},
        },
        "answer": exchange.answer.as_ref().map(|answer| json!({
            "status": answer.status, "headers": answer.headers,
            "body": {"text": answer.body}, "complete": answer.complete,
        })),
    })
}

fn har(exchange: &Exchange) -> Value {
    let headers = |headers: &Pairs| -> Vec<Value> {
        headers.iter().map(|(name, value)| json!({"name": name, "value": value})).collect()
    };
    let started = chrono::DateTime::from_timestamp_millis(exchange.arrived.at).unwrap();
    let query = exchange.query.iter();
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
    let answer = exchange.answer.clone();
    let (status, told) =
        answer.as_ref().map_or((0, Vec::new()), |a| (a.status, headers(&a.headers)));
    json!({
        "startedDateTime": started.to_rfc3339(),
        "time": exchange.answered.map_or(0, |at| at.at - exchange.arrived.at),
        "request": {
            "method": exchange.method, "httpVersion": "HTTP/1.1",
            "url": format!("http://127.0.0.1:8080{}?{query}", exchange.path).trim_end_matches('?'),
            "headers": headers(&exchange.headers), "queryString": [], "cookies": [],
            "postData": (!exchange.body.is_empty()).then(|| json!({
                "mimeType": exchange.header("content-type"), "text": exchange.body,
            })),
        },
        "response": {
            "status": status, "headers": told, "cookies": [],
            "content": {"text": answer.map(|answer| answer.body), "mimeType": "application/json"},
        },
    })
}

/// With whatever tells a device from others made new.
fn renewed(exchange: &Exchange, story: u32, mut line: String) -> String {
    let told = exchange.session().and_then(|told| told.code);
    let client = exchange.credentials().map(|told| told.client_id.to_owned());
    let names = [
        exchange.bearer(),
        exchange.token().map(|told| told.value),
        told,
        exchange.code.as_deref(),
    ];
    let mut names: Vec<String> = names.into_iter().flatten().map(str::to_owned).collect();
    names.extend(client.or_else(|| exchange.parameter("client_id")));
    names.sort();
    names.dedup();
    for name in names {
        line = line.replace(&name, &format!("{name}{story}"));
    }
    // Three bytes are four letters.
    line.replace("fingerprint ", &format!("fingerprint {story:08}"))
}
