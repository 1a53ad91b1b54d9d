//! Who watches a story while it is told.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use pass_mock::clock::Clock;
use pass_mock::journal::Journal;

use super::own_device;
use crate::scenario::{Scenario, Step};
use crate::stage::Door;
use crate::trace::{Context, Event, Moment, Origins, Trace};
use crate::user_agent::Credentials;

/// Is told what happens on the stage while it happens, and has a say in what is played. Told from the
/// thread that plays; it must not keep it waiting.
pub trait Audience: fmt::Debug + Send + Sync {
    /// Why a scenario is not to be played, or not to be judged, if so. Asked before it is begun and
    /// when it is over.
    fn leaves_out(&self, _scenario: &str) -> Option<String> {
        None
    }

    /// Whether somebody tells what the client shows. Asked when a story is over.
    fn tells_events(&self) -> bool {
        true
    }

    /// A story begins.
    fn begins(&self, _scene: Scene) {}

    /// The story comes to a step.
    fn step(&self, _at: StepAt<'_>) {}

    /// The story waits for the client on a device, for so long in real time at most.
    fn waits(&self, _device: usize, _limit: Duration) {}

    /// Something happened around the client.
    fn noticed(&self, _event: &Event) {}

    /// Who requested what is told in another way from now on.
    fn origins(&self, _origins: Origins) {}
}

/// Nobody watches.
#[derive(Clone, Copy, Debug)]
pub struct Nobody;

impl Audience for Nobody {}

/// Where stories are told, and before whom.
#[derive(Clone, Debug)]
pub struct House {
    /// The doors of the devices that are there before and after a story. Without any, every story has
    /// addresses of its own.
    pub doors: Vec<Door>,
    /// Who watches.
    pub audience: Arc<dyn Audience>,
}

impl Default for House {
    fn default() -> Self {
        Self { doors: Vec::new(), audience: Arc::new(Nobody) }
    }
}

/// A step of a story, and what belongs to it.
#[derive(Clone, Debug)]
pub struct StepAt<'a> {
    /// Its place, counted from 0.
    pub place: usize,
    /// The step.
    pub step: &'a Step,
    /// The device it is for, counted from 0.
    pub device: usize,
    /// Who signs in, where somebody does.
    pub who: Credentials,
}

/// A story that is being told: all that is needed to look at what has happened so far.
#[derive(Clone, Debug)]
pub struct Scene {
    /// What is told.
    pub scenario: Scenario,
    /// What was agreed before it began.
    pub context: Context,
    /// How to tell who requested what.
    pub origins: Origins,
    /// What was requested.
    pub journal: Arc<Journal>,
    /// Its clock.
    pub clock: Clock,
}

impl Scene {
    /// What has happened so far, as the rules look at it.
    pub fn so_far(&self, events: &[Event]) -> Trace {
        let context = Context { ended: Moment::from(self.clock.stamp()), ..self.context.clone() };
        let mut trace = Trace { context, events: events.to_vec(), ..Trace::default() };
        let entries = self.journal.entries();
        trace.add_journal(entries.iter().map(AsRef::as_ref), &self.origins);
        own_device::tell_of_browsers(&mut trace);
        trace
    }
}
