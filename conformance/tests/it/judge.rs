//! `pass-conformance judge` as a person or a script runs it.

use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use proptest::prelude::*;
use serde_json::{Value, json};
use tempfile::TempDir;

use pass_conformance::judge::judge_all;
use pass_conformance::trace::capture::{Capture, Reading};

use super::tools::story::{Asked, HOST, story};
use super::tools::writers::TOOLS;

/// A folder with files.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).to_str().unwrap().to_owned()
    }

    fn file(&self, name: &str, text: impl AsRef<[u8]>) -> String {
        let path = self.path(name);
        std::fs::write(&path, text).unwrap();
        path
    }
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pass-conformance"));
    command.arg("judge").args(arguments).env_remove("RUST_BACKTRACE").env_remove("GITHUB_ACTIONS");
    command
}

fn judge(arguments: &[&str]) -> Output {
    command(arguments).output().unwrap()
}

/// The JSON report, and the exit code.
fn report(arguments: &[&str]) -> (Value, Option<i32>) {
    let output = judge(&[arguments, &["--report", "json=-"]].concat());
    let report = serde_json::from_slice(&output.stdout);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let report = report.unwrap_or_else(|error| panic!("{error}: {said}"));
    keeps_to_schema(&report);
    (report, output.status.code())
}

/// Asserts that a report is what its schema says.
fn keeps_to_schema(report: &Value) {
    let schema = concat!(env!("CARGO_MANIFEST_DIR"), "/schema/report.schema.json");
    let schema = serde_json::from_str(&std::fs::read_to_string(schema).unwrap()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let wrong: Vec<_> = validator.iter_errors(report).map(|error| error.to_string()).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}

/// Asserts exit code 2 and one line on standard error, and returns it.
fn refused(arguments: &[&str]) -> String {
    let output = judge(arguments);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
    assert!(output.stdout.is_empty(), "{arguments:?}");
    assert_eq!(said.lines().count(), 1, "{said}");
    said
}

/// A story as a tool writes it.
fn written(tool: &str, story: &[Asked]) -> String {
    (TOOLS.iter().find(|known| known.name == tool).unwrap().write)(story)
}

/// The story of a client that sends no device identifier, and polls too fast.
fn careless() -> Vec<Asked> {
    let mut all = story();
    for asked in &mut all {
        asked.headers.retain(|(name, _)| *name != "AP-Device-Identifier");
    }
    let poll = all.iter().position(|asked| asked.call == 10).unwrap();
    for seconds in 1..5 {
        let again = Asked { at: all[poll].at + seconds * 1000, ..all[poll].clone() };
        all.insert(poll + usize::try_from(seconds).unwrap(), again);
    }
    all
}

fn verdict<'r>(report: &'r Value, rule: &str, edition: &str) -> &'r str {
    let rules = report["rules"].as_array().unwrap();
    let rule = rules.iter().find(|known| known["id"] == rule).unwrap();
    rule["editions"][edition]["verdict"].as_str().unwrap()
}

#[test]
fn a_conforming_capture_is_green_and_says_what_it_cannot_show() {
    let folder = Folder::new();
    let har = folder.file("session.har", written("Charles", &story()));
    let shown = judge(&[&har]);
    let text = String::from_utf8(shown.stdout).unwrap();
    assert_eq!(shown.status.code(), Some(0), "{text}");
    for part in ["What this cannot show", "HAR by Charles Proxy 4.6.4", "11 exchanges of 1 device"]
    {
        assert!(text.contains(part), "no {part} in {text}");
    }
    let (report, code) = report(&[&har]);
    assert_eq!(code, Some(0));
    let capture = &report["scenarios"][0]["capture"];
    assert_eq!(report["scenarios"][0]["name"], "session.har");
    assert_eq!(capture["devices"], 1);
    assert_eq!(capture["sha256"][0].as_str().map(str::len), Some(64));
    assert_eq!(capture["left_out"].as_array().unwrap().len(), 3, "{capture}");
    for rule in pass_conformance::rules::all().iter().filter(|rule| rule.needs_events) {
        for edition in report["rules"]
            .as_array()
            .unwrap()
            .iter()
            .find(|r| r["id"] == rule.id)
            .unwrap()["editions"]
            .as_object()
            .unwrap()
            .values()
        {
            assert_eq!(edition["verdict"], "not_applicable", "{}", rule.id);
            assert!(edition["reason"].is_string());
        }
    }
    assert_eq!(verdict(&report, "POL-1", "2024-10"), "pass");
}

