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
            // What is typed next stands in the place of what was wrong.
            tab.until("one can type", async || tab.has_focus("#code").await).await;
            tab.type_in("abc").await;
            assert_eq!(tab.value("#code").await, "ABC", "{typed}");
        }
        assert!(!tv.is_signed_in().await);
    });
}

/// Whether something is on the first screen of a page, so that nobody has to look for it.
async fn assert_in_sight(tab: &Tab, css: &str) {
    tab.see(css).await;
    let script = "const box = document.querySelector(arguments[0]).getBoundingClientRect();
        return box.top >= 0 && box.bottom <= innerHeight;";
    let found = tab.run(script, &[css.into()]).await;
    assert_eq!(found, true, "{css} is to be scrolled to");
}

#[test]
fn whoever_never_heard_of_it_finds_the_next_step_on_every_screen() {
    visit("activate-newcomer", async |tab| {
        let mock = Mock::start().await;
        let tv = Device::new(&mock, "tv").await;
        let code = tv.session(NO_PROVIDER).await;
        at_the_code(&mock, &tab).await;
        assert_in_sight(&tab, "#continue").await;
        tab.save("1-code").await;
        tab.type_in(&code).await;
        tab.click("#continue").await;
        assert_in_sight(&tab, "#provider li:last-child button").await;
        tab.save("2-provider").await;
        tab.click("#provider li:nth-child(4) button").await;
        // Nobody was told a password: one is offered.
        assert_in_sight(&tab, ".hints li a").await;
        tab.save("3-login").await;
        tab.click(".hints li a").await;
        tab.until("it is filled in", async || tab.value("#password").await == "demo").await;
        assert_in_sight(&tab, ".provider [type=submit]").await;
        tab.save("4-filled-in").await;
        tab.click(".provider [type=submit]").await;
        assert_in_sight(&tab, "#status").await;
        tab.says("#status", "You can watch").await;
        tab.save("5-done").await;
        assert!(tv.polls(&code).await && tv.is_signed_in().await);
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

#[test]
fn a_slow_provider_is_waited_for() {
    visit("activate-slow", async |tab| {
        let mock = Mock::start().await;
        let tv = Device::new(&mock, "tv").await;
        let code = tv.session(NO_PROVIDER).await;
        at_the_code(&mock, &tab).await;
        tab.type_in(&code).await;
        tab.enter().await;
        tab.click("button[value=Cablevision]").await;
        tab.fill("#username", "slow").await;
        tab.fill("#password", "slow").await;
        tab.press("Sign in").await;
        tab.says("#status", "not signed in so far").await;
        tab.inspect("wait").await;
        tab.walk("wait").await;
        assert!(!tv.polls(&code).await);
        mock.advance(25);
        tab.click("#refresh").await;
        tab.says("#status", "You can watch").await;
        assert!(tv.polls(&code).await);
        tab.inspect("done").await;
        tab.walk("done").await;
    });
}

#[test]
fn who_cancels_is_led_to_another_attempt_and_a_used_code_is_told() {
    visit("activate-again", async |tab| {
        let mock = Mock::start().await;
        let tv = Device::new(&mock, "tv").await;
        let code = tv.session(NO_PROVIDER).await;
        at_the_code(&mock, &tab).await;
        tab.walk("code").await;
        tab.fill("#code", &code).await;
        tab.click("#continue").await;
        tab.see("#provider").await;
        tab.walk("providers").await;
        tab.click("button[value=Cablevision]").await;
        tab.press("Cancel").await;
        tab.says("#status", "not signed in so far").await;
        tab.click("#retry").await;
        // The provider is known now.
        tab.see("#shown").await;
        tab.inspect("confirm").await;
        tab.walk("confirm").await;
        tab.click("#continue").await;
        tab.fill("#username", "demo").await;
        tab.fill("#password", "demo").await;
        tab.press("Sign in").await;
        tab.says("#status", "You can watch").await;
        assert!(tv.polls(&code).await);
        tv.logout("Cablevision", "https://adobe.com").await;
        at_the_code(&mock, &tab).await;
        tab.fill("#code", &code).await;
        tab.click("#continue").await;
        tab.says("h1, #status", "used already").await;
        tab.inspect("used").await;
    });
}

#[test]
fn a_code_that_ends_on_the_way_is_told_and_the_next_one_works() {
    visit("activate-late", async |tab| {
        let mock = Mock::start().await;
        let tv = Device::new(&mock, "tv").await;
        let code = tv.session(NO_PROVIDER).await;
        at_the_code(&mock, &tab).await;
        tab.fill("#code", &code).await;
        tab.click("#continue").await;
        tab.see("#provider").await;
        mock.advance(31 * 60);
        tab.click("button[value=Cablevision]").await;
        tab.says("#status", "").await;
        tab.inspect("late").await;
        let code = tv.session(NO_PROVIDER).await;
        sign_in_with(&mock, &tab, &code).await;
        assert!(tv.polls(&code).await);
    });
}
