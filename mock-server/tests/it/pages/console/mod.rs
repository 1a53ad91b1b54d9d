//! The console, as a tester uses it.

mod crowd;
mod decisions;
mod devices;
mod door;
mod faults;
mod keyboard;
mod lasting;
mod no_scripts;
mod service;
mod timeline;

use http::Method;
use serde_json::json;

use super::begin;
use crate::chromium::{Setup, Tab, visit, visit_as};
use crate::device::{DONE, Device};
use crate::harness::Mock;

async fn at(mock: &Mock, tab: &Tab, page: &str) {
    tab.open(&format!("{}/console/{page}", mock.server.control_url().unwrap())).await;
    tab.see("#panel h1").await;
}

/// A device on which `demo` is signed in.
async fn signed_in<'a>(mock: &'a Mock, id: &'static str) -> Device<'a> {
    let device = Device::new(mock, id).await;
    let code = begin(&device, "Cablevision", DONE).await;
    order(mock, Method::POST, &format!("/sessions/{code}/complete"), &json!({})).await;
    device
}

/// What a script does meanwhile.
async fn order(mock: &Mock, method: Method, target: &str, body: &serde_json::Value) {
    let answer = mock.control(method, target).json(body).send().await;
    assert!(answer.status.is_success(), "{target}: {answer:?}");
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
