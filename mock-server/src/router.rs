//! Method and path to [`Endpoint`].

use std::borrow::Cow;

use http::Method;
use percent_encoding::percent_decode_str;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use smol_str::SmolStr;

use crate::config::nearest;

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
    pub service_provider: Option<SmolStr>,
    /// `{mvpd}`
    pub mvpd: Option<SmolStr>,
    /// `{code}`
    pub code: Option<SmolStr>,
    /// `{partner}`
    pub partner: Option<SmolStr>,
}

/// What a method and path lead to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    /// A documented call or a page.
    Found(Endpoint, Params),
    /// The path of this call exists, but only for these methods.
    WrongMethod(Endpoint, &'static [Method]),
    /// Nothing is there.
    NotFound,
}

impl Route {
    /// The call that this is.
    pub fn endpoint(&self) -> Option<Endpoint> {
        match self {
            Self::Found(endpoint, _) => Some(*endpoint),
            Self::WrongMethod(..) | Self::NotFound => None,
        }
    }
}

/// Whether requests for a path count against a device's allowance, existing or not: all of
/// `/o/client/` and `/api/v2/` does.
pub fn is_throttled(path: &str) -> bool {
    if path.starts_with("/api/v2/") || path.starts_with("/o/client/") {
        return true;
    }
    let mut segments = path.split('/').skip(1);
    let mut next = || segments.next().unwrap_or_default();
    matches!((&*decode(next()), &*decode(next())), ("api", "v2") | ("o", "client"))
}

/// Finds the call that a method and a path (still percent-encoded) lead to. One trailing slash is
/// accepted on any path.
pub fn route(method: &Method, path: &str) -> Route {
    let Some(path) = path.strip_prefix('/') else { return Route::NotFound };
    let path = path.strip_suffix('/').unwrap_or(path);
    let mut segments = [""; MAX_SEGMENTS];
    let (mut count, mut begin) = (0, 0);
    // By hand, as the segments are too short for a search to pay.
    let ends = path.bytes().enumerate().filter(|(_, byte)| *byte == b'/').map(|(at, _)| at);
    for end in ends.chain([path.len()]) {
        // Only pages may be deeper; what comes after the sixth segment does not tell them apart.
        let Some(place) = segments.get_mut(count) else {
            return match &*decode(segments[0]) {
                "mvpd" | "activate" => Route::Found(Endpoint::Page, Params::default()),
                _ => Route::NotFound,
            };
        };
        *place = &path[begin..end];
        (count, begin) = (count + 1, end + 1);
    }
    if !path.contains('%') {
        return match_segments(method, &segments[..count]);
    }
    let decoded = segments.map(decode);
    match_segments(method, &decoded.each_ref().map(|segment| &**segment)[..count])
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
        ["mvpd" | "activate", ..] => Route::Found(E::Page, none()),
        _ => Route::NotFound,
    }
}

/// What follows `/api/v2/`.
fn match_api(method: &Method, path: &[&str]) -> Route {
    use Endpoint as E;
    let sp = |id: &str| Params { service_provider: Some(id.into()), ..Params::default() };
    let mvpd = |id: &str, mvpd: &str| Params { mvpd: Some(mvpd.into()), ..sp(id) };
    let code = |id: &str, code: &str| Params { code: Some(code.into()), ..sp(id) };
    let partner = |id: &str, name: &str| Params { partner: Some(name.into()), ..sp(id) };
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
        Route::WrongMethod(endpoint, allowed)
    }
}

