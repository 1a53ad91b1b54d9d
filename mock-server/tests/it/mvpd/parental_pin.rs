//! The parental PIN between the password and the way back.

use http::{Method, StatusCode};
use serde_json::json;

use super::{DEMO, assert_is_page, authenticate, rendered};
use crate::browser::{Browser, between};
use crate::device::{DONE, Device};
use crate::harness::{Answer, Mock};

const PASSWORD: [(&str, &str); 2] = [("username", "pin"), ("password", "pin")];
const RIGHT: [(&str, &str); 1] = [("pin", "1234")];
const WRONG: [(&str, &str); 1] = [("pin", "4321")];

fn pin_address(code: &str) -> String {
    format!("/mvpd/Cablevision/pin?code={code}")
}

fn title(answer: &Answer) -> &str {
    between(answer.text(), "<title>", "</title>")
}

/// From call 7 to the page that asks for the PIN.
async fn asked(browser: &mut Browser<'_>, code: &str) -> Answer {
    let (_, page) = browser.follow(&authenticate(code)).await;
    let on = browser.submit(&page, &PASSWORD).await;
    assert_eq!((on.status, on.header("location")), (StatusCode::FOUND, &*pin_address(code)));
    browser.open(&pin_address(code)).await
}

#[tokio::test]
async fn a_pin_is_asked_for_after_the_password() {
    let mock = Mock::start().await;
    let tv = Device::new(&mock, "tv").await;
    let code = tv.begin("Cablevision").await;
    let mut browser = Browser::new(&mock);
    let page = asked(&mut browser, &code).await;
    assert_eq!(page.status, StatusCode::OK);
    assert_is_page(&page);
    insta::assert_snapshot!("pin", rendered(&page).replace(&code, "CODE"));
    assert!(!tv.is_signed_in().await && !tv.polls(&code).await, "the password is not enough");

    let nothing = browser.submit(&page, &[("pin", " ")]).await;
    assert!(nothing.text().contains("Type the PIN."));
    let wrong = browser.submit(&page, &WRONG).await;
    assert_eq!(wrong.status, StatusCode::OK);
    assert_is_page(&wrong);
    insta::assert_snapshot!("pin_wrong", rendered(&wrong).replace(&code, "CODE"));
    assert!(!tv.is_signed_in().await);

    let right = browser.submit(&wrong, &RIGHT).await;
    assert_eq!((right.status, right.header("location")), (StatusCode::FOUND, DONE));
    assert!(tv.is_signed_in().await && tv.polls(&code).await);
    assert_eq!(browser.cookie_names(), ["pass_mock_form", "pass_mock_login_Cablevision"]);
}

#[tokio::test]
async fn one_click_fills_the_pin_in() {
    let mock = Mock::start().await;
    let tv = Device::new(&mock, "tv").await;
    let code = tv.begin("Cablevision").await;
    let mut browser = Browser::new(&mock);
    let page = asked(&mut browser, &code).await;
    let link = between(page.text(), "<li><a href=\"", "\"").replace("&amp;", "&");
    let filled = browser.open(&link).await;
    assert!(filled.text().contains("inputmode=\"numeric\" value=\"1234\""));
}

#[tokio::test]
async fn the_third_wrong_pin_ends_the_session_and_no_cookie_brings_it_back() {
    let mock = Mock::start().await;
    let tv = Device::new(&mock, "tv").await;
    let code = tv.begin("Cablevision").await;
    let mut browser = Browser::new(&mock);
    let first = asked(&mut browser, &code).await;
    let kept = browser.clone();
    browser.submit(&first, &WRONG).await;
    let second = browser.submit(&first, &WRONG).await;
    assert!(second.text().contains("There is 1 attempt left."));
    // Cookies of before the attempts do not count them anew.
    let mut replayed = kept.clone();
    let last = replayed.submit(&first, &WRONG).await;
    assert_is_page(&last);
    insta::assert_snapshot!("too_many_pins", rendered(&last).replace(&code, "CODE"));
    let late = kept.clone().submit(&first, &RIGHT).await;
    assert_eq!(between(late.text(), "<h1>", "</h1>"), "You cannot sign in");
    assert!(!tv.is_signed_in().await);
    let back = between(last.text(), "class=\"button\" href=\"", "\"");
    assert_eq!(browser.open(back).await.header("location"), DONE);
    let session = mock.control(Method::GET, &format!("/sessions/{code}")).send().await.json();
    assert_eq!(session["login"], json!({"state": "denied"}));
}

