//! What the pages show, empty and not.

use http::Method;
use serde_json::json;

use super::{form_token, part};
use crate::control::done;
use crate::device::Device;
use crate::harness::Mock;

const PAGES: [&str; 5] = ["sessions", "devices", "decisions", "faults", "service"];

/// A panel without what differs from run to run.
async fn shown(mock: &Mock, path: &str, volatile: &[(&str, &str)]) -> String {
    let token = form_token(mock).await;
    let panel = part(mock, path).await.replace(&token, "FORM_TOKEN");
    let panel = panel.replace(&mock.server.base_url(), "http://127.0.0.1:PORT");
    let panel = volatile.iter().fold(panel, |panel, (what, name)| panel.replace(what, name));
    let lines = panel.lines().map(str::trim_end).filter(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn every_page_teaches_while_there_is_nothing_to_show() {
    let mock = Mock::start().await;
    for name in PAGES {
        let panel = shown(&mock, &format!("/console/{name}"), &[]).await;
        insta::assert_snapshot!(format!("empty_{name}"), panel);
    }
}

#[tokio::test]
async fn every_page_shows_what_happened() {
    let mock = Mock::start().await;
    let (tv, phone) = (Device::new(&mock, "tv").await, Device::new(&mock, "phone").await);
    let (code, open) = (tv.begin("Cablevision").await, phone.session(&[]).await);
    let post = async |path: &str, body| done(&mock, Method::POST, path, body).await;
    let put = async |path: &str, body| done(&mock, Method::PUT, path, body).await;
    post(&format!("/sessions/{code}/complete"), json!({"user": "basic"})).await;
    tv.authorize("Cablevision", "REF30").await;
    tv.authorize("TempPass_TEST40", "REF30").await;
    put(
        "/decisions",
        json!({"decision": "deny", "code": "network_received_error", "count": 3,
        "resource": "REF30", "mvpd": "Dish", "service_provider": "REF30"}),
    )
    .await;
    put("/degradation/REF30/Spectrum", json!({"mode": "AuthZNone", "details": "Back soon."})).await;
    post(
        "/faults",
        json!({"match": {"endpoint": ["profiles", "authorize"], "device": "tv"},
        "effect": {"error": {"code": "internal_server_error"}}, "skip": 1, "count": 2,
        "name": "flaky", "probability": 0.5, "lasts": "5m"}),
    )
    .await;
    put("/throttle/203.0.113.9", json!({"seconds": 60})).await;
    mock.advance(30);
    let tokens = done(&mock, Method::GET, "/tokens", serde_json::Value::Null).await;
    let tokens: Vec<_> = tokens["tokens"].as_array().unwrap().iter().collect();
    let token = |of: &str| {
        let found = tokens.iter().find(|token| token["client_id"] == of).unwrap();
        found["id"].as_str().unwrap().to_owned()
    };
    let (tv_token, phone_token) = (token(&tv.client), token(&phone.client));
    // Applications of the same instant are in the order of their ids, which are drawn.
    let volatile = [
        (&*code, "CODE1"),
        (&*open, "CODE2"),
        (&*tv.client, "CLIENT"),
        (&*phone.client, "CLIENT"),
        (&*tv_token, "TOKEN"),
        (&*phone_token, "TOKEN"),
    ];
    let asked = [
        ("sessions", format!("/console/sessions?open={open}")),
        ("devices", "/console/devices?open=tv".to_owned()),
        ("decisions", "/console/decisions?row=tnt-live&mvpd=i".to_owned()),
        ("faults", "/console/faults".to_owned()),
        ("service", "/console/service".to_owned()),
    ];
    for (name, path) in asked {
        let panel = shown(&mock, &path, &volatile).await;
        insta::assert_snapshot!(format!("filled_{name}"), panel);
    }
}

#[tokio::test]
async fn what_has_ended_meanwhile_is_said() {
    let mock = Mock::start().await;
    let session = part(&mock, "/console/sessions?open=GONE123").await;
    assert!(session.contains("The session <code>GONE123</code> has ended."));
    let device = part(&mock, "/console/devices?open=gone").await;
    assert!(device.contains("Nothing is known of the device <code>gone</code> any more."));
}

#[tokio::test]
async fn every_field_has_a_label_and_every_button_a_form() {
    let mock = Mock::start().await;
    let tv = Device::new(&mock, "tv").await;
    let code = tv.session(&[]).await;
    for path in [
        "sessions".to_owned(),
        format!("sessions?open={code}"),
        "devices?open=tv".to_owned(),
        "decisions".to_owned(),
        "faults".to_owned(),
        "service".to_owned(),
    ] {
        let panel = part(&mock, &format!("/console/{path}")).await;
        let ids = panel.split(" id=\"").skip(1).map(|rest| rest.split_once('"').unwrap().0);
        let mut ids: Vec<&str> = ids.collect();
        ids.sort_unstable();
        let count = ids.len();
        ids.dedup();
        assert_eq!(ids.len(), count, "{path}: ids are unique");
        for field in ["<input ", "<select ", "<textarea "] {
            for tag in panel.split(field).skip(1).map(|rest| rest.split_once('>').unwrap().0) {
                let id = tag.split_once("id=\"").and_then(|(_, rest)| rest.split_once('"'));
                let labelled = |(id, _): (&str, &str)| panel.contains(&format!("for=\"{id}\""));
                let hidden = tag.contains("type=\"hidden\"");
                assert!(hidden || id.is_some_and(labelled), "{path}: {field}{tag}");
            }
        }
        for form in panel.split("<form method=\"post\"").skip(1) {
            assert!(form.split_once("</form>").unwrap().0.contains("name=\"form_token\""));
        }
    }
}
