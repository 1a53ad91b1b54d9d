//! Sessions, and the user agent.

use http::{Method, StatusCode};
use pass_mock::config::DomainSpelling;
use serde_json::{Value, json};

use super::{assert_sample, session_sample, with};
use crate::application::{Application, COMPLETE, USER_AGENT};
use crate::harness::{Mock, START};

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

#[tokio::test]
async fn swapped_segments_are_no_path() {
    let mock = Mock::start().await;
    let app = Application::register(&mock).await;
    for path in ["/api/v2/sessions/REF30/8BLW4RW", "/api/v2/logout/REF30/TempPass_5mins"] {
        assert_eq!(app.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}
