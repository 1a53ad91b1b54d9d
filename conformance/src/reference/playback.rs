//! Playing: an authorization for every play, and what it says is what happens.

use super::app::App;
use super::calls::Failure;
use super::catalogue::{RETRY_PAUSES, action, words};
use super::wire::{Decision, Decisions};
use crate::defects::Defect;
use crate::protocol::ClientEvent;

impl App {
    /// Plays a resource if the viewer may watch it. An earlier authorization, or the catalogue's
    /// preauthorization, is no reason not to ask.
    pub(super) async fn play(&mut self, resource: String) -> Result<(), Failure> {
        self.stop();
        let Some(mvpd) = self.signed_in_with() else {
            self.offer_sign_in("Sign in to watch.");
            return Ok(());
        };
        if self.plays_unasked(&resource) {
            self.start(resource);
            return Ok(());
        }
        let decision = self.authorize(&mvpd, &resource).await?;
        if decision.as_ref().is_some_and(|decision| decision.authorized) {
            self.state.authorized.insert(resource.clone());
            self.start(resource);
        } else {
            self.refuse(resource, decision);
            if self.breaks(Defect::LogsOutOnDeny) {
                self.sign_out().await?;
            }
        }
        Ok(())
    }

    /// Stops what is playing. That a media token runs out meanwhile is no reason to.
    pub(super) fn stop(&mut self) {
        if let Some(resource) = self.state.playing.take() {
            self.user.show(ClientEvent::Stopped {
                resource: Some(resource),
                reason: Some("user".into()),
            });
        }
    }

    /// Asks whether a resource may be watched now; again, a little later and not for ever, where the
    /// error says that this may help.
    async fn authorize(&mut self, mvpd: &str, resource: &str) -> Result<Option<Decision>, Failure> {
        let mut resources = vec![resource.to_owned()];
        if self.breaks(Defect::AuthorizesTwoAtOnce) {
            resources.push("next".to_owned());
        }
        let mut pauses = RETRY_PAUSES.into_iter();
        loop {
            let answer: Decisions = self.ask(&self.api.authorize(mvpd, &resources)).await?;
            let mut decisions = answer.decisions.into_iter();
            let decision = decisions.find(|decision| decision.resource == resource);
            let may_help = decision.as_ref().is_some_and(|decision| action(decision) == "retry");
            match pauses.next().filter(|_| may_help) {
                Some(pause) => self.pause(pause).await?,
                None => return Ok(decision),
            }
        }
    }

    fn start(&mut self, resource: String) {
        self.state.playing = Some(resource.clone());
        self.user.show(ClientEvent::Playing { resource });
    }

    /// Tells the viewer that they may not watch, and why, in their provider's words.
    fn refuse(&mut self, resource: String, decision: Option<Decision>) {
        if self.breaks(Defect::PlaysAnyway) {
            return self.start(resource);
        }
        if self.breaks(Defect::DeniesInSilence) {
            return;
        }
        let told = decision.as_ref().and_then(words);
        let reason = told.filter(|_| !self.breaks(Defect::RefusesUnexplained));
        let reason = reason.unwrap_or("You cannot watch this.");
        self.user.show(ClientEvent::Refused { resource, message: Some(reason.into()) });
        if decision.as_ref().map(action) == Some("authentication") {
            self.lose_profile();
            self.offer_sign_in("Please sign in again.");
        }
    }

    fn plays_unasked(&self, resource: &str) -> bool {
        (self.breaks(Defect::PlaysOnPreauthorization) && self.state.permits.contains(resource))
            || (self.breaks(Defect::PlaysOnOldPermit) && self.state.authorized.contains(resource))
    }
}
