//! State that outlives the program, also when it is killed.

mod fleet;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::{Method, StatusCode};
use pass_mock::clock::{Clock, Mode};
use pass_mock::config::Fixtures;
use serde_json::{Value, json};

use self::fleet::{Fleet, Told, b64};
use crate::application::Application;
use crate::harness::{Call, Mock, START, address};
use crate::program::{Running, run, text};

const COMPLETE: [(&str, &str); 3] =
    [("mvpd", "Cablevision"), ("domainName", "adobe.com"), ("redirectUrl", "https://adobe.com")];

fn start(folder: &Path) -> Running {
    Running::start(&["--throttle", "off", "--data-dir", folder.to_str().unwrap()])
}

/// What a server has, by what names it.
async fn has(running: &Running) -> Vec<String> {
    let snapshot = control(running, Method::GET, "/snapshot", Value::Null).await;
    let state = &snapshot["state"];
    let names = |of: &str, kind: &str, pointer: &str| -> Vec<String> {
        let all = state[of].as_array().unwrap().iter();
        all.map(|one| format!("{kind} {}", one.pointer(pointer).unwrap().as_str().unwrap()))
            .collect()
    };
    [
        names("clients", "client", "/client_id"),
        names("tokens", "token", "/access_token"),
        names("sessions", "code", "/code"),
        names("profiles", "profile", "/0/device_id"),
    ]
    .concat()
}

async fn control(running: &Running, method: Method, target: &str, body: Value) -> Value {
    let control = address(&running.control);
    let call = Call::unnamed(control, method, target).header("host", &control.to_string());
    let call = if body.is_null() { call } else { call.json(&body) };
    let answer = call.send().await;
    assert!(answer.status.is_success(), "{target}: {answer:?}");
    answer.json()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_kills_amid_registrations_and_logins_lose_nothing_that_was_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let told = Told::default();
    let statement = Fixtures::default().first_software_statement().unwrap().to_owned();
    for round in 0..20 {
        let running = start(folder.path());
        let acknowledged = told.lock().unwrap().clone();
        check(&acknowledged, &has(&running).await, round);
        let fleet = Arc::new(Fleet {
            service: address(&running.service),
            statement: statement.clone(),
            told: Arc::clone(&told),
        });
        let devices: Vec<_> = (0..6)
            .map(|device| {
                let (fleet, who) = (Arc::clone(&fleet), format!("{round}-{device}"));
                tokio::spawn(async move { fleet.stories(&who, device % 2 == 0).await })
            })
            .collect();
        // Somewhere in the middle of things, which differs from round to round.
        tokio::time::sleep(Duration::from_millis(100 + 30 * (round % 7))).await;
        running.kill();
        for device in devices {
            assert_eq!(device.await.unwrap(), None, "it ends with the server");
        }
    }
    let running = start(folder.path());
    let told = told.lock().unwrap().clone();
    check(&told, &has(&running).await, 20);
    let count = |kind: &str, is| {
        told.iter().filter(|(name, what)| name.starts_with(kind) && **what == Some(is)).count()
    };
    // That all of this was tried at all.
    let tried = [("client", true), ("code", true), ("profile", true), ("profile", false)];
    let tried = tried.map(|(kind, is)| count(kind, is));
    assert!(tried.iter().all(|count| *count >= 3), "{tried:?}");
}

fn check(told: &BTreeMap<String, Option<bool>>, has: &[String], round: u64) {
    for (name, is) in told {
        if let Some(is) = is {
            assert_eq!(has.contains(name), *is, "{name} after {round} kills");
        }
    }
}

/// A client that keeps its token and its code whatever happens to the server.
struct Client {
    token: String,
}

impl Client {
    async fn register(running: &Running) -> Self {
        let service = address(&running.service);
        let statement = Fixtures::default().first_software_statement().unwrap().to_owned();
        let register = Call::new(service, Method::POST, "/o/client/register");
        let client = register.json(&json!({ "software_statement": statement })).send().await.json();
        let text = |name: &str| client[name].as_str().unwrap().to_owned();
        let token = Call::new(service, Method::POST, "/o/client/token").form(&[
            ("client_id", &text("client_id")),
            ("client_secret", &text("client_secret")),
            ("grant_type", "client_credentials"),
        ]);
        let token = token.send().await.json();
        Self { token: token["access_token"].as_str().unwrap().to_owned() }
    }

