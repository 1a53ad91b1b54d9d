//! Devices: expire, sign out, revoke, reset.

use http::{Method, StatusCode};

use super::{at, signed_in};
use crate::chromium::visit;
use crate::harness::Mock;

#[test]
fn a_profile_expires_and_a_device_is_signed_out() {
    visit("console-devices", async |tab| {
        let mock = Mock::start().await;
        let (tv, phone) = (signed_in(&mock, "tv").await, signed_in(&mock, "phone").await);
        at(&mock, &tab, "devices").await;
        tab.see("[data-device=phone] [data-profile]").await;
        tab.inspect("signed-in").await;
        tab.click("[data-device=tv] [aria-label^='Expire']").await;
        tab.says("[data-device=tv] [data-standing]", "authenticated_profile_expired").await;
        assert!(!tv.is_signed_in().await && phone.is_signed_in().await);
        tab.inspect("expired").await;
        tab.click("[data-device=phone] [aria-label^='Sign out demo']").await;
        tab.gone("[data-device=phone] [data-profile]").await;
        assert!(!phone.is_signed_in().await);
        tab.fill("#find", "pho").await;
        tab.gone("[data-key=device-tv]").await;
        tab.see("[data-key=device-phone]").await;
        tab.fill("#find", "nobody").await;
        tab.says("#panel [data-empty]", "No device matches").await;
    });
}

#[test]
fn an_opened_device_shows_what_it_has_and_loses_it_by_a_click() {
    visit("console-device", async |tab| {
        let mock = Mock::start().await;
        let tv = signed_in(&mock, "tv").await;
        tv.authorize("Cablevision", "REF30").await;
        at(&mock, &tab, "devices").await;
        tab.click("[aria-label='More about tv']").await;
        tab.see(".opened[data-device=tv]").await;
        tab.inspect("opened").await;
        // “Expire” is meant for later, and the number stays while the page goes on.
        tab.fill("#in-seconds", "90").await;
        tab.click(".opened [aria-label^='Expire profile']").await;
        tab.says("#said", "\"after_seconds\":90").await;
        assert!(tv.is_signed_in().await);
        mock.advance(91);
        assert!(!tv.is_signed_in().await);
        assert_eq!(tab.value("#in-seconds").await, "90");
        tab.click(".opened [aria-label^='Expire token']").await;
        tab.says("#said", "/tokens/").await;
        let refused = async || tv.call(Method::GET, "profiles").send().await.status;
        mock.advance(91);
        assert_eq!(refused().await, StatusCode::UNAUTHORIZED);
        tab.click(".opened [aria-label^='Revoke registration']").await;
        tab.says(".opened [data-client] .badge", "revoked").await;
        tab.press("Reset this device").await;
        tab.says("#panel [data-key=gone]", "Nothing is known of the device").await;
        tab.inspect("gone").await;
    });
}
