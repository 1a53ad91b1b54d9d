//! Calls 14 and 15: signing in through a partner's framework (Apple's).

use http::StatusCode;
use serde::Serialize;

use super::error::ErrorCode;
use super::guard::{Admitted, Answer, Call, Refusal, is_absolute_url};
use super::sessions::{authorize, go_on};
use super::{profiles, sso};
use crate::config::{Id, Mvpd};
use crate::domain::{Origin, Owner, Parameters, Viewer};
use crate::http::{Form, Response};
use crate::journal::Facts;
use crate::ledger::{Entry, decided, documented, inferred};
use crate::sso::{ATTRIBUTES, PartnerStatus, SamlResponse, saml_request};

const REQUEST: &str = "rest-apis/rest-api-v2/apis/partner-single-sign-on-apis/\
    rest-api-v2-partner-single-sign-on-apis-retrieve-partner-authentication-request.md";
const PROFILE: &str = "rest-apis/rest-api-v2/apis/partner-single-sign-on-apis/rest-api-v2-\
    partner-single-sign-on-apis-retrieve-profile-using-partner-authentication-response.md";
const FLOW: &str = "rest-apis/rest-api-v2/flows/single-sign-on-access-flows/\
    rest-api-v2-single-sign-on-partner-flows.md";
const OVERVIEW: &str = "features-standard/sso-access/partner-sso/apple-sso/apple-sso-overview.md";
const CODES: &str = "features-standard/error-reporting/enhanced-error-codes.md";

pub(super) const LEDGER: &[Entry] = &[
    documented(
        REQUEST,
        "a partner authentication request is decided in this order: degradation, valid profile, \
         missing parameters, partner framework status, configuration, the request itself",
    ),
    documented(
        REQUEST,
        "a redirectUrl that is no absolute URL counts as missing (missing_parameters_fallback)",
    ),
    documented(
        REQUEST,
        "the request is Base64 of SAML, with the names of the attributes it asks for; it comes \
         without a code",
    ),
    decided(
        "the sample of a denied permission names no provider, and its answer has an MVPD",
        "a fallback whose MVPD is not known leads to resume, with mvpd among the missing parameters",
    ),
    documented(
        OVERVIEW,
        "partner single sign-on is for integrations where it is enabled on the platform and whose \
         MVPD is SUPPORTED there; all others fall back to basic authentication",
    ),
    documented(
        PROFILE,
        "a partner's response makes an appleSSO profile, issued by Apple: status 201",
    ),
    documented(PROFILE, "with AuthNAll the answer is the degraded profile: status 200"),
    documented(
        PROFILE,
        "a partner framework status that does not grant access, names no known MVPD or another one \
         than the response, or is over, is answered 400 with a code of its own",
    ),
    decided(
        "a required permission that is missing or cannot be read is not present",
        "without a readable AP-Partner-Framework-Status the error is \
         invalid_header_pfs_permission_access_not_present; a permission that no document names \
         counts as not determined",
    ),
    decided(
        "the page requires the expiration date, the cookbook has it only if available",
        "an expiration date may be missing; one that is no instant counts as passed",
    ),
    documented(
        FLOW,
        "where partner single sign-on is not enabled, the profile call falls back to what the MVPD's \
         profile call answers",
    ),
    decided("nothing was created", "that fallback has status 200, like degradation's"),
    decided(
        "the table has the codes and no page says which call answers with them",
        "a platform configuration that the fixtures declare invalid is answered 500 with the \
         declared code by the profile call, and makes the request call fall back",
    ),
    documented(
        CODES,
        "a partner other than Apple (in any case) is answered 400 invalid_parameter_partner; what is \
         no SAML response, or tells of a failure, or is over, invalid_parameter_saml_response",
    ),
    decided(
        "only MVPDs have the keys",
        "the signature of a SAML response is not checked; its issuer, where it is the name of a known \
         MVPD, must be the one of the status, and its NameID names the user of the fixtures, else the \
         first one signs in",
    ),
    inferred(
        "the overview gives each application the lifetime of its own integration",
        "an appleSSO profile lives as long as a regular one",
    ),
];

