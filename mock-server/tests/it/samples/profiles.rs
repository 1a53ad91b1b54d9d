//! Profiles.

use http::{Method, StatusCode};
use serde_json::json;

use super::{assert_sample, kind, millis, redacted, shown};
use crate::application::Application;
use crate::harness::{Answer, Mock, START};

/// A profile of a sample; which user metadata there is differs, so it is compared apart.
fn assert_profile_sample(
    name: &str,
    answer: &Answer,
    mvpd: &str,
    seconds: i64,
    attributes: &[&str],
) {
    assert_eq!(answer.status, StatusCode::OK);
    let profile = answer.json()["profiles"][mvpd].clone();
    let told = profile["attributes"].as_object().unwrap().clone();
    for name in attributes {
        assert_eq!(kind(&told[*name]), "object", "{name} is missing");
    }
    for (name, attribute) in &told {
        let members: Vec<_> = attribute.as_object().unwrap().keys().collect();
        assert_eq!(members, ["state", "value"], "{name}");
        let state = if name == "zip" { "enc" } else { "plain" };
        assert_eq!(attribute["state"], state, "{name}");
    }
    let sample = json!({
        "notBefore": millis(START, 0),
        "notAfter": millis(START, seconds),
        "issuer": mvpd,
        "type": "regular",
        "attributes": told
    });
    assert_eq!(profile, sample);
    shown(name, &redacted(answer.text(), &answer.json()));
}

const THIRTY_DAYS: i64 = 30 * 24 * 3600;

#[tokio::test]
async fn profiles() {
    let mock = Mock::start().await;
    let app = Application::register(&mock).await;
    let none = app.get("/api/v2/REF30/profiles").await;
    assert_sample("profiles_none", &none, 200, &json!({ "profiles": {} }));

    app.sign_in("Cablevision").await;
    let code = app.sign_in("Spectrum").await;
    let known = ["userID", "householdID", "zip"];
    let answer = app.get("/api/v2/REF30/profiles").await;
    assert_profile_sample("profiles_1", &answer, "Cablevision", THIRTY_DAYS, &known);
    assert_eq!(answer.json()["profiles"].as_object().unwrap().len(), 2);
    let answer = app.get("/api/v2/REF30/profiles/Spectrum").await;
    assert_profile_sample("profile_by_mvpd_1", &answer, "Spectrum", THIRTY_DAYS, &known);
    let path = format!("/api/v2/REF30/profiles/code/{code}");
    let answer = app.bare(Method::GET, &path).send().await;
    assert_profile_sample("profile_by_code_1", &answer, "Spectrum", THIRTY_DAYS, &known);
}
