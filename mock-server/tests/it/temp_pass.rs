//! Temporary access: the documents' samples as printed, and what the pages say beside them.

use http::Method;
use pass_mock::config::Fixtures;
use pass_mock::domain::ErrorCode;
use pass_mock::tokens::read_unverified;
use serde_json::{Value, json};

use crate::application::{Application, COMPLETE};
use crate::control::{done, refused};
use crate::harness::{Answer, Call, Mock, START};
use crate::samples::{BACK, assert_sample, enhanced, logout_sample, session_sample, with};

/// The identity of the samples: `{"email":"foo@bar.com"}`.
const FOO: &str = "eyJlbWFpbCI6ImZvb0BiYXIuY29tIn0=";
/// `{"email": "bar@bar.com"}`
const BAR: &str = "eyJlbWFpbCI6ICJiYXJAYmFyLmNvbSJ9";
const BASIC: &str = "TempPass_TEST40";
const PROMOTIONAL: &str = "flexibleTempPass";
const PHONE: &str = "fingerprint cGhvbmUtMg==";
const DELETE: Method = Method::DELETE;

fn profile(app: &Application<'_>, mvpd: &str, identity: &str) -> Call {
    let call = app.call(Method::GET, &format!("/api/v2/REF30/profiles/{mvpd}"));
    if identity.is_empty() { call } else { call.header("ap-temppass-identity", identity) }
}

fn decide(app: &Application<'_>, kind: &str, mvpd: &str, resource: &str, who: &str) -> Call {
    let path = format!("/api/v2/REF30/decisions/{kind}/{mvpd}");
    let call = app.call(Method::POST, &path).json(&json!({ "resources": [resource] }));
    if who.is_empty() { call } else { call.header("ap-temppass-identity", who) }
}

/// The error's code in the one decision; empty for a permit.
async fn denial(call: Call) -> String {
    let answer = call.send().await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let decision = answer.json()["decisions"][0].clone();
    assert_eq!(decision["source"], "temppass");
    let code = decision["error"]["code"].as_str().unwrap_or_default().to_owned();
    assert_eq!(decision["authorized"], code.is_empty(), "{decision}");
    code
}

async fn watch(app: &Application<'_>, resource: &str, identity: &str) -> String {
    denial(decide(app, "authorize", PROMOTIONAL, resource, identity)).await
}

fn temporary(mvpd: &str, attributes: &Value) -> Value {
    json!({ "profiles": { mvpd: {
        "notBefore": 1_697_718_650_206_i64,
        "notAfter": 1_697_718_710_206_i64,
        "issuer": "Adobe",
        "type": "temporary",
        "attributes": attributes
    } } })
}

fn plain(value: &Value) -> Value {
    json!({ "value": value, "state": "plain" })
}

/// The user of the samples' device.
fn user(answer: &Answer, mvpd: &str) -> Value {
    let user = answer.json()["profiles"][mvpd]["attributes"]["userID"]["value"].clone();
    let digits = user.as_str().unwrap().strip_prefix("temppass_").unwrap();
    assert!(digits.len() == 40 && digits.bytes().all(|b| b.is_ascii_hexdigit()), "{user}");
    user
}

fn denied(mvpd: &str, code: ErrorCode) -> Value {
    json!({ "decisions": [{
        "resource": "REF30",
        "serviceProvider": "REF30",
        "mvpd": mvpd,
        "source": "temppass",
        "authorized": false,
        "error": enhanced(code)
    }] })
}

fn permitted(mvpd: &str) -> Value {
    json!({ "decisions": [{
        "resource": "REF30",
        "serviceProvider": "REF30",
        "mvpd": mvpd,
        "source": "temppass",
        "authorized": true,
        "token": {
            "notBefore": 1_697_094_207_324_i64,
            "notAfter": 1_697_094_802_367_i64,
            "serializedToken": "PHNpZ25hdHVyZUluZm8..."
        },
        "notBefore": 1_697_094_207_324_i64,
        "notAfter": 1_697_594_802_367_i64
    }] })
}

