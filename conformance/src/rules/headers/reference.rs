//! What the reference pages know of each call: parameters, headers, the media type of a body.
//!
//! From the newest pages below `rest-apis/rest-api-v2/apis/` and `rest-apis/rest-api-dcr/apis/`, and
//! from Adobe's OpenAPI files where they know more.

use crate::trace::Call;

/// What a call knows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reference {
    /// Query parameters.
    pub(crate) query: &'static [&'static str],
    /// Parameters of the body; none for a call without one.
    pub(crate) parameters: &'static [&'static str],
    /// The form of the body, for a call that has one.
    pub(crate) body: Option<Body>,
    /// `AP-*` and `AD-*` headers, in lower case, besides those of [`EVERYWHERE`].
    pub(crate) headers: &'static [&'static str],
}

/// The form of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Body {
    /// Parameters as a browser's form sends them.
    Form,
    /// A JSON object.
    Json,
}

impl Body {
    /// Its media type.
    pub(crate) const fn media_type(self) -> &'static str {
        match self {
            Self::Form => "application/x-www-form-urlencoded",
            Self::Json => "application/json",
        }
    }
}

/// Headers that every call may carry: the device headers because the checklist wants them on every
/// request, the visitor identifier because the page about Experience Cloud ID wants it on all APIs.
pub(crate) const EVERYWHERE: [&str; 2] = ["ap-device-identifier", "ap-visitor-identifier"];

const SERVICE_TOKEN: &str = "ad-service-token";
const PARTNER_STATUS: &str = "ap-partner-framework-status";
const IDENTITY: &str = "ap-temppass-identity";

const SESSION: &[&str] = &["mvpd", "domainName", "redirectUrl"];

/// What the reference knows of a call.
pub(crate) const fn of(call: Call) -> Reference {
    match call {
        Call::Register => body(Body::Json, &["software_statement", "redirect_uri"], &[]),
        Call::Token => Reference {
            query: &["client_id", "client_secret", "grant_type", "refresh_token"],
            ..body(Body::Form, &["client_id", "client_secret", "grant_type"], &[])
        },
        Call::Configuration => query(&["profile"], &[]),
        Call::CreateSession => body(Body::Form, SESSION, &[SERVICE_TOKEN]),
        Call::ResumeSession => body(Body::Form, SESSION, &[]),
        Call::RetrieveSession | Call::Authenticate => query(&[], &[]),
        Call::Profiles => query(&[], &[SERVICE_TOKEN, PARTNER_STATUS]),
        Call::ProfileByMvpd => query(&[], &[SERVICE_TOKEN, PARTNER_STATUS, IDENTITY]),
        Call::ProfileByCode => query(&[], &[IDENTITY]),
        Call::Preauthorize | Call::Authorize => {
            body(Body::Json, &["resources"], &[SERVICE_TOKEN, PARTNER_STATUS, IDENTITY])
        }
        Call::Logout => query(&["redirectUrl"], &[SERVICE_TOKEN]),
        Call::PartnerRequest => body(Body::Form, &["domainName", "redirectUrl"], &[PARTNER_STATUS]),
        Call::PartnerProfile => body(Body::Form, &["SAMLResponse"], &[PARTNER_STATUS]),
        Call::ResetTempPass => query(&["requestor_id", "mvpd_id", "device_id", "key"], &[]),
    }
}

const fn query(query: &'static [&'static str], headers: &'static [&'static str]) -> Reference {
    Reference { query, parameters: &[], body: None, headers }
}

const fn body(
    body: Body,
    parameters: &'static [&'static str],
    headers: &'static [&'static str],
) -> Reference {
    Reference { query: &[], parameters, body: Some(body), headers }
}
