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
use crate::domain::{Degradation, Origin, Owner, Profile, Viewer, attributes};
use crate::http::Response;
use crate::journal::Facts;
use crate::ledger::{Entry, decided, documented};

const ALL: &str =
    "rest-apis/rest-api-v2/apis/profiles-apis/rest-api-v2-profiles-apis-retrieve-profiles.md";
const CODE: &str = "rest-apis/rest-api-v2/apis/profiles-apis/\
    rest-api-v2-profiles-apis-retrieve-profile-for-specific-code.md";
const METADATA: &str = "features-standard/entitlements/user-metadata.md";
const PROFILES: &str = "features-standard/entitlements/profiles.md";

pub(super) const LEDGER: &[Entry] = &[
    documented(ALL, "the answer is a map of valid profiles by MVPD, which may be empty"),
    documented(PROFILES, "a profile belongs to an application, a device and a service provider"),
    documented(CODE, "with a code, the answer is the profile of that code's login and of no other"),
    documented(
        METADATA,
        "some user metadata is there only after a resource was authorized, as the \
        MVPD has it",
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
pub(super) fn all(call: &Call<'_>, admitted: Admitted) -> Answer {
    let owner = call.owner(admitted)?;
    call.app.domain.poll(&call.fixtures, &owner, call.now);
    let viewer = sso::viewer_with_partner(call, &owner);
    let profiles = call.app.domain.all_seen(&viewer, call.now);
    let active = |profile: &Profile| call.integration(&profile.mvpd).is_ok();
    Ok(answer(call, profiles.into_iter().filter(active).collect()))
}

/// Call 9.
pub(super) fn by_mvpd(call: &Call<'_>, admitted: Admitted) -> Answer {
    let owner = call.owner(admitted)?;
    let mvpd = call.mvpd()?;
    call.integration(&mvpd.id)?;
    call.app.domain.poll(&call.fixtures, &owner, call.now);
    one(call, &sso::viewer_with_partner(call, &owner), mvpd)
}

/// Call 10.
pub(super) fn by_code(call: &Call<'_>, admitted: Admitted, facts: &mut Facts) -> Answer {
    let code = call.code()?;
    let find = || call.app.domain.sessions.find(&admitted.service_provider, code, call.now);
    find().ok_or(ErrorCode::InvalidAuthenticationSession)?;
    call.app.domain.poll_code(&call.fixtures, code, call.now);
    let session = find().ok_or(ErrorCode::InvalidAuthenticationSession)?;
    facts.device_id.get_or_insert_with(|| session.owner.device_id.to_string());
    let waits_for = session.parameters.mvpd.filter(|mvpd| {
        // Nobody needs to sign in any more.
        let degradations = &call.app.domain.degradations;
        degradations.signs_in(&admitted.service_provider, mvpd, call.now).is_some()
    });
    let Some(bound) = session.bound.or(waits_for) else { return Ok(answer(call, Vec::new())) };
    facts.mvpd = Some(bound.to_string());
    let mvpd = call.known_mvpd(&bound)?;
    call.integration(&mvpd.id)?;
    one(call, &Viewer::alone(&session.owner), mvpd)
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
    Ok(answer(call, profile.into_iter().collect()))
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

pub(super) fn answer(call: &Call<'_>, profiles: Vec<Profile>) -> Response {
    let shown = profiles.into_iter().filter_map(|profile| {
        let mvpd = call.fixtures.mvpd(&profile.mvpd)?;
        let attributes = attributes(&call.fixtures, mvpd, &profile.user, profile.authorized);
        let plain = |(name, value)| (name, Attribute::plain::<Value>(value));
        let shown = Shown {
            not_before: profile.not_before,
            not_after: profile.not_after,
            issuer: match profile.origin {
                Origin::Partner => APPLE.into(),
                _ => Id::clone(&profile.mvpd),
            },
            kind: profile.origin.profile_type(),
            attributes: Pairs(attributes.into_iter().map(plain).collect()),
        };
        Some((profile.mvpd, shown))
    });
    show(shown.collect())
}

fn show(profiles: Vec<(Id, Shown)>) -> Response {
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