/// Both profile calls for an MVPD: with its name, and with a code that was resumed with it.
async fn both(app: &Application<'_>, mvpd: &str, identity: &str) -> [Answer; 2] {
    let session = app.session(&[]).await;
    let code = session["code"].as_str().unwrap();
    let form = [("mvpd", mvpd), COMPLETE[1], COMPLETE[2]];
    let path = format!("/api/v2/REF30/sessions/{code}");
    let resumed = app.bare(Method::POST, &path).form(&form).send().await.json();
    assert_eq!(resumed["reasonType"], "temporary");
    let path = format!("/api/v2/REF30/profiles/code/{code}");
    let by_code = app.bare(Method::GET, &path);
    let by_code = match identity {
        "" => by_code,
        _ => by_code.header("ap-temppass-identity", identity),
    };
    let by_name = profile(app, mvpd, identity).outcome().await.unwrap();
    [by_name, by_code.outcome().await.unwrap()]
}

#[tokio::test]
async fn samples_of_the_basic_kind() {
    let mock = Mock::start().await;
    let app = Application::register(&mock).await;
    let end = START.millis() + 180_000;
    for answer in both(&app, BASIC, "").await {
        let attributes = json!({
            "expiration_date": plain(&json!(end)),
            "userID": plain(&user(&answer, BASIC)),
        });
        assert_sample("temp_pass_profile_basic", &answer, 200, &temporary(BASIC, &attributes));
    }
    let call = decide(&app, "authorize", BASIC, "REF30", "");
    let answer = call.send().await;
    assert_sample("temp_pass_authorize_basic", &answer, 200, &permitted(BASIC));
    let decision = &answer.json()["decisions"][0];
    assert_eq!((&decision["notBefore"], &decision["notAfter"]), (&json!(START), &json!(end)));
    let token = decision["token"]["serializedToken"].as_str().unwrap();
    assert_eq!(read_unverified(token).unwrap().mvpd_id, BASIC);

    mock.advance(181);
    let exceeded = ErrorCode::TemporaryAccessDurationLimitExceeded;
    for answer in both(&app, BASIC, "").await {
        assert_sample("temp_pass_profile_over", &answer, 403, &enhanced(exceeded));
    }
    let answer = decide(&app, "authorize", BASIC, "REF30", "").send().await;
    assert_sample("temp_pass_authorize_over", &answer, 200, &denied(BASIC, exceeded));
}

#[tokio::test]
async fn samples_of_the_promotional_kind() {
    let mock = Mock::start().await;
    let app = Application::register(&mock).await;
    let answer = decide(&app, "authorize", PROMOTIONAL, "REF30", FOO).send().await;
    assert_sample("temp_pass_authorize_promotional", &answer, 200, &permitted(PROMOTIONAL));
    for answer in both(&app, PROMOTIONAL, FOO).await {
        let attributes = json!({
            "remaining_resources": plain(&json!(2)),
            "used_assets": plain(&json!(["REF30"])),
            "expiration_date": plain(&json!(START.millis() + 3_600_000)),
            "userID": plain(&user(&answer, PROMOTIONAL)),
        });
        let sample = temporary(PROMOTIONAL, &attributes);
        assert_sample("temp_pass_profile_promotional", &answer, 200, &sample);
    }
    let identity = ErrorCode::InvalidHeaderIdentityForTemporaryAccess;
    for unreadable in ["", "???"] {
        for answer in both(&app, PROMOTIONAL, unreadable).await {
            assert_sample("temp_pass_profile_nobody", &answer, 400, &enhanced(identity));
        }
        let answer = decide(&app, "authorize", PROMOTIONAL, "REF30", unreadable).send().await;
        let sample = denied(PROMOTIONAL, identity);
        assert_sample("temp_pass_authorize_nobody", &answer, 200, &sample);
    }
    for resource in ["news", "sports"] {
        assert_eq!(watch(&app, resource, FOO).await, "");
    }
    let exceeded = ErrorCode::TemporaryAccessResourcesLimitExceeded;
    for answer in both(&app, PROMOTIONAL, FOO).await {
        assert_sample("temp_pass_profile_used_up", &answer, 403, &enhanced(exceeded));
    }
    // One of the used ones.
    let answer = decide(&app, "authorize", PROMOTIONAL, "REF30", FOO).send().await;
    assert_sample("temp_pass_authorize_used_up", &answer, 200, &denied(PROMOTIONAL, exceeded));
}

