//! What a call shows beside its device: the headers of single sign-on.

use http::HeaderName;

use super::device::os_name;
use super::guard::Call;
use crate::config::{Fixtures, Id, Mvpd, PlatformFlags};
use crate::domain::{Apart, Owner, Subject, Viewer};
use crate::ledger::{Entry, decided, documented, inferred};
use crate::sso::{PartnerStatus, read_service_token, read_subject_token};

const SERVICE_TOKEN: &str = "rest-apis/rest-api-v2/appendix/headers/\
    rest-api-v2-appendix-headers-ad-service-token.md";
const SERVICE_FLOW: &str = "rest-apis/rest-api-v2/flows/single-sign-on-access-flows/\
    rest-api-v2-single-sign-on-service-token-flows.md";
const PLATFORM_FLOW: &str = "rest-apis/rest-api-v2/flows/single-sign-on-access-flows/\
    rest-api-v2-single-sign-on-platform-identity-flows.md";
const LOGOUT_FLOW: &str = "rest-apis/rest-api-v2/flows/single-sign-on-access-flows/\
    rest-api-v2-single-sign-on-logout-flow.md";
const AMAZON: &str = "features-standard/sso-access/platform-sso/amazon-single-sign-on/\
    amazon-sso-cookbook-rest-api-v2.md";
const ROKU: &str = "features-standard/sso-access/platform-sso/roku-single-sign-on/\
    roku-sso-cookbook-rest-api-v2.md";
const INTEGRATIONS: &str = "../user-guide-tve-dashboard/tve-dashboard-integrations.md";
const CREATE: &str = "rest-apis/rest-api-v2/apis/sessions-apis/\
    rest-api-v2-sessions-apis-create-authentication-session.md";
const STATUS: &str = "rest-apis/rest-api-v2/appendix/headers/\
    rest-api-v2-appendix-headers-ap-partner-framework-status.md";

pub(super) const LEDGER: &[Entry] = &[
    documented(
        SERVICE_TOKEN,
        "AD-Service-Token is a JWS signed with SHA256withRSA (RS256) by the identity service's key, \
         with iss, sub, aud (Adobe, in any case), iat and exp",
    ),
    documented(
        SERVICE_FLOW,
        "whoever shows the same service token's subject sees the login of another application, \
         device or service provider as a serviceTokenSSO profile; who signed in has a regular one",
    ),
    documented(
        PLATFORM_FLOW,
        "whoever shows the same subject in Adobe-Subject-Token or \
         X-Roku-Reserved-Roku-Connect-Token sees it as a platformSSO profile",
    ),
    documented(
        AMAZON,
        "without a token, or with one that does not count, a call is served without single sign-on",
    ),
    documented(ROKU, "what is seen through single sign-on ends when the login it comes from does"),
    documented(
        CREATE,
        "a session of somebody who is signed in elsewhere leads straight to authorization \
         (authenticatedSSO)",
    ),
    inferred(
        "the session is what leads to the login",
        "as whom somebody signs in is read when the session is created, and not when it is resumed",
    ),
    inferred(
        "a logout with a subject deletes the regular and the single sign-on profiles that it \
         identifies",
        "a logout that shows a subject also ends, with its MVPD, every login that was made as that \
         subject, for whoever made it and for all others; one that shows none ends the caller's own \
         profile alone",
    ),
    documented(LOGOUT_FLOW, "a single logout is answered like any other"),
    documented(
        ROKU,
        "single sign-on by platform identity is on unless an integration switches it off for the \
        platform (enable_platform_services: false)",
    ),
    documented(
        INTEGRATIONS,
        "authPerAggregator breaks single sign-on: a login with such an integration is not seen by \
        other service providers, and theirs are not seen with it",
    ),
    decided(
        "the pages have no such switch",
        "single sign-on by service token cannot be switched off for an integration otherwise",
    ),
    inferred(
        "what is not shared is not another's to end",
        "a logout with a subject leaves alone the logins that its integration does not share",
    ),
    decided(
        "platforms keep their keys to themselves, and the documents' own token has one that nobody \
         knows",
        "the signature of a platform's token is not checked: its subject, audience and expiration \
         are, where it has them",
    ),
    decided(
        "an encrypted token cannot be read",
        "a JWE is a subject as it is: the same text, the same subject",
    ),
    decided("the documents do not say", "the same sub of two issuers is two subjects"),
    decided("RFC 7519 says so", "a token is no longer good at the instant of its exp"),
    decided(
        "clocks differ, and the service's own can be moved",
        "iat must be a number and may be any",
    ),
    decided(
        "an identity service may name one user at several MVPDs and devices",
        "of several logins as one subject with one MVPD, the earliest that is good is seen",
    ),
    decided(
        "others' decisions are about other applications",
        "what an MVPD decided is kept for each caller of a shared profile on its own",
    ),
    documented(
        STATUS,
        "AP-Partner-Framework-Status is Base64 of a JSON object with the permission, the partner's \
         name for the MVPD and an expiration date in milliseconds, as a text",
    ),
    inferred(
        "only a good status tells that the user is still signed in with the partner",
        "an appleSSO profile is seen while AP-Partner-Framework-Status grants access and names its \
         MVPD until an instant that has not passed; otherwise it is left out without an error",
    ),
];

