//! The second screen, on a phone in somebody's hand.

use crate::chromium::{PHONE, Setup, Tab, visit, visit_as};
use crate::device::Device;
use crate::harness::Mock;

const NO_PROVIDER: &[(&str, &str)] = &[("domainName", "adobe.com")];

async fn at_the_code(mock: &Mock, tab: &Tab) {
    tab.size(PHONE).await;
    tab.open(&format!("{}/activate", mock.server.base_url())).await;
    tab.see("#code").await;
}

/// From the typed code to the end, with a provider that is picked here.
async fn sign_in_with(mock: &Mock, tab: &Tab, code: &str) {
    at_the_code(mock, tab).await;
    tab.fill("#code", code).await;
    tab.click("#continue").await;
    tab.see("#provider").await;
    tab.click("button[value=Cablevision]").await;
    tab.until("the confirmation or the login comes", async || {
        tab.sees("#continue").await || tab.sees("#username").await
    })
    .await;
    if tab.sees("#continue").await {
        tab.click("#continue").await;
    }
    tab.fill("#username", "demo").await;
    tab.fill("#password", "demo").await;
    tab.press("Sign in").await;
    tab.says("#status", "You can watch").await;
}

#[test]
fn a_tv_is_signed_in_by_its_code_while_it_polls() {
    visit("activate", async |tab| {
        let mock = Mock::start().await;
        let tv = Device::new(&mock, "tv").await;
        let code = tv.session(NO_PROVIDER).await;
        at_the_code(&mock, &tab).await;
        assert!(tab.has_focus("#code").await, "one can type at once");
        tab.inspect("code").await;
        tab.size(PHONE).await;
        assert!(!tv.polls(&code).await);
        tab.fill("#code", &code.to_lowercase()).await;
        tab.click("#continue").await;
        tab.see("#provider").await;
        let offered = tab.text("#provider").await;
        assert!(!offered.contains("Temp"), "temporary access is not picked here: {offered}");
        tab.inspect("providers").await;
        sign_in_with(&mock, &tab, &code).await;
        assert!(tv.polls(&code).await && tv.is_signed_in().await);
        tab.inspect("done").await;
    });
}

#[test]
fn a_wrong_code_and_one_that_is_over_are_explained_where_they_are_typed() {
    visit("activate-code", async |tab| {
        let mock = Mock::start().await;
        let tv = Device::new(&mock, "tv").await;
        let code = tv.session(NO_PROVIDER).await;
        mock.advance(31 * 60);
        at_the_code(&mock, &tab).await;
        for (typed, picture) in [("ZZZZZZZ", "unknown"), (&*code, "expired"), ("!", "no-code")] {
            tab.fill("#code", typed).await;
            tab.click("#continue").await;
            tab.see("#status").await;
            tab.inspect(picture).await;
            assert!(tab.sees("#code").await, "another one can be typed");
        }
        assert!(!tv.is_signed_in().await);
    });
}

#[test]
fn it_works_with_scripts_switched_off() {
    visit_as("activate-no-scripts", Setup::WITHOUT_SCRIPTS, async |tab| {
        let mock = Mock::start().await;
        let tv = Device::new(&mock, "tv").await;
        let code = tv.session(NO_PROVIDER).await;
        sign_in_with(&mock, &tab, &code).await;
        assert!(tv.polls(&code).await);
    });
}

#[test]
fn the_keyboard_alone_signs_a_tv_in() {
    visit("activate-keyboard", async |tab| {
        let mock = Mock::start().await;
        let tv = Device::new(&mock, "tv").await;
        let code = tv.session(NO_PROVIDER).await;
        at_the_code(&mock, &tab).await;
        tab.type_in(&code).await;
        tab.enter().await;
        tab.see("#provider").await;
        tab.tab_to("button[value=Cablevision]").await;
        tab.enter().await;
        tab.until("the confirmation or the login comes", async || {
            tab.sees("#continue").await || tab.sees("#username").await
        })
        .await;
        if tab.sees("#continue").await {
            tab.tab_to("#continue").await;
            tab.enter().await;
        }
        tab.see("#username").await;
        tab.tab_to("#username").await;
        tab.type_in("demo").await;
        tab.tab_to("#password").await;
        tab.type_in("demo").await;
        tab.enter().await;
        tab.says("#status", "You can watch").await;
        assert!(tv.polls(&code).await);
    });
}