#[tokio::test]
async fn samples_of_an_invalid_configuration() {
    let fixtures = with(|fixtures: &mut Fixtures| {
        for mvpd in &mut fixtures.mvpds {
            if let Some(pass) = &mut mvpd.temp_pass {
                pass.duration = None;
            }
        }
    });
    let mock = Mock::with(|builder| builder.fixtures(fixtures)).await;
    let app = Application::register(&mock).await;
    let invalid = ErrorCode::InvalidConfigurationTemporaryAccess;
    for (mvpd, identity) in [(BASIC, ""), (PROMOTIONAL, FOO)] {
        for answer in both(&app, mvpd, identity).await {
            assert_sample("temp_pass_profile_invalid", &answer, 500, &enhanced(invalid));
        }
        let answer = decide(&app, "authorize", mvpd, "REF30", identity).send().await;
        let name = format!("temp_pass_authorize_invalid_{mvpd}");
        assert_sample(&name, &answer, 200, &denied(mvpd, invalid));
    }
}

#[tokio::test]
async fn sessions_list_and_logout() {
    let mock = Mock::start().await;
    let app = Application::register(&mock).await;
    assert_eq!(denial(decide(&app, "authorize", BASIC, "REF30", "")).await, "");
    mock.advance(181);
    // Over or not, nothing tells so but the decision and the profile.
    let form = [("mvpd", BASIC), COMPLETE[1], COMPLETE[2]];
    let created = app.session(&form).await;
    let url = format!("/api/v2/REF30/decisions/authorize/{BASIC}");
    let mut sample = session_sample(["authorize", "direct", "temporary"], &url);
    (sample["mvpd"], sample["sessionId"]) = (json!(BASIC), created["sessionId"].clone());
    assert_eq!(created, sample);
    let all = app.get("/api/v2/REF30/profiles").await;
    assert_eq!(all.json(), json!({ "profiles": {} }));
    let answer = app.get(&format!("/api/v2/REF30/logout/{BASIC}?{BACK}")).await;
    assert_eq!(answer.json(), logout_sample(BASIC, ["complete", "none"], None));
}

#[tokio::test]
async fn a_preauthorization_permits_while_the_trial_is_good_and_begins_nothing() {
    let mock = Mock::start().await;
    let app = Application::register(&mock).await;
    let ask = |mvpd, identity| denial(decide(&app, "preauthorize", mvpd, "unheard of", identity));
    for _ in 0..2 {
        assert_eq!(ask(BASIC, "").await, "");
        assert_eq!(ask(PROMOTIONAL, "").await, "", "no identity is needed");
        mock.advance(3601);
    }
    for resource in ["one", "two", "three"] {
        assert_eq!(watch(&app, resource, FOO).await, "");
    }
    let used_up = "temporary_access_resources_limit_exceeded";
    assert_eq!(ask(PROMOTIONAL, "").await, used_up, "the device is known");
    let phone = app.on(PHONE);
    let on_phone = |identity| decide(&phone, "preauthorize", PROMOTIONAL, "one", identity);
    assert_eq!(denial(on_phone(FOO)).await, used_up, "the identity is known");
    assert_eq!(denial(on_phone(BAR)).await, "");
    let answer = on_phone(BAR).send().await.json();
    let decision = answer["decisions"][0].as_object().unwrap();
    assert!(!decision.contains_key("token") && !decision.contains_key("notAfter"));
}

#[tokio::test]
async fn the_duration_ends_to_the_second_it_was_agreed_on() {
    let mock = Mock::start().await;
    let app = Application::register(&mock).await;
    let basic = || denial(decide(&app, "authorize", BASIC, "REF30", ""));
    mock.advance(1000);
    assert_eq!(basic().await, "");
    mock.advance(180);
    assert_eq!(basic().await, "");
    mock.server.clock().advance(std::time::Duration::from_millis(1));
    assert_eq!(basic().await, "temporary_access_duration_limit_exceeded");
}

