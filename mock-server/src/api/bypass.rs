//! Access without an MVPD: temporary access, and degradation, which bypasses one.
//!
//! What a decision rests on is one of three: a profile and its MVPD, a temporary access, or a
//! degradation rule.

use uuid::Builder;

use super::error::ErrorCode;
use super::guard::Call;
use super::headers;
use crate::clock::Timestamp;
use crate::config::{Id, Mvpd, TempPass};
use crate::domain::{Decided, Degradation, Owner, Profile, Terms, Verdict, Visitor, device_hash};
use crate::ledger::{Entry, decided, documented, inferred};

const TEMP_PASS: &str = "features-premium/temporary-access/temp-pass-feature.md";
const TEMPORARY: &str = "rest-apis/rest-api-v2/flows/temporary-access-flows/\
    rest-api-v2-access-temporary-flows.md";
const IDENTITY: &str = "rest-apis/rest-api-v2/appendix/headers/\
    rest-api-v2-appendix-headers-ap-temppass-identity.md";
const PROFILE: &str = "rest-apis/rest-api-v2/apis/profiles-apis/\
    rest-api-v2-profiles-apis-retrieve-profile-for-specific-mvpd.md";
const PROFILES: &str = "features-standard/entitlements/profiles.md";
const AUTHORIZE: &str = "rest-apis/rest-api-v2/apis/decisions-apis/\
    rest-api-v2-decisions-apis-retrieve-authorization-decisions-using-specific-mvpd.md";
const PREAUTHORIZE: &str = "rest-apis/rest-api-v2/apis/decisions-apis/\
    rest-api-v2-decisions-apis-retrieve-preauthorization-decisions-using-specific-mvpd.md";
const CREATE: &str = "rest-apis/rest-api-v2/apis/sessions-apis/\
    rest-api-v2-sessions-apis-create-authentication-session.md";
const RESUME: &str = "rest-apis/rest-api-v2/apis/sessions-apis/\
    rest-api-v2-sessions-apis-resume-authentication-session.md";
const DEGRADED: &str = "rest-apis/rest-api-v2/flows/degraded-access-flows/\
    rest-api-v2-access-degraded-flows.md";
const DEGRADATION: &str = "features-premium/degraded-access/degradation-feature.md";
const CODES: &str = "features-standard/error-reporting/enhanced-error-codes.md";

pub(super) const TEMP_PASS_LEDGER: &[Entry] = &[
    documented(
        TEMP_PASS,
        "a trial lasts from its first authorization for the configured time, watched or not",
    ),
    documented(
        TEMP_PASS,
        "a basic trial is known by its device, a promotional one by its device or its identity: \
        either known one means the existing trial",
    ),
    documented(
        TEMP_PASS,
        "a promotional trial counts distinct resources, and at the limit nothing can be watched \
        with it any more",
    ),
    documented(
        TEMPORARY,
        "an authorization with a temporary access needs no profile and is permitted while time and \
        resources last",
    ),
    documented(TEMP_PASS, "a preauthorization permits every resource while the trial is good"),
    documented(
        IDENTITY,
        "AP-TempPass-Identity is Base64 of an identity; where a promotional access needs it and it \
        cannot be read, the error is invalid_header_identity_for_temporary_access",
    ),
    documented(
        PROFILE,
        "the errors of a temporary access are whole answers of the profile calls, with the status \
        of the error",
    ),
    documented(
        AUTHORIZE,
        "the errors of a temporary access are in each decision of an authorization, under status 200",
    ),
    documented(
        PROFILE,
        "a temporary profile has issuer Adobe, type temporary, expiration_date and a userID that \
        begins with temppass_; a promotional one remaining_resources and used_assets too",
    ),
    documented(
        CREATE,
        "a session with a temporary access leads straight to authorization (temporary), whatever \
        has become of the trial",
    ),
    documented(RESUME, "so does a resumed one, and its code then shows the temporary profile"),
    documented(PROFILES, "the list of all profiles has no temporary ones"),
    decided(
        "two samples show it equal to notAfter, two to notBefore",
        "expiration_date is a number, and equal to notAfter",
    ),
    inferred(
        "a profile call is optional and the time counts from the first authorization",
        "before the first authorization the profile shows the trial that would begin now, and \
        begins nothing",
    ),
    inferred(
        "the pages name no error for preauthorization",
        "once a trial is over, a preauthorization denies every resource with the error that an \
        authorization has; it never asks for an identity, but reads one",
    ),
    decided(
        "the table does not say which trial counts when device and identity know different ones",
        "the older trial counts",
    ),
    decided(
        "the page does not say when a device or an identity becomes known",
        "a permitted authorization makes its device and its identity known to the trial, a \
        refused one does not",
    ),
    decided("both limits can be reached at once", "of both limits, the duration is reported"),
    inferred(
        "validity is until notAfter",
        "a trial is good up to and including the last millisecond of its time",
    ),
    inferred(
        "the samples show one beyond the media token's",
        "the validity of a permit is that of the trial; a deny has none",
    ),
    inferred(
        "a promotional access is configured with a time and a number of resources",
        "without a duration, or for a promotional access without a number of resources, the error \
        is invalid_configuration_temporary_access",
    ),
    inferred(
        "resources may be MRSS documents",
        "two documents about one item are one resource; used_assets shows the item",
    ),
];