    fn call(&self, running: &Running, method: Method, path: &str) -> Call {
        Call::new(address(&running.service), method, path)
            .bearer(&self.token)
            .header("ap-device-identifier", crate::application::DEVICE)
    }

    async fn get(&self, running: &Running, path: &str) -> Value {
        let answer = self.call(running, Method::GET, path).send().await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        answer.json()
    }

    async fn watch(&self, running: &Running, mvpd: &str) -> Value {
        let path = format!("/api/v2/REF30/decisions/authorize/{mvpd}");
        let call = self.call(running, Method::POST, &path).json(&json!({ "resources": ["REF30"] }));
        call.send().await.json()["decisions"][0].clone()
    }
}

#[tokio::test]
async fn a_client_that_polls_does_not_notice_that_the_server_was_killed() {
    let folder = tempfile::tempdir().unwrap();
    let data_dir = folder.path().join("some/where");
    let mut running = start(&data_dir);
    let client = Client::register(&running).await;
    let session = client.call(&running, Method::POST, "/api/v2/REF30/sessions").form(&COMPLETE);
    let session = session.send().await.json();
    let code = session["code"].as_str().unwrap().to_owned();
    let trial = client.watch(&running, "TempPass_TEST40").await;
    assert_eq!(trial["authorized"], true, "{trial}");
    let again = |running: Running| {
        running.kill();
        start(&data_dir)
    };

    running = again(running);
    let poll = format!("/api/v2/REF30/profiles/code/{code}");
    assert_eq!(client.get(&running, &poll).await, json!({ "profiles": {} }));
    let path = format!("/sessions/{code}/complete");
    control(&running, Method::POST, &path, json!({})).await;

    running = again(running);
    let profile = client.get(&running, &poll).await["profiles"]["Cablevision"].clone();
    assert_eq!(profile["type"], "regular");
    assert_eq!(client.watch(&running, "TempPass_TEST40").await["notBefore"], trial["notBefore"]);
    let rule = json!({ "decision": "deny" });
    control(&running, Method::PUT, "/decisions", rule).await;

    running = again(running);
    let profiles = client.get(&running, "/api/v2/REF30/profiles").await;
    assert_eq!(profiles["profiles"]["Cablevision"], profile);
    assert_eq!(client.watch(&running, "Cablevision").await["authorized"], false);
    let logout = "/api/v2/REF30/logout/Cablevision?redirectUrl=https%3A%2F%2Fadobe.com";
    client.get(&running, logout).await;

    // Asked to end instead of killed, it keeps everything as well.
    assert_eq!(running.end("-TERM").0, Some(0));
    running = start(&data_dir);
    let profiles = client.get(&running, "/api/v2/REF30/profiles").await;
    assert_eq!(profiles, json!({ "profiles": {} }));
    let kept = control(&running, Method::GET, "/snapshot", Value::Null).await;
    control(&running, Method::POST, "/reset", json!({})).await;

    running = again(running);
    assert!(has(&running).await.is_empty(), "a reset empties the folder, too");
    control(&running, Method::PUT, "/restore", kept).await;
    running = again(running);
    client.get(&running, "/api/v2/REF30/profiles").await;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&data_dir), 0o700);
        for (name, _) in content(&data_dir) {
            assert_eq!(mode(&name), 0o600, "{name:?}");
        }
    }
    running.kill();
}

/// Every file of a folder with what is in it.
fn content(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    files.map(|path| (path.clone(), fs::read(path).unwrap())).collect()
}

/// What the program says about a folder that it cannot use, in one line; the folder stays as it is.
fn refused(folder: &Path) -> String {
    let before = content(folder);
    let output = run(&["--listen", "0", "--control", "0", "--data-dir", folder.to_str().unwrap()]);
    let stderr = text(&output.stderr).to_owned();
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    assert!(stderr.starts_with("pass-mock: ") && stderr.lines().count() == 1, "{stderr}");
    assert!(output.stdout.is_empty());
    assert!(content(folder) == before, "changed, though it was refused: {stderr}");
    stderr
}

