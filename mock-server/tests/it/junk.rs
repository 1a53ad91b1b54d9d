//! Input of any kind is answered without a 5xx and without harm.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use pass_mock::http::{Reply, Request};
use pass_mock::journal::Capacity;
use pass_mock::throttle::ThrottleSettings;
use pass_mock::{App, MockServer, pipeline};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::harness::{Mock, Raw};

/// What paths are made of, so that some lead somewhere.
fn segment() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => prop::sample::select(vec![
            "api", "v2", "o", "client", "register", "token", "REF30", "apasstest1", "configuration", "sessions",
            "profiles", "code", "decisions", "authorize", "preauthorize", "logout", "authenticate", "sso", "Apple",
            "Cablevision", "Dish", "8ER640M", "mvpd", "login", "reset-tempass", "v3", "reset", "generic",
        ]).prop_map(str::to_owned),
        1 => "[A-Z0-9]{0,9}",
        1 => "(%[0-9a-fA-F]{2}){1,4}",
        1 => "[!-~&&[^?#/]]{0,6}",
    ]
}

fn path() -> impl Strategy<Value = String> {
    let documented = prop::sample::select(vec![
        "/o/client/register",
        "/o/client/token",
        "/api/v2/REF30/configuration",
        "/api/v2/REF30/sessions",
        "/api/v2/REF30/sessions/8ER640M",
        "/api/v2/authenticate/REF30/8ER640M",
        "/api/v2/REF30/profiles",
        "/api/v2/REF30/profiles/Dish",
        "/api/v2/REF30/profiles/code/8ER640M",
        "/api/v2/REF30/decisions/preauthorize/Dish",
        "/api/v2/REF30/decisions/authorize/Dish",
        "/api/v2/REF30/logout/Dish",
        "/api/v2/REF30/sessions/sso/Apple",
        "/api/v2/REF30/profiles/sso/Apple",
        "/reset-tempass/v3/reset",
        "/reset-tempass/v3/reset/generic",
        "/mvpd/Dish/login",
    ]);
    prop_oneof![
        documented.prop_map(str::to_owned),
        prop::collection::vec(segment(), 0..8)
            .prop_map(|segments| format!("/{}", segments.join("/"))),
    ]
}

fn method() -> impl Strategy<Value = Method> {
    let known = vec![Method::GET, Method::POST, Method::DELETE, Method::OPTIONS, Method::HEAD];
    prop_oneof![
        9 => prop::sample::select(known),
        1 => "[A-Z]{1,8}".prop_map(|name| Method::from_bytes(name.as_bytes()).unwrap()),
    ]
}

/// Values that a parser may stumble over.
fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        ".{0,40}",
        "[A-Za-z0-9+/]{0,40}={0,2}",
        "fingerprint [A-Za-z0-9+/]{0,24}={0,2}",
        "Bearer [!-~]{0,40}",
        "(%[0-9a-fA-F]{2}){0,8}",
        "[A-Za-z0-9_-]{0,20}\\.[A-Za-z0-9_-]{0,20}\\.[A-Za-z0-9_-]{0,20}",
        Just("https://tv.example/done".to_owned()),
        Just("Dish".to_owned()),
    ]
}

fn headers() -> impl Strategy<Value = Vec<(&'static str, String)>> {
    let names = vec![
        "authorization",
        "ap-device-identifier",
        "x-device-info",
        "content-type",
        "x-forwarded-for",
        "user-agent",
        "origin",
        "host",
        "cookie",
        "accept",
        "access-control-request-method",
        "ap-temppass-identity",
        "ad-service-token",
        "adobe-subject-token",
        "ap-partner-framework-status",
        "referer",
        "accept-language",
    ];
    prop::collection::vec((prop::sample::select(names), value()), 0..6)
}

/// Forms and JSON with the documented names and any values, and anything at all.
fn body() -> impl Strategy<Value = (Option<&'static str>, Vec<u8>)> {
    let names = vec![
        "mvpd",
        "domainName",
        "redirectUrl",
        "client_id",
        "client_secret",
        "grant_type",
        "SAMLResponse",
        "username",
        "password",
        "requestor_id",
        "mvpd_id",
        "device_id",
    ];
    let pairs = prop::collection::vec((prop::sample::select(names), value()), 0..5);
    let form = pairs.prop_map(|pairs| {
        let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        (Some("application/x-www-form-urlencoded"), form.into_bytes())
    });
    let resources = prop::collection::vec(value(), 0..7).prop_map(|resources| {
        let json = json!({ "resources": resources, "software_statement": "e30.e30.e30" });
        (Some("application/json"), json.to_string().into_bytes())
    });
    let deep = (0..3000_usize).prop_map(|depth| {
        (Some("application/json"), format!("{{\"resources\":{}", "[".repeat(depth)).into_bytes())
    });
    let any = prop::collection::vec(any::<u8>(), 0..200).prop_map(|bytes| (None, bytes));
    prop_oneof![3 => form, 3 => resources, 1 => deep, 1 => any]
}

