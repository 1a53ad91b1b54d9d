//! Single sign-on: the samples with a service token, a platform identity and a partner.

use http::Method;
use pass_mock::sso::saml_response;
use serde_json::{Value, json};

use super::{BACK, assert_sample, logout_sample, session_sample};
use crate::application::{Application, COMPLETE};
use crate::control::done;
use crate::harness::{Answer, Mock, START};

/// `AP-Partner-Framework-Status` as the samples have it: granted, Cablevision, until 2034.
const STATUS: &str = "ewogICAgImZyYW1ld29ya1Blcm1pc3Npb25JbmZvIjogewogICAgICAiYWNjZXNzU3RhdHVzIjogImdyYW50ZWQiCiAgICB9LAogICAgImZyYW1ld29ya1Byb3ZpZGVySW5mbyIgOiB7CiAgICAgICJpZCIgOiAiQ2FibGV2aXNpb24iLAogICAgICAiZXhwaXJhdGlvbkRhdGUiIDogIjIwMjU0MzA2MzYwMDAiCiAgICB9Cn0=";
/// The one of a denied permission: it names no provider.
const DENIED: &str = "ewogICAgImZyYW1ld29ya1Blcm1pc3Npb25JbmZvIjogewogICAgICAiYWNjZXNzU3RhdHVzIjogImRlbmllZCIKICAgIH0sCiAgICAiZnJhbWV3b3JrUHJvdmlkZXJJbmZvIiA6IHt9Cn0=";
const ELSEWHERE: &str = "fingerprint b3RoZXI=";

/// The two methods: what makes the token, its header, the MVPD of the samples, the type of profile.
const METHODS: [(&str, &str, &str, &str); 2] = [
    ("service-token", "ad-service-token", "AdobeShibboleth", "serviceTokenSSO"),
    ("subject-token", "adobe-subject-token", "AdobePass_SMI", "platformSSO"),
];

async fn token(mock: &Mock, what: &str) -> String {
    let order = json!({"subject": "dd3fab27cf284fe6ee4d67fa1f68317c"});
    let made = done(mock, Method::POST, &format!("/sso/{what}"), order).await;
    made["value"].as_str().unwrap().to_owned()
}

/// Somebody signs in on another device, as the subject of a token.
async fn sign_in(app: &Application<'_>, mvpd: &str, header: &str, token: &str) {
    let form = [("mvpd", mvpd), COMPLETE[1], COMPLETE[2]];
    let call = app.on(ELSEWHERE).call(Method::POST, "/api/v2/REF30/sessions").form(&form);
    let session = call.header(header, token).send().await.json();
    app.complete(session["code"].as_str().unwrap());
}

fn assert_profile(answer: &Answer, mvpd: &str, issuer: &str, kind: &str) {
    let body = answer.json();
    let profile = &body["profiles"][mvpd];
    let members: Vec<_> = profile.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(members, ["attributes", "issuer", "notAfter", "notBefore", "type"]);
    assert_eq!((&profile["issuer"], &profile["type"]), (&json!(issuer), &json!(kind)));
    assert!(profile["notBefore"].is_i64() && profile["notAfter"].is_i64());
    for (name, attribute) in profile["attributes"].as_object().unwrap() {
        let state = if name == "zip" { "enc" } else { "plain" };
        assert_eq!(attribute["state"], state, "{name}");
    }
    for name in ["userID", "upstreamUserID"] {
        assert!(profile["attributes"][name]["value"].is_string(), "{name}");
    }
}

#[tokio::test]
async fn profiles_of_a_subject_beside_ones_own() {
    for (what, header, mvpd, kind) in METHODS {
        let mock = Mock::start().await;
        let app = Application::register(&mock).await;
        let token = token(&mock, what).await;
        sign_in(&app, mvpd, header, &token).await;
        app.sign_in("Spectrum").await;
        let call = app.call(Method::GET, "/api/v2/REF30/profiles").header(header, &token);
        let answer = call.send().await;
        assert_eq!(answer.json()["profiles"].as_object().unwrap().len(), 2);
        assert_profile(&answer, mvpd, mvpd, kind);
        assert_profile(&answer, "Spectrum", "Spectrum", "regular");
        let call = app.call(Method::GET, &format!("/api/v2/REF30/profiles/{mvpd}"));
        let answer = call.header(header, &token).send().await;
        assert_eq!(answer.json()["profiles"].as_object().unwrap().len(), 1);
        assert_profile(&answer, mvpd, mvpd, kind);
    }
}

#[tokio::test]
async fn single_logouts() {
    let samples = [
        ("service-token", "ad-service-token", "Spectrum"),
        ("subject-token", "adobe-subject-token", "Comcast_SSO"),
    ];
    for (what, header, mvpd) in samples {
        let mock = Mock::start().await;
        let app = Application::register(&mock).await;
        let token = token(&mock, what).await;
        sign_in(&app, mvpd, header, &token).await;
        let call = app.call(Method::GET, &format!("/api/v2/REF30/logout/{mvpd}?{BACK}"));
        let answer = call.header(header, &token).send().await;
        let url = answer.json()["logouts"][mvpd]["url"].clone();
        let sample = logout_sample(mvpd, ["logout", "interactive"], url.as_str());
        assert_eq!(answer.json(), sample);
        let query = url.as_str().unwrap().split_once('?').unwrap().1;
        assert!(query.contains(&format!("mso_id={mvpd}")) && query.contains("requestor_id=REF30"));
    }
}

