//! The second screen, on a phone in somebody's hand.

use crate::chromium::{PHONE, Setup, Tab, visit_as};
use crate::device::Device;
use crate::harness::Mock;

const NO_PROVIDER: &[(&str, &str)] = &[("domainName", "adobe.com")];

/// A phone in front of a TV that shows a code.
struct Phone<'a> {
    tab: &'a Tab,
    mock: &'a Mock,
    tv: &'a Device<'a>,
    code: String,
}

/// Runs a test with one.
fn beside_a_tv(
    name: &'static str,
    setup: Setup,
    test: impl for<'a> AsyncFnOnce(Phone<'a>) + 'static,
) {
    visit_as(name, setup, async move |tab| {
        let mock = Mock::start().await;
        let tv = Device::new(&mock, "tv").await;
        let code = tv.session(NO_PROVIDER).await;
        test(Phone { tab: &tab, mock: &mock, tv: &tv, code }).await;
    });
}

impl Phone<'_> {
    async fn open(&self) {
        self.tab.size(PHONE).await;
        self.tab.open(&format!("{}/activate", self.mock.server.base_url())).await;
        self.tab.see("#code").await;
    }

    /// Sends a code off.
    async fn send(&self, code: &str) {
        self.tab.fill("#code", code).await;
        self.tab.click("#continue").await;
    }

    /// From the page to the choice of providers.
    async fn open_and_send(&self, code: &str) {
        self.open().await;
        self.send(code).await;
        self.tab.see("#provider").await;
    }

    /// Who picked a provider is asked once more, or sent to it at once. Whether it is asked.
    async fn is_asked(&self) -> bool {
        let tab = self.tab;
        tab.until("the confirmation or the login comes", async || {
            tab.sees("#continue").await || tab.sees("#username").await
        })
        .await;
        tab.sees("#continue").await
    }

    /// At the provider, with a name that is the password too.
    async fn log_in(&self, name: &str) {
        self.tab.fill("#username", name).await;
        self.tab.fill("#password", name).await;
        self.tab.press("Sign in").await;
    }

    async fn assert_done(&self, code: &str) {
        self.tab.says("#status", "You can watch").await;
        assert!(self.tv.polls(code).await);
    }

    /// From the typed code to the end, with a provider that is picked here.
    async fn sign_in_with(&self, code: &str) {
        self.open_and_send(code).await;
        self.tab.click("button[value=Cablevision]").await;
        if self.is_asked().await {
            self.tab.click("#continue").await;
        }
        self.log_in("demo").await;
        self.assert_done(code).await;
    }
}

#[test]
fn a_tv_is_signed_in_by_its_code_while_it_polls() {
    beside_a_tv("activate", Setup::default(), async |phone| {
        let Phone { tab, tv, code, .. } = &phone;
        phone.open().await;
        assert!(tab.has_focus("#code").await, "one can type at once");
        tab.inspect("code").await;
        tab.size(PHONE).await;
        assert!(!tv.polls(code).await);
        phone.send(&code.to_lowercase()).await;
        tab.see("#provider").await;
        let offered = tab.text("#provider").await;
        assert!(!offered.contains("Temp"), "temporary access is not picked here: {offered}");
        tab.inspect("providers").await;
        phone.sign_in_with(code).await;
        assert!(tv.is_signed_in().await);
        tab.inspect("done").await;
    });
}

#[test]
fn a_wrong_code_and_one_that_is_over_are_explained_where_they_are_typed() {
    beside_a_tv("activate-code", Setup::default(), async |phone| {
        let Phone { tab, mock, tv, code } = &phone;
        mock.advance(31 * 60);
        phone.open().await;
        for (typed, picture) in [("ZZZZZZZ", "unknown"), (code, "expired"), ("!", "no-code")] {
            phone.send(typed).await;
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
    beside_a_tv("activate-newcomer", Setup::default(), async |phone| {
        let Phone { tab, tv, code, .. } = &phone;
        phone.open().await;
        assert_in_sight(tab, "#continue").await;
        tab.save("1-code").await;
        tab.type_in(code).await;
        tab.click("#continue").await;
        assert_in_sight(tab, "#provider li:last-child button").await;
        tab.save("2-provider").await;
        tab.click("#provider li:nth-child(4) button").await;
        // Nobody was told a password: one is offered.
        assert_in_sight(tab, ".hints li a").await;
        tab.save("3-login").await;
        tab.click(".hints li a").await;
        tab.until("it is filled in", async || tab.value("#password").await == "demo").await;
        assert_in_sight(tab, ".provider [type=submit]").await;
        tab.save("4-filled-in").await;
        tab.click(".provider [type=submit]").await;
        assert_in_sight(tab, "#status").await;
        tab.says("#status", "You can watch").await;
        tab.save("5-done").await;
        assert!(tv.polls(code).await && tv.is_signed_in().await);
    });
}

#[test]
fn it_works_with_scripts_switched_off() {
    beside_a_tv("activate-no-scripts", Setup::WITHOUT_SCRIPTS, async |phone| {
        let code = &phone.code;
        phone.sign_in_with(code).await;
    });
}

#[test]
fn the_keyboard_alone_signs_a_tv_in() {
    beside_a_tv("activate-keyboard", Setup::default(), async |phone| {
        let Phone { tab, code, .. } = &phone;
        phone.open().await;
        tab.type_in(code).await;
        tab.enter().await;
        tab.see("#provider").await;
        tab.tab_to("button[value=Cablevision]").await;
        tab.enter().await;
        if phone.is_asked().await {
            tab.tab_to("#continue").await;
            tab.enter().await;
        }
        tab.see("#username").await;
        tab.tab_to("#username").await;
        tab.type_in("demo").await;
        tab.tab_to("#password").await;
        tab.type_in("demo").await;
        tab.enter().await;
        phone.assert_done(code).await;
    });
}

#[test]
fn a_slow_provider_is_waited_for() {
    beside_a_tv("activate-slow", Setup::default(), async |phone| {
        let Phone { tab, mock, tv, code } = &phone;
        phone.open().await;
        tab.type_in(code).await;
        tab.enter().await;
        tab.click("button[value=Cablevision]").await;
        phone.log_in("slow").await;
        tab.says("#status", "not signed in so far").await;
        tab.inspect("wait").await;
        tab.walk("wait").await;
        assert!(!tv.polls(code).await);
        mock.advance(25);
        tab.click("#refresh").await;
        phone.assert_done(code).await;
        tab.inspect("done").await;
        tab.walk("done").await;
    });
}

#[test]
fn who_cancels_is_led_to_another_attempt_and_a_used_code_is_told() {
    beside_a_tv("activate-again", Setup::default(), async |phone| {
        let Phone { tab, tv, code, .. } = &phone;
        phone.open().await;
        tab.walk("code").await;
        phone.send(code).await;
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
        phone.log_in("demo").await;
        phone.assert_done(code).await;
        tv.logout("Cablevision", "https://adobe.com").await;
        phone.open().await;
        phone.send(code).await;
        tab.says("h1, #status", "used already").await;
        tab.inspect("used").await;
    });
}

#[test]
fn a_code_that_ends_on_the_way_is_told_and_the_next_one_works() {
    beside_a_tv("activate-late", Setup::default(), async |phone| {
        let Phone { tab, mock, tv, code } = &phone;
        phone.open_and_send(code).await;
        mock.advance(31 * 60);
        tab.click("button[value=Cablevision]").await;
        tab.says("#status", "").await;
        tab.inspect("late").await;
        phone.sign_in_with(&tv.session(NO_PROVIDER).await).await;
    });
}
