//! Degraded access: the documents' samples as printed, and what the pages say beside them.

use http::Method;
use pass_mock::domain::ErrorCode;
use serde_json::{Value, json};

use crate::application::{Application, COMPLETE};
use crate::control::{done, refused};
use crate::harness::{Mock, START};
use crate::samples::{BACK, assert_sample, enhanced, logout_sample, session_sample, with};

const PUT: Method = Method::PUT;
const PATH: &str = "/degradation/REF30/Cablevision";

async fn degrade(mock: &Mock, mode: &str) {
    done(mock, PUT, PATH, json!({ "mode": mode, "seconds": 60 })).await;
}

fn decision(resource: &str, rest: &Value) -> Value {
    let mut decision = json!({
        "resource": resource,
        "serviceProvider": "REF30",
        "mvpd": "Cablevision",
        "source": "degradation"
    });
    let members = decision.as_object_mut().unwrap();
    members.extend(rest.as_object().unwrap().clone());
    decision
}

fn decisions(rest: &Value) -> Value {
    json!({ "decisions": [decision("REF30", rest), decision("apasstest1", rest)] })
}

/// A server that decides about two resources at once, as the samples ask.
async fn mock() -> Mock {
    let fixtures = with(|fixtures| fixtures.limits.authorize_resources = 2);
    Mock::with(|builder| builder.fixtures(fixtures)).await
}

#[tokio::test]
async fn samples_of_decisions() {
    let mock = mock().await;
    let app = Application::register(&mock).await;
    let denied = enhanced(ErrorCode::AuthorizationDeniedByDegradationRule);
    let token = json!({
        "notBefore": 1_697_543_318_183_i64,
        "notAfter": 1_697_543_918_183_i64,
        "serializedToken": "PHNpZ25hdHVyZUluZm8+..."
    });
    let permit = json!({ "authorized": true, "token": token });
    let mut lasting = permit.clone();
    lasting["notBefore"] = json!(1_697_543_318_183_i64);
    lasting["notAfter"] = json!(1_697_549_918_183_i64);
    let deny = json!({ "authorized": false, "error": denied });
    let bare = json!({ "authorized": true });
    // Each with its authorization and its preauthorization.
    let samples =
        [("AuthNAll", &lasting, &bare), ("AuthZAll", &permit, &bare), ("AuthZNone", &deny, &deny)];
    for (mode, authorize, preauthorize) in samples {
        degrade(&mock, mode).await;
        for (kind, sample) in [("authorize", authorize), ("preauthorize", preauthorize)] {
            let answer = app.decide(kind, "Cablevision", &["REF30", "apasstest1"]).await;
            let name = format!("degraded_{kind}_{mode}");
            assert_sample(&name, &answer, 200, &decisions(sample));
        }
    }
}

#[tokio::test]
async fn samples_of_sessions_profiles_and_logout() {
    let mock = Mock::start().await;
    let app = Application::register(&mock).await;
    let waiting = app.code("Cablevision").await;
    let by_code = format!("/api/v2/REF30/profiles/code/{waiting}");
    let empty = json!({ "profiles": {} });
    assert_eq!(app.bare(Method::GET, &by_code).send().await.json(), empty);

    degrade(&mock, "AuthNAll").await;
    // Somebody who waits for a login need not wait any more.
    let by_mvpd = app.get("/api/v2/REF30/profiles/Cablevision").await;
    let by_code = app.bare(Method::GET, &by_code).send().await;
    assert_eq!(by_code.body, by_mvpd.body);
    let user = by_mvpd.json()["profiles"]["Cablevision"]["attributes"]["userID"]["value"].clone();
    let digits = user.as_str().unwrap().strip_prefix("95cf93bcd183214a").unwrap();
    assert!(digits.len() == 40, "{user}");
    let sample = json!({ "profiles": { "Cablevision": {
        "notBefore": 1_697_719_042_666_i64,
        "notAfter": 1_697_719_102_666_i64,
        "issuer": "Adobe",
        "type": "degraded",
        "attributes": { "userID": { "value": user, "state": "plain" } }
    } } });
    assert_sample("degraded_profile", &by_mvpd, 200, &sample);
    let shown = &by_mvpd.json()["profiles"]["Cablevision"];
    assert_eq!(shown["notBefore"], json!(START));
    assert_eq!(shown["notAfter"], START.millis() + 60_000);
    assert_eq!(app.get("/api/v2/REF30/profiles").await.json(), empty);

    let url = "/api/v2/REF30/decisions/authorize/Cablevision";
    let sample = session_sample(["authorize", "direct", "degraded"], url);
    let created = app.call(Method::POST, "/api/v2/REF30/sessions").form(COMPLETE).send().await;
    assert_sample("degraded_create_session", &created, 200, &sample);
    let session = app.session(&[]).await;
    let path = format!("/api/v2/REF30/sessions/{}", session["code"].as_str().unwrap());
    let resumed = app.bare(Method::POST, &path).form(COMPLETE).send().await;
    assert_sample("degraded_resume_session", &resumed, 200, &sample);
    assert_eq!(resumed.json()["sessionId"], session["sessionId"]);

    let answer = app.get(&format!("/api/v2/REF30/logout/Cablevision?{BACK}")).await;
    assert_eq!(answer.json(), logout_sample("Cablevision", ["complete", "none"], None));
}

