//! What surrounds every call: preflights, CORS, unknown paths, wrong methods, too much of a body.

use http::{Method, StatusCode};
use pass_mock::journal::{Actor, Outcome};
use pass_mock::throttle::ThrottleSettings;
use serde_json::json;

use crate::harness::{Call, Mock, address};

const NO_ALLOWANCE: ThrottleSettings =
    ThrottleSettings { enabled: true, rate: 0, burst: 0, ..ThrottleSettings::OFF };

#[tokio::test]
async fn a_preflight_needs_neither_token_nor_allowance() {
    let mock = Mock::with(|builder| builder.throttle(NO_ALLOWANCE)).await;
    for path in ["/api/v2/REF30/sessions", "/o/client/register", "/api/v2/nothing/here"] {
        let answer = mock
            .call(Method::OPTIONS, path)
            .header("origin", "https://tv.example")
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "authorization, ap-device-identifier")
            .send()
            .await;
        assert_eq!(answer.status, StatusCode::NO_CONTENT);
        assert_eq!(answer.header("access-control-allow-origin"), "https://tv.example");
        assert_eq!(answer.header("access-control-allow-methods"), "GET, POST, DELETE, OPTIONS");
        let allowed = answer.header("access-control-allow-headers").to_ascii_lowercase();
        let allowed: Vec<_> = allowed.split(", ").collect();
        for name in [
            "authorization",
            "content-type",
            "ap-device-identifier",
            "x-device-info",
            "ap-temppass-identity",
            "ad-service-token",
            "adobe-subject-token",
            "ap-partner-framework-status",
            "ap-visitor-identifier",
        ] {
            assert!(allowed.contains(&name), "{name}");
        }
    }
    let entries = mock.server.journal().entries();
    assert!(entries.iter().all(|e| e.actor == Actor::Preflight && e.near_miss.is_none()));
}

#[tokio::test]
async fn a_local_server_may_be_called_from_the_internet() {
    let mock = Mock::start().await;
    let preflight = || {
        mock.call(Method::OPTIONS, "/o/client/token")
            .header("origin", "https://tv.example")
            .header("access-control-request-method", "POST")
    };
    let answer = preflight().header("access-control-request-private-network", "true").send().await;
    assert_eq!(answer.header("access-control-allow-private-network"), "true");
    let answer = preflight().send().await;
    assert_eq!(answer.header("access-control-allow-private-network"), "");
}

#[tokio::test]
async fn every_answer_can_be_read_by_a_page_of_any_origin() {
    let mock = Mock::with(|builder| {
        builder.throttle(ThrottleSettings { burst: 3, ..ThrottleSettings::default() })
    })
    .await;
    let calls = [
        mock.get("/api/v2/REF30/profiles"),
        mock.get("/api/v2/REF30/nothing"),
        mock.call(Method::PATCH, "/api/v2/REF30/sessions"),
        mock.post("/api/v2/REF30/sessions").body("text/plain", vec![b'x'; 70_000]),
        mock.get("/api/v2/REF30/profiles"),
    ];
    for call in calls {
        let answer = call.header("origin", "https://tv.example").send().await;
        assert_eq!(answer.header("access-control-allow-origin"), "https://tv.example");
        assert_eq!(answer.header("access-control-allow-credentials"), "true");
        assert_eq!(answer.header("vary"), "Origin");
    }
}

#[tokio::test]
async fn the_providers_pages_keep_their_cookies_to_themselves() {
    let mock = Mock::start().await;
    let answer =
        mock.get("/mvpd/Cablevision").header("origin", "https://evil.example").send().await;
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    assert_eq!(answer.header("access-control-allow-credentials"), "");
}

#[tokio::test]
async fn an_unknown_path_is_a_bare_404_that_the_journal_explains() {
    let mock = Mock::start().await;
    for (path, explained) in [
        ("/api/v2/REF30/decision/authorize/Cablevision", true),
        ("/api/v2/sessions/REF30/8BLW4RW", true),
        ("/nothing", false),
    ] {
        let answer = mock.get(path).send().await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
        assert_eq!((answer.text(), answer.header("content-type")), ("", ""));
        let entry = mock.server.journal().entries().pop().unwrap();
        assert_eq!(entry.path, path);
        assert_eq!(entry.endpoint, None);
        assert_eq!(entry.near_miss.is_some(), explained, "{:?}", entry.near_miss);
    }
}

