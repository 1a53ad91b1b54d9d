//! Faults, and who may call how often.

use http::{Method, StatusCode};
use pass_mock::throttle::ThrottleSettings;
use serde_json::json;

use super::{at, order, signed_in};
use crate::chromium::visit;
use crate::device::Device;
use crate::harness::Mock;

#[test]
fn a_fault_is_added_hits_and_is_removed() {
    visit("console-faults", async |tab| {
        let mock = Mock::start().await;
        let tv = signed_in(&mock, "tv").await;
        let status = async || tv.call(Method::GET, "profiles").outcome().await.unwrap().status;
        at(&mock, &tab, "faults").await;
        tab.inspect("none").await;
        tab.choose("#effect", "status").await;
        tab.choose("#endpoint", "profiles").await;
        tab.fill("#status", "502").await;
        tab.press("Add fault").await;
        tab.see("[data-fault]").await;
        assert_eq!(status().await, StatusCode::BAD_GATEWAY);
        tab.says("[data-hits]", "1×").await;
        assert_eq!(tab.value("#status").await, "502", "the form stays as it was filled in");
        tab.inspect("one").await;
        tab.click("[aria-label^='Remove fault']").await;
        tab.gone("[data-fault]").await;
        assert_eq!(status().await, StatusCode::OK);
        // What the short form cannot say is written as JSON, and a slip is explained.
        tab.press("a fault as JSON").await;
        tab.fill("#rule", "{\"efect\": \"stall\"}").await;
        tab.click("[value='fault.add_json']").await;
        tab.says("#said .bad", "efect").await;
        tab.inspect("slip").await;
        assert!(tab.value("#rule").await.contains("efect"), "it can be corrected");
    });
}

#[test]
fn hundreds_of_faults_stay_a_list_that_can_be_searched() {
    visit("console-faults-many", async |tab| {
        let mock = Mock::start().await;
        for number in 0..120 {
            let fault = json!({
                "name": format!("trouble {number}"),
                "match": {"endpoint": "profile_by_code", "device": format!("ba23d141-d715-561c-94f4-{number:012}")},
                "effect": {"error": {"code": "network_received_error"}},
                "count": 2,
            });
            order(&mock, Method::POST, "/faults", &fault).await;
        }
        at(&mock, &tab, "faults").await;
        assert_eq!(tab.count("[data-fault]").await, 25);
        tab.inspect("many").await;
        tab.fill("#fault", "trouble 77").await;
        tab.until("one is left", async || tab.count("[data-fault]").await == 1).await;
        tab.fill("#fault", "nothing").await;
        tab.says("#panel [data-empty]", "No fault matches").await;
    });
}

#[test]
fn buckets_fill_while_devices_call_and_a_click_refuses_one() {
    visit("console-throttle", async |tab| {
        let limits = ThrottleSettings { rate: 1, burst: 20, ..ThrottleSettings::default() };
        let mock = Mock::with(|builder| builder.throttle(limits)).await;
        at(&mock, &tab, "faults").await;
        let tv = Device::new(&mock, "tv").await;
        let calls = async || tv.call(Method::GET, "configuration").outcome().await.unwrap().status;
        tab.see("[data-address='127.0.0.1']").await;
        tab.says("[data-address='127.0.0.1']", "served").await;
        tab.until("the burst is used up", async || calls().await == 429).await;
        tab.says("[data-address='127.0.0.1']", "throttled").await;
        tab.says("[data-address='127.0.0.1']", "20 of 20").await;
        tab.inspect("throttled").await;
        tab.click("[aria-label='Forget 127.0.0.1']").await;
        tab.gone("[data-address='127.0.0.1']").await;
        assert_eq!(calls().await, 200);
        tab.click("[aria-label='Refuse 1 min: 127.0.0.1']").await;
        tab.says("[data-address='127.0.0.1']", "refused").await;
        assert_eq!(calls().await, 429);
        mock.advance(61);
        assert_eq!(calls().await, 200);
        // Without limits nobody is counted; the box and the form show what holds.
        tab.click("#enabled").await;
        tab.click("[value='throttle.set']").await;
        tab.says("#said", "\"enabled\":false").await;
        for _ in 0..30 {
            assert_eq!(calls().await, 200);
        }
        // Somebody else limits them again: the form follows.
        let limits = json!({"enabled": true, "rate": 5, "burst": 7});
        order(&mock, Method::PUT, "/throttle", &limits).await;
        tab.until("the form shows what holds", async || {
            tab.value("#rate").await == "5"
                && tab.see("#enabled").await.prop("checked").await.unwrap().as_deref()
                    == Some("true")
        })
        .await;
    });
}

#[test]
fn hundreds_of_buckets_stay_a_list_that_can_be_searched() {
    visit("console-throttle-many", async |tab| {
        let limits = ThrottleSettings { rate: 1, burst: 4, ..ThrottleSettings::default() };
        let mock = Mock::with(|builder| builder.throttle(limits)).await;
        for number in 0..300 {
            for _ in 0..=number % 6 {
                let address = format!("2001:db8:85a3:8d3:1319:8a2e:370:{number:x}");
                let call = mock.get("/api/v2/REF30/configuration");
                call.header("x-forwarded-for", &address).outcome().await.unwrap();
            }
        }
        at(&mock, &tab, "faults").await;
        assert_eq!(tab.count("[data-address]").await, 25);
        tab.inspect("many").await;
        tab.click("#throttled").await;
        tab.until("only those are left", async || {
            tab.count("[data-address] .badge.good").await == 0
        })
        .await;
    });
}
