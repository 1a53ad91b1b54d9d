//! Faults over the wire: every effect, before and after the state changed, and what is written down.

use std::io::ErrorKind;
use std::time::Duration;

use http::Method;
use pass_mock::domain::ErrorCode;
use pass_mock::journal::{Entry, Outcome};
use pass_mock::router::Endpoint;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::control::{done, refused};
use crate::device::Device;
use crate::harness::{Answer, Call, Connection, Mock, START};

const GET: Method = Method::GET;
const POST: Method = Method::POST;
const DELETE: Method = Method::DELETE;
const NOTHING: Value = Value::Null;

async fn fault(mock: &Mock, rule: Value) -> u64 {
    done(mock, POST, "/faults", rule).await["fault"].as_u64().unwrap()
}

/// A device whose first user is signed in with Cablevision.
async fn signed_in<'a>(mock: &'a Mock, id: &'static str) -> Device<'a> {
    let device = Device::new(mock, id).await;
    let code = device.begin("Cablevision").await;
    done(mock, POST, &format!("/sessions/{code}/complete"), json!({})).await;
    device
}

fn last(mock: &Mock) -> Entry {
    Entry::clone(mock.server.journal().entries().last().unwrap())
}

/// Waits for the journal's latest entry about `/profiles`.
async fn written(mock: &Mock, n: usize) -> Entry {
    let patience = tokio::time::sleep(Duration::from_secs(20));
    let about = |entry: &Entry| entry.endpoint == Some(Endpoint::Profiles);
    let found = mock.server.journal().wait_until(n, about, patience).await.unwrap();
    Entry::clone(&found[n - 1])
}

async fn until(condition: impl Fn() -> bool) {
    let waiting = async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), waiting).await.expect("it comes about");
}

/// One request to each call, by its name.
fn every_call(mock: &Mock) -> Vec<(Endpoint, Call)> {
    let calls = [
        (Endpoint::Register, POST, "/o/client/register"),
        (Endpoint::Token, POST, "/o/client/token"),
        (Endpoint::Configuration, GET, "/api/v2/REF30/configuration"),
        (Endpoint::CreateSession, POST, "/api/v2/REF30/sessions"),
        (Endpoint::ResumeSession, POST, "/api/v2/REF30/sessions/8ER640M"),
        (Endpoint::RetrieveSession, GET, "/api/v2/REF30/sessions/8ER640M"),
        (Endpoint::Authenticate, GET, "/api/v2/authenticate/REF30/8ER640M"),
        (Endpoint::Profiles, GET, "/api/v2/REF30/profiles"),
        (Endpoint::ProfileByMvpd, GET, "/api/v2/REF30/profiles/Dish"),
        (Endpoint::ProfileByCode, GET, "/api/v2/REF30/profiles/code/8ER640M"),
        (Endpoint::Preauthorize, POST, "/api/v2/REF30/decisions/preauthorize/Dish"),
        (Endpoint::Authorize, POST, "/api/v2/REF30/decisions/authorize/Dish"),
        (Endpoint::Logout, GET, "/api/v2/REF30/logout/Dish"),
        (Endpoint::PartnerRequest, POST, "/api/v2/REF30/sessions/sso/Apple"),
        (Endpoint::PartnerProfile, POST, "/api/v2/REF30/profiles/sso/Apple"),
        (Endpoint::ResetTempPass, DELETE, "/reset-tempass/v3/reset"),
        (Endpoint::ResetTempPassGeneric, DELETE, "/reset-tempass/v3/reset/generic"),
        (Endpoint::Page, GET, "/mvpd/Dish/login"),
    ];
    calls.map(|(endpoint, method, path)| (endpoint, mock.call(method, path))).into()
}

