//! Sending calls, and what becomes of those that fail.
//!
//! | answer | what the client does |
//! | --- | --- |
//! | 401 | gets another token (or, where the error's action says so, registers again), once; then repeats |
//! | 429 | waits more than a second, longer each time, then repeats |
//! | 5xx, no answer, half an answer, no JSON, action `retry` | repeats up to three times at growing intervals |
//! | any other refusal | does not repeat; tells the viewer, or offers a sign-in where the action is `authentication` |

use std::time::Duration;

use http::StatusCode;
use serde::de::DeserializeOwned;

use super::api::Call;
use super::app::App;
use super::device;
use super::mistakes::HAMMERING;
use super::user::Quit;
use super::wire::ServiceError;
use crate::defects::Defect;
use crate::http_client::{HttpError, Request, Response};

/// How long an answer is waited for.
const TIMEOUT: Duration = Duration::from_secs(20);

/// The pauses before a call that failed is repeated.
const AFTER_TROUBLE: &[Duration] =
    &[Duration::from_secs(2), Duration::from_secs(4), Duration::from_secs(8)];

/// The pauses after 429. One request a second is always allowed, so the first is enough unless
/// something else on the same address is calling, too.
const AFTER_THROTTLING: &[Duration] = &[
    Duration::from_secs(2),
    Duration::from_secs(4),
    Duration::from_secs(8),
    Duration::from_secs(16),
    Duration::from_secs(32),
    Duration::from_secs(32),
];

