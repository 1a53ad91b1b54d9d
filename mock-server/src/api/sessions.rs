//! Calls 4, 5 and 6: creating, resuming and retrieving an authentication session.

use http::StatusCode;
use serde::Serialize;

use super::device::describe;
use super::error::ErrorCode;
use super::guard::{Admitted, Answer, Call, Refusal, is_absolute_url};
use super::pairs::Pairs;
use super::sso;
use crate::clock::Timestamp;
use crate::config::{Fixtures, Id};
use crate::domain::{LoginState, Origin, Parameters, Session, Viewer};
use crate::http::{Form, Response};
use crate::journal::Facts;
use crate::ledger::{Entry, decided, documented, inferred};

const CREATE: &str = "rest-apis/rest-api-v2/apis/sessions-apis/\
    rest-api-v2-sessions-apis-create-authentication-session.md";
const RESUME: &str = "rest-apis/rest-api-v2/apis/sessions-apis/\
    rest-api-v2-sessions-apis-resume-authentication-session.md";
const RETRIEVE: &str = "rest-apis/rest-api-v2/apis/sessions-apis/\
    rest-api-v2-sessions-apis-retrieve-authentication-session-information-using-code.md";

pub(super) const LEDGER: &[Entry] = &[
    documented(
        CREATE,
        "what a session is answered with is decided in this order: temporary \
        access, degradation, valid profile, missing parameters, interactive authentication",
    ),
    documented(
        CREATE,
        "an answer that leads straight to authorization has a session identifier \
        but no code and no timestamps",
    ),
    documented(CREATE, "notBefore and notAfter of a session are strings, its url is relative"),
    documented(
        RESUME,
        "resuming keeps the code and the session identifier, and asks to retry while \
        something is still missing",
    ),
    documented(RETRIEVE, "the retrieved session describes the device that created it"),
    decided(
        "the documents write both `domain` and `domainName`",
        "missing and existing parameters \
        are named as in requests; the domain's name is a setting",
    ),
    decided(
        "the samples show codes of six and seven characters",
        "a code has seven characters; \
        anything but six to eight of A-Z and 0-9 is invalid_parameter_code",
    ),
    inferred(
        "the flow describes one pending code per device",
        "a new code of the same client, \
        device and service provider supersedes the earlier one at once",
    ),
    decided(
        "the documents do not say",
        "values sent when resuming are kept also while others are \
        still missing, and replace earlier ones",
    ),
    inferred(
        "polling with the code must lead to something",
        "when resuming leads straight to \
        authorization, the code leads to that MVPD's profile from then on",
    ),
    decided(
        "a code is for one login",
        "a code whose login was completed and whose profile is gone \
        cannot be resumed",
    ),
    decided(
        "no error code speaks of media types",
        "a form of another media type than \
        application/x-www-form-urlencoded is invalid_parameter_mvpd",
    ),
];

/// What a client is to do next. The fields stand in the order of the samples.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NextStep<'a> {
    action_name: &'static str,
    action_type: &'static str,
    reason_type: &'static str,
    url: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    missing_parameters: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'a str>,
    session_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    mvpd: Option<&'a str>,
    service_provider: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    not_before: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    not_after: Option<String>,
}

/// Call 4.
pub(super) fn create(call: &Call<'_>, admitted: &Admitted<'_>, facts: &mut Facts) -> Answer {
    let owner = admitted.owner()?;
    let info = call.device_info()?;
    let sent = parameters(call, facts)?;
    if let Some(mvpd) = &sent.mvpd {
        call.integration(mvpd)?;
    }
    call.app.domain.settle(&call.fixtures, &owner, call.now);
    let viewer = sso::viewer(call, &owner);
    let sent = Parameters { subjects: viewer.subjects.clone().into(), ..sent };
    if let Some((mvpd, reason)) = direct(call, &viewer, &sent) {
        let id = call.app.ids.uuid().to_string();
        return Ok(authorize(&owner.service_provider, mvpd, reason, id));
    }
    let device = call.device(info);
    let domain = &call.app.domain;
    let session =
        domain.create_session(&call.fixtures, owner, sent, device, call.now, &call.app.ids);
    facts.code = Some(session.code.to_string());
    Ok(go_on(&call.fixtures, &session, "resume", "none"))
}

