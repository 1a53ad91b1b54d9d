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

async fn sent(mock: &Mock, method: Method, path: &str, body: Value) -> Answer {
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
async fn the_journal_is_queried_page_by_page_and_cleared() {
    let mock = Mock::start().await;
    for n in 0..5 {
        mock.get(&format!("/nothing/{n}")).send().await;
    }
    mock.call(Method::PATCH, "/api/v2/REF30/sessions").send().await;
    let paths = |page: &Value| -> Vec<String> {
        let list = page["exchanges"].as_array().unwrap().iter();
        list.map(|exchange| exchange["request"]["path"].as_str().unwrap().to_owned()).collect()
    };
    let newest = done(&mock, GET, "/journal?status=404&limit=2", Value::Null).await;
    assert_eq!(paths(&newest), ["/nothing/3", "/nothing/4"]);
    assert_eq!((&newest["total"], &newest["forgotten"]), (&json!(5), &json!(0)));
    let first = done(&mock, GET, "/journal?since=0&limit=2", Value::Null).await;
    assert_eq!(paths(&first), ["/nothing/0", "/nothing/1"]);
    let path = format!("/journal?since={}&limit=1", first["next"]);
    let next = done(&mock, GET, &path, Value::Null).await;
    assert_eq!(paths(&next), ["/nothing/2"]);
    let none = done(&mock, GET, "/journal?client=nobody", Value::Null).await;
    assert!(paths(&none).is_empty() && none.get("next").is_none());
    assert_eq!(done(&mock, DELETE, "/journal", Value::Null).await["done"], 6);
    assert_eq!(done(&mock, GET, "/journal", Value::Null).await["total"], 0);
}

#[tokio::test]
async fn filters_that_nothing_can_match_are_refused_by_field() {
    let mock = Mock::start().await;
    for (query, field) in [
        ("endpoint=polls", "endpoint:"),
        ("status=2000", "status:"),
        ("since=yesterday", "since:"),
        ("limit=-1", "limit:"),
        ("actor=me", "actor:"),
        ("problems=maybe", "problems:"),
        ("colour=red", "colour"),
        ("code=A&code=B", "code:"),
    ] {
        for path in ["/journal", "/journal.har", "/journal.jsonl", "/journal/stream"] {
            let (status, problem) =
                refused(&mock, GET, &format!("{path}?{query}"), Value::Null).await;
            assert_eq!(status, 400, "{path}?{query}: {problem}");
            assert!(problem.contains(field), "{path}?{query}: {problem}");
        }
    }
    let (_, problem) = refused(&mock, GET, "/journal/stream?limit=1", Value::Null).await;
    assert!(problem.starts_with("limit:"), "{problem}");
}

#[tokio::test]
async fn the_journal_is_exported_in_both_formats() {
    let mock = Mock::start().await;
    mock.post("/api/v2/REF30/sessions?a=1").form(&[("mvpd", "Cablevision")]).send().await;
    mock.get("/nothing").send().await;
    let answer = sent(&mock, GET, "/journal.jsonl?limit=1", Value::Null).await;
    assert_eq!(answer.header("content-type"), "application/x-ndjson");
    let lines: Vec<Value> =
        answer.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(
        (&lines[0]["format"], &lines[0]["version"]),
        (&json!("pass-mock-journal"), &json!(1))
    );
    assert_eq!((lines.len(), &lines[1]["request"]["path"]), (2, &json!("/nothing")));

    let har = done(&mock, GET, "/journal.har", Value::Null).await;
    assert_is_har(&har);
    let request = &har["log"]["entries"][0]["request"];
    let url = format!("{}/api/v2/REF30/sessions?a=1", mock.server.base_url());
    assert_eq!(request["url"], url);
    assert_eq!(request["queryString"], json!([{"name": "a", "value": "1"}]));
    assert_eq!(request["postData"]["params"], json!([{"name": "mvpd", "value": "Cablevision"}]));
}

/// What the HAR 1.2 specification requires of every entry, by type.
fn assert_is_har(har: &Value) {
    let log = &har["log"];
    assert_eq!(log["version"], "1.2");
    assert!(log["creator"]["name"].is_string() && log["creator"]["version"].is_string());
    for entry in log["entries"].as_array().unwrap() {
        let started = entry["startedDateTime"].as_str().unwrap();
        assert!(started.len() == 24 && started.ends_with('Z'), "{started}");
        assert!(entry["time"].is_number() && entry["cache"].is_object());
        for phase in ["send", "wait", "receive"] {
            assert!(entry["timings"][phase].as_f64().unwrap() >= 0.0, "{phase}");
        }
        let (request, response) = (&entry["request"], &entry["response"]);
        for text in ["method", "url", "httpVersion"] {
            assert!(request[text].is_string(), "{text}");
        }
        for text in ["statusText", "httpVersion", "redirectURL"] {
            assert!(response[text].is_string(), "{text}");
        }
        assert!(response["status"].is_u64());
        assert!(
            response["content"]["size"].is_u64() && response["content"]["mimeType"].is_string()
        );
        for side in [request, response] {
            assert!(side["headersSize"].is_i64() && side["bodySize"].is_i64());
            for list in ["cookies", "headers"] {
                for pair in side[list].as_array().unwrap() {
                    assert!(pair["name"].is_string() && pair["value"].is_string());
                }
            }
        }
        assert!(request["queryString"].is_array());
        if let Some(sent) = request.get("postData") {
            assert!(sent["mimeType"].is_string() && sent["text"].is_string());
        }
    }
}

#[tokio::test]
async fn waiting_ends_when_enough_exchanges_match() {
    let mock = Mock::start().await;
    mock.get("/nothing/1").send().await;
    let body = json!({"count": 2, "match": {"status": 404}, "timeout_seconds": 20});
    let waiting = sent(&mock, POST, "/journal/wait", body);
    let later = async {
        mock.get("/nothing/2").send().await;
    };
    let (answer, ()) = tokio::join!(waiting, later);
    assert_eq!(answer.json()["exchanges"].as_array().unwrap().len(), 2);
    assert_eq!(done(&mock, POST, "/journal/wait", Value::Null).await["total"], 2, "one is enough");

    let body = json!({"count": 3, "timeout_seconds": 0.01});
    let (status, problem) = refused(&mock, POST, "/journal/wait", body).await;
    assert_eq!(status, 408);
    assert!(problem.contains("2 of 3"), "{problem}");
    for (body, field) in [
        (json!({"timeout_seconds": 1e9}), "timeout_seconds:"),
        (json!({"match": {"endpoint": "poll"}}), "endpoint:"),
        (json!({"match": {"status": "x"}}), "match.status:"),
        (json!({"match": {"limit": 1}}), "match.limit:"),
        (json!({"count": "many"}), "count:"),
    ] {
        let (status, problem) = refused(&mock, POST, "/journal/wait", body).await;
        assert!(status == 400 && problem.contains(field), "{problem}");
    }
}

#[tokio::test]
async fn the_stream_tells_what_was_and_what_comes() {
    let mock = Mock::start().await;
    mock.get("/nothing/old").send().await;
    let control = address(&mock.server.control_url().unwrap());
    let mut socket = Raw::open(control).await;
    let ask = format!(
        "GET /journal/stream?since=0&status=404 HTTP/1.1\r\nhost: {control}\r\nconnection: close\r\n\r\n"
    );
    socket.send(ask).await;
    let head = socket.until("/nothing/old").await;
    assert!(head.contains("content-type: text/event-stream"), "{head}");
    assert!(head.contains(": following") && head.contains("event: exchange\ndata: {"), "{head}");
    mock.call(Method::PATCH, "/api/v2/REF30/sessions").send().await;
    mock.get("/nothing/new").send().await;
    let rest = socket.until("/nothing/new").await;
    assert!(!rest.contains("PATCH") && !rest.contains("/nothing/old"), "{rest}");
}

#[tokio::test]
async fn a_follower_that_comes_back_misses_nothing() {
    let mock = Mock::start().await;
    mock.get("/nothing/1").send().await;
    mock.get("/nothing/2").send().await;
    let first = mock.server.journal().entries()[0].arrived.order;
    let control = address(&mock.server.control_url().unwrap());
    let mut socket = Raw::open(control).await;
    let ask = format!(
        "GET /journal/stream HTTP/1.1\r\nhost: {control}\r\nlast-event-id: {first}\r\n\r\n"
    );
    socket.send(ask).await;
    let got = socket.until("/nothing/2").await;
    assert!(!got.contains("/nothing/1"), "{got}");
}

#[tokio::test]
async fn a_summary_stream_has_neither_headers_nor_bodies_and_tells_the_instance() {
    let mock = Mock::start().await;
    let control = address(&mock.server.control_url().unwrap());
    let mut socket = Raw::open(control).await;
    let ask = "GET /journal/stream?view=summary&since=0 HTTP/1.1";
    socket.send(format!("{ask}\r\nhost: {control}\r\n\r\n")).await;
    let hello = socket.until("event: hello\ndata: {\"instance\":\"").await;
    assert!(hello.starts_with("HTTP/1.1 200"), "{hello}");
    let call = mock.get("/api/v2/REF30/profile?access_token=SECRET").bearer("SECRET");
    call.send().await;
    let events = socket.until("near_miss").await;
    assert!(events.contains("event: exchange\ndata: {\"id\":"), "{events}");
    assert!(!events.contains("SECRET") && !events.contains("headers"), "{events}");
    let (_, problem) = refused(&mock, GET, "/journal/stream?view=all", Value::Null).await;
    assert!(problem.starts_with("view:"), "{problem}");
}

#[tokio::test]
async fn one_exchange_is_shown_whole() {
    let mock = Mock::start().await;
    mock.get("/nothing/1").send().await;
    let id = mock.server.journal().entries()[0].arrived.order;
    let exchange = done(&mock, GET, &format!("/journal/{id}"), Value::Null).await;
    assert_eq!(exchange["request"]["path"], "/nothing/1");
    assert_eq!(exchange["answer"]["status"], 404);
    for other in ["0", "first", "-1", "99999999999999999999"] {
        let (status, problem) =
            refused(&mock, GET, &format!("/journal/{other}"), Value::Null).await;
        assert!(status == 404 && problem.starts_with("exchange:"), "{problem}");
    }
}

#[tokio::test]
async fn a_follower_does_not_hold_a_shutdown_up() {
    let mock = Mock::start().await;
    let control = address(&mock.server.control_url().unwrap());
    let mut socket = Raw::open(control).await;
    socket.send(format!("GET /journal/stream HTTP/1.1\r\nhost: {control}\r\n\r\n")).await;
    socket.until(": following").await;
    let began = std::time::Instant::now();
    mock.server.shutdown().await;
    assert!(began.elapsed() < std::time::Duration::from_secs(4), "well before the grace is over");
    assert!(socket.rest().await.ends_with("0\r\n\r\n"), "the stream came to a proper end");
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
