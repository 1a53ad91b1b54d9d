//! What goes wrong on the second screen, and how a person is told.

use http::{Method, StatusCode};
use pass_mock::journal::Actor;
use pass_mock::router::Endpoint;
use pass_mock::throttle::ThrottleSettings;
use serde_json::json;

use super::{DEMO, assert_is_page, calls_of, go_on, location, open_code, rendered, type_code};
use crate::browser::{Browser, between};
use crate::control::done;
use crate::device::Device;
use crate::harness::Mock;

const POST: Method = Method::POST;

#[tokio::test]
async fn a_code_that_is_none_is_told_at_once() {
    let mock = Mock::start().await;
    let mut browser = Browser::new(&mock);
    let wrong = type_code(&mut browser, "ABC1234").await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
    insta::assert_snapshot!("enter_unknown", rendered(&wrong, "ABC1234"));
    let asked = calls_of(&mock, Actor::SecondScreen).len();
    let malformed = type_code(&mut browser, "\"><script>").await;
    assert_eq!(malformed.status, StatusCode::BAD_REQUEST);
    assert!(malformed.text().contains("That is not a whole code"));
    assert!(malformed.text().contains("value=\"&#34;&#62;&#60;script&#62;\""));
    assert_eq!(calls_of(&mock, Actor::SecondScreen).len(), asked, "nobody was asked about that");
    for target in ["/activate/REF30/ABC1234", "/activate/REF30/abc", "/activate/REF30/abc/done"] {
        assert_eq!(browser.open(target).await.status, StatusCode::BAD_REQUEST, "{target}");
    }
    for target in
        ["/activate/Nobody", "/activate/Nobody/ABC1234", "/activate/REF30/a/b", "/activate//x"]
    {
        let page = browser.open(target).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{target}");
        assert_is_page(&page);
    }
    let wrong = mock.call(Method::DELETE, "/activate").send().await;
    assert_eq!((wrong.status.as_u16(), wrong.header("allow")), (405, "GET, POST"));
}

#[tokio::test]
async fn a_code_that_ends_on_the_way_is_told() {
    let mock = Mock::start().await;
    let tv = Device::new(&mock, "tv").await;
    let code = tv.session(&[]).await;
    let mut browser = Browser::new(&mock);
    let own = location(&type_code(&mut browser, &code).await);
    let page = browser.open(&own).await;
    mock.advance(31 * 60);
    let late = browser.submit(&page, &[("mvpd", "Cablevision")]).await;
    assert_eq!(late.status, StatusCode::BAD_REQUEST);
    insta::assert_snapshot!("enter_expired", rendered(&late, &code));
    for target in [own.clone(), format!("{own}/done")] {
        assert!(browser.open(&target).await.text().contains("That code has expired"), "{target}");
    }
    assert!(type_code(&mut browser, &code).await.text().contains("it has expired"));
}

#[tokio::test]
async fn a_code_that_was_used_is_told() {
    let mock = Mock::start().await;
    let tv = Device::new(&mock, "tv").await;
    let code = tv.begin("Cablevision").await;
    done(&mock, POST, &format!("/sessions/{code}/complete"), json!({})).await;
    let mut browser = Browser::new(&mock);
    let own = location(&type_code(&mut browser, &code).await);
    let already = browser.open(&own).await;
    insta::assert_snapshot!("already", rendered(&already, &code));
    tv.logout("Cablevision", "https://adobe.com").await;
    let used = browser.open(&own).await;
    assert!(used.text().contains("That code was used already"), "{}", used.text());
}

#[tokio::test]
async fn who_is_turned_away_is_not_told_otherwise() {
    let mock = Mock::start().await;
    let tv = Device::new(&mock, "tv").await;
    let code = tv.session(&[]).await;
    let mut browser = Browser::new(&mock);
    let own = location(&type_code(&mut browser, &code).await);
    let page = browser.open(&own).await;
    let next = location(&browser.submit(&page, &[("mvpd", "Cablevision")]).await);
    done(&mock, POST, &format!("/sessions/{code}/deny"), json!({})).await;
    let (_, denied) = browser.follow(&next).await;
    assert_eq!(denied.status, StatusCode::BAD_REQUEST);
    let end = browser.open(&format!("{own}/done")).await;
    assert!(end.text().contains("Not signed in yet") && end.text().contains("turn you away"));
    assert!(!tv.is_signed_in().await);
}

#[tokio::test]
async fn a_provider_that_is_not_offered_cannot_be_picked() {
    let mock = Mock::start().await;
    let code = Device::new(&mock, "tv").await.session(&[]).await;
    let mut browser = Browser::new(&mock);
    let page = open_code(&mut browser, &code).await;
    for mvpd in ["TempPass_TEST40", "DisabledCable", "Nobody"] {
        let again = browser.submit(&page, &[("mvpd", mvpd)]).await;
        assert_eq!(again.status, StatusCode::BAD_REQUEST, "{mvpd}");
        assert!(again.text().contains("cannot be used here at the moment"));
    }
    let none = browser.submit(&page, &[]).await;
    assert!(none.text().contains("Choose your TV provider."));

    done(&mock, Method::PUT, "/integrations/REF30/Dish", json!({"enabled": false})).await;
    let again = browser.submit(&page, &[("mvpd", "Dish")]).await;
    assert!(again.text().contains("cannot be used here at the moment"), "{}", again.text());
    assert!(!again.text().contains("DISH"), "the configuration is asked for again");
}

