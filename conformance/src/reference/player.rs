//! What is on the screen, and what ends it.

use pass_mock::clock::Timestamp;

use super::app::App;
use super::wire::Decision;
use crate::defects::Defect;
use crate::protocol::ClientEvent;

/// Something that plays.
#[derive(Clone, Debug)]
pub(super) struct Playing {
    pub(super) resource: String,
    /// When the app has to stop it, by this device's clock, and why.
    end: Option<(Timestamp, End)>,
}

/// Why the app stops what plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// The time of a temporary access is over; nobody but the app stops what plays by then.
    Trial,
    /// The media token has expired, which is no reason to stop.
    MediaToken,
}

impl App {
    /// Plays what was permitted, by a trial or by the viewer's own provider.
    pub(super) fn start(&mut self, resource: String, decision: Option<&Decision>, trial: bool) {
        let end = decision.and_then(|decision| {
            if self.breaks(Defect::StopsAtTokenExpiry) {
                return Some((decision.token.as_ref()?.not_after?, End::MediaToken));
            }
            trial.then_some((decision.not_after?, End::Trial))
        });
        let end = end.map(|(at, why)| (self.device_time(at), why));
        self.state.playing = Some(Playing { resource: resource.clone(), end });
        self.user.show(ClientEvent::Playing { resource });
    }

    /// Stops what is playing. That a media token runs out meanwhile is no reason to.
    pub(super) fn stop(&mut self) {
        self.stop_because("user");
    }

    /// When something ends by itself, if anything does.
    pub(super) fn next_end(&self) -> Option<Timestamp> {
        self.state.playing.as_ref()?.end.map(|(at, _)| at)
    }

    /// The end has come.
    pub(super) fn come_to_an_end(&mut self) {
        let why = self.state.playing.as_ref().and_then(|playing| playing.end);
        match why {
            Some((_, End::Trial)) => {
                self.stop_because("ended");
                self.offer_instead_of_trial();
            }
            Some((_, End::MediaToken)) => self.stop_because("token_expired"),
            None => {}
        }
    }

    fn stop_because(&mut self, reason: &str) {
        if let Some(Playing { resource, .. }) = self.state.playing.take() {
            self.user.show(ClientEvent::Stopped {
                resource: Some(resource),
                reason: Some(reason.into()),
            });
        }
    }
}
