//! The console, as a tester uses it.

use super::begin;
use crate::chromium::{Setup, Tab, visit, visit_as};
use crate::device::{DONE, Device};
use crate::harness::Mock;

async fn at(mock: &Mock, tab: &Tab, page: &str) {
    tab.open(&format!("{}/console/{page}", mock.server.control_url().unwrap())).await;
    tab.see("#panel h1").await;
}

#[test]
fn a_session_is_approved_and_the_client_gets_its_profile() {
    visit("console-sessions", async |tab| {
        let mock = Mock::start().await;
        at(&mock, &tab, "sessions").await;
        tab.inspect("empty").await;
        let tv = Device::new(&mock, "tv").await;
        let code = begin(&tv, "Cablevision", DONE).await;
        // It shows up by itself.
        tab.see(&format!("#approve-{code}")).await;
        tab.inspect("one").await;
        assert!(!tv.polls(&code).await);
        tab.click(&format!("#approve-{code}")).await;
        tab.until("the client has its profile", async || tv.polls(&code).await).await;
        tab.reload().await;
        tab.see(&format!("#row-{code}")).await;
        assert!(!tab.sees(&format!("#approve-{code}")).await, "it is approved already");
    });
}

#[test]
fn a_session_is_approved_with_scripts_switched_off() {
    visit_as("console-no-scripts", Setup::WITHOUT_SCRIPTS, async |tab| {
        let mock = Mock::start().await;
        let tv = Device::new(&mock, "tv").await;
        let code = begin(&tv, "Cablevision", DONE).await;
        at(&mock, &tab, "sessions").await;
        tab.click(&format!("#approve-{code}")).await;
        tab.see("#said .message").await;
        assert!(tv.polls(&code).await);
    });
}

#[test]
fn every_page_is_in_order_with_nothing_and_with_hundreds_of_devices() {
    visit("console-pages", async |tab| {
        let mock = Mock::start().await;
        for page in ["devices", "service"] {
            at(&mock, &tab, page).await;
            tab.inspect(&format!("{page}-empty")).await;
        }
        let name = |number: usize| -> &'static str { format!("device-{number}").leak() };
        for number in 0..120 {
            let device = Device::new(&mock, name(number)).await;
            begin(&device, "Cablevision", DONE).await;
        }
        for page in ["sessions", "devices"] {
            at(&mock, &tab, page).await;
            tab.inspect(&format!("{page}-many")).await;
        }
    });
}
