//! Every situation in which calls 3 to 13 refuse, and what they answer.

use http::Method;
use pass_mock::config::{ErrorPlace, Fixtures};
use pass_mock::domain::ErrorCode;
use serde_json::{Map, Value, json};

use crate::application::{Application, COMPLETE, DEVICE, DEVICE_INFO};
use crate::harness::{Answer, Call, Mock};

const FORM: &str = "application/x-www-form-urlencoded";
const BACK: &str = "redirectUrl=https%3A%2F%2Fadobe.com";

/// A protected call, complete.
#[derive(Clone)]
struct Valid {
    method: Method,
    path: String,
    needs_device: bool,
    knows_device_info: bool,
    body: Option<(&'static str, String)>,
}

/// Every protected call among 3 to 13, in the order of their numbers.
fn calls(code: &str) -> Vec<Valid> {
    let get = |path: String, needs_device: bool| Valid {
        method: Method::GET,
        knows_device_info: needs_device || path.ends_with("/configuration"),
        path,
        needs_device,
        body: None,
    };
    let post = |path: String, needs_device: bool, body: (&'static str, String)| Valid {
        method: Method::POST,
        body: Some(body),
        ..get(path, needs_device)
    };
    let form = || {
        let pairs = form_urlencoded::Serializer::new(String::new()).extend_pairs(COMPLETE).finish();
        (FORM, pairs)
    };
    let resources = || ("application/json", json!({ "resources": ["REF30"] }).to_string());
    let path = |rest: &str| format!("/api/v2/REF30/{rest}");
    vec![
        get(path("configuration"), false),
        post(path("sessions"), true, form()),
        post(path(&format!("sessions/{code}")), false, form()),
        get(path(&format!("sessions/{code}")), false),
        get(path("profiles"), true),
        get(path("profiles/Cablevision"), true),
        get(path(&format!("profiles/code/{code}")), false),
        post(path("decisions/preauthorize/Cablevision"), true, resources()),
        post(path("decisions/authorize/Cablevision"), true, resources()),
        get(path(&format!("logout/Cablevision?{BACK}")), true),
    ]
}

impl Valid {
    fn with_path(&self, from: &str, to: &str) -> Self {
        assert!(self.path.contains(from), "{}", self.path);
        Self { path: self.path.replace(from, to), ..self.clone() }
    }

    fn with_body(&self, media_type: &'static str, body: impl Into<String>) -> Self {
        Self { body: Some((media_type, body.into())), ..self.clone() }
    }

    /// Without any header but what the body needs.
    fn naked(&self, mock: &Mock) -> Call {
        let call = mock.call(self.method.clone(), &self.path);
        match &self.body {
            Some((media_type, body)) => call.body(media_type, body.clone()),
            None => call,
        }
    }