/// The one documented partner, as answers write it.
const APPLE: &str = "Apple";

/// What both calls know once their headers are checked.
struct Asked {
    owner: Owner,
    status: PartnerStatus,
    platform: Option<String>,
}

impl Asked {
    fn read(call: &Call<'_>, admitted: &Admitted<'_>) -> Result<Self, ErrorCode> {
        let owner = call.owner(admitted)?;
        let partner = call.params.partner.as_deref().unwrap_or_default();
        if !partner.eq_ignore_ascii_case(APPLE) {
            return Err(ErrorCode::InvalidParameterPartner);
        }
        Ok(Self { owner, status: sso::status(call), platform: sso::platform(call) })
    }

    fn provider<'a>(&self, call: &'a Call<'_>, name: Option<&str>) -> Option<&'a Mvpd> {
        sso::provider(call, name?, self.platform.as_deref())
    }

    fn is_degraded(&self, call: &Call<'_>, mvpd: &Mvpd) -> bool {
        let degradations = &call.app.domain.degradations;
        degradations.signs_in(&self.owner.service_provider, &mvpd.id, call.now).is_some()
    }
}

/// Call 14.
pub(super) fn request(call: &Call<'_>, admitted: &Admitted<'_>, facts: &mut Facts) -> Answer {
    let asked = Asked::read(call, admitted)?;
    let mut parameters = parameters(call)?;
    let mvpd = asked.provider(call, asked.status.provider.as_deref());
    if let Some(mvpd) = mvpd {
        facts.mvpd = Some(mvpd.id.to_string());
        call.integration(&mvpd.id)?;
        parameters.mvpd = Some(Id::clone(&mvpd.id));
    }
    call.app.domain.settle(&call.fixtures, &asked.owner, call.now);
    let good =
        asked.status.check_access().is_ok() && asked.status.check_expiration(call.now).is_ok();
    if let Some(mvpd) = mvpd
        && let Some(reason) = direct(call, &asked, mvpd, good)
    {
        let id = call.app.ids.uuid().to_string();
        return Ok(authorize(&asked.owner.service_provider, &mvpd.id, reason, id));
    }
    let incomplete = parameters.domain_name.is_none() || parameters.redirect_url.is_none();
    let fallback = match mvpd {
        _ if incomplete => "missing_parameters_fallback",
        Some(mvpd) if good => {
            let flags = sso::flags(call, mvpd, asked.platform.as_deref());
            if flags.invalid.is_none() && flags.is_enabled() {
                return Ok(partner_profile(call, &asked.owner, mvpd));
            }
            "configuration_fallback"
        }
        _ => "pfs_fallback",
    };
    let device = call.device(call.device_info()?);
    let domain = &call.app.domain;
    let (owner, ids) = (asked.owner, &call.app.ids);
    let session = domain.create_session(&call.fixtures, owner, parameters, device, call.now, ids);
    facts.code = Some(session.code.to_string());
    Ok(go_on(&call.fixtures, &session, "resume", fallback))
}