impl Endpoint {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 18] = [
        Self::Register,
        Self::Token,
        Self::Configuration,
        Self::CreateSession,
        Self::ResumeSession,
        Self::RetrieveSession,
        Self::Authenticate,
        Self::Profiles,
        Self::ProfileByMvpd,
        Self::ProfileByCode,
        Self::Preauthorize,
        Self::Authorize,
        Self::Logout,
        Self::PartnerRequest,
        Self::PartnerProfile,
        Self::ResetTempPass,
        Self::ResetTempPassGeneric,
        Self::Page,
    ];

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

    /// What the call is called in the documentation, in words.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Register => "Retrieve client credentials",
            Self::Token => "Retrieve access token",
            Self::Configuration => "Retrieve configuration",
            Self::CreateSession => "Create authentication session",
            Self::ResumeSession => "Resume authentication session",
            Self::RetrieveSession => "Retrieve authentication session",
            Self::Authenticate => "Authenticate in user agent",
            Self::Profiles => "Retrieve profiles",
            Self::ProfileByMvpd => "Retrieve profile for an MVPD",
            Self::ProfileByCode => "Retrieve profile for a code",
            Self::Preauthorize => "Retrieve preauthorization decisions",
            Self::Authorize => "Retrieve authorization decisions",
            Self::Logout => "Initiate logout",
            Self::PartnerRequest => "Retrieve partner authentication request",
            Self::PartnerProfile => "Retrieve profile from partner response",
            Self::ResetTempPass => "Reset TempPass",
            Self::ResetTempPassGeneric => "Reset TempPass for an identity",
            Self::Page => "Page of the provider",
        }
    }

    /// The call of a name.
    ///
    /// # Errors
    /// When there is none: what there is instead.
    pub fn find(name: &str) -> Result<Self, String> {
        let known = || Self::ALL.iter().map(|endpoint| endpoint.name());
        Self::ALL.into_iter().find(|endpoint| endpoint.name() == name).ok_or_else(|| {
            let hint = match nearest(name, known()) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => format!("there are {}", known().collect::<Vec<_>>().join(", ")),
            };
            format!("no call is named `{name}`; {hint}")
        })
    }
}

impl Serialize for Endpoint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Endpoint {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = Cow::<str>::deserialize(deserializer)?;
        Self::find(&name).map_err(de::Error::custom)
    }
}

impl JsonSchema for Endpoint {
    fn schema_name() -> Cow<'static, str> {
        "Endpoint".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "The name of a documented call, or `page` for the pages of the provider and of the second screen.",
            "enum": Self::ALL.map(Self::name),
        })
    }
}