#[tokio::test]
async fn a_wrong_method_is_told_the_right_one() {
    let mock = Mock::start().await;
    for (method, path, allow) in [
        (Method::GET, "/o/client/register", "POST"),
        (Method::PUT, "/api/v2/REF30/sessions/8ER640M", "GET, POST"),
        (Method::OPTIONS, "/api/v2/REF30/profiles/", "GET"),
        (Method::POST, "/reset-tempass/v3/reset", "DELETE"),
        (Method::HEAD, "/api/v2/REF30/configuration", "GET"),
    ] {
        let answer = mock.call(method.clone(), path).send().await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{method} {path}");
        assert_eq!(answer.header("allow"), allow);
        assert!(answer.header("content-type").starts_with("application/json"), "{answer:?}");
    }
}

#[tokio::test]
async fn a_trailing_slash_changes_nothing() {
    let mock = Mock::start().await;
    let paths = ["/api/v2/REF30/profiles", "/o/client/register", "/api/v2/REF30/logout/Dish"];
    for path in paths {
        let bare = mock.get(path).send().await;
        let slashed = mock.get(&format!("{path}/")).send().await;
        assert_eq!(bare.status, slashed.status);
    }
    let endpoints: Vec<_> = mock.server.journal().entries().iter().map(|e| e.endpoint).collect();
    assert!(endpoints.chunks(2).all(|pair| pair[0] == pair[1]), "{endpoints:?}");
    assert!(endpoints[0].is_some());
}

#[tokio::test]
async fn too_much_of_a_body_is_a_413_after_path_and_method() {
    let mock = Mock::start().await;
    let statuses = [
        (Method::POST, "/o/client/register", StatusCode::PAYLOAD_TOO_LARGE),
        (Method::POST, "/api/v2/REF30/sessions", StatusCode::PAYLOAD_TOO_LARGE),
        (Method::PUT, "/api/v2/REF30/sessions", StatusCode::METHOD_NOT_ALLOWED),
        (Method::POST, "/nothing", StatusCode::NOT_FOUND),
    ];
    for (method, path, status) in statuses {
        for size in [64 * 1024 + 1, 500_000, 3_000_000] {
            let answer = mock.call(method.clone(), path).body("text/plain", vec![b'x'; size]);
            assert_eq!(answer.send().await.status, status, "{path} {size}");
        }
    }
    let fits = mock.post("/o/client/register").body("application/json", vec![b' '; 64 * 1024]);
    assert_ne!(fits.send().await.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn the_journal_has_each_exchange_as_it_was() {
    let mock = Mock::with(|builder| builder.harness_marker("secret")).await;
    let second = mock.server.add_listener().await.unwrap();
    let calls = [
        mock.post("/o/client/register?x=1")
            .json(&json!({"a": 1}))
            .header("x-forwarded-for", "203.0.113.9"),
        Call::new(address(&second), Method::GET, "/api/v2/REF30/profiles/Dish"),
        mock.get("/api/v2/authenticate/REF30/8ER640M").header("x-pass-harness", "secret"),
        mock.get("/api/v2/REF30/sessions/8ER640M").header("x-pass-harness", "secret"),
        mock.post("/api/v2/REF30/sessions/8ER640M")
            .bearer("none")
            .form(&[("mvpd", "Dish")])
            .header("x-pass-harness", "guess"),
    ];
    let mut answers = Vec::new();
    for call in calls {
        mock.advance(1);
        answers.push(call.send().await);
    }
    let entries = mock.server.journal().entries();
    assert_eq!(entries.len(), 5);
    for (n, (entry, answer)) in entries.iter().zip(&answers).enumerate() {
        assert_eq!(entry.arrived.at.seconds(), crate::harness::START.seconds() + 1 + n as i64);
        assert!(entry.answered > entry.arrived);
        assert!(!entry.request_headers.contains_key("x-pass-harness"));
        let Outcome::Answered { status, headers, body, complete } = &entry.outcome else {
            panic!("{entry:?}");
        };
        assert!(complete);
        assert_eq!((status, body), (&answer.status, &answer.body));
        for (name, value) in headers {
            assert!(answer.headers.get_all(name).iter().any(|sent| sent == value), "{name}");
        }
    }
    assert_eq!(entries[0].query.as_deref(), Some("x=1"));
    assert_eq!(entries[0].request_body, r#"{"a":1}"#);
    assert_eq!(entries[0].device_address.to_string(), "203.0.113.9");
    assert_eq!(entries[0].local, mock.address());
    assert_eq!(entries[1].local, address(&second));
    assert_eq!(entries[1].facts.mvpd.as_deref(), Some("Dish"));
    let actors: Vec<_> = entries.iter().map(|entry| entry.actor).collect();
    use Actor::{Client, Harness, UserAgent};
    assert_eq!(actors, [Client, Client, UserAgent, Harness, Client]);
}

#[tokio::test]
async fn dates_are_the_clocks() {
    let mock = Mock::start().await;
    mock.advance(61);
    let answer = mock.get("/nothing").send().await;
    assert_eq!(answer.header("date"), "Thu, 01 Jan 2026 00:01:01 GMT");
}