/// Why no login is needed, if none is.
fn direct(call: &Call<'_>, asked: &Asked, mvpd: &Mvpd, good: bool) -> Option<&'static str> {
    if asked.is_degraded(call, mvpd) {
        return Some("degraded");
    }
    let partner = good.then(|| Id::clone(&mvpd.id));
    let viewer = Viewer { partner, ..Viewer::alone(&asked.owner) };
    let profile = call.app.domain.seen(&viewer, &mvpd.id, call.now).ok()?;
    Some(if profile.origin == Origin::Login { "authenticated" } else { "authenticatedSSO" })
}

/// What was sent. An empty value is none, and so is an address that leads nowhere.
fn parameters(call: &Call<'_>) -> Result<Parameters, Refusal> {
    let form = form(call, ErrorCode::InvalidParameterRedirectUrl)?;
    let value = |name: &str| form.get(name).filter(|value| !value.is_empty());
    Ok(Parameters {
        domain_name: value("domainName").map(Into::into),
        redirect_url: value("redirectUrl").filter(|url| is_absolute_url(url)).map(Into::into),
        ..Parameters::default()
    })
}

fn form(call: &Call<'_>, otherwise: ErrorCode) -> Result<Form, ErrorCode> {
    match call.request.media_type().as_deref() {
        Some("application/x-www-form-urlencoded") => Ok(Form::parse(&call.request.body)),
        _ if call.request.body.is_empty() => Ok(Form::default()),
        _ => Err(otherwise),
    }
}

/// What the partner's framework is to do, in the order of the sample's fields.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PartnerProfile<'a> {
    action_name: &'static str,
    action_type: &'static str,
    reason_type: &'static str,
    url: String,
    session_id: String,
    mvpd: &'a str,
    service_provider: &'a str,
    authentication_request: AuthenticationRequest,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AuthenticationRequest {
    #[serde(rename = "type")]
    kind: &'static str,
    request: String,
    attributes_names: [&'static str; 3],
}

fn partner_profile(call: &Call<'_>, owner: &Owner, mvpd: &Mvpd) -> Response {
    let (sp, id) = (&owner.service_provider, call.app.ids.uuid());
    let step = PartnerProfile {
        action_name: "partner_profile",
        action_type: "direct",
        reason_type: "none",
        url: format!("/api/v2/{sp}/profiles/sso/{APPLE}"),
        session_id: id.to_string(),
        mvpd: &mvpd.id,
        service_provider: sp,
        authentication_request: AuthenticationRequest {
            kind: "saml",
            request: saml_request(id, call.now, &mvpd.id),
            attributes_names: ATTRIBUTES,
        },
    };
    Response::json(StatusCode::OK, &step)
}

/// Call 15.
pub(super) fn profile(call: &Call<'_>, admitted: &Admitted<'_>, facts: &mut Facts) -> Answer {
    let asked = Asked::read(call, admitted)?;
    asked.status.check_access()?;
    let mvpd = asked
        .provider(call, asked.status.provider.as_deref())
        .ok_or(ErrorCode::InvalidHeaderPfsProviderIdNotDetermined)?;
    facts.mvpd = Some(mvpd.id.to_string());
    asked.status.check_expiration(call.now)?;
    let wrong = ErrorCode::InvalidParameterSamlResponse;
    let form = form(call, wrong)?;
    let response = form.get("SAMLResponse").unwrap_or_default();
    let response = SamlResponse::read(response, call.now).ok_or(wrong)?;
    let issuer = asked.provider(call, response.issuer.as_deref());
    if issuer.is_some_and(|issuer| issuer.id != mvpd.id) {
        return Err(ErrorCode::InvalidHeaderPfsProviderIdMismatch.into());
    }
    call.integration(&mvpd.id)?;
    let domain = &call.app.domain;
    domain.settle(&call.fixtures, &asked.owner, call.now);
    let flags = sso::flags(call, mvpd, asked.platform.as_deref());
    let degraded = asked.is_degraded(call, mvpd);
    if let Some(code) = flags.invalid.filter(|_| !degraded) {
        return Err(code.into());
    }
    if degraded || !flags.is_enabled() {
        return profiles::one(call, &Viewer::alone(&asked.owner), mvpd);
    }
    let named = response.subject.as_deref().and_then(|id| call.fixtures.user(id));
    let user = named.or_else(|| call.fixtures.first_user());
    let user = user.ok_or(wrong)?;
    let known_platform = call.device(call.device_info()?).known_platform;
    let profile = domain.sign_in_by_partner(
        &call.fixtures,
        &asked.owner,
        (&mvpd.id, &user.id),
        known_platform,
        (call.now, call.app.ids.uuid()),
    );
    let mut answer = profiles::answer(call, vec![profile])?;
    answer.status = StatusCode::CREATED;
    Ok(answer)
}
