//! The control API's operations on sessions, profiles, decisions and integrations.

use http::Method;
use serde_json::{Value, json};

use crate::control::{done, refused};
use crate::device::Device;
use crate::harness::Mock;

const GET: Method = Method::GET;
const PUT: Method = Method::PUT;
const POST: Method = Method::POST;
const DELETE: Method = Method::DELETE;
const NOTHING: Value = Value::Null;

/// The error that the MVPD's decision carries, with its details; `None` for a permit.
async fn denied(device: &Device<'_>, resource: &str) -> Option<String> {
    let decision = device.authorize("Cablevision", resource).await;
    let error = decision.get("error")?;
    assert_eq!(decision["authorized"], false);
    let text = |name: &str| error[name].as_str().unwrap_or_default();
    Some(format!("{} {}", text("code"), text("details")))
}

/// A device whose first user is signed in.
async fn signed_in<'a>(mock: &'a Mock, id: &'static str) -> Device<'a> {
    let device = Device::new(mock, id).await;
    let code = device.begin("Cablevision").await;
    done(mock, POST, &format!("/sessions/{code}/complete"), json!({})).await;
    device
}

#[tokio::test]
async fn an_empty_object_signs_the_first_user_in() {
    let mock = Mock::start().await;
    let tv = Device::new(&mock, "tv").await;
    let code = tv.begin("Cablevision").await;
    let listed = done(&mock, GET, "/sessions", NOTHING).await;
    insta::assert_json_snapshot!(listed, {
        ".sessions[].code" => "CODE", ".sessions[].session_id" => "ID", ".sessions[].client" => "CLIENT",
    }, @r#"
    {
      "sessions": [
        {
          "client": "CLIENT",
          "code": "CODE",
          "device": "tv",
          "domain_name": "adobe.com",
          "login": {
            "state": "open"
          },
          "mvpd": "Cablevision",
          "not_after": 1767227400000,
          "not_before": 1767225600000,
          "redirect_url": "https://adobe.com/done?x=1&y=%20",
          "service_provider": "REF30",
          "session_id": "ID"
        }
      ],
      "total": 1
    }
    "#);
    assert_eq!(
        done(&mock, GET, &format!("/sessions/{code}"), NOTHING).await,
        listed["sessions"][0]
    );
    let after = done(&mock, POST, &format!("/sessions/{code}/complete"), json!({})).await;
    assert_eq!(after["login"], json!({"state": "done"}));
    assert!(tv.is_signed_in().await);
    insta::assert_json_snapshot!(done(&mock, GET, "/profiles", NOTHING).await, { ".profiles[].client" => "CLIENT" }, @r#"
    {
      "profiles": [
        {
          "client": "CLIENT",
          "decisions": [],
          "device": "tv",
          "mvpd": "Cablevision",
          "not_after": 1769817600000,
          "not_before": 1767225600000,
          "profile": 1,
          "service_provider": "REF30",
          "standing": "valid",
          "type": "regular",
          "user": "demo"
        }
      ]
    }
    "#);
    let health = done(&mock, GET, "/health", NOTHING).await;
    assert_eq!((&health["sessions"], &health["signed_in"]), (&json!(1), &json!(1)));
    let (status, problem) =
        refused(&mock, POST, &format!("/sessions/{code}/complete"), json!({})).await;
    assert!(status == 409 && problem.contains("used already"), "{problem}");
}

#[tokio::test]
async fn a_login_is_completed_later_or_with_the_third_poll() {
    let mock = Mock::start().await;
    let path = |code: &str| format!("/sessions/{code}/complete");

    let tv = Device::new(&mock, "tv").await;
    let later = tv.begin("Cablevision").await;
    let how = json!({"user": "basic", "after_seconds": 45});
    let due = done(&mock, POST, &path(&later), how).await;
    assert_eq!(due["login"], json!({"state": "due", "user": "basic", "at": 1_767_225_645_000_i64}));
    mock.advance(44);
    assert!(!tv.is_signed_in().await);
    mock.advance(1);
    assert_eq!(done(&mock, GET, "/profiles", NOTHING).await["profiles"][0]["user"], "basic");

    let stick = Device::new(&mock, "stick").await;
    let created = stick.begin("Cablevision").await;
    mock.advance(10);
    done(&mock, POST, &path(&created), json!({"after_creation_seconds": 30})).await;
    mock.advance(19);
    assert!(!stick.is_signed_in().await);
    mock.advance(1);
    assert!(stick.is_signed_in().await);

    let phone = Device::new(&mock, "phone").await;
    let third = phone.begin("Cablevision").await;
    let on_poll = done(&mock, POST, &path(&third), json!({"on_poll": 3})).await;
    assert_eq!(on_poll["login"], json!({"state": "on_poll", "user": "demo", "polls": 3}));
    let mut seen = Vec::new();
    for _ in 0..3 {
        seen.push(phone.polls(&third).await);
    }
    assert_eq!(seen, [false, false, true]);
}

#[tokio::test]
async fn a_session_without_an_mvpd_is_told_one() {
    let mock = Mock::start().await;
    let tv = Device::new(&mock, "tv").await;
    let code = tv.session(&[]).await;
    let path = format!("/sessions/{code}/complete");
    let (status, problem) = refused(&mock, POST, &path, json!({})).await;
    assert!(status == 409 && problem.contains("give mvpd"), "{problem}");
    for wrong in ["Nobody", "TempPass_TEST40"] {
        let (status, problem) = refused(&mock, POST, &path, json!({"mvpd": wrong})).await;
        assert!(status == 400 && problem.contains("Cablevision, Spectrum, Dish"), "{problem}");
    }
    let after = done(&mock, POST, &path, json!({"mvpd": "Spectrum"})).await;
    assert_eq!((&after["mvpd"], &after["login"]["state"]), (&json!("Spectrum"), &json!("done")));
}

#[tokio::test]
async fn orders_that_make_no_sense_are_refused_by_field() {
    let mock = Mock::start().await;
    let tv = Device::new(&mock, "tv").await;
    let code = tv.begin("Cablevision").await;
    let (status, problem) = refused(&mock, POST, "/sessions/ZZZZZZZ/complete", NOTHING).await;
    assert!(status == 404 && problem.contains("GET /sessions"), "{problem}");
    let cases = [
        (400, "complete", json!({"user": "nobody"}), "give one of demo, basic"),
        (409, "complete", json!({"mvpd": "Spectrum"}), "mvpd: "),
        (400, "complete", json!({"on_poll": 0}), "on_poll:"),
        (400, "complete", json!({"on_poll": 2, "after_seconds": 1}), "alternatives"),
        (400, "complete", json!({"after_seconds": -1}), "after_seconds:"),
        (400, "complete", json!({"users": "demo"}), "users"),
        (400, "delay", json!({}), "seconds"),
        (400, "delay", json!({"seconds": -1}), "seconds:"),
        (400, "expire", json!({"after_seconds": "soon"}), "after_seconds:"),
    ];
    for (expected, verb, body, said) in cases {
        let path = format!("/sessions/{code}/{verb}");
        let (status, problem) = refused(&mock, POST, &path, body.clone()).await;
        assert_eq!(status, expected, "{body}: {problem}");
        assert!(problem.contains(said), "{body}: {problem}");
    }
    for verb in ["deny", "expire", "delay"] {
        let path = format!("/sessions/ZZZZZZZ/{verb}");
        let body = if verb == "delay" { json!({"seconds": 1}) } else { NOTHING };
        assert_eq!(refused(&mock, POST, &path, body).await.0, 404, "{verb}");
    }
    assert!(!tv.is_signed_in().await);
}

#[tokio::test]
async fn a_session_is_denied_expired_or_delayed() {
    let mock = Mock::start().await;
    let tv = Device::new(&mock, "tv").await;
    let denied = tv.begin("Cablevision").await;
    let path = |code: &str, verb: &str| format!("/sessions/{code}/{verb}");
    let after = done(&mock, POST, &path(&denied, "deny"), NOTHING).await;
    assert_eq!(after["login"]["state"], "denied");
    let (status, problem) = refused(&mock, POST, &path(&denied, "complete"), NOTHING).await;
    assert!(status == 409 && problem.contains("denied"), "{problem}");

    let stick = Device::new(&mock, "stick").await;
    let expired = stick.begin("Cablevision").await;
    assert_eq!(done(&mock, POST, &path(&expired, "expire"), NOTHING).await["done"], 1);
    assert_eq!(refused(&mock, GET, &format!("/sessions/{expired}"), NOTHING).await.0, 404);
    let stick = Device::new(&mock, "stick").await;
    let soon = stick.begin("Cablevision").await;
    done(&mock, POST, &path(&soon, "expire"), json!({"after_seconds": 5})).await;
    let end = done(&mock, GET, &format!("/sessions/{soon}"), NOTHING).await["not_after"].clone();
    assert_eq!(end, 1_767_225_605_000_i64);
    mock.advance(6);
    assert_eq!(refused(&mock, GET, &format!("/sessions/{soon}"), NOTHING).await.0, 404);

    let phone = Device::new(&mock, "phone").await;
    let slow = phone.begin("Cablevision").await;
    let after = done(&mock, POST, &path(&slow, "delay"), json!({"seconds": 45})).await;
    assert_eq!(after["login"], json!({"state": "open", "delay_seconds": 45.0}));
    let login = format!("/mvpd/Cablevision/login?code={slow}");
    let form = [("username", "demo"), ("password", "demo")];
    assert_eq!(mock.post(&login).form(&form).send().await.status, 302);
    mock.advance(44);
    assert!(!phone.is_signed_in().await);
    done(&mock, POST, &path(&slow, "delay"), json!({"seconds": 10})).await;
    mock.advance(9);
    assert!(!phone.is_signed_in().await);
    mock.advance(1);
    assert!(phone.is_signed_in().await);
    assert_eq!(refused(&mock, POST, &path(&slow, "delay"), json!({"seconds": 1})).await.0, 409);
}

#[tokio::test]
async fn one_profile_expires_is_withdrawn_or_forgotten() {
    let mock = Mock::start().await;
    for device in ["tv", "stick", "phone", "tablet"] {
        signed_in(&mock, device).await;
    }
    let standing = async |device: &str| {
        let path = format!("/profiles?device={device}");
        done(&mock, GET, &path, NOTHING).await["profiles"][0]["standing"].clone()
    };
    done(&mock, POST, "/profiles/1/expire", NOTHING).await;
    assert_eq!(standing("tv").await, "authenticated_profile_expired");
    done(&mock, POST, "/profiles/2/expire", json!({"after_seconds": 10})).await;
    assert_eq!(standing("stick").await, "valid");
    mock.advance(10);
    assert_eq!(standing("stick").await, "authenticated_profile_expired");
    let withdrawn = done(&mock, POST, "/profiles/3/invalidate", NOTHING).await;
    assert_eq!(withdrawn["standing"], "authenticated_profile_invalidated");
    assert_eq!(done(&mock, DELETE, "/profiles/1", NOTHING).await["done"], 1);
    assert_eq!(done(&mock, GET, "/profiles?device=tv", NOTHING).await, json!({"profiles": []}));
    assert_eq!(standing("tablet").await, "valid", "the others are left alone");
    for (method, path) in [
        (POST, "/profiles/1/expire"),
        (POST, "/profiles/x/invalidate"),
        (DELETE, "/profiles/99"),
        (POST, "/profiles/1/decisions/expire"),
    ] {
        let (status, problem) = refused(&mock, method, path, NOTHING).await;
        assert!(status == 404 && problem.contains("GET /profiles"), "{problem}");
    }
    assert_eq!(refused(&mock, GET, "/profiles?tv=1", NOTHING).await.0, 400);
}

#[tokio::test]
async fn a_decision_is_ordered_counted_and_taken_back() {
    let mock = Mock::start().await;
    let tv = signed_in(&mock, "tv").await;
    assert_eq!(denied(&tv, "REF30").await, None);
    let kept = done(&mock, GET, "/profiles", NOTHING).await["profiles"][0]["decisions"].clone();
    assert_eq!((&kept[0]["resource"], &kept[0]["authorized"]), (&json!("REF30"), &json!(true)));

    let failing = json!({"decision": "deny", "code": "network_received_error", "resource": "REF30", "count": 2});
    let rule = done(&mock, PUT, "/decisions", failing.clone()).await;
    assert_eq!((&rule["says"], &rule["left"]), (&failing, &json!(2)));
    assert_eq!(denied(&tv, "REF30").await.unwrap(), "network_received_error ");
    assert_eq!(done(&mock, GET, "/decisions", NOTHING).await["rules"][0]["left"], 1);
    assert!(denied(&tv, "REF30").await.is_some());
    assert_eq!(denied(&tv, "REF30").await, None, "used up");

    let words = json!({"decision": "deny", "resource": "REF30", "user": "demo",
        "mvpd": "Cablevision", "details": "Call us"});
    let number = done(&mock, PUT, "/decisions", words.clone()).await["rule"].clone();
    assert_eq!(denied(&tv, "REF30").await.unwrap(), "authorization_denied_by_mvpd Call us");
    let mut other = words.clone();
    other["details"] = json!("Write to us");
    let again = done(&mock, PUT, "/decisions", other).await["rule"].clone();
    assert_ne!(number, again, "the earlier one is replaced");
    assert_eq!(done(&mock, GET, "/decisions", NOTHING).await["rules"].as_array().unwrap().len(), 2);
    assert_eq!(done(&mock, DELETE, &format!("/decisions/{again}"), NOTHING).await["done"], 1);
    assert_eq!(denied(&tv, "REF30").await, None);

    done(&mock, PUT, "/decisions", json!({"decision": "permit", "resource": "premium"})).await;
    assert_eq!(denied(&tv, "premium").await, None);
    assert_eq!(done(&mock, DELETE, "/decisions", NOTHING).await["done"], 2);
    assert!(denied(&tv, "premium").await.is_some());
}

#[tokio::test]
async fn one_kept_decision_ends() {
    let mock = Mock::start().await;
    let tv = signed_in(&mock, "tv").await;
    denied(&tv, "REF30").await;
    denied(&tv, "premium").await;
    let path = "/profiles/1/decisions/expire";
    let left = done(&mock, POST, path, json!({"resource": "REF30"})).await;
    let left = left["decisions"].as_array().unwrap();
    assert_eq!((left.len(), &left[0]["resource"]), (1, &json!("premium")));
    assert_eq!(left[0]["code"], "authorization_denied_by_mvpd");
    let (status, problem) = refused(&mock, POST, path, json!({"resource": "REF30"})).await;
    assert!(status == 404 && problem.starts_with("resource:"), "{problem}");
    assert_eq!(done(&mock, POST, path, NOTHING).await["decisions"], json!([]));
}

#[tokio::test]
async fn decisions_that_make_no_sense_are_refused_by_field() {
    let mock = Mock::start().await;
    let cases = [
        (json!({}), "decision (permit or deny, required)"),
        (json!({"decision": "maybe"}), "decision:"),
        (json!({"decision": "deny", "code": "network_recieved_error"}), "did you mean"),
        (json!({"decision": "permit", "code": "internal_server_error"}), "code:"),
        (json!({"decision": "permit", "details": "x"}), "details:"),
        (json!({"decision": "deny", "count": 0}), "count:"),
        (json!({"decision": "deny", "user": "nobody"}), "user:"),
        (json!({"decision": "deny", "mvpd": "Nobody"}), "mvpd:"),
        (json!({"decision": "deny", "service_provider": "REF31"}), "give one of REF30"),
        (json!({"decision": "deny", "call": "play"}), "call:"),
        (json!({"decision": "deny", "why": "x"}), "why"),
    ];
    for (body, said) in cases {
        let (status, problem) = refused(&mock, PUT, "/decisions", body.clone()).await;
        assert_eq!(status, 400, "{body}: {problem}");
        assert!(problem.contains(said), "{body}: {problem}");
    }
    for rule in ["1", "x"] {
        assert_eq!(refused(&mock, DELETE, &format!("/decisions/{rule}"), NOTHING).await.0, 404);
    }
}

#[tokio::test]
async fn integrations_are_switched_until_the_next_reset() {
    let mock = Mock::start().await;
    let enabled = async || {
        let list = done(&mock, GET, "/integrations", NOTHING).await;
        let list = list["integrations"].as_array().unwrap().clone();
        let found = |i: &&Value| i["service_provider"] == "REF30" && i["mvpd"] == "Cablevision";
        list.iter().find(found).unwrap()["enabled"].clone()
    };
    assert_eq!(enabled().await, true);
    let path = "/integrations/REF30/Cablevision";
    let off = done(&mock, PUT, path, json!({"enabled": false})).await;
    assert_eq!(off, json!({"service_provider": "REF30", "mvpd": "Cablevision", "enabled": false}));
    assert_eq!(enabled().await, false);
    done(&mock, POST, "/reset", NOTHING).await;
    assert_eq!(enabled().await, true);
    assert_eq!(refused(&mock, PUT, path, json!({})).await.0, 400);
    let (status, problem) =
        refused(&mock, PUT, "/integrations/REF30/Nobody", json!({"enabled": true})).await;
    assert!(status == 404 && problem.contains("GET /integrations"), "{problem}");
}

#[tokio::test]
async fn a_reset_forgets_everything_or_one_device() {
    let mock = Mock::start().await;
    let client = Device::new(&mock, "nowhere").await.client;
    let tv = signed_in(&mock, "tv").await;
    let phone = signed_in(&mock, "phone").await;
    let rule = json!({"decision": "deny", "device": "tv"});
    done(&mock, PUT, "/decisions", rule).await;
    done(&mock, PUT, "/decisions", json!({"decision": "deny", "resource": "REF30"})).await;

    assert_eq!(done(&mock, POST, "/reset", json!({"device": "tv"})).await["done"], 3);
    assert!(!tv.is_signed_in().await && phone.is_signed_in().await);
    assert_eq!(done(&mock, GET, "/decisions", NOTHING).await["rules"].as_array().unwrap().len(), 1);
    assert_eq!(done(&mock, POST, "/reset", json!({"client": client})).await["done"], 1);
    let clients = done(&mock, GET, "/clients", NOTHING).await;
    assert_eq!(clients["clients"].as_array().unwrap().len(), 2);
    let before = mock.server.journal().len();
    let everything = done(&mock, POST, "/reset", json!({})).await;
    assert_eq!(everything["done"], 5, "two clients, a session, a profile, a rule");
    for (path, empty) in [
        ("/clients", json!({"clients": [], "total": 0})),
        ("/sessions", json!({"sessions": [], "total": 0})),
        ("/profiles", json!({"profiles": []})),
        ("/tokens", json!({"tokens": [], "total": 0})),
        ("/decisions", json!({"rules": []})),
    ] {
        assert_eq!(done(&mock, GET, path, NOTHING).await, empty);
    }
    assert_eq!(mock.server.journal().len(), before, "the journal stays");
    assert_eq!(refused(&mock, POST, "/reset", json!({"devices": "tv"})).await.0, 400);
}

#[tokio::test]
async fn a_media_token_is_checked_as_an_entitlement_server_would() {
    let mock = Mock::start().await;
    let tv = signed_in(&mock, "tv").await;
    let decision = tv.authorize("Cablevision", "REF30").await;
    let token = decision["token"]["serializedToken"].as_str().unwrap().to_owned();
    let verify = async |token: &str, resource: Option<&str>| {
        let mut body = json!({"serialized_token": token});
        if let Some(resource) = resource {
            body["resource"] = json!(resource);
        }
        done(&mock, POST, "/media-tokens/verify", body).await
    };
    let checked = verify(&token, Some("REF30")).await;
    assert_eq!(
        (&checked["valid"], &checked["token"]["mvpd_id"]),
        (&json!(true), &json!("Cablevision"))
    );
    assert_eq!(verify(&token, None).await["valid"], true);
    let other = verify(&token, Some("premium")).await;
    let junk = verify("abc", None).await;
    mock.advance(8 * 60);
    let late = verify(&token, None).await;
    let results = [checked, other, junk, late].map(|answer| answer["result"].clone());
    assert_eq!(
        results,
        ["VALID_TOKEN", "INVALID_RESOURCE_ID", "INVALID_TOKEN_FORMAT", "TOKEN_EXPIRED"]
            .map(Value::from)
    );
    let key = done(&mock, GET, "/media-tokens/key", NOTHING).await;
    assert!(key["public_key"].as_str().unwrap().starts_with("-----BEGIN PUBLIC KEY-----"));
    assert_eq!(refused(&mock, POST, "/media-tokens/verify", json!({})).await.0, 400);
}

#[tokio::test]
async fn a_test_in_the_same_process_needs_no_http() {
    let mock = Mock::start().await;
    let tv = Device::new(&mock, "tv").await;
    let code = tv.begin("Cablevision").await;
    let control = mock.server.control();
    let how = pass_mock::control::ops::sessions::Complete::default();
    control.complete_session(&code, &how).unwrap();
    assert!(tv.is_signed_in().await);
    let again = control.complete_session(&code, &how).unwrap_err();
    assert_eq!(again.kind, pass_mock::control::Kind::Conflict);
}