/// One segment of a path, decoded; bytes that are no UTF-8 become replacement characters.
pub(crate) fn decode(segment: &str) -> Cow<'_, str> {
    percent_decode_str(segment).decode_utf8_lossy()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn found(method: &Method, path: &str) -> (Endpoint, Params) {
        match route(method, path) {
            Route::Found(endpoint, params) => (endpoint, params),
            other => panic!("{method} {path}: {other:?}"),
        }
    }

    fn params(sp: &str) -> Params {
        Params { service_provider: Some(sp.into()), ..Params::default() }
    }

    #[test]
    fn every_documented_call_is_found() {
        use Endpoint as E;
        let (get, post, delete) = (&Method::GET, &Method::POST, &Method::DELETE);
        let calls = [
            (post, "/o/client/register", E::Register),
            (post, "/o/client/token", E::Token),
            (get, "/api/v2/REF30/configuration", E::Configuration),
            (post, "/api/v2/REF30/sessions", E::CreateSession),
            (post, "/api/v2/REF30/sessions/8ER640M", E::ResumeSession),
            (get, "/api/v2/REF30/sessions/8ER640M", E::RetrieveSession),
            (get, "/api/v2/authenticate/REF30/8ER640M", E::Authenticate),
            (get, "/api/v2/REF30/profiles", E::Profiles),
            (get, "/api/v2/REF30/profiles/Cablevision", E::ProfileByMvpd),
            (get, "/api/v2/REF30/profiles/code/8ER640M", E::ProfileByCode),
            (post, "/api/v2/REF30/decisions/preauthorize/Cablevision", E::Preauthorize),
            (post, "/api/v2/REF30/decisions/authorize/Cablevision", E::Authorize),
            (get, "/api/v2/REF30/logout/Cablevision", E::Logout),
            (post, "/api/v2/REF30/sessions/sso/Apple", E::PartnerRequest),
            (post, "/api/v2/REF30/profiles/sso/Apple", E::PartnerProfile),
            (delete, "/reset-tempass/v3/reset", E::ResetTempPass),
            (delete, "/reset-tempass/v3/reset/generic", E::ResetTempPassGeneric),
            (post, "/mvpd/Cablevision/login/with/many/more/segments", E::Page),
            (get, "/activate", E::Page),
            (get, "/activate/REF30/8ER640M/done", E::Page),
            (post, "/activate/with/many/more/segments/than/it/has", E::Page),
        ];
        for (method, path, endpoint) in calls {
            assert_eq!(found(method, path).0, endpoint, "{path}");
            assert_eq!(found(method, &format!("{path}/")).0, endpoint, "{path}/");
            let Route::WrongMethod(_, allowed) = route(&Method::PATCH, path) else {
                assert_eq!(endpoint, E::Page, "{path}");
                continue;
            };
            assert!(allowed.contains(method), "{path}");
        }
    }

    #[test]
    fn variable_segments_are_decoded_once() {
        let (_, got) = found(&Method::GET, "/api/v2/R%45F30/profiles/a%2Fb%2520%C3%A9");
        assert_eq!(got, Params { mvpd: Some("a/b%20é".into()), ..params("REF30") });
        let (endpoint, _) = found(&Method::GET, "/api/v2/REF30/%70rofiles");
        assert_eq!(endpoint, Endpoint::Profiles);
    }

    #[test]
    fn an_empty_segment_is_an_empty_parameter() {
        let (endpoint, got) = found(&Method::GET, "/api/v2//configuration");
        assert_eq!((endpoint, got), (Endpoint::Configuration, params("")));
        let (endpoint, got) = found(&Method::GET, "/api/v2/REF30/profiles//");
        assert_eq!(endpoint, Endpoint::ProfileByMvpd);
        assert_eq!(got, Params { mvpd: Some(SmolStr::default()), ..params("REF30") });
    }

    #[test]
    fn other_paths_lead_nowhere() {
        let paths = [
            "",
            "*",
            "/",
            "//",
            "/api/v2",
            "/api/v2/REF30",
            "/api/v2/REF30/decision/authorize/Cablevision",
            "/api/v2/sessions/REF30/8BLW4RW",
            "/api/v2/REF30/profiles/code/8ER640M/more",
            "/API/v2/REF30/profiles",
            "/o/client/scopes",
            "/mvpdx",
            "/activated",
        ];
        for path in paths {
            assert_eq!(route(&Method::GET, path), Route::NotFound, "{path}");
        }
    }

    #[test]
    fn what_counts_for_the_throttle() {
        for path in
            ["/api/v2/", "/api/v2/REF30/x", "/o/client/scopes", "/%61pi/v2/authenticate/a/b"]
        {
            assert!(is_throttled(path), "{path}");
        }
        for path in [
            "/",
            "/api/v22/x",
            "/api",
            "/mvpd/api/v2",
            "/activate/api/v2",
            "/reset-tempass/v3/reset",
            "x",
        ] {
            assert!(!is_throttled(path), "{path}");
        }
    }

    proptest! {
        #[test]
        fn any_path_has_an_answer(path in "(/[a-z0-9%/]{0,12}){0,8}", any in ".*") {
            for method in [Method::GET, Method::POST, Method::from_bytes(b"BREW").unwrap()] {
                route(&method, &path);
                route(&method, &any);
                is_throttled(&any);
            }
        }

        #[test]
        fn ids_come_through_percent_encoding(sp in ".{1,12}", mvpd in ".{1,12}") {
            let encode = |text: &str| {
                percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC)
                    .to_string()
            };
            let path = format!("/api/v2/{}/logout/{}", encode(&sp), encode(&mvpd));
            let (endpoint, got) = found(&Method::GET, &path);
            prop_assert_eq!(endpoint, Endpoint::Logout);
            prop_assert_eq!(got, Params { mvpd: Some(mvpd.into()), ..params(&sp) });
        }

        #[test]
        fn whatever_the_throttled_calls_are_called_they_count(sp in "[A-Z0-9]{0,8}", last in "[a-z]{0,8}") {
            let path = format!("/api/v2/{sp}/{last}");
            prop_assert!(is_throttled(&path));
        }
    }
}