prop_compose! {
    pub(crate) fn request()(
        method in method(), path in path(), query in prop::option::of(value()), headers in headers(),
        (media_type, body) in body(), credentials: bool, oversized in prop::bool::weighted(0.02),
    ) -> (Request, bool) {
        let mut request = Request { query, oversized, ..Request::new(method, &path) };
        for (name, value) in headers {
            if let Ok(value) = HeaderValue::from_bytes(value.as_bytes()) {
                request.headers.append(HeaderName::from_static(name), value);
            }
        }
        if let Some(media_type) = media_type {
            request = request.with_header("content-type", media_type);
        }
        request.body = Bytes::from(body);
        (request, credentials)
    }
}

/// What an application with a token and a device sends.
pub(crate) fn with_credentials(request: &mut Request, token: &str) {
    let mut headers = HeaderMap::new();
    let device = HeaderValue::from_static("fingerprint ZGV2aWNl");
    headers.insert("authorization", HeaderValue::try_from(format!("Bearer {token}")).unwrap());
    headers.insert("ap-device-identifier", device);
    request.headers.extend(headers);
}

/// An access token, as an application gets one.
pub(crate) async fn token(app: &Arc<App>) -> String {
    let statement = app.fixtures.load().first_software_statement().unwrap().to_owned();
    let register = Request::new(Method::POST, "/o/client/register")
        .with_body("application/json", json!({ "software_statement": statement }).to_string());
    let client: Value = body_of(pipeline::handle(app, register).await);
    let form = format!(
        "grant_type=client_credentials&client_id={}&client_secret={}",
        client["client_id"].as_str().unwrap(),
        client["client_secret"].as_str().unwrap(),
    );
    let exchange = Request::new(Method::POST, "/o/client/token")
        .with_body("application/x-www-form-urlencoded", form);
    let token = body_of(pipeline::handle(app, exchange).await);
    token["access_token"].as_str().unwrap().to_owned()
}

fn body_of(answer: Reply) -> Value {
    serde_json::from_slice(&answer.whole().unwrap().body).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn no_request_makes_a_5xx(requests in prop::collection::vec(request(), 1..12)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let app = MockServer::builder()
            .seed(1)
            .throttle(ThrottleSettings::OFF)
            .journal(Capacity::UNLIMITED)
            .into_app();
        let token = runtime.block_on(token(&app));
        let total = requests.len() + 2;
        for (mut request, credentials) in requests {
            if credentials {
                with_credentials(&mut request, &token);
            }
            let shown = format!("{request:?}");
            let answer = runtime.block_on(pipeline::handle(&app, request)).whole().unwrap();
            prop_assert!(!answer.status.is_server_error(), "{} for {}", answer.status, shown);
        }
        prop_assert_eq!(app.journal.len(), total);
    }
}

#[tokio::test]
async fn bytes_that_are_no_request_harm_nobody() {
    let mock = Mock::start().await;
    let pieces: Vec<&[u8]> = vec![
        b"",
        b"\0",
        b"\r\n\r\n",
        b"GET",
        b"GET / HTTP/1.1",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET  HTTP/1.1\r\n\r\n",
        b"G\xff\xfe / HTTP/1.1\r\n\r\n",
        b"GET /\xff\xfe HTTP/1.1\r\nhost: x\r\n\r\n",
        b"GET /%zz%\xc3\x28 HTTP/1.1\r\nhost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
        b"GET / HTTP/1.1\r\nx: \x01\x02\r\n\r\n",
        b"POST / HTTP/1.1\r\ncontent-length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nx",
        b"POST / HTTP/1.1\r\ncontent-length: 99999999999999999999\r\n\r\nx",
        b"POST / HTTP/1.1\r\ncontent-length: 18446744073709551614\r\n\r\nx",
        b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nffffffffffffffff\r\nx",
        b"POST / HTTP/1.1\r\ntransfer-encoding: gzip\r\ncontent-length: 3\r\n\r\nabc",
        b"CONNECT example.com:443 HTTP/1.1\r\nhost: x\r\n\r\n",
        b"OPTIONS * HTTP/1.1\r\nhost: x\r\n\r\n",
        b"GET http://other.example/api/v2/x HTTP/1.1\r\nhost: x\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: x\r\nexpect: something\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ];
    for piece in pieces {
        let shown = String::from_utf8_lossy(piece).into_owned();
        let mut raw = Raw::open(mock.address()).await;
        raw.send(piece).await;
        raw.finish().await;
        let answer = raw.rest().await;
        let status = answer.get(9..12).unwrap_or("none");
        assert!(answer.is_empty() || status < "500", "{shown:?}: {answer}");
    }
    assert_eq!(mock.get("/nothing").send().await.status, StatusCode::NOT_FOUND);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_make_a_5xx(
        noise in prop::collection::vec(any::<u8>(), 0..300),
        at in any::<prop::sample::Index>(),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let answer = runtime.block_on(async {
            let mock = Mock::start().await;
            let sound = b"POST /api/v2/REF30/sessions HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\nmvpd=";
            let mut bytes = sound.to_vec();
            let at = at.index(bytes.len());
            bytes.splice(at..at, noise);
            let mut raw = Raw::open(mock.address()).await;
            raw.send(bytes).await;
            raw.finish().await;
            let answer = raw.rest().await;
            assert_eq!(mock.get("/nothing").send().await.status, StatusCode::NOT_FOUND);
            answer
        });
        prop_assert!(answer.is_empty() || answer.get(9..12).unwrap_or("none") < "500", "{}", answer);
    }
}