pub(super) const DEGRADATION_LEDGER: &[Entry] = &[
    documented(
        DEGRADATION,
        "a degradation rule is for one service provider with one MVPD, for some time",
    ),
    documented(
        CREATE,
        "with AuthNAll a created or resumed session leads straight to authorization (degraded)",
    ),
    documented(
        PROFILE,
        "with AuthNAll the profile has issuer Adobe, type degraded and a userID that begins with \
        95cf93bcd183214a",
    ),
    documented(DEGRADED, "degraded access needs no profile"),
    documented(
        AUTHORIZE,
        "with AuthNAll and AuthZAll every resource is permitted, with source degradation; only \
        AuthNAll's authorizations have a validity of their own",
    ),
    documented(
        PREAUTHORIZE,
        "with AuthZNone every resource is denied by authorization_denied_by_degradation_rule, in \
        preauthorizations too, and without timestamps",
    ),
    documented(
        CODES,
        "whoever applies a rule may add details, which the errors of AuthZNone carry",
    ),
    decided(
        "the flows assume that there is no profile",
        "AuthNAll precedes an existing profile: sessions, profile calls and logout are degraded",
    ),
    documented(PROFILES, "the list of all profiles has no degraded ones"),
    inferred(
        "nobody needs to sign in any more",
        "the code of a session whose MVPD is known shows the degraded profile as soon as AuthNAll \
        applies",
    ),
    decided(
        "the samples show spans of a minute and more",
        "the degraded profile, and AuthNAll's authorizations, hold from the rule's beginning to \
        its end",
    ),
    decided(
        "the documents do not say how rules add up",
        "one rule is in force for an integration; another one replaces it",
    ),
];

/// What a decision rests on.
pub(super) enum Basis<'a> {
    /// A profile and what its MVPD says.
    Profile(Profile, Terms),
    /// A temporary access and what is left of it.
    Temporary(Visitor, &'a TempPass),
    /// A rule that bypasses the MVPD.
    Degraded(Degradation),
}

impl<'a> Basis<'a> {
    /// What a decision rests on when no MVPD is asked.
    pub(super) fn bypass(call: &Call<'_>, owner: &Owner, mvpd: &'a Mvpd) -> Option<Self> {
        if let Some(pass) = &mvpd.temp_pass {
            return Some(Self::Temporary(visitor(call, owner, mvpd), pass));
        }
        let degradations = &call.app.domain.degradations;
        degradations.find(&owner.service_provider, &mvpd.id, call.now).map(Self::Degraded)
    }

