//! Call 7: the way of a user agent to the MVPD's login page.
//!
//! A person reads the errors of this call, so they are pages.

use http::StatusCode;

use super::error::ErrorCode;
use super::guard::Call;
use crate::domain::LoginState;
use crate::http::Response;
use crate::journal::Facts;
use crate::ledger::{Entry, decided, documented};
use crate::{mvpd, pages};

const PAGE: &str = "rest-apis/rest-api-v2/apis/sessions-apis/\
    rest-api-v2-sessions-apis-perform-authentication-in-user-agent.md";

pub(super) const LEDGER: &[Entry] = &[
    documented(PAGE, "a user agent is led over one or more redirects to the MVPD's login page"),
    documented(PAGE, "the errors of this call are HTML pages with status 400"),
    decided(
        "a code is for one login",
        "a code that somebody has signed in with opens no login page \
        again",
    ),
];

/// Call 7.
pub(super) fn perform(call: &Call<'_>, facts: &mut Facts) -> Response {
    match entry(call, facts) {
        Ok(location) => Response::redirect(&location),
        Err(problem) => problem.into_response(facts),
    }
}

fn entry(call: &Call<'_>, facts: &mut Facts) -> Result<String, Problem> {
    let provider = call.service_provider().map_err(|_| Problem::ServiceProvider)?;
    let code = call.code().map_err(|_| Problem::MalformedCode)?;
    call.app.domain.settle_code(&call.fixtures, code, call.now);
    let session = call.app.domain.sessions.find(&provider.id, code, call.now);
    let session = session.ok_or(Problem::NoSession)?;
    facts.client_id = Some(session.owner.client_id.to_string());
    facts.device_id = Some(session.owner.device_id.to_string());
    let mvpd = session.parameters.mvpd.as_deref();
    facts.mvpd = mvpd.map(str::to_owned);
    let mvpd = mvpd.filter(|_| session.parameters.are_complete()).ok_or(Problem::Incomplete)?;
    call.integration(mvpd).map_err(|_| Problem::Integration)?;
    match session.login {
        LoginState::Done => Err(Problem::Used),
        LoginState::Denied => Err(Problem::Denied),
        _ => Ok(mvpd::entry_url(&call.request.base_url(), mvpd, code)),
    }
}

/// Why there is no login page, in words for the person in front of the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Problem {
    ServiceProvider,
    MalformedCode,
    NoSession,
    Incomplete,
    Integration,
    Used,
    Denied,
}

impl Problem {
    fn into_response(self, facts: &mut Facts) -> Response {
        facts.error = Some(self.code().code().to_owned());
        let (title, paragraph) = self.words();
        pages::problem(StatusCode::BAD_REQUEST, title, &[paragraph])
    }

    /// The enhanced error that a call of the API would have met; the journal shows it.
    const fn code(self) -> ErrorCode {
        match self {
            Self::ServiceProvider => ErrorCode::InvalidParameterServiceProvider,
            Self::MalformedCode => ErrorCode::InvalidParameterCode,
            Self::Integration => ErrorCode::InvalidIntegration,
            Self::NoSession | Self::Incomplete | Self::Used | Self::Denied => {
                ErrorCode::InvalidAuthenticationSession
            }
        }
    }

    const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::ServiceProvider => (
                "Unknown service",
                "The address names a service that is not known here. Please start again in your \
                 application.",
            ),
            Self::MalformedCode => (
                "This is not a code",
                "A code has six to eight capital letters and digits. Please compare it with the \
                 one your device shows.",
            ),
            Self::NoSession => (
                "This code is not valid",
                "The code is unknown, its time is over, or your device has shown a newer one. \
                 Please ask your device for a new code.",
            ),
            Self::Incomplete => (
                "Something is missing",
                "The sign-in cannot begin yet: your TV provider, or the way back to your \
                 application, has not been chosen.",
            ),
            Self::Integration => (
                "This TV provider is not available",
                "Your application does not offer this TV provider at the moment. Please choose \
                 another one.",
            ),
            Self::Used => (
                "This code has been used",
                "Somebody has signed in with this code already. If your device still waits, \
                 please ask it for a new code.",
            ),
            Self::Denied => (
                "The sign-in was denied",
                "Your TV provider has turned this sign-in away. Please ask your device for a new \
                 code to try again.",
            ),
        }
    }
}