#[test]
fn a_careless_client_is_red_in_every_report_and_no_report_tells_a_secret() {
    let folder = Folder::new();
    let formats = ["json", "html", "junit", "markdown", "sarif"];
    for tool in TOOLS {
        let har = folder.file("session.har", written(tool.name, &careless()));
        let wanted: Vec<_> =
            formats.iter().map(|format| format!("{format}={}", folder.path(format))).collect();
        let mut arguments = vec![har.as_str()];
        wanted.iter().for_each(|wanted| arguments.extend(["--report", wanted]));
        let shown = judge(&arguments);
        assert_eq!(shown.status.code(), Some(1), "{}", tool.name);
        let mut texts = vec![String::from_utf8(shown.stdout).unwrap()];
        texts.extend(formats.iter().map(|f| std::fs::read_to_string(folder.path(f)).unwrap()));
        for (text, format) in texts.iter().zip(["terminal"].iter().chain(&formats)) {
            assert!(text.contains("HDR-1"), "{}: the {format} report", tool.name);
            for secret in [
                "very-secret-secret",
                "0123456789abcdef0123456789abcdef",
                "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhcHAifQ.c2ln",
                "bWVkaWEtdG9rZW4",
            ] {
                assert!(!text.contains(secret), "{}: the {format} report has {secret}", tool.name);
            }
        }
        assert!(texts.iter().any(|text| text.contains("‹token#1›")), "{}", tool.name);
    }
}

#[test]
fn edition_strictness_and_known_failures_count_as_in_a_run() {
    let folder = Folder::new();
    let mut slow = story();
    let poll = slow.iter().position(|asked| asked.call == 10).unwrap();
    for seconds in [5, 10] {
        let again = Asked { at: slow[poll].at + seconds * 1000, ..slow[poll].clone() };
        slow.insert(poll + 1, again);
    }
    let har = folder.file("a.har", written("Firefox", &slow));
    let code = |more: &[&str]| judge(&[&[har.as_str()], more].concat()).status.code();
    assert_eq!(code(&[]), Some(0), "five seconds are a warning in the older edition");
    assert_eq!(code(&["--strict"]), Some(1));
    assert_eq!(code(&["--strict", "--edition", "2025-04"]), Some(0));
    let known = folder.file("known.yaml", "a.har:POL-1: the old remote\n");
    assert_eq!(code(&["--strict", "--known-failures", &known]), Some(0));
    let stale = folder.file("stale.yaml", "a.har:HDR-1: fixed long ago\n");
    assert_eq!(code(&["--known-failures", &stale]), Some(1));
    let other = folder.file("other.yaml", "b.har:POL-1: another\n");
    assert!(refused(&[&har, "--known-failures", &other]).contains("no capture matches"));
}

#[test]
fn what_cannot_be_used_is_refused_with_its_place() {
    let folder = Folder::new();
    let whole = written("mitmproxy", &story());
    let cut = folder.file("cut.har", &whole[..whole.len() * 6 / 10]);
    let said = refused(&[&cut]);
    assert!(said.contains("cut.har:") && said.contains("log.entries["), "{said}");
    assert!(said.contains("the file breaks off here; --allow-truncated"), "{said}");
    let (judged, _) = report(&[&cut, "--allow-truncated"]);
    let notes = judged["scenarios"][0]["capture"]["notes"].to_string();
    assert!(notes.contains("it is judged up to there"), "{notes}");

    let entry = |member: &str, value: Value| {
        let mut har: Value = serde_json::from_str(&whole).unwrap();
        har["log"]["entries"][3][member] = value;
        folder.file("wrong.har", format!("{har:#}"))
    };
    let said = refused(&[&entry("startedDateTime", json!("yesterday"))]);
    assert!(said.contains("log.entries[3]: `startedDateTime` is `yesterday`; expected"), "{said}");
    let said = refused(&[&entry("request", json!(7))]);
    assert!(said.contains("log.entries[3]: no `request.url`; expected"), "{said}");
    let bad = whole.replacen("\"method\":", "\"method\" ", 1);
    let said = refused(&[&folder.file("bad.har", bad)]);
    assert!(said.contains("log.entries[0]: expected `:`"), "{said}");

    let journal = r#"{"format":"pass-mock-journal","version":1,"exported_at":0,"forgotten":0}"#;
    let lines = folder.file("lines.jsonl", format!("{journal}\n\n{{\"id\":1}}\n"));
    assert!(refused(&[&lines]).contains("lines.jsonl:3: missing field `arrived`"));
    let newer = folder.file("newer.jsonl", journal.replace("\"version\":1", "\"version\":2"));
    assert!(refused(&[&newer]).contains("version 2; expected version 1"));
    for (text, expected) in [
        (&b""[..], "it is empty; expected a HAR file"),
        (b"[]", "it is no JSON object; expected a HAR file"),
        (b"<xml/>", "it is no JSON object"),
        (b"{\"log\":{}}", "there is no `log.entries`"),
        (b"{\"log\":{\"entries\":[]}}", "it holds nothing at all"),
        (b"\xff\xfe{\x00", "it is UTF-16; save it as UTF-8"),
        (b"\x1f\x8b\x08\x00", "it is compressed; unpack it"),
    ] {
        let said = refused(&[&folder.file("odd.har", text)]);
        assert!(said.contains("odd.har: ") && said.contains(expected), "{said}");
    }
    assert!(refused(&[&folder.path("missing.har")]).contains("missing.har: cannot be read"));
    assert!(refused(&[&cut, &cut]).contains("is given twice"));
    assert!(refused(&[&cut, "--base-url", "gateway"]).contains("expected a URL such as"));
    assert!(refused(&[]).contains("<CAPTURE>"));
}