#[tokio::test]
async fn a_folder_that_cannot_be_used_is_refused_in_a_line_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let data_dir = folder.path().join("data");
    let running = start(&data_dir);
    for _ in 0..5 {
        Client::register(&running).await;
    }
    let line = refused(&data_dir);
    assert!(line.contains("is in use by another pass-mock"), "{line}");
    running.kill();
    let killed = data_dir.join("state.redb");
    let good = fs::read(&killed).unwrap();

    let half = good.len() / 2;
    let spoilt = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = good.clone();
        change(&mut bytes);
        fs::write(&killed, bytes).unwrap();
        let line = refused(&data_dir);
        assert!(
            line.contains("state.redb: is damaged (") && line.contains("move it away"),
            "{line}"
        );
    };
    spoilt(&|bytes| bytes.truncate(half));
    spoilt(&|bytes| bytes.truncate(10));
    spoilt(&|bytes| bytes.clear());
    spoilt(&|bytes| bytes.fill(0));
    spoilt(&|bytes| bytes[..20].fill(b'x'));
    spoilt(&|bytes| bytes[4096..].iter_mut().for_each(|byte| *byte ^= 0x55));
    spoilt(&|bytes| *bytes = b"once upon a time".repeat(1000));

    fs::write(&killed, &good).unwrap();
    let row = |table: &str, name: &str, value: &[u8]| {
        let database = redb::Database::open(&killed).unwrap();
        let writing = database.begin_write().unwrap();
        if table == "parts" {
            let parts: redb::TableDefinition<'_, (&str, &str), &[u8]> =
                redb::TableDefinition::new("parts");
            writing.open_table(parts).unwrap().insert(("client", name), value).unwrap();
        } else {
            let about: redb::TableDefinition<'_, &str, &[u8]> = redb::TableDefinition::new(table);
            writing.open_table(about).unwrap().insert(name, value).unwrap();
        }
        writing.commit().unwrap();
    };
    row("pass-mock", "format", b"3");
    let line = refused(&data_dir);
    let newer = "was written by a newer pass-mock (format 3, this one knows up to 1)";
    assert!(line.contains(newer), "{line}");
    row("pass-mock", "format", b"1");
    row("parts", "somebody", b"{\"client\": 7}");
    let line = refused(&data_dir);
    assert!(line.contains("is damaged (client somebody: "), "{line}");

    fs::write(&killed, &good).unwrap();
    assert_eq!(has(&start(&data_dir)).await.len(), 10);

    let below = killed.join("below");
    let output = run(&["--listen", "0", "--control", "0", "--data-dir", below.to_str().unwrap()]);
    let stderr = text(&output.stderr);
    assert!(stderr.contains("below: cannot be made: "), "{stderr}");
    assert_eq!((output.status.code(), stderr.lines().count()), (Some(2), 1));
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_full_disk_ends_no_service_and_is_told_of() {
    let folder = tempfile::tempdir().unwrap();
    let unharmed = "trap '' XFSZ; exec \"$0\" \"$@\"";
    let program = env!("CARGO_BIN_EXE_pass-mock");
    let options = ["--throttle", "off", "--data-dir", folder.path().to_str().unwrap()];
    let running = Running::start_by(&["sh", "-c", unharmed, program], &options);
    // A file may have no more bytes than this: what the disk says then is much like being full.
    let limit = |bytes: &str| {
        let (size, id) = (format!("--fsize={bytes}:"), running.id().to_string());
        std::process::Command::new("prlimit").args([&size, "--pid", &id]).status()
    };
    let size = fs::metadata(folder.path().join("state.redb")).unwrap().len();
    if !limit(&size.to_string()).is_ok_and(|status| status.success()) {
        return;
    }
    let problem = async || {
        let health = control(&running, Method::GET, "/health", Value::Null).await;
        health["data_dir"]["problem"].as_str().map(str::to_owned)
    };
    let client = Client::register(&running).await;
    let body = "x".repeat(20_000);
    let mut devices = 0;
    while problem().await.is_none() {
        assert!(devices < 1_000, "it is never full");
        let url = format!("https://adobe.com/{devices}/{body}");
        let form = [COMPLETE[0], COMPLETE[1], ("redirectUrl", &url)];
        let session = Call::new(address(&running.service), Method::POST, "/api/v2/REF30/sessions")
            .bearer(&client.token)
            .header("ap-device-identifier", &format!("fingerprint {}", b64(&devices.to_string())))
            .form(&form);
        assert_eq!(session.send().await.status, StatusCode::OK);
        devices += 1;
    }
    let late = Client::register(&running).await;
    late.get(&running, "/api/v2/REF30/profiles").await;
    assert!(limit("unlimited").unwrap().success());
    let mut tries = 0;
    while problem().await.is_some() {
        tries += 1;
        assert!(tries < 500, "it does not recover");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let stderr = running.kill();
    assert_eq!(stderr.matches("kept in memory alone").count(), 1, "{stderr}");
    assert_eq!(stderr.matches("can be written again; all state is kept").count(), 1, "{stderr}");
    let running = start(folder.path());
    late.get(&running, "/api/v2/REF30/profiles").await;
}

/// A server in this process, which stands still in time.
async fn within(folder: &Path) -> Mock {
    Mock::with(|builder| builder.data_dir(folder, |_| {})).await
}

#[tokio::test]
async fn time_goes_on_and_what_has_ended_has_ended() {
    let folder = tempfile::tempdir().unwrap();
    let mock = within(folder.path()).await;
    let app = Application::register(&mock).await;
    let code = app.code("Cablevision").await;
    let token = app.token.clone();
    mock.advance(1_000);
    let stood = mock.server.clock().now();
    mock.server.shutdown().await;

    let mock = within(folder.path()).await;
    assert_eq!(mock.server.clock().now(), stood, "a clock never goes back");
    let poll = async |mock: &Mock| {
        mock.get(&format!("/api/v2/REF30/profiles/code/{code}")).bearer(&token).send().await.status
    };
    assert_eq!(poll(&mock).await, StatusCode::OK);
    let stands = stood.after(Duration::from_secs(801));
    mock.server.shutdown().await;

    // Its owner's clock is further on.
    let clock = Clock::starting_at(stands, Mode::Manual);
    let mock = Mock::with(|builder| builder.clock(clock).data_dir(folder.path(), |_| {})).await;
    assert_eq!(mock.server.clock().now(), stands);
    assert_eq!(poll(&mock).await, StatusCode::BAD_REQUEST);
    assert!(START < stood && mock.server.app().domain.sessions.is_empty());
}

#[tokio::test]
async fn one_seed_gives_nothing_twice() {
    let folder = tempfile::tempdir().unwrap();
    let mut tokens = Vec::new();
    for _ in 0..3 {
        let mock = within(folder.path()).await;
        tokens.push(Application::register(&mock).await.token);
        assert_eq!(mock.server.app().domain.clients.clients().len(), tokens.len());
        mock.server.shutdown().await;
    }
    assert!(tokens[0] != tokens[1] && tokens[1] != tokens[2] && tokens[0] != tokens[2]);
    let fresh = tempfile::tempdir().unwrap();
    let mock = within(fresh.path()).await;
    assert_eq!(Application::register(&mock).await.token, tokens[0]);
    let plain = Mock::start().await;
    assert_eq!(Application::register(&plain).await.token, tokens[0], "with a folder or without");
}

static NOTICES: Mutex<Vec<String>> = Mutex::new(Vec::new());

#[tokio::test]
async fn what_the_fixtures_no_longer_have_is_told_of_and_troubles_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let mock = within(folder.path()).await;
    let app = Application::register(&mock).await;
    app.sign_in("Cablevision").await;
    let dish = app.on("fingerprint b3RoZXI=");
    dish.sign_in("Dish").await;
    let token = app.token.clone();
    mock.server.shutdown().await;

    let mut fixtures = Fixtures::default();
    fixtures.mvpds.retain(|mvpd| &*mvpd.id != "Cablevision");
    for provider in &mut fixtures.service_providers {
        provider.integrations.retain(|integration| &*integration.mvpd != "Cablevision");
    }
    let notice = |line: &str| NOTICES.lock().unwrap().push(line.to_owned());
    let mock =
        Mock::with(|builder| builder.fixtures(fixtures).data_dir(folder.path(), notice)).await;
    let told = NOTICES.lock().unwrap().clone();
    assert!(told.len() == 1 && told[0].contains(": 2 of the objects in it are of"), "{told:?}");
    for path in ["profiles", "profiles/Cablevision", "profiles/Dish", "configuration"] {
        let call = mock.get(&format!("/api/v2/REF30/{path}")).bearer(&token);
        let answer = call.header("ap-device-identifier", crate::application::DEVICE).send().await;
        assert!(!answer.status.is_server_error(), "{path}: {answer:?}");
    }
}
