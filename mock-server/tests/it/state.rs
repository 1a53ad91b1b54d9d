//! The fixtures file while the server runs, and all state as a document.

use std::fs;
use std::path::Path;
use std::time::Duration;

use http::Method;
use pass_mock::config::Fixtures;
use serde_json::{Value, json};

use crate::control::{done, refused};
use crate::device::Device;
use crate::harness::Mock;

const GET: Method = Method::GET;
const PUT: Method = Method::PUT;
const POST: Method = Method::POST;
const NOTHING: Value = Value::Null;

async fn over_file(path: &Path) -> Mock {
    fs::write(path, Fixtures::default_yaml()).unwrap();
    let fixtures = Fixtures::load(path).unwrap();
    Mock::with(|builder| builder.fixtures(fixtures).fixtures_file(path, |_| {})).await
}

/// Waits in real time until the server's health says something.
async fn until(mock: &Mock, condition: impl Fn(&Value) -> bool) -> Value {
    for _ in 0..1_000 {
        let health = done(mock, GET, "/health", NOTHING).await;
        if condition(&health["fixtures"]) {
            return health;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("it never came about: {}", done(mock, GET, "/health", NOTHING).await);
}

fn password(mock: &Mock) -> String {
    mock.server.app().fixtures.load().first_user().unwrap().password.clone()
}

#[tokio::test]
async fn a_changed_file_is_read_again_and_a_bad_one_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("own.yaml");
    let mock = over_file(&path).await;
    let good = Fixtures::default_yaml();
    let was = password(&mock);
    let changed = good.replace(&format!("password: {was}"), "password: another");
    assert_ne!(changed, good);

    fs::write(&path, format!("{good}\nnonsense: 1\n")).unwrap();
    let health = until(&mock, |fixtures| fixtures.get("problem").is_some()).await;
    let problem = health["fixtures"]["problem"].as_str().unwrap();
    assert!(problem.contains("own.yaml:") && problem.contains("nonsense"), "{problem}");
    assert_eq!(password(&mock), was);

    fs::write(&path, changed).unwrap();
    until(&mock, |fixtures| fixtures.get("problem").is_none()).await;
    assert_eq!(password(&mock), "another");
}

#[tokio::test]
async fn a_file_is_read_again_on_demand() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("own.yaml");
    let mock = over_file(&path).await;
    let tv = Device::new(&mock, "tv").await;
    let changed = Fixtures::default_yaml()
        .replace(&format!("password: {}", password(&mock)), "password: another");
    fs::write(&path, format!("throttle: {{enabled: true, rate: 5}}\n{changed}")).unwrap();
    let state = done(&mock, POST, "/fixtures/reload", NOTHING).await;
    assert_eq!(state, json!({"file": path.display().to_string()}));
    assert_eq!(password(&mock), "another");
    assert_eq!(done(&mock, GET, "/throttle", NOTHING).await["rate"], 5);
    assert!(!tv.is_signed_in().await, "its token is still good");

    fs::remove_file(&path).unwrap();
    let (status, problem) = refused(&mock, POST, "/fixtures/reload", NOTHING).await;
    assert!(status == 409 && problem.contains("own.yaml: cannot be read"), "{problem}");
    assert_eq!(password(&mock), "another");
}

#[tokio::test]
async fn without_a_file_there_is_nothing_to_reload() {
    let mock = Mock::start().await;
    let (status, problem) = refused(&mock, POST, "/fixtures/reload", NOTHING).await;
    assert!(status == 409 && problem.contains("--fixtures"), "{problem}");
}