#[test]
fn a_service_elsewhere_is_found_by_what_it_is_asked_or_named() {
    let folder = Folder::new();
    let at =
        |place: &str| folder.file("session.har", written("Chrome", &story()).replace(HOST, place));
    assert_eq!(judge(&[&at("127.0.0.1:8080")]).status.code(), Some(0));
    let behind = at("gateway.example/pass");
    let said = refused(&[&behind]);
    assert!(
        said.contains("holds no request of a client") && said.contains("gateway.example"),
        "{said}"
    );
    let named = judge(&[&behind, "--base-url", "http://Gateway.example/pass/"]);
    assert_eq!(named.status.code(), Some(0));
}

#[test]
fn a_server_is_judged_as_one_where_it_is_said_to_be_one() {
    let folder = Folder::new();
    let server = ["--capability", "server_to_server"];
    let devices = folder.file("devices.har", written("Charles", &story()));
    let (undeclared, code) = report(&[&devices]);
    assert_eq!((verdict(&undeclared, "HDR-7", "2025-04"), code), ("not_applicable", Some(0)));
    let (careless, code) = report(&[&[devices.as_str()], &server[..]].concat());
    assert_eq!((verdict(&careless, "HDR-7", "2025-04"), code), ("fail", Some(1)));
    assert_eq!(verdict(&careless, "HDR-9", "2025-04"), "warn");
    assert_eq!(careless["client"]["capabilities"], json!(["server_to_server"]));

    let mut forwarded = story();
    for asked in &mut forwarded {
        asked.headers.push(("X-Forwarded-For", "203.0.113.7".to_owned()));
    }
    let forwarded = folder.file("server.har", written("Charles", &forwarded));
    let (told, code) = report(&[&[forwarded.as_str()], &server[..]].concat());
    assert_eq!((verdict(&told, "HDR-7", "2025-04"), code), ("pass", Some(0)));
    for rule in told["rules"].as_array().unwrap() {
        // What was not named is nothing that the client cannot do.
        let reason = rule["editions"]["2025-04"]["reason"].as_str().unwrap_or_default();
        assert!(!reason.contains("does not declare"), "{}: {reason}", rule["id"]);
    }
}

#[test]
fn a_mistyped_capability_is_told_with_what_was_meant() {
    let said = judge(&["x.har", "--capability", "server_to_servers"]);
    assert_eq!(said.status.code(), Some(2));
    let said = String::from_utf8(said.stderr).unwrap();
    assert!(said.contains("did you mean `server_to_server`?"), "{said}");
}

