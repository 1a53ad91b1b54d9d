//! Calls 8, 9 and 10: who is signed in.

use http::StatusCode;
use serde::Serialize;
use serde_json::Value;

use super::bypass::{degraded_user, require_identity, temporary_user, visitor};
use super::error::ErrorCode;
use super::guard::{Admitted, Answer, Call};
use super::pairs::Pairs;
use super::sso;
use crate::clock::Timestamp;
use crate::config::{Id, Mvpd, TempPass};
use crate::domain::{Degradation, Origin, Owner, Profile, Session, Viewer, attributes};
use crate::http::Response;
use crate::journal::Facts;
use crate::ledger::{Entry, decided, documented};

const ALL: &str =
    "rest-apis/rest-api-v2/apis/profiles-apis/rest-api-v2-profiles-apis-retrieve-profiles.md";
const CODE: &str = "rest-apis/rest-api-v2/apis/profiles-apis/\
    rest-api-v2-profiles-apis-retrieve-profile-for-specific-code.md";
const METADATA: &str = "features-standard/entitlements/user-metadata.md";
const INTEGRATIONS: &str = "../user-guide-tve-dashboard/tve-dashboard-integrations.md";
const V1: &str = "legacy/rest-api-v1/apis/user-metadata.md";
const CODES: &str = "features-standard/error-reporting/enhanced-error-codes.md";
const PROFILES: &str = "features-standard/entitlements/profiles.md";

pub(super) const LEDGER: &[Entry] = &[
    documented(ALL, "the answer is a map of valid profiles by MVPD, which may be empty"),
    documented(PROFILES, "a profile belongs to an application, a device and a service provider"),
    documented(CODE, "with a code, the answer is the profile of that code's login and of no other"),
    documented(
        METADATA,
        "some user metadata is there, or changes, only when a resource was authorized, as the MVPD \
        has it",
    ),
    documented(METADATA, "every profile has a userID, whatever else its MVPD passes on"),
    documented(
        METADATA,
        "upstreamUserID and householdID are the same as userID unless the MVPD tells them apart, and \
        primaryOID is where typeID is Primary",
    ),
    documented(
        INTEGRATIONS,
        "each integration says which user metadata is passed on and which of it is encrypted",
    ),
    documented(
        METADATA,
        "with a certificate of the service provider, zip and encryptedZip are encrypted (state enc), \
        and a list is a text then",
    ),
    decided(
        "the page wants zip encrypted, and a tester wants to read it",
        "without a certificate user metadata is plain, unless an integration asks for encryption",
    ),
    documented(
        V1,
        "an encrypted value is the Base64 of an RSA encryption with the certificate's key",
    ),
    decided(
        "no page names the padding, or says what becomes of what is no text",
        "the padding is PKCS #1 v1.5; of lists and maps the JSON is encrypted; what does not fit \
        into one block is encrypted in several, one after the other",
    ),
    documented(
        CODES,
        "where something has to be encrypted and the certificate is missing or cannot be used, the \
        profile calls are answered 500 invalid_configuration_user_metadata_certificate",
    ),
    decided(
        "the pages do not say when a certificate is invalid",
        "neither the issuer nor the validity of a certificate is looked at",
    ),
    decided(
        "the table calls them Boolean, and its samples are in quotes",
        "hba_status and allowMirroring are texts, true or false",
    ),
    decided(
        "the documents do not say",
        "profiles of MVPDs whose integration is switched off are \
        left out of the list of all",
    ),
    decided(
        "user identifiers are the MVPD's own",
        "a user without a userID in the fixtures gets one \
        per MVPD, made from both names",
    ),
];

/// Call 8.
pub(super) fn all(call: &Call<'_>, admitted: &Admitted<'_>) -> Answer {
    let owner = call.owner(admitted)?;
    call.app.domain.poll(&call.fixtures, &owner, call.now);
    let viewer = sso::viewer_with_partner(call, &owner);
    let profiles = call.app.domain.all_seen(&viewer, call.now);
    let active = |profile: &Profile| call.integration(&profile.mvpd).is_ok();
    answer(call, profiles.into_iter().filter(active).collect())
}

/// Call 9.
pub(super) fn by_mvpd(call: &Call<'_>, admitted: &Admitted<'_>) -> Answer {
    let owner = call.owner(admitted)?;
    let mvpd = call.mvpd()?;
    call.integration(&mvpd.id)?;
    call.app.domain.poll(&call.fixtures, &owner, call.now);
    one(call, &sso::viewer_with_partner(call, &owner), mvpd)
}

/// Call 10.
pub(super) fn by_code(call: &Call<'_>, admitted: &Admitted<'_>, facts: &mut Facts) -> Answer {
    let code = call.code()?;
    let domain = &call.app.domain;
    let provider = admitted.service_provider;
    let nothing_else_counts = admitted.device_id.is_some() && domain.degradations.is_empty();
    if nothing_else_counts && domain.sessions.waits(provider, code, call.now) {
        return Ok(show(Vec::new()));
    }
    let relevant = |session: &Session| {
        if admitted.device_id.is_none() {
            facts.device_id = Some(Id::clone(&session.owner.device_id));
        }
        let Session { owner, bound, parameters, .. } = session;
        (owner.clone(), bound.clone(), parameters.mvpd.clone())
    };
    let (owner, bound, chosen) = domain
        .poll_code(&call.fixtures, (provider, code), call.now, relevant)
        .ok_or(ErrorCode::InvalidAuthenticationSession)?;
    let waits_for = chosen.filter(|mvpd| {
        // Nobody needs to sign in any more.
        domain.degradations.signs_in(provider, mvpd, call.now).is_some()
    });
    let Some(bound) = bound.or(waits_for) else { return Ok(show(Vec::new())) };
    facts.mvpd = Some(bound.to_string());
    let mvpd = call.known_mvpd(&bound)?;
    call.integration(&mvpd.id)?;
    one(call, &Viewer::alone(&owner), mvpd)
}

