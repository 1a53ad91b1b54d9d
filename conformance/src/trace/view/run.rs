//! Runs and their steps.

use super::actions::{self, UserAction};
use super::occurs::{Occurs, Trouble};
use crate::trace::{Call, Event, Exchange, Happening, Moment};

/// One run of the application: from a launch to the next.
#[derive(Debug)]
pub struct Run<'t> {
    /// Its number in the installation.
    pub number: u32,
    /// What was asked, answered and what happened, in order.
    pub steps: Vec<Step<'t>>,
    /// What the user did, in order.
    pub actions: Vec<UserAction<'t>>,
    /// When it came to its end: when its process was gone, else with the last thing that is known of
    /// it, and where it is the installation's last run with the trace.
    pub end: Moment,
    /// What occurs in it.
    occurs: Occurs,
}

/// One step of a run.
#[derive(Clone, Copy, Debug)]
pub enum Step<'t> {
    /// A request arrived.
    Asked(&'t Exchange),
    /// Its answer left. There is no such step for a request that was never answered.
    Answered(&'t Exchange),
    /// Something happened around the client.
    Happened(&'t Event),
}

impl<'t> Run<'t> {
    /// Its requests, by arrival.
    pub fn requests(&self) -> impl Iterator<Item = &'t Exchange> {
        self.steps.iter().filter_map(|step| step.asked())
    }

    /// Whether one of these calls was made in it.
    pub fn asks(&self, calls: &[Call]) -> bool {
        self.occurs.has_one_of(calls)
    }

    /// Whether one of its requests met this kind of trouble.
    pub fn meets(&self, trouble: Trouble) -> bool {
        self.occurs.has(trouble)
    }

    /// Whether some answer in it may hold an error, of its own or of a decision.
    pub fn may_hear_errors(&self) -> bool {
        Trouble::ALL.iter().any(|trouble| self.meets(*trouble))
            || self.asks(&[Call::Preauthorize, Call::Authorize])
    }

    /// Its events, in order.
    pub fn events(&self) -> impl Iterator<Item = &'t Event> {
        self.steps.iter().filter_map(|step| step.event())
    }

    /// The steps after a moment, in order.
    pub fn after(&self, moment: Moment) -> &[Step<'t>] {
        let place = self.steps.partition_point(|step| step.moment() <= moment);
        &self.steps[place..]
    }

    /// The steps between two moments, both excluded.
    pub fn between(&self, from: Moment, to: Moment) -> &[Step<'t>] {
        let steps = self.after(from);
        &steps[..steps.partition_point(|step| step.moment() < to)]
    }
}

impl<'t> Step<'t> {
    /// When it was.
    pub fn moment(self) -> Moment {
        match self {
            Self::Asked(exchange) => exchange.arrived,
            Self::Answered(exchange) => answered(exchange),
            Self::Happened(event) => event.at,
        }
    }

    /// The request that arrived.
    pub fn asked(self) -> Option<&'t Exchange> {
        if let Self::Asked(exchange) = self { Some(exchange) } else { None }
    }

    /// The request whose answer left.
    pub fn answered(self) -> Option<&'t Exchange> {
        if let Self::Answered(exchange) = self { Some(exchange) } else { None }
    }

    /// What happened.
    pub fn event(self) -> Option<&'t Event> {
        if let Self::Happened(event) = self { Some(event) } else { None }
    }

    /// The run it belongs to.
    pub(super) fn run(self) -> u32 {
        match self {
            Self::Asked(exchange) | Self::Answered(exchange) => exchange.run,
            Self::Happened(event) => event.run,
        }
    }
}

impl<'t> Run<'t> {
    pub(super) fn new(number: u32, steps: Vec<Step<'t>>) -> Self {
        let end = steps.iter().find(|step| is_end(step)).or(steps.last());
        let end = end.map_or_else(Moment::default, |step| step.moment());
        let occurs = Occurs::among(steps.iter().filter_map(|step| step.asked()));
        Self { number, actions: actions::actions(&steps), steps, end, occurs }
    }

    pub(super) fn is_gone(&self) -> bool {
        self.steps.iter().any(is_end)
    }
}

fn is_end(step: &Step<'_>) -> bool {
    step.event().is_some_and(|event| matches!(event.what, Happening::Ended { .. }))
}

/// When an answer left; its request's arrival where nobody noted it.
pub(super) fn answered(exchange: &Exchange) -> Moment {
    exchange.answered.unwrap_or(exchange.arrived)
}
