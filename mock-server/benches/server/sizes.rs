//! How soon it is there, and what it takes: empty, and full of sessions and profiles.

use std::error::Error;
use std::time::Instant;

use crate::Plan;
use crate::child::{self, MIB, Server, Workers};
use crate::rounds::{measured, median};
use crate::world::{ASKING, Case, World};

/// From the start of the process to its first answer, and memory while nothing happens.
pub(crate) fn start_up(starts: usize) -> Result<(), Box<dyn Error>> {
    let own = || Server::pass_mock(Workers::Default);
    let bare = || Server::bare(Workers::Default, 100);
    let (mut owns, mut bares) = (Vec::new(), Vec::new());
    for _ in 0..starts {
        owns.push(child::time_to_first_answer(own)?.as_secs_f64() * 1e3);
        bares.push(child::time_to_first_answer(bare)?.as_secs_f64() * 1e3);
    }
    println!(
        "first answer after   {:.1} ms (bare hyper {:.1} ms), medians of {starts} starts",
        median(owns),
        median(bares)
    );
    let (own, bare) = (own()?.resident()? as f64 / MIB, bare()?.resident()? as f64 / MIB);
    println!("resident, idle       {own:.1} MiB (bare hyper {bare:.1} MiB)\n");
    Ok(())
}

/// Memory with so many sessions and profiles, and throughput beside a server that knows no more than
/// the devices that ask: the same requests to both.
pub(crate) async fn full(devices: usize, plan: &Plan) -> Result<(), Box<dyn Error>> {
    let (full, empty) =
        (Server::pass_mock(Workers::Default)?, Server::pass_mock(Workers::Default)?);
    let begun = Instant::now();
    let many = World::make(&full, devices).await?;
    let took = begun.elapsed().as_secs_f64();
    let few = World::make(&empty, devices.min(ASKING)).await?;
    let resident = full.resident()? as f64 / MIB;
    println!("\n{devices} sessions and {devices} profiles, made in {took:.1} s");
    println!(
        "  resident           {resident:.0} MiB (with those that ask alone {:.0} MiB)",
        empty.resident()? as f64 / MIB
    );
    for case in [Case::Poll, Case::Profile] {
        let with_many = many.requests(case, &full).await?;
        let with_few = few.requests(case, &empty).await?;
        let (mut speeds, mut cpus) = (Vec::new(), Vec::new());
        for _ in 0..plan.rounds {
            let (fast, cheap) = measured(&empty, &with_few, plan.round).await?;
            let (counted, cpu) = measured(&full, &with_many, plan.round).await?;
            speeds.push(counted.per_second() / fast.per_second());
            cpus.push(cpu.as_secs_f64() / cheap.as_secs_f64());
        }
        println!(
            "  {:<18} {:.2} of the requests/s and {:.2} of the CPU/request",
            case.name(),
            median(speeds),
            median(cpus)
        );
    }
    Ok(())
}