    async fn send(&self, mock: &Mock, app: &Application<'_>) -> Answer {
        let call = self.naked(mock).bearer(&app.token).header("x-device-info", DEVICE_INFO);
        let call =
            if self.needs_device { call.header("ap-device-identifier", DEVICE) } else { call };
        call.send().await
    }
}

#[track_caller]
fn assert_error(answer: &Answer, code: ErrorCode) {
    assert_eq!(answer.status, code.status(), "{}", answer.text());
    let mut body = answer.json();
    let trace = body.as_object_mut().unwrap().remove("trace").unwrap();
    assert_eq!(trace.as_str().unwrap().len(), 36);
    let expected = json!({
        "action": code.action().name(),
        "status": code.status(),
        "code": code.code(),
        "message": code.message(),
        "helpUrl": "https://experienceleague.adobe.com/docs/pass/authentication/auth-features/error-reportn/enhanced-error-codes.html",
    });
    assert_eq!(body, expected);
}

#[tokio::test]
async fn valid_calls_are_answered() {
    let mock = Mock::start().await;
    let app = Application::register(&mock).await;
    let code = app.sign_in("Cablevision").await;
    for call in calls(&code) {
        let answer = call.send(&mock, &app).await;
        assert_eq!(answer.status, 200, "{} {}", call.path, answer.text());
    }
}

#[tokio::test]
async fn without_a_good_token_there_is_401_and_an_empty_object() {
    let mock = Mock::start().await;
    let app = Application::register(&mock).await;
    let code = app.code("Cablevision").await;
    for call in calls(&code) {
        let naked = || call.naked(&mock).header("ap-device-identifier", DEVICE);
        let missing = naked().send().await;
        assert_eq!(missing.status, 401, "{}", call.path);
        assert_eq!(missing.header("www-authenticate"), "Bearer");
        assert_eq!(missing.json(), Value::Object(Map::new()));
        for bad in ["Bearer unknown", "Bearer", "Basic dXNlcjpwYXNz", "Bearer a b"] {
            let refused = naked().header("authorization", bad).send().await;
            assert_eq!(refused.status, 401);
            assert_eq!(refused.header("www-authenticate"), "Bearer error=\"invalid_token\"");
            assert_eq!(refused.json(), Value::Object(Map::new()));
        }
    }
    mock.advance(6 * 3600);
    let expired = app.get("/api/v2/REF30/profiles").await;
    assert_eq!((expired.status.as_u16(), expired.json()), (401, json!({})));
}

#[tokio::test]
async fn a_token_is_for_its_own_application_and_service_providers() {
    let mock = Mock::start().await;
    let fixtures = Fixtures::default();
    let statement = |id: &str| {
        let listed = fixtures.software_statements.iter().find(|listed| *listed.id == *id).unwrap();
        listed.statement.clone()
    };
    let elsewhere = Application::register_as(&mock, &statement("apasstest1-only")).await;
    let old = Application::register_as(&mock, &statement("first-api-only")).await;
    let gone = Application::register(&mock).await;
    for client in mock.server.app().domain.clients.clients() {
        let token = mock.server.app().domain.clients.tokens(mock.server.clock().now());
        if token.iter().any(|t| t.access_token == gone.token && t.client_id == client.client_id) {
            mock.server.app().domain.clients.revoke(&client.client_id);
        }
    }
    for call in calls("8ER640M") {
        let provider = call.send(&mock, &elsewhere).await;
        assert_error(&provider, ErrorCode::InvalidAccessTokenServiceProvider);
        for app in [&old, &gone] {
            let answer = call.send(&mock, app).await;
            assert_error(&answer, ErrorCode::InvalidAccessTokenClientApplication);
        }
    }
    let unknown = elsewhere.get("/api/v2/NOBODY/profiles").await;
    assert_error(&unknown, ErrorCode::InvalidParameterServiceProvider);
    assert_eq!(elsewhere.get("/api/v2/apasstest1/profiles").await.status, 200);
}

#[tokio::test]
async fn a_withdrawn_statement_makes_its_tokens_void() {
    let mock = Mock::start().await;
    let app = Application::register(&mock).await;
    let mut fixtures = Fixtures::default();
    fixtures.software_statements[0].revoked = true;
    mock.server.app().fixtures.store(fixtures.into());
    let answer = app.get("/api/v2/REF30/profiles").await;
    assert_error(&answer, ErrorCode::InvalidAccessTokenClientApplication);
}

#[tokio::test]
async fn an_unknown_service_provider_comes_before_everything_but_the_token() {
    let mock = Mock::start().await;
    let app = Application::register(&mock).await;
    for call in calls("8ER640M") {
        let answer = call.with_path("REF30", "ref30").naked(&mock).bearer(&app.token).send().await;
        assert_error(&answer, ErrorCode::InvalidParameterServiceProvider);
    }
}

#[tokio::test]
async fn a_device_identifier_is_needed_where_it_is_documented() {
    let mock = Mock::start().await;
    let app = Application::register(&mock).await;
    let code = app.sign_in("Cablevision").await;
    for call in calls(&code) {
        let naked = || call.naked(&mock).bearer(&app.token);
        let answers = [
            naked().send().await,
            naked().header("ap-device-identifier", "fingerprint !!!").send().await,
            naked().header("ap-device-identifier", "YmEyM2Qx").send().await,
            naked().header("ap-device-identifier", "mac YmEyM2Qx").send().await,
            naked().header("ap-device-identifier", "fingerprint ").send().await,
        ];
        for answer in answers {
            if call.needs_device {
                assert_error(&answer, ErrorCode::InvalidHeaderDeviceIdentifier);
            } else {
                assert_eq!(answer.status, 200, "{} {}", call.path, answer.text());
            }
        }
    }
}

#[tokio::test]
async fn device_info_may_be_missing_but_not_unreadable() {
    let mock = Mock::start().await;
    let app = Application::register(&mock).await;
    let code = app.sign_in("Cablevision").await;
    for call in calls(&code) {
        // The logout comes last, so that the others find the profile.
        let with = |info: &str| {
            let naked = call.naked(&mock).bearer(&app.token).header("ap-device-identifier", DEVICE);
            naked.header("x-device-info", info).send()
        };
        for bad in ["???", "W10=", "bm8ganNvbg==", "{}"] {
            let answer = with(bad).await;
            if call.knows_device_info {
                assert_error(&answer, ErrorCode::InvalidHeaderDeviceInfo);
            } else {
                assert_eq!(answer.status, 200, "{} {}", call.path, answer.text());
            }
        }
        let naked = call.naked(&mock).bearer(&app.token).header("ap-device-identifier", DEVICE);
        assert_eq!(naked.send().await.status, 200, "{}", call.path);
    }
}

#[tokio::test]
async fn mvpds_are_unknown_or_not_integrated() {
    let mock = Mock::start().await;
    let app = Application::register(&mock).await;
    let code = app.code("Cablevision").await;
    let form = |mvpd: &str| format!("mvpd={mvpd}&domainName=adobe.com&{BACK}");
    for call in calls(&code) {
        let names = |mvpd: &str| match &call.body {
            Some((FORM, _)) => Some(call.with_body(FORM, form(mvpd))),
            _ if call.path.contains("Cablevision") => Some(call.with_path("Cablevision", mvpd)),
            _ => None,
        };
        let expected = [
            ("Nobody", ErrorCode::InvalidParameterMvpd),
            ("cablevision", ErrorCode::InvalidParameterMvpd),
            ("DisabledCable", ErrorCode::InvalidIntegration),
        ];
        for (mvpd, code) in expected {
            let Some(call) = names(mvpd) else { continue };
            assert_error(&call.send(&mock, &app).await, code);
        }
    }
    // Known, but with another service provider only.
    let answer = app.get("/api/v2/apasstest1/profiles/Dish").await;
    assert_error(&answer, ErrorCode::InvalidIntegration);
}

#[tokio::test]
async fn an_integration_that_is_switched_off_is_gone_for_its_users() {
    let mock = Mock::start().await;
    let app = Application::register(&mock).await;
    let code = app.sign_in("Cablevision").await;
    mock.server.app().domain.switch_integration("REF30", "Cablevision", false);
    let refused = calls(&code).into_iter().filter(|call| {
        call.path.contains("Cablevision") || call.path.contains("/code/") || call.body.is_some()
    });
    for call in refused {
        assert_error(&call.send(&mock, &app).await, ErrorCode::InvalidIntegration);
    }
    assert_eq!(app.get("/api/v2/REF30/profiles").await.json(), json!({ "profiles": {} }));
    let configuration = app.get("/api/v2/REF30/configuration").await.json();
    let offered = configuration["requestor"]["mvpds"].as_array().unwrap();
    assert!(offered.iter().all(|mvpd| mvpd["id"] != "Cablevision"));
}

#[tokio::test]
async fn codes_are_malformed_or_lead_nowhere() {
    let mock = Mock::start().await;
    let app = Application::register(&mock).await;
    let code = app.code("Cablevision").await;
    let with_code = |code: &str| {
        calls(code).into_iter().filter(|call| call.path.contains(code)).collect::<Vec<_>>()
    };
    for bad in ["ABC12", "ABCDEFGHI", "8er640m", "8ER%2040", "8ER-40M"] {
        for call in with_code(bad) {
            assert_error(&call.send(&mock, &app).await, ErrorCode::InvalidParameterCode);
        }
    }
    let gone = ErrorCode::InvalidAuthenticationSession;
    for call in with_code("ZZZZZZZ") {
        assert_error(&call.send(&mock, &app).await, gone);
    }
    for call in with_code(&code) {
        let elsewhere = call.with_path("REF30", "apasstest1");
        assert_error(&elsewhere.send(&mock, &app).await, gone);
        assert_eq!(call.send(&mock, &app).await.status, 200);
    }
    let newer = app.code("Cablevision").await;
    for call in with_code(&code) {
        assert_error(&call.send(&mock, &app).await, gone);
    }
    mock.advance(30 * 60);
    for call in with_code(&newer) {
        assert_eq!(call.send(&mock, &app).await.status, 200, "good to its last instant");
    }
    mock.advance(1);
    for call in with_code(&newer) {
        assert_error(&call.send(&mock, &app).await, gone);
    }
}

#[tokio::test]
async fn redirect_urls_must_be_absolute() {
    let mock = Mock::start().await;
    let app = Application::register(&mock).await;
    let code = app.code("Cablevision").await;
    let wrong = ErrorCode::InvalidParameterRedirectUrl;
    for path in ["sessions".to_owned(), format!("sessions/{code}")] {
        for url in ["adobe.com", "/done", "http://", "%20"] {
            let call = app.call(Method::POST, &format!("/api/v2/REF30/{path}"));
            assert_error(&call.body(FORM, format!("redirectUrl={url}")).send().await, wrong);
        }
    }
    for query in ["", "?redirectUrl=", "?redirectUrl=adobe.com", "?redirect_url=https://a.b"] {
        let answer = app.get(&format!("/api/v2/REF30/logout/Cablevision{query}")).await;
        assert_error(&answer, wrong);
    }
}

#[tokio::test]
async fn bodies_of_another_kind_are_named_by_their_first_parameter() {
    let mock = Mock::start().await;
    let app = Application::register(&mock).await;
    let code = app.code("Cablevision").await;
    for call in calls(&code) {
        let (expected, bodies) = match &call.body {
            Some((FORM, body)) => {
                let json = json!({ "mvpd": "Cablevision" }).to_string();
                let bodies = vec![("text/plain", body.clone()), ("application/json", json)];
                (ErrorCode::InvalidParameterMvpd, bodies)
            }
            Some((_, body)) => {
                let json = |value: Value| ("application/json", value.to_string());
                let bodies = vec![
                    ("text/plain", body.clone()),
                    (FORM, "resources=REF30".to_owned()),
                    ("application/json", String::new()),
                    ("application/json", "{".to_owned()),
                    json(json!(["REF30"])),
                    json(json!({})),
                    json(json!({ "resources": [] })),
                    json(json!({ "resources": "REF30" })),
                    json(json!({ "resources": ["REF30", 1] })),
                    json(json!({ "resources": [""] })),
                    json(json!({ "resources": null })),
                ];
                (ErrorCode::InvalidParameterResources, bodies)
            }
            None => continue,
        };
        for (media_type, body) in bodies {
            let answer = call.with_body(media_type, body).send(&mock, &app).await;
            assert_error(&answer, expected);
        }
    }
}

#[tokio::test]
async fn one_call_asks_about_so_many_resources() {
    let mock = Mock::start().await;
    let app = Application::register(&mock).await;
    app.sign_in("Cablevision").await;
    let six = ["news", "sports", "movies", "kids", "REF30", "premium"];
    assert_eq!(app.decide("preauthorize", "Cablevision", &six[..5]).await.status, 200);
    let refused = app.decide("preauthorize", "Cablevision", &six).await;
    assert_error(&refused, ErrorCode::TooManyResources);
    assert_eq!(app.decide("authorize", "Cablevision", &six[..1]).await.status, 200);
    let refused = app.decide("authorize", "Cablevision", &six[..2]).await;
    assert_error(&refused, ErrorCode::TooManyResources);

    let mut fixtures = Fixtures::default();
    let provider = &mut fixtures.service_providers[0];
    let agreed = provider.integrations.iter_mut().find(|i| &*i.mvpd == "Cablevision").unwrap();
    (agreed.preauthorize_resources, agreed.authorize_resources) = (Some(6), Some(2));
    mock.server.app().fixtures.store(fixtures.into());
    assert_eq!(app.decide("preauthorize", "Cablevision", &six).await.status, 200);
    assert_eq!(app.decide("authorize", "Cablevision", &six[..2]).await.status, 200);
}

#[tokio::test]
async fn decisions_need_a_profile() {
    let mock = Mock::start().await;
    let app = Application::register(&mock).await;
    let profiles = &mock.server.app().domain.profiles;
    let number = || profiles.all().last().unwrap().1.number;
    let both = ["preauthorize", "authorize"];
    for kind in both {
        let answer = app.decide(kind, "Cablevision", &["REF30"]).await;
        assert_error(&answer, ErrorCode::AuthenticatedProfileMissing);
    }
    app.sign_in("Cablevision").await;
    profiles.invalidate(number());
    for kind in both {
        let answer = app.decide(kind, "Cablevision", &["REF30"]).await;
        assert_error(&answer, ErrorCode::AuthenticatedProfileInvalidated);
    }
    app.sign_in("Cablevision").await;
    profiles.expire(number(), mock.server.clock().now());
    for kind in both {
        let answer = app.decide(kind, "Cablevision", &["REF30"]).await;
        assert_error(&answer, ErrorCode::AuthenticatedProfileExpired);
    }
    let other = app.on("fingerprint b3RoZXI=").decide("authorize", "Cablevision", &["REF30"]).await;
    assert_error(&other, ErrorCode::AuthenticatedProfileMissing);
}

#[tokio::test]
async fn a_missing_profile_can_be_told_in_each_decision() {
    let mut fixtures = Fixtures::default();
    fixtures.settings.missing_profile = ErrorPlace::ItemLevel;
    let mock = Mock::with(|builder| builder.fixtures(fixtures)).await;
    let app = Application::register(&mock).await;
    let answer = app.decide("preauthorize", "Cablevision", &["news", "sports"]).await;
    assert_eq!(answer.status, 200);
    let decisions = answer.json()["decisions"].as_array().unwrap().clone();
    assert_eq!(decisions.len(), 2);
    for decision in decisions {
        assert_eq!(decision["authorized"], false);
        assert_eq!(decision["error"]["code"], "authenticated_profile_missing");
        assert_eq!(decision["error"]["status"], 403);
    }
}

#[tokio::test]
async fn a_person_reads_the_errors_of_call_7() {
    let mock = Mock::start().await;
    let app = Application::register(&mock).await;
    let incomplete = app.session(&COMPLETE[..2]).await["code"].as_str().unwrap().to_owned();
    let problem = |path: String| {
        let call = mock.get(&path);
        async move {
            let answer = call.send().await;
            assert_eq!(answer.status, 400, "{path}");
            assert_eq!(answer.header("content-type"), "text/html;charset=UTF-8");
            answer.text().to_owned()
        }
    };
    let open = |code: &str| problem(format!("/api/v2/authenticate/REF30/{code}"));
    assert!(open(&incomplete).await.contains("Not everything is known yet"));
    assert!(open("abc").await.contains("This is not a code"));
    assert!(open("ZZZZZZZ").await.contains("This code is not valid"));
    let unknown = problem("/api/v2/authenticate/NOBODY/ZZZZZZZ".to_owned()).await;
    assert!(unknown.contains("Unknown service"));
    let used = app.sign_in("Cablevision").await;
    assert!(open(&used).await.contains("This code was used already"));
    let denied = app.code("Dish").await;
    let app_state = mock.server.app();
    app_state
        .domain
        .deny_login(&app_state.fixtures.load(), &denied, mock.server.clock().now())
        .unwrap();
    assert!(open(&denied).await.contains("You cannot sign in"));
    let off = app.code("Dish").await;
    app_state.domain.switch_integration("REF30", "Dish", false);
    assert!(open(&off).await.contains("Not available with this TV provider"));
}

#[tokio::test]
async fn what_a_call_spoke_of_is_in_the_journal() {
    let mock = Mock::start().await;
    let app = Application::register(&mock).await;
    let code = app.sign_in("Cablevision").await;
    app.get(&format!("/api/v2/REF30/profiles/code/{code}")).await;
    app.decide("authorize", "Cablevision", &["news"]).await;
    app.decide("authorize", "Nobody", &["news"]).await;
    let entries = mock.server.journal().entries();
    let facts: Vec<_> = entries.iter().rev().take(4).rev().map(|entry| &entry.facts).collect();
    let device = "ba23d141-d715-561c-94f4-e9e4c966b1eb";
    for fact in &facts {
        assert!(fact.client_id.is_some());
        assert_eq!(fact.device_id.as_deref(), Some(device));
        assert_eq!(fact.service_provider.as_deref(), Some("REF30"));
    }
    assert_eq!(facts[0].code.as_deref(), Some(&*code), "the code that was given");
    assert_eq!(
        (facts[1].code.as_deref(), facts[1].mvpd.as_deref()),
        (Some(&*code), Some("Cablevision"))
    );
    assert_eq!(facts[2].resources, ["news"]);
    assert_eq!(facts[3].error.as_deref(), Some("invalid_parameter_mvpd"));
}
