//! What Adobe's OpenAPI files (`restApiV2.json`, `dcrApi.json`) say of each call, as data.

use http::Method;
use pass_mock::router::Endpoint;

use super::shapes::{self, Shape};

/// A call.
pub(super) struct Operation {
    pub(super) call: Endpoint,
    pub(super) method: &'static str,
    /// With `{serviceProvider}`, `{mvpd}`, `{code}` and `{partner}`.
    pub(super) path: &'static str,
    pub(super) headers: &'static [Parameter],
    pub(super) query: &'static [Parameter],
    pub(super) body: Option<Body>,
    pub(super) statuses: &'static [u16],
    /// What a successful answer holds.
    pub(super) success: Option<&'static Shape>,
}

/// A header, a query parameter or a field of a body, and whether it is required.
pub(super) type Parameter = (&'static str, bool);

pub(super) struct Body {
    pub(super) media_type: &'static str,
    pub(super) fields: &'static [Parameter],
}

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";
const SESSION_FIELDS: &[Parameter] =
    &[("redirectUrl", false), ("domainName", false), ("mvpd", false)];

const COMMON: &[Parameter] = &[
    ("authorization", true),
    ("accept", false),
    ("user-agent", false),
    ("ap-visitor-identifier", false),
];
const TYPED: &[Parameter] = &[
    ("authorization", true),
    ("content-type", true),
    ("accept", false),
    ("user-agent", false),
    ("ap-visitor-identifier", false),
];
const DEVICE: &[Parameter] = &[
    ("authorization", true),
    ("ap-device-identifier", true),
    ("x-device-info", true),
    ("adobe-subject-token", false),
    ("ad-service-token", false),
    ("ap-partner-framework-status", false),
    ("ap-temppass-identity", false),
    ("accept", false),
    ("user-agent", false),
    ("ap-visitor-identifier", false),
];
const DEVICE_TYPED: &[Parameter] = &[
    ("authorization", true),
    ("content-type", true),
    ("ap-device-identifier", true),
    ("x-device-info", true),
    ("adobe-subject-token", false),
    ("ad-service-token", false),
    ("ap-partner-framework-status", false),
    ("ap-temppass-identity", false),
    ("accept", false),
    ("user-agent", false),
    ("ap-visitor-identifier", false),
];
const USUAL: &[u16] = &[200, 400, 401, 405, 500];

const fn get(
    call: Endpoint,
    path: &'static str,
    headers: &'static [Parameter],
    success: &'static Shape,
) -> Operation {
    Operation {
        call,
        method: "GET",
        path,
        headers,
        query: &[],
        body: None,
        statuses: USUAL,
        success: Some(success),
    }
}

const fn post(
    call: Endpoint,
    path: &'static str,
    headers: &'static [Parameter],
    (media_type, fields): (&'static str, &'static [Parameter]),
    success: &'static Shape,
) -> Operation {
    let body = Some(Body { media_type, fields });
    Operation { method: "POST", body, ..get(call, path, headers, success) }
}

/// Every call that the files describe. Call 16 is in neither.
pub(super) static OPERATIONS: [Operation; 15] = [
    Operation {
        statuses: &[201, 400],
        ..post(
            Endpoint::Register,
            "/o/client/register",
            &[("content-type", true), ("x-device-info", true), ("user-agent", false)],
            (JSON, &[("software_statement", true), ("redirect_uri", true)]),
            &shapes::CLIENT,
        )
    },
    Operation {
        query: &[
            ("client_id", true),
            ("client_secret", true),
            ("grant_type", true),
            ("refresh_token", false),
        ],
        body: None,
        statuses: &[201, 400],
        ..post(Endpoint::Token, "/o/client/token", &[], (FORM, &[]), &shapes::TOKEN)
    },
    Operation {
        query: &[("profile", false)],
        ..get(
            Endpoint::Configuration,
            "/api/v2/{serviceProvider}/configuration",
            &[("authorization", true), ("accept", false), ("user-agent", false)],
            &shapes::CONFIGURATION,
        )
    },
    post(
        Endpoint::CreateSession,
        "/api/v2/{serviceProvider}/sessions",
        DEVICE_TYPED,
        (FORM, SESSION_FIELDS),
        &shapes::SESSION,
    ),
    post(
        Endpoint::ResumeSession,
        "/api/v2/{serviceProvider}/sessions/{code}",
        TYPED,
        (FORM, SESSION_FIELDS),
        &shapes::SESSION,
    ),
    get(
        Endpoint::RetrieveSession,
        "/api/v2/{serviceProvider}/sessions/{code}",
        COMMON,
        &shapes::SESSION_STATUS,
    ),
    Operation {
        call: Endpoint::Authenticate,
        method: "GET",
        path: "/api/v2/authenticate/{serviceProvider}/{code}",
        headers: &[("user-agent", false)],
        query: &[],
        body: None,
        statuses: &[200, 302, 400, 405, 500],
        success: None,
    },
    get(Endpoint::Profiles, "/api/v2/{serviceProvider}/profiles", DEVICE, &shapes::PROFILES),
    get(
        Endpoint::ProfileByMvpd,
        "/api/v2/{serviceProvider}/profiles/{mvpd}",
        DEVICE,
        &shapes::PROFILES,
    ),
    get(
        Endpoint::ProfileByCode,
        "/api/v2/{serviceProvider}/profiles/code/{code}",
        COMMON,
        &shapes::PROFILES,
    ),
    post(
        Endpoint::Preauthorize,
        "/api/v2/{serviceProvider}/decisions/preauthorize/{mvpd}",
        DEVICE_TYPED,
        (JSON, &[("resources", false)]),
        &shapes::DECISIONS,
    ),
    post(
        Endpoint::Authorize,
        "/api/v2/{serviceProvider}/decisions/authorize/{mvpd}",
        DEVICE_TYPED,
        (JSON, &[("resources", false)]),
        &shapes::DECISIONS,
    ),
    Operation {
        query: &[("redirectUrl", false)],
        statuses: &[200, 302, 400, 401, 405, 500],
        ..get(Endpoint::Logout, "/api/v2/{serviceProvider}/logout/{mvpd}", DEVICE, &shapes::LOGOUTS)
    },
    post(
        Endpoint::PartnerRequest,
        "/api/v2/{serviceProvider}/sessions/sso/{partner}",
        DEVICE_TYPED,
        (FORM, &[("domainName", true), ("redirectUrl", true)]),
        &shapes::SESSION,
    ),
    post(
        Endpoint::PartnerProfile,
        "/api/v2/{serviceProvider}/profiles/sso/{partner}",
        DEVICE_TYPED,
        (FORM, &[("SAMLResponse", true)]),
        &shapes::PROFILES,
    ),
];

impl Operation {
    pub(super) fn method(&self) -> Method {
        self.method.parse().unwrap()
    }
}

/// The description of a call, where there is one.
pub(super) fn of(call: Endpoint) -> Option<&'static Operation> {
    OPERATIONS.iter().find(|operation| operation.call == call)
}
