//! Tells the story of a scenario: says to the app what the user does, hears what it shows, and plays
//! the viewer's part in the browser and on the second screen.
//!
//! | file | what it is |
//! | --- | --- |
//! | `app` | what the user does with the app: start it, act, end it |
//! | `sign_in` | the same for signing in, which the viewer has a part in |
//! | `listen` | what is heard while something is waited for |
//! | `viewer` | what the viewer does beside the app |

pub(super) mod app;
mod listen;
mod sign_in;
mod viewer;

use std::time::Duration;

use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};

use self::viewer::Report;
use super::audience::{Audience, Nobody, StepAt};
use super::device::Device;
use crate::driver::{Driver, End, Log};
use crate::outcome::ClientInfo;
use crate::protocol::{Action, ToClient};
use crate::scenario::{BETWEEN_STEPS, PickedIn, Scenario, ServerStep, Step};
use crate::stage::Stage;
use crate::trace::{Event, Happening, Moment};

/// Why a story broke off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// The app ended without being asked.
    Crashed(End),
    /// The app did not come to the end of something.
    Unfinished {
        /// What, in words for people.
        what: String,
        /// Whether the app still answered when it was asked to quit.
        alive: bool,
    },
    /// The harness could not go on.
    Harness(String),
}

/// Tells one story.
pub(super) struct Director<'a> {
    pub(super) stage: Stage,
    pub(super) events: Vec<Event>,
    pub(super) client: ClientInfo,
    pub(super) audience: &'a dyn Audience,
    scenario: &'a Scenario,
    driver: &'a dyn Driver,
    log: Log,
    devices: Vec<Device>,
    here: usize,
    reports: UnboundedReceiver<Report>,
    report: UnboundedSender<Report>,
}

impl<'a> Director<'a> {
    pub(super) fn new(
        stage: Stage,
        scenario: &'a Scenario,
        driver: &'a dyn Driver,
        log: Log,
    ) -> Self {
        let (report, reports) = mpsc::unbounded_channel();
        let devices = (0..scenario.devices()).map(|i| Device::new(stage.browser(i))).collect();
        Self {
            stage,
            events: Vec::new(),
            client: ClientInfo::default(),
            audience: &Nobody,
            scenario,
            driver,
            log,
            devices,
            here: 0,
            reports,
            report,
        }
    }

    /// Tells the whole story. Whatever comes of it, no app is left running.
    pub(super) async fn tell(&mut self) -> Result<(), Stop> {
        let mut outcome = self.tell_steps().await;
        if let Err(Stop::Unfinished { alive, .. }) = &mut outcome {
            self.note(Happening::GaveUp);
            *alive = self.quit().await.is_ok();
        }
        for device in 0..self.devices.len() {
            self.here = device;
            if outcome.is_ok() && self.device().running.is_some() {
                outcome = self.quit().await;
            }
            self.end(false).await;
        }
        outcome
    }

    /// Starts the app only to hear who it is, and ends it.
    pub(super) async fn introduce(&mut self) -> Result<ClientInfo, Stop> {
        let outcome = self.hear_who_it_is().await;
        if outcome.is_ok() {
            // Whether it quits as it should is found out by the scenarios.
            let _ = self.quit().await;
        }
        self.end(false).await;
        outcome.map(|()| self.client.clone())
    }

    /// Ends the app on every device, wherever the story is.
    pub(super) async fn abandon(&mut self) {
        for device in 0..self.devices.len() {
            self.here = device;
            self.end(false).await;
        }
    }

    async fn hear_who_it_is(&mut self) -> Result<(), Stop> {
        let _turn = self.turn().await?;
        self.start()?;
        let limit = self.driver.patience().ready;
        match self.until(|device| device.ready, self.real(limit)).await? {
            true => Ok(()),
            false => Err(unfinished("it did not say that it is ready", limit)),
        }
    }

