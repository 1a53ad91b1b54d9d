//! Temporary access: what a viewer may watch who is not signed in.
//!
//! Nobody signs in to it and nobody signs out of it: the app goes straight to authorizations, with
//! the pseudo-MVPD in the provider's place. The service keeps count, so the app asks for every play
//! and takes what it hears; only what already plays it must stop itself when the trial is over.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::api::Call;
use super::app::App;
use super::calls::Failure;
use super::wire::{Profiles, ServiceError};
use crate::defects::Defect;
use crate::protocol::TempPass;

/// What the viewer reads when there is nothing left to watch for free.
const OVER: &str = "Your free preview is over. Sign in with your TV provider to go on watching.";

impl App {
    /// The MVPD to ask for decisions: the viewer's own, else the one that grants temporary access.
    pub(super) fn has_access_with(&self) -> Option<String> {
        self.signed_in_with().or_else(|| self.trial().map(|trial| trial.mvpd.clone()))
    }

    /// Whether decisions are asked of the temporary access.
    pub(super) fn is_trial(&self, mvpd: &str) -> bool {
        self.trial().is_some_and(|trial| trial.mvpd == mvpd)
    }

    /// Tells a viewer who is not signed in what there is for them.
    pub(super) async fn look_at_trial(&mut self) -> Result<(), Failure> {
        let Some(trial) = self.trial().filter(|_| self.signed_in_with().is_none()) else {
            return Ok(());
        };
        let mvpd = trial.mvpd.clone();
        let call = self.identified(&mvpd, self.api.profile_by_mvpd(&mvpd));
        match self.ask::<Profiles>(&call).await {
            Ok(answer) if answer.profiles.contains_key(&mvpd) => {
                self.user.tell("info", "You can watch for a while without signing in.");
                Ok(())
            }
            Ok(_) => Ok(()),
            Err(Failure::Refused(_, error)) if is_used_up(&error) => {
                self.offer_instead_of_trial();
                Ok(())
            }
            Err(failure) => Err(failure),
        }
    }

    /// A call about an MVPD, with the identity that a promotion is granted to where it is that.
    pub(super) fn identified(&self, mvpd: &str, call: Call) -> Call {
        let trial = self.trial().filter(|trial| trial.mvpd == mvpd);
        let identity = trial.and_then(|trial| trial.identity.as_deref());
        match identity.filter(|_| !self.breaks(Defect::NoTrialIdentity)) {
            Some(identity) => call.with_header("ap-temppass-identity", STANDARD.encode(identity)),
            None => call,
        }
    }

    /// The trial is used up: from here on a viewer watches with their own provider.
    pub(super) fn offer_instead_of_trial(&self) {
        if self.breaks(Defect::TrialEndsWithoutOffer) {
            return self.user.tell("info", "Your free preview is over.");
        }
        self.offer_sign_in(OVER);
    }

    fn trial(&self) -> Option<&TempPass> {
        self.settings.temp_pass.as_ref()
    }
}

/// Whether an error says that nothing is left of a trial.
pub(super) fn is_used_up(error: &ServiceError) -> bool {
    matches!(
        error.code.as_str(),
        "temporary_access_duration_limit_exceeded" | "temporary_access_resources_limit_exceeded"
    )
}
