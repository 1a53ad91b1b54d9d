//! What a provider may put between the password and the way back: a PIN, an error, a farewell.

use super::{authenticate, begin};
use crate::chromium::{Setup, Site, Tab, visit, visit_as};
use crate::device::Device;
use crate::harness::Mock;

const PROVIDER: &str = "Cablevision";

/// Signs in as somebody; whatever page the provider shows then.
async fn sign_in(tab: &Tab, mock: &Mock, code: &str, user: &str) {
    tab.open(&authenticate(mock, code)).await;
    tab.fill("#username", user).await;
    tab.fill("#password", user).await;
    tab.press("Sign in").await;
}

#[test]
fn a_pin_is_asked_for_and_a_wrong_one_is_explained() {
    visit("pin", async |tab| {
        let (mock, app) = (Mock::start().await, Site::of_an_app().await);
        let tv = Device::new(&mock, "tv").await;
        let code = begin(&tv, PROVIDER, &app.at("/done")).await;
        sign_in(&tab, &mock, &code, "pin").await;
        tab.see("#pin").await;
        assert!(tab.has_focus("#pin").await, "one can type at once");
        tab.inspect("empty").await;
        tab.walk("empty").await;
        tab.fill("#pin", "4321").await;
        tab.press("Continue").await;
        tab.says("[role=alert]", "This PIN is wrong").await;
        tab.inspect("wrong").await;
        assert!(!tv.polls(&code).await);
        // One click fills it in.
        tab.press("1234").await;
        tab.until("it is filled in", async || tab.value("#pin").await == "1234").await;
        tab.press("Continue").await;
        tab.until_at(&app.at("/done")).await;
        assert!(tv.polls(&code).await);
    });
}

#[test]
fn the_keyboard_alone_gives_a_pin() {
    visit("pin-keyboard", async |tab| {
        let (mock, app) = (Mock::start().await, Site::of_an_app().await);
        let tv = Device::new(&mock, "tv").await;
        let code = begin(&tv, PROVIDER, &app.at("/done")).await;
        tab.open(&authenticate(&mock, &code)).await;
        tab.see("#username").await;
        tab.walk("login").await;
        tab.tab_to("#username").await;
        tab.type_in("pin").await;
        tab.tab_to("#password").await;
        tab.type_in("pin").await;
        tab.enter().await;
        tab.see("#pin").await;
        tab.type_in("1234").await;
        tab.enter().await;
        tab.until_at(&app.at("/done")).await;
        assert!(tv.polls(&code).await);
    });
}

#[test]
fn a_pin_is_given_with_scripts_switched_off_and_three_wrong_ones_are_too_many() {
    visit_as("pin-no-scripts", Setup::WITHOUT_SCRIPTS, async |tab| {
        let (mock, app) = (Mock::start().await, Site::of_an_app().await);
        let (tv, phone) = (Device::new(&mock, "tv").await, Device::new(&mock, "phone").await);
        let code = begin(&tv, PROVIDER, &app.at("/done")).await;
        sign_in(&tab, &mock, &code, "pin").await;
        tab.fill("#pin", "1234").await;
        tab.press("Continue").await;
        tab.until_at(&app.at("/done")).await;
        assert!(tv.polls(&code).await);
        // Whoever is known here gives the PIN alone.
        let code = begin(&phone, PROVIDER, &app.at("/done")).await;
        tab.open(&authenticate(&mock, &code)).await;
        for left in ["2 attempts left", "1 attempt left"] {
            tab.fill("#pin", "0000").await;
            tab.press("Continue").await;
            tab.says("[role=alert]", left).await;
        }
        tab.fill("#pin", "0000").await;
        tab.press("Continue").await;
        tab.says("h1", "Too many wrong PINs").await;
        tab.press("Back to your app").await;
        tab.until_at(&app.at("/done")).await;
        assert!(!phone.polls(&code).await);
    });
}

#[test]
fn a_provider_that_fails_says_so_and_leads_back() {
    visit("provider-error", async |tab| {
        let (mock, app) = (Mock::start().await, Site::of_an_app().await);
        let tv = Device::new(&mock, "tv").await;
        let code = begin(&tv, PROVIDER, &app.at("/done")).await;
        sign_in(&tab, &mock, &code, "error").await;
        tab.press("Try again").await;
        tab.see("#username").await;
        // Who is turned away stays where another can sign in.
        sign_in(&tab, &mock, &code, "locked").await;
        tab.says("[role=alert]", "This account cannot be used").await;
        tab.inspect("locked").await;
        sign_in(&tab, &mock, &code, "error").await;
        tab.says("h1", "You cannot be signed in at the moment").await;
        tab.inspect("out-of-order").await;
        tab.walk("out-of-order").await;
        assert!(!tv.polls(&code).await);
        tab.press("Back to your app").await;
        tab.until_at(&app.at("/done")).await;
        assert!(!tv.is_signed_in().await);
    });
}

#[test]
fn a_logout_ends_at_its_address_or_on_a_page_that_says_so() {
    visit("signed-out", async |tab| {
        let (mock, app) = (Mock::start().await, Site::of_an_app().await);
        let tv = Device::new(&mock, "tv").await;
        let code = begin(&tv, PROVIDER, &app.at("/done")).await;
        sign_in(&tab, &mock, &code, "demo").await;
        tab.until_at(&app.at("/done")).await;
        let logout = tv.logout(PROVIDER, &app.at("/done")).await.json();
        let url = logout["logouts"][PROVIDER]["url"].as_str().unwrap().to_owned();
        tab.open("about:blank").await;
        tab.open(&url).await;
        tab.until_at(&app.at("/done")).await;
        assert!(!tv.is_signed_in().await);
        // The browser is signed out, too: the next login asks again.
        let code = begin(&tv, PROVIDER, &app.at("/done")).await;
        tab.open(&authenticate(&mock, &code)).await;
        tab.see("#username").await;
        tab.open(&format!("{}/mvpd/{PROVIDER}/logout", mock.server.base_url())).await;
        tab.says("[role=status]", "You are signed out").await;
        tab.inspect("no-address").await;
        let broken = "/mvpd/Cablevision/logout?redirect_url=nowhere";
        tab.open(&format!("{}{broken}", mock.server.base_url())).await;
        tab.says("h1", "the way back is broken").await;
        tab.inspect("broken-address").await;
    });
}
