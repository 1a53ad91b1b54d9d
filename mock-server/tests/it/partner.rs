//! Signing in through a partner's framework: calls 14 and 15, and what follows from them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::Method;
use pass_mock::config::Fixtures;
use pass_mock::domain::degradation::Mode;
use pass_mock::sso::{partner_framework_status, saml_response};
use serde_json::{Value, json};

use crate::application::{Application, COMPLETE};
use crate::harness::{Answer, Mock, START};

/// `AP-Partner-Framework-Status` as the samples have it: granted, Cablevision, until 2034.
const STATUS: &str = "ewogICAgImZyYW1ld29ya1Blcm1pc3Npb25JbmZvIjogewogICAgICAiYWNjZXNzU3RhdHVzIjogImdyYW50ZWQiCiAgICB9LAogICAgImZyYW1ld29ya1Byb3ZpZGVySW5mbyIgOiB7CiAgICAgICJpZCIgOiAiQ2FibGV2aXNpb24iLAogICAgICAiZXhwaXJhdGlvbkRhdGUiIDogIjIwMjU0MzA2MzYwMDAiCiAgICB9Cn0=";
/// The one of a denied permission: it names no provider.
const DENIED: &str = "ewogICAgImZyYW1ld29ya1Blcm1pc3Npb25JbmZvIjogewogICAgICAiYWNjZXNzU3RhdHVzIjogImRlbmllZCIKICAgIH0sCiAgICAiZnJhbWV3b3JrUHJvdmlkZXJJbmZvIiA6IHt9Cn0=";
const REQUEST: &str = "/api/v2/REF30/sessions/sso/Apple";
const PROFILE: &str = "/api/v2/REF30/profiles/sso/Apple";
const FORM: [(&str, &str); 2] = [COMPLETE[1], COMPLETE[2]];

fn status(access: &str, provider: &str, expiration: &str) -> String {
    let json = json!({
        "frameworkPermissionInfo": { "accessStatus": access },
        "frameworkProviderInfo": { "id": provider, "expirationDate": expiration },
    });
    STANDARD.encode(json.to_string())
}

async fn request(app: &Application<'_>, status: Option<&str>, form: &[(&str, &str)]) -> Value {
    let call = app.call(Method::POST, REQUEST).form(form);
    let call = match status {
        Some(status) => call.header("ap-partner-framework-status", status),
        None => call,
    };
    let answer = call.send().await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()
}

async fn profile(app: &Application<'_>, status: &str, saml: &str) -> Answer {
    app.call(Method::POST, PROFILE)
        .header("ap-partner-framework-status", status)
        .form(&[("SAMLResponse", saml)])
        .send()
        .await
}

fn saml(provider: &str) -> String {
    saml_response(provider, "demo", START, std::time::Duration::from_secs(3600))
}

async fn seen(app: &Application<'_>, path: &str, status: Option<&str>) -> Value {
    let call = app.call(Method::GET, path);
    let call = match status {
        Some(status) => call.header("ap-partner-framework-status", status),
        None => call,
    };
    call.send().await.json()["profiles"].clone()
}

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

fn steps(answer: &Value) -> [&str; 3] {
    ["actionName", "actionType", "reasonType"].map(|name| answer[name].as_str().unwrap())
}

fn with(change: impl FnOnce(&mut Fixtures)) -> Fixtures {
    let mut fixtures = Fixtures::default();
    change(&mut fixtures);
    fixtures
}

fn degrade(mock: &Mock) {
    let now = mock.server.clock().now();
    mock.server.app().domain.degradations.apply(
        "REF30",
        "Cablevision",
        pass_mock::domain::Degradation {
            mode: Mode::AuthnAll,
            not_before: now,
            not_after: now.shifted(60_000),
            details: None,
        },
    );
}