#[tokio::test]
async fn the_partner_authentication_request() {
    let mock = Mock::start().await;
    let app = Application::register(&mock).await;
    let ask = |status: &str, form: &[(&str, &str)]| {
        let call = app.call(Method::POST, "/api/v2/REF30/sessions/sso/Apple").form(form);
        call.header("ap-partner-framework-status", status).send()
    };
    let form = [COMPLETE[1], COMPLETE[2]];

    let answer = ask(STATUS, &form).await;
    let url = "/api/v2/REF30/profiles/sso/Apple";
    let mut sample = session_sample(["partner_profile", "direct", "none"], url);
    let request = answer.json()["authenticationRequest"]["request"].clone();
    assert!(request.as_str().unwrap().starts_with("PD94bWwgdmVyc2lvbj0iMS4wIiBlbmNvZGluZz0iVVRG"));
    let attributes = ["uid", "NameID", "uniqueId"];
    sample["authenticationRequest"] =
        json!({"type": "saml", "request": request, "attributesNames": attributes});
    assert_sample_but_request("partner_request_1", &answer, &sample);

    // The third sample has an MVPD that its own request does not name.
    let answer = ask(DENIED, &form).await;
    let body = answer.json();
    let url = format!("/api/v2/REF30/sessions/{}", body["code"].as_str().unwrap());
    let mut sample = with_code(session_sample(["resume", "direct", "pfs_fallback"], &url), &body);
    sample.as_object_mut().unwrap().remove("mvpd");
    sample["missingParameters"] = json!(["mvpd"]);
    assert_sample("partner_request_3", &answer, 200, &sample);

    let answer = ask(STATUS, &form[..1]).await;
    let body = answer.json();
    let url = format!("/api/v2/REF30/sessions/{}", body["code"].as_str().unwrap());
    let action = ["resume", "direct", "missing_parameters_fallback"];
    let mut sample = with_code(session_sample(action, &url), &body);
    sample["missingParameters"] = json!(["redirectUrl"]);
    assert_sample("partner_request_5", &answer, 200, &sample);

    let rule = json!({"mode": "AuthNAll", "seconds": 60});
    done(&mock, Method::PUT, "/degradation/REF30/Cablevision", rule).await;
    let answer = ask(STATUS, &form).await;
    let url = "/api/v2/REF30/decisions/authorize/Cablevision";
    let sample = session_sample(["authorize", "direct", "degraded"], url);
    assert_sample("partner_request_2", &answer, 200, &sample);
}

#[tokio::test]
async fn the_partner_authentication_request_where_the_configuration_has_none() {
    let fixtures = super::with(|fixtures| {
        let mvpd = fixtures.mvpds.iter_mut().find(|mvpd| &*mvpd.id == "Cablevision").unwrap();
        mvpd.platforms.get_mut("tvOS").unwrap().enable_platform_services = Some(false);
    });
    let mock = Mock::with(|builder| builder.fixtures(fixtures)).await;
    let app = Application::register(&mock).await;
    let call = app.call(Method::POST, "/api/v2/REF30/sessions/sso/Apple");
    let call = call.form(&[COMPLETE[1], COMPLETE[2]]);
    let answer = call.header("ap-partner-framework-status", STATUS).send().await;
    let body = answer.json();
    let url = format!("/api/v2/authenticate/REF30/{}", body["code"].as_str().unwrap());
    let action = ["authenticate", "interactive", "configuration_fallback"];
    assert_sample(
        "partner_request_4",
        &answer,
        200,
        &with_code(session_sample(action, &url), &body),
    );
}

#[tokio::test]
async fn the_profile_of_a_partners_response_and_its_logout() {
    let mock = Mock::start().await;
    let app = Application::register(&mock).await;
    let saml = saml_response("Cablevision", "demo", START, std::time::Duration::from_secs(3600));
    let send = || {
        app.call(Method::POST, "/api/v2/REF30/profiles/sso/Apple")
            .form(&[("SAMLResponse", saml.as_str())])
            .header("ap-partner-framework-status", STATUS)
            .send()
    };
    let created = send().await;
    assert_eq!(created.status, 201);
    assert_profile(&created, "Cablevision", "Apple", "appleSSO");
    let path = format!("/api/v2/REF30/logout/Cablevision?{BACK}");
    let sample = logout_sample("Cablevision", ["partner_logout", "partner_interactive"], None);
    assert_sample("logout_5", &app.get(&path).await, 200, &sample);

    let rule = json!({"mode": "AuthNAll", "seconds": 60});
    done(&mock, Method::PUT, "/degradation/REF30/Cablevision", rule).await;
    let degraded = send().await;
    let body = degraded.json();
    let profile = &body["profiles"]["Cablevision"];
    assert_eq!(degraded.status, 200);
    assert_eq!((&profile["issuer"], &profile["type"]), (&json!("Adobe"), &json!("degraded")));
    let user = profile["attributes"]["userID"]["value"].as_str().unwrap();
    assert!(user.starts_with("95cf93bcd183214a"), "{user}");
}

/// A sample with a code, and the timestamps that come with one.
fn with_code(mut sample: Value, answer: &Value) -> Value {
    let members = sample.as_object_mut().unwrap();
    members.insert("code".into(), answer["code"].clone());
    members.insert("notBefore".into(), json!("1733735289035"));
    members.insert("notAfter".into(), json!("1733737089035"));
    sample
}

/// The request is another one in each answer.
fn assert_sample_but_request(name: &str, answer: &Answer, sample: &Value) {
    assert_eq!(answer.status, 200);
    super::assert_like("$", &answer.json(), sample);
    let request = sample["authenticationRequest"]["request"].as_str().unwrap();
    let text = answer.text().replace(request, "[request]");
    super::shown(name, &super::redacted(&text, &answer.json()));
}