    /// Its name in decisions.
    pub(super) const fn source(&self) -> &'static str {
        match self {
            Self::Profile(_, terms) => profile_source(terms.dummy),
            Self::Temporary(..) => "temppass",
            Self::Degraded(_) => "degradation",
        }
    }

    pub(super) fn preauthorize(&self, call: &Call<'_>, owner: &Owner, resource: &str) -> Verdict {
        let domain = &call.app.domain;
        match self {
            Self::Profile(profile, terms) => {
                domain.preauthorize(&call.fixtures, owner, profile, resource, terms)
            }
            Self::Temporary(visitor, pass) => {
                verdict(domain.trials.look(visitor, pass, call.now).map(drop))
            }
            Self::Degraded(rule) => rule.verdict(),
        }
    }

    pub(super) fn authorize(&self, call: &Call<'_>, owner: &Owner, resource: &str) -> Decided {
        let domain = &call.app.domain;
        match self {
            Self::Profile(profile, terms) => {
                domain.authorize(&call.fixtures, owner, profile, resource, terms, call.now)
            }
            Self::Temporary(visitor, pass) => {
                let access = require_identity(pass, visitor)
                    .and_then(|()| domain.trials.authorize(visitor, pass, resource, call.now));
                let validity: Option<(Timestamp, Timestamp)> =
                    access.as_ref().ok().map(|access| (access.not_before, access.not_after));
                Decided { verdict: verdict(access.map(drop)), validity }
            }
            Self::Degraded(rule) => Decided { verdict: rule.verdict(), validity: rule.validity() },
        }
    }

    /// Anonymously, whose session it is.
    pub(super) fn session_guid(&self, owner: &Owner) -> String {
        match self {
            Self::Profile(profile, _) => profile.session.to_string(),
            Self::Temporary(..) => anonymous(&temporary_user(owner)),
            Self::Degraded(_) => anonymous(&degraded_user(owner)),
        }
    }
}

/// The source of what an MVPD decides, or would.
pub(super) const fn profile_source(dummy: bool) -> &'static str {
    if dummy { "dummy" } else { "mvpd" }
}

/// Who asks for temporary access.
pub(super) fn visitor(call: &Call<'_>, owner: &Owner, mvpd: &Mvpd) -> Visitor {
    let is_promotional = mvpd.temp_pass.as_ref().is_some_and(|pass| pass.promotional);
    let identity = headers::temp_pass_identity(call.request).and_then(Result::ok);
    Visitor {
        service_provider: Id::clone(&owner.service_provider),
        mvpd: Id::clone(&mvpd.id),
        device_id: Id::clone(&owner.device_id),
        identity: identity.filter(|_| is_promotional),
    }
}

/// A promotional access needs to know for whom it is.
pub(super) fn require_identity(pass: &TempPass, visitor: &Visitor) -> Result<(), ErrorCode> {
    if pass.promotional && visitor.identity.is_none() {
        return Err(ErrorCode::InvalidHeaderIdentityForTemporaryAccess);
    }
    Ok(())
}

/// The user of a temporary access: the device.
pub(super) fn temporary_user(owner: &Owner) -> String {
    format!("temppass_{}", device_hash(&owner.device_id))
}

/// The user while nobody needs to sign in: the device.
pub(super) fn degraded_user(owner: &Owner) -> String {
    format!("95cf93bcd183214a{}", device_hash(&owner.device_id))
}

fn verdict(access: Result<(), ErrorCode>) -> Verdict {
    match access {
        Ok(()) => Verdict::Permit,
        Err(code) => Verdict::Deny { code, details: None },
    }
}

/// A GUID that is the same whenever the same user comes.
fn anonymous(user: &str) -> String {
    let mut bytes = [0; 16];
    let hash = device_hash(user);
    for (byte, from) in bytes.iter_mut().zip(hash.bytes()) {
        *byte = from;
    }
    Builder::from_random_bytes(bytes).into_uuid().to_string()
}
