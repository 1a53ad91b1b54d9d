//! Calls 11 and 12: what a user may watch.

use http::StatusCode;
use serde::Serialize;
use serde_json::Value;

use super::bypass::{Basis, profile_source};
use super::error::{EnhancedError, ErrorCode};
use super::guard::{Admitted, Answer, Call, Refusal};
use super::sso;
use crate::clock::Timestamp;
use crate::config::{ErrorPlace, Integration, Mvpd};
use crate::domain::{Kind, Owner, Terms, Verdict};
use crate::http::Response;
use crate::journal::Facts;
use crate::ledger::{Entry, decided, documented, inferred};
use crate::tokens::MediaToken;

const AUTHORIZE: &str = "rest-apis/rest-api-v2/apis/decisions-apis/\
    rest-api-v2-decisions-apis-retrieve-authorization-decisions-using-specific-mvpd.md";
const PREAUTHORIZE: &str = "rest-apis/rest-api-v2/apis/decisions-apis/\
    rest-api-v2-decisions-apis-retrieve-preauthorization-decisions-using-specific-mvpd.md";
const DECISIONS: &str = "features-standard/entitlements/decisions.md";
const TOKENS: &str = "features-standard/entitlements/media-tokens.md";

pub(super) const LEDGER: &[Entry] = &[
    documented(
        AUTHORIZE,
        "a permit carries a media token and its own validity; an MVPD's deny its \
        validity and an error",
    ),
    documented(
        PREAUTHORIZE,
        "a preauthorization has neither token nor validity, and its plain deny \
        is preauthorization_denied_by_mvpd",
    ),
    documented(
        DECISIONS,
        "an authorization decision stays the same until its time-to-live is over",
    ),
    documented(
        DECISIONS,
        "one call may ask about five resources (preauthorization) or one \
        (authorization), or what the integration agreed on",
    ),
    documented(TOKENS, "every permit has a media token of its own, valid for seven minutes"),
    documented(
        "features-standard/error-reporting/enhanced-error-codes.md",
        "a call about more \
        resources than agreed is answered 403 too_many_resources",
    ),
    decided(
        "the pages of decisions list no 403, the table of codes does",
        "a decision without a \
        valid profile is answered 403 at top level: missing, expired or invalidated; a setting \
        moves it into each decision",
    ),
    inferred(
        "an MVPD that was not reached has decided nothing",
        "an error whose action is not the \
        MVPD's deny has no validity and is not remembered",
    ),
    inferred(
        "a resource may be an MRSS document",
        "of an MRSS document the item's guid decides, else \
        the channel's title",
    ),
    documented(DECISIONS, "an MRSS document may carry ratings, of its item or of its channel"),
    inferred(
        "the MVPD has the ratings and the user's maxRating",
        "what the subscription permits, and is rated beyond the user's maxRating for urn:mpaa or \
        urn:v-chip, is denied by authorization_denied_by_parental_controls",
    ),
    decided(
        "the pages do not say how ratings compare",
        "NR, X and whatever is in neither scheme set no limit and are under none",
    ),
    documented(
        AUTHORIZE,
        "the resource of a decision is the text that was asked for, document or not",
    ),
    documented(
        TOKENS,
        "a media token names the MVPD that the user chose and, where one stands before it, its proxy",
    ),
    documented(
        "features-standard/error-reporting/enhanced-error-codes.md",
        "`trace` identifies the \
        answer, so that all errors of one answer share it",
    ),
];

#[derive(Serialize)]
struct Decisions<'a> {
    decisions: Vec<Shown<'a>>,
}

/// A decision, in the order of the samples' fields.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown<'a> {
    resource: &'a str,
    service_provider: &'a str,
    mvpd: &'a str,
    source: &'static str,
    authorized: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<Token>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<EnhancedError>,
    #[serde(skip_serializing_if = "Option::is_none")]
    not_before: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    not_after: Option<Timestamp>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Token {
    not_before: Timestamp,
    not_after: Timestamp,
    serialized_token: String,
}

/// What both calls have checked before they ask.
struct Asked<'a> {
    owner: Owner,
    mvpd: &'a Mvpd,
    integration: &'a Integration,
    resources: Vec<String>,
}

/// Call 11.
pub(super) fn preauthorize(call: &Call<'_>, admitted: &Admitted<'_>, facts: &mut Facts) -> Answer {
    let asked = check(call, admitted, Kind::Preauthorize, facts)?;
    let basis = basis(call, &asked)?;
    let decisions = asked.resources.iter().map(|resource| {
        let blank = blank(&asked, basis.source(), resource);
        match basis.preauthorize(call, &asked.owner, resource) {
            Verdict::Permit => Shown { authorized: true, ..blank },
            Verdict::Deny { code, details } => {
                Shown { error: Some(error(call, code, details)), ..blank }
            }
        }
    });
    Ok(Response::json(StatusCode::OK, &Decisions { decisions: decisions.collect() }))
}

