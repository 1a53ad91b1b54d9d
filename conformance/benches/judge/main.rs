//! How long it takes to read and to judge what was recorded, how much memory, and whether both grow in
//! step with the recording.
//!
//! ```sh
//! cargo bench -p pass-conformance --bench judge               # 10 thousand, 100 thousand, a million
//! cargo bench -p pass-conformance --bench judge -- --quick    # 10 thousand: seconds
//! cargo bench -p pass-conformance --bench judge -- --rules    # besides, what each rule takes alone
//! cargo bench -p pass-conformance --bench judge -- --judging  # leaves the captures out
//! ```
//!
//! What the bundled client does in all scenarios is told over and over until there are so many
//! exchanges, on ever new devices (`--runs`: in ever new runs of one device; `--run`: all in one run),
//! and judged by every rule of both editions. The same is written as a journal export and as a HAR
//! file, with tokens, codes and devices that are new each time, which are read, and judged as what
//! they are: captures, which show nothing of what the user did. Playing the stories is the whole suite
//! with the bundled client; what that takes is told first.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "this is a measurement")]

mod captures;
mod stories;

use std::num::NonZeroUsize;
use std::path::Path;
use std::time::{Duration, Instant};

use pass_conformance::judge::judge_all;
use pass_conformance::rules::{self, Findings};
use pass_conformance::trace::capture::{Capture, Reading};
use pass_conformance::trace::{Trace, View};
use pass_conformance::verdict::Edition;
use rustix::time::{ClockId, clock_gettime};

/// What the program works with.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let has = |flag: &str| std::env::args().any(|argument| argument == flag);
    let shape = ["runs", "run"].into_iter().find(|shape| has(&format!("--{shape}")));
    let shape = shape.unwrap_or("devices");
    let sizes: &[usize] = if has("--quick") { &[10_000] } else { &[10_000, 100_000, 1_000_000] };
    let threads = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    println!("{threads} threads\n");
    println!("| | exchanges | wall | processor | processor, an exchange | resident at most |");
    println!("| --- | --: | --: | --: | --: | --: |");
    let mut stories = Vec::new();
    let playing = Measured::of(1, || stories = stories::stories());
    playing.row("playing all scenarios", stories.iter().map(|story| story.exchanges.len()).sum());
    for &size in sizes {
        measure(&stories::enlarged(&stories, size, shape), size, has("--rules"), !has("--judging"));
    }
}

fn measure(trace: &Trace, size: usize, each_rule: bool, captures: bool) {
    let rounds = if size < 1_000_000 { 3 } else { 1 };
    let judging = |trace: &Trace| Measured::of(rounds, || drop(judge_all(trace)));
    let count = trace.exchanges.len();
    judging(trace).row("judging, with events", count);
    if each_rule {
        alone(trace);
    }
    if !captures {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for (name, what) in [("journal.jsonl", "a journal export"), ("capture.har", "a HAR file")] {
        let path = folder.path().join(name);
        captures::write(trace, &path);
        let mut read = None;
        Measured::of(rounds, || read = Some(reading(&path))).row(&format!("reading {what}"), count);
        let read = read.unwrap();
        judging(&read).row("judging it, without events", read.exchanges.len());
        std::fs::remove_file(path).unwrap();
    }
}

fn reading(path: &Path) -> Trace {
    Capture::read(&[path.to_owned()], &Reading::default()).unwrap().trace
}

/// What something took.
#[derive(Clone, Copy)]
struct Measured {
    wall: Duration,
    processor: Duration,
}

impl Measured {
    /// The quickest of some rounds.
    fn of(rounds: usize, mut work: impl FnMut()) -> Self {
        let round = |_| {
            let (began, spent) = (Instant::now(), processor_time());
            work();
            Self { wall: began.elapsed(), processor: processor_time() - spent }
        };
        (0..rounds).map(round).min_by_key(|measured| measured.processor).unwrap()
    }

    fn row(self, what: &str, exchanges: usize) {
        println!(
            "| {what} | {exchanges} | {:.2} s | {:.2} s | {:.0} ns | {} MB |",
            self.wall.as_secs_f64(),
            self.processor.as_secs_f64(),
            self.processor.as_secs_f64() * 1e9 / exchanges as f64,
            peak_mb(),
        );
    }
}

fn processor_time() -> Duration {
    clock_gettime(ClockId::ProcessCPUTime).try_into().unwrap()
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