#[tokio::test]
async fn another_sites_form_is_refused() {
    let mock = Mock::start().await;
    let code = Device::new(&mock, "tv").await.session(&[]).await;
    let mut browser = Browser::new(&mock);
    let page = open_code(&mut browser, &code).await;
    let token = between(page.text(), "name=\"form_token\" value=\"", "\"").to_owned();
    let asked = mock.server.journal().entries().len();
    let own = format!("/activate/REF30/{code}");
    let cases = [
        ("/activate", vec![("code", code.as_str())]),
        ("/activate", vec![("code", code.as_str()), ("form_token", &token)]),
        (own.as_str(), vec![("mvpd", "Dish")]),
        (own.as_str(), vec![("mvpd", "Dish"), ("form_token", &token)]),
    ];
    for (target, form) in &cases {
        let call = mock.post(target).header("origin", "https://evil.example").form(form);
        let answer = call.send().await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{target} {form:?}");
        assert_is_page(&answer);
    }
    let calls = mock.server.journal().entries();
    assert_eq!(calls.len(), asked + cases.len(), "the service was not asked");
    // A script that is no browser may post without reading the page first.
    let answer = mock.post(&own).form(&[("mvpd", "Dish")]).send().await;
    assert_eq!(location(&answer), format!("/api/v2/authenticate/REF30/{code}"));
}

#[tokio::test]
async fn guessing_codes_is_throttled_and_the_tv_is_not() {
    let throttled =
        |builder: pass_mock::server::Builder| builder.throttle(ThrottleSettings::default());
    let mock = Mock::with(throttled).await;
    let tv = Device::new(&mock, "tv").await;
    let code = tv.session(&[]).await;
    let mut browser = Browser::new(&mock);
    let page = browser.open("/activate").await;
    let mut pages = Vec::new();
    for _ in 0..7 {
        // Taken as it comes: the answer may be a 503.
        let form = [("code", "AAAAAAA")];
        let answer = mock.post("/activate").form(&form).outcome().await.unwrap();
        pages.push(answer.status.as_u16());
    }
    assert_eq!(pages, [400, 400, 400, 400, 503, 503, 503], "2 to begin with, 2 a code, 11 in all");
    let busy = mock.post("/activate").form(&[("code", "AAAAAAA")]).outcome().await.unwrap();
    insta::assert_snapshot!("busy", rendered(&busy, "AAAAAAA"));
    assert_eq!(busy.header("retry-after"), "3");
    assert!(!tv.polls(&code).await, "the TV is answered");
    mock.advance(2);
    let found = browser.submit(&page, &[("code", &code)]).await;
    assert_eq!(location(&found), format!("/activate/REF30/{code}"));
}

#[tokio::test]
async fn a_sick_service_is_no_blank_page() {
    let mock = Mock::start().await;
    let tv = Device::new(&mock, "tv").await;
    let code = tv.session(&[]).await;
    let rule = json!({"match": {"endpoint": "retrieve_session"}, "effect": {"status": 503}});
    let fault = done(&mock, POST, "/faults", rule).await["fault"].as_u64().unwrap();
    let answer = mock.post("/activate").form(&[("code", &code)]).outcome().await.unwrap();
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    insta::assert_snapshot!("unwell", rendered(&answer, &code));
    done(&mock, Method::DELETE, &format!("/faults/{fault}"), serde_json::Value::Null).await;
    let mut browser = Browser::new(&mock);
    assert_eq!(location(&type_code(&mut browser, &code).await), format!("/activate/REF30/{code}"));
}

#[tokio::test]
async fn a_lost_token_or_registration_is_no_trouble() {
    let mock = Mock::start().await;
    let tv = Device::new(&mock, "tv").await;
    let code = tv.session(&[]).await;
    let mut browser = Browser::new(&mock);
    location(&type_code(&mut browser, &code).await);
    let journal = mock.server.journal().entries();
    let own = journal.iter().find(|entry| entry.actor == Actor::SecondScreen).unwrap();
    let client = own.facts.client_id.clone().unwrap();
    done(&mock, POST, &format!("/clients/{client}/revoke"), json!({})).await;
    location(&type_code(&mut browser, &code).await);
    let registrations = |mock: &Mock| {
        let calls = calls_of(mock, Actor::SecondScreen);
        calls.into_iter().filter(|call| *call == Endpoint::Register).count()
    };
    assert_eq!(registrations(&mock), 2);

    done(&mock, POST, "/reset", json!({})).await;
    let tv = Device::new(&mock, "tv").await;
    let code = tv.session(&[]).await;
    let page = open_code(&mut browser, &code).await;
    let login = go_on(&mut browser, &page, &[("mvpd", "Cablevision")]).await;
    browser.submit(&login, &DEMO).await;
    assert!(tv.is_signed_in().await);
}