#[tokio::test]
async fn nobody_gets_around_the_pin() {
    let mock = Mock::start().await;
    let tv = Device::new(&mock, "tv").await;
    let code = tv.begin("Cablevision").await;
    let mut browser = Browser::new(&mock);
    let (_, login) = browser.follow(&authenticate(&code)).await;

    // Before the password.
    let early = browser.open(&pin_address(&code)).await;
    assert_eq!(early.header("location"), format!("/mvpd/Cablevision/login?code={code}"));
    let form = [("code", code.as_str()), ("pin", "1234")];
    let early = mock.post("/mvpd/Cablevision/pin").form(&form).send().await;
    assert_eq!((early.status, title(&early)), (StatusCode::FORBIDDEN, "Error: Sign in – Optimum"));
    assert_is_page(&early);

    // In another browser, and with the password's cookie alone.
    browser.submit(&login, &PASSWORD).await;
    let page = browser.open(&pin_address(&code)).await;
    let mut other = Browser::new(&mock);
    other.follow(&authenticate(&code)).await;
    assert_eq!(other.submit(&page, &RIGHT).await.status, StatusCode::FORBIDDEN);
    let half = browser.cookie(&format!("pass_mock_pin_{code}"));
    let stolen = mock.post("/mvpd/Cablevision/pin").form(&form);
    let stolen = stolen.header("cookie", &format!("pass_mock_pin_{code}={half}"));
    assert_eq!(stolen.send().await.status, StatusCode::FORBIDDEN);

    // As if it were the cookie of somebody who is signed in.
    let entrance = mock.get(&format!("/mvpd/Cablevision/sso?code={code}"));
    let renamed = entrance.header("cookie", &format!("pass_mock_login_Cablevision={half}"));
    let location = renamed.send().await.header("location").to_owned();
    assert_eq!(location, format!("/mvpd/Cablevision/login?code={code}"));

    // From another site's form.
    let cookies = browser.cookie_header("/mvpd/Cablevision/pin");
    let forged = mock.post("/mvpd/Cablevision/pin").form(&form).header("cookie", &cookies);
    let forged = forged.header("origin", "https://evil.example").send().await;
    assert_eq!(forged.status, StatusCode::FORBIDDEN);

    // For another code, and for another provider.
    let phone = Device::new(&mock, "phone").await;
    let another = phone.begin("Cablevision").await;
    let elsewhere = browser.open(&pin_address(&another)).await;
    assert_eq!(elsewhere.header("location"), format!("/mvpd/Cablevision/login?code={another}"));
    assert!(!tv.is_signed_in().await && !phone.is_signed_in().await);

    assert_eq!(browser.submit(&page, &RIGHT).await.header("location"), DONE);
    assert!(tv.is_signed_in().await);
    let again = browser.submit(&page, &RIGHT).await;
    assert_eq!(between(again.text(), "<h1>", "</h1>"), "This code was used already");
}

#[tokio::test]
async fn a_pin_is_waited_for_ten_minutes_and_not_beyond_its_code() {
    let mock = Mock::start().await;
    let tv = Device::new(&mock, "tv").await;
    let code = tv.begin("Cablevision").await;
    let mut browser = Browser::new(&mock);
    let page = asked(&mut browser, &code).await;
    mock.advance(601);
    let late = browser.submit(&page, &RIGHT).await;
    assert_eq!((late.status, title(&late)), (StatusCode::FORBIDDEN, "Error: Sign in – Optimum"));
    assert!(late.text().contains("it has taken too long"));

    mock.advance(30 * 60 - 601 - 10);
    let page = asked(&mut browser, &code).await;
    mock.advance(11);
    let late = browser.submit(&page, &RIGHT).await;
    assert_eq!(between(late.text(), "<h1>", "</h1>"), "This code is not valid");
    assert!(!tv.is_signed_in().await);
}

#[tokio::test]
async fn whoever_cancels_at_the_pin_goes_back_signed_out() {
    let mock = Mock::start().await;
    let tv = Device::new(&mock, "tv").await;
    let code = tv.begin("Cablevision").await;
    let mut browser = Browser::new(&mock);
    let page = asked(&mut browser, &code).await;
    let back = browser.submit(&page, &[("pin", ""), ("cancel", "1")]).await;
    assert_eq!(back.header("location"), DONE);
    assert_eq!(browser.cookie_names(), ["pass_mock_form"]);
    assert!(!tv.is_signed_in().await);
}

#[tokio::test]
async fn a_remembered_viewer_gives_the_pin_but_no_password() {
    let mock = Mock::start().await;
    let (tv, phone) = (Device::new(&mock, "tv").await, Device::new(&mock, "phone").await);
    let mut browser = Browser::new(&mock);
    let page = asked(&mut browser, &tv.begin("Cablevision").await).await;
    browser.submit(&page, &RIGHT).await;
    let code = phone.begin("Cablevision").await;
    let (way, page) = browser.follow(&authenticate(&code)).await;
    assert_eq!(way.last(), Some(&pin_address(&code)));
    assert!(!phone.is_signed_in().await);
    assert_eq!(browser.submit(&page, &RIGHT).await.header("location"), DONE);
    assert!(phone.is_signed_in().await);
}

#[tokio::test]
async fn a_script_gives_password_and_pin_at_once_and_control_needs_neither() {
    let mock = Mock::start().await;
    let (tv, phone) = (Device::new(&mock, "tv").await, Device::new(&mock, "phone").await);
    let login = format!("/mvpd/Cablevision/login?code={}", tv.begin("Cablevision").await);
    let with = |pin| mock.post(&login).form(&[PASSWORD[0], PASSWORD[1], ("pin", pin)]);
    let wrong = with("0000").send().await;
    assert!(wrong.text().contains("This PIN is wrong. There are 2 attempts left."));
    assert!(!tv.is_signed_in().await);
    assert_eq!(with("1234").send().await.header("location"), DONE);
    assert!(tv.is_signed_in().await);

    let complete = format!("/sessions/{}/complete", phone.begin("Cablevision").await);
    let done = mock.control(Method::POST, &complete).json(&json!({"user": "pin"})).send().await;
    assert_eq!(done.json()["login"]["state"], "done");
    assert!(phone.is_signed_in().await);
}

#[tokio::test]
async fn users_without_a_pin_are_not_asked() {
    let mock = Mock::start().await;
    let tv = Device::new(&mock, "tv").await;
    let code = tv.begin("Cablevision").await;
    let login = format!("/mvpd/Cablevision/login?code={code}");
    let sent = mock.post(&login).form(&[DEMO[0], DEMO[1], ("pin", "")]).send().await;
    assert_eq!(sent.header("location"), DONE, "an empty field is no PIN");
}
