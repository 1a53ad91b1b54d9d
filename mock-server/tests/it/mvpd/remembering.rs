//! Whom the provider keeps signed in.

use super::{DEMO, authenticate};
use crate::browser::Browser;
use crate::device::Device;
use crate::harness::{Answer, Mock};

const YEAR: u64 = 365 * 24 * 3600;

async fn login_page(browser: &mut Browser<'_>, device: &Device<'_>) -> Answer {
    browser.follow(&authenticate(&device.begin("Cablevision").await)).await.1
}

#[tokio::test]
async fn whoever_unticks_the_box_is_asked_again() {
    let mock = Mock::start().await;
    let (tv, phone) = (Device::new(&mock, "tv").await, Device::new(&mock, "phone").await);
    let mut browser = Browser::new(&mock);
    let page = login_page(&mut browser, &tv).await;
    let unticked = [DEMO[0], DEMO[1], ("remember", "no")];
    browser.submit(&page, &unticked).await;
    assert!(tv.is_signed_in().await);
    assert_eq!(browser.cookie_names(), ["pass_mock_form"]);
    let page = login_page(&mut browser, &phone).await;
    assert!(page.text().contains("<form method=\"post\""));

    let wrong = [DEMO[0], ("password", "guess"), ("remember", "no")];
    let again = browser.submit(&page, &wrong).await;
    let box_ = "name=\"remember\" type=\"checkbox\" value=\"yes\"";
    assert!(again.text().contains(&format!("{box_}>")), "it stays unticked");
    assert!(page.text().contains(&format!("{box_} checked>")), "it is ticked at first");
}

#[tokio::test]
async fn unticking_the_box_forgets_who_was_remembered() {
    let mock = Mock::start().await;
    let (tv, phone) = (Device::new(&mock, "tv").await, Device::new(&mock, "phone").await);
    let mut browser = Browser::new(&mock);
    let page = login_page(&mut browser, &tv).await;
    let second = login_page(&mut browser, &phone).await;
    browser.submit(&page, &DEMO).await;
    assert_eq!(browser.cookie_names(), ["pass_mock_form", "pass_mock_login_Cablevision"]);
    browser.submit(&second, &[DEMO[0], DEMO[1], ("remember", "no")]).await;
    assert_eq!(browser.cookie_names(), ["pass_mock_form"]);
}

#[tokio::test]
async fn a_provider_remembers_for_a_year() {
    let mock = Mock::start().await;
    let tv = Device::new(&mock, "tv").await;
    let mut browser = Browser::new(&mock);
    let page = login_page(&mut browser, &tv).await;
    let sent = browser.submit(&page, &DEMO).await;
    let set = sent.header("set-cookie");
    assert!(set.ends_with("; Path=/mvpd/Cablevision; Max-Age=31536000; HttpOnly; SameSite=Lax"));
    mock.advance(YEAR);
    let phone = Device::new(&mock, "phone").await;
    assert!(login_page(&mut browser, &phone).await.status.is_redirection());
    mock.advance(1);
    let tablet = Device::new(&mock, "tablet").await;
    assert!(login_page(&mut browser, &tablet).await.text().contains("<form"));
}
