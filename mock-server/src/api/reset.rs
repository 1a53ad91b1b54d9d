//! Call 16: forgetting what was tried with temporary access.
//!
//! This is no call of REST API V2: its page names statuses and no bodies.

use std::sync::Arc;

use http::StatusCode;
use serde_json::Map;

use super::error::ErrorCode;
use super::guard::{Call, Refusal};
use crate::domain::temp_pass::Reset;
use crate::http::{Form, Response};
use crate::journal::Facts;
use crate::ledger::{Entry, decided, documented, inferred};

const PAGE: &str = "features-premium/temporary-access/temp-pass-feature.md";

pub(super) const LEDGER: &[Entry] = &[
    documented(
        PAGE,
        "a reset for one device or identity, or for all (`all` or no value), is answered 204",
    ),
    documented(
        PAGE,
        "a reset by key is for promotional access alone, one by device for both kinds; anything \
         else that is wrong with a reset is answered 400",
    ),
    documented(
        PAGE,
        "a reset without a good token is answered 401, one by an application that has to register \
         again, or may not act for the service provider, 403",
    ),
    decided("the page shows no bodies", "the errors of a reset have the body {}"),
    decided(
        "the page speaks of the identifier's hash, users of the identifier",
        "the key of a reset is the identity, a value in it, or the SHA-256 of either",
    ),
    inferred(
        "either one known means the existing trial",
        "a reset by device leaves a promotional trial to its identities, one by key to its devices",
    ),
];

/// Call 16, by device.
pub(super) fn by_device(call: &Call<'_>, facts: &mut Facts) -> Result<Response, Refusal> {
    reset(call, facts, "device_id", |value| match value {
        None | Some("all") => Reset::AllDevices,
        Some(device) => Reset::Device(device),
    })
}

/// Call 16, by identity.
pub(super) fn by_key(call: &Call<'_>, facts: &mut Facts) -> Result<Response, Refusal> {
    reset(call, facts, "key", |value| match value {
        None | Some("all") => Reset::AllIdentities,
        Some(key) => Reset::Identity(key),
    })
}

fn reset(
    call: &Call<'_>,
    facts: &mut Facts,
    parameter: &str,
    which: for<'q> fn(Option<&'q str>) -> Reset<'q>,
) -> Result<Response, Refusal> {
    let client = match call.bearer(Arc::clone) {
        Ok(client) => client,
        Err(Refusal::Error(code)) => return Ok(refused(StatusCode::FORBIDDEN, code, facts)),
        Err(refusal) => return Err(refusal),
    };
    facts.client_id = Some(client.client_id.clone());
    if !client.has_scope() || call.is_withdrawn(&client) {
        let code = ErrorCode::InvalidAccessTokenClientApplication;
        return Ok(refused(StatusCode::FORBIDDEN, code, facts));
    }
    let query = call.request.query_form();
    let (provider, mvpd) = match integration(call, &query, parameter == "key") {
        Ok(found) => found,
        Err(code) => return Ok(refused(StatusCode::BAD_REQUEST, code, facts)),
    };
    if !client.serves(provider) {
        let code = ErrorCode::InvalidAccessTokenServiceProvider;
        return Ok(refused(StatusCode::FORBIDDEN, code, facts));
    }
    facts.mvpd = Some(mvpd.to_owned());
    let value = query.get(parameter).filter(|value| !value.is_empty());
    call.app.domain.trials.reset(provider, mvpd, which(value));
    Ok(Response::empty(StatusCode::NO_CONTENT))
}

/// The temporary access that a reset names.
fn integration<'q>(
    call: &Call<'_>,
    query: &'q Form,
    must_be_promotional: bool,
) -> Result<(&'q str, &'q str), ErrorCode> {
    let provider_id = query.get("requestor_id").unwrap_or_default();
    let provider = call.fixtures.service_provider(provider_id);
    let provider = provider.ok_or(ErrorCode::InvalidParameterServiceProvider)?;
    let mvpd_id = query.get("mvpd_id").unwrap_or_default();
    let pass = call.known_mvpd(mvpd_id)?.temp_pass.as_ref();
    let pass = pass.filter(|pass| pass.promotional || !must_be_promotional);
    pass.ok_or(ErrorCode::InvalidParameterMvpd)?;
    provider.integration(mvpd_id).ok_or(ErrorCode::InvalidIntegration)?;
    Ok((provider_id, mvpd_id))
}

/// The journal names the error that a call of REST API V2 would have met.
fn refused(status: StatusCode, why: ErrorCode, facts: &mut Facts) -> Response {
    facts.error = Some(why.code().to_owned());
    Response::json(status, &Map::new())
}
