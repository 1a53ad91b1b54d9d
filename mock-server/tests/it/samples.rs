//! The samples of the endpoint pages, sent as they are printed (with credentials that are valid
//! here) and compared with the printed answers: the same members, the same JSON types, and the same
//! values but for those that must differ.
//!
//! Samples that cannot be sent as they are printed:
//!
//! | sample | why |
//! | --- | --- |
//! | register, 1 | line breaks inside a JSON string, so that the body is no JSON |
//! | retrieve session, 1 and 2 | `/api/v2/sessions/REF30/…`: path segments swapped |
//! | logout, 7 | `/api/v2/logout/REF30/…`: path segments swapped |
//!
//! Answers that differ, and why:
//!
//! | sample | difference |
//! | --- | --- |
//! | create session, 2; retrieve session, 1 | `domain` where the request says `domainName`: a setting |
//! | all errors of decisions | the table of codes has another wording, and `trace` is always there |
//! | preauthorize, 1 | a blank behind a resource's name |
//! | all profiles | which user metadata is there differs |

use http::{Method, StatusCode};
use pass_mock::clock::Timestamp;
use pass_mock::config::{DomainSpelling, Fixtures, UrlForm};
use pass_mock::domain::{DecisionRule, ErrorCode};
use pass_mock::tokens::Verification;
use serde_json::{Value, json};

use crate::application::{Application, COMPLETE, DEVICE_INFO, USER_AGENT};
use crate::harness::{Answer, Mock, START};

/// Members whose values differ from answer to answer: only their type is compared.
const VOLATILE: &[&str] = &[
    "sessionId",
    "notBefore",
    "notAfter",
    "serializedToken",
    "trace",
    "client_id",
    "client_secret",
    "client_id_issued_at",
    "id",
    "access_token",
    "created_at",
    "ipAddress",
    "port",
];

/// Compares an answer with a sample, and shows the answer as it was sent.
pub(crate) fn assert_sample(name: &str, answer: &Answer, status: u16, sample: &Value) {
    assert_eq!(answer.status, status, "{}", answer.text());
    assert_eq!(answer.header("content-type"), "application/json;charset=UTF-8");
    let body = answer.json();
    assert_like("$", &body, sample);
    insta::assert_snapshot!(name, redacted(answer.text(), &body));
}

fn assert_like(path: &str, actual: &Value, sample: &Value) {
    match (actual, sample) {
        (Value::Object(actual), Value::Object(sample)) => {
            let names = |object: &serde_json::Map<String, Value>| {
                object.keys().cloned().collect::<Vec<_>>()
            };
            assert_eq!(names(actual), names(sample), "members of {path}");
            for (name, value) in sample {
                let path = format!("{path}.{name}");
                let is_identifier = name != "id" || path.ends_with("$.id");
                if VOLATILE.contains(&name.as_str()) && is_identifier {
                    assert_eq!(kind(&actual[name]), kind(value), "type of {path}");
                } else {
                    assert_like(&path, &actual[name], value);
                }
            }
        }
        (Value::Array(actual), Value::Array(sample)) => {
            assert_eq!(actual.len(), sample.len(), "length of {path}");
            for (index, (actual, sample)) in actual.iter().zip(sample).enumerate() {
                assert_like(&format!("{path}[{index}]"), actual, sample);
            }
        }
        _ => assert_eq!(actual, sample, "{path}"),
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "truth",
        Value::Number(number) if number.is_i64() => "whole number",
        Value::Number(_) => "number",
        Value::String(_) => "text",
        Value::Array(_) => "list",
        Value::Object(_) => "object",
    }
}

/// The body as it was sent, its members in order, with a word for each value that changes.
fn redacted(text: &str, body: &Value) -> String {
    let mut text = text.to_owned();
    redact(&mut text, "", body);
    text.replace(",\"", ",\n\"")
}

fn redact(text: &mut String, name: &str, value: &Value) {
    match value {
        Value::Object(members) => {
            members.iter().for_each(|(name, value)| redact(text, name, value));
        }
        Value::Array(items) => items.iter().for_each(|item| redact(text, name, item)),
        Value::String(value)
            if VOLATILE.contains(&name) && value.len() > 5 && !name.starts_with("not") =>
        {
            *text = text.replace(value.as_str(), &format!("[{name}]"));
        }
        Value::String(value) if name == "code" && value.len() == 7 => {
            *text = text.replace(value.as_str(), "[code]");
        }
        Value::String(value) if name == "port" => {
            *text = text.replace(&format!("\"port\":\"{value}\""), "\"port\":\"[port]\"");
        }
        _ => {}
    }
}