/// Why something the user asked for did not come about.
#[derive(Clone, Debug)]
pub(super) enum Failure {
    /// The user ended the app meanwhile.
    Quit,
    /// The service understood the call and refused it.
    Refused(&'static str, ServiceError),
    /// The service does not accept this app, not even after renewing token or registration.
    Unauthorized(&'static str),
    /// The service went on being too busy.
    Throttled(&'static str),
    /// No usable answer came, however often it was tried.
    Unavailable(&'static str),
    /// An answer was not what it should be, and the client is at its wits' end: only with a defect.
    Unreadable,
}

impl Failure {
    /// Whether the service refused with this code.
    pub(super) fn has_code(&self, code: &str) -> bool {
        matches!(self, Self::Refused(_, error) if error.code == code)
    }
}

impl From<Quit> for Failure {
    fn from(Quit: Quit) -> Self {
        Self::Quit
    }
}

/// How often one call is repeated, at most.
#[derive(Debug)]
pub(super) struct Retries {
    pub(super) after_trouble: std::slice::Iter<'static, Duration>,
    /// The same for a client that gives a service no rest.
    pub(super) hammering: std::slice::Iter<'static, Duration>,
    after_throttling: std::slice::Iter<'static, Duration>,
    /// How often another token is tried.
    pub(super) token: u8,
    /// How often yet another token is tried, by a client that does not give up.
    pub(super) more_tokens: u8,
    /// How often another registration is tried.
    pub(super) registration: u8,
    /// How often a refusal is taken for mere trouble, by a client that insists.
    pub(super) refusal: u8,
}

impl Retries {
    /// For a step that the viewer waits for.
    pub(super) fn patient() -> Self {
        Self {
            after_trouble: AFTER_TROUBLE.iter(),
            after_throttling: AFTER_THROTTLING.iter(),
            hammering: HAMMERING.iter(),
            token: 1,
            more_tokens: 5,
            registration: 1,
            refusal: 1,
        }
    }

    /// For a poll: after trouble, the next poll is the repetition.
    fn of_a_poll() -> Self {
        Self {
            after_trouble: [].iter(),
            hammering: [].iter(),
            more_tokens: 0,
            refusal: 0,
            ..Self::patient()
        }
    }
}

/// What came back, by what has to be done about it.
#[derive(Debug)]
pub(super) enum Reply {
    Good(Response),
    Unauthorized(ServiceError),
    Throttled,
    /// Not this client's fault: another attempt may work.
    Trouble,
    /// Another attempt would be refused, too.
    Refused(ServiceError),
}

/// How a call stands after its reply was dealt with.
#[derive(Debug)]
pub(super) enum Settled<T> {
    Answer(T),
    /// The pause is over: once more.
    Again,
    Unauthorized(ServiceError),
}

impl App {
    /// Sends a protected call until it is answered, as often as makes sense.
    pub(super) async fn ask<T: DeserializeOwned>(&mut self, call: &Call) -> Result<T, Failure> {
        self.ask_while(call, Retries::patient()).await
    }

    /// Sends a poll.
    pub(super) async fn poll_once<T: DeserializeOwned>(
        &mut self,
        call: &Call,
    ) -> Result<T, Failure> {
        self.ask_while(call, Retries::of_a_poll()).await
    }

    async fn ask_while<T: DeserializeOwned>(
        &mut self,
        call: &Call,
        mut retries: Retries,
    ) -> Result<T, Failure> {
        loop {
            // Anew each time: a token may have run out during a pause.
            let token = self.token().await?;
            let left_out = self.leaves_token_out();
            let reply = self.send(call, Some(&token)).await?;
            match self.settle(call, reply, &mut retries).await? {
                Settled::Answer(answer) => return Ok(answer),
                Settled::Again => {}
                // The token is not to blame where it was not even sent.
                Settled::Unauthorized(_) if left_out => {}
                Settled::Unauthorized(error) => self.renew(call, &error, &mut retries).await?,
            }
        }
    }

    /// Drops what a 401 says is of no use, so that the next attempt gets it anew: at once, but only
    /// once for each, or else when the user tries again.
    async fn renew(
        &mut self,
        call: &Call,
        error: &ServiceError,
        retries: &mut Retries,
    ) -> Result<(), Failure> {
        if self.keeps_what_was_refused(error, retries).await? {
            return Ok(());
        }
        let registers = error.action == "application-registration"
            && (retries.registration > 0 || !self.breaks(Defect::OldTokenAfterRegistering));
        let again = if registers {
            self.drop_registration();
            &mut retries.registration
        } else {
            self.drop_token();
            &mut retries.token
        };
        match again.checked_sub(1) {
            Some(left) => {
                *again = left;
                Ok(())
            }
            None if self.takes_yet_another_token(retries) => Ok(()),
            None => Err(Failure::Unauthorized(call.purpose)),
        }
    }

    /// Sends one request, unless the user quits before its answer is there.
    pub(super) async fn send(&mut self, call: &Call, token: Option<&str>) -> Result<Reply, Quit> {
        let request = self.request(&self.as_sent(call), token);
        let outcome = self.user.unless_quit(self.http.send(request)).await?;
        Ok(reply(outcome))
    }

    /// Reads a good answer; sits out the pause after a bad one.
    pub(super) async fn settle<T: DeserializeOwned>(
        &mut self,
        call: &Call,
        reply: Reply,
        retries: &mut Retries,
    ) -> Result<Settled<T>, Failure> {
        let (pause, failure) = match reply {
            Reply::Good(response) => match serde_json::from_slice(&response.body) {
                Ok(answer) => return Ok(Settled::Answer(answer)),
                Err(_) if self.cannot_read() => return Err(Failure::Unreadable),
                Err(_) => (self.pause_after_trouble(retries), Failure::Unavailable(call.purpose)),
            },
            Reply::Trouble => {
                (self.pause_after_trouble(retries), Failure::Unavailable(call.purpose))
            }
            Reply::Throttled if self.breaks(Defect::GivesUpWhenThrottled) => {
                (None, Failure::Throttled(call.purpose))
            }
            Reply::Throttled => (retries.after_throttling.next(), Failure::Throttled(call.purpose)),
            Reply::Unauthorized(error) => return Ok(Settled::Unauthorized(error)),
            Reply::Refused(error) => {
                let again = self.takes_for_trouble(&error, retries);
                (again.then_some(&AFTER_TROUBLE[0]), Failure::Refused(call.purpose, error))
            }
        };
        let pause = *pause.ok_or_else(|| failure.clone())?;
        let hasty = matches!(failure, Failure::Throttled(_))
            && pause == AFTER_THROTTLING[0]
            && self.breaks(Defect::RetriesThrottledAtOnce);
        self.pause(if hasty { Duration::from_millis(100) } else { pause }).await?;
        Ok(Settled::Again)
    }

    /// The call with the headers that every call has.
    fn request(&mut self, call: &Call, token: Option<&str>) -> Request {
        let mut request = call
            .request(&self.settings.base_url)
            .timeout(TIMEOUT)
            .header("accept", "application/json")
            .header("user-agent", self.platform().user_agent);
        if !self.breaks(Defect::NoDeviceInfo) {
            let made_up = self.breaks(Defect::MadeUpOsName);
            let platform = self.platform();
            let os_name = if made_up { "Reference OS" } else { platform.os_name };
            let address = self.settings.device_ip.as_deref();
            let address = address.filter(|_| !self.breaks(Defect::ConnectionUntold));
            let provider = &self.settings.service_provider;
            let info = device::info(provider, platform, os_name, address);
            request = request.header("x-device-info", info);
        }
        if let Some(address) = &self.settings.device_ip
            && !self.breaks(Defect::NoForwardedFor)
        {
            request = request.header("x-forwarded-for", address);
        }
        let Some(token) = token else { return request };
        let left_out = self.leaves_token_out();
        self.state.called = true;
        if !left_out {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        for (name, value) in self.sign_on_headers(call) {
            request = request.header(&name, value);
        }
        match self.device_identifier() {
            Some(identifier) => request.header("ap-device-identifier", identifier),
            None => request,
        }
    }

    fn leaves_token_out(&self) -> bool {
        !self.state.called && self.breaks(Defect::FirstCallWithoutToken)
    }

    fn device_identifier(&self) -> Option<String> {
        let identifier = device::identifier(self.storage.kept.device_id.as_deref()?);
        if self.breaks(Defect::NoDeviceIdentifier) {
            return None;
        }
        if self.breaks(Defect::BareDeviceIdentifier) {
            return identifier.split(' ').next_back().map(Into::into);
        }
        Some(identifier)
    }

    /// Tells the viewer why something did not come about, in words that are of use to them.
    pub(super) fn explain(&mut self, failure: Failure) {
        match failure {
            Failure::Quit | Failure::Unreadable => {}
            Failure::Refused(purpose, error) if error.action == "authentication" => {
                self.lose_profile();
                let reason = error.words().map_or_else(|| sorry(purpose), Into::into);
                self.offer_sign_in(format!("{reason} Please sign in again."));
            }
            Failure::Refused(purpose, error) => {
                let reason = error.words().map_or_else(String::new, |words| format!(" {words}"));
                self.user.tell("error", format!("{}{reason}", sorry(purpose)));
            }
            Failure::Throttled(_) if self.breaks(Defect::GivesUpWhenThrottled) => {}
            Failure::Unauthorized(purpose)
            | Failure::Throttled(purpose)
            | Failure::Unavailable(purpose) => {
                self.user.tell("error", format!("{} Please try again later.", sorry(purpose)));
            }
        }
    }
}

fn sorry(purpose: &str) -> String {
    format!("We could not {purpose}.")
}

fn reply(outcome: Result<Response, HttpError>) -> Reply {
    let Ok(response) = outcome else { return Reply::Trouble };
    if response.status.is_success() {
        return Reply::Good(response);
    }
    if response.status == StatusCode::TOO_MANY_REQUESTS {
        return Reply::Throttled;
    }
    // An error without a readable body still has its status.
    let error: ServiceError = serde_json::from_slice(&response.body).unwrap_or_default();
    match (response.status, error.action.as_str()) {
        (StatusCode::UNAUTHORIZED, _) => Reply::Unauthorized(error),
        (_, "retry") => Reply::Trouble,
        // The service's own configuration does not mend itself in a few seconds.
        (status, action) if status.is_server_error() && action != "configuration" => Reply::Trouble,
        _ => Reply::Refused(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(status: u16, body: &str) -> Reply {
        reply(Ok(Response {
            status: StatusCode::from_u16(status).unwrap(),
            headers: http::HeaderMap::new(),
            body: body.to_owned().into(),
        }))
    }

    #[test]
    fn a_refusal_is_repeated_only_where_that_can_help() {
        assert!(matches!(answered(500, ""), Reply::Trouble));
        assert!(matches!(answered(500, r#"{"action":"configuration"}"#), Reply::Refused(_)));
        assert!(matches!(answered(403, r#"{"action":"retry"}"#), Reply::Trouble));
        assert!(matches!(answered(403, r#"{"action":"authentication"}"#), Reply::Refused(_)));
        assert!(matches!(answered(404, "<html>"), Reply::Refused(_)));
        assert!(matches!(answered(429, "<html>"), Reply::Throttled));
        assert!(matches!(answered(401, "{}"), Reply::Unauthorized(_)));
    }

    #[test]
    fn pauses_grow_and_none_after_throttling_is_within_a_second() {
        for pauses in [AFTER_TROUBLE, AFTER_THROTTLING] {
            assert!(pauses.is_sorted());
            assert!(pauses.iter().all(|pause| *pause > Duration::from_secs(1)));
        }
        assert!(AFTER_TROUBLE.len() <= 3);
    }
}