#[tokio::test]
async fn the_samples_of_the_authentication_request() {
    let mock = Mock::start().await;
    let app = Application::register(&mock).await;

    let first = request(&app, Some(STATUS), &FORM).await;
    assert_eq!(steps(&first), ["partner_profile", "direct", "none"]);
    assert_eq!(first["url"], PROFILE);
    assert_eq!(
        (&first["mvpd"], &first["serviceProvider"]),
        (&json!("Cablevision"), &json!("REF30"))
    );
    let asked = &first["authenticationRequest"];
    assert_eq!(
        (&asked["type"], &asked["attributesNames"]),
        (&json!("saml"), &json!(["uid", "NameID", "uniqueId"]))
    );
    assert!(
        asked["request"]
            .as_str()
            .unwrap()
            .starts_with("PD94bWwgdmVyc2lvbj0iMS4wIiBlbmNvZGluZz0iVVRG")
    );
    assert_eq!(keys(&first).len(), 8, "and neither a code nor timestamps: {first}");

    let third = request(&app, Some(DENIED), &FORM).await;
    assert_eq!(steps(&third), ["resume", "direct", "pfs_fallback"], "no provider is named");
    assert_eq!(third["missingParameters"], json!(["mvpd"]));

    let fifth = request(&app, Some(STATUS), &FORM[..1]).await;
    assert_eq!(steps(&fifth), ["resume", "direct", "missing_parameters_fallback"]);
    assert_eq!(fifth["missingParameters"], json!(["redirectUrl"]));
    let code = fifth["code"].as_str().unwrap();
    assert_eq!(fifth["url"], format!("/api/v2/REF30/sessions/{code}"));
    assert_eq!(fifth["mvpd"], "Cablevision");
    assert_eq!(fifth["notBefore"], START.millis().to_string());
    assert_eq!(fifth["notAfter"], START.shifted(1_800_000).millis().to_string());

    degrade(&mock);
    let second = request(&app, Some(STATUS), &FORM).await;
    assert_eq!(steps(&second), ["authorize", "direct", "degraded"]);
    assert_eq!(second["url"], "/api/v2/REF30/decisions/authorize/Cablevision");
    assert_eq!(keys(&second).len(), 7);
}

#[tokio::test]
async fn a_status_that_is_not_good_falls_back_to_the_basic_flow() {
    let mock = Mock::start().await;
    let app = Application::register(&mock).await;
    let over = START.shifted(-1).millis().to_string();
    for bad in [
        status("denied", "Cablevision", "2025430636000"),
        status("restricted", "Cablevision", "2025430636000"),
        status("notDetermined", "Cablevision", "2025430636000"),
        status("", "Cablevision", "2025430636000"),
        status("granted", "Cablevision", &over),
        status("granted", "Cablevision", "soon"),
    ] {
        let answer = request(&app, Some(&bad), &FORM).await;
        assert_eq!(steps(&answer), ["authenticate", "interactive", "pfs_fallback"]);
        let code = answer["code"].as_str().unwrap();
        assert_eq!(answer["url"], format!("/api/v2/authenticate/REF30/{code}"));
        assert_eq!(answer["mvpd"], "Cablevision");
    }
    let unknown = status("granted", "Nobody", "2025430636000");
    for bad in [None, Some("???"), Some(&*unknown)] {
        let answer = request(&app, bad, &FORM).await;
        assert_eq!(steps(&answer), ["resume", "direct", "pfs_fallback"], "{bad:?}");
        assert!(answer.get("mvpd").is_none());
    }
    let end = status("granted", "Cablevision", &START.millis().to_string());
    assert_eq!(request(&app, Some(&end), &FORM).await["actionName"], "partner_profile");
    let nowhere = [COMPLETE[1], ("redirectUrl", "nowhere")];
    let answer = request(&app, Some(STATUS), &nowhere).await;
    assert_eq!(answer["reasonType"], "missing_parameters_fallback");
}

#[tokio::test]
async fn boarding_and_flags_count_for_the_integration_and_the_platform() {
    let flags = |yaml: &str| {
        let text = Fixtures::default_yaml().replacen(
            "      - mvpd: Cablevision\n",
            &format!("      - mvpd: Cablevision\n        platforms: {{tvOS: {yaml}}}\n"),
            1,
        );
        Fixtures::from_yaml("test", &text).unwrap()
    };
    for (yaml, mapped) in [
        ("{enable_platform_services: false}", "Cablevision"),
        ("{boarding_status: PICKER}", "Cablevision"),
        ("{invalid: invalid_configuration_platform}", "Cablevision"),
        ("{platform_mapping_id: Optimum_iOS, boarding_status: PICKER}", "Optimum_iOS"),
    ] {
        let mock = Mock::with(|builder| builder.fixtures(flags(yaml))).await;
        let app = Application::register(&mock).await;
        let status = partner_framework_status(mapped, START);
        let answer = request(&app, Some(&status), &FORM).await;
        assert_eq!(
            steps(&answer),
            ["authenticate", "interactive", "configuration_fallback"],
            "{yaml}"
        );
        assert_eq!(answer["mvpd"], "Cablevision");
        let refused = app
            .call(Method::POST, PROFILE)
            .header("ap-partner-framework-status", &status)
            .form(&[("SAMLResponse", &saml(mapped))]);
        if yaml.contains("invalid:") {
            let answer = refused.outcome().await.unwrap();
            assert_eq!(answer.status, 500);
            assert_eq!(answer.json()["code"], "invalid_configuration_platform");
        } else {
            let answer = refused.send().await;
            assert_eq!((answer.status.as_u16(), answer.json()), (200, json!({ "profiles": {} })));
        }
    }
    let unboarded = with(|fixtures| {
        let cablevision = fixtures.mvpds.iter_mut().find(|mvpd| &*mvpd.id == "Cablevision");
        cablevision.unwrap().platforms.clear();
    });
    let mock = Mock::with(|builder| builder.fixtures(unboarded)).await;
    let app = Application::register(&mock).await;
    assert_eq!(request(&app, Some(STATUS), &FORM).await["reasonType"], "configuration_fallback");
    let text = Fixtures::default_yaml().replacen(
        "boarding_status: SUPPORTED",
        "invalid: too_many_resources",
        1,
    );
    let error = Fixtures::from_yaml("test", &text).unwrap_err().to_string();
    assert!(error.contains("too_many_resources"), "{error}");
}

