//! Playing: an authorization for every play, and what it says is what happens.

use std::time::Duration;

use pass_mock::tokens::{Verification, Verifier};

use super::app::App;
use super::calls::Failure;
use super::catalogue::{action, words};
use super::trial::is_used_up;
use super::wire::{Decision, Decisions, MediaToken};
use crate::defects::Defect;
use crate::protocol::ClientEvent;

/// How far ahead the service's clock may be of what this device knows of it.
const LEEWAY: Duration = Duration::from_secs(10);

impl App {
    /// Plays a resource if the viewer may watch it. An earlier authorization, or the catalogue's
    /// preauthorization, is no reason not to ask.
    pub(super) async fn play(&mut self, resource: String) -> Result<(), Failure> {
        self.stop();
        let Some(mvpd) = self.has_access_with() else {
            self.offer_sign_in("Sign in to watch.");
            return Ok(());
        };
        if self.is_lost_between_profiles() {
            return Ok(());
        }
        if self.plays_unasked(&resource) {
            self.start(resource, None, false);
            return Ok(());
        }
        let trial = self.is_trial(&mvpd);
        let decision = self.authorize(&mvpd, &resource).await?;
        match decision {
            Some(permit) if permit.authorized => {
                self.state.authorized.insert(resource.clone());
                self.start_verified(resource, &permit, trial);
            }
            denied => {
                self.refuse(resource, denied);
                if self.breaks(Defect::LogsOutOnDeny) {
                    self.sign_out().await?;
                }
            }
        }
        Ok(())
    }

    /// Asks whether a resource may be watched now; again, a little later and not for ever, where the
    /// error says that this may help.
    async fn authorize(&mut self, mvpd: &str, resource: &str) -> Result<Option<Decision>, Failure> {
        let mut resources = vec![resource.to_owned()];
        if self.breaks(Defect::AuthorizesTwoAtOnce) {
            resources.push("next".to_owned());
        }
        let call = self.identified(mvpd, self.api.authorize(mvpd, &resources));
        let mut retries = 0;
        let mut denied_once = false;
        loop {
            let answer: Decisions = self.ask(&call).await?;
            let mut decisions = answer.decisions.into_iter();
            let decision = decisions.find(|decision| decision.resource == resource);
            let may_help = decision.as_ref().is_some_and(|decision| match action(decision) {
                "retry" => true,
                "none" => {
                    !std::mem::replace(&mut denied_once, true)
                        && self.breaks(Defect::AsksDeniedPlayAgain)
                }
                _ => self.tries_used_up_trial_again(decision),
            });
            if !may_help {
                return Ok(decision);
            }
            match self.retry_pause(retries, Defect::AuthorizesForEver) {
                Some(pause) => self.pause(pause).await?,
                None => return Ok(decision),
            }
            retries += 1;
        }
    }

    /// Plays what was permitted, if its media token is one: made by the service, for this resource,
    /// and in time. An app in the field leaves that to its backend.
    fn start_verified(&mut self, resource: String, permit: &Decision, trial: bool) {
        if let Some(valid) = permit.token.as_ref().and_then(|token| self.verify(token, &resource)) {
            let resource = Some(resource.clone());
            self.user.show(ClientEvent::TokenChecked { resource, valid: Some(valid) });
            if !valid && !self.breaks(Defect::PlaysUnverified) {
                self.user.tell("error", "The permission to play could not be verified.");
                return;
            }
        }
        self.start(resource, Some(permit), trial);
    }

    /// Whether a media token is valid; `None` where there is no key to tell by.
    fn verify(&self, token: &MediaToken, resource: &str) -> Option<bool> {
        let verifier = Verifier::from_pem(self.settings.media_token_key.as_deref()?).ok()?;
        let now = self.service_time();
        // What was issued just now may be ahead of what this device knows of the service's time.
        let found = [now, now.after(LEEWAY)]
            .map(|at| verifier.verify(&token.serialized_token, Some(resource), at));
        Some(found.contains(&Verification::Valid))
    }

    /// Tells the viewer that they may not watch, and why, in their provider's words.
    fn refuse(&mut self, resource: String, decision: Option<Decision>) {
        if self.breaks(Defect::PlaysAnyway) {
            return self.start(resource, None, false);
        }
        let used_up = decision.as_ref().and_then(|d| d.error.as_ref()).is_some_and(is_used_up);
        if !used_up && self.breaks(Defect::DeniesInSilence) {
            return;
        }
        let told = decision.as_ref().and_then(words);
        let reason = told.filter(|_| !self.breaks(Defect::RefusesUnexplained));
        let reason = reason.unwrap_or("You cannot watch this.");
        self.user.show(ClientEvent::Refused { resource, message: Some(reason.into()) });
        if used_up {
            self.offer_instead_of_trial();
        } else if decision.as_ref().map(action) == Some("authentication") {
            self.lose_profile();
            self.offer_sign_in("Please sign in again.");
        }
    }

    fn tries_used_up_trial_again(&self, decision: &Decision) -> bool {
        decision.error.as_ref().is_some_and(is_used_up)
            && self.breaks(Defect::TriesUsedUpTrialAgain)
    }

    fn is_lost_between_profiles(&self) -> bool {
        self.valid_profiles().count() > 1 && self.breaks(Defect::LostWithTwoProfiles)
    }

    fn plays_unasked(&self, resource: &str) -> bool {
        (self.state.permits.contains(resource) && self.breaks(Defect::PlaysOnPreauthorization))
            || (self.state.authorized.contains(resource) && self.breaks(Defect::PlaysOnOldPermit))
    }
}
