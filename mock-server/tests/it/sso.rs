//! Single sign-on by service token and platform identity, across devices, applications and service
//! providers.

use http::Method;
use pass_mock::config::Fixtures;
use serde_json::{Value, json};

use crate::application::{Application, COMPLETE};
use crate::harness::{Answer, Call, Mock};

/// Other devices than the one of the samples.
const PHONE: &str = "fingerprint cGhvbmU=";
const TABLET: &str = "fingerprint dGFibGV0";

type Header = (&'static str, String);

/// Material from the control API, under the name of a header.
async fn made(mock: &Mock, what: &str, header: &'static str, order: Value) -> Header {
    let path = format!("/sso/{what}");
    let answer = mock.control(Method::POST, &path).json(&order).send().await;
    assert_eq!(answer.status, 200, "{answer:?}");
    (header, answer.json()["value"].as_str().unwrap().to_owned())
}

async fn service(mock: &Mock, subject: &str) -> Header {
    made(mock, "service-token", "ad-service-token", json!({ "subject": subject })).await
}

async fn platform(mock: &Mock, subject: &str) -> Header {
    made(mock, "subject-token", "adobe-subject-token", json!({ "subject": subject })).await
}

fn with(call: Call, headers: &[&Header]) -> Call {
    headers.iter().fold(call, |call, (name, value)| call.header(name, value))
}

async fn get(app: &Application<'_>, path: &str, headers: &[&Header]) -> Answer {
    with(app.call(Method::GET, path), headers).send().await
}

/// Signs the first user in, the session carrying some headers.
async fn sign_in(app: &Application<'_>, mvpd: &str, headers: &[&Header]) -> String {
    let call = with(app.call(Method::POST, "/api/v2/REF30/sessions"), headers);
    let answer = call.form(&[("mvpd", mvpd), COMPLETE[1], COMPLETE[2]]).send().await;
    let code = answer.json()["code"].as_str().unwrap().to_owned();
    app.complete(&code);
    code
}

/// The type of the profile that a caller sees in a path; nothing when there is none.
async fn seen(app: &Application<'_>, path: &str, headers: &[&Header]) -> Option<String> {
    let profiles = get(app, path, headers).await.json()["profiles"].clone();
    let profile = profiles.as_object().unwrap().values().next()?;
    Some(profile["type"].as_str().unwrap().to_owned())
}

const ALL: &str = "/api/v2/REF30/profiles";
const ONE: &str = "/api/v2/REF30/profiles/Spectrum";
const ELSEWHERE: &str = "/api/v2/apasstest1/profiles/Spectrum";
const LOGOUT: &str = "/api/v2/REF30/logout/Spectrum?redirectUrl=https%3A%2F%2Fadobe.com";

#[tokio::test]
async fn one_login_is_seen_by_the_same_subject_everywhere() {
    let mock = Mock::start().await;
    let jane = service(&mock, "Jane").await;
    let box_ = platform(&mock, "living room").await;
    let roku: Header = ("x-roku-reserved-roku-connect-token", box_.1.clone());
    for (headers, shown) in
        [(&jane, "serviceTokenSSO"), (&box_, "platformSSO"), (&roku, "platformSSO")]
    {
        let mock = Mock::start().await;
        let maker = Application::register(&mock).await;
        let code = sign_in(&maker, "Spectrum", &[headers]).await;
        let by_code = format!("{ALL}/code/{code}");
        for path in [ALL, ONE, &by_code] {
            assert_eq!(seen(&maker, path, &[headers]).await.as_deref(), Some("regular"), "{path}");
        }
        let own = get(&maker, ONE, &[]).await.json()["profiles"]["Spectrum"].clone();
        let another = Application::register(&mock).await;
        for viewer in [maker.on(PHONE), another.on(TABLET), another] {
            for path in [ALL, ONE, ELSEWHERE] {
                assert_eq!(seen(&viewer, path, &[headers]).await.as_deref(), Some(shown), "{path}");
                assert_eq!(seen(&viewer, path, &[]).await, None, "{path}");
            }
            let through =
                get(&viewer, ONE, &[headers]).await.json()["profiles"]["Spectrum"].clone();
            for field in ["notBefore", "notAfter", "issuer", "attributes"] {
                assert_eq!(through[field], own[field], "{field}");
            }
            assert_eq!(seen(&viewer, &by_code, &[]).await.as_deref(), Some("regular"));
        }
    }
}

#[tokio::test]
async fn sessions_and_decisions_go_by_the_subject_too() {
    let mock = Mock::start().await;
    let app = Application::register(&mock).await;
    let jane = service(&mock, "Jane").await;
    sign_in(&app, "Spectrum", &[&jane]).await;
    let phone = app.on(PHONE);
    let form = [("mvpd", "Spectrum"), COMPLETE[1], COMPLETE[2]];
    let create = || phone.call(Method::POST, "/api/v2/REF30/sessions").form(&form);
    let direct = with(create(), &[&jane]).send().await.json();
    assert_eq!(direct["actionName"], "authorize");
    assert_eq!(
        (&direct["actionType"], &direct["reasonType"]),
        (&json!("direct"), &json!("authenticatedSSO"))
    );
    assert_eq!(direct["url"], "/api/v2/REF30/decisions/authorize/Spectrum");
    assert!(direct.get("code").is_none() && direct.get("notAfter").is_none());

    let begun = create().send().await.json();
    assert_eq!(begun["actionName"], "authenticate", "without the token");
    let resume = format!("/api/v2/REF30/sessions/{}", begun["code"].as_str().unwrap());
    let resumed = with(phone.call(Method::POST, &resume).form(&form), &[&jane]).send().await;
    assert_eq!(resumed.json()["reasonType"], "none", "resuming does not ask who it is elsewhere");

    let decide = |kind: &str| {
        let path = format!("/api/v2/REF30/decisions/{kind}/Spectrum");
        phone.call(Method::POST, &path).json(&json!({ "resources": ["REF30"] }))
    };
    for kind in ["preauthorize", "authorize"] {
        let permit = with(decide(kind), &[&jane]).send().await;
        assert_eq!(permit.json()["decisions"][0]["authorized"], true, "{permit:?}");
        let refused = decide(kind).send().await;
        assert_eq!(refused.json()["code"], "authenticated_profile_missing");
    }
    let first = with(decide("authorize"), &[&jane]).send().await.json();
    mock.advance(60);
    let second = with(decide("authorize"), &[&jane]).send().await.json();
    let until = |answer: &Value| answer["decisions"][0]["notAfter"].clone();
    assert_eq!(until(&first), until(&second), "the decision is kept");
}

#[tokio::test]
async fn whoever_shows_nothing_good_is_served_without_single_sign_on() {
    let mock = Mock::start().await;
    let app = Application::register(&mock).await;
    let jane = service(&mock, "Jane").await;
    sign_in(&app, "Spectrum", &[&jane]).await;
    let phone = app.on(PHONE);
    let forged = format!("{}x", &jane.1[..jane.1.len() - 8]);
    let other = service(&mock, "Joe").await.1;
    let as_platform = platform(&mock, "Jane").await.1;
    for wrong in ["", "x", "a.b.c", &forged, &other, &as_platform] {
        let header = ("ad-service-token", wrong.to_owned());
        let answer = get(&phone, ONE, &[&header]).await;
        assert_eq!(
            (answer.status.as_u16(), answer.json()),
            (200, json!({ "profiles": {} })),
            "{wrong}"
        );
        let direct = ("adobe-subject-token", wrong.to_owned());
        assert_eq!(seen(&phone, ONE, &[&direct]).await, None, "{wrong}");
    }
    assert_eq!(seen(&phone, ONE, &[&jane]).await.as_deref(), Some("serviceTokenSSO"));
    mock.advance(3599);
    assert!(seen(&phone, ONE, &[&jane]).await.is_some(), "in its last second");
    mock.advance(1);
    assert_eq!(seen(&phone, ONE, &[&jane]).await, None, "at its end");
    let renewed = service(&mock, "Jane").await;
    assert!(seen(&phone, ONE, &[&renewed]).await.is_some(), "the subject is the same");
}

#[tokio::test]
async fn a_login_whose_session_showed_nobody_is_nobody_elses() {
    let mock = Mock::start().await;
    let app = Application::register(&mock).await;
    sign_in(&app, "Spectrum", &[]).await;
    let jane = service(&mock, "Jane").await;
    assert_eq!(seen(&app, ONE, &[&jane]).await.as_deref(), Some("regular"));
    assert_eq!(seen(&app.on(PHONE), ONE, &[&jane]).await, None);
}

#[tokio::test]
async fn the_own_profile_goes_before_the_platforms_and_that_before_the_services() {
    let mock = Mock::start().await;
    let app = Application::register(&mock).await;
    let (jane, room) = (service(&mock, "Jane").await, platform(&mock, "room").await);
    sign_in(&app, "Spectrum", &[&jane, &room]).await;
    let phone = app.on(PHONE);
    for path in [ALL, ONE] {
        let both = get(&phone, path, &[&jane, &room]).await.json();
        assert_eq!(both["profiles"].as_object().unwrap().len(), 1);
        assert_eq!(both["profiles"]["Spectrum"]["type"], "platformSSO");
        assert_eq!(seen(&phone, path, &[&jane]).await.as_deref(), Some("serviceTokenSSO"));
    }
    phone.sign_in("Spectrum").await;
    assert_eq!(seen(&phone, ALL, &[&jane, &room]).await.as_deref(), Some("regular"));
}

#[tokio::test]
async fn an_integration_that_is_not_there_shows_nothing() {
    let mock = Mock::start().await;
    let app = Application::register(&mock).await;
    let jane = service(&mock, "Jane").await;
    sign_in(&app, "Dish", &[&jane]).await;
    let phone = app.on(PHONE);
    assert!(seen(&phone, "/api/v2/REF30/profiles/Dish", &[&jane]).await.is_some());
    let refused = get(&phone, "/api/v2/apasstest1/profiles/Dish", &[&jane]).await;
    assert_eq!(refused.json()["code"], "invalid_integration");
    assert_eq!(seen(&phone, "/api/v2/apasstest1/profiles", &[&jane]).await, None);
}

#[tokio::test]
async fn a_single_logout_ends_it_for_everybody_and_another_only_for_oneself() {
    let mock = Mock::start().await;
    let app = Application::register(&mock).await;
    let (jane, room) = (service(&mock, "Jane").await, platform(&mock, "room").await);
    for subject in [&jane, &room] {
        let phone = app.on(PHONE);
        sign_in(&app, "Spectrum", &[subject]).await;

        let alone = get(&phone, LOGOUT, &[]).await.json();
        assert_eq!(alone["logouts"]["Spectrum"]["actionName"], "invalid");
        assert!(seen(&phone, ONE, &[subject]).await.is_some(), "nothing has changed");

        let single = get(&phone, LOGOUT, &[subject]).await.json()["logouts"]["Spectrum"].clone();
        assert_eq!(
            (&single["actionName"], &single["actionType"]),
            (&json!("logout"), &json!("interactive"))
        );
        assert!(single["url"].as_str().unwrap().contains("Spectrum"));
        assert_eq!(seen(&phone, ONE, &[subject]).await, None);
        assert_eq!(seen(&app, ONE, &[subject]).await, None, "who signed in is signed out too");

        sign_in(&app, "Spectrum", &[subject]).await;
        get(&app, LOGOUT, &[]).await;
        assert_eq!(seen(&app, ONE, &[subject]).await, None, "the caller's own profile is gone");
        assert!(seen(&phone, ONE, &[subject]).await.is_some(), "and nobody else's");
        get(&phone, LOGOUT, &[subject]).await;
    }
}

#[tokio::test]
async fn what_is_shared_ends_with_the_login_and_survives_a_snapshot() {
    let mock = Mock::start().await;
    let app = Application::register(&mock).await;
    let jane = service(&mock, "Jane").await;
    sign_in(&app, "Spectrum", &[&jane]).await;
    let state = mock.server.app().snapshot();
    mock.server.app().restore(&state).unwrap();
    let phone = app.on(PHONE);
    assert!(seen(&phone, ONE, &[&jane]).await.is_some());
    mock.advance(31 * 86_400);
    let again = Application::register(&mock).await;
    let renewed = service(&mock, "Jane").await;
    assert_eq!(seen(&again.on(PHONE), ONE, &[&renewed]).await, None);
}

#[tokio::test]
async fn an_order_for_material_that_makes_no_sense_is_refused_by_field() {
    let mock = Mock::start().await;
    for (path, order, field) in [
        ("/sso/service-token", json!({}), "subject"),
        ("/sso/service-token", json!({ "subject": " " }), "subject"),
        ("/sso/subject-token", json!({ "subject": "x", "days": 1 }), "days"),
        ("/sso/partner-framework-status", json!({}), "provider"),
        ("/sso/saml-response", json!({ "provider": "Dish", "user": "nobody" }), "user"),
    ] {
        let refused = mock.control(Method::POST, path).json(&order).send().await;
        assert_eq!(refused.status, 400, "{path}");
        assert!(refused.json()["error"].as_str().unwrap().contains(field), "{refused:?}");
    }
}

/// The embedded fixtures with something said about REF30's integration with Spectrum.
async fn with_spectrum(said: &str) -> Mock {
    let from = "      - mvpd: Spectrum\n      - mvpd: Dish";
    let to = format!("      - mvpd: Spectrum\n        {said}\n      - mvpd: Dish");
    let text = Fixtures::default_yaml().replace(from, &to);
    assert_ne!(text, Fixtures::default_yaml());
    let fixtures = Fixtures::from_yaml("own.yaml", &text).unwrap();
    Mock::with(|builder| builder.fixtures(fixtures)).await
}

#[tokio::test]
async fn an_integration_switches_the_platforms_single_sign_on_off() {
    for said in [
        "platform: {enable_platform_services: false}",
        "platforms: {tvOS: {enable_platform_services: false}}",
    ] {
        let mock = with_spectrum(said).await;
        let tv = Application::register(&mock).await;
        let (platform, service) = (platform(&mock, "box").await, service(&mock, "Jane").await);
        sign_in(&tv, "Spectrum", &[&platform, &service]).await;
        let phone = tv.on(PHONE);
        // Neither with the integration itself, nor from it elsewhere.
        assert_eq!(seen(&phone, ONE, &[&platform]).await, None, "{said}");
        assert_eq!(seen(&phone, ALL, &[&platform]).await, None, "{said}");
        assert_eq!(seen(&tv, ELSEWHERE, &[&platform]).await, None, "{said}");
        // The service token is another thing.
        assert_eq!(seen(&phone, ONE, &[&platform, &service]).await.unwrap(), "serviceTokenSSO");
        let out = get(&phone, LOGOUT, &[&platform]).await.json();
        assert_eq!(out["logouts"]["Spectrum"]["actionName"], "invalid", "{said}");
        assert_eq!(seen(&tv, ONE, &[&platform]).await.unwrap(), "regular", "{said}");
    }
    let mock = with_spectrum("platforms: {\"Roku OS\": {enable_platform_services: false}}").await;
    let tv = Application::register(&mock).await;
    let platform = platform(&mock, "box").await;
    sign_in(&tv, "Spectrum", &[&platform]).await;
    assert_eq!(seen(&tv.on(PHONE), ONE, &[&platform]).await.unwrap(), "platformSSO");
}

#[tokio::test]
async fn an_integration_per_aggregator_shares_no_login_with_other_service_providers() {
    let mock = with_spectrum("auth_per_aggregator: true").await;
    let tv = Application::register(&mock).await;
    let service = service(&mock, "Jane").await;
    let code = sign_in(&tv, "Spectrum", &[&service]).await;
    assert_eq!(seen(&tv.on(PHONE), ONE, &[&service]).await.unwrap(), "serviceTokenSSO");
    assert_eq!(seen(&tv, ELSEWHERE, &[&service]).await, None);
    let away = get(&tv, &LOGOUT.replace("REF30", "apasstest1"), &[&service]).await.json();
    assert_eq!(away["logouts"]["Spectrum"]["actionName"], "invalid");
    let still = get(&tv, &format!("/api/v2/REF30/profiles/code/{code}"), &[]).await;
    assert!(still.json()["profiles"]["Spectrum"].is_object());
    let offered = get(&tv, "/api/v2/REF30/configuration", &[]).await.json();
    let offered = offered["requestor"]["mvpds"].as_array().unwrap().clone();
    let spectrum = offered.iter().find(|mvpd| mvpd["id"] == "Spectrum").unwrap();
    assert_eq!(spectrum["authPerAggregator"], true);
}
