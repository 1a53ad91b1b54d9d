//! What is going on in a sitting.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::board::Board;
use crate::driver::attach::{Attach, Said, Seat};
use crate::outcome::ScenarioOutcome;
use crate::report::Report;
use crate::runner::own_device::without_events;
use crate::runner::{Audience, Cancel, Plan, RunnerEvent, Scene, StepAt};
use crate::scenario::Step;
use crate::trace::{Event, Origins};
use crate::user_agent::Credentials;
use crate::verdict::Edition;

/// What was agreed for a sitting.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// The edition whose verdicts set the result.
    pub gate: Edition,
    /// Whether a violated *should* fails.
    pub strict: bool,
}

/// A sitting; everybody who takes part in it shares one.
#[derive(Debug)]
pub struct Sitting {
    driver: Attach,
    settings: Settings,
    changed: watch::Sender<u64>,
    cancel: Cancel,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) plan: Option<Arc<Plan>>,
    pub(super) outcomes: BTreeMap<usize, Arc<ScenarioOutcome>>,
    pub(super) playing: Option<Playing>,
    pub(super) board: Board,
    /// Why scenarios are not played, by their names.
    skipped: BTreeMap<String, String>,
    /// Why nothing more is played.
    ended: Option<String>,
    pub(super) report: Option<Arc<Report>>,
    closed: bool,
    /// When somebody last looked.
    seen: Option<Instant>,
}

/// The scenario that is being played.
#[derive(Debug)]
pub(super) struct Playing {
    pub(super) index: usize,
    pub(super) scene: Option<Scene>,
    pub(super) events: Vec<Event>,
    pub(super) step: Option<StepNow>,
    /// Until when each device is waited for.
    pub(super) deadlines: BTreeMap<usize, Instant>,
}

/// The step that the story is at.
#[derive(Clone, Debug)]
pub(super) struct StepNow {
    pub(super) place: usize,
    pub(super) step: Step,
    pub(super) device: usize,
    pub(super) who: Credentials,
    pub(super) since: Instant,
}

impl Sitting {
    /// A sitting of these devices. `changed` is what the driver counts up, too.
    pub fn new(
        driver: Attach,
        settings: Settings,
        changed: watch::Sender<u64>,
        cancel: Cancel,
    ) -> Self {
        Self { driver, settings, changed, cancel, state: Mutex::default() }
    }

    /// The devices.
    pub fn seats(&self) -> &[Seat] {
        self.driver.seats()
    }

    /// Takes in what the runner tells.
    pub fn heard(&self, event: &RunnerEvent) {
        let board = match event {
            RunnerEvent::Finished(_, outcome) => {
                // Only this thread changes it, and whoever plays must not wait for it.
                let mut board = self.state().board.clone();
                board.keep(outcome, self.settings.gate);
                Some(board)
            }
            _ => None,
        };
        let mut state = self.state();
        state.board = board.unwrap_or_else(|| std::mem::take(&mut state.board));
        match event {
            RunnerEvent::Probing | RunnerEvent::ProvingClock => {}
            RunnerEvent::Planned(plan) => state.plan = Some(Arc::clone(plan)),
            RunnerEvent::Started(index) => {
                let index = *index;
                state.playing.get_or_insert_with(|| Playing::of(index)).index = index;
            }
            RunnerEvent::Finished(index, outcome) => {
                state.outcomes.insert(*index, Arc::clone(outcome));
                if state.playing.as_ref().is_some_and(|playing| playing.index == *index) {
                    state.playing = None;
                }
            }
        }
        drop(state);
        self.tell_change();
    }

    /// Leaves out a scenario, also one that is being played.
    ///
    /// # Errors
    /// When there is no such scenario, or it is over.
    pub fn skip(&self, scenario: &str, reason: &str) -> Result<(), String> {
        let mut state = self.state();
        let index = state.index_of(scenario);
        let index = index.ok_or_else(|| format!("there is no scenario `{scenario}`"))?;
        if state.outcomes.contains_key(&index) {
            return Err(format!("the scenario `{scenario}` is over"));
        }
        state.skipped.insert(scenario.to_owned(), reason.to_owned());
        let is_playing = state.playing.as_ref().is_some_and(|playing| playing.index == index);
        drop(state);
        if is_playing {
            self.break_off();
        }
        self.tell_change();
        Ok(())
    }