/// Call 5.
pub(super) fn resume(call: &Call<'_>, admitted: &Admitted<'_>, facts: &mut Facts) -> Answer {
    let code = call.code()?;
    let sent = parameters(call, facts)?;
    if let Some(mvpd) = &sent.mvpd {
        call.integration(mvpd)?;
    }
    let session = live_session(call, admitted, code)?;
    let mut parameters = session.parameters.clone();
    parameters.merge(sent);
    if let Some(mvpd) = &parameters.mvpd {
        call.integration(mvpd)?;
        facts.mvpd = Some(mvpd.to_string());
    }
    let shortcut = direct(call, &Viewer::alone(&session.owner), &parameters);
    if shortcut.is_none() && session.login == LoginState::Done {
        return Err(ErrorCode::InvalidAuthenticationSession.into());
    }
    let bound = shortcut.map(|(mvpd, _)| Id::from(mvpd));
    let kept = call.app.domain.sessions.update(code, call.now, |session| {
        session.parameters = parameters.clone();
        session.bound = bound.clone().or(session.bound.take());
        session.clone()
    });
    let session = kept.ok_or(ErrorCode::InvalidAuthenticationSession)?;
    Ok(match shortcut {
        Some((mvpd, reason)) => {
            authorize(admitted.service_provider, mvpd, reason, session.id.to_string())
        }
        None => go_on(&call.fixtures, &session, "retry", "none"),
    })
}

/// Call 6.
pub(super) fn retrieve(call: &Call<'_>, admitted: &Admitted<'_>) -> Answer {
    let code = call.code()?;
    let session = live_session(call, admitted, code)?;
    Ok(Response::json(StatusCode::OK, &Information::new(&call.fixtures, &session)))
}

/// The session of a code, with whatever login had come due.
fn live_session(
    call: &Call<'_>,
    admitted: &Admitted<'_>,
    code: &str,
) -> Result<Session, ErrorCode> {
    call.app.domain.settle_code(&call.fixtures, code, call.now);
    let sessions = &call.app.domain.sessions;
    sessions
        .find(admitted.service_provider, code, call.now)
        .ok_or(ErrorCode::InvalidAuthenticationSession)
}

/// The MVPD and the reason for which no login is needed, if none is.
fn direct<'a>(
    call: &Call<'_>,
    viewer: &Viewer<'_>,
    parameters: &'a Parameters,
) -> Option<(&'a str, &'static str)> {
    let mvpd = parameters.mvpd.as_deref()?;
    if call.fixtures.mvpd(mvpd)?.is_temp_pass() {
        return Some((mvpd, "temporary"));
    }
    let degradations = &call.app.domain.degradations;
    if degradations.signs_in(&viewer.owner.service_provider, mvpd, call.now).is_some() {
        return Some((mvpd, "degraded"));
    }
    let profile = call.app.domain.seen(viewer, mvpd, call.now).ok()?;
    let own = profile.origin == Origin::Login;
    Some((mvpd, if own { "authenticated" } else { "authenticatedSSO" }))
}

/// Straight on to authorization.
pub(super) fn authorize(
    service_provider: &str,
    mvpd: &str,
    reason: &'static str,
    id: String,
) -> Response {
    let step = NextStep {
        action_name: "authorize",
        action_type: "direct",
        reason_type: reason,
        url: format!("/api/v2/{service_provider}/decisions/authorize/{mvpd}"),
        missing_parameters: Vec::new(),
        code: None,
        session_id: id,
        mvpd: Some(mvpd),
        service_provider,
        not_before: None,
        not_after: None,
    };
    Response::json(StatusCode::OK, &step)
}