#[test]
fn parts_of_a_recording_are_judged_as_the_whole() {
    let folder = Folder::new();
    let all = story();
    let (early, late) = all.split_at(5);
    let whole = folder.file("whole.har", written("Safari", &all));
    let early = folder.file("early.har", written("Proxyman", early));
    let late = folder.file("late.har", written("Safari", late));
    let verdicts = |report: &Value| report["scenarios"][0]["verdicts"].clone();
    let (joined, code) = report(&[&late, &early, "--join"]);
    assert_eq!((code, &joined["scenarios"][0]["name"]), (Some(0), &json!("late.har + early.har")));
    assert_eq!(joined["scenarios"].as_array().unwrap().len(), 1);
    let (whole, _) = report(&[&whole]);
    assert_eq!(verdicts(&joined), verdicts(&whole));
    let (each, _) = report(&[&late, &early]);
    assert_eq!(each["scenarios"].as_array().unwrap().len(), 2);
}

#[test]
fn devices_in_one_capture_are_told_apart() {
    let folder = Folder::new();
    let mut both = story();
    for mut asked in story() {
        asked.at += 250;
        for (name, value) in &mut asked.headers {
            match *name {
                "Authorization" => *value = value.replace("0123", "9999"),
                "AP-Device-Identifier" => *value = "fingerprint cGhvbmU=".into(),
                _ => {}
            }
        }
        let other = |text: String| text.replace("client-1", "client-2").replace("0123", "9999");
        let other = |text: String| other(text).replace("8ER640M", "9ER640M");
        asked.path = other(asked.path);
        asked.answer = asked.answer.map(|(status, answer)| {
            (status, serde_json::from_str(&other(answer.to_string())).unwrap())
        });
        for (name, value) in &mut asked.form {
            if *name == "client_id" {
                *value = "client-2";
            }
        }
        both.push(asked);
    }
    let har = folder.file("both.har", written("mitmproxy", &both));
    let (apart, code) = report(&[&har]);
    assert_eq!(code, Some(0), "{}", apart["summary"]);
    assert_eq!(apart["scenarios"][0]["capture"]["devices"], 2);
    let (one, code) = report(&[&har, "--one-device"]);
    assert_eq!((code, verdict(&one, "HDR-2", "2024-10")), (Some(1), "fail"));
}

#[test]
fn what_a_tool_kept_to_itself_is_held_against_nobody() {
    let folder = Folder::new();
    let mut har: Value = serde_json::from_str(&written("Chrome", &story())).unwrap();
    for entry in har["log"]["entries"].as_array_mut().unwrap() {
        let headers = entry["request"]["headers"].as_array_mut().unwrap();
        headers.retain(|header| header["name"] != "authorization");
    }
    let (sanitised, code) = report(&[&folder.file("sanitised.har", har.to_string())]);
    assert_eq!((code, verdict(&sanitised, "REG-1", "2024-10")), (Some(0), "not_applicable"));
    assert_eq!(verdict(&sanitised, "POL-1", "2024-10"), "pass");

    for entry in har["log"]["entries"].as_array_mut().unwrap() {
        let content = entry["response"]["content"].as_object_mut().unwrap();
        content.remove("text");
        entry["request"]["postData"].take();
    }
    let (bare, code) = report(&[&folder.file("bare.har", har.to_string())]);
    assert_eq!((code, verdict(&bare, "DEC-1", "2024-10")), (Some(0), "not_applicable"));
    assert_eq!(verdict(&bare, "AUT-3", "2024-10"), "not_applicable");
    assert_eq!(verdict(&bare, "HDR-1", "2024-10"), "pass");
}

#[test]
fn a_capture_may_come_from_standard_input() {
    let mut child = command(&["-"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let text = written("Charles", &story());
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
}

fn changed() -> impl Strategy<Value = Vec<u8>> {
    let tool = 0..TOOLS.len();
    let changes = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..4_u8), 1..8);
    (tool, changes).prop_map(|(tool, changes)| {
        let mut bytes = (TOOLS[tool].write)(&careless()).into_bytes();
        for (place, byte, how) in changes {
            let place = place.index(bytes.len());
            match how {
                0 => drop(bytes.remove(place)),
                1 => bytes.insert(place, byte),
                2 => bytes.truncate(place.max(1)),
                _ => bytes[place] = byte,
            }
        }
        bytes
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn no_change_of_a_file_makes_it_panic(bytes in changed(), allow_truncated: bool) {
        let folder = Folder::new();
        let path = folder.file("changed.har", bytes).into();
        let reading = Reading { allow_truncated, ..Reading::default() };
        match Capture::read(&[path], &reading) {
            Ok(capture) => drop(judge_all(&capture.trace)),
            Err(error) => prop_assert!(error.to_string().contains("changed.har:"), "{}", error),
        }
    }
}