#[tokio::test]
async fn an_existing_profile_waits_until_the_end_of_the_rule() {
    let mock = Mock::start().await;
    let app = Application::register(&mock).await;
    app.sign_in("Cablevision").await;
    let kind = async || {
        let answer = app.get("/api/v2/REF30/profiles/Cablevision").await.json();
        answer["profiles"]["Cablevision"]["type"].clone()
    };
    degrade(&mock, "AuthNAll").await;
    assert_eq!(kind().await, "degraded");
    assert_eq!(app.session(COMPLETE).await["reasonType"], "degraded");
    let all = app.get("/api/v2/REF30/profiles").await.json();
    assert_eq!(all["profiles"]["Cablevision"]["type"], "regular");
    mock.advance(60);
    assert_eq!(kind().await, "degraded", "its last instant");
    mock.server.clock().advance(std::time::Duration::from_millis(1));
    assert_eq!(kind().await, "regular");
    assert_eq!(app.session(COMPLETE).await["reasonType"], "authenticated");
}

#[tokio::test]
async fn rules_about_decisions_leave_the_rest_alone() {
    let mock = Mock::start().await;
    let app = Application::register(&mock).await;
    let permits = async |mvpd: &str, resource: &str| {
        let answer = app.decide("authorize", mvpd, &[resource]).await;
        answer.json()["decisions"][0]["authorized"].clone()
    };
    for mode in ["AuthZAll", "AuthZNone"] {
        degrade(&mock, mode).await;
        let profile = app.get("/api/v2/REF30/profiles/Cablevision").await.json();
        assert_eq!(profile, json!({ "profiles": {} }));
        assert_eq!(app.session(COMPLETE).await["actionName"], "authenticate");
        let logout = app.get(&format!("/api/v2/REF30/logout/Cablevision?{BACK}")).await.json();
        assert_eq!(logout["logouts"]["Cablevision"]["actionName"], "invalid");
        assert_eq!(permits("Cablevision", "premium").await, mode == "AuthZAll");
    }
    // With a profile too: what the MVPD would say does not matter.
    app.sign_in("Cablevision").await;
    app.sign_in("Dish").await;
    assert_eq!(permits("Cablevision", "REF30").await, false);
    assert_eq!(permits("Dish", "REF30").await, true, "another MVPD");
    degrade(&mock, "AuthZAll").await;
    assert_eq!(permits("Cablevision", "premium").await, true);
    mock.advance(61);
    assert_eq!(permits("Cablevision", "premium").await, false, "the rule has ended");
}

#[tokio::test]
async fn the_control_api_applies_lists_and_lifts_rules() {
    let mock = Mock::start().await;
    let app = Application::register(&mock).await;
    let body = json!({ "mode": "AuthZNone", "details": "Back at eight" });
    done(&mock, PUT, PATH, body).await;
    let answer = app.decide("authorize", "Cablevision", &["REF30"]).await.json();
    assert_eq!(answer["decisions"][0]["error"]["details"], "Back at eight");
    let listed = done(&mock, Method::GET, "/degradation", Value::Null).await;
    insta::assert_json_snapshot!(listed, @r#"
    {
      "degradation": [
        {
          "details": "Back at eight",
          "mode": "AuthZNone",
          "mvpd": "Cablevision",
          "not_after": 1767229200000,
          "not_before": 1767225600000,
          "service_provider": "REF30"
        }
      ]
    }
    "#);
    done(&mock, Method::DELETE, PATH, Value::Null).await;
    let (status, _) = refused(&mock, Method::DELETE, PATH, Value::Null).await;
    assert_eq!(status, 404);
    let wrong = [
        ("/degradation/REF30/Nobody", json!({ "mode": "AuthNAll" }), 404),
        ("/degradation/REF30/TempPass_TEST40", json!({ "mode": "AuthNAll" }), 409),
        (PATH, json!({ "mode": "AuthNNone" }), 400),
        (PATH, json!({ "mode": "AuthNAll", "seconds": -1 }), 400),
    ];
    for (path, body, expected) in wrong {
        let (status, problem) = refused(&mock, PUT, path, body).await;
        assert_eq!(status, expected, "{problem}");
    }
    degrade(&mock, "AuthNAll").await;
    assert_eq!(done(&mock, Method::DELETE, "/degradation", Value::Null).await["done"], 1);
    degrade(&mock, "AuthNAll").await;
    done(&mock, Method::POST, "/reset", json!({})).await;
    let listed = done(&mock, Method::GET, "/degradation", Value::Null).await;
    assert_eq!(listed, json!({ "degradation": [] }));
}
