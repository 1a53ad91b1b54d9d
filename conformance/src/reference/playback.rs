//! Playing: an authorization for every play, and what it says is what happens.

use pass_mock::tokens::{Verification, Verifier};

use super::app::App;
use super::calls::Failure;
use super::catalogue::{action, words};
use super::user::Quit;
use super::wire::{Decision, Decisions, MediaToken};
use crate::defects::Defect;
use crate::protocol::{ClientEvent, ToClient};

impl App {
    /// Plays a resource if the viewer may watch it. An earlier authorization, or the catalogue's
    /// preauthorization, is no reason not to ask.
    pub(super) async fn play(&mut self, resource: String) -> Result<(), Failure> {
        self.stop();
        let Some(mvpd) = self.signed_in_with() else {
            self.offer_sign_in("Sign in to watch.");
            return Ok(());
        };
        if self.is_lost_between_profiles() {
            return Ok(());
        }
        if self.plays_unasked(&resource) {
            self.start(resource);
            return Ok(());
        }
        let decision = self.authorize(&mvpd, &resource).await?;
        if decision.as_ref().is_some_and(|decision| decision.authorized) {
            self.state.authorized.insert(resource.clone());
            self.start_verified(resource, decision);
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
        self.stop_because("user");
    }

    fn stop_because(&mut self, reason: &str) {
        self.state.stops_at = None;
        if let Some(resource) = self.state.playing.take() {
            let reason = Some(reason.into());
            self.user.show(ClientEvent::Stopped { resource: Some(resource), reason });
        }
    }

    /// The next thing the user does. A timer that was set to the media token's end stops what is
    /// playing meanwhile.
    pub(super) async fn next_while_playing(&mut self) -> Option<ToClient> {
        if let Some(end) = self.state.stops_at {
            match self.user.next_until(&self.clock, end).await {
                Ok(Some(message)) => return Some(message),
                Ok(None) => self.stop_because("token_expired"),
                Err(Quit) => return None,
            }
        }
        self.user.next().await
    }

    /// Asks whether a resource may be watched now; again, a little later and not for ever, where the
    /// error says that this may help.
    async fn authorize(&mut self, mvpd: &str, resource: &str) -> Result<Option<Decision>, Failure> {
        let mut resources = vec![resource.to_owned()];
        if self.breaks(Defect::AuthorizesTwoAtOnce) {
            resources.push("next".to_owned());
        }
        let mut pauses = self.retry_pauses(Defect::AuthorizesForEver);
        let mut denied_once = !self.breaks(Defect::AsksDeniedPlayAgain);
        loop {
            let answer: Decisions = self.ask(&self.api.authorize(mvpd, &resources)).await?;
            let mut decisions = answer.decisions.into_iter();
            let decision = decisions.find(|decision| decision.resource == resource);
            let may_help = decision.as_ref().is_some_and(|decision| match action(decision) {
                "retry" => true,
                "none" => !std::mem::replace(&mut denied_once, true),
                _ => false,
            });
            match pauses.next().filter(|_| may_help) {
                Some(pause) => self.pause(pause).await?,
                None => return Ok(decision),
            }
        }
    }

    /// Plays what was permitted, if its media token is one: made by the service, for this resource,
    /// and in time. An app in the field leaves that to its backend.
    fn start_verified(&mut self, resource: String, decision: Option<Decision>) {
        let Some(token) = decision.and_then(|decision| decision.token) else {
            return self.start(resource);
        };
        if let Some(valid) = self.verify(&token, &resource) {
            let resource = Some(resource.clone());
            self.user.show(ClientEvent::TokenChecked { resource, valid: Some(valid) });
            if !valid && !self.breaks(Defect::PlaysUnverified) {
                self.user.tell("error", "The permission to play could not be verified.");
                return;
            }
        }
        if self.breaks(Defect::StopsAtTokenExpiry) {
            self.state.stops_at = token.not_after;
        }
        self.start(resource);
    }

    /// Whether a media token is valid; `None` where there is no key to tell by.
    fn verify(&self, token: &MediaToken, resource: &str) -> Option<bool> {
        let verifier = Verifier::from_pem(self.settings.media_token_key.as_deref()?).ok()?;
        let now = self.service_time();
        let found = verifier.verify(&token.serialized_token, Some(resource), now);
        Some(found == Verification::Valid)
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

    fn is_lost_between_profiles(&self) -> bool {
        self.breaks(Defect::LostWithTwoProfiles) && self.valid_profiles().count() > 1
    }

    fn plays_unasked(&self, resource: &str) -> bool {
        (self.breaks(Defect::PlaysOnPreauthorization) && self.state.permits.contains(resource))
            || (self.breaks(Defect::PlaysOnOldPermit) && self.state.authorized.contains(resource))
    }
}
