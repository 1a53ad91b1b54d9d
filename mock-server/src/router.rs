//! Method and path to [`Endpoint`].

use http::Method;
use percent_encoding::percent_decode_str;

/// Every documented call, and the pages around them.
///
/// The numbers are those of the calls in this project's documentation (1 to 16).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Endpoint {
    /// 1: `POST /o/client/register`
    Register,
    /// 2: `POST /o/client/token`
    Token,
    /// 3: `GET /api/v2/{sp}/configuration`
    Configuration,
    /// 4: `POST /api/v2/{sp}/sessions`
    CreateSession,
    /// 5: `POST /api/v2/{sp}/sessions/{code}`
    ResumeSession,
    /// 6: `GET /api/v2/{sp}/sessions/{code}`
    RetrieveSession,
    /// 7: `GET /api/v2/authenticate/{sp}/{code}`
    Authenticate,
    /// 8: `GET /api/v2/{sp}/profiles`
    Profiles,
    /// 9: `GET /api/v2/{sp}/profiles/{mvpd}`
    ProfileByMvpd,
    /// 10: `GET /api/v2/{sp}/profiles/code/{code}`
    ProfileByCode,
    /// 11: `POST /api/v2/{sp}/decisions/preauthorize/{mvpd}`
    Preauthorize,
    /// 12: `POST /api/v2/{sp}/decisions/authorize/{mvpd}`
    Authorize,
    /// 13: `GET /api/v2/{sp}/logout/{mvpd}`
    Logout,
    /// 14: `POST /api/v2/{sp}/sessions/sso/{partner}`
    PartnerRequest,
    /// 15: `POST /api/v2/{sp}/profiles/sso/{partner}`
    PartnerProfile,
    /// 16: `DELETE /reset-tempass/v3/reset`
    ResetTempPass,
    /// 16: `DELETE /reset-tempass/v3/reset/generic`
    ResetTempPassGeneric,
    /// Pages of the simulated MVPD and of the second screen: not part of the API.
    Page,
}

/// What the variable segments of a path held, percent-decoded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Params {
    /// `{sp}`
    pub service_provider: Option<String>,
    /// `{mvpd}`
    pub mvpd: Option<String>,
    /// `{code}`
    pub code: Option<String>,
    /// `{partner}`
    pub partner: Option<String>,
}

/// What a method and path lead to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    /// A documented call or a page.
    Found(Endpoint, Params),
    /// The path exists, but only for these methods.
    WrongMethod(&'static [Method]),
    /// Nothing is there.
    NotFound,
}

impl Endpoint {
    /// The name used in the journal, in fault rules and in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Register => "register",
            Self::Token => "token",
            Self::Configuration => "configuration",
            Self::CreateSession => "create_session",
            Self::ResumeSession => "resume_session",
            Self::RetrieveSession => "retrieve_session",
            Self::Authenticate => "authenticate",
            Self::Profiles => "profiles",
            Self::ProfileByMvpd => "profile_by_mvpd",
            Self::ProfileByCode => "profile_by_code",
            Self::Preauthorize => "preauthorize",
            Self::Authorize => "authorize",
            Self::Logout => "logout",
            Self::PartnerRequest => "partner_request",
            Self::PartnerProfile => "partner_profile",
            Self::ResetTempPass => "reset_temp_pass",
            Self::ResetTempPassGeneric => "reset_temp_pass_generic",
            Self::Page => "page",
        }
    }
}

/// One segment of a path, decoded; bytes that are no UTF-8 become replacement characters.
pub(crate) fn decode(segment: &str) -> String {
    percent_decode_str(segment).decode_utf8_lossy().into_owned()
}
