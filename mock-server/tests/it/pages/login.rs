//! The provider's login, as a person meets it.

use super::{authenticate, begin};
use crate::chromium::{Setup, Site, Tab, visit, visit_as};
use crate::device::Device;
use crate::harness::Mock;

const PROVIDER: &str = "Cablevision";

/// A device that waits for somebody to sign in, and the page that opens for it.
async fn at_the_login<'a>(mock: &'a Mock, app: &Site, tab: &Tab) -> (Device<'a>, String) {
    let tv = Device::new(mock, "tv").await;
    let code = begin(&tv, PROVIDER, &app.at("/done")).await;
    tab.open(&authenticate(mock, &code)).await;
    tab.see("#username").await;
    (tv, code)
}

#[test]
fn a_person_signs_in_after_a_wrong_password() {
    visit("login", async |tab| {
        let (mock, app) = (Mock::start().await, Site::of_an_app().await);
        let (tv, code) = at_the_login(&mock, &app, &tab).await;
        tab.inspect("empty").await;
        tab.fill("#username", "demo").await;
        tab.fill("#password", "guess").await;
        tab.press("Sign in").await;
        tab.says("[role=alert]", "wrong").await;
        assert!(!tv.polls(&code).await);
        tab.inspect("wrong-password").await;
        assert_eq!(tab.see("#username").await.prop("value").await.unwrap().unwrap(), "demo");
        tab.fill("#password", "demo").await;
        tab.press("Sign in").await;
        tab.until_at(&app.at("/done")).await;
        assert!(tv.polls(&code).await && tv.is_signed_in().await);
    });
}

#[test]
fn one_click_fills_in_a_test_user_and_another_signs_in() {
    visit("login-test-user", async |tab| {
        let (mock, app) = (Mock::start().await, Site::of_an_app().await);
        let (tv, code) = at_the_login(&mock, &app, &tab).await;
        tab.press("demo").await;
        let filled = async || {
            let name = tab.see("#username").await.prop("value").await.unwrap();
            name.as_deref() == Some("demo")
        };
        tab.until("the user is filled in", filled).await;
        tab.press("Sign in").await;
        tab.until_at(&app.at("/done")).await;
        assert!(tv.polls(&code).await);
    });
}

#[test]
fn the_keyboard_alone_signs_in() {
    visit("login-keyboard", async |tab| {
        let (mock, app) = (Mock::start().await, Site::of_an_app().await);
        let (tv, code) = at_the_login(&mock, &app, &tab).await;
        assert!(tab.has_focus("#username").await, "one can type at once");
        tab.type_in("demo").await;
        tab.tab_to("#password").await;
        tab.type_in("demo").await;
        tab.enter().await;
        tab.until_at(&app.at("/done")).await;
        assert!(tv.polls(&code).await);
    });
}

#[test]
fn one_signs_in_with_scripts_switched_off() {
    visit_as("login-no-scripts", Setup::WITHOUT_SCRIPTS, async |tab| {
        let (mock, app) = (Mock::start().await, Site::of_an_app().await);
        let (tv, code) = at_the_login(&mock, &app, &tab).await;
        tab.inspect("empty").await;
        tab.fill("#username", "demo").await;
        tab.fill("#password", "demo").await;
        tab.press("Sign in").await;
        tab.until_at(&app.at("/done")).await;
        assert!(tv.polls(&code).await);
    });
}

#[test]
fn who_cancels_is_back_in_the_app_and_not_signed_in() {
    visit("login-cancel", async |tab| {
        let (mock, app) = (Mock::start().await, Site::of_an_app().await);
        let (tv, code) = at_the_login(&mock, &app, &tab).await;
        tab.press("Cancel").await;
        tab.until_at(&app.at("/done")).await;
        assert!(!tv.polls(&code).await && !tv.is_signed_in().await);
    });
}

#[test]
fn a_code_that_has_expired_or_never_was_is_explained() {
    visit("login-code", async |tab| {
        let (mock, app) = (Mock::start().await, Site::of_an_app().await);
        let tv = Device::new(&mock, "tv").await;
        let code = begin(&tv, PROVIDER, &app.at("/done")).await;
        mock.advance(31 * 60);
        tab.open(&authenticate(&mock, &code)).await;
        tab.see("h1").await;
        assert!(!tab.sees("form").await);
        tab.inspect("expired").await;
        tab.open(&authenticate(&mock, "ZZZZZZZ")).await;
        tab.see("h1").await;
        tab.inspect("unknown").await;
        assert!(app.asked().is_empty(), "nobody was sent to the app");
    });
}
