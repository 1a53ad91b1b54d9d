//! What each call can answer with, and on what that rests.
//!
//! The contract tests hold it against what they see: an answer that is not here fails them, and so
//! does one that is here and never comes.

use super::Basis;
use super::Basis::{Decided, Documented, Inferred};
use crate::domain::ErrorCode as Code;
use crate::router::Endpoint;
use crate::router::Endpoint::{
    Authenticate, Authorize, Configuration, CreateSession, Logout, Page, PartnerProfile,
    PartnerRequest, Preauthorize, ProfileByCode, ProfileByMvpd, Profiles, Register, ResetTempPass,
    ResetTempPassGeneric, ResumeSession, RetrieveSession, Token,
};

/// A status, and the error code where one comes with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The error code at top level, or of a decision under status 200; empty when there is none.
    pub code: &'static str,
}

/// Some answers of some calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// The calls.
    pub calls: &'static [Endpoint],
    /// Each of them can answer with each of these.
    pub answers: &'static [Answer],
    /// On what that rests.
    pub basis: Basis,
    /// When they come.
    pub when: &'static str,
}

const PROTECTED: &[Endpoint] = &[
    Configuration,
    CreateSession,
    ResumeSession,
    RetrieveSession,
    Profiles,
    ProfileByMvpd,
    ProfileByCode,
    Preauthorize,
    Authorize,
    Logout,
    PartnerRequest,
    PartnerProfile,
];
const FROM_DEVICES: &[Endpoint] = &[
    CreateSession,
    Profiles,
    ProfileByMvpd,
    Preauthorize,
    Authorize,
    Logout,
    PartnerRequest,
    PartnerProfile,
];
const WITH_DEVICE_INFO: &[Endpoint] = &[
    Configuration,
    CreateSession,
    Profiles,
    ProfileByMvpd,
    Preauthorize,
    Authorize,
    Logout,
    PartnerRequest,
    PartnerProfile,
];
const WITH_CODES: &[Endpoint] = &[ResumeSession, RetrieveSession, ProfileByCode];
const WITH_MVPDS: &[Endpoint] =
    &[CreateSession, ResumeSession, ProfileByMvpd, Preauthorize, Authorize, Logout];
const DECISIONS: &[Endpoint] = &[Preauthorize, Authorize];
const RESETS: &[Endpoint] = &[ResetTempPass, ResetTempPassGeneric];
/// Calls 3 to 15.
const API: &[Endpoint] = Endpoint::ALL.split_at(Endpoint::ALL.len() - 3).0.split_at(2).1;
const CALLS: &[Endpoint] = Endpoint::ALL.split_at(Endpoint::ALL.len() - 1).0;

const TABLE: &str = "features-standard/error-reporting/enhanced-error-codes.md";
const REGISTER: &str =
    "rest-apis/rest-api-dcr/apis/dynamic-client-registration-apis-retrieve-client-credentials.md";
const TOKEN: &str =
    "rest-apis/rest-api-dcr/apis/dynamic-client-registration-apis-retrieve-access-token.md";
const TEMP_PASS: &str = "features-premium/temporary-access/temp-pass-feature.md";
const PARTNER: &str = "rest-apis/rest-api-v2/apis/partner-single-sign-on-apis/rest-api-v2-partner-single-sign-on-apis-retrieve-profile-using-partner-authentication-response.md";
const USER_AGENT: &str = "rest-apis/rest-api-v2/apis/sessions-apis/rest-api-v2-sessions-apis-perform-authentication-in-user-agent.md";
const DECISION: &str = "rest-apis/rest-api-v2/apis/decisions-apis/rest-api-v2-decisions-apis-retrieve-authorization-decisions-using-specific-mvpd.md";

/// An answer without a code.
const fn plain(status: u16) -> Answer {
    Answer { status, code: "" }
}

/// An error of registration.
const fn named(code: &'static str) -> Answer {
    Answer { status: 400, code }
}

/// An enhanced error that is the whole answer.
const fn whole(code: Code) -> Answer {
    Answer { status: code.status(), code: code.code() }
}

/// An enhanced error in a decision.
const fn item(code: Code) -> Answer {
    Answer { status: 200, code: code.code() }
}