#[tokio::test]
async fn another_device_with_the_same_identity_goes_on_with_the_trial() {
    let mock = Mock::start().await;
    let app = Application::register(&mock).await;
    let (phone, tablet) = (app.on(PHONE), app.on("fingerprint dGFibGV0"));
    assert_eq!(watch(&app, "one", FOO).await, "");
    assert_eq!(watch(&phone, "two", FOO).await, "");
    assert_eq!(watch(&app, "three", BAR).await, "", "the device is known");
    for (device, identity) in [(&app, FOO), (&phone, BAR), (&tablet, FOO), (&tablet, BAR)] {
        let why = watch(device, "one", identity).await;
        assert_eq!(why, "temporary_access_resources_limit_exceeded");
    }
    // Another application on the same device has no trial of its own.
    let other = Application::register(&mock).await;
    assert_eq!(watch(&other, "one", "bmV3").await, "temporary_access_resources_limit_exceeded");
    assert_eq!(watch(&tablet, "one", "bmV3").await, "", "new and new");
}

async fn reset(mock: &Mock, token: &str, query: &str) -> u16 {
    let call = mock.call(DELETE, &format!("/reset-tempass/v3/reset{query}"));
    let answer = if token.is_empty() { call } else { call.bearer(token) }.send().await;
    match answer.status.as_u16() {
        204 => assert!(answer.body.is_empty()),
        401 => assert!(answer.header("www-authenticate").starts_with("Bearer")),
        _ => assert_eq!(answer.json(), json!({})),
    }
    answer.status.as_u16()
}

#[tokio::test]
async fn a_reset_gives_another_trial() {
    let mock = Mock::start().await;
    let app = Application::register(&mock).await;
    let basic = || denial(decide(&app, "authorize", BASIC, "REF30", ""));
    let device = "ba23d141-d715-561c-94f4-e9e4c966b1eb";
    let over = "temporary_access_duration_limit_exceeded";
    // As printed, with the name that is here.
    for value in [device, "all", ""] {
        assert_eq!(basic().await, "");
        mock.advance(181);
        assert_eq!(basic().await, over);
        let other = format!("?requestor_id=REF30&mvpd_id={PROMOTIONAL}&device_id={value}");
        assert_eq!(reset(&mock, &app.token, &other).await, 204);
        assert_eq!(basic().await, over, "another temporary access was reset");
        let query = format!("?requestor_id=REF30&mvpd_id={BASIC}&device_id={value}");
        assert_eq!(reset(&mock, &app.token, &query).await, 204);
    }
    assert_eq!(basic().await, "");
    let elsewhere = format!("?requestor_id=REF30&mvpd_id={BASIC}&device_id=another");
    assert_eq!(reset(&mock, &app.token, &elsewhere).await, 204);
    mock.advance(181);
    assert_eq!(basic().await, over);
}

#[tokio::test]
async fn a_promotional_trial_is_forgotten_by_device_and_by_key() {
    let mock = Mock::start().await;
    let app = Application::register(&mock).await;
    // SHA-256 of the bare address, as the page has it.
    let hash = "0c7e6a405862e402eb76a70f8a26fc732d07c32931e9fae9ab1582911d2e8a3b";
    let by_device = format!("?requestor_id=REF30&mvpd_id={PROMOTIONAL}&device_id=all");
    for key in ["foo@bar.com", hash, "all", ""] {
        for resource in ["one", "two", "three"] {
            assert_eq!(watch(&app, resource, FOO).await, "", "{key}");
        }
        assert_eq!(reset(&mock, &app.token, &by_device).await, 204);
        assert_ne!(watch(&app, "one", FOO).await, "", "the identity is known still");
        let by_key = format!("/generic?requestor_id=REF30&mvpd_id={PROMOTIONAL}&key={key}");
        assert_eq!(reset(&mock, &app.token, &by_key).await, 204);
    }
    assert_eq!(watch(&app, "one", FOO).await, "");
}

