//! A page that stays open while it is loaded again and while the server is.

use std::net::SocketAddr;

use http::Method;
use serde_json::json;

use super::{at, order, signed_in};
use crate::chromium::visit;
use crate::device::{DONE, Device};
use crate::harness::Mock;
use crate::pages::begin;

/// Where a server is.
fn addresses(mock: &Mock) -> (SocketAddr, SocketAddr) {
    (mock.address(), mock.server.control_address().unwrap())
}

/// Another run of a server, where the one before was.
async fn again((public, control): (SocketAddr, SocketAddr)) -> Mock {
    Mock::with(|builder| builder.listen(public).control(control)).await
}

#[test]
fn a_page_goes_on_with_the_next_run_of_the_server() {
    visit("console-restart", async |tab| {
        let mock = Mock::start().await;
        let tv = Device::new(&mock, "tv").await;
        let old = begin(&tv, "Cablevision", DONE).await;
        at(&mock, &tab, &format!("sessions?open={old}")).await;
        tab.see(&format!("#row-{old}")).await;
        tab.fill("#approve-amount", "17").await;
        let place = addresses(&mock);
        mock.server.shutdown().await;
        tab.says("#lost", "Connection lost").await;
        tab.inspect("lost").await;
        // What is ordered of a server that is not there is said not to be done.
        tab.click(&format!("#deny-{old}")).await;
        tab.says("#said", "does not answer").await;

        let mock = again(place).await;
        tab.says("#said", "started again").await;
        tab.gone("#lost").await;
        tab.gone(&format!("#row-{old}")).await;
        tab.says("#panel", "has ended").await;
        tab.inspect("back").await;
        // Forms of this page are forms of the new run.
        let tv = Device::new(&mock, "tv").await;
        let code = begin(&tv, "Cablevision", DONE).await;
        tab.click(&format!("#approve-{code}")).await;
        tab.until("the client has its profile", async || tv.polls(&code).await).await;
        // The browser has complained of the lost connection.
        tab.forgive().await;
    });
}

#[test]
fn what_is_being_filled_in_outlives_news_and_a_restart() {
    visit("console-forms", async |tab| {
        let mock = Mock::start().await;
        at(&mock, &tab, "faults").await;
        tab.choose("#effect", "status").await;
        tab.fill("#status", "418").await;
        tab.fill("#device", "living-room-tv").await;
        tab.press("a fault as JSON").await;
        tab.fill("#rule", "{\"half\": ").await;
        let fault = json!({"effect": "stall", "name": "somebody else's"});
        order(&mock, Method::POST, "/faults", &fault).await;
        tab.says("[data-fault]", "somebody else's").await;
        let kept = async || {
            assert_eq!(tab.value("#effect").await, "status");
            assert_eq!(tab.value("#status").await, "418");
            assert_eq!(tab.value("#device").await, "living-room-tv");
            assert_eq!(tab.value("#rule").await, "{\"half\": ");
            assert!(tab.has_focus("#rule").await);
        };
        kept().await;
        let place = addresses(&mock);
        mock.server.shutdown().await;
        tab.says("#lost", "Connection lost").await;
        let mock = again(place).await;
        tab.gone("[data-fault]").await;
        kept().await;
        tab.press("Add fault").await;
        tab.see("[data-fault]").await;
        let faults = mock.control(Method::GET, "/faults").send().await.json();
        assert_eq!(faults["faults"][0]["says"]["effect"], json!({"status": 418}));
        tab.forgive().await;
    });
}

#[test]
fn the_timeline_tells_its_runs_apart() {
    visit("timeline-restart", async |tab| {
        let mock = Mock::start().await;
        signed_in(&mock, "tv").await;
        at(&mock, &tab, "timeline").await;
        tab.says("#tl-state", "Following").await;
        let before = tab.count("#tl-rows .x").await;
        let place = addresses(&mock);
        mock.server.shutdown().await;
        tab.says("#tl-state", "Connection lost").await;
        let mock = again(place).await;
        Device::new(&mock, "phone").await;
        tab.says("#tl-rows .run", "The server was started again").await;
        tab.until("rows of both runs", async || tab.count("#tl-rows .x").await == before + 2).await;
        assert_eq!(tab.count("#tl-rows .x.gone").await, before);
        tab.inspect("both").await;
        tab.click("#tl-rows .x.gone a.open").await;
        tab.says("#tl-rows .opened", "of an earlier run").await;
        tab.click("#tl-rows .x:not(.gone) a.open").await;
        tab.see("#tl-rows .details").await;
        tab.reload().await;
        tab.until("one run", async || tab.count("#tl-rows .x").await == 2).await;
        tab.forgive().await;
    });
}
