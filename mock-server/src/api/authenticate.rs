//! Call 7: the way of a user agent to the MVPD's login page.
//!
//! A person reads the errors of this call, so they are pages.

use super::error::ErrorCode;
use super::guard::Call;
use crate::domain::LoginState;
use crate::http::Response;
use crate::journal::Facts;
use crate::ledger::{Entry, decided, documented};
use crate::mvpd::{self, Refusal};

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
        Err(refusal) => {
            facts.error = Some(code_of(refusal).code().to_owned());
            refusal.page()
        }
    }
}

fn entry(call: &Call<'_>, facts: &mut Facts) -> Result<String, Refusal> {
    let provider = call.service_provider().map_err(|_| Refusal::UnknownServiceProvider)?;
    let code = call.code().map_err(|_| Refusal::MalformedCode)?;
    call.app.domain.settle_code(&call.fixtures, code, call.now);
    let session = call.app.domain.sessions.find(&provider.id, code, call.now);
    let session = session.ok_or(Refusal::UnknownCode)?;
    facts.client_id = Some(session.owner.client_id.clone());
    facts.device_id = Some(session.owner.device_id.clone());
    let mvpd = session.parameters.mvpd.as_deref();
    facts.mvpd = mvpd.map(str::to_owned);
    let mvpd = mvpd.filter(|_| session.parameters.are_complete()).ok_or(Refusal::Incomplete)?;
    call.integration(mvpd).map_err(|_| Refusal::NoIntegration)?;
    match session.login {
        LoginState::Done => Err(Refusal::Used),
        LoginState::Denied => Err(Refusal::Denied),
        _ => Ok(mvpd::entry_url(&call.request.base_url(), mvpd, code)),
    }
}

/// The enhanced error that a call of the API would have met; the journal shows it.
const fn code_of(refusal: Refusal) -> ErrorCode {
    match refusal {
        Refusal::UnknownServiceProvider => ErrorCode::InvalidParameterServiceProvider,
        Refusal::NoCode | Refusal::MalformedCode => ErrorCode::InvalidParameterCode,
        Refusal::NoIntegration => ErrorCode::InvalidIntegration,
        Refusal::UnknownCode
        | Refusal::Incomplete
        | Refusal::Used
        | Refusal::Denied
        | Refusal::OtherProvider => ErrorCode::InvalidAuthenticationSession,
    }
}
