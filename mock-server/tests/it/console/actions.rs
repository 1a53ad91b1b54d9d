//! Every form does what it says, by a call that a script could have made.

use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::{act, done, form_token, page};
use crate::control;
use crate::device::Device;
use crate::harness::{Mock, START};

const GET: Method = Method::GET;

async fn get(mock: &Mock, path: &str) -> Value {
    control::done(mock, GET, path, Value::Null).await
}

#[tokio::test]
async fn a_session_is_approved_as_a_user_and_its_device_is_signed_in() {
    let mock = Mock::start().await;
    let tv = Device::new(&mock, "tv").await;
    let code = tv.begin("Cablevision").await;
    let also = format!("kind=session.approve&code={code}");
    let call = done(&mock, &[("user", "basic"), ("also", &also)]).await;
    assert_eq!(call, format!("POST /sessions/{code}/complete {{\"user\":\"basic\"}}"));
    assert!(tv.polls(&code).await);
    assert_eq!(get(&mock, "/profiles").await["profiles"][0]["user"], "basic");

    let again = act(&mock, &[("kind", "session.approve"), ("code", &code)]).await;
    assert_eq!(again["done"], false);
    assert!(again["text"].as_str().unwrap().contains("let the client create a new session"));
}

#[tokio::test]
async fn a_session_without_a_provider_is_approved_with_one_after_a_while_or_with_a_poll() {
    let mock = Mock::start().await;
    let tv = Device::new(&mock, "tv").await;
    let parameters = [("domainName", "adobe.com"), ("redirectUrl", crate::device::DONE)];
    let code = tv.session(&parameters).await;
    let how = [("kind", "session.approve"), ("code", &code), ("mvpd", "Dish")];
    let later = [&how[..], &[("when", "after"), ("amount", "5")]].concat();
    done(&mock, &later).await;
    assert!(!tv.polls(&code).await);
    mock.advance(5);
    assert!(tv.polls(&code).await);

    let tv = Device::new(&mock, "phone").await;
    let code = tv.begin("Dish").await;
    let with_poll =
        [("kind", "session.approve"), ("code", &code), ("when", "poll"), ("amount", "2")];
    done(&mock, &with_poll).await;
    assert!(!tv.polls(&code).await);
    assert!(tv.polls(&code).await);
}

#[tokio::test]
async fn a_session_is_denied_delayed_and_expired() {
    let mock = Mock::start().await;
    let tv = Device::new(&mock, "tv").await;
    let code = tv.begin("Cablevision").await;
    let state = async || get(&mock, &format!("/sessions/{code}")).await;
    done(&mock, &[("kind", "session.delay"), ("code", &code), ("seconds", "45")]).await;
    assert_eq!(state().await["login"], json!({"state": "open", "delay_seconds": 45.0}));
    done(&mock, &[("kind", "session.expire"), ("code", &code), ("seconds", "60")]).await;
    assert_eq!(state().await["not_after"], START.millis() + 60_000);
    done(&mock, &[("kind", "session.deny"), ("code", &code)]).await;
    assert_eq!(state().await["login"]["state"], "denied");
    done(&mock, &[("kind", "session.expire"), ("code", &code)]).await;
    assert_eq!(get(&mock, "/sessions").await["total"], 0);
}