/// The profile with one MVPD, if there is a good one.
pub(super) fn one(call: &Call<'_>, viewer: &Viewer<'_>, mvpd: &Mvpd) -> Answer {
    let (domain, owner) = (&call.app.domain, viewer.owner);
    if let Some(pass) = &mvpd.temp_pass {
        return Ok(show(vec![temporary(call, owner, mvpd, pass)?]));
    }
    if let Some(rule) = domain.degradations.signs_in(&owner.service_provider, &mvpd.id, call.now) {
        return Ok(show(vec![degraded(owner, mvpd, &rule)]));
    }
    let profile = domain.seen(viewer, &mvpd.id, call.now);
    answer(call, profile.into_iter().collect())
}

/// What a temporary access grants at the moment.
fn temporary(
    call: &Call<'_>,
    owner: &Owner,
    mvpd: &Mvpd,
    pass: &TempPass,
) -> Result<(Id, Shown), ErrorCode> {
    let visitor = visitor(call, owner, mvpd);
    require_identity(pass, &visitor)?;
    let access = call.app.domain.trials.look(&visitor, pass, call.now)?;
    let mut attributes = Vec::new();
    if let Some(remaining) = access.remaining {
        attributes.push(("remaining_resources".to_owned(), Attribute::plain(remaining)));
        attributes.push(("used_assets".to_owned(), Attribute::plain(access.used)));
    }
    attributes.push(("expiration_date".to_owned(), Attribute::plain(access.not_after.millis())));
    attributes.push(("userID".to_owned(), Attribute::plain(temporary_user(owner))));
    let shown = Shown {
        not_before: access.not_before,
        not_after: access.not_after,
        issuer: ADOBE.into(),
        kind: "temporary",
        attributes: Pairs(attributes),
    };
    Ok((Id::clone(&mvpd.id), shown))
}

/// The profile of everybody while nobody needs to sign in.
fn degraded(owner: &Owner, mvpd: &Mvpd, rule: &Degradation) -> (Id, Shown) {
    let user = Attribute::plain(degraded_user(owner));
    let shown = Shown {
        not_before: rule.not_before,
        not_after: rule.not_after,
        issuer: ADOBE.into(),
        kind: "degraded",
        attributes: Pairs(vec![("userID".to_owned(), user)]),
    };
    (Id::clone(&mvpd.id), shown)
}

/// The answer that shows some profiles.
///
/// # Errors
/// When something in one has to be encrypted and cannot be.
pub(super) fn answer(call: &Call<'_>, profiles: Vec<Profile>) -> Answer {
    let mut all = Vec::with_capacity(profiles.len());
    for profile in profiles {
        let Some(mvpd) = call.fixtures.mvpd(&profile.mvpd) else { continue };
        let shown = Shown {
            not_before: profile.not_before,
            not_after: profile.not_after,
            issuer: match profile.origin {
                Origin::Partner => APPLE.into(),
                _ => Id::clone(&profile.mvpd),
            },
            kind: profile.origin.profile_type(),
            attributes: user_metadata(call, mvpd, &profile)?,
        };
        all.push((profile.mvpd, shown));
    }
    Ok(show(all))
}

fn user_metadata(
    call: &Call<'_>,
    mvpd: &Mvpd,
    profile: &Profile,
) -> Result<Pairs<String, Attribute>, ErrorCode> {
    let provider = &call.service_provider()?.id;
    let told = attributes(&call.fixtures, provider, mvpd, &profile.user, profile.authorized);
    let certificate = || {
        let usable = call.app.domain.is_certificate_usable(provider);
        call.fixtures.user_metadata_certificate(provider).filter(|_| usable)
    };
    let mut shown = Vec::with_capacity(told.len());
    for told in told {
        let attribute = if told.encrypted {
            let encrypted = certificate().and_then(|certificate| certificate.encrypt(&told.value));
            let value = encrypted.ok_or(ErrorCode::InvalidConfigurationUserMetadataCertificate)?;
            Attribute { value: value.into(), state: "enc" }
        } else {
            Attribute { value: told.value, state: "plain" }
        };
        shown.push((told.name, attribute));
    }
    Ok(Pairs(shown))
}

fn show(profiles: Vec<(Id, Shown)>) -> Response {
    if profiles.is_empty() {
        // As to almost every poll.
        return Response::ready_json(StatusCode::OK, r#"{"profiles":{}}"#);
    }
    Response::json(StatusCode::OK, &Answered { profiles: Pairs(profiles) })
}

/// Who issues the profiles that no MVPD knows of.
const ADOBE: &str = "Adobe";
/// Who issues the profiles of a partner's framework.
const APPLE: &str = "Apple";

#[derive(Serialize)]
struct Answered {
    profiles: Pairs<Id, Shown>,
}

/// A profile as it goes over the wire.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown {
    not_before: Timestamp,
    not_after: Timestamp,
    issuer: Id,
    #[serde(rename = "type")]
    kind: &'static str,
    attributes: Pairs<String, Attribute>,
}

#[derive(Serialize)]
struct Attribute {
    value: Value,
    state: &'static str,
}

impl Attribute {
    fn plain<T: Serialize>(value: T) -> Self {
        // Texts, numbers and lists of texts, which cannot fail.
        Self { value: serde_json::to_value(value).unwrap_or_default(), state: "plain" }
    }
}
