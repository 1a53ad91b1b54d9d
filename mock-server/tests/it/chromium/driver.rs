//! Starts Chromium and its driver, and ends them by their numbers whatever happens.

use std::cell::Cell;
use std::io::{BufRead as _, BufReader};
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::Setup;

pub(super) const PROGRAMS: [&str; 2] = ["chromium", "chromedriver"];

/// A driver starts in a second; on a busy machine in ten.
const START: Duration = Duration::from_secs(60);

/// Nothing is fetched, reported or looked up that a page did not ask for, and no name leads
/// anywhere but to this machine.
const SWITCHES: &[&str] = &[
    "--headless=new",
    // The checks run as root in a container, where Chromium's own sandbox cannot.
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-breakpad",
    "--disable-client-side-phishing-detection",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-extensions",
    "--disable-sync",
    "--disable-features=AutofillServerCommunication,MediaRouter,OptimizationHints,Translate",
    "--metrics-recording-only",
    "--no-pings",
    "--no-proxy-server",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--force-prefers-reduced-motion",
];

/// Where a program is.
pub(super) fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file())
}

/// A running driver, and its browser.
pub(super) struct Driver {
    child: Child,
    url: String,
    home: TempDir,
    browser: Cell<Option<Pid>>,
}

impl Driver {
    pub(super) async fn start() -> Self {
        let home = tempfile::tempdir().unwrap();
        let mut child = Command::new(find("chromedriver").unwrap())
            .arg("--port=0")
            .env("HOME", home.path())
            .env("XDG_CONFIG_HOME", home.path())
            .env("XDG_CACHE_HOME", home.path())
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let said = child.stdout.take().unwrap();
        let mut driver = Self { child, url: String::new(), home, browser: Cell::default() };
        let (tell, told) = mpsc::channel();
        // Reads on after the port was told: a full pipe would stop the driver.
        std::thread::spawn(move || {
            for line in BufReader::new(said).lines().map_while(Result::ok) {
                if let Some((_, port)) = line.split_once("started successfully on port ") {
                    let _ = tell.send(port.trim_end_matches('.').to_owned());
                }
            }
        });
        let port = told.recv_timeout(START).expect("chromedriver tells its port");
        driver.url = format!("http://127.0.0.1:{port}");
        driver
    }

    /// Starts the browser.
    pub(super) async fn session(&self, setup: Setup) -> Client {
        let Value::Object(wanted) = self.wanted(setup) else { unreachable!() };
        let mut builder = ClientBuilder::new(HttpConnector::new());
        let connecting = builder.capabilities(wanted).connect(&self.url);
        let client = tokio::time::timeout(START, connecting).await.expect("it starts").unwrap();
        let id = client.capabilities().and_then(|all| all.get("goog:processID")?.as_i64());
        self.browser.set(id.and_then(|id| Pid::from_raw(id.try_into().unwrap())));
        client
    }

    fn wanted(&self, setup: Setup) -> Value {
        let profile = self.home.path().join("profile");
        let mut switches: Vec<String> = SWITCHES.iter().map(|s| (*s).to_owned()).collect();
        switches.push(format!("--user-data-dir={}", profile.display()));
        // 1 allows, 2 blocks.
        let scripts = if setup.without_scripts { 2 } else { 1 };
        json!({
            "browserName": "chrome",
            "goog:chromeOptions": {
                "binary": find("chromium").unwrap(),
                "args": switches,
                "prefs": {"profile.default_content_setting_values.javascript": scripts},
                "perfLoggingPrefs": {"enablePage": false},
            },
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
        })
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        if let Some(browser) = self.browser.get() {
            let _ = kill_process(browser, Signal::KILL);
        }
        if let Some(group) = Pid::from_raw(self.child.id().try_into().unwrap_or(0)) {
            let _ = kill_process_group(group, Signal::KILL);
        }
        let _ = self.child.wait();
    }
}