/// Every answer that nobody has to ask for. Faults can make any other.
pub const ROWS: &[Row] = &[
    Row {
        calls: &[Register],
        answers: &[plain(201)],
        basis: Documented(REGISTER),
        when: "the client is registered",
    },
    Row {
        calls: &[Token],
        answers: &[plain(201)],
        basis: Documented(TOKEN),
        when: "the token is issued",
    },
    Row {
        calls: &[Register],
        answers: &[
            named("invalid_request"),
            named("invalid_redirect_uri"),
            named("invalid_software_statement"),
            named("unapproved_software_statement"),
        ],
        basis: Documented(REGISTER),
        when: "the software statement or its form is refused",
    },
    Row {
        calls: &[Token],
        answers: &[
            named("invalid_request"),
            named("invalid_client"),
            named("unauthorized_client"),
            named("unsupported_grant_type"),
        ],
        basis: Documented(TOKEN),
        when: "the credentials or their form are refused",
    },
    Row {
        calls: &[Configuration],
        answers: &[plain(200)],
        basis: Documented(
            "rest-apis/rest-api-v2/apis/configuration-apis/rest-api-v2-configuration-apis-retrieve-configuration-for-specific-service-provider.md",
        ),
        when: "the call is served",
    },
    Row {
        calls: &[CreateSession, ResumeSession, RetrieveSession],
        answers: &[plain(200)],
        basis: Documented(
            "rest-apis/rest-api-v2/apis/sessions-apis/rest-api-v2-sessions-apis-create-authentication-session.md",
        ),
        when: "the call is served",
    },
    Row {
        calls: &[Profiles, ProfileByMvpd, ProfileByCode],
        answers: &[plain(200)],
        basis: Documented(
            "rest-apis/rest-api-v2/apis/profiles-apis/rest-api-v2-profiles-apis-retrieve-profiles.md",
        ),
        when: "the call is served",
    },
    Row {
        calls: DECISIONS,
        answers: &[plain(200)],
        basis: Documented(DECISION),
        when: "the call is served",
    },
    Row {
        calls: &[Logout],
        answers: &[plain(200)],
        basis: Documented(
            "rest-apis/rest-api-v2/apis/logout-apis/rest-api-v2-logout-apis-initiate-logout-for-specific-mvpd.md",
        ),
        when: "the call is served",
    },
    Row {
        calls: &[PartnerRequest],
        answers: &[plain(200)],
        basis: Documented(
            "rest-apis/rest-api-v2/apis/partner-single-sign-on-apis/rest-api-v2-partner-single-sign-on-apis-retrieve-partner-authentication-request.md",
        ),
        when: "the call is served",
    },
    Row {
        calls: &[PartnerProfile],
        answers: &[plain(200), plain(201)],
        basis: Documented(PARTNER),
        when: "201: the profile is created; 200: access is degraded, or the call falls back",
    },
    Row {
        calls: &[Authenticate],
        answers: &[plain(302)],
        basis: Documented(USER_AGENT),
        when: "the user agent goes on to the MVPD",
    },
    Row {
        calls: &[Authenticate],
        answers: &[plain(400)],
        basis: Documented(USER_AGENT),
        when: "the code, or something else about the session, is wrong: an HTML page",
    },
    Row {
        calls: RESETS,
        answers: &[plain(204), plain(400), plain(401), plain(403)],
        basis: Documented(TEMP_PASS),
        when: "204: reset; 400: bad request; 401: no good token; 403: not allowed",
    },
    Row {
        calls: &[Page],
        answers: &[
            plain(200),
            plain(302),
            plain(400),
            plain(403),
            plain(404),
            plain(405),
            plain(503),
        ],
        basis: Decided("the documents leave its pages to the MVPD and to the second screen"),
        when: "a page, a redirect, or what is wrong with the address; 403: a form that was not shown in \
               this browser; 503: the second screen's application got no useful answer from the service",
    },
    Row {
        calls: API,
        answers: &[plain(405)],
        basis: Documented(DECISION),
        when: "the method is another one",
    },
    Row {
        calls: &[Register, Token, ResetTempPass, ResetTempPassGeneric],
        answers: &[plain(405)],
        basis: Inferred("RFC 9110 says so"),
        when: "the method is another one",
    },
    Row {
        calls: CALLS,
        answers: &[plain(413)],
        basis: Decided("the documents name no limit, and a server without one can be exhausted"),
        when: "the body is longer than 64 KiB",
    },
    Row {
        calls: CALLS.split_at(CALLS.len() - 2).0,
        answers: &[plain(429)],
        basis: Documented("throttling-mechanism.md"),
        when: "the device calls too often",
    },
    Row {
        calls: PROTECTED,
        answers: &[plain(401)],
        basis: Decided("the table of codes has none for a bad token"),
        when: "the token is missing, malformed, unknown or over",
    },
    Row {
        calls: PROTECTED,
        answers: &[
            whole(Code::InvalidAccessTokenServiceProvider),
            whole(Code::InvalidAccessTokenClientApplication),
            whole(Code::InvalidParameterServiceProvider),
        ],
        basis: Documented(TABLE),
        when: "the token is for others, its application is gone, or the service provider unknown",
    },
    Row {
        calls: FROM_DEVICES,
        answers: &[whole(Code::InvalidHeaderDeviceIdentifier)],
        basis: Documented(TABLE),
        when: "AP-Device-Identifier is missing or cannot be read",
    },
    Row {
        calls: WITH_DEVICE_INFO,
        answers: &[whole(Code::InvalidHeaderDeviceInfo)],
        basis: Documented(TABLE),
        when: "X-Device-Info cannot be read",
    },
    Row {
        calls: WITH_MVPDS,
        answers: &[whole(Code::InvalidParameterMvpd), whole(Code::InvalidIntegration)],
        basis: Documented(TABLE),
        when: "the MVPD is unknown, or does not work with the service provider",
    },
    Row {
        calls: &[ProfileByCode],
        answers: &[whole(Code::InvalidIntegration)],
        basis: Inferred("the code leads to an MVPD that no longer works with the service provider"),
        when: "the integration was switched off meanwhile",
    },
    Row {
        calls: WITH_CODES,
        answers: &[whole(Code::InvalidParameterCode), whole(Code::InvalidAuthenticationSession)],
        basis: Documented(TABLE),
        when: "the code is malformed, or leads to no session any more",
    },
    Row {
        calls: &[CreateSession, ResumeSession, Logout],
        answers: &[whole(Code::InvalidParameterRedirectUrl)],
        basis: Documented(TABLE),
        when: "redirectUrl is no absolute URL",
    },
    Row {
        calls: &[PartnerRequest],
        answers: &[whole(Code::InvalidParameterRedirectUrl)],
        basis: Decided("no error code speaks of media types"),
        when: "the body is of another media type",
    },
    Row {
        calls: DECISIONS,
        answers: &[whole(Code::InvalidParameterResources), whole(Code::TooManyResources)],
        basis: Documented(TABLE),
        when: "the resources cannot be read, or are too many",
    },
    Row {
        calls: DECISIONS,
        answers: &[
            whole(Code::AuthenticatedProfileMissing),
            whole(Code::AuthenticatedProfileExpired),
            whole(Code::AuthenticatedProfileInvalidated),
        ],
        basis: Decided("the pages of decisions list no 403, the table of codes does"),
        when: "nobody is signed in, or no longer",
    },
    Row {
        calls: &[Preauthorize],
        answers: &[item(Code::PreauthorizationDeniedByMvpd)],
        basis: Documented(TABLE),
        when: "the subscription does not include the resource",
    },
    Row {
        calls: &[Preauthorize],
        answers: &[item(Code::AuthorizationDeniedByParentalControls)],
        basis: Inferred("the table has no parental controls of preauthorizations alone"),
        when: "the subscription's parental control does not include the resource",
    },
    Row {
        calls: &[Authorize],
        answers: &[
            item(Code::AuthorizationDeniedByMvpd),
            item(Code::AuthorizationDeniedByParentalControls),
        ],
        basis: Documented(TABLE),
        when: "the subscription, or its parental control, does not include the resource",
    },
    Row {
        calls: DECISIONS,
        answers: &[item(Code::AuthorizationDeniedByDegradationRule)],
        basis: Documented(TABLE),
        when: "AuthZNone is in force",
    },
    Row {
        calls: &[ProfileByMvpd, ProfileByCode],
        answers: &[
            whole(Code::TemporaryAccessDurationLimitExceeded),
            whole(Code::TemporaryAccessResourcesLimitExceeded),
            whole(Code::InvalidHeaderIdentityForTemporaryAccess),
            whole(Code::InvalidConfigurationTemporaryAccess),
        ],
        basis: Documented(TABLE),
        when: "the trial is over or used up, its identity is missing, or it is not configured",
    },
    Row {
        calls: &[Authorize],
        answers: &[
            item(Code::TemporaryAccessDurationLimitExceeded),
            item(Code::TemporaryAccessResourcesLimitExceeded),
            item(Code::InvalidHeaderIdentityForTemporaryAccess),
            item(Code::InvalidConfigurationTemporaryAccess),
        ],
        basis: Documented(DECISION),
        when: "the trial is over or used up, its identity is missing, or it is not configured",
    },
    Row {
        calls: &[Preauthorize],
        answers: &[
            item(Code::TemporaryAccessDurationLimitExceeded),
            item(Code::TemporaryAccessResourcesLimitExceeded),
            item(Code::InvalidConfigurationTemporaryAccess),
        ],
        basis: Inferred("the pages name no error for preauthorization"),
        when: "the trial is over or used up, or it is not configured",
    },
    Row {
        calls: &[PartnerRequest, PartnerProfile],
        answers: &[whole(Code::InvalidParameterPartner)],
        basis: Documented(TABLE),
        when: "the partner is not Apple",
    },
    Row {
        calls: &[Profiles, ProfileByMvpd, ProfileByCode, PartnerProfile],
        answers: &[whole(Code::InvalidConfigurationUserMetadataCertificate)],
        basis: Documented(TABLE),
        when: "user metadata has to be encrypted, and the certificate cannot be used",
    },
    Row {
        calls: &[PartnerProfile],
        answers: &[
            whole(Code::InvalidConfigurationPlatform),
            whole(Code::InvalidConfigurationPlatformId),
            whole(Code::InvalidConfigurationPlatformTrait),
            whole(Code::InvalidConfigurationPlatformCategoryTrait),
            whole(Code::InvalidConfigurationPlatformServices),
            whole(Code::InvalidConfigurationMvpdPlatform),
            whole(Code::InvalidConfigurationMvpdPlatformBoardingStatus),
            whole(Code::InvalidConfigurationMvpdPlatformProfileExchange),
        ],
        basis: Decided("the table has the codes, and no page says which call has them"),
        when: "the fixtures declare the platform's configuration invalid",
    },
    Row {
        calls: &[PartnerProfile],
        answers: &[
            whole(Code::InvalidParameterSamlResponse),
            whole(Code::InvalidHeaderPfsPermissionAccessNotPresent),
            whole(Code::InvalidHeaderPfsPermissionAccessNotDetermined),
            whole(Code::InvalidHeaderPfsPermissionAccessNotGranted),
            whole(Code::InvalidHeaderPfsProviderIdNotDetermined),
            whole(Code::InvalidHeaderPfsProviderIdMismatch),
            whole(Code::InvalidHeaderPfsProviderInfoExpired),
        ],
        basis: Documented(PARTNER),
        when: "the partner's response or the framework's status is refused",
    },
];

/// The row that an answer of a call is in.
pub fn find(call: Endpoint, status: u16, code: &str) -> Option<&'static Row> {
    let has = |row: &&Row| {
        let is = |answer: &Answer| answer.status == status && answer.code == code;
        row.calls.contains(&call) && row.answers.iter().any(is)
    };
    ROWS.iter().find(has)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_call_has_a_success_and_refusals() {
        for call in Endpoint::ALL {
            let answers = || {
                let rows = ROWS.iter().filter(move |row| row.calls.contains(&call));
                rows.flat_map(|row| row.answers)
            };
            let successes = answers().filter(|a| a.status < 400 && a.code.is_empty()).count();
            assert!(successes >= 1, "{call:?} never succeeds");
            let refusals = answers().filter(|a| a.status >= 400).count();
            assert!(refusals >= 3, "{call:?} has {refusals} refusals");
            let mut seen = HashSet::new();
            assert!(answers().all(|answer| seen.insert(answer)), "{call:?}: twice in the table");
        }
    }
}
