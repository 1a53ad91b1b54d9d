//! Files and lines.

use std::fmt::Debug;
use std::fs;

use pass_conformance::judge::judge_all;
use pass_conformance::protocol::{FromClient, ToClient};
use pass_conformance::scenario;
use pass_conformance::trace::capture::{Capture, Reading};
use pass_mock::config::Fixtures;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A fixtures file.
pub fn fixtures(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Err(mistake) = Fixtures::from_yaml("fuzzed.yaml", text) {
        assert!(mistake.to_string().starts_with("fuzzed.yaml"), "{mistake}");
    }
}

/// A scenario file.
pub fn scenario(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    match scenario::load_text("fuzzed", "fuzzed.yaml", text) {
        Ok(scenarios) => assert!((1..=2).contains(&scenarios.len())),
        Err(mistake) => assert!(mistake.to_string().starts_with("fuzzed.yaml"), "{mistake}"),
    }
}

/// Lines of the adapter protocol, in both directions.
pub fn adapter(data: &[u8]) {
    for line in String::from_utf8_lossy(data).lines() {
        means_the_same::<FromClient>(line);
        means_the_same::<ToClient>(line);
    }
}

fn means_the_same<T: Serialize + DeserializeOwned + PartialEq + Debug>(line: &str) {
    let Ok(said) = serde_json::from_str::<T>(line) else { return };
    let again = serde_json::to_string(&said).expect("what was read can be said");
    let heard: T = serde_json::from_str(&again).expect("what was said can be read");
    assert_eq!(said, heard, "{line} became {again}");
}

/// A recording, read and judged.
pub fn capture(data: &[u8]) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("fuzzed.har");
    fs::write(&path, data).expect("a temporary file");
    for allow_truncated in [false, true] {
        let reading = Reading { allow_truncated, from_launch: true, ..Reading::default() };
        if let Ok(capture) = Capture::read(std::slice::from_ref(&path), &reading) {
            judge_all(&capture.trace);
        }
    }
}
