//! Logins that end on a page of the provider.

use http::StatusCode;
use pass_mock::config::Login;

use super::{DEMO, assert_is_page, authenticate, rendered};
use crate::browser::{Browser, between};
use crate::device::{DONE, Device};
use crate::harness::{Answer, Mock};

const BROKEN: [(&str, &str); 2] = [("username", "error"), ("password", "error")];

async fn end(mock: &Mock, fields: &[(&str, &str)]) -> (Answer, String) {
    let tv = Device::new(mock, "tv").await;
    let code = tv.begin("Cablevision").await;
    let mut browser = Browser::new(mock);
    let (_, page) = browser.follow(&authenticate(&code)).await;
    let end = browser.submit(&page, fields).await;
    assert!(!tv.is_signed_in().await);
    assert_eq!(browser.cookie_names(), ["pass_mock_form"]);
    (end, code)
}

#[tokio::test]
async fn an_error_page_of_the_provider_leads_back_or_to_another_attempt() {
    let mock = Mock::start().await;
    let (page, code) = end(&mock, &BROKEN).await;
    assert_eq!(page.status, StatusCode::OK);
    assert_is_page(&page);
    insta::assert_snapshot!("provider_error", rendered(&page).replace(&code, "CODE"));
    let back = between(page.text(), "class=\"button\" href=\"", "\"");
    assert_eq!(mock.get(back).send().await.header("location"), DONE);
    let again = between(page.text(), "class=\"button quiet\" href=\"", "\"");
    let again = mock.get(again).send().await;
    assert!(again.text().contains("name=\"password\""));
}

#[tokio::test]
async fn a_provider_out_of_order_fails_everybody() {
    for (login, text) in [
        (Login::Error, "You cannot be signed in at the moment"),
        (Login::Fails, "This account cannot be used to sign in."),
    ] {
        let mock = Mock::start().await;
        let mut fixtures = (*mock.server.app().fixtures.load_full()).clone();
        let mvpd = fixtures.mvpds.iter_mut().find(|mvpd| &*mvpd.id == "Cablevision").unwrap();
        mvpd.login = login;
        mock.server.app().fixtures.store(std::sync::Arc::new(fixtures));
        let (page, _) = end(&mock, &DEMO).await;
        assert!(page.text().contains(text), "{login:?}");
    }
}

#[tokio::test]
async fn the_way_back_is_a_live_codes_alone() {
    let mock = Mock::start().await;
    let tv = Device::new(&mock, "tv").await;
    let code = tv.begin("Cablevision").await;
    for address in [
        "/mvpd/Cablevision/back",
        "/mvpd/Cablevision/back?code=ZZZZZZZ",
        &format!("/mvpd/Spectrum/back?code={code}"),
        &format!("/mvpd/Cablevision/back?redirect_url={DONE}"),
    ] {
        let answer = mock.get(address).send().await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{address}");
        assert_is_page(&answer);
    }
    let back = format!("/mvpd/Cablevision/back?code={code}");
    assert_eq!(mock.get(&back).send().await.header("location"), DONE);
    mock.advance(30 * 60 + 1);
    assert_eq!(mock.get(&back).send().await.status, StatusCode::BAD_REQUEST);
}