#[tokio::test]
async fn every_error_code_is_one_control_call_away_on_every_endpoint() {
    let mock = Mock::start().await;
    let mut public = Connection::open(mock.address()).await;
    let mut control = Connection::open(mock.server.control_address().unwrap()).await;
    for code in ErrorCode::ALL {
        for (endpoint, call) in every_call(&mock) {
            let rule = json!({
                "match": {"endpoint": endpoint.name()},
                "effect": {"error": {"code": code.code()}},
                "count": 1,
            });
            assert_eq!(control.send(mock.control(POST, "/faults").json(&rule)).await.status, 200);
            let answer = public.outcome(call).await.unwrap();
            let said = answer.json();
            assert_eq!(answer.status, code.status(), "{code} {}", endpoint.name());
            assert_eq!(
                (&said["code"], &said["action"], &said["status"], &said["message"]),
                (
                    &json!(code.code()),
                    &json!(code.action().name()),
                    &json!(code.status()),
                    &json!(code.message())
                )
            );
            assert_eq!(answer.headers.contains_key("www-authenticate"), code.status() == 401);
            let entry = last(&mock);
            assert_eq!((entry.faults.len(), entry.facts.error.as_deref()), (1, Some(code.code())));
        }
    }
}

#[tokio::test]
async fn every_error_code_comes_in_single_decisions_too() {
    let mock = Mock::start().await;
    let tv = signed_in(&mock, "tv").await;
    for code in ErrorCode::ALL {
        let error = json!({"code": code.code(), "details": "Ask us.", "resources": ["news"]});
        let rule = json!({"effect": {"decision_error": error}, "count": 1});
        fault(&mock, rule).await;
        let call = tv.call(POST, "decisions/preauthorize/Cablevision");
        let answer = call.json(&json!({"resources": ["REF30", "news"]})).send().await;
        let decisions = answer.json()["decisions"].clone();
        assert_eq!((answer.status.as_u16(), &decisions[0]["authorized"]), (200, &json!(true)));
        assert_eq!(decisions[1]["authorized"], false);
        let error = &decisions[1]["error"];
        assert_eq!((&error["code"], &error["details"]), (&json!(code.code()), &json!("Ask us.")));
        assert_eq!(
            (&error["action"], &error["status"]),
            (&json!(code.action().name()), &json!(code.status()))
        );
    }
}

#[tokio::test]
async fn an_authorization_fails_twice_and_then_permits() {
    let mock = Mock::start().await;
    let tv = signed_in(&mock, "tv").await;
    let rule = json!({
        "match": {"endpoint": "authorize", "resource": "REF30", "device": "tv"},
        "effect": {"decision_error": {"code": "network_received_error"}},
        "count": 2,
    });
    let id = fault(&mock, rule).await;
    for _ in 0..2 {
        let decision = tv.authorize("Cablevision", "REF30").await;
        assert_eq!(
            (&decision["authorized"], &decision["error"]["action"]),
            (&json!(false), &json!("retry"))
        );
        assert!(decision.get("notAfter").is_none() && decision.get("token").is_none());
        assert_eq!(last(&mock).faults, [id]);
    }
    assert_eq!(tv.authorize("Cablevision", "REF30").await["authorized"], true);
    assert!(last(&mock).faults.is_empty());
}

#[tokio::test]
async fn before_nothing_is_done_and_after_all_of_it_is() {
    let mock = Mock::start().await;
    let tv = Device::new(&mock, "tv").await;
    let sessions = || mock.server.app().domain.sessions.len();
    let create = || {
        let form =
            [("mvpd", "Cablevision"), ("domainName", "adobe.com"), ("redirectUrl", "https://a.b")];
        tv.call(POST, "sessions").form(&form).outcome()
    };
    let unserved =
        json!({"match": {"endpoint": "create_session"}, "effect": {"status": 503}, "count": 1});
    fault(&mock, unserved.clone()).await;
    assert_eq!((create().await.unwrap().status.as_u16(), sessions()), (503, 0));
    let facts = last(&mock).facts;
    assert_eq!(facts.device_id.as_deref(), Some("tv"));
    assert_eq!(facts.client_id.as_deref(), Some(&*tv.client));
    assert_eq!(facts.mvpd.as_deref(), Some("Cablevision"));

    let mut lost = unserved;
    lost["when"] = json!("after");
    fault(&mock, lost).await;
    assert_eq!((create().await.unwrap().status.as_u16(), sessions()), (503, 1));

    let code = tv.begin("Cablevision").await;
    done(&mock, POST, &format!("/sessions/{code}/complete"), json!({})).await;
    assert!(tv.is_signed_in().await);
    fault(&mock, json!({"match": {"endpoint": "logout"}, "effect": "close", "when": "after"}))
        .await;
    let logout = tv.call(GET, "logout/Cablevision?redirectUrl=https://a.b").outcome().await;
    assert!(logout.is_err());
    assert!(matches!(last(&mock).outcome, Outcome::Dropped));
    assert!(!tv.is_signed_in().await, "signed out all the same");
}

