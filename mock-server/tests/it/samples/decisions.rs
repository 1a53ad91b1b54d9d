//! Decisions.

use pass_mock::domain::{DecisionRule, ErrorCode};
use pass_mock::tokens::Verification;
use serde_json::json;

use super::{assert_sample, enhanced, millis};
use crate::application::Application;
use crate::harness::{Mock, START};

#[tokio::test]
async fn preauthorize() {
    let mock = Mock::start().await;
    let app = Application::register(&mock).await;
    app.sign_in("Cablevision").await;
    let answer =
        app.decide("preauthorize", "Cablevision", &["resource1", "resource2", "resource3"]).await;
    let decision = |resource: &str, authorized: bool| {
        json!({
            "resource": resource,
            "serviceProvider": "REF30",
            "mvpd": "Cablevision",
            "source": "mvpd",
            "authorized": authorized
        })
    };
    let mut denied = decision("resource3", false);
    denied["error"] = enhanced(ErrorCode::PreauthorizationDeniedByMvpd);
    let decisions = [decision("resource1", true), decision("resource2", true), denied];
    assert_sample("preauthorize_1", &answer, 200, &json!({ "decisions": decisions }));
}

#[tokio::test]
async fn authorize() {
    let mock = Mock::start().await;
    let app = Application::register(&mock).await;
    app.sign_in("Cablevision").await;
    let answer = app.decide("authorize", "Cablevision", &["REF30"]).await;
    let sample = json!({ "decisions": [{
        "resource": "REF30",
        "serviceProvider": "REF30",
        "mvpd": "Cablevision",
        "source": "mvpd",
        "authorized": true,
        "token": {
            "notBefore": 1_697_094_207_324_i64,
            "notAfter": 1_697_094_802_367_i64,
            "serializedToken": "PHNpZ25hdHVyZUluZm8..."
        },
        "notBefore": 1_697_094_207_324_i64,
        "notAfter": 1_697_098_802_367_i64
    }]});
    assert_sample("authorize_1", &answer, 200, &sample);
    let decision = &answer.json()["decisions"][0];
    assert_eq!(decision["token"]["notAfter"], millis(START, 7 * 60));
    let token = decision["token"]["serializedToken"].as_str().unwrap();
    let fixtures = mock.server.app().fixtures.load();
    let verifier = fixtures.keys.media_token_signer().verifier();
    assert_eq!(verifier.verify(token, Some("REF30"), START), Verification::Valid);

    let details = "Your subscription package does not include the \"Live\" channel";
    mock.server.app().domain.rules.add(DecisionRule {
        resource: Some("REF30".into()),
        deny: Some(ErrorCode::AuthorizationDeniedByMvpd),
        details: Some(details.into()),
        ..DecisionRule::default()
    });
    let answer = app.decide("authorize", "Cablevision", &["REF30"]).await;
    let mut error = enhanced(ErrorCode::AuthorizationDeniedByMvpd);
    error["details"] = json!(details);
    let sample = json!({ "decisions": [{
        "resource": "REF30",
        "serviceProvider": "REF30",
        "mvpd": "Cablevision",
        "source": "mvpd",
        "authorized": false,
        "error": error,
        "notBefore": 1_697_094_207_324_i64,
        "notAfter": 1_697_098_802_367_i64
    }]});
    assert_sample("authorize_2", &answer, 200, &sample);
}