pub(crate) fn with(change: impl FnOnce(&mut Fixtures)) -> Fixtures {
    let mut fixtures = Fixtures::default();
    change(&mut fixtures);
    fixtures
}

fn millis(at: Timestamp, seconds: i64) -> Value {
    (at.millis() + seconds * 1000).into()
}

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
    insta::assert_snapshot!("configuration", answer.text().replace("{\"", "\n{\""));
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

pub(crate) fn session_sample(action: [&str; 3], url: &str) -> Value {
    json!({
        "actionName": action[0],
        "actionType": action[1],
        "reasonType": action[2],
        "url": url,
        "sessionId": "1b614390-6610-4d14-9421-6565f6e75958",
        "mvpd": "Cablevision",
        "serviceProvider": "REF30"
    })
}

fn with_code(mut sample: Value, code: &Value) -> Value {
    let members = sample.as_object_mut().unwrap();
    members.insert("code".into(), code.clone());
    members.insert("notBefore".into(), json!("1733735289035"));
    members.insert("notAfter".into(), json!("1733737089035"));
    sample
}

#[tokio::test]
async fn create_session() {
    let mock = Mock::start().await;
    let app = Application::register(&mock).await;
    let create = |form: Vec<(&'static str, &'static str)>| {
        app.call(Method::POST, "/api/v2/REF30/sessions").form(&form).send()
    };
    let answer = create(COMPLETE.to_vec()).await;
    let body = answer.json();
    let code = body["code"].as_str().unwrap();
    let url = format!("/api/v2/authenticate/REF30/{code}");
    let sample = session_sample(["authenticate", "interactive", "none"], &url);
    assert_sample("create_session_1", &answer, 200, &with_code(sample, &body["code"]));
    assert_eq!(body["notBefore"], START.millis().to_string());
    assert_eq!(body["notAfter"], (START.millis() + 1_800_000).to_string());
    assert_eq!(code.len(), 7);

    let answer = create(vec![]).await;
    let body = answer.json();
    let url = format!("/api/v2/REF30/sessions/{}", body["code"].as_str().unwrap());
    let mut sample = with_code(session_sample(["resume", "direct", "none"], &url), &body["code"]);
    sample.as_object_mut().unwrap().remove("mvpd");
    sample["missingParameters"] = json!(["mvpd", "domainName", "redirectUrl"]);
    assert_sample("create_session_2", &answer, 200, &sample);

    app.sign_in("Cablevision").await;
    let answer = create(COMPLETE.to_vec()).await;
    let url = "/api/v2/REF30/decisions/authorize/Cablevision";
    let sample = session_sample(["authorize", "direct", "authenticated"], url);
    assert_sample("create_session_3", &answer, 200, &sample);

    let answer = create(vec![("mvpd", "TempPass_TEST40"), COMPLETE[1], COMPLETE[2]]).await;
    let url = "/api/v2/REF30/decisions/authorize/TempPass_TEST40";
    let mut sample = session_sample(["authorize", "direct", "temporary"], url);
    sample["mvpd"] = json!("TempPass_TEST40");
    assert_sample("create_session_4", &answer, 200, &sample);
}

#[tokio::test]
async fn create_session_with_the_samples_spelling() {
    let fixtures = with(|f| f.settings.domain_parameter = DomainSpelling::Domain);
    let mock = Mock::with(|builder| builder.fixtures(fixtures)).await;
    let app = Application::register(&mock).await;
    let missing = &app.session(&[]).await["missingParameters"];
    assert_eq!(missing, &json!(["mvpd", "domain", "redirectUrl"]));
}