/// Call 12.
pub(super) fn authorize(call: &Call<'_>, admitted: &Admitted<'_>, facts: &mut Facts) -> Answer {
    let asked = check(call, admitted, Kind::Authorize, facts)?;
    let basis = basis(call, &asked)?;
    let mut decisions = Vec::with_capacity(asked.resources.len());
    for resource in &asked.resources {
        let decided = basis.authorize(call, &asked.owner, resource);
        let blank = Shown {
            not_before: decided.validity.map(|(from, _)| from),
            not_after: decided.validity.map(|(_, to)| to),
            ..blank(&asked, basis.source(), resource)
        };
        decisions.push(match decided.verdict {
            Verdict::Permit => {
                let token = media_token(call, &asked, &basis, resource)?;
                Shown { authorized: true, token: Some(token), ..blank }
            }
            Verdict::Deny { code, details } => {
                Shown { error: Some(error(call, code, details)), ..blank }
            }
        });
    }
    Ok(Response::json(StatusCode::OK, &Decisions { decisions }))
}

fn check<'a>(
    call: &'a Call<'_>,
    admitted: &Admitted<'_>,
    kind: Kind,
    facts: &mut Facts,
) -> Result<Asked<'a>, Refusal> {
    let owner = call.owner(admitted)?;
    let mvpd = call.mvpd()?;
    let resources = resources(call)?;
    facts.resources.clone_from(&resources);
    let integration = call.integration(&mvpd.id)?;
    let limits = &call.fixtures.limits;
    let limit = match kind {
        Kind::Preauthorize => {
            integration.preauthorize_resources.unwrap_or(limits.preauthorize_resources)
        }
        Kind::Authorize => integration.authorize_resources.unwrap_or(limits.authorize_resources),
    };
    if resources.len() > limit {
        return Err(ErrorCode::TooManyResources.into());
    }
    Ok(Asked { owner, mvpd, integration, resources })
}

/// The resources of the body: one or more, each a text that is not empty.
fn resources(call: &Call<'_>) -> Result<Vec<String>, ErrorCode> {
    let request = call.request;
    let wrong = ErrorCode::InvalidParameterResources;
    if request.media_type().as_deref() != Some("application/json") {
        return Err(wrong);
    }
    let body: Value = serde_json::from_slice(&request.body).map_err(|_| wrong)?;
    let listed = body.get("resources").and_then(Value::as_array).ok_or(wrong)?;
    let text = |resource: &Value| {
        let text = resource.as_str().filter(|text| !text.trim().is_empty())?;
        Some(text.to_owned())
    };
    let resources: Option<Vec<String>> = listed.iter().map(text).collect();
    resources.filter(|resources| !resources.is_empty()).ok_or(wrong)
}

/// What to decide on: the profile, unless no MVPD is to be asked. Without a good profile there is an
/// error, at top level or in each decision.
fn basis<'a>(call: &Call<'_>, asked: &Asked<'a>) -> Result<Basis<'a>, Refusal> {
    let domain = &call.app.domain;
    domain.settle(&call.fixtures, &asked.owner, call.now);
    if let Some(bypass) = Basis::bypass(call, &asked.owner, asked.mvpd) {
        return Ok(bypass);
    }
    let viewer = sso::viewer_with_partner(call, &asked.owner);
    let profile = domain.seen(&viewer, &asked.mvpd.id, call.now);
    let terms = terms(call, asked.integration);
    profile.map(|profile| Basis::Profile(profile, terms)).map_err(|code| {
        match call.fixtures.settings.missing_profile {
            ErrorPlace::TopLevel => code.into(),
            ErrorPlace::ItemLevel => Refusal::Answer(Box::new(deny_all(call, asked, code))),
        }
    })
}

fn deny_all(call: &Call<'_>, asked: &Asked<'_>, code: ErrorCode) -> Response {
    let decisions = asked.resources.iter().map(|resource| {
        let error = Some(error(call, code, None));
        let source = profile_source(asked.integration.dummy_authorization);
        Shown { error, ..blank(asked, source, resource) }
    });
    let decisions = decisions.collect();
    Response::json(StatusCode::OK, &Decisions { decisions })
}

fn terms(call: &Call<'_>, integration: &Integration) -> Terms {
    let lifetime = integration.authorization.unwrap_or(call.fixtures.lifetimes.authorization);
    Terms { lifetime: lifetime.0, dummy: integration.dummy_authorization }
}

fn blank<'a>(asked: &'a Asked<'_>, source: &'static str, resource: &'a str) -> Shown<'a> {
    Shown {
        resource,
        service_provider: &asked.owner.service_provider,
        mvpd: &asked.mvpd.id,
        source,
        authorized: false,
        token: None,
        error: None,
        not_before: None,
        not_after: None,
    }
}

fn error(call: &Call<'_>, code: ErrorCode, details: Option<String>) -> EnhancedError {
    EnhancedError::new(code, call.trace()).with_details(details)
}

fn media_token(
    call: &Call<'_>,
    asked: &Asked<'_>,
    basis: &Basis<'_>,
    resource: &str,
) -> Result<Token, ErrorCode> {
    let token = MediaToken {
        session_guid: basis.session_guid(&asked.owner),
        requestor_id: asked.owner.service_provider.to_string(),
        resource_id: resource.to_owned(),
        ttl: call.fixtures.lifetimes.media_token.0,
        issue_time: call.now,
        mvpd_id: asked.mvpd.id.to_string(),
        proxy_mvpd_id: asked.mvpd.proxied_by.as_deref().map(str::to_owned),
    };
    let serialized_token = call
        .fixtures
        .keys
        .media_token_signer()
        .serialize(&token)
        .ok_or(ErrorCode::InternalServerError)?;
    Ok(Token { not_before: call.now, not_after: token.not_after(), serialized_token })
}
