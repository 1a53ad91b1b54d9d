//! The program as a person or a script runs it.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Output, Stdio};

use http::{Method, StatusCode};
use pass_mock::config::Fixtures;

use crate::harness::{Call, Mock, Raw, address};

fn pass_mock(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pass-mock"));
    command.args(arguments).env_remove("RUST_BACKTRACE");
    command
}

pub(crate) fn run(arguments: &[&str]) -> Output {
    pass_mock(arguments).output().unwrap()
}

pub(crate) fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

/// A running program; killed when the test gives up.
pub(crate) struct Running {
    child: Child,
    pub(crate) service: String,
    pub(crate) control: String,
}

impl Running {
    pub(crate) fn start(arguments: &[&str]) -> Self {
        Self::start_by(&[env!("CARGO_BIN_EXE_pass-mock")], arguments)
    }

    /// Starts it by a command that ends in it.
    pub(crate) fn start_by(command: &[&str], arguments: &[&str]) -> Self {
        let mut child = Command::new(command[0])
            .args(&command[1..])
            .args(["--listen", "0", "--control", "0"])
            .args(arguments)
            .env_remove("RUST_BACKTRACE")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut ready = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut ready).unwrap();
        let words: Vec<_> = ready.split_whitespace().collect();
        let ["pass-mock", "ready:", "service", service, "control", control] = words[..] else {
            panic!("no ready line but {ready:?}");
        };
        Self { child, service: service.to_owned(), control: control.to_owned() }
    }

    /// Ends it with a signal and returns its exit code and what it said on standard error.
    pub(crate) fn end(mut self, signal: &str) -> (Option<i32>, String) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args([signal, &id]).status().unwrap().success());
        let stderr = std::io::read_to_string(self.child.stderr.take().unwrap()).unwrap();
        (self.child.wait().unwrap().code(), stderr)
    }

    /// Kills it as `kill -9` does, and returns what it said on standard error.
    pub(crate) fn kill(mut self) -> String {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        std::io::read_to_string(self.child.stderr.take().unwrap()).unwrap()
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Has ended already where the test went well.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test]
async fn it_answers_as_soon_as_it_says_so_and_ends_when_asked() {
    for signal in ["-INT", "-TERM"] {
        let running = Running::start(&["--seed", "1", "--throttle", "off"]);
        let call = Call::new(address(&running.service), Method::GET, "/api/v2/REF30/nothing");
        assert_eq!(call.send().await.status, StatusCode::NOT_FOUND);
        let banner_has = [running.service.clone(), running.control.clone()];
        let (code, stderr) = running.end(signal);
        assert_eq!(code, Some(0));
        for part in banner_has.iter().map(String::as_str).chain(["REF30", "demo / demo", "README"])
        {
            assert!(stderr.contains(part), "{part} is not in\n{stderr}");
        }
    }
}

/// With 64 open files there is room for 32 connections, and who only holds them open keeps nobody
/// from the service or from the control API.
#[cfg(unix)]
#[tokio::test]
async fn where_few_files_may_be_open_there_are_fewer_connections() {
    let few_files = r#"ulimit -n 64; exec "$0" "$@""#;
    let running = Running::start_by(&["sh", "-c", few_files, env!("CARGO_BIN_EXE_pass-mock")], &[]);
    let mut held = Vec::new();
    for _ in 0..100 {
        held.push(Raw::open(address(&running.service)).await);
    }
    let call = Call::new(address(&running.service), Method::GET, "/nothing");
    assert_eq!(call.send().await.status, StatusCode::NOT_FOUND);
    let control = address(&running.control);
    let call = Call::unnamed(control, Method::GET, "/health").header("host", &control.to_string());
    assert_eq!(call.send().await.status, StatusCode::OK);
    let (_, stderr) = running.end("-TERM");
    let line = "pass-mock: 32 connections at a time instead of 10000: the system lets this program";
    assert!(stderr.contains(line), "{stderr}");
}

