//! The scenarios with their pictures.

use std::time::Duration;

use super::picture;
use crate::report::captures;
use crate::report::model::*;
use crate::report::terminal::paint::{count, instant, roughly};
use crate::verdict::Verdict;

/// A list of more moments than this is not read.
const LONGEST_LIST: usize = 400;

/// A scenario on the page.
pub(super) struct Shown<'a> {
    pub(super) scenario: &'a Scenario,
    pub(super) class: &'static str,
    pub(super) label: &'static str,
    pub(super) is_open: bool,
    pub(super) figures: String,
    pub(super) said: String,
    /// What a capture held, and what it cannot show.
    pub(super) held: Vec<String>,
    pub(super) picture: Option<String>,
    pub(super) moments: Vec<Moment<'a>>,
}

/// A line of the list.
pub(super) struct Moment<'a> {
    pub(super) at: String,
    pub(super) lane: &'static str,
    pub(super) what: std::borrow::Cow<'a, str>,
}

pub(super) fn all(report: &Report) -> Vec<Shown<'_>> {
    report.scenarios.iter().map(|scenario| shown(report, scenario)).collect()
}

fn shown<'a>(report: &'a Report, scenario: &'a Scenario) -> Shown<'a> {
    let (class, label) = label(report, scenario);
    let lasted = roughly(Duration::from_millis(scenario.lasted_ms.unsigned_abs()));
    let took = roughly(Duration::from_millis(scenario.took_ms));
    let calls = count(scenario.exchanges, "call");
    Shown {
        scenario,
        class,
        label,
        is_open: class == "fail",
        figures: format!("{calls}, {lasted} in the app's time, {took} in real time"),
        said: said(report, scenario),
        held: held(scenario),
        picture: picture::draw(report, scenario),
        moments: scenario
            .timeline
            .iter()
            .take(LONGEST_LIST)
            .map(|happened| moment(happened, scenario))
            .collect(),
    }
}

fn held(scenario: &Scenario) -> Vec<String> {
    let Some(capture) = &scenario.capture else { return Vec::new() };
    let cannot_show = capture.cannot_show.iter();
    let cannot_show = cannot_show.map(|sentence| format!("It cannot show this. {sentence}"));
    captures::sentences(scenario, capture).into_iter().chain(cannot_show).collect()
}

fn label(report: &Report, scenario: &Scenario) -> (&'static str, &'static str) {
    match scenario.outcome {
        ScenarioEnding::Completed => {}
        ScenarioEnding::HarnessError => return ("warn", scenario.outcome.words()),
        _ => return ("fail", scenario.outcome.words()),
    }
    let lacking = report.phases.iter().flat_map(|phase| &phase.unsupported);
    if lacking.into_iter().any(|action| scenario.unsupported.contains(action)) {
        return ("fail", "unsupported");
    }
    let here = scenario.verdicts.iter().filter(|v| v.edition == report.edition);
    match here.map(|v| v.verdict).max() {
        Some(Verdict::Fail) => ("fail", "violated"),
        Some(Verdict::Warn) => ("warn", "warned of"),
        Some(Verdict::Inconclusive) => ("note", "too close to call"),
        Some(Verdict::Pass) => ("ok", "kept"),
        _ => ("none", "nothing exercised"),
    }
}

fn said(report: &Report, scenario: &Scenario) -> String {
    let mut parts = Vec::new();
    let kinds =
        [(Verdict::Fail, "violated"), (Verdict::Warn, "warned of"), (Verdict::Pass, "kept")];
    for (verdict, words) in kinds {
        let here = scenario.verdicts.iter().filter(|v| v.edition == report.edition);
        let rules: Vec<_> =
            here.filter(|v| v.verdict == verdict).map(|v| v.rule.as_str()).collect();
        if !rules.is_empty() {
            parts.push(format!("{words}: {}", rules.join(", ")));
        }
    }
    parts.join("; ")
}

fn moment<'a>(happened: &'a Happened, scenario: &Scenario) -> Moment<'a> {
    let what = happened.what.as_str();
    Moment {
        at: instant(happened.at_ms),
        lane: match happened.lane {
            Lane::User => "viewer",
            Lane::App | Lane::Device => "device",
            Lane::SecondScreen if scenario.flow.as_deref() == Some("browser") => "browser",
            Lane::SecondScreen => "second screen",
            Lane::Provider => "provider",
        },
        what: match happened.status {
            Some(status) => format!("{what} → {status}").into(),
            None => what.into(),
        },
    }
}