#[tokio::test]
async fn statuses_come_as_the_service_would_send_them_or_as_they_are_made() {
    let mock = Mock::start().await;
    let ask =
        || mock.get("/api/v2/REF30/profiles").header("origin", "https://app.example").outcome();
    fault(&mock, json!({"effect": {"status": 401}})).await;
    let answer = ask().await.unwrap();
    assert_eq!((answer.status.as_u16(), answer.json()), (401, json!({})));
    assert_eq!(answer.header("www-authenticate"), "Bearer error=\"invalid_token\"");
    fault(&mock, json!({"effect": {"status": 429}})).await;
    let answer = ask().await.unwrap();
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (429, "text/html"));
    let made = json!({"status": 502, "headers": {"Content-Type": "text/html", "x-edge": "a"}, "body": "<h1>Bad gateway</h1>"});
    fault(&mock, json!({"effect": {"answer": made}})).await;
    let answer = ask().await.unwrap();
    assert_eq!((answer.status.as_u16(), answer.text()), (502, "<h1>Bad gateway</h1>"));
    assert_eq!((answer.header("content-type"), answer.header("x-edge")), ("text/html", "a"));
    assert_eq!(answer.header("access-control-allow-origin"), "https://app.example");
    let oauth = json!({"status": 400, "body": {"error": "invalid_client"}});
    fault(&mock, json!({"effect": {"answer": oauth}})).await;
    assert_eq!(ask().await.unwrap().json(), json!({"error": "invalid_client"}));
    assert_eq!(last(&mock).facts.error.as_deref(), Some("invalid_client"));
}

#[tokio::test]
async fn a_delay_is_the_clocks_and_a_caller_may_give_up_meanwhile() {
    let mock = Mock::start().await;
    let tv = Device::new(&mock, "tv").await;
    let id = fault(&mock, json!({"match": {"endpoint": "profiles"}, "delay": "20s"})).await;
    let asked = tokio::spawn(tv.call(GET, "profiles").outcome());
    until(|| mock.server.held() == 1).await;
    mock.advance(20);
    assert_eq!(asked.await.unwrap().unwrap().status, 200);
    let entry = last(&mock);
    assert_eq!(entry.answered.at.since(entry.arrived.at), Duration::from_secs(20));
    assert_eq!(entry.faults, [id]);

    let asked = tokio::spawn(tv.call(GET, "profiles").outcome());
    until(|| mock.server.held() == 1).await;
    mock.advance(7);
    asked.abort();
    let entry = written(&mock, 2).await;
    assert!(matches!(entry.outcome, Outcome::Dropped));
    assert_eq!(entry.answered.at.since(entry.arrived.at), Duration::from_secs(7));
    assert_eq!((entry.faults, entry.facts.device_id.as_deref()), (vec![id], Some("tv")));
    assert_eq!(mock.server.held(), 0);
}

#[tokio::test]
async fn a_stalled_call_is_held_until_its_caller_gives_up() {
    let mock = Mock::start().await;
    fault(&mock, json!({"effect": "stall", "count": 1})).await;
    let asked = tokio::spawn(mock.get("/api/v2/REF30/profiles").outcome());
    until(|| mock.server.held() == 1).await;
    assert!(matches!(last(&mock).outcome, Outcome::Dropped), "it is written down at once");
    mock.advance(24 * 3600);
    assert!(!asked.is_finished());
    asked.abort();
    until(|| mock.server.held() == 0).await;
    assert_eq!(mock.server.journal().len(), 1);
    assert_eq!(mock.get("/api/v2/REF30/profiles").send().await.status, 401);
}

