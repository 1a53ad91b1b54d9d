//! The documents that several rules come from, as paths below Adobe's programmers' guide.
//!
//! The guide was rearranged between the editions: paths of 2024-10 are as they were then.

/// 2024-10: the client-to-server cookbook.
pub(crate) const OCT_COOKBOOK: &str =
    "rest-api-v2/cookbooks/rest-api-v2-cookbooks-client-server.md";
/// 2024-10: registration, step by step.
pub(crate) const OCT_REGISTRATION_FLOW: &str = "dcr-api/flows/dynamic-client-registration-flow.md";
/// 2024-10: call 8.
pub(crate) const OCT_PROFILES: &str =
    "rest-api-v2/apis/profiles-apis/rest-api-v2-profiles-apis-retrieve-profiles.md";
/// 2024-10: signing in within the app.
pub(crate) const OCT_PRIMARY_APPLICATION: &str = "rest-api-v2/flows/basic-access-flows/rest-api-v2-basic-authentication-primary-application-flow.md";
/// 2024-10: signing in on a second screen.
pub(crate) const OCT_SECONDARY_APPLICATION: &str = "rest-api-v2/flows/basic-access-flows/rest-api-v2-basic-authentication-secondary-application-flow.md";
/// 2024-10: enhanced error codes.
pub(crate) const OCT_ERROR_CODES: &str = "enhanced-error-codes.md";
/// Both editions: throttling.
pub(crate) const THROTTLING: &str = "throttling-mechanism.md";

/// 2025-04: the checklist.
pub(crate) const APR_CHECKLIST: &str = "rest-apis/rest-api-v2/rest-api-v2-checklist.md";
/// 2025-04: the client-to-server cookbook.
pub(crate) const APR_COOKBOOK: &str =
    "rest-apis/rest-api-v2/cookbooks/rest-api-v2-cookbook-client-server.md";
/// 2025-04: the server-to-server cookbook.
pub(crate) const APR_SERVER_COOKBOOK: &str =
    "rest-apis/rest-api-v2/cookbooks/rest-api-v2-cookbook-server-server.md";
/// 2025-04: frequently asked questions about registration.
pub(crate) const APR_REGISTRATION_FAQS: &str =
    "rest-apis/rest-api-dcr/dynamic-client-registration-faqs.md";
/// 2025-04: registration, step by step.
pub(crate) const APR_REGISTRATION_FLOW: &str =
    "rest-apis/rest-api-dcr/flows/dynamic-client-registration-flow.md";
/// 2025-04: frequently asked questions.
pub(crate) const APR_FAQS: &str = "rest-apis/rest-api-v2/rest-api-v2-faqs.md";
/// 2025-04: signing in within the app.
pub(crate) const APR_PRIMARY_APPLICATION: &str = "rest-apis/rest-api-v2/flows/basic-access-flows/rest-api-v2-basic-authentication-primary-application-flow.md";
/// 2025-04: signing in on a second screen.
pub(crate) const APR_SECONDARY_APPLICATION: &str = "rest-apis/rest-api-v2/flows/basic-access-flows/rest-api-v2-basic-authentication-secondary-application-flow.md";
/// 2025-04: enhanced error codes.
pub(crate) const APR_ERROR_CODES: &str =
    "features-standard/error-reporting/enhanced-error-codes.md";

/// 2024-10: TempPass.
pub(crate) const OCT_TEMPORARY: &str =
    "rest-api-v2/flows/temporary-access-flows/rest-api-v2-access-temporary-flows.md";
/// 2025-04: TempPass.
pub(crate) const APR_TEMPORARY: &str =
    "rest-apis/rest-api-v2/flows/temporary-access-flows/rest-api-v2-access-temporary-flows.md";
/// 2024-10: degradation.
pub(crate) const OCT_DEGRADED: &str =
    "rest-api-v2/flows/degraded-access-flows/rest-api-v2-access-degraded-flows.md";
/// 2025-04: degradation.
pub(crate) const APR_DEGRADED: &str =
    "rest-apis/rest-api-v2/flows/degraded-access-flows/rest-api-v2-access-degraded-flows.md";
/// 2024-10: single sign-on with a service token.
pub(crate) const OCT_SERVICE_TOKEN: &str = "rest-api-v2/flows/single-sign-on-access-flows/rest-api-v2-single-sign-on-service-token-flows.md";
/// 2025-04: single sign-on with a service token.
pub(crate) const APR_SERVICE_TOKEN: &str = "rest-apis/rest-api-v2/flows/single-sign-on-access-flows/rest-api-v2-single-sign-on-service-token-flows.md";
/// 2024-10: single sign-on with a partner.
pub(crate) const OCT_PARTNER: &str =
    "rest-api-v2/flows/single-sign-on-access-flows/rest-api-v2-single-sign-on-partner-flows.md";
/// 2025-04: single sign-on with a partner.
pub(crate) const APR_PARTNER: &str = "rest-apis/rest-api-v2/flows/single-sign-on-access-flows/rest-api-v2-single-sign-on-partner-flows.md";
