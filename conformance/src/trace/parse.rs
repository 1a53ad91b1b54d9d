//! Reading one request and its answer as they crossed the wire.
//!
//! Nothing in here fails: whatever a client sends becomes an [`Exchange`]; what cannot be read is left
//! out of the fields that would hold it, and stays visible in the raw ones.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use super::{Answer, Call, Exchange, Moment, Pairs, Pool, Text};

/// Names with values as recorded.
pub type RawPairs<'a> = Vec<(Cow<'a, str>, Cow<'a, str>)>;

/// A request and its answer as recorded, before anybody read them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RawExchange<'a> {
    /// When the request arrived.
    pub arrived: Moment,
    /// When its answer left; `None` when it never did.
    pub answered: Option<Moment>,
    /// The device (installation) it came from, counted from 0.
    pub device: u32,
    /// The run of the app on that device, counted from 0.
    pub run: u32,
    /// The method.
    pub method: String,
    /// Path and query as sent, or an absolute URL.
    pub target: String,
    /// The request's headers, in order, names in any case.
    pub headers: RawPairs<'a>,
    /// The request's body.
    pub body: Vec<u8>,
    /// What came back; `None` when nothing did.
    pub answer: Option<RawAnswer<'a>>,
    /// Whether the scenario asked for this answer: a fault that it injected.
    pub provoked: bool,
}

/// An answer as recorded.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RawAnswer<'a> {
    /// The HTTP status.
    pub status: u16,
    /// The headers, in order, names in any case.
    pub headers: RawPairs<'a>,
    /// The body as far as it was sent.
    pub body: Vec<u8>,
    /// Whether all of it was sent.
    pub complete: bool,
}

impl Exchange {
    /// Reads a request and its answer. What other exchanges of the pool hold, too, is held once.
    pub fn read(raw: RawExchange<'_>, pool: &Pool) -> Self {
        let (path, query) = split_target(&raw.target);
        let body = pool.body(&text(&raw.body));
        let route = Route::of(&raw.method, path, pool).unwrap_or_default();
        let mvpd = match route.call {
            Some(Call::CreateSession | Call::ResumeSession) => form_parameter(&body, "mvpd", pool),
            _ => route.mvpd,
        };
        let query = form_urlencoded::parse(query.as_bytes());
        Self {
            arrived: raw.arrived,
            answered: raw.answered,
            device: raw.device,
            run: raw.run,
            call: route.call,
            path: pool.text(path),
            query: pool.pairs(query.map(|(name, value)| (pool.text(&name), pool.text(&value)))),
            method: pool.text(&raw.method),
            headers: lower(&raw.headers, pool),
            body,
            service_provider: route.service_provider,
            mvpd,
            code: route.code,
            answer: raw.answer.map(|answer| Answer::read(&answer, pool)),
            provoked: raw.provoked,
        }
    }
}

impl Answer {
    fn read(raw: &RawAnswer<'_>, pool: &Pool) -> Self {
        Self {
            status: raw.status,
            headers: lower(&raw.headers, pool),
            body: pool.body(&text(&raw.body)),
            complete: raw.complete,
        }
    }
}

impl From<RawExchange<'_>> for Exchange {
    fn from(raw: RawExchange<'_>) -> Self {
        Self::read(raw, &Pool::default())
    }
}

/// What a method and a path mean.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Route {
    call: Option<Call>,
    service_provider: Option<Text>,
    mvpd: Option<Text>,
    code: Option<Text>,
}

impl Route {
    /// The documented call behind a method and a path, with what its path names. One trailing slash
    /// is accepted.
    fn of(method: &str, path: &str, pool: &Pool) -> Option<Self> {
        let path = path.strip_prefix('/')?;
        let segments: Vec<Cow<'_, str>> = path
            .strip_suffix('/')
            .unwrap_or(path)
            .split('/')
            .map(|segment| percent_decode_str(segment).decode_utf8_lossy())
            .collect();
        let segments: Vec<&str> = segments.iter().map(AsRef::as_ref).collect();
        match (method, segments.as_slice()) {
            ("POST", ["o", "client", "register"]) => Some(Self::only(Call::Register)),
            ("POST", ["o", "client", "token"]) => Some(Self::only(Call::Token)),
            ("DELETE", ["reset-tempass", "v3", "reset"])
            | ("DELETE", ["reset-tempass", "v3", "reset", "generic"]) => {
                Some(Self::only(Call::ResetTempPass))
            }
            ("GET", ["api", "v2", "authenticate", provider, code]) => {
                Some(Self::within(Call::Authenticate, provider, pool).code(code, pool))
            }
            (_, ["api", "v2", provider, rest @ ..]) => {
                Self::below_provider(method, provider, rest, pool)
            }
            _ => None,
        }
    }