#[tokio::test]
async fn a_partners_response_makes_a_profile_that_its_status_shows() {
    let mock = Mock::start().await;
    let app = Application::register(&mock).await;
    let answer = profile(&app, STATUS, &saml("Cablevision")).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    let made = answer.json()["profiles"]["Cablevision"].clone();
    assert_eq!((&made["issuer"], &made["type"]), (&json!("Apple"), &json!("appleSSO")));
    assert_eq!(made["notBefore"], START.millis());
    assert_eq!(made["notAfter"], START.shifted(30 * 86_400_000).millis());
    assert_eq!(made["attributes"]["householdID"]["value"], "1o7241p");

    let all = json!({ "Cablevision": made });
    let (list, one) = ("/api/v2/REF30/profiles", "/api/v2/REF30/profiles/Cablevision");
    let expired = status("granted", "Cablevision", &START.shifted(-1).millis().to_string());
    let other = status("granted", "Spectrum", "2025430636000");
    for path in [list, one] {
        assert_eq!(seen(&app, path, Some(STATUS)).await, all, "{path}");
        for bad in [None, Some(DENIED), Some("x"), Some(&*expired), Some(&*other)] {
            assert_eq!(seen(&app, path, bad).await, json!({}), "{path} {bad:?}");
        }
    }
    assert_eq!(seen(&app.on("fingerprint cGhvbmU="), one, Some(STATUS)).await, json!({}));

    let again = request(&app, Some(STATUS), &FORM).await;
    assert_eq!(steps(&again), ["authorize", "direct", "authenticatedSSO"]);
    for kind in ["preauthorize", "authorize"] {
        let path = format!("/api/v2/REF30/decisions/{kind}/Cablevision");
        let body = json!({ "resources": ["REF30"] });
        let call = || app.call(Method::POST, &path).json(&body);
        let permit = call().header("ap-partner-framework-status", STATUS).send().await;
        assert_eq!(permit.json()["decisions"][0]["authorized"], true, "{permit:?}");
        let refused = call().send().await;
        assert_eq!(refused.json()["code"], "authenticated_profile_missing");
    }

    app.sign_in("Cablevision").await;
    assert_eq!(seen(&app, one, Some(STATUS)).await["Cablevision"]["type"], "regular");
    let direct = request(&app, Some(STATUS), &FORM).await;
    assert_eq!(direct["reasonType"], "authenticated");
}

#[tokio::test]
async fn a_logout_from_a_partners_profile_is_a_partner_logout() {
    let mock = Mock::start().await;
    let app = Application::register(&mock).await;
    profile(&app, STATUS, &saml("Cablevision")).await;
    let path = "/api/v2/REF30/logout/Cablevision?redirectUrl=https%3A%2F%2Fadobe.com";
    let sample = json!({
        "logouts": {
            "Cablevision": {
                "actionName": "partner_logout",
                "actionType": "partner_interactive",
                "mvpd": "Cablevision",
            },
        },
    });
    assert_eq!(app.get(path).await.json(), sample);
    assert_eq!(app.get(path).await.json()["logouts"]["Cablevision"]["actionName"], "invalid");
    let one = "/api/v2/REF30/profiles/Cablevision";
    assert_eq!(seen(&app, one, Some(STATUS)).await, json!({}));
}