#[tokio::test]
async fn what_cannot_be_done_is_one_line_and_exit_code_2() {
    let mock = Mock::start().await;
    let taken = mock.address().to_string();
    let folder = tempfile::tempdir().unwrap();
    let broken = folder.path().join("broken.yaml");
    std::fs::write(&broken, "service_providers: 7\n").unwrap();
    let broken = broken.to_str().unwrap();
    let expected: [(&[&str], &str); 12] = [
        (&["--lisen", "0"], "did you mean '--listen'?"),
        (&["--clock", "fast"], "such as x60"),
        (&["--listen", &taken, "--control", "0"], "already in use; --listen chooses another"),
        (&["--listen", "0", "--control", &taken], "already in use; --control chooses another"),
        (&["--listen", "192.0.2.1:0"], "cannot listen on 192.0.2.1:0"),
        (&["--fixtures", "/nowhere.yaml"], "/nowhere.yaml: cannot be read"),
        (&["--fixtures", broken], "broken.yaml:1:"),
        (&["fixtures", "check", broken], "broken.yaml:1:"),
        (&["fixtures"], "--help"),
        (&["--print-env", "--listen", "0"], "port 0"),
        (&["--listen", "0", "--tls", "/a.pem,/b.pem"], "/a.pem: cannot be read"),
        (&["--listen", "0", "--tls", "auto", "--data-dir", broken], "broken.yaml"),
    ];
    for (arguments, part) in expected {
        let output = run(arguments);
        let stderr = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}\n{stderr}");
        assert_eq!(stderr.lines().count(), 1, "{arguments:?}\n{stderr}");
        assert!(stderr.starts_with("pass-mock: ") && stderr.contains(part), "{stderr}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
    }
}

#[test]
fn help_and_version_are_no_errors() {
    for arguments in [&["--help"][..], &["-h"], &["serve", "--help"], &["fixtures", "--help"]] {
        let output = run(arguments);
        assert!(output.status.success() && output.stderr.is_empty());
        assert!(text(&output.stdout).contains("Usage:"));
    }
    assert!(text(&run(&["--help"]).stdout).contains("Examples:"));
    assert!(text(&run(&["--version"]).stdout).starts_with("pass-mock "));
}

#[test]
fn the_embedded_fixtures_can_be_printed_changed_and_used() {
    let printed = run(&["fixtures", "print-default"]);
    assert_eq!(text(&printed.stdout), Fixtures::default_yaml());
    let folder = tempfile::tempdir().unwrap();
    let own = folder.path().join("own.yaml");
    std::fs::write(&own, text(&printed.stdout).replace("id: demo", "id: viewer")).unwrap();
    let own = own.to_str().unwrap();
    let checked = run(&["fixtures", "check", own]);
    assert!(checked.status.success());
    assert!(text(&checked.stdout).contains("fine"));
    let environment = run(&["--fixtures", own, "--listen", "9000", "--print-env"]);
    let lines = text(&environment.stdout);
    assert!(lines.contains("PASS_USERNAME=viewer\n"));
    assert!(lines.contains("PASS_BASE_URL=http://127.0.0.1:9000\n"));
}

#[tokio::test]
async fn tls_is_one_option_and_the_program_says_what_to_trust() {
    let folder = tempfile::tempdir().unwrap();
    let data_dir = folder.path().join("data");
    let options = ["--tls", "auto", "--data-dir", data_dir.to_str().unwrap()];
    let running = Running::start(&options);
    assert!(running.service.starts_with("https://127.0.0.1:"), "{}", running.service);
    let control = address(&running.control);
    let ca = Call::unnamed(control, Method::GET, "/ca.pem").header("host", &control.to_string());
    let ca = ca.send().await;
    let file = data_dir.join("local-ca.pem");
    assert_eq!(std::fs::read(&file).unwrap(), ca.body);
    let (code, stderr) = running.end("-INT");
    assert_eq!(code, Some(0));
    for part in [file.to_str().unwrap(), "/ca.pem", "curl --cacert"] {
        assert!(stderr.contains(part), "{part} is not in\n{stderr}");
    }
    let environment = run(&[&options[..], &["--listen", "9000", "--print-env"]].concat());
    let lines = text(&environment.stdout);
    assert!(lines.contains("PASS_BASE_URL=https://127.0.0.1:9000\n"), "{lines}");
    assert!(lines.contains(&format!("PASS_CA_FILE={}\n", file.display())), "{lines}");
}
