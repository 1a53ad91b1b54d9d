//! What the user does with the app.

use std::time::Duration;

use super::{Director, Stop, unfinished};
use crate::driver::Setup;
use crate::protocol::{Action, Do, ToClient};
use crate::runner::device::Device;
use crate::trace::Happening;

/// How long a process may stay after it has said that it is through with quitting.
const LINGER: Duration = Duration::from_secs(2);

impl Director<'_> {
    pub(super) async fn launch(&mut self) -> Result<(), Stop> {
        if self.device().running.is_none() {
            self.hear_who_it_is().await?;
        }
        self.stage.open_door(self.here);
        self.act(Action::Launch).await
    }

    /// Starts a run of the app.
    pub(super) fn start(&mut self) -> Result<(), Stop> {
        let setup = Setup {
            hello: self.stage.hello(self.scenario, self.here),
            clock: self.stage.clock().clone(),
            http: self.stage.client_network(),
            ids: self.stage.ids().clone(),
            log: self.log.clone(),
        };
        let running = self.driver.start(setup);
        let running = running.map_err(|error| Stop::Harness(error.to_string()))?;
        self.device_mut().begin(running);
        self.note(Happening::Started);
        Ok(())
    }

    /// Does something, and waits until the app is through with it.
    pub(super) async fn act(&mut self, action: Action) -> Result<(), Stop> {
        let name = name_of(&action);
        let id = self.begin(action);
        self.finish(id, &name, self.scenario.file.patience.0).await
    }

    /// Says to the app what the user does.
    pub(super) fn begin(&mut self, action: Action) -> u64 {
        let device = self.device_mut();
        device.last_action += 1;
        let id = device.last_action;
        self.note(Happening::Did { id, action: action.clone() });
        self.say(ToClient::Do(Do { id, action }));
        id
    }

    /// Waits until the app is through with an action.
    pub(super) async fn finish(
        &mut self,
        id: u64,
        name: &str,
        patience: Duration,
    ) -> Result<(), Stop> {
        let through = |device: &Device| device.is_through(id);
        match self.until(through, patience).await? {
            true => Ok(()),
            false => Err(unfinished(&format!("it was not through with `{name}`"), patience)),
        }
    }

    /// Ends the app as a user does.
    pub(super) async fn quit(&mut self) -> Result<(), Stop> {
        if self.device().running.is_none() {
            return Ok(());
        }
        self.device_mut().clear_screen();
        self.device_mut().quitting = true;
        let id = self.begin(Action::Quit);
        let over = |device: &Device| device.running.is_none() || device.is_through(id);
        let limit = self.driver.patience().quit;
        let in_time = self.until(over, self.real(limit)).await?;
        if in_time && self.device().running.is_some() {
            self.until(|device| device.running.is_none(), self.real(LINGER)).await?;
        }
        self.end(false).await;
        match in_time {
            true => Ok(()),
            false => Err(unfinished("it did not quit", limit)),
        }
    }

    /// Ends the app on this device in any case.
    pub(super) async fn end(&mut self, crashed: bool) {
        let device = self.device_mut();
        device.clear_screen();
        if let Some(running) = device.running.take() {
            self.note(Happening::Ended { crashed });
            running.end().await;
        }
    }
}

/// The action's name in the protocol.
pub(crate) fn name_of(action: &Action) -> String {
    let json = serde_json::to_value(action).unwrap_or_default();
    json["action"].as_str().unwrap_or("action").to_owned()
}