/// On with the login, or with what it still needs; `incomplete` is the action for the latter.
pub(super) fn go_on(
    fixtures: &Fixtures,
    session: &Session,
    incomplete: &'static str,
    reason: &'static str,
) -> Response {
    let missing = missing(fixtures, &session.parameters);
    let (sp, code) = (&session.owner.service_provider, &session.code);
    let (action_name, action_type, url) = if missing.is_empty() {
        ("authenticate", "interactive", format!("/api/v2/authenticate/{sp}/{code}"))
    } else {
        (incomplete, "direct", format!("/api/v2/{sp}/sessions/{code}"))
    };
    let step = NextStep {
        action_name,
        action_type,
        reason_type: reason,
        url,
        missing_parameters: missing,
        code: Some(code),
        session_id: session.id.to_string(),
        mvpd: session.parameters.mvpd.as_deref(),
        service_provider: sp,
        not_before: Some(millis(session.not_before)),
        not_after: Some(millis(session.not_after)),
    };
    Response::json(StatusCode::OK, &step)
}

/// What was sent this time. An empty value is none.
fn parameters(call: &Call<'_>, facts: &mut Facts) -> Result<Parameters, Refusal> {
    let form = form(call)?;
    let value = |name: &str| form.get(name).filter(|value| !value.is_empty());
    let mvpd = match value("mvpd") {
        Some(id) => {
            facts.mvpd = Some(id.to_owned());
            Some(Id::clone(&call.known_mvpd(id)?.id))
        }
        None => None,
    };
    let redirect_url = value("redirectUrl");
    if redirect_url.is_some_and(|url| !is_absolute_url(url)) {
        return Err(ErrorCode::InvalidParameterRedirectUrl.into());
    }
    Ok(Parameters {
        mvpd,
        domain_name: value("domainName").map(Into::into),
        redirect_url: redirect_url.map(Into::into),
        ..Parameters::default()
    })
}

fn form(call: &Call<'_>) -> Result<Form, ErrorCode> {
    let request = call.request;
    match request.media_type().as_deref() {
        Some("application/x-www-form-urlencoded") => Ok(Form::parse(&request.body)),
        _ if request.body.is_empty() => Ok(Form::default()),
        _ => Err(ErrorCode::InvalidParameterMvpd),
    }
}

fn missing(fixtures: &Fixtures, parameters: &Parameters) -> Vec<&'static str> {
    let wanted = [
        ("mvpd", parameters.mvpd.is_none()),
        (fixtures.settings.domain_parameter.name(), parameters.domain_name.is_none()),
        ("redirectUrl", parameters.redirect_url.is_none()),
    ];
    wanted.iter().filter(|(_, is_missing)| *is_missing).map(|(name, _)| *name).collect()
}

/// A session as call 6 answers it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Information<'a> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    missing_parameters: Vec<&'static str>,
    existing_parameters: Pairs<&'static str, &'a str>,
    device: super::device::Description,
    not_before: String,
    not_after: String,
}

impl<'a> Information<'a> {
    fn new(fixtures: &Fixtures, session: &'a Session) -> Self {
        let Parameters { mvpd, domain_name, redirect_url, .. } = &session.parameters;
        let existing = [
            ("mvpd", mvpd.as_deref()),
            (fixtures.settings.domain_parameter.name(), domain_name.as_deref()),
            ("redirectUrl", redirect_url.as_deref()),
            ("serviceProvider", Some(&*session.owner.service_provider)),
        ];
        let present = existing.into_iter().filter_map(|(name, value)| Some((name, value?)));
        Self {
            missing_parameters: missing(fixtures, &session.parameters),
            existing_parameters: Pairs(present.collect()),
            device: describe(&session.device),
            not_before: millis(session.not_before),
            not_after: millis(session.not_after),
        }
    }
}

fn millis(at: Timestamp) -> String {
    at.millis().to_string()
}