    /// Ends the sitting: what was played is reported. One in which nobody has come yet is over at
    /// once, without a report.
    pub fn end(&self, reason: &str) {
        let mut state = self.state();
        state.ended.get_or_insert_with(|| reason.to_owned());
        let begun = state.plan.is_some();
        drop(state);
        if begun {
            self.break_off()
        } else {
            self.cancel.cancel()
        }
        self.tell_change();
    }

    /// Whether it is being ended.
    pub fn is_ending(&self) -> bool {
        self.state().ended.is_some()
    }

    /// The report is there; nothing more is played.
    pub fn set_report(&self, report: Report) {
        let mut state = self.state();
        state.playing = None;
        state.report = Some(Arc::new(report));
        drop(state);
        self.tell_change();
    }

    /// The report, when everything is over.
    pub fn report(&self) -> Option<Arc<Report>> {
        self.state().report.clone()
    }

    /// Nobody needs the page any longer.
    pub fn close(&self) {
        self.state().closed = true;
        self.tell_change();
    }

    /// Whether the page is closed.
    pub fn is_closed(&self) -> bool {
        self.state().closed
    }

    /// Somebody looks at the page.
    pub(super) fn look(&self) {
        self.state().seen = Some(Instant::now());
    }

    /// How long nobody has looked at the page; `None` when nobody ever has.
    pub fn unseen_for(&self) -> Option<Duration> {
        self.state().seen.map(|seen| seen.elapsed())
    }

    pub(super) fn settings(&self) -> Settings {
        self.settings
    }

    pub(super) fn changes(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell_change(&self) {
        self.changed.send_modify(|count| *count += 1);
    }

    /// Ends whatever runs on the devices.
    fn break_off(&self) {
        for seat in self.seats() {
            // One that nothing runs on has nothing to end.
            let _ = seat.said(Said::Ended("the scenario was broken off".into()), seat.is_by_hand());
        }
    }
}

impl State {
    fn index_of(&self, scenario: &str) -> Option<usize> {
        let mut planned = self.plan.as_ref()?.scenarios.iter();
        planned.position(|planned| planned.scenario.name == scenario)
    }
}

impl Playing {
    fn of(index: usize) -> Self {
        let (events, deadlines) = (Vec::new(), BTreeMap::new());
        Self { index, scene: None, events, step: None, deadlines }
    }
}

impl Audience for Sitting {
    fn leaves_out(&self, scenario: &str) -> Option<String> {
        let state = self.state();
        let skipped = state.skipped.get(scenario);
        let over = state.index_of(scenario).is_some_and(|i| state.outcomes.contains_key(&i));
        skipped.or(state.ended.as_ref().filter(|_| !over)).cloned()
    }

    fn tells_events(&self) -> bool {
        self.driver.tells_events()
    }

    fn begins(&self, mut scene: Scene) {
        let mut state = self.state();
        if let Some(plan) = &state.plan {
            let declared = plan.client.capabilities.iter().cloned().collect();
            scene.context.capabilities = Some(declared);
        }
        if !self.driver.tells_events() {
            without_events(&mut scene.context);
        }
        let index = state.index_of(&scene.scenario.name).unwrap_or_default();
        state.playing = Some(Playing { scene: Some(scene), ..Playing::of(index) });
        drop(state);
        self.tell_change();
    }

    fn step(&self, at: StepAt<'_>) {
        if let Some(playing) = &mut self.state().playing {
            playing.deadlines.clear();
            playing.step = Some(StepNow {
                place: at.place,
                step: at.step.clone(),
                device: at.device,
                who: at.who,
                since: Instant::now(),
            });
        }
        self.tell_change();
    }

    fn waits(&self, device: usize, limit: Duration) {
        if let Some(playing) = &mut self.state().playing
            && let Some(deadline) = Instant::now().checked_add(limit)
        {
            playing.deadlines.insert(device, deadline);
        }
        self.tell_change();
    }

    fn noticed(&self, event: &Event) {
        if let Some(playing) = &mut self.state().playing {
            playing.events.push(event.clone());
        }
        self.tell_change();
    }

    fn origins(&self, origins: Origins) {
        if let Some(scene) = self.state().playing.as_mut().and_then(|p| p.scene.as_mut()) {
            scene.origins = origins;
        }
    }
}
