//! What the client does wrong with a [defect](crate::defects) switched on, where that takes more than
//! a line. Without one, nothing in here has an effect.

use std::collections::BTreeMap;
use std::time::Duration;

use pass_mock::clock::Timestamp;

use super::api::{self, Call};
use super::app::App;
use super::calls::{Failure, Retries};
use super::trial::is_used_up;
use super::wire::{ServiceError, SessionInfo};
use crate::defects::Defect;

/// How a service that is down is kept down.
pub(super) const HAMMERING: &[Duration] = &[Duration::from_secs(2); 30];

/// How often a countdown asks for what is left.
const COUNTDOWN: Duration = Duration::from_millis(500);

impl App {
    /// The pause before a call that failed is repeated, if it is.
    pub(super) fn pause_after_trouble(&self, retries: &mut Retries) -> Option<&'static Duration> {
        match self.breaks(Defect::HammersWhenDown) {
            true => retries.hammering.next(),
            false => retries.after_trouble.next(),
        }
    }

    /// Whether, after a 401 that followed another token, one more is tried.
    pub(super) fn takes_yet_another_token(&self, retries: &mut Retries) -> bool {
        let more = retries.more_tokens > 0 && self.breaks(Defect::TokenAfterToken);
        retries.more_tokens -= u8::from(more);
        more
    }

    /// Whether a call is repeated although the answer says that it is no use.
    pub(super) fn takes_for_trouble(&self, error: &ServiceError, retries: &mut Retries) -> bool {
        let insists = match error.action.as_str() {
            // Where a trial is over it is another mistake.
            "authentication" if is_used_up(error) => false,
            "authentication" => self.breaks(Defect::InsistsWithoutSignIn),
            "" | "none" | "configuration" => self.breaks(Defect::RepeatsRefusedCalls),
            _ => false,
        };
        let again = insists && retries.refusal > 0;
        retries.refusal = retries.refusal.saturating_sub(u8::from(again));
        again
    }

    /// Whether, after a 401, the call is repeated with the token that was refused.
    pub(super) async fn keeps_what_was_refused(
        &mut self,
        error: &ServiceError,
        retries: &mut Retries,
    ) -> Result<bool, Failure> {
        let must_register = error.action == "application-registration";
        let defect = match must_register {
            true => Defect::OldTokenAfterRegistering,
            false => Defect::RepeatsRefusedToken,
        };
        let keeps = retries.refusal > 0 && self.breaks(defect);
        if keeps {
            retries.refusal = 0;
            if must_register {
                retries.registration = 0;
                self.register().await?;
            }
        }
        Ok(keeps)
    }

    /// Whether an answer that cannot be read is the end of it.
    pub(super) fn cannot_read(&mut self) -> bool {
        self.state.crashed |= self.breaks(Defect::CrashesWhenGarbled);
        self.state.crashed || self.breaks(Defect::SilentWhenGarbled)
    }

    /// Until when to wait for something before a countdown asks the service again.
    pub(super) fn next_look(&self, until: Timestamp) -> Timestamp {
        match self.breaks(Defect::CountsDownAtService) {
            true => until.min(self.clock.now().after(COUNTDOWN)),
            false => until,
        }
    }

    /// Asks the service how long a code is still good.
    pub(super) async fn count_down(&mut self, code: &str) -> Result<(), Failure> {
        match self.ask::<SessionInfo>(&self.api.session(code)).await {
            Err(Failure::Quit) => Err(Failure::Quit),
            _ => Ok(()),
        }
    }

    /// The call as this client gets it wrong, if it does.
    pub(super) fn as_sent(&self, call: &Call) -> Call {
        let mut call = call.clone();
        if call.path.contains("/decisions/authorize/") && self.breaks(Defect::SingularDecisionPath)
        {
            call.path = call.path.replace("/decisions/authorize/", "/decision/authorize/");
        }
        if call.path.ends_with("/sessions")
            && self.breaks(Defect::UnknownParameter)
            && let Some(body) = &mut call.body
        {
            body.text.push_str("&mso_id=REF30");
        }
        if call.path == "/o/client/token"
            && self.breaks(Defect::TokenRequestAsJson)
            && let Some(body) = &mut call.body
        {
            let form: BTreeMap<_, _> =
                form_urlencoded::parse(body.text.as_bytes()).into_owned().collect();
            *body = api::Body::json(&serde_json::json!(form));
        }
        if call.path.contains("/decisions/")
            && self.breaks(Defect::DecisionsAsText)
            && let Some(body) = &mut call.body
        {
            body.content_type = "text/plain";
        }
        call
    }
}
