//! The control API over the wire: every operation with good and bad input, and who may call.

use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::harness::{Answer, Call, Mock, Raw, address};

const GET: Method = Method::GET;
const PUT: Method = Method::PUT;
const POST: Method = Method::POST;
const DELETE: Method = Method::DELETE;

/// Calls the control API and expects it to work.
pub(crate) async fn done(mock: &Mock, method: Method, path: &str, body: Value) -> Value {
    let answer = sent(mock, method, path, body).await;
    assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text());
    answer.json()
}

/// Calls the control API and expects it to be refused in the way all refusals are.
pub(crate) async fn refused(mock: &Mock, method: Method, path: &str, body: Value) -> (u16, String) {
    let answer = sent(mock, method, path, body).await;
    assert!(answer.status.is_client_error(), "{path}: {}", answer.text());
    let problem = answer.json();
    let said =
        |name: &str| problem[name].as_str().filter(|text| !text.is_empty()).unwrap().to_owned();
    (answer.status.as_u16(), format!("{} | {}", said("error"), said("hint")))
}

pub(crate) async fn sent(mock: &Mock, method: Method, path: &str, body: Value) -> Answer {
    let call = mock.control(method, path);
    let call = if body.is_null() { call } else { call.json(&body) };
    call.send().await
}

#[tokio::test]
async fn the_clock_is_read_scaled_frozen_and_advanced() {
    let mock = Mock::start().await;
    insta::assert_json_snapshot!(done(&mock, GET, "/clock", Value::Null).await, @r#"
    {
      "held": 0,
      "iso": "2026-01-01T00:00:00.000Z",
      "mode": "manual",
      "now": 1767225600000,
      "speed": 0.0
    }
    "#);
    let after = done(&mock, POST, "/clock/advance", json!({"seconds": 1.5})).await;
    assert_eq!(after["now"], 1_767_225_601_500_i64);
    let scaled = done(&mock, PUT, "/clock", json!({"mode": "scaled", "speed": 60})).await;
    assert_eq!((&scaled["mode"], &scaled["speed"]), (&json!("scaled"), &json!(60.0)));
    assert_eq!(done(&mock, PUT, "/clock", json!({"mode": "real"})).await["speed"], 1.0);
    assert_eq!(done(&mock, PUT, "/clock", json!({"speed": 0})).await["mode"], "manual");
}

#[tokio::test]
async fn a_clock_that_makes_no_sense_is_refused_by_field() {
    let mock = Mock::start().await;
    let cases = [
        (PUT, "/clock", json!({}), "mode:"),
        (PUT, "/clock", json!({"mode": "fast"}), "mode:"),
        (PUT, "/clock", json!({"mode": "scaled"}), "speed:"),
        (PUT, "/clock", json!({"mode": "scaled", "speed": -1}), "speed:"),
        (PUT, "/clock", json!({"mode": "scaled", "speed": 0}), "speed:"),
        (PUT, "/clock", json!({"mode": "real", "speed": 2}), "speed:"),
        (PUT, "/clock", json!({"mode": "manual", "speed": 2}), "speed:"),
        (PUT, "/clock", json!({"sped": 2}), "sped"),
        (POST, "/clock/advance", json!({}), "seconds"),
        (POST, "/clock/advance", json!({"seconds": -1}), "seconds:"),
        (POST, "/clock/advance", json!({"seconds": "10"}), "seconds:"),
        (POST, "/clock/advance", json!({"seconds": 1e300}), "seconds:"),
        (POST, "/clock/advance", json!([1]), "no JSON object"),
    ];
    for (method, path, body, field) in cases {
        let (status, problem) = refused(&mock, method, path, body.clone()).await;
        assert_eq!(status, 400, "{body}: {problem}");
        assert!(problem.contains(field), "{body}: {problem}");
    }
    assert_eq!(mock.server.clock().now(), crate::harness::START);
}

#[tokio::test]
async fn what_is_no_json_is_refused() {
    let mock = Mock::start().await;
    for body in ["{", "seconds=5", "{} {}", "null", "\u{fffd}"] {
        let call = mock.control(POST, "/clock/advance").body("application/json", body);
        let answer = call.send().await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{body}");
        assert!(answer.json()["hint"].as_str().unwrap().contains("seconds (number, required)"));
    }
    let control = mock.server.control_address().unwrap();
    let mut long = Raw::open(control).await;
    long.send(format!(
        "PUT /restore HTTP/1.1\r\nhost: {control}\r\ncontent-length: 999999999\r\n\r\n"
    ))
    .await;
    assert!(long.until("the body is too long").await.starts_with("HTTP/1.1 413"));
}

#[tokio::test]
async fn unknown_paths_say_what_exists() {
    let mock = Mock::start().await;
    let (status, problem) = refused(&mock, GET, "/sesions", Value::Null).await;
    assert_eq!(status, 404);
    assert!(problem.contains("POST /clock/advance") && problem.contains("GET /journal"));
    let answer = sent(&mock, DELETE, "/clock", Value::Null).await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(answer.header("allow"), "GET, PUT");
    let (status, problem) = refused(&mock, GET, "/clock?x=1", Value::Null).await;
    assert_eq!(status, 400);
    assert!(problem.starts_with("x: "), "{problem}");
    let (status, _) = refused(&mock, GET, "/health", json!({"a": 1})).await;
    assert_eq!(status, 400);
}

#[tokio::test]
async fn it_describes_itself() {
    let mock = Mock::start().await;
    let index = done(&mock, GET, "/", Value::Null).await;
    let document = done(&mock, GET, "/openapi.json", Value::Null).await;
    assert_eq!(document["openapi"], "3.1.0");
    for row in index["operations"].as_array().unwrap() {
        let call = row["call"].as_str().unwrap();
        let (method, path) = call.split_once(' ').unwrap();
        let described = &document["paths"][path][method.to_ascii_lowercase()];
        assert_eq!(described["summary"], row["summary"], "{call}");
    }
    let advance = &document["paths"]["/clock/advance"]["post"];
    assert_eq!(advance["requestBody"]["required"], true);
    insta::assert_json_snapshot!("openapi", document, { ".info.version" => "VERSION" });
}

#[tokio::test]
async fn health_tells_what_it_holds() {
    let mock = Mock::start().await;
    mock.get("/nothing").send().await;
    let health = done(&mock, GET, "/health", Value::Null).await;
    assert_eq!((&health["status"], &health["exchanges"]), (&json!("ok"), &json!(1)));
}

#[tokio::test]
async fn limits_change_and_one_address_is_refused_on_purpose() {
    let mock = Mock::start().await;
    let from = |mock: &Mock, address: &str| {
        mock.get("/api/v2/REF30/configuration").header("x-forwarded-for", address)
    };
    let now = done(&mock, PUT, "/throttle", json!({"enabled": true, "burst": 0})).await;
    assert_eq!(
        (&now["rate"], &now["burst"], &now["refill"]),
        (&json!(1), &json!(0), &json!("windows"))
    );
    assert_ne!(from(&mock, "203.0.113.1").send().await.status, 429);
    assert_eq!(from(&mock, "203.0.113.1").send().await.status, 429);
    let state = done(&mock, GET, "/throttle", Value::Null).await;
    assert_eq!(state["devices"][0]["address"], "203.0.113.1");
    assert_eq!(state["devices"][0]["throttled"], true);
    assert_eq!(done(&mock, DELETE, "/throttle/203.0.113.1", Value::Null).await["done"], 1);
    assert_ne!(from(&mock, "203.0.113.1").send().await.status, 429);

    done(&mock, PUT, "/throttle", json!({"enabled": false})).await;
    let forced = done(&mock, PUT, "/throttle/2001:db8::1", json!({"seconds": 60})).await;
    assert_eq!(forced["devices"][1]["forced_until"], 1_767_225_660_000_i64);
    assert_eq!(from(&mock, "2001:db8::1").send().await.status, 429);
    assert_ne!(from(&mock, "2001:db8::2").send().await.status, 429);
    mock.advance(60);
    assert_ne!(from(&mock, "2001:db8::1").send().await.status, 429);
}

#[tokio::test]
async fn limits_that_make_no_sense_are_refused_by_field() {
    let mock = Mock::start().await;
    let cases = [
        (PUT, "/throttle", json!({"rate": 0}), "rate:"),
        (PUT, "/throttle", json!({"rate": -1}), "rate:"),
        (PUT, "/throttle", json!({"refill": "slow"}), "refill:"),
        (PUT, "/throttle", json!({"brust": 1}), "brust"),
        (PUT, "/throttle/tv", json!({"seconds": 60}), "address:"),
        (PUT, "/throttle/127.0.0.1", json!({"seconds": 0}), "seconds:"),
        (PUT, "/throttle/127.0.0.1", json!({}), "seconds"),
        (DELETE, "/throttle/tv", Value::Null, "address:"),
    ];
    for (method, path, body, field) in cases {
        let (status, problem) = refused(&mock, method, path, body.clone()).await;
        assert_eq!(status, 400, "{body}: {problem}");
        assert!(problem.contains(field), "{body}: {problem}");
    }
}

#[tokio::test]
async fn no_web_page_gets_in() {
    let mock = Mock::start().await;
    let control = address(&mock.server.control_url().unwrap());
    let own = format!("http://{control}");
    let foreign = [
        mock.control(GET, "/journal").header("origin", "https://evil.example"),
        mock.control(POST, "/clock/advance").header("origin", "null"),
        mock.control(GET, "/health").header("origin", &mock.server.base_url()),
        mock.control(POST, "/clock/advance").header("sec-fetch-site", "cross-site"),
        Call::unnamed(control, GET, "/health").header("host", "rebound.example"),
        Call::unnamed(control, GET, "/health").header("host", "localhost"),
    ];
    for call in foreign {
        let answer = call.send().await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
        assert!(answer.json()["error"].is_string() && answer.json()["hint"].is_string());
    }
    let preflight = mock
        .control(Method::OPTIONS, "/clock/advance")
        .header("origin", "https://evil.example")
        .header("access-control-request-method", "POST");
    assert_eq!(preflight.send().await.status, StatusCode::FORBIDDEN);
    assert_eq!(mock.control(GET, "/health").header("origin", &own).send().await.status, 200);
    assert!(mock.server.journal().is_empty(), "the control API is not in the journal");
}

/// Whatever a page of another origin can send, with whatever method: no operation looks at it.
#[tokio::test]
async fn every_operation_is_out_of_a_foreign_pages_reach() {
    let mock = Mock::start().await;
    let control = address(&mock.server.control_url().unwrap());
    let document = done(&mock, GET, "/openapi.json", Value::Null).await;
    let before = done(&mock, GET, "/snapshot", Value::Null).await;
    let mut refused = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in item.as_object().unwrap().keys() {
            let method: Method = method.to_uppercase().parse().unwrap();
            // A form or a plain text needs no preflight.
            let page = |call: Call| call.body("text/plain", "{}");
            let attempts = [
                page(mock.control(method.clone(), path)).header("origin", "https://evil.example"),
                page(mock.control(method.clone(), path)).header("origin", "null"),
                page(mock.control(method.clone(), path))
                    .header("sec-fetch-site", "cross-site")
                    .header("sec-fetch-mode", "no-cors"),
                page(Call::unnamed(control, method.clone(), path))
                    .header("host", "rebound.example"),
                page(Call::unnamed(control, method.clone(), path)),
            ];
            for attempt in attempts {
                let answer = attempt.outcome().await.unwrap();
                // HTTP/1.1 itself wants a host.
                let status = answer.status.as_u16();
                assert!([400, 403].contains(&status), "{method} {path}: {answer:?}");
                assert!(!answer.headers.contains_key("access-control-allow-origin"));
                refused += 1;
            }
        }
    }
    assert!(refused > 200, "{refused}");
    assert_eq!(done(&mock, GET, "/snapshot", Value::Null).await, before, "nothing was done");
}

