//! Asks the client who it is and what it can do, before anything is planned.

use super::audience::House;
use super::director::{Director, Stop};
use crate::driver::{Driver, Log};
use crate::outcome::ClientInfo;
use crate::scenario::{Scenario, load_text};
use crate::stage::{Pace, Stage};

/// A story in which the app is started and ended.
const STORY: &str = "title: Who are you?\nwhy: To plan.\nsteps: [launch]";

/// The client did not answer.
#[derive(Clone, Debug)]
pub(super) struct Failure {
    /// Why.
    pub(super) stop: Stop,
    /// What it printed.
    pub(super) log: String,
}

/// Starts the client, hears who it is, and ends it.
pub(super) async fn probe(
    house: &House,
    driver: &dyn Driver,
    seed: u64,
) -> Result<ClientInfo, Failure> {
    let log = Log::default();
    let outcome = ask(house, driver, seed, &log).await;
    outcome.map_err(|stop| Failure { stop, log: log.read() })
}

async fn ask(house: &House, driver: &dyn Driver, seed: u64, log: &Log) -> Result<ClientInfo, Stop> {
    let harness = |error: &dyn std::fmt::Display| Stop::Harness(error.to_string());
    let mut stories = load_text("probe", "probe", STORY).map_err(|error| harness(&error))?;
    let story: Scenario = stories.remove(0);
    let pace = if driver.shares_clock() { Pace::Virtual } else { Pace::Real(1.0) };
    let stage = Stage::set_behind(&house.doors, &story, pace, seed).await;
    let stage = stage.map_err(|error| harness(&error))?;
    let mut director = Director::new(stage, &story, driver, log.clone());
    director.introduce().await
}
