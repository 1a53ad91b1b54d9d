//! Hundreds of devices: a page shows a part of them, whatever there is.

use pass_mock::domain::{Device, Owner, Parameters};
use serde_json::Value;

use super::part;
use crate::control;
use crate::harness::{Mock, START};

const DEVICES: usize = 500;

async fn crowded() -> Mock {
    let mock = Mock::start().await;
    let app = mock.server.app();
    let address = mock.address();
    let device = Device { info: None, user_agent: None, address, known_platform: true };
    for number in 0..DEVICES {
        let owner = Owner {
            client_id: format!("client-{number:03}").into(),
            device_id: format!("device-{number:03}").into(),
            service_provider: "REF30".into(),
        };
        let parameters = Parameters { mvpd: Some("Cablevision".into()), ..Parameters::default() };
        let (fixtures, now) = (app.fixtures.load(), START.shifted(number as i64));
        app.domain.create_session(&fixtures, owner, parameters, device.clone(), now, &app.ids);
    }
    mock.advance(1);
    mock
}

fn rows(panel: &str, of: &str) -> usize {
    panel.matches(&format!("<tr data-key=\"{of}-")).count()
        + panel.matches(&format!("<tr id=\"{of}-")).count()
}

#[tokio::test]
async fn five_hundred_devices_are_shown_in_pages_of_twenty_five() {
    let mock = crowded().await;
    let first = part(&mock, "/console/devices").await;
    assert_eq!(rows(&first, "device"), 25);
    assert!(first.contains("data-total>500<") && first.contains("1–25"));
    assert!(first.contains("href=\"/console/devices?page=2\"") && !first.contains("Previous"));
    let last = part(&mock, "/console/devices?page=20").await;
    assert!(last.contains("device-499") && last.contains("476–500") && !last.contains("Next page"));
    let beyond = part(&mock, "/console/devices?page=99").await;
    assert!(beyond.contains("href=\"/console/devices?page=20\"") && rows(&beyond, "device") == 0);
    let found = part(&mock, "/console/devices?find=DEVICE-1&page=2").await;
    assert!(found.contains("26–50") && found.contains("data-total>100<"), "{found}");
    assert!(found.contains("find=DEVICE-1&#38;page=") || found.contains("find=DEVICE-1\""));
    for nonsense in ["0", "-1", "x", "99999999999999999999", ""] {
        part(&mock, &format!("/console/devices?page={nonsense}")).await;
    }
}

#[tokio::test]
async fn what_is_sent_does_not_grow_with_what_there_is() {
    let mock = crowded().await;
    for path in ["/console/sessions", "/console/devices", "/console/decisions", "/console/service"]
    {
        let panel = part(&mock, path).await;
        assert!(panel.len() < 120_000, "{path}: {}", panel.len());
    }
}

#[tokio::test]
async fn the_newest_sessions_come_first_and_are_found_by_device() {
    let mock = crowded().await;
    let panel = part(&mock, "/console/sessions").await;
    assert_eq!(rows(&panel, "row"), 25);
    let newest = panel.find("device-499").unwrap();
    assert!(newest < panel.find("device-498").unwrap());
    let found = part(&mock, "/console/sessions?find=device-123").await;
    assert_eq!(rows(&found, "row"), 1);
    let none = part(&mock, "/console/sessions?find=nobody").await;
    assert!(none.contains("No session matches “nobody”"));
}

#[tokio::test]
async fn lists_of_the_api_are_read_in_parts() {
    let mock = crowded().await;
    let get = async |path: &str| control::done(&mock, http::Method::GET, path, Value::Null).await;
    let page = get("/sessions?first=newest&offset=10&limit=2").await;
    assert_eq!(page["total"], 500);
    let devices: Vec<_> =
        page["sessions"].as_array().unwrap().iter().map(|it| it["device"].clone()).collect();
    assert_eq!(devices, ["device-489", "device-488"]);
    let page = get("/devices?search=client-00&offset=8&limit=5").await;
    assert_eq!(page["total"], 10);
    let devices: Vec<_> =
        page["devices"].as_array().unwrap().iter().map(|it| it["device"].clone()).collect();
    assert_eq!(devices, ["device-008", "device-009"]);
    assert_eq!(get("/sessions?device=device-007").await["total"], 1);
    let wrong = control::refused(&mock, http::Method::GET, "/sessions?limit=x", Value::Null).await;
    assert_eq!(wrong.0, 400);
}