/// What a socket gets for a request.
async fn raw(mock: &Mock) -> (Vec<u8>, Option<ErrorKind>) {
    let mut socket = TcpStream::connect(mock.address()).await.unwrap();
    let request = b"GET /api/v2/REF30/configuration HTTP/1.1\r\nhost: x\r\n\r\n";
    socket.write_all(request).await.unwrap();
    let mut got = Vec::new();
    let read = tokio::time::timeout(Duration::from_secs(20), socket.read_to_end(&mut got));
    let end = read.await.expect("the connection ends").err().map(|error| error.kind());
    (got, end)
}

#[tokio::test]
async fn connections_are_closed_or_reset_without_an_answer() {
    let mock = Mock::start().await;
    fault(&mock, json!({"effect": "close"})).await;
    assert_eq!(raw(&mock).await, (vec![], None));
    fault(&mock, json!({"effect": "reset"})).await;
    assert_eq!(raw(&mock).await, (vec![], Some(ErrorKind::ConnectionReset)));
    for entry in mock.server.journal().entries() {
        assert!(matches!(entry.outcome, Outcome::Dropped));
    }
    assert_eq!(mock.server.journal().len(), 2);
}

#[tokio::test]
async fn a_truncated_answer_ends_too_early_with_or_without_a_sign_of_it() {
    let mock = Mock::start().await;
    let body = json!({"a": "0123456789"}).to_string();
    let whole = json!({"status": 200, "body": {"a": "0123456789"}});
    fault(&mock, json!({"effect": {"answer": whole}, "name": "something to cut"})).await;
    done(&mock, DELETE, "/faults", NOTHING).await;
    let tv = Device::new(&mock, "tv").await;
    let full = tv.call(GET, "configuration").send().await.body;
    assert!(full.len() > 100 && body.len() < 100);

    fault(&mock, json!({"effect": {"truncated": {"bytes": 50}}})).await;
    assert!(tv.call(GET, "configuration").outcome().await.is_err(), "the body is not all there");
    let Outcome::Answered { body, complete, status, .. } = last(&mock).outcome else { panic!() };
    assert_eq!((status.as_u16(), complete, &body[..]), (200, false, &full[..50]));

    done(&mock, DELETE, "/faults", NOTHING).await;
    fault(&mock, json!({"effect": {"truncated": {"looks_complete": true}}})).await;
    let answer = tv.call(GET, "configuration").outcome().await.unwrap();
    assert_eq!(answer.body, full[..full.len() / 2]);
    let Outcome::Answered { complete, .. } = last(&mock).outcome else { panic!() };
    assert!(complete, "as far as anybody can tell");
}

#[tokio::test]
async fn a_truncated_answer_is_seen_as_far_as_it_goes() {
    let mock = Mock::start().await;
    fault(&mock, json!({"effect": {"truncated": {"bytes": 1}}})).await;
    let (got, _) = raw(&mock).await;
    let got = String::from_utf8(got).unwrap();
    assert!(got.starts_with("HTTP/1.1 401"), "{got}");
    assert!(got.contains("content-length: 2\r\n") && got.ends_with("\r\n\r\n{"), "{got}");
}