#[tokio::test]
async fn profiles_tokens_and_registrations_end_one_by_one() {
    let mock = Mock::start().await;
    let tv = Device::new(&mock, "tv").await;
    let sign_in = async || {
        let code = tv.begin("Cablevision").await;
        done(&mock, &[("kind", "session.approve"), ("code", &code)]).await;
        let number = get(&mock, "/profiles").await["profiles"][0]["profile"].to_string();
        tv.authorize("Cablevision", "REF30").await;
        number
    };
    let standing = async || {
        let profiles = get(&mock, "/profiles").await;
        profiles["profiles"][0]["standing"].as_str().unwrap_or("gone").to_owned()
    };
    let number = sign_in().await;
    let anew = [("kind", "profile.ask_anew"), ("profile", &number), ("resource", "REF30")];
    done(&mock, &anew).await;
    assert_eq!(get(&mock, "/profiles").await["profiles"][0]["decisions"], json!([]));
    done(&mock, &[("kind", "profile.invalidate"), ("profile", &number)]).await;
    assert_eq!(standing().await, "authenticated_profile_invalidated");
    let number = sign_in().await;
    done(&mock, &[("kind", "profile.expire"), ("profile", &number), ("seconds", "9")]).await;
    mock.advance(10);
    assert_eq!(standing().await, "authenticated_profile_expired");
    let number = sign_in().await;
    done(&mock, &[("kind", "profile.sign_out"), ("profile", &number)]).await;
    assert_eq!(standing().await, "gone");

    sign_in().await;
    done(&mock, &[("kind", "device.reset"), ("device", "tv")]).await;
    assert_eq!(get(&mock, "/devices").await, json!({"devices": [], "total": 0}));
    let token = get(&mock, "/tokens").await["tokens"][0]["id"].as_str().unwrap().to_owned();
    done(&mock, &[("kind", "token.expire"), ("token", &token), ("seconds", "")]).await;
    assert_eq!(get(&mock, "/tokens").await["total"], 0);
    done(&mock, &[("kind", "client.revoke"), ("client", &tv.client)]).await;
    assert_eq!(get(&mock, "/clients").await["clients"][0]["revoked"], true);
    done(&mock, &[("kind", "client.forget"), ("client", &tv.client)]).await;
    assert_eq!(get(&mock, "/clients").await["total"], 0);
}

#[tokio::test]
async fn a_click_in_the_grid_decides_the_next_authorization() {
    let mock = Mock::start().await;
    let tv = Device::new(&mock, "tv").await;
    let code = tv.begin("Cablevision").await;
    done(&mock, &[("kind", "session.approve"), ("code", &code)]).await;
    let cell = [("service_provider", "REF30"), ("mvpd", "Cablevision"), ("resource", "REF30")];
    let error = [("code", "network_received_error"), ("details", "Back soon.")];
    let deny = [&[("kind", "decision.deny")][..], &cell, &error].concat();
    done(&mock, &deny).await;
    let denied = tv.authorize("Cablevision", "REF30").await;
    assert_eq!(denied["error"]["code"], "network_received_error", "{denied}");
    assert_eq!(denied["error"]["details"], "Back soon.");

    // What a permit has no use for is left out, though the form has it.
    let permit = [&[("kind", "decision.permit")][..], &cell, &error].concat();
    done(&mock, &permit).await;
    assert_eq!(tv.authorize("Cablevision", "REF30").await["authorized"], true);
    let rules = get(&mock, "/decisions").await;
    assert_eq!(rules["rules"].as_array().unwrap().len(), 1, "in the place of the deny");
    let rule = rules["rules"][0]["rule"].to_string();
    done(&mock, &[("kind", "decision.undo"), ("rule", &rule)]).await;
    let for_one = [("user", "demo"), ("count", "2"), ("call", "authorize"), ("code", "")];
    let deny = [&[("kind", "decision.deny")][..], &cell, &for_one].concat();
    let call = done(&mock, &deny).await;
    assert!(call.contains("\"count\":2") && !call.contains("\"code\""), "{call}");
    assert_eq!(tv.authorize("Cablevision", "REF30").await["authorized"], false);
    done(&mock, &[("kind", "decision.undo_all")]).await;
    assert_eq!(get(&mock, "/decisions").await["rules"], json!([]));
}

