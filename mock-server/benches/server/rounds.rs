//! Servers side by side, in turns.

use std::error::Error;
use std::time::Duration;

use crate::Plan;
use crate::child::{Server, Workers};
use crate::load::{self, Counted, Requests};
use crate::world::{Case, World};

/// One server in the comparison, and what its rounds came to.
pub(crate) struct Contender {
    name: &'static str,
    server: Server,
    requests: Requests,
    rounds: Vec<Round>,
}

#[derive(Clone, Copy)]
struct Round {
    per_second: f64,
    /// Processor time of the server for one request.
    cpu: Duration,
}

impl Contender {
    pub(crate) fn new(name: &'static str, server: Server, requests: Requests) -> Self {
        Self { name, server, requests, rounds: Vec::new() }
    }

    /// One round.
    pub(crate) async fn play(&mut self, duration: Duration) -> Result<(), Box<dyn Error>> {
        let (counted, cpu) = measured(&self.server, &self.requests, duration).await?;
        self.rounds.push(Round { per_second: counted.per_second(), cpu });
        Ok(())
    }

    fn median(&self, figure: impl Fn(&Round) -> f64) -> f64 {
        median(self.rounds.iter().map(figure).collect())
    }
}

/// A load, and the processor time of each of its requests.
pub(crate) async fn measured(
    server: &Server,
    requests: &Requests,
    duration: Duration,
) -> Result<(Counted, Duration), Box<dyn Error>> {
    let before = server.cpu()?;
    let counted = load::run(server.public, requests, duration).await?;
    let cpu = server.cpu()?.saturating_sub(before);
    Ok((counted, cpu.div_f64(counted.answers.max(1) as f64)))
}

pub(crate) fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Measures each case of the plan and prints a table.
pub(crate) async fn all_cases(plan: &Plan) -> Result<(), Box<dyn Error>> {
    if !plan.cases.is_empty() {
        print_head();
    }
    for &case in &plan.cases {
        one_case(case, plan).await?;
    }
    Ok(())
}

/// pass-mock and hyper alone, each with its default workers and with one.
async fn one_case(case: Case, plan: &Plan) -> Result<(), Box<dyn Error>> {
    let mut contenders = Vec::new();
    for (workers, own, bare) in [
        (Workers::Default, "pass-mock", "bare hyper"),
        (Workers::One, "pass-mock, one worker", "bare, one worker"),
    ] {
        let server = Server::pass_mock(workers)?;
        let world = World::make(&server, plan.devices).await?;
        let requests = world.requests(case, &server).await?;
        let warm_up = load::run(server.public, &requests, plan.round / 2).await?;
        let body_bytes = usize::try_from(warm_up.body_bytes / warm_up.answers.max(1))?;
        let beside = Server::bare(workers, body_bytes)?;
        contenders.push(Contender::new(own, server, requests.clone()));
        contenders.push(Contender::new(bare, beside, requests));
    }
    for _ in 0..plan.rounds {
        for contender in &mut contenders {
            contender.play(plan.round).await?;
        }
    }
    let (default, one) = contenders.split_at(2);
    print(case.name(), default);
    print("", one);
    Ok(())
}

/// Names the columns.
pub(crate) fn print_head() {
    println!(
        "{:<20} {:<22} {:>10} {:>9} {:>11} {:>8}",
        "", "", "requests/s", "of bare", "CPU/request", "of bare"
    );
}

/// Each server beside the last one, which is the bare one.
pub(crate) fn print(mut name: &str, contenders: &[Contender]) {
    let Some(bare) = contenders.last() else { return };
    for contender in contenders {
        let rounds = || contender.rounds.iter().zip(&bare.rounds);
        let ratio = |figure: fn(&Round) -> f64| {
            median(rounds().map(|(own, bare)| figure(own) / figure(bare)).collect())
        };
        println!(
            "{name:<20} {:<22} {:>10.0} {:>9.2} {:>8.1} µs {:>8.2}",
            contender.name,
            contender.median(|round| round.per_second),
            ratio(|round| round.per_second),
            contender.median(|round| round.cpu.as_secs_f64() * 1e6),
            ratio(|round| round.cpu.as_secs_f64()),
        );
        name = "";
    }
}