/// The caller, as whom else it comes.
pub(super) fn viewer<'a>(call: &Call<'_>, owner: &'a Owner) -> Viewer<'a> {
    let subjects = subjects(call);
    let apart = if subjects.is_empty() { Apart::default() } else { apart(call) };
    Viewer { subjects, apart, ..Viewer::alone(owner) }
}

/// The same, with what the partner's framework says.
pub(super) fn viewer_with_partner<'a>(call: &Call<'_>, owner: &'a Owner) -> Viewer<'a> {
    Viewer { partner: signed_in_with(call), ..viewer(call, owner) }
}

const SUBJECT_TOKEN: HeaderName = HeaderName::from_static("adobe-subject-token");
const ROKU_TOKEN: HeaderName = HeaderName::from_static("x-roku-reserved-roku-connect-token");
const AD_SERVICE_TOKEN: HeaderName = HeaderName::from_static("ad-service-token");
const PARTNER_STATUS: HeaderName = HeaderName::from_static("ap-partner-framework-status");

/// A header's value, when it is there and readable as text.
fn text<'a>(call: &'a Call<'_>, name: &HeaderName) -> Option<&'a str> {
    call.request.headers.get(name)?.to_str().ok()
}

/// As whom a call comes beside its device.
pub(super) fn subjects(call: &Call<'_>) -> Vec<Subject> {
    let platform = [SUBJECT_TOKEN, ROKU_TOKEN]
        .iter()
        .filter_map(|name| text(call, name))
        .find_map(|token| read_subject_token(token, call.now));
    let service = text(call, &AD_SERVICE_TOKEN).and_then(|token| {
        read_service_token(token, call.fixtures.keys.service_token_key().verifier(), call.now)
    });
    platform.into_iter().chain(service).collect()
}

/// Which integrations share no logins on the platform that a call comes from.
fn apart(call: &Call<'_>) -> Apart {
    let platform = platform(call);
    let mut apart = Apart::default();
    for provider in &call.fixtures.service_providers {
        for integration in &provider.integrations {
            let Some(mvpd) = call.fixtures.mvpd(&integration.mvpd) else { continue };
            let names = || (Id::clone(&provider.id), Id::clone(&mvpd.id));
            let flags = mvpd.flags_for(Some(integration), platform.as_deref());
            if flags.enable_platform_services == Some(false) {
                apart.from_platform.insert(names());
            }
            if mvpd.is_per_aggregator(Some(integration)) == Some(true) {
                apart.from_others.insert(names());
            }
        }
    }
    apart
}

/// What the partner's framework says.
pub(super) fn status(call: &Call<'_>) -> PartnerStatus {
    let header = text(call, &PARTNER_STATUS);
    header.map_or(PartnerStatus::ABSENT, PartnerStatus::read)
}

/// The MVPD with which the partner says that the user is signed in.
fn signed_in_with(call: &Call<'_>) -> Option<Id> {
    text(call, &PARTNER_STATUS)?;
    let status = status(call);
    let good = status.check_access().is_ok() && status.check_expiration(call.now).is_ok();
    let mvpd = provider(call, status.provider.as_deref()?, platform(call).as_deref())?;
    good.then(|| Id::clone(&mvpd.id))
}

/// The name of the platform that a call comes from.
pub(super) fn platform(call: &Call<'_>) -> Option<String> {
    let info = call.device_info().ok().flatten();
    os_name(call.request.header("user-agent"), info.as_ref())
}

/// The MVPD that a partner calls by a name, on a platform; its own id counts as one. An integrated
/// MVPD goes before others of that name.
pub(super) fn provider<'a>(
    call: &'a Call<'_>,
    name: &str,
    platform: Option<&str>,
) -> Option<&'a Mvpd> {
    let fixtures: &'a Fixtures = &call.fixtures;
    let is_called = |mvpd: &&Mvpd| {
        let mapped = flags(call, mvpd, platform).platform_mapping_id;
        !mvpd.is_temp_pass() && (mapped.as_deref() == Some(name) || *mvpd.id == *name)
    };
    let integrated = |mvpd: &&Mvpd| call.integration(&mvpd.id).is_ok();
    let known = || fixtures.mvpds.iter().filter(is_called);
    known().find(integrated).or_else(|| known().next())
}

/// An integration's part in a platform's single sign-on.
pub(super) fn flags(call: &Call<'_>, mvpd: &Mvpd, platform: Option<&str>) -> PlatformFlags {
    let integration = call.service_provider().ok().and_then(|sp| sp.integration(&mvpd.id));
    mvpd.flags_for(integration, platform)
}
