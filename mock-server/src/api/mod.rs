//! The documented calls: HTTP to domain and back.

mod authenticate;
mod bypass;
mod configuration;
mod decisions;
mod device;
pub mod error;
mod guard;
pub mod headers;
mod logout;
mod pairs;
mod partner;
mod profiles;
mod registration;
mod reset;
mod sessions;
mod sso;
mod user_agent;

use http::StatusCode;

use crate::app::App;
use crate::http::{Request, Response};
use crate::journal::Facts;
use crate::ledger::Entry;
use crate::router::{Endpoint, Params};

use guard::{Answer, Call};

/// What the calls do and on what that rests, by topic.
pub(crate) const LEDGERS: &[(&str, &[Entry])] = &[
    ("Every protected call", guard::LEDGER),
    ("Registration", registration::LEDGER),
    ("Devices", device::LEDGER),
    ("Configuration", configuration::LEDGER),
    ("Sessions", sessions::LEDGER),
    ("Authentication in a user agent", authenticate::LEDGER),
    ("Profiles", profiles::LEDGER),
    ("Decisions", decisions::LEDGER),
    ("Logout", logout::LEDGER),
    ("Temporary access", bypass::TEMP_PASS_LEDGER),
    ("Reset of temporary access", reset::LEDGER),
    ("Degraded access", bypass::DEGRADATION_LEDGER),
    ("Single sign-on", sso::LEDGER),
    ("Single sign-on by a partner", partner::LEDGER),
];

/// Answers one documented call.
pub fn dispatch(
    app: &App,
    endpoint: Endpoint,
    params: &Params,
    request: &Request,
    facts: &mut Facts,
) -> Response {
    match endpoint {
        Endpoint::Register => registration::register(app, request, facts),
        Endpoint::Token => registration::token(app, request, facts),
        Endpoint::Authenticate => authenticate::perform(&Call::new(app, params, request), facts),
        Endpoint::ResetTempPass | Endpoint::ResetTempPassGeneric => {
            let call = Call::new(app, params, request);
            let answer = match endpoint {
                Endpoint::ResetTempPass => reset::by_device(&call, facts),
                _ => reset::by_key(&call, facts),
            };
            answer.unwrap_or_else(|refusal| refusal.into_response(&call, facts))
        }
        _ => {
            let call = Call::new(app, params, request);
            protected(&call, endpoint, facts)
                .unwrap_or_else(|refusal| refusal.into_response(&call, facts))
        }
    }
}

/// Calls that need an access token.
fn protected(call: &Call<'_>, endpoint: Endpoint, facts: &mut Facts) -> Answer {
    let admitted = call.admit(facts)?;
    match endpoint {
        Endpoint::Configuration => configuration::retrieve(call, admitted),
        Endpoint::CreateSession => sessions::create(call, admitted, facts),
        Endpoint::ResumeSession => sessions::resume(call, admitted, facts),
        Endpoint::RetrieveSession => sessions::retrieve(call, admitted),
        Endpoint::Profiles => profiles::all(call, admitted),
        Endpoint::ProfileByMvpd => profiles::by_mvpd(call, admitted),
        Endpoint::ProfileByCode => profiles::by_code(call, admitted, facts),
        Endpoint::Preauthorize => decisions::preauthorize(call, admitted, facts),
        Endpoint::Authorize => decisions::authorize(call, admitted, facts),
        Endpoint::Logout => logout::initiate(call, admitted),
        Endpoint::PartnerRequest => partner::request(call, admitted, facts),
        Endpoint::PartnerProfile => partner::profile(call, admitted, facts),
        _ => Ok(Response::empty(StatusCode::NOT_FOUND)),
    }
}

/// The answer to a documented call's path with another method; `pipeline` adds `Allow`.
pub fn method_not_allowed(_app: &App, _endpoint: Endpoint) -> Response {
    Response::json(StatusCode::METHOD_NOT_ALLOWED, &serde_json::Map::new())
}