#[tokio::test]
async fn every_refusal_has_its_code() {
    let mock = Mock::start().await;
    let app = Application::register(&mock).await;
    let good = saml("Cablevision");
    let late = START.shifted(-1).millis().to_string();
    let header = |what: &str| format!("invalid_header_pfs_{what}");
    let of = |access: &str| status(access, "Cablevision", "2025430636000");
    let unknown = status("granted", "Nobody", "2025430636000");
    let disabled = status("granted", "DisabledCable", "2025430636000");
    for (sent, response, code) in [
        ("x".to_owned(), good.clone(), header("permission_access_not_present")),
        (of(""), good.clone(), header("permission_access_not_present")),
        (of("notDetermined"), good.clone(), header("permission_access_not_determined")),
        (of("denied"), good.clone(), header("permission_access_not_granted")),
        (of("restricted"), good.clone(), header("permission_access_not_granted")),
        (status("granted", "", ""), good.clone(), header("provider_id_not_determined")),
        (unknown, good.clone(), header("provider_id_not_determined")),
        (status("granted", "Cablevision", &late), good.clone(), header("provider_info_expired")),
        (STATUS.to_owned(), saml("Spectrum"), header("provider_id_mismatch")),
        (STATUS.to_owned(), String::new(), "invalid_parameter_saml_response".to_owned()),
        (STATUS.to_owned(), "no saml".to_owned(), "invalid_parameter_saml_response".to_owned()),
        (disabled, saml("DisabledCable"), "invalid_integration".to_owned()),
    ] {
        let answer = profile(&app, &sent, &response).await;
        assert_eq!((answer.status.as_u16(), &answer.json()["code"]), (400, &json!(code)), "{sent}");
    }
    let absent = app.call(Method::POST, PROFILE).form(&[("SAMLResponse", &good)]).send().await;
    assert_eq!(absent.json()["code"], header("permission_access_not_present"));
    let as_json = app
        .call(Method::POST, PROFILE)
        .header("ap-partner-framework-status", STATUS)
        .json(&json!({ "SAMLResponse": good }));
    assert_eq!(as_json.send().await.json()["code"], "invalid_parameter_saml_response");
    for path in [REQUEST, PROFILE] {
        let other = path.replace("Apple", "Orange");
        let refused = app.call(Method::POST, &other).form(&FORM).send().await;
        assert_eq!(refused.json()["code"], "invalid_parameter_partner");
        let bare = app.bare(Method::POST, path).form(&FORM).send().await;
        assert_eq!(bare.json()["code"], "invalid_header_device_identifier");
        let nobody = mock.post(path).form(&FORM).send().await;
        assert_eq!((nobody.status.as_u16(), nobody.json()), (401, json!({})));
        let lower = path.replace("Apple", "apple");
        let taken = app.call(Method::POST, &lower).form(&FORM).send().await;
        assert_ne!(taken.json()["code"], "invalid_parameter_partner");
    }
}

#[tokio::test]
async fn a_degraded_mvpd_answers_with_the_degraded_profile() {
    let mock = Mock::start().await;
    let app = Application::register(&mock).await;
    degrade(&mock);
    let answer = profile(&app, STATUS, &saml("Cablevision")).await;
    assert_eq!(answer.status, 200);
    let shown = &answer.json()["profiles"]["Cablevision"];
    assert_eq!((&shown["issuer"], &shown["type"]), (&json!("Adobe"), &json!("degraded")));
    assert!(
        shown["attributes"]["userID"]["value"].as_str().unwrap().starts_with("95cf93bcd183214a")
    );
}

#[tokio::test]
async fn material_from_the_control_api_signs_in() {
    let mock = Mock::start().await;
    let app = Application::register(&mock).await;
    let make = |what: &str, order: Value| {
        mock.control(Method::POST, &format!("/sso/{what}")).json(&order).send()
    };
    let status = make("partner-framework-status", json!({ "provider": "Cablevision" })).await;
    let saml = make("saml-response", json!({ "provider": "Cablevision", "user": "basic" })).await;
    let value = |answer: &Answer| answer.json()["value"].as_str().unwrap().to_owned();
    let answer = profile(&app, &value(&status), &value(&saml)).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    let shown = answer.json()["profiles"]["Cablevision"].clone();
    assert_eq!(shown["attributes"]["householdID"]["value"], "2b8352h");
}

#[tokio::test]
async fn a_visitor_identifier_is_taken_and_changes_nothing() {
    let mock = Mock::start().await;
    let app = Application::register(&mock).await;
    let call = app.call(Method::GET, "/api/v2/REF30/profiles");
    let answer = call.header("ap-visitor-identifier", "THE_ECID_VALUE").send().await;
    assert_eq!((answer.status.as_u16(), answer.json()), (200, json!({ "profiles": {} })));
}