#[tokio::test]
async fn resets_that_are_refused() {
    let fixtures = Fixtures::default();
    let statement = |id: &str| {
        let listed = fixtures.software_statements.iter().find(|listed| *listed.id == *id);
        listed.unwrap().statement.clone()
    };
    let mock = Mock::start().await;
    let app = Application::register(&mock).await;
    let bad = [
        "",
        "?requestor_id=REF30",
        "?requestor_id=nobody&mvpd_id=TempPass_TEST40",
        "?requestor_id=REF30&mvpd_id=nobody",
        "?requestor_id=REF30&mvpd_id=Cablevision",
        "/generic?requestor_id=REF30&mvpd_id=TempPass_TEST40",
    ];
    for query in bad {
        assert_eq!(reset(&mock, &app.token, query).await, 400, "{query}");
    }
    let good = "?requestor_id=REF30&mvpd_id=TempPass_TEST40";
    for token in ["", "nonsense"] {
        assert_eq!(reset(&mock, token, good).await, 401);
    }
    for id in ["apasstest1-only", "first-api-only"] {
        let other = Application::register_as(&mock, &statement(id)).await;
        assert_eq!(reset(&mock, &other.token, good).await, 403, "{id}");
    }
    assert_eq!(reset(&mock, &app.token, good).await, 204);
    let listed = done(&mock, Method::GET, "/clients", Value::Null).await;
    for client in listed["clients"].as_array().unwrap() {
        let path = format!("/clients/{}/revoke", client["client_id"].as_str().unwrap());
        done(&mock, Method::POST, &path, Value::Null).await;
    }
    assert_eq!(reset(&mock, &app.token, good).await, 403, "withdrawn");
}

#[tokio::test]
async fn the_control_api_lists_and_forgets_trials() {
    let mock = Mock::start().await;
    let app = Application::register(&mock).await;
    let phone = app.on(PHONE);
    assert_eq!(watch(&app, "one", FOO).await, "");
    assert_eq!(watch(&phone, "two", FOO).await, "");
    assert_eq!(denial(decide(&app, "authorize", BASIC, "REF30", "")).await, "");
    let listed = done(&mock, Method::GET, "/temp-pass", Value::Null).await;
    insta::assert_json_snapshot!(listed, @r#"
    {
      "trials": [
        {
          "devices": [
            "ba23d141-d715-561c-94f4-e9e4c966b1eb",
            "phone-2"
          ],
          "ends": 1767229200000,
          "identities": 1,
          "mvpd": "flexibleTempPass",
          "service_provider": "REF30",
          "started": 1767225600000,
          "trial": 1,
          "used": [
            "one",
            "two"
          ]
        },
        {
          "devices": [
            "ba23d141-d715-561c-94f4-e9e4c966b1eb"
          ],
          "ends": 1767225780000,
          "identities": 0,
          "mvpd": "TempPass_TEST40",
          "service_provider": "REF30",
          "started": 1767225600000,
          "trial": 2,
          "used": [
            "REF30"
          ]
        }
      ]
    }
    "#);
    let path = "/temp-pass/reset";
    let forget = |which: Value| done(&mock, Method::POST, path, which);
    assert_eq!(forget(json!({ "identity": "bar@bar.com" })).await["done"], 0);
    assert_eq!(forget(json!({ "identity": "foo@bar.com" })).await["done"], 1);
    let (status, problem) = refused(&mock, Method::POST, path, json!({ "trial": 1 })).await;
    assert!(status == 404 && problem.contains("GET /temp-pass"), "{problem}");
    assert_eq!(watch(&app, "one", FOO).await, "");
    assert_eq!(forget(json!({ "device": "phone-2" })).await["done"], 0);
    assert_eq!(forget(json!({})).await["done"], 2);
    assert_eq!(watch(&app, "one", FOO).await, "");
    let scope = json!({ "device": "ba23d141-d715-561c-94f4-e9e4c966b1eb" });
    done(&mock, Method::POST, "/reset", scope).await;
    let listed = done(&mock, Method::GET, "/temp-pass", Value::Null).await;
    assert_eq!(listed, json!({ "trials": [] }));
}