    fn below_provider(method: &str, provider: &str, rest: &[&str], pool: &Pool) -> Option<Self> {
        let within = |call| Self::within(call, provider, pool);
        if rest.iter().any(|segment| segment.is_empty()) {
            return None;
        }
        Some(match (method, rest) {
            ("GET", ["configuration"]) => within(Call::Configuration),
            ("POST", ["sessions"]) => within(Call::CreateSession),
            ("POST", ["sessions", "sso", _partner]) => within(Call::PartnerRequest),
            ("POST", ["sessions", code]) => within(Call::ResumeSession).code(code, pool),
            ("GET", ["sessions", code]) => within(Call::RetrieveSession).code(code, pool),
            ("GET", ["profiles"]) => within(Call::Profiles),
            ("GET", ["profiles", "code", code]) => within(Call::ProfileByCode).code(code, pool),
            ("POST", ["profiles", "sso", _partner]) => within(Call::PartnerProfile),
            ("GET", ["profiles", mvpd]) => within(Call::ProfileByMvpd).mvpd(mvpd, pool),
            ("POST", ["decisions", "preauthorize", mvpd]) => {
                within(Call::Preauthorize).mvpd(mvpd, pool)
            }
            ("POST", ["decisions", "authorize", mvpd]) => within(Call::Authorize).mvpd(mvpd, pool),
            ("GET", ["logout", mvpd]) => within(Call::Logout).mvpd(mvpd, pool),
            _ => return None,
        })
    }

    fn only(call: Call) -> Self {
        Self { call: Some(call), ..Self::default() }
    }

    fn within(call: Call, service_provider: &str, pool: &Pool) -> Self {
        Self { service_provider: Some(pool.text(service_provider)), ..Self::only(call) }
    }

    fn mvpd(self, mvpd: &str, pool: &Pool) -> Self {
        Self { mvpd: Some(pool.text(mvpd)), ..self }
    }

    fn code(self, code: &str, pool: &Pool) -> Self {
        Self { code: Some(pool.text(code)), ..self }
    }
}

/// Path and query of a request target: origin form, or an absolute URL as captures hold it.
fn split_target(target: &str) -> (&str, &str) {
    let target = target.split_once('#').map_or(target, |(before, _)| before);
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let path = match path.split_once("://") {
        Some((scheme, rest)) if !scheme.contains('/') => {
            rest.find('/').map_or("/", |slash| &rest[slash..])
        }
        _ => path,
    };
    (path, query)
}

fn form_parameter(body: &str, name: &str, pool: &Pool) -> Option<Text> {
    form_urlencoded::parse(body.as_bytes())
        .find(|(key, value)| key == name && !value.is_empty())
        .map(|(_, value)| pool.text(&value))
}

fn lower(headers: &[(Cow<'_, str>, Cow<'_, str>)], pool: &Pool) -> Pairs {
    let name = |name: &str| match name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        true => pool.text(&name.to_ascii_lowercase()),
        false => pool.text(name),
    };
    pool.pairs(headers.iter().map(|(key, value)| (name(key), pool.text(value))))
}