#[tokio::test]
async fn a_token_is_wanted_where_one_is_set() {
    let mock = Mock::with(|builder| builder.control_token("let me in")).await;
    let answer = mock.control(GET, "/health").send().await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert_eq!(answer.header("www-authenticate"), "Bearer");
    assert_eq!(mock.control(GET, "/health").bearer("let me out").send().await.status, 401);
    assert_eq!(mock.control(GET, "/health").bearer("let me in").send().await.status, 200);
}

#[tokio::test]
async fn beyond_loopback_there_is_always_a_token() {
    let anywhere: std::net::SocketAddr = "0.0.0.0:0".parse().unwrap();
    let mock = Mock::with(|builder| builder.control(anywhere)).await;
    let token = mock.server.control_token().unwrap().to_owned();
    assert!(token.len() >= 32);
    let port = address(&mock.server.control_url().unwrap()).port();
    let call = || {
        let to = ([127, 0, 0, 1], port).into();
        Call::unnamed(to, GET, "/health").header("host", "mock.lan")
    };
    assert_eq!(call().send().await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(call().bearer(&token).send().await.status, StatusCode::OK);
}

async fn registered(mock: &Mock) -> (String, Value) {
    let statement = json!({"software_statement": "eyJhbGciOiJub25lIn0.e30.e30"});
    let client = mock.post("/o/client/register").json(&statement).send().await.json();
    let (id, secret) =
        (client["client_id"].as_str().unwrap(), client["client_secret"].as_str().unwrap());
    let form = [("client_id", id), ("client_secret", secret), ("grant_type", "client_credentials")];
    (id.to_owned(), mock.post("/o/client/token").form(&form).send().await.json())
}

#[tokio::test]
async fn one_token_expires_and_one_client_is_revoked() {
    let mock = Mock::start().await;
    let (client, token) = registered(&mock).await;
    let (other, _) = registered(&mock).await;
    let tokens = done(&mock, GET, "/tokens", Value::Null).await;
    assert_eq!(tokens["tokens"].as_array().unwrap().len(), 2);
    assert_eq!(tokens["tokens"][0]["client_id"], client);

    let path = format!("/tokens/{}/expire", token["id"].as_str().unwrap());
    let later = done(&mock, POST, &path, json!({"after_seconds": 10})).await;
    assert_eq!(later["expires_at"], 1_767_225_610_000_i64);
    mock.advance(10);
    let left = done(&mock, GET, "/tokens", Value::Null).await;
    assert_eq!(
        (left["tokens"].as_array().unwrap().len(), &left["tokens"][0]["client_id"]),
        (1, &json!(other))
    );
    let (status, problem) = refused(&mock, POST, &path, Value::Null).await;
    assert!(status == 404 && problem.contains("GET /tokens"), "{problem}");
    let itself = left["tokens"][0]["access_token"].as_str().unwrap();
    done(&mock, POST, &format!("/tokens/{itself}/expire"), Value::Null).await;
    assert_eq!(done(&mock, GET, "/tokens", Value::Null).await, json!({"tokens": [], "total": 0}));

    let revoked = done(&mock, POST, &format!("/clients/{client}/revoke"), json!({})).await;
    assert_eq!(revoked["revoked"], true);
    assert_eq!(done(&mock, DELETE, &format!("/clients/{other}"), Value::Null).await["done"], 1);
    let clients = done(&mock, GET, "/clients", Value::Null).await;
    assert_eq!(clients["clients"], json!([revoked]));
    for (method, path) in [(POST, "/clients/nobody/revoke"), (DELETE, "/clients/nobody")] {
        let (status, problem) = refused(&mock, method, path, Value::Null).await;
        assert!(status == 404 && problem.starts_with("client:"), "{problem}");
    }
    let (status, problem) = refused(&mock, POST, &path, json!({"after_seconds": -1})).await;
    assert!(status == 400 && problem.starts_with("after_seconds:"), "{problem}");
}