    async fn tell_steps(&mut self) -> Result<(), Stop> {
        for (index, step) in self.scenario.file.steps.iter().enumerate() {
            if index > 0 && !matches!(step, Step::Wait(_) | Step::Server(_) | Step::Device(_)) {
                self.wait(BETWEEN_STEPS).await?;
            }
            self.announce(index, step);
            if is_trouble(step) && self.scenario.file.steps.get(index + 1) == Some(&Step::Launch) {
                // The app comes up first, however long that takes: what it calls is to go wrong.
                self.hear_who_it_is().await?;
            }
            self.step(step).await?;
        }
        Ok(())
    }

    async fn step(&mut self, step: &Step) -> Result<(), Stop> {
        match step {
            Step::Launch => self.launch().await,
            Step::Quit => self.quit().await,
            Step::Relaunch => {
                self.quit().await?;
                self.wait(BETWEEN_STEPS).await?;
                self.launch().await
            }
            Step::Foreground => self.act(Action::Foreground).await,
            Step::SignIn(how) => {
                let mvpd = how.mvpd.as_deref().or(self.scenario.picked_mvpd());
                self.sign_in(Action::SignIn { mvpd: mvpd.map(str::to_owned) }, how).await
            }
            Step::SwitchProvider(how) => {
                let picked = how.mvpd.clone().filter(|_| self.picks_in_app());
                self.sign_in(Action::SwitchProvider { mvpd: picked }, how).await
            }
            Step::FinishSignIn(how) => self.finish_sign_in(how).await,
            Step::RequestNewCode => self.act(Action::RequestNewCode).await,
            Step::EnterCode(how) => self.enter_code(how).await,
            Step::Browse(resources) => {
                self.act(Action::Browse { resources: resources.clone() }).await
            }
            Step::Play(resource) => self.act(Action::Play { resource: resource.clone() }).await,
            Step::Stop => self.act(Action::Stop).await,
            Step::SignOut => self.act(Action::SignOut).await,
            Step::Wait(time) => self.wait(time.0).await,
            Step::Server(step) => {
                let done = self.stage.perform(step, self.here);
                self.audience.origins(self.stage.origins());
                done.map_err(|error| Stop::Harness(error.to_string()))
            }
            Step::Device(number) => {
                self.here = *number as usize - 1;
                Ok(())
            }
        }
    }

    // Small things.

    fn announce(&self, place: usize, step: &Step) {
        let user = match step {
            Step::SignIn(how) | Step::SwitchProvider(how) | Step::FinishSignIn(how) => &how.user,
            Step::EnterCode(how) => &how.user,
            _ => &None,
        };
        let who = self.stage.credentials(user.as_deref());
        self.audience.step(StepAt { place, step, device: self.here, who });
    }

    /// A length of real time on the story's clock.
    fn real(&self, time: Duration) -> Duration {
        time.mul_f64(self.stage.pace().speed())
    }

    fn picks_in_app(&self) -> bool {
        self.scenario.file.picked_in == PickedIn::App
    }

    fn say(&self, message: ToClient) {
        if let Some(running) = &self.device().running {
            running.say(message);
        }
    }

    /// Writes down what happens on the device here.
    fn note(&mut self, what: Happening) {
        let at = Moment::from(self.stage.clock().stamp());
        let device = u32::try_from(self.here).unwrap_or(u32::MAX);
        let run = self.device().run();
        let event = Event { at, device, run, what };
        self.audience.noticed(&event);
        self.events.push(event);
    }

    fn device(&self) -> &Device {
        &self.devices[self.here]
    }

    fn device_mut(&mut self) -> &mut Device {
        &mut self.devices[self.here]
    }
}

/// Whether it makes calls go wrong from now on, perhaps for some time only.
fn is_trouble(step: &Step) -> bool {
    matches!(step, Step::Server(ServerStep::ThrottleFor(_) | ServerStep::Fault(_)))
}

fn unfinished(what: &str, limit: Duration) -> Stop {
    Stop::Unfinished { what: format!("{what} within {} s", limit.as_secs()), alive: false }
}
