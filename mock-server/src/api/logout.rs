//! Call 13: signing out.

use http::StatusCode;
use serde::Serialize;

use super::error::ErrorCode;
use super::guard::{Admitted, Answer, Call, is_absolute_url};
use super::pairs::Pairs;
use super::sso;
use crate::config::UrlForm;
use crate::http::Response;
use crate::ledger::{Entry, decided, documented, inferred};
use crate::mvpd;

const PAGE: &str = "rest-apis/rest-api-v2/apis/logout-apis/\
    rest-api-v2-logout-apis-initiate-logout-for-specific-mvpd.md";

pub(super) const LEDGER: &[Entry] = &[
    documented(
        PAGE,
        "a logout from an MVPD with a logout endpoint needs a user agent, from one \
        without it is complete, and without a valid profile it is invalid",
    ),
    documented(PAGE, "a logout from a temporary access is complete"),
    documented(
        PAGE,
        "a logout that ends an appleSSO profile asks the user to sign out of the partner too \
        (partner_logout), and has no url",
    ),
    documented(PAGE, "a logout during degraded access is complete"),
    inferred(
        "only AuthNAll makes degraded profiles",
        "of the degradation rules, AuthNAll alone changes \
        what a logout is answered with; a regular profile goes all the same",
    ),
    decided(
        "the samples show absolute and relative ones",
        "the url of a logout is absolute; a \
        setting makes it relative",
    ),
    decided(
        "the flow describes what the device does, not the server",
        "the profile is deleted by \
        the call itself, whether or not a user agent visits the url",
    ),
];

#[derive(Serialize)]
struct Logouts<'a> {
    logouts: Pairs<&'a str, NextStep<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NextStep<'a> {
    action_name: &'static str,
    action_type: &'static str,
    mvpd: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
}

/// Call 13.
pub(super) fn initiate(call: &Call<'_>, admitted: &Admitted<'_>) -> Answer {
    let owner = call.owner(admitted)?;
    let mvpd = call.mvpd()?;
    let query = call.request.query_form();
    let redirect_url = query
        .get("redirectUrl")
        .filter(|url| is_absolute_url(url))
        .ok_or(ErrorCode::InvalidParameterRedirectUrl)?;
    call.integration(&mvpd.id)?;
    call.app.domain.settle(&call.fixtures, &owner, call.now);
    let viewer = sso::viewer(call, &owner);
    let signed_out = call.app.domain.sign_out(&viewer, &mvpd.id, call.now);
    let degradations = &call.app.domain.degradations;
    let is_degraded = degradations.signs_in(&owner.service_provider, &mvpd.id, call.now).is_some();
    let (action_name, action_type, url) = if mvpd.is_temp_pass() || is_degraded {
        ("complete", "none", None)
    } else if !signed_out.any {
        ("invalid", "none", None)
    } else if signed_out.partner {
        ("partner_logout", "partner_interactive", None)
    } else if mvpd.logout_endpoint {
        let base = match call.fixtures.settings.logout_url {
            UrlForm::Absolute => call.request.base_url(),
            UrlForm::Relative => String::new(),
        };
        let url = mvpd::logout_url(&base, &mvpd.id, &owner.service_provider, redirect_url);
        ("logout", "interactive", Some(url))
    } else {
        ("complete", "none", None)
    };
    let step = NextStep { action_name, action_type, mvpd: &mvpd.id, url };
    let logouts = Pairs(vec![(&*mvpd.id, step)]);
    Ok(Response::json(StatusCode::OK, &Logouts { logouts }))
}