#[tokio::test]
async fn faults_come_from_the_short_form_and_from_json_and_go() {
    let mock = Mock::start().await;
    let cases: [(&[(&str, &str)], Value); 6] = [
        (
            &[("effect", "status"), ("status", "503")],
            json!({"match": {}, "effect": {"status": 503}}),
        ),
        (
            &[("effect", "error"), ("code", "internal_server_error"), ("endpoint", "profiles")],
            json!({"match": {"endpoint": "profiles"}, "effect": {"error": {"code": "internal_server_error"}}}),
        ),
        (
            &[("effect", "delay"), ("seconds", "2"), ("device", "tv"), ("count", "3")],
            json!({"match": {"device": "tv"}, "delay": "2s", "count": 3}),
        ),
        (
            &[("effect", "reset"), ("percent", "25")],
            json!({"match": {}, "effect": "reset", "probability": 0.25}),
        ),
        (
            &[("effect", "truncated")],
            json!({"match": {}, "effect": {"truncated": {"looks_complete": false}}}),
        ),
        (
            &[("effect", "slow_body"), ("seconds", "1.5")],
            json!({"match": {}, "effect": {"slow_body": {"over": "1s500ms", "pieces": 10}}}),
        ),
    ];
    for (fields, rule) in cases {
        // The form sends all its fields, used or not.
        let blank = [("kind", "fault.add"), ("count", ""), ("percent", ""), ("device", "")];
        let blank = blank.iter().filter(|(name, _)| !fields.iter().any(|(own, _)| own == name));
        let form: Vec<_> = blank.copied().chain(fields.iter().copied()).collect();
        done(&mock, &form).await;
        let faults = get(&mock, "/faults").await;
        let added = faults["faults"].as_array().unwrap().last().unwrap().clone();
        assert_eq!(added["says"], rule);
    }
    done(&mock, &[("kind", "fault.remove"), ("fault", "1")]).await;
    done(&mock, &[("kind", "fault.remove_all")]).await;
    done(&mock, &[("kind", "fault.add_json"), ("rule", r#"{"effect": "stall"}"#)]).await;
    assert_eq!(get(&mock, "/faults").await["faults"].as_array().unwrap().len(), 1);
    let wrong = act(&mock, &[("kind", "fault.add_json"), ("rule", "{\"effect\": \"}")]).await;
    assert!(wrong["text"].as_str().unwrap().starts_with("This is no JSON"), "{wrong}");
    let wrong = act(&mock, &[("kind", "fault.add_json"), ("rule", r#"{"efect": 1}"#)]).await;
    assert!(wrong["text"].as_str().unwrap().contains("efect"), "{wrong}");
}

#[tokio::test]
async fn limits_are_set_and_single_addresses_refused_and_forgotten() {
    let mock = Mock::start().await;
    let limits = [("enabled", "1"), ("rate", "3"), ("burst", "7"), ("refill", "bucket")];
    done(&mock, &[&[("kind", "throttle.set")][..], &limits].concat()).await;
    let throttle = get(&mock, "/throttle").await;
    assert_eq!((&throttle["enabled"], &throttle["rate"]), (&json!(true), &json!(3)));
    let force = [("kind", "throttle.force"), ("address", "::1"), ("seconds", "60")];
    done(&mock, &force).await;
    assert_eq!(get(&mock, "/throttle?search=::1").await["total"], 1);
    done(&mock, &[("kind", "throttle.forget"), ("address", "::1")]).await;
    assert_eq!(get(&mock, "/throttle").await["total"], 0);
    done(&mock, &[&[("kind", "throttle.set")][..], &limits[1..]].concat()).await;
    assert_eq!(get(&mock, "/throttle").await["enabled"], false, "a box that is not ticked");
}

#[tokio::test]
async fn the_clock_is_paused_sped_up_and_moved() {
    let mock = Mock::start().await;
    let clock = async || get(&mock, "/clock").await;
    done(&mock, &[("kind", "clock.jump"), ("seconds", "1801")]).await;
    assert_eq!(clock().await["now"], START.millis() + 1_801_000);
    done(&mock, &[("kind", "clock.speed"), ("speed", "60")]).await;
    assert_eq!(clock().await["speed"], 60.0);
    done(&mock, &[("kind", "clock.real")]).await;
    assert_eq!(clock().await["mode"], "real");
    done(&mock, &[("kind", "clock.pause")]).await;
    assert_eq!(clock().await["mode"], "manual");
    let wrong = act(&mock, &[("kind", "clock.jump"), ("seconds", "soon")]).await;
    assert_eq!(wrong["text"], "seconds: \"soon\" is no number.");
}

#[tokio::test]
async fn mvpds_are_bypassed_switched_off_and_asked_again() {
    let mock = Mock::start().await;
    let integration = [("service_provider", "REF30"), ("mvpd", "Dish")];
    let chosen = ("integration", "service_provider=REF30&mvpd=Dish");
    let how = [chosen, ("mode", "AuthZNone"), ("minutes", "2"), ("details", "")];
    done(&mock, &[&[("kind", "degradation.set")][..], &how].concat()).await;
    let rule = get(&mock, "/degradation").await["degradation"][0].clone();
    assert_eq!((&rule["mode"], &rule["mvpd"]), (&json!("AuthZNone"), &json!("Dish")));
    assert_eq!(rule["not_after"], START.millis() + 120_000);
    done(&mock, &[&[("kind", "degradation.lift")][..], &integration].concat()).await;
    assert_eq!(get(&mock, "/degradation").await["degradation"], json!([]));
    for (kind, enabled) in [("integration.disable", false), ("integration.enable", true)] {
        done(&mock, &[&[("kind", kind)][..], &integration].concat()).await;
        let all = get(&mock, "/integrations").await;
        let mut all = all["integrations"].as_array().unwrap().iter();
        let dish = all.find(|it| it["mvpd"] == "Dish" && it["service_provider"] == "REF30");
        assert_eq!(dish.unwrap()["enabled"], enabled);
    }
}

#[tokio::test]
async fn trials_are_reset_and_everything_is() {
    let mock = Mock::start().await;
    let tv = Device::new(&mock, "tv").await;
    for _ in 0..2 {
        tv.authorize("TempPass_TEST40", "REF30").await;
        let trials = get(&mock, "/temp-pass").await;
        let number = trials["trials"][0]["trial"].to_string();
        done(&mock, &[("kind", "temp_pass.reset"), ("trial", &number)]).await;
        assert_eq!(get(&mock, "/temp-pass").await["trials"], json!([]));
    }
    done(&mock, &[("kind", "temp_pass.reset")]).await;
    tv.begin("Dish").await;
    done(&mock, &[("kind", "service.reset")]).await;
    assert_eq!(get(&mock, "/clients").await["total"], 0);
    let said = act(&mock, &[("kind", "service.reload")]).await;
    assert!(said["text"].as_str().unwrap().contains("--fixtures PATH"), "{said}");
}

#[tokio::test]
async fn a_snapshot_is_downloaded_and_put_back_as_a_file() {
    let mock = Mock::start().await;
    Device::new(&mock, "tv").await.begin("Dish").await;
    let snapshot = mock.control(GET, "/console/api/snapshot").send().await;
    done(&mock, &[("kind", "service.reset")]).await;
    let token = form_token(&mock).await;
    let field = |name: &str, value: &str| {
        format!("--b-1\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    let body = format!(
        "{}{}--b-1\r\nContent-Disposition: form-data; name=\"snapshot\"; filename=\"s.json\"\r\n\
         content-type: application/json\r\n\r\n{}\r\n--b-1--\r\n",
        field("form_token", &token),
        field("kind", "service.restore"),
        snapshot.text(),
    );
    let call = mock.control(Method::POST, "/console/act").header("accept", "application/json");
    let said = call.body("multipart/form-data; boundary=b-1", body).send().await.json();
    assert_eq!(said["done"], true, "{said}");
    assert_eq!(get(&mock, "/sessions").await["total"], 1);
    let wrong = act(&mock, &[("kind", "service.restore"), ("snapshot", "nonsense")]).await;
    assert!(wrong["text"].as_str().unwrap().starts_with("This file is no snapshot"), "{wrong}");
}

#[tokio::test]
async fn without_a_script_a_form_leads_back_to_its_page_which_says_once_what_came_of_it() {
    let mock = Mock::start().await;
    let token = form_token(&mock).await;
    let send = async |back: &str| {
        let form =
            [("form_token", &*token), ("back", back), ("kind", "clock.jump"), ("seconds", "5")];
        let answer = mock.control(Method::POST, "/console/act").form(&form).send().await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
        answer.header("location").to_owned()
    };
    let back = send("/console/service?mvpd=Dish").await;
    assert!(back.starts_with("/console/service?mvpd=Dish&said="), "{back}");
    let shown = page(&mock, &back).await;
    assert!(shown.text().contains("POST /clock/advance {&#34;seconds&#34;:5.0}"), "{shown:?}");
    assert!(!page(&mock, &back).await.text().contains("POST /clock/advance"), "once");
    for elsewhere in ["https://evil.example/", "//evil.example", "/reset"] {
        assert!(send(elsewhere).await.starts_with("/console/?said="), "{elsewhere}");
    }
}

#[tokio::test]
async fn what_is_missing_or_unknown_is_said() {
    let mock = Mock::start().await;
    let text = async |fields: &[(&str, &str)]| act(&mock, fields).await["text"].to_string();
    assert!(text(&[]).await.contains("There is no form"));
    assert!(text(&[("kind", "reset.everything")]).await.contains("There is no form"));
    assert!(text(&[("kind", "session.deny")]).await.contains("Say code."));
    assert!(text(&[("kind", "session.deny"), ("code", "a/b")]).await.contains("a/b"));
}
