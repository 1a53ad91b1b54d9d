//! What was judged, where it is a capture, and how that is said.

use super::model::{CaptureReport, LeftOutReport, Scenario};
use super::terminal::paint::count;
use crate::redact::Redactor;
use crate::trace::capture::{Contents, LeftOut};

/// What a report says of a capture. Secrets in it are replaced by pseudonyms.
pub(super) fn report(contents: &Contents, redactor: &Redactor) -> CaptureReport {
    let texts = |all: &[String]| all.iter().map(|text| redactor.text(text)).collect();
    let left_out = |left_out: &LeftOut| LeftOutReport {
        count: left_out.count,
        reason: left_out.reason.clone(),
        hosts: texts(&left_out.hosts),
    };
    CaptureReport {
        recorders: texts(&contents.recorders),
        sha256: contents.sha256.clone(),
        devices: contents.devices,
        by_user_agent: contents.by_user_agent,
        left_out: contents.left_out.iter().map(left_out).collect(),
        notes: texts(&contents.notes),
        cannot_show: contents.cannot_show.clone(),
    }
}

/// What a capture held, in sentences.
pub(super) fn sentences(scenario: &Scenario, capture: &CaptureReport) -> Vec<String> {
    let exchanges = count(scenario.exchanges, "exchange");
    let devices = count(usize::try_from(capture.devices).unwrap_or(usize::MAX), "device");
    let mut said =
        vec![format!("{exchanges} of {devices} judged; {}", capture.recorders.join(", "))];
    for left_out in &capture.left_out {
        let hosts = match left_out.hosts.as_slice() {
            [] => String::new(),
            hosts => format!(" ({})", hosts.join(", ")),
        };
        said.push(format!("left out {}: {}{hosts}", left_out.count, left_out.reason));
    }
    said.extend(capture.notes.iter().cloned());
    said
}

/// What the captures of a report cannot show, each once.
pub(super) fn cannot_show(scenarios: &[Scenario]) -> Vec<&str> {
    let mut all: Vec<&str> = Vec::new();
    let captures = scenarios.iter().filter_map(|scenario| scenario.capture.as_ref());
    for sentence in captures.flat_map(|capture| &capture.cannot_show) {
        if !all.contains(&sentence.as_str()) {
            all.push(sentence);
        }
    }
    all
}
