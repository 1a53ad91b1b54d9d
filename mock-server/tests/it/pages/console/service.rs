//! The service as a whole: its clock, whom it asks, and back to the beginning.

use http::Method;

use super::{at, signed_in};
use crate::chromium::visit;
use crate::harness::{Mock, START};

#[test]
fn the_clock_jumps_stands_and_runs() {
    visit("console-clock", async |tab| {
        let mock = Mock::start().await;
        let clock = mock.server.clock();
        at(&mock, &tab, "service").await;
        tab.says("#pace", "stands still").await;
        tab.says("#clock", "2026-01-01 00:00:00").await;
        tab.press("5 min").await;
        tab.says("#clock", "2026-01-01 00:05:00").await;
        assert_eq!(clock.now().millis(), START.millis() + 300_000);
        tab.fill("#jump", "2592000").await;
        tab.press("Jump").await;
        tab.says("#clock", "2026-01-31 00:05:00").await;
        tab.press("×600").await;
        tab.says("#pace", "600× real time").await;
        let before = clock.now();
        tab.until("it runs", async || clock.now().millis() > before.millis() + 60_000).await;
        tab.inspect("fast").await;
        tab.press("Pause").await;
        tab.says("#pace", "stands still").await;
        assert_eq!(clock.speed(), 0.0);
    });
}

#[test]
fn a_provider_is_bypassed_and_asked_again() {
    visit("console-degradation", async |tab| {
        let mock = Mock::start().await;
        let tv = signed_in(&mock, "tv").await;
        let permits = async || tv.authorize("Cablevision", "REF30").await["authorized"] == true;
        assert!(permits().await);
        at(&mock, &tab, "service").await;
        tab.choose("#degraded", "service_provider=REF30&mvpd=Cablevision").await;
        tab.choose("#mode", "AuthZNone").await;
        tab.fill("#minutes", "2").await;
        tab.press("Bypass").await;
        tab.see(
            "[data-integration='REF30/Cablevision'] [aria-label^='Lift the bypass of Cablevision']",
        )
        .await;
        assert!(!permits().await);
        tab.inspect("bypassed").await;
        tab.click("[aria-label='Lift the bypass of Cablevision for REF30']").await;
        tab.gone("[aria-label='Lift the bypass of Cablevision for REF30']").await;
        assert!(permits().await);
    });
}

#[test]
fn an_integration_is_switched_off_and_everything_is_forgotten() {
    visit("console-service", async |tab| {
        let mock = Mock::start().await;
        let tv = signed_in(&mock, "tv").await;
        let offers = async || {
            let configuration = tv.call(Method::GET, "configuration").send().await;
            configuration.text().contains("\"Dish\"")
        };
        assert!(offers().await);
        at(&mock, &tab, "service").await;
        tab.click("[aria-label='Switch REF30 with Dish off']").await;
        tab.see("[aria-label='Switch REF30 with Dish on']").await;
        assert!(!offers().await);
        // Nothing is lost by one click.
        assert!(!tab.sees("[value='service.reset']").await);
        tab.press("Back to the fixtures").await;
        tab.inspect("reset").await;
        tab.click("[value='service.reset']").await;
        tab.see("[aria-label='Switch REF30 with Dish off']").await;
        let clients = mock.control(Method::GET, "/clients").send().await.json();
        assert_eq!(clients["total"], 0);
    });
}