#[tokio::test]
async fn answers_are_garbled_in_all_the_ways_that_clients_meet() {
    let mock = Mock::start().await;
    let tv = signed_in(&mock, "tv").await;
    let ask = || async { tv.call(GET, "profiles/Cablevision").outcome().await.unwrap() };
    let good = ask().await;

    let ids = [
        fault(&mock, json!({"effect": {"content_type": "text/html"}})).await,
        fault(&mock, json!({"effect": {"unknown_value": {"field": "type", "value": "lunarSSO"}}}))
            .await,
    ];
    let answer = ask().await;
    assert_eq!(answer.header("content-type"), "text/html");
    let mut expected = good.json();
    expected["profiles"]["Cablevision"]["type"] = "lunarSSO".into();
    assert_eq!(answer.json(), expected);
    let mut faults = last(&mock).faults;
    faults.sort_unstable();
    assert_eq!(faults, ids);

    done(&mock, DELETE, "/faults", NOTHING).await;
    let id = fault(&mock, json!({"effect": "malformed"})).await;
    let answer = ask().await;
    assert_eq!(answer.header("content-type"), good.header("content-type"));
    assert!(serde_json::from_slice::<Value>(&answer.body).is_err());

    let unchanged = json!({"effect": {"unknown_value": {"field": "actionName"}}});
    let idle = fault(&mock, unchanged).await;
    done(&mock, DELETE, &format!("/faults/{id}"), NOTHING).await;
    assert_eq!(ask().await.json(), good.json());
    assert!(last(&mock).faults.is_empty(), "a fault that changed nothing is not named");
    assert_eq!(done(&mock, GET, &format!("/faults/{idle}"), NOTHING).await["hits"], 0);
}

#[tokio::test]
async fn a_slow_body_comes_with_the_clock() {
    let mock = Mock::start().await;
    let slow = json!({"over": "10s", "pieces": 2});
    fault(&mock, json!({"match": {"endpoint": "profiles"}, "effect": {"slow_body": slow}})).await;
    let tv = Device::new(&mock, "tv").await;
    let before = mock.server.journal().len();
    let asked = tokio::spawn(tv.call(GET, "profiles").outcome());
    for piece in 1..=2 {
        let due = START.after(Duration::from_secs(5 * piece));
        until(|| mock.server.held() == 1 && mock.server.clock().next_wakeup() == Some(due)).await;
        assert!(!asked.is_finished());
        assert_eq!(mock.server.journal().len(), before, "written down at its end");
        mock.advance(5);
    }
    let answer = asked.await.unwrap().unwrap();
    assert_eq!(answer.json(), json!({"profiles": {}}));
    assert_eq!(answer.header("content-length"), answer.body.len().to_string());
    let entry = written(&mock, 1).await;
    assert_eq!(entry.answered.at.since(entry.arrived.at), Duration::from_secs(10));
    assert!(matches!(entry.outcome, Outcome::Answered { complete: true, .. }));

    let asked = tokio::spawn(tv.call(GET, "profiles").outcome());
    until(|| mock.server.held() == 1).await;
    asked.abort();
    let entry = written(&mock, 2).await;
    let Outcome::Answered { body, complete, .. } = entry.outcome else { panic!() };
    assert!(!complete && body.is_empty(), "{body:?}");
}

#[tokio::test]
async fn spoilt_media_tokens_do_not_verify() {
    let mock = Mock::start().await;
    let tv = signed_in(&mock, "tv").await;
    let cases = [
        ("tampered", "INVALID_SIGNATURE"),
        ("expired", "TOKEN_EXPIRED"),
        ("future_dated", "TOKEN_EXPIRED"),
    ];
    for (how, expected) in cases {
        fault(&mock, json!({"effect": {"media_token": how}, "count": 1})).await;
        let decision = tv.authorize("Cablevision", "REF30").await;
        assert_eq!(decision["authorized"], true);
        let token = json!({"serialized_token": decision["token"]["serializedToken"]});
        let verified = done(&mock, POST, "/media-tokens/verify", token).await;
        assert!(verified.to_string().contains(expected), "{how}: {verified}");
    }
}

