//! Calls 8, 9 and 10: who is signed in.

use http::StatusCode;
use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};
use serde_json::Value;

use super::error::ErrorCode;
use super::guard::{Admitted, Answer, Call};
use super::pairs::Pairs;
use crate::config::{Id, Mvpd};
use crate::domain::{Owner, Profile, attributes};
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
    let profiles = call.app.domain.profiles.valid(&owner, call.now);
    let active = |profile: &Profile| call.integration(&profile.mvpd).is_ok();
    Ok(answer(call, profiles.into_iter().filter(active).collect()))
}

/// Call 9.
pub(super) fn by_mvpd(call: &Call<'_>, admitted: Admitted) -> Answer {
    let owner = call.owner(admitted)?;
    let mvpd = call.mvpd()?;
    call.integration(&mvpd.id)?;
    call.app.domain.poll(&call.fixtures, &owner, call.now);
    Ok(one(call, &owner, mvpd))
}

/// Call 10.
pub(super) fn by_code(call: &Call<'_>, admitted: Admitted, facts: &mut Facts) -> Answer {
    let code = call.code()?;
    let find = || call.app.domain.sessions.find(&admitted.service_provider, code, call.now);
    find().ok_or(ErrorCode::InvalidAuthenticationSession)?;
    call.app.domain.poll_code(&call.fixtures, code, call.now);
    let session = find().ok_or(ErrorCode::InvalidAuthenticationSession)?;
    facts.device_id.get_or_insert_with(|| session.owner.device_id.to_string());
    let Some(bound) = session.bound else { return Ok(answer(call, Vec::new())) };
    facts.mvpd = Some(bound.to_string());
    let mvpd = call.known_mvpd(&bound)?;
    call.integration(&mvpd.id)?;
    Ok(one(call, &session.owner, mvpd))
}

/// The profile with one MVPD, if there is a good one.
fn one(call: &Call<'_>, owner: &Owner, mvpd: &Mvpd) -> Response {
    let profile = call.app.domain.profiles.require(owner, &mvpd.id, call.now);
    answer(call, profile.into_iter().collect())
}

fn answer(call: &Call<'_>, profiles: Vec<Profile>) -> Response {
    let shown = profiles.iter().filter_map(|profile| {
        let mvpd = call.fixtures.mvpd(&profile.mvpd)?;
        let attributes = attributes(&call.fixtures, mvpd, &profile.user, profile.authorized);
        Some((Id::clone(&profile.mvpd), Shown { profile, attributes }))
    });
    Response::json(StatusCode::OK, &Answered { profiles: Pairs(shown.collect()) })
}

#[derive(Serialize)]
struct Answered<'a> {
    profiles: Pairs<Id, Shown<'a>>,
}

/// A profile as it goes over the wire.
struct Shown<'a> {
    profile: &'a Profile,
    attributes: Vec<(String, Value)>,
}

impl Serialize for Shown<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let plain = |(name, value): &(String, Value)| (name.clone(), Attribute::plain(value));
        let attributes = Pairs(self.attributes.iter().map(plain).collect());
        let mut object = serializer.serialize_struct("Profile", 5)?;
        object.serialize_field("notBefore", &self.profile.not_before)?;
        object.serialize_field("notAfter", &self.profile.not_after)?;
        object.serialize_field("issuer", &self.profile.mvpd)?;
        object.serialize_field("type", "regular")?;
        object.serialize_field("attributes", &attributes)?;
        object.end()
    }
}

#[derive(Serialize)]
struct Attribute {
    value: Value,
    state: &'static str,
}

impl Attribute {
    fn plain(value: &Value) -> Self {
        Self { value: value.clone(), state: "plain" }
    }
}
