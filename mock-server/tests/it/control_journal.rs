//! The control API's views of the journal: pages, exports, waiting, following.

use http::Method;
use serde_json::{Value, json};

use crate::control::{done, refused, sent};
use crate::harness::{Mock, Raw, address};

const GET: Method = Method::GET;
const POST: Method = Method::POST;
const DELETE: Method = Method::DELETE;

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

/// Follows the journal, over a connection of its own.
async fn follow(mock: &Mock, target: &str, headers: &str) -> Raw {
    let control = address(&mock.server.control_url().unwrap());
    let mut socket = Raw::open(control).await;
    socket.send(format!("GET {target} HTTP/1.1\r\nhost: {control}\r\n{headers}\r\n")).await;
    socket
}

#[tokio::test]
async fn the_stream_tells_what_was_and_what_comes() {
    let mock = Mock::start().await;
    mock.get("/nothing/old").send().await;
    let target = "/journal/stream?since=0&status=404";
    let mut socket = follow(&mock, target, "connection: close\r\n").await;
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
    let last = format!("last-event-id: {first}\r\n");
    let mut socket = follow(&mock, "/journal/stream", &last).await;
    let got = socket.until("/nothing/2").await;
    assert!(!got.contains("/nothing/1"), "{got}");
}

#[tokio::test]
async fn a_summary_stream_has_neither_headers_nor_bodies_and_tells_the_instance() {
    let mock = Mock::start().await;
    let mut socket = follow(&mock, "/journal/stream?view=summary&since=0", "").await;
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
    let mut socket = follow(&mock, "/journal/stream", "").await;
    socket.until(": following").await;
    let began = std::time::Instant::now();
    mock.server.shutdown().await;
    assert!(began.elapsed() < std::time::Duration::from_secs(4), "well before the grace is over");
    assert!(socket.rest().await.ends_with("0\r\n\r\n"), "the stream came to a proper end");
}