fn text(body: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(body)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(method: &str, target: &str, body: &str) -> Exchange {
        Exchange::from(RawExchange {
            method: method.into(),
            target: target.into(),
            body: body.into(),
            ..RawExchange::default()
        })
    }

    fn call(method: &str, target: &str) -> Option<u8> {
        read(method, target, "").call.map(Call::number)
    }

    #[test]
    fn every_documented_call_is_recognised() {
        let documented = [
            ("POST", "/o/client/register", 1),
            ("POST", "/o/client/token", 2),
            ("GET", "/api/v2/REF30/configuration", 3),
            ("POST", "/api/v2/REF30/sessions", 4),
            ("POST", "/api/v2/REF30/sessions/8ER640M", 5),
            ("GET", "/api/v2/REF30/sessions/8ER640M", 6),
            ("GET", "/api/v2/authenticate/REF30/8ER640M", 7),
            ("GET", "/api/v2/REF30/profiles", 8),
            ("GET", "/api/v2/REF30/profiles/Cablevision", 9),
            ("GET", "/api/v2/REF30/profiles/code/8ER640M", 10),
            ("POST", "/api/v2/REF30/decisions/preauthorize/Cablevision", 11),
            ("POST", "/api/v2/REF30/decisions/authorize/Cablevision", 12),
            ("GET", "/api/v2/REF30/logout/Cablevision", 13),
            ("POST", "/api/v2/REF30/sessions/sso/Apple", 14),
            ("POST", "/api/v2/REF30/profiles/sso/Apple", 15),
            ("DELETE", "/reset-tempass/v3/reset", 16),
            ("DELETE", "/reset-tempass/v3/reset/generic", 16),
        ];
        for (method, path, number) in documented {
            for form in ["", "/", "?a=b", "/?a=b"] {
                assert_eq!(call(method, &format!("{path}{form}")), Some(number), "{path}{form}");
            }
            assert_eq!(call(method, &format!("https://host.example:8080{path}?x=1")), Some(number));
            assert_eq!(call("PATCH", path), None, "{path}");
            assert_eq!(call(method, &format!("{path}//")), None, "{path}//");
        }
    }

    #[test]
    fn the_cookbooks_singular_decision_is_no_documented_path() {
        assert_eq!(call("POST", "/api/v2/REF30/decision/authorize/Cablevision"), None);
        assert_eq!(call("GET", "/api/v2/REF30/Profiles"), None);
        assert_eq!(call("GET", "api/v2/REF30/profiles"), None);
        assert_eq!(call("GET", ""), None);
        assert_eq!(call("get", "/api/v2/REF30/profiles"), None);
    }

    #[test]
    fn path_names_are_decoded() {
        let exchange = read("GET", "/api/v2/my%20tv/profiles/A%2FB%C3%A9?q=a+b&q=%41", "");
        assert_eq!(exchange.service_provider.as_deref(), Some("my tv"));
        assert_eq!(exchange.mvpd.as_deref(), Some("A/Bé"));
        assert_eq!(exchange.path, "/api/v2/my%20tv/profiles/A%2FB%C3%A9");
        assert_eq!(*exchange.query, [("q".into(), "a b".into()), ("q".into(), "A".into())]);
    }

    #[test]
    fn the_mvpd_of_a_session_is_in_its_form() {
        let body = "domainName=adobe.com&mvpd=Cable%20vision";
        for target in ["/api/v2/REF30/sessions", "/api/v2/REF30/sessions/8ER640M"] {
            assert_eq!(read("POST", target, body).mvpd.as_deref(), Some("Cable vision"));
            assert_eq!(read("POST", target, "mvpd=").mvpd, None);
        }
        assert_eq!(read("POST", "/api/v2/REF30/sessions/sso/Apple", body).mvpd, None);
    }

    #[test]
    fn an_answer_is_json_only_when_all_of_it_came() {
        let answer = |body: &str, complete| {
            let headers = vec![("Content-Type".into(), "x".into())];
            let raw = RawAnswer { status: 200, headers, body: body.into(), complete };
            Answer::read(&raw, &Pool::default())
        };
        let a = |answer: Answer| answer.json().and_then(|json| json.get("a")?.as_i64());
        assert_eq!(a(answer("{\"a\":1}", true)), Some(1));
        assert_eq!(a(answer("{\"a\":1}", false)), None);
        assert_eq!(a(answer("{\"a\":1", true)), None);
        assert_eq!(answer("", true).headers[0].0, "content-type");
    }

    #[test]
    fn a_stored_exchange_has_its_json_again() {
        let mut raw = RawExchange { method: "GET".into(), ..RawExchange::default() };
        raw.answer = Some(RawAnswer {
            status: 200,
            body: "[1]".into(),
            complete: true,
            ..RawAnswer::default()
        });
        let exchange = Exchange::from(raw);
        let stored = serde_json::to_string(&exchange).unwrap();
        assert_eq!(serde_json::from_str::<Exchange>(&stored).unwrap(), exchange);
    }

    proptest! {
        #[test]
        fn no_input_is_too_strange(
            method in ".*",
            target in ".*",
            names in prop::collection::vec((".*", ".*"), 0..4),
            body in prop::collection::vec(any::<u8>(), 0..200),
            answer in prop::option::of((any::<u16>(), prop::collection::vec(any::<u8>(), 0..200), any::<bool>())),
        ) {
            let headers = names.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
            let exchange = Exchange::from(RawExchange {
                method: method.clone(), target, headers, body,
                answer: answer.map(|(status, body, complete)| RawAnswer { status, body, complete, headers: vec![] }),
                ..RawExchange::default()
            });
            prop_assert_eq!(&*exchange.method, &method);
            // The readers do not panic either.
            let _ = (exchange.form(), exchange.bearer(), exchange.error(), exchange.profiles());
            let _ = (exchange.session(), exchange.decisions(), exchange.resources(), exchange.token());
            let _ = (exchange.credentials(), exchange.logouts(), exchange.header("x"));
            let _ = (exchange.parameter("mvpd"), exchange.missing_parameters(), exchange.existing_mvpd());
            let _ = exchange.configured_mvpds();
        }

        #[test]
        fn names_survive_encoding(provider in "[^/]{1,12}", mvpd in "[^/]{1,12}") {
            prop_assume!(provider != "authenticate" && mvpd != "code" && mvpd != "sso");
            let encode = |text: &str| {
                percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
            };
            let target = format!("/api/v2/{}/profiles/{}", encode(&provider), encode(&mvpd));
            let exchange = read("GET", &target, "");
            prop_assert_eq!(exchange.call, Some(Call::ProfileByMvpd));
            prop_assert_eq!(exchange.service_provider.as_deref(), Some(&*provider));
            prop_assert_eq!(exchange.mvpd.as_deref(), Some(&*mvpd));
        }

        #[test]
        fn sessions_of_any_form_body_are_sessions(body in ".*") {
            let exchange = read("POST", "/api/v2/REF30/sessions", &body);
            prop_assert_eq!(exchange.call, Some(Call::CreateSession));
            prop_assert_eq!(exchange.body, body);
        }
    }
}