#[tokio::test]
async fn faults_are_listed_with_their_hits_and_go() {
    let mock = Mock::start().await;
    let rule = json!({
        "name": "two bad polls",
        "match": {"endpoint": ["profile_by_code", "profiles"], "device": "tv"},
        "delay": "1ms",
        "effect": {"status": 503},
        "skip": 1,
        "count": 2,
        "probability": 1.0,
        "lasts": "1h",
    });
    let added = done(&mock, POST, "/faults", rule.clone()).await;
    assert_eq!(added["says"], rule, "it is shown as it was given");
    fault(&mock, json!({"match": {"endpoint": "logout"}, "effect": {"slow_body": {"over": "1s"}}}))
        .await;
    insta::assert_json_snapshot!(done(&mock, GET, "/faults", NOTHING).await);
    let mine = done(&mock, GET, "/faults?device=tv", NOTHING).await;
    assert_eq!(mine["faults"].as_array().unwrap().len(), 1);
    assert_eq!(done(&mock, DELETE, "/faults?device=tv", NOTHING).await["done"], 1);
    assert_eq!(done(&mock, DELETE, "/faults/2", NOTHING).await["done"], 1);
    assert_eq!(refused(&mock, DELETE, "/faults/2", NOTHING).await.0, 404);
    assert_eq!(refused(&mock, GET, "/faults/x", NOTHING).await.0, 404);
    fault(&mock, json!({"effect": "stall"})).await;
    assert_eq!(done(&mock, POST, "/reset", json!({})).await["done"], 1);
    assert_eq!(done(&mock, GET, "/faults", NOTHING).await, json!({"faults": []}));
}

#[tokio::test]
async fn a_fault_that_makes_no_sense_is_refused_by_field() {
    let mock = Mock::start().await;
    let cases = [
        (json!({}), "effect: is missing"),
        (json!({"effect": {"status": 7}}), "effect.status: 7"),
        (json!({"effect": "explode"}), "effect: unknown variant `explode`"),
        (
            json!({"effect": {"error": {"code": "made_up"}}}),
            "`made_up` is no documented error code",
        ),
        (json!({"match": {"endpoint": "autorize"}}), "did you mean `authorize`?"),
        (json!({"match": {"endpoint": ["profile"]}}), "no call is named `profile`"),
        (json!({"match": {"endpoint": 7}}), "expected the name of a call"),
        (json!({"delay": 5}), "delay:"),
        (json!({"dealy": "5s"}), "dealy"),
        (json!({"effect": "malformed", "when": "before"}), "when:"),
    ];
    for (rule, expected) in cases {
        let (status, problem) = refused(&mock, POST, "/faults", rule.clone()).await;
        assert_eq!(status, 400);
        assert!(problem.contains(expected), "{rule}: {problem}");
    }
    assert_eq!(done(&mock, GET, "/faults", NOTHING).await, json!({"faults": []}));
}

#[tokio::test]
async fn preflights_and_the_harnesss_own_requests_are_left_alone() {
    let mock = Mock::with(|builder| builder.harness_marker("it is me")).await;
    fault(&mock, json!({"effect": {"status": 500}})).await;
    let answers: [Answer; 3] = [
        mock.call(Method::OPTIONS, "/api/v2/REF30/profiles")
            .header("origin", "https://app.example")
            .header("access-control-request-method", "GET")
            .send()
            .await,
        mock.get("/api/v2/REF30/profiles").header("x-pass-harness", "it is me").send().await,
        mock.get("/mvpd/Dish/login").send().await,
    ];
    assert_eq!(answers.map(|answer| answer.status.as_u16()), [204, 401, 400]);
    let refused = mock.get("/api/v2/REF30/profiles").outcome().await.unwrap();
    assert_eq!(refused.status, 500);
}

#[tokio::test]
async fn an_archive_names_the_faults_that_acted() {
    let mock = Mock::start().await;
    let tv = signed_in(&mock, "tv").await;
    mock.server.journal().clear();
    let rule = json!({"match": {"endpoint": "profiles"}, "effect": {"status": 503}, "count": 1});
    let number = fault(&mock, rule).await;
    for _ in 0..2 {
        tv.call(GET, "profiles").outcome().await.unwrap();
    }
    let har = done(&mock, GET, "/journal.har", NOTHING).await;
    let entries = har["log"]["entries"].as_array().unwrap();
    assert_eq!(
        (&entries[0]["response"]["status"], &entries[0]["_faults"]),
        (&json!(503), &json!([number]))
    );
    assert_eq!(entries[1]["response"]["status"], 200);
    assert!(entries[1].get("_faults").is_none(), "nothing acted on the second");
}
