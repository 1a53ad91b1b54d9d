//! Captures as the tools that people use write them, of one and the same story.

pub(crate) mod story;
pub(crate) mod writers;

use std::collections::BTreeMap;
use std::path::PathBuf;

use pass_conformance::judge::judge_all;
use pass_conformance::trace::capture::{Capture, Reading};
use pass_conformance::trace::{Call, Exchange, Trace};
use pass_conformance::verdict::{Edition, Verdict};

use story::{Told, story};
use writers::TOOLS;

fn read(name: &str, text: &str) -> Capture {
    let folder = tempfile::tempdir().unwrap();
    let path: PathBuf = folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    Capture::read(&[path], &Reading::default()).unwrap()
}

/// What matters of an exchange, whatever a tool makes of it.
fn essence(exchange: &Exchange) -> Told {
    let json = |text: &str| serde_json::from_str(text).unwrap_or_default();
    let is_form = exchange.header("content-type").is_some_and(|kind| kind.contains("form"));
    Told {
        at: exchange.arrived.at,
        took: exchange.answered.map(|answered| answered.at - exchange.arrived.at),
        call: exchange.call.map(Call::number),
        path: exchange.path.to_string(),
        token: exchange.bearer().map(str::to_owned),
        device: exchange.header("ap-device-identifier").map(str::to_owned),
        form: if is_form { exchange.form() } else { BTreeMap::new() },
        json: if is_form { serde_json::Value::Null } else { json(&exchange.body) },
        status: exchange.status(),
        answer: exchange.answer.as_ref().map(|answer| json(&answer.body)).unwrap_or_default(),
    }
}

fn verdicts(trace: &Trace) -> BTreeMap<(&'static str, Edition), Verdict> {
    let all = judge_all(trace).into_iter();
    all.map(|judged| ((judged.rule.id, judged.edition), judged.verdict)).collect()
}

#[test]
fn every_tools_capture_tells_the_same_story() {
    let expected: Vec<Told> = story().iter().map(Into::into).collect();
    let mut first: Option<(&str, BTreeMap<_, _>)> = None;
    for tool in TOOLS {
        let capture = read("session.har", &(tool.write)(&story()));
        let told: Vec<_> = capture.trace.exchanges.iter().map(essence).collect();
        for (told, expected) in told.iter().zip(&expected) {
            assert_eq!(told, expected, "{}", tool.name);
        }
        assert_eq!(told.len(), expected.len(), "{}", tool.name);
        assert_eq!(capture.contents.devices, 1, "{}", tool.name);
        assert_eq!(capture.trace.context.in_web_page, tool.is_browser, "{}", tool.name);
        assert!(capture.trace.context.hidden.is_empty(), "{}", tool.name);
        let mut verdicts = verdicts(&capture.trace);
        let bad: Vec<_> = verdicts.iter().filter(|(_, v)| **v >= Verdict::Inconclusive).collect();
        assert!(bad.is_empty(), "{}: {bad:?}", tool.name);
        // A web page need not describe its device.
        verdicts.retain(|(rule, _), _| *rule != "HDR-3");
        match &first {
            None => first = Some((tool.name, verdicts)),
            Some((other, same)) => assert_eq!(&verdicts, same, "{} and {other}", tool.name),
        }
    }
    let passed = first.map(|(_, all)| all.into_values().filter(|v| *v == Verdict::Pass).count());
    assert!(passed >= Some(30), "hardly anything was exercised: {passed:?}");
}

#[test]
fn every_tool_is_named_and_what_is_left_out_is_said() {
    let mut said = String::new();
    for tool in TOOLS {
        let contents = read("session.har", &(tool.write)(&story())).contents;
        said += &format!("{}\n", contents.recorders.join(", "));
        for left_out in &contents.left_out {
            let hosts = left_out.hosts.join(", ");
            said += &format!("  {} × {} ({hosts})\n", left_out.count, left_out.reason);
        }
    }
    insta::assert_snapshot!(said);
}

/// What was recorded by the tools themselves, of calls to the mock server: a first sign-in that
/// conforms, and a web page that goes on polling and asks for too many resources at once.
const RECORDED: [(&str, &str, usize, &[&str]); 3] = [
    ("mitmproxy", "mitmproxy", 10, &[]),
    ("playwright", "Playwright", 12, &["POL-5", "PRE-1"]),
    ("chrome-har", "chrome-har", 12, &["POL-5", "PRE-1"]),
];

#[test]
fn what_tools_really_wrote_is_read_and_judged() {
    for (file, recorder, exchanges, expected) in RECORDED {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/tools/recorded");
        let path = PathBuf::from(format!("{folder}/{file}.har"));
        let capture = Capture::read(&[path], &Reading::default()).unwrap();
        let recorders = &capture.contents.recorders;
        assert!(recorders[0].contains(recorder), "{recorders:?}");
        assert_eq!(capture.trace.exchanges.len(), exchanges, "{file}");
        assert!(capture.trace.context.hidden.is_empty(), "{file}");
        let verdicts = verdicts(&capture.trace).into_iter();
        let broken: Vec<_> = verdicts.filter(|(_, v)| *v >= Verdict::Inconclusive).collect();
        let expected: Vec<_> = expected
            .iter()
            .flat_map(|rule| [Edition::Oct2024, Edition::Apr2025].map(|edition| (*rule, edition)))
            .collect();
        let rules: Vec<_> = broken.iter().map(|(rule, _)| *rule).collect();
        assert_eq!(rules, expected, "{file}: {broken:?}");
    }
}