#[tokio::test]
async fn resume_session() {
    let mock = Mock::start().await;
    let app = Application::register(&mock).await;
    let first = app.session(&[]).await;
    let code = first["code"].as_str().unwrap();
    let path = format!("/api/v2/REF30/sessions/{code}");
    let resume =
        |form: Vec<(&'static str, &'static str)>| app.bare(Method::POST, &path).form(&form).send();

    let answer = resume(COMPLETE[..2].to_vec()).await;
    let mut sample = with_code(session_sample(["retry", "direct", "none"], &path), &json!(code));
    sample["missingParameters"] = json!(["redirectUrl"]);
    assert_sample("resume_session_2", &answer, 200, &sample);

    // What was sent before need not be sent again.
    let answer = resume(COMPLETE[2..].to_vec()).await;
    let url = format!("/api/v2/authenticate/REF30/{code}");
    let sample = session_sample(["authenticate", "interactive", "none"], &url);
    assert_sample("resume_session_1", &answer, 200, &with_code(sample, &json!(code)));
    assert_eq!(answer.json()["sessionId"], first["sessionId"]);
    assert_eq!(answer.json()["notAfter"], first["notAfter"]);

    let answer = resume(vec![("mvpd", "TempPass_TEST40"), COMPLETE[1], COMPLETE[2]]).await;
    let url = "/api/v2/REF30/decisions/authorize/TempPass_TEST40";
    let mut sample = session_sample(["authorize", "direct", "temporary"], url);
    sample["mvpd"] = json!("TempPass_TEST40");
    assert_sample("resume_session_4", &answer, 200, &sample);
    assert_eq!(answer.json()["sessionId"], first["sessionId"]);
}

#[tokio::test]
async fn resume_session_with_a_profile() {
    let mock = Mock::start().await;
    let app = Application::register(&mock).await;
    app.sign_in("Cablevision").await;
    let session = app.session(&[]).await;
    let code = session["code"].as_str().unwrap();
    let path = format!("/api/v2/REF30/sessions/{code}");
    let answer = app.bare(Method::POST, &path).form(COMPLETE).send().await;
    let url = "/api/v2/REF30/decisions/authorize/Cablevision";
    let sample = session_sample(["authorize", "direct", "authenticated"], url);
    assert_sample("resume_session_3", &answer, 200, &sample);
    // From now on the code leads to that profile.
    let answer = app.get(&format!("/api/v2/REF30/profiles/code/{code}")).await;
    assert!(answer.json()["profiles"]["Cablevision"].is_object());
}

