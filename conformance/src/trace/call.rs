//! Which documented call a request is.

use serde::{Deserialize, Serialize};

/// The documented calls by their numbers in this project's documentation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Call {
    /// 1
    Register,
    /// 2
    Token,
    /// 3
    Configuration,
    /// 4
    CreateSession,
    /// 5
    ResumeSession,
    /// 6
    RetrieveSession,
    /// 7, a user agent's
    Authenticate,
    /// 8
    Profiles,
    /// 9
    ProfileByMvpd,
    /// 10
    ProfileByCode,
    /// 11
    Preauthorize,
    /// 12
    Authorize,
    /// 13
    Logout,
    /// 14
    PartnerRequest,
    /// 15
    PartnerProfile,
    /// 16
    ResetTempPass,
}

impl Call {
    /// The call's number.
    pub const fn number(self) -> u8 {
        self as u8 + 1
    }

    /// Whether it needs an access token and is judged as such: calls 3–6 and 8–15.
    pub const fn is_protected(self) -> bool {
        !matches!(self, Self::Register | Self::Token | Self::Authenticate | Self::ResetTempPass)
    }

    /// `METHOD /path` as the reference writes it.
    pub const fn signature(self) -> &'static str {
        match self {
            Self::Register => "POST /o/client/register",
            Self::Token => "POST /o/client/token",
            Self::Configuration => "GET /api/v2/{serviceProvider}/configuration",
            Self::CreateSession => "POST /api/v2/{serviceProvider}/sessions",
            Self::ResumeSession => "POST /api/v2/{serviceProvider}/sessions/{code}",
            Self::RetrieveSession => "GET /api/v2/{serviceProvider}/sessions/{code}",
            Self::Authenticate => "GET /api/v2/authenticate/{serviceProvider}/{code}",
            Self::Profiles => "GET /api/v2/{serviceProvider}/profiles",
            Self::ProfileByMvpd => "GET /api/v2/{serviceProvider}/profiles/{mvpd}",
            Self::ProfileByCode => "GET /api/v2/{serviceProvider}/profiles/code/{code}",
            Self::Preauthorize => "POST /api/v2/{serviceProvider}/decisions/preauthorize/{mvpd}",
            Self::Authorize => "POST /api/v2/{serviceProvider}/decisions/authorize/{mvpd}",
            Self::Logout => "GET /api/v2/{serviceProvider}/logout/{mvpd}",
            Self::PartnerRequest => "POST /api/v2/{serviceProvider}/sessions/sso/{partner}",
            Self::PartnerProfile => "POST /api/v2/{serviceProvider}/profiles/sso/{partner}",
            Self::ResetTempPass => "DELETE /reset-tempass/v3/reset",
        }
    }
}