#[tokio::test]
async fn a_snapshot_brings_everything_back_with_as_much_time_left() {
    let mock = Mock::start().await;
    let (tv, phone) = (Device::new(&mock, "tv").await, Device::new(&mock, "phone").await);
    let code = tv.begin("Cablevision").await;
    done(&mock, POST, &format!("/sessions/{code}/complete"), json!({})).await;
    let decision = tv.authorize("Cablevision", "REF30").await;
    let waiting = phone.begin("Dish").await;
    let late = json!({"after_seconds": 60});
    done(&mock, POST, &format!("/sessions/{waiting}/complete"), late).await;
    let deny = json!({"decision": "deny", "resource": "news", "count": 2});
    done(&mock, PUT, "/decisions", deny).await;
    tv.authorize("Cablevision", "news").await;
    done(&mock, PUT, "/integrations/REF30/Spectrum", json!({"enabled": false})).await;
    done(&mock, PUT, "/throttle/203.0.113.9", json!({"seconds": 30})).await;
    let fault =
        json!({"match": {"device": "203.0.113.7"}, "effect": {"status": 503}, "lasts": "1m"});
    done(&mock, POST, "/faults", fault).await;
    let snapshot = done(&mock, GET, "/snapshot", NOTHING).await;

    let day = 24 * 3600;
    mock.advance(40 * day);
    done(&mock, POST, "/reset", json!({})).await;
    assert_eq!(tv.call(GET, "profiles").send().await.status, 401);
    assert_eq!(done(&mock, PUT, "/restore", snapshot.clone()).await["done"], 1);

    let mut again = done(&mock, GET, "/snapshot", NOTHING).await;
    assert_eq!(
        again["taken_at"].as_i64().unwrap() - snapshot["taken_at"].as_i64().unwrap(),
        40 * 86_400_000
    );
    let later = |value: &Value| value.as_i64().unwrap() - 40 * 86_400_000;
    assert_eq!(
        later(&again["state"]["tokens"][0]["expires_at"]),
        snapshot["state"]["tokens"][0]["expires_at"].as_i64().unwrap()
    );
    assert!(tv.is_signed_in().await);
    let decided = tv.authorize("Cablevision", "REF30").await;
    assert_eq!(later(&decided["notAfter"]), decision["notAfter"].as_i64().unwrap());
    assert_eq!(tv.authorize("Cablevision", "news").await["authorized"], false, "one is left");
    assert_eq!(tv.authorize("Cablevision", "news").await["error"], decision["error"], "none is");
    assert!(!phone.polls(&waiting).await);
    mock.advance(29);
    let from =
        |address| mock.get("/api/v2/REF30/profiles").header("x-forwarded-for", address).outcome();
    assert_eq!(from("203.0.113.9").await.unwrap().status, 429);
    assert_eq!(from("203.0.113.7").await.unwrap().status, 503);
    mock.advance(31);
    assert_eq!(from("203.0.113.9").await.unwrap().status, 401);
    assert_eq!(from("203.0.113.7").await.unwrap().status, 401);
    assert!(phone.polls(&waiting).await);

    again["version"] = 2.into();
    let (status, problem) = refused(&mock, PUT, "/restore", again).await;
    assert!(status == 400 && problem.contains("version: expected 1"), "{problem}");
    assert_eq!(refused(&mock, PUT, "/restore", json!({})).await.0, 400);
}

#[tokio::test]
async fn a_login_nobody_asked_about_outlasts_a_snapshot_after_its_session() {
    let mock = Mock::start().await;
    let tv = Device::new(&mock, "tv").await;
    let code = tv.begin("Cablevision").await;
    let late = json!({"after_seconds": 60});
    done(&mock, POST, &format!("/sessions/{code}/complete"), late).await;
    mock.advance(1801);
    let snapshot = done(&mock, GET, "/snapshot", NOTHING).await;
    assert_eq!(snapshot["state"]["sessions"], json!([]));
    done(&mock, PUT, "/restore", snapshot).await;
    assert!(tv.is_signed_in().await);
}

#[tokio::test]
async fn a_large_snapshot_fits_through_the_control_api() {
    let mock = Mock::start().await;
    for n in 0..300 {
        let statement =
            mock.server.app().fixtures.load().first_software_statement().unwrap().to_owned();
        mock.post("/o/client/register")
            .json(&json!({"software_statement": statement, "redirect_uri": format!("https://a.b/{n}")}))
            .send()
            .await;
    }
    let snapshot = done(&mock, GET, "/snapshot", NOTHING).await;
    assert!(snapshot.to_string().len() > 64 * 1024);
    done(&mock, PUT, "/restore", snapshot).await;
    assert_eq!(mock.server.app().domain.clients.clients().len(), 300);
}
