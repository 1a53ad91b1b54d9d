//! Registration and configuration.

use http::{Method, StatusCode};
use pass_mock::config::Fixtures;
use serde_json::json;

use super::{assert_like, assert_sample, millis};
use crate::application::{Application, DEVICE_INFO, USER_AGENT};
use crate::harness::{Mock, START};

#[tokio::test]
async fn register_and_token() {
    let mock = Mock::start().await;
    let statement = Fixtures::default().first_software_statement().unwrap().to_owned();
    let body =
        json!({ "software_statement": statement, "redirect_uri": "adobepass://com.programmer" });
    let registered = mock
        .post("/o/client/register")
        .header("x-device-info", DEVICE_INFO)
        .header("accept", "application/json")
        .header("user-agent", USER_AGENT)
        .json(&body)
        .send()
        .await;
    let sample = json!({
        "client_id": "s6BhdRkqt3",
        "client_secret": "t7AkePiru4",
        "redirect_uris": ["adobepass://com.programmer"],
        "grant_types": ["client_credentials"],
        "scopes": ["api:client:v2"],
        "client_id_issued_at": 1_723_227_212
    });
    assert_sample("register", &registered, 201, &sample);

    let credentials = registered.json();
    let form = [
        ("client_id", credentials["client_id"].as_str().unwrap()),
        ("client_secret", credentials["client_secret"].as_str().unwrap()),
        ("grant_type", "client_credentials"),
    ];
    let token = mock.post("/o/client/token").form(&form).send().await;
    let sample = json!({
        "id": "a932f8f0-210a-41a4-b2a8-377751f6b76f",
        "access_token": "2YotnFZFEjr1zCsicMWpAA",
        "created_at": 1_752_148_106_221_i64,
        "expires_in": 21600,
        "token_type": "bearer"
    });
    assert_sample("token", &token, 201, &sample);
    assert_eq!(token.json()["created_at"], millis(START, 0));

    let refused = mock.post("/o/client/register").json(&json!({})).send().await;
    assert_sample("register_error", &refused, 400, &json!({ "error": "invalid_request" }));
    let refused = mock.post("/o/client/token").form(&[]).send().await;
    assert_sample("token_error", &refused, 400, &json!({ "error": "invalid_request" }));
}

#[tokio::test]
async fn configuration() {
    let mock = Mock::start().await;
    let app = Application::register(&mock).await;
    // As printed: with a slash at the end and without a device identifier.
    let answer = app
        .bare(Method::GET, "/api/v2/REF30/configuration/")
        .header("x-device-info", DEVICE_INFO)
        .send()
        .await;
    assert_eq!(answer.status, StatusCode::OK);
    super::shown("configuration", &answer.text().replace("{\"", "\n{\""));
    let body = answer.json();
    assert_like("$.device", &body["device"], &json!("unknown"));
    assert_like("$.clientType", &body["clientType"], &json!("html5"));
    assert_like("$.os", &body["os"], &json!("Unknown"));
    assert_eq!(body.as_object().unwrap().len(), 4);
    let requestor = &body["requestor"];
    assert_eq!(
        (&requestor["id"], &requestor["name"]),
        (&json!("REF30"), &json!("Reference site only in 30"))
    );
    let domains = [
        "adobe.com",
        "adobe.io",
        "adobepass.com",
        "adobeptime.com",
        "anvilcreative.com",
        "testadobe.com",
    ];
    let sample = domains.map(|name| json!({ "name": name, "mvpdInitiated": false }));
    assert_like("$.requestor.domains", &requestor["domains"], &json!(sample));
    let offer = |id: &str| {
        let all = requestor["mvpds"].as_array().unwrap();
        all.iter().find(|mvpd| mvpd["id"] == id).unwrap_or_else(|| panic!("no {id}")).clone()
    };
    let samples = [
        json!({
            "id": "AdobePass_SMI",
            "displayName": "Adobe Pass SMI",
            "logoUrl": "https://blogs.adobe.com/conversations/files/2010/08/adobe-logo.jpg",
            "authPerAggregator": false
        }),
        json!({
            "id": "TempPass_TEST40",
            "displayName": "Adobe Temp Pass Test 3 min",
            "logoUrl": "https://entitlement.auth.adobe.com/entitlement/noLogo.png",
            "authPerAggregator": true,
            "isTempPass": true
        }),
        json!({
            "id": "AdobeShibboleth",
            "displayName": "AdobeShibboleth",
            "logoUrl": "https://entitlement.auth.adobe.com/entitlement/adobe.png"
        }),
    ];
    for sample in samples {
        let id = sample["id"].as_str().unwrap();
        assert_like(id, &offer(id), &sample);
    }
    assert!(requestor["mvpds"].as_array().unwrap().iter().all(|m| m["id"] != "DisabledCable"));
    assert_eq!(offer("ProxiedTelco")["isProxy"], true);
}
