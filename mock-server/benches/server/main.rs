//! What a request costs here, beside hyper alone: `cargo bench -p pass-mock --bench server`.
//!
//! Servers are processes of their own, and take turns in short rounds, so that whatever else the
//! machine does meanwhile meets them alike. Each answers bodies of the same size to the same
//! requests. `-- --quick` takes some seconds and shows that everything works; `-- --million` adds a
//! million sessions and profiles; words choose among the cases. Two play a whole load, only when they
//! are named, and fail when the server does not stand it: `-- flood` and `-- fleet-minutes`. One
//! compares with other servers that give out prepared answers, `-- peers`; `benches/get-peers` gets
//! them.

#![allow(clippy::print_stdout, reason = "a program for people")]

mod bare;
mod child;
mod console;
mod fleet;
mod flood;
mod load;
mod peers;
mod rounds;
mod sizes;
mod world;

use std::error::Error;
use std::time::Duration;

use world::Case;

/// How much is measured.
struct Plan {
    rounds: usize,
    round: Duration,
    /// How many devices there are while requests are measured.
    devices: usize,
    starts: usize,
    /// Numbers of signed-in devices at which memory is looked at.
    sizes: Vec<usize>,
    cases: Vec<Case>,
    /// Whether a server that is watched is measured, too.
    console: bool,
    peers: bool,
}

impl Plan {
    fn new(arguments: &[String]) -> Self {
        let has = |flag: &str| arguments.iter().any(|argument| argument == flag);
        // Without `--bench` it is a test run that calls.
        let quick = has("--quick") || !has("--bench");
        let words: Vec<_> = arguments.iter().filter(|word| !word.starts_with("--")).collect();
        let is_chosen = |case: &Case| {
            words.is_empty() || words.iter().any(|word| case.name().contains(word.as_str()))
        };
        let mut sizes = if quick { vec![1_000] } else { vec![10_000, 100_000] };
        if has("--million") {
            sizes.push(1_000_000);
        }
        if !words.is_empty() && !has("--million") {
            sizes.clear();
        }
        Self {
            rounds: if quick { 1 } else { 7 },
            round: Duration::from_millis(if quick { 100 } else { 1_000 }),
            devices: if quick { 640 } else { 10_000 },
            starts: if quick { 3 } else { 20 },
            sizes,
            console: words.is_empty() || words.iter().any(|word| *word == console::NAME),
            cases: Case::ALL.into_iter().filter(is_chosen).collect(),
            peers: words.is_empty() || words.iter().any(|word| *word == "peers"),
        }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [role, body_bytes, ..] = &arguments[..]
        && role == "bare"
    {
        return bare::serve(body_bytes.parse()?);
    }
    let (plan, quick) = (Plan::new(&arguments), arguments.iter().any(|word| word == "--quick"));
    let is_named = |case: &str| arguments.iter().any(|word| word == case);
    // One thread for the generator: the servers need the others.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    match () {
        () if is_named("flood") => runtime.block_on(flood::run(quick)),
        () if is_named("fleet-minutes") => runtime.block_on(fleet::run(quick)),
        () => runtime.block_on(measure(&plan)),
    }
}

async fn measure(plan: &Plan) -> Result<(), Box<dyn Error>> {
    let cores = std::thread::available_parallelism()?;
    let day = chrono::Utc::now().format("%Y-%m-%d");
    println!(
        "{day}, {cores} cores, {} connections; medians of {} rounds of {} ms each\n",
        load::CONNECTIONS,
        plan.rounds,
        plan.round.as_millis()
    );
    sizes::start_up(plan.starts)?;
    rounds::all_cases(plan).await?;
    if plan.console {
        console::watched(plan).await?;
    }
    if plan.peers {
        peers::compare(plan).await?;
    }
    for &devices in &plan.sizes {
        sizes::full(devices, plan).await?;
    }
    Ok(())
}
