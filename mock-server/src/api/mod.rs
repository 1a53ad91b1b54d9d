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
mod well_formed;

use http::StatusCode;

use crate::app::App;
use crate::clock::Timestamp;
use crate::http::{Request, Response};
use crate::journal::Facts;
use crate::ledger::Topic;
use crate::router::{Endpoint, Params};

use guard::{Answer, Call};

/// What the calls do and on what that rests, by topic.
pub(crate) const LEDGERS: &[Topic] = &[
    Topic { name: "Every protected call", calls: PROTECTED, entries: guard::LEDGER },
    Topic { name: "Registration", calls: &[E::Register, E::Token], entries: registration::LEDGER },
    Topic { name: "Devices", calls: FROM_DEVICES, entries: device::LEDGER },
    Topic { name: "Configuration", calls: &[E::Configuration], entries: configuration::LEDGER },
    Topic {
        name: "Sessions",
        calls: &[E::CreateSession, E::ResumeSession, E::RetrieveSession],
        entries: sessions::LEDGER,
    },
    Topic {
        name: "Authentication in a user agent",
        calls: &[E::Authenticate],
        entries: authenticate::LEDGER,
    },
    Topic { name: "Profiles", calls: PROFILES, entries: profiles::LEDGER },
    Topic {
        name: "Decisions",
        calls: &[E::Preauthorize, E::Authorize],
        entries: decisions::LEDGER,
    },
    Topic { name: "Logout", calls: &[E::Logout], entries: logout::LEDGER },
    Topic { name: "Temporary access", calls: BYPASSED, entries: bypass::TEMP_PASS_LEDGER },
    Topic {
        name: "Reset of temporary access",
        calls: &[E::ResetTempPass, E::ResetTempPassGeneric],
        entries: reset::LEDGER,
    },
    Topic { name: "Degraded access", calls: BYPASSED, entries: bypass::DEGRADATION_LEDGER },
    Topic { name: "Single sign-on", calls: SHARED, entries: sso::LEDGER },
    Topic {
        name: "Single sign-on by a partner",
        calls: &[E::PartnerRequest, E::PartnerProfile],
        entries: partner::LEDGER,
    },
];

use Endpoint as E;
const PROTECTED: &[E] = &[
    E::Configuration,
    E::CreateSession,
    E::ResumeSession,
    E::RetrieveSession,
    E::Profiles,
    E::ProfileByMvpd,
    E::ProfileByCode,
    E::Preauthorize,
    E::Authorize,
    E::Logout,
    E::PartnerRequest,
    E::PartnerProfile,
];
const FROM_DEVICES: &[E] =
    &[E::Configuration, E::CreateSession, E::ResumeSession, E::RetrieveSession];
const PROFILES: &[E] = &[E::Profiles, E::ProfileByMvpd, E::ProfileByCode];
const BYPASSED: &[E] = &[
    E::CreateSession,
    E::ResumeSession,
    E::Profiles,
    E::ProfileByMvpd,
    E::ProfileByCode,
    E::Preauthorize,
    E::Authorize,
    E::Logout,
];
const SHARED: &[E] =
    &[E::CreateSession, E::Profiles, E::ProfileByMvpd, E::Preauthorize, E::Authorize, E::Logout];

/// Answers one documented call at an instant.
pub fn dispatch(
    app: &App,
    (endpoint, params): (Endpoint, &Params),
    request: &Request,
    now: Timestamp,
    facts: &mut Facts,
) -> Response {
    match endpoint {
        Endpoint::Register => registration::register(app, request, facts),
        Endpoint::Token => registration::token(app, request, facts),
        Endpoint::Authenticate => {
            authenticate::perform(&Call::new(app, params, request, now), facts)
        }
        Endpoint::ResetTempPass | Endpoint::ResetTempPassGeneric => {
            let call = Call::new(app, params, request, now);
            let answer = match endpoint {
                Endpoint::ResetTempPass => reset::by_device(&call, facts),
                _ => reset::by_key(&call, facts),
            };
            answer.unwrap_or_else(|refusal| refusal.into_response(&call, facts))
        }
        _ => {
            let call = Call::new(app, params, request, now);
            protected(&call, endpoint, facts)
                .unwrap_or_else(|refusal| refusal.into_response(&call, facts))
        }
    }
}

/// Calls that need an access token.
fn protected(call: &Call<'_>, endpoint: Endpoint, facts: &mut Facts) -> Answer {
    let admitted = call.admit(facts)?;
    let answer = match endpoint {
        Endpoint::Configuration => configuration::retrieve(call, &admitted),
        Endpoint::CreateSession => sessions::create(call, &admitted, facts),
        Endpoint::ResumeSession => sessions::resume(call, &admitted, facts),
        Endpoint::RetrieveSession => sessions::retrieve(call, &admitted),
        Endpoint::Profiles => profiles::all(call, &admitted),
        Endpoint::ProfileByMvpd => profiles::by_mvpd(call, &admitted),
        Endpoint::ProfileByCode => profiles::by_code(call, &admitted, facts),
        Endpoint::Preauthorize => decisions::preauthorize(call, &admitted, facts),
        Endpoint::Authorize => decisions::authorize(call, &admitted, facts),
        Endpoint::Logout => logout::initiate(call, &admitted),
        Endpoint::PartnerRequest => partner::request(call, &admitted, facts),
        Endpoint::PartnerProfile => partner::profile(call, &admitted, facts),
        _ => Ok(Response::empty(StatusCode::NOT_FOUND)),
    };
    admitted.tell(facts);
    answer
}

/// The answer to a documented call's path with another method; `pipeline` adds `Allow`.
pub fn method_not_allowed(_app: &App, _endpoint: Endpoint) -> Response {
    Response::json(StatusCode::METHOD_NOT_ALLOWED, &serde_json::Map::new())
}
