//! What is heard while something is waited for.

use std::future::poll_fn;
use std::task::Poll;
use std::time::Duration;

use pass_mock::clock::Clock;
use tokio::sync::mpsc::UnboundedReceiver;

use super::viewer::Report;
use super::{Director, Stop};
use crate::driver::{News, Turn};
use crate::outcome::ClientInfo;
use crate::protocol::{ClientEvent, Flow, FromClient, VERSION};
use crate::runner::device::Device;
use crate::stage::Pace;
use crate::trace::Happening;

/// What the director hears.
enum Heard {
    Client(usize, News),
    Viewer(Report),
}

impl Director<'_> {
    /// Goes on hearing until the device here is as wanted, or for so long.
    pub(super) async fn until(
        &mut self,
        wanted: impl Fn(&Device) -> bool,
        limit: Duration,
    ) -> Result<bool, Stop> {
        let slack = self.driver.patience().slack;
        if self.stage.pace() != Pace::Virtual {
            let real = limit.div_f64(self.stage.pace().speed());
            self.audience.waits(self.here, real.saturating_add(slack));
        }
        let limit = limit_on(self.stage.clock().clone(), self.stage.pace(), limit, slack);
        tokio::pin!(limit);
        loop {
            if wanted(self.device()) {
                return Ok(true);
            }
            tokio::select! {
                biased;
                heard = hear(&mut self.devices, &mut self.reports) => self.react(heard).await?,
                () = &mut limit => return Ok(false),
            }
        }
    }

    /// Goes on hearing while nothing else is to happen.
    pub(super) async fn wait(&mut self, time: Duration) -> Result<(), Stop> {
        let clock = self.stage.clock().clone();
        let end = clock.sleep(time);
        tokio::pin!(end);
        loop {
            tokio::select! {
                biased;
                heard = hear(&mut self.devices, &mut self.reports) => self.react(heard).await?,
                () = &mut end => return Ok(()),
            }
        }
    }

    /// Goes on hearing until it is this story's turn to start a process.
    pub(super) async fn turn(&mut self) -> Result<Option<Turn>, Stop> {
        let Some(turnstile) = self.driver.turnstile() else { return Ok(None) };
        let turn = turnstile.pass();
        tokio::pin!(turn);
        loop {
            tokio::select! {
                biased;
                heard = hear(&mut self.devices, &mut self.reports) => self.react(heard).await?,
                turn = &mut turn => return Ok(Some(turn)),
            }
        }
    }

    async fn react(&mut self, heard: Heard) -> Result<(), Stop> {
        match heard {
            Heard::Client(device, News::Said(message)) => {
                self.at(device, |director| director.said(message))
            }
            Heard::Client(device, News::LoginShown) => {
                self.at(device, |director| director.device_mut().login_shown = true);
                Ok(())
            }
            Heard::Client(device, News::Ended(end)) => {
                let here = std::mem::replace(&mut self.here, device);
                let quitting = self.device().quitting;
                self.end(!quitting).await;
                self.here = here;
                if quitting { Ok(()) } else { Err(Stop::Crashed(end)) }
            }
            Heard::Viewer(report) => {
                self.at(report.device, |director| director.viewer_came_to(report));
                Ok(())
            }
        }
    }

    /// Does something as if the story were at another device.
    fn at<T>(&mut self, device: usize, with: impl FnOnce(&mut Self) -> T) -> T {
        let here = std::mem::replace(&mut self.here, device);
        let outcome = with(self);
        self.here = here;
        outcome
    }

    fn said(&mut self, message: FromClient) -> Result<(), Stop> {
        match message {
            FromClient::Ready { protocol, client, version, mut capabilities } => {
                if protocol != VERSION {
                    return Err(Stop::Harness(format!(
                        "the client speaks version {protocol} of the adapter protocol, this \
                         harness version {VERSION}"
                    )));
                }
                capabilities.sort();
                capabilities.dedup();
                self.client = ClientInfo { name: client, version, capabilities, clock_doubt: None };
                self.device_mut().ready = true;
            }
            FromClient::Event(event) => {
                self.note(Happening::Showed(event.clone()));
                self.showed(event);
            }
            FromClient::Done { id, error } => {
                if let Some(error) = &error {
                    self.log.note(&format!("action {id} ended with: {error}"));
                }
                self.note(Happening::Done { id, error });
                self.through(id);
            }
            FromClient::Unsupported { id } => {
                self.note(Happening::Unsupported { id });
                self.through(id);
            }
        }
        Ok(())
    }

    fn through(&mut self, id: u64) {
        let device = self.device_mut();
        device.through.insert(id);
        if device.sign_in.as_ref().is_some_and(|sign_in| sign_in.action == id) {
            device.clear_screen();
        }
    }

    fn showed(&mut self, event: ClientEvent) {
        match event {
            ClientEvent::CodeShown { code } if self.scenario.flow == Flow::SecondScreen => {
                self.device_mut().code = Some(code.clone());
                self.use_code(&code);
            }
            ClientEvent::OpenUrl { url } => self.open_in_app(&url),
            // While signing in the viewer uses the code; at other times (a logout) the URL.
            ClientEvent::UrlShown { url } if self.device().sign_in.is_none() => {
                self.open_on_phone(&url);
            }
            _ => {}
        }
    }
}

/// What comes next from any app or viewer.
async fn hear(devices: &mut [Device], reports: &mut UnboundedReceiver<Report>) -> Heard {
    poll_fn(|context| {
        for (index, device) in devices.iter_mut().enumerate() {
            if let Some(running) = &mut device.running
                && let Poll::Ready(news) = running.poll_next(context)
            {
                return Poll::Ready(Heard::Client(index, news));
            }
        }
        match reports.poll_recv(context) {
            Poll::Ready(Some(report)) => Poll::Ready(Heard::Viewer(report)),
            // The director holds a sender itself.
            Poll::Ready(None) | Poll::Pending => Poll::Pending,
        }
    })
    .await
}

/// A limit on the story's clock, with some slack where time is real.
async fn limit_on(clock: Clock, pace: Pace, limit: Duration, slack: Duration) {
    clock.sleep(limit).await;
    if pace != Pace::Virtual {
        tokio::time::sleep(slack).await;
    }
}