#[tokio::test]
async fn retrieve_session() {
    const CHROME: &str = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 \
        (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";
    let mock = Mock::start().await;
    let app = Application::register(&mock).await;
    // The device of the sample is a browser that does not describe itself.
    let created = mock
        .post("/api/v2/REF30/sessions")
        .bearer(&app.token)
        .header("user-agent", CHROME)
        .header("ap-device-identifier", crate::application::DEVICE)
        .form(&COMPLETE[1..])
        .send()
        .await
        .json();
    let path = format!("/api/v2/REF30/sessions/{}", created["code"].as_str().unwrap());
    let none = json!({ "major": 0, "minor": 0, "patch": 0, "profile": "" });
    let version = |major: u32, minor: u32, patch: u32| json!({ "major": major, "minor": minor, "patch": patch, "profile": "" });
    let device = json!({
        "type": "Desktop",
        "model": null,
        "version": none,
        "hardware": {
            "name": null, "vendor": "Apple", "version": none, "manufacturer": "Apple"
        },
        "operatingSystem": {
            "name": "macOS", "family": "macOS", "vendor": "Apple", "version": version(10, 15, 7)
        },
        "browser": {
            "name": "Chrome", "vendor": "Google", "version": version(140, 0, 0),
            "userAgent": CHROME, "originalUserAgent": CHROME
        },
        "display": {
            "width": 0, "height": 0, "ppi": 0, "name": "DISPLAY", "vendor": null, "version": null,
            "diagonalSize": null
        },
        "applicationId": null,
        "connection": { "ipAddress": "...", "port": "3061", "secure": false, "type": null }
    });
    let answer = app.bare(Method::GET, &path).send().await;
    let sample = json!({
        "missingParameters": ["mvpd"],
        "existingParameters": {
            "redirectUrl": "https://adobe.com",
            "domainName": "adobe.com",
            "serviceProvider": "REF30"
        },
        "device": device,
        "notBefore": "1761299929958",
        "notAfter": "1761301729958"
    });
    assert_sample("retrieve_session_2", &answer, 200, &sample);

    app.bare(Method::POST, &path).form(&COMPLETE[..1]).send().await;
    let answer = app.bare(Method::GET, &path).send().await;
    let sample = json!({
        "existingParameters": {
            "mvpd": "Cablevision",
            "domainName": "adobe.com",
            "redirectUrl": "https://adobe.com",
            "serviceProvider": "REF30"
        },
        "device": device,
        "notBefore": "1733735289035",
        "notAfter": "1733737089035"
    });
    assert_sample("retrieve_session_1", &answer, 200, &sample);
}

#[tokio::test]
async fn authenticate_in_user_agent() {
    let mock = Mock::start().await;
    let app = Application::register(&mock).await;
    let code = app.code("Cablevision").await;
    let path = format!("/api/v2/authenticate/REF30/{code}");
    let answer = mock.get(&path).header("user-agent", USER_AGENT).send().await;
    assert_eq!(answer.status, StatusCode::FOUND);
    let location = answer.header("location");
    assert!(location.starts_with(&format!("{}/mvpd/Cablevision/", mock.server.base_url())));
}

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
    insta::assert_snapshot!(name, redacted(answer.text(), &answer.json()));
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

pub(crate) fn enhanced(code: ErrorCode) -> Value {
    json!({
        "action": code.action().name(),
        "status": code.status(),
        "code": code.code(),
        "message": code.message(),
        "helpUrl": "https://experienceleague.adobe.com/docs/pass/authentication/auth-features/error-reportn/enhanced-error-codes.html",
        "trace": "12f6fef9-d2e0-422b-a9d7-60d799abe353"
    })
}

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

pub(crate) fn logout_sample(mvpd: &str, action: [&str; 2], url: Option<&str>) -> Value {
    let mut step = json!({ "actionName": action[0], "actionType": action[1], "mvpd": mvpd });
    if let Some(url) = url {
        step["url"] = json!(url);
    }
    json!({ "logouts": { mvpd: step } })
}

pub(crate) const BACK: &str = "redirectUrl=https%3A%2F%2Fadobe.com";

#[tokio::test]
async fn logout() {
    let mock = Mock::start().await;
    let app = Application::register(&mock).await;
    let logout = |mvpd: &'static str| {
        let path = format!("/api/v2/REF30/logout/{mvpd}?{BACK}");
        let call = app.call(Method::GET, &path);
        async move { call.send().await }
    };
    app.sign_in("Cablevision").await;
    app.sign_in("Dish").await;
    let url = format!(
        "{}/mvpd/Cablevision/logout?noflash=true&mso_id=Cablevision&requestor_id=REF30\
         &redirect_url=https%3A%2F%2Fadobe.com",
        mock.server.base_url()
    );
    let answer = logout("Cablevision").await;
    let sample = logout_sample("Cablevision", ["logout", "interactive"], Some(&url));
    assert_like("$", &answer.json(), &sample);
    let again = logout("Cablevision").await;
    let sample = logout_sample("Cablevision", ["invalid", "none"], None);
    assert_sample("logout_without_profile", &again, 200, &sample);
    let sample = logout_sample("Dish", ["complete", "none"], None);
    assert_sample("logout_2", &logout("Dish").await, 200, &sample);
    let sample = logout_sample("TempPass_TEST40", ["complete", "none"], None);
    assert_sample("logout_7", &logout("TempPass_TEST40").await, 200, &sample);
}

#[tokio::test]
async fn logout_with_relative_urls() {
    let fixtures = with(|f| f.settings.logout_url = UrlForm::Relative);
    let mock = Mock::with(|builder| builder.fixtures(fixtures)).await;
    let app = Application::register(&mock).await;
    app.sign_in("Spectrum").await;
    let answer = app.get(&format!("/api/v2/REF30/logout/Spectrum?{BACK}")).await;
    let url = answer.json()["logouts"]["Spectrum"]["url"].clone();
    assert!(url.as_str().unwrap().starts_with("/mvpd/Spectrum/logout?"), "{url}");
}

#[tokio::test]
async fn swapped_segments_are_no_path() {
    let mock = Mock::start().await;
    let app = Application::register(&mock).await;
    for path in ["/api/v2/sessions/REF30/8BLW4RW", "/api/v2/logout/REF30/TempPass_5mins"] {
        assert_eq!(app.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}
