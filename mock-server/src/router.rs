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

/// Finds the call that a method and a path (still percent-encoded) lead to. One trailing slash is
/// accepted on any path.
pub fn route(method: &Method, path: &str) -> Route {
    let Some(path) = path.strip_prefix('/') else { return Route::NotFound };
    let path = path.strip_suffix('/').unwrap_or(path);
    let mut segments = [""; MAX_SEGMENTS];
    let mut count = 0;
    for segment in path.split('/') {
        // Only pages may be deeper; what comes after the sixth segment does not tell them apart.
        if count == MAX_SEGMENTS {
            return match segments[0] {
                "mvpd" => Route::Found(Endpoint::Page, Params::default()),
                _ => Route::NotFound,
            };
        }
        segments[count] = segment;
        count += 1;
    }
    match_segments(method, &segments[..count])
}

/// The longest documented path has this many segments.
const MAX_SEGMENTS: usize = 6;

const GET: &[Method] = &[Method::GET];
const POST: &[Method] = &[Method::POST];
const DELETE: &[Method] = &[Method::DELETE];
const GET_POST: &[Method] = &[Method::GET, Method::POST];

fn match_segments(method: &Method, path: &[&str]) -> Route {
    use Endpoint as E;
    let none = Params::default;
    match *path {
        ["api", "v2", ref rest @ ..] => match_api(method, rest),
        ["o", "client", "register"] => only(method, POST, E::Register, none),
        ["o", "client", "token"] => only(method, POST, E::Token, none),
        ["reset-tempass", "v3", "reset"] => only(method, DELETE, E::ResetTempPass, none),
        ["reset-tempass", "v3", "reset", "generic"] => {
            only(method, DELETE, E::ResetTempPassGeneric, none)
        }
        ["mvpd", ..] => Route::Found(E::Page, none()),
        _ => Route::NotFound,
    }
}

/// What follows `/api/v2/`.
fn match_api(method: &Method, path: &[&str]) -> Route {
    use Endpoint as E;
    let sp = |id: &str| Params { service_provider: Some(decode(id)), ..Params::default() };
    let mvpd = |id: &str, mvpd: &str| Params { mvpd: Some(decode(mvpd)), ..sp(id) };
    let code = |id: &str, code: &str| Params { code: Some(decode(code)), ..sp(id) };
    let partner = |id: &str, name: &str| Params { partner: Some(decode(name)), ..sp(id) };
    match *path {
        ["authenticate", id, c] => only(method, GET, E::Authenticate, || code(id, c)),
        [id, "configuration"] => only(method, GET, E::Configuration, || sp(id)),
        [id, "sessions"] => only(method, POST, E::CreateSession, || sp(id)),
        [id, "sessions", c] => {
            let resume = *method == Method::POST;
            let endpoint = if resume { E::ResumeSession } else { E::RetrieveSession };
            only(method, GET_POST, endpoint, || code(id, c))
        }
        [id, "profiles"] => only(method, GET, E::Profiles, || sp(id)),
        [id, "profiles", m] => only(method, GET, E::ProfileByMvpd, || mvpd(id, m)),
        [id, "profiles", "code", c] => only(method, GET, E::ProfileByCode, || code(id, c)),
        [id, "decisions", "preauthorize", m] => only(method, POST, E::Preauthorize, || mvpd(id, m)),
        [id, "decisions", "authorize", m] => only(method, POST, E::Authorize, || mvpd(id, m)),
        [id, "logout", m] => only(method, GET, E::Logout, || mvpd(id, m)),
        [id, "sessions", "sso", p] => only(method, POST, E::PartnerRequest, || partner(id, p)),
        [id, "profiles", "sso", p] => only(method, POST, E::PartnerProfile, || partner(id, p)),
        _ => Route::NotFound,
    }
}

fn only(
    method: &Method,
    allowed: &'static [Method],
    endpoint: Endpoint,
    params: impl FnOnce() -> Params,
) -> Route {
    if allowed.contains(method) {
        Route::Found(endpoint, params())
    } else {
        Route::WrongMethod(allowed)
    }
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
