//! A scenario as a picture: lanes for the viewer, each device, the browser or second screen, and
//! the provider; time runs to the right, long waits drawn short.

use std::collections::BTreeMap;

use askama::Template;

use crate::report::model::*;
use crate::report::terminal::paint::instant;

/// More than this is no picture any more.
const MOST: usize = 400;
/// Where the first thing is drawn, in pixels.
const LEFT: f64 = 120.0;
/// What separates things that happen at once.
const STEP: f64 = 11.0;
/// How much room for a wait, times its logarithm in seconds.
const WAIT: f64 = 13.0;
/// The height of a lane.
const LANE: f64 = 34.0;
/// A longer run of one and the same request is drawn in part.
const LONG_RUN: usize = 12;
/// How much of a long run is drawn at either end.
const RUN_ENDS: usize = 3;
/// Rows that labels are spread over.
const ROWS: usize = 3;

#[derive(Template)]
#[template(path = "timeline.svg", escape = "html")]
struct Picture {
    label: String,
    width: f64,
    height: f64,
    foot: f64,
    lanes: Vec<LaneLine>,
    lines: Vec<Label>,
    ticks: Vec<Tick>,
    dots: Vec<Dot>,
    repeats: Vec<Tick>,
    middle: f64,
}

struct LaneLine {
    name: String,
    y: f64,
}

struct Label {
    x: f64,
    y: f64,
    to: f64,
    text: String,
}

struct Tick {
    x: f64,
    text: String,
}

struct Dot {
    x: f64,
    y: f64,
    title: String,
    shape: Shape,
    proves: Option<String>,
}

enum Shape {
    User,
    App,
    Request(&'static str),
}

/// The picture of a scenario in which something happened.
pub(super) fn draw(report: &Report, scenario: &Scenario) -> Option<String> {
    if scenario.timeline.is_empty() {
        return None;
    }
    let proofs = proofs(report, scenario);
    let lanes = lanes(scenario);
    let top = 16.0 * ROWS as f64 + 20.0;
    let y_of = |row: usize| top + LANE * (row as f64 + 0.5);
    let mut picture = Picture {
        label: format!("What happened in {}", scenario.name),
        width: 0.0,
        height: top + LANE * lanes.len() as f64 + 22.0,
        foot: top + LANE * lanes.len() as f64 + 14.0,
        lanes: lanes
            .iter()
            .enumerate()
            .map(|(row, (_, name))| LaneLine { name: name.clone(), y: y_of(row) })
            .collect(),
        lines: Vec::new(),
        ticks: Vec::new(),
        dots: Vec::new(),
        repeats: Vec::new(),
        middle: y_of(lanes.iter().position(|(key, _)| key.0 == 1).unwrap_or(0)),
    };
    let mut x = LEFT;
    let mut before = None;
    for shown in shorten(&scenario.timeline, &proofs).into_iter().take(MOST) {
        let happened = match shown {
            Shown::Moment(happened) => happened,
            Shown::Repeats(number) => {
                picture.repeats.push(Tick { x: x + STEP, text: format!("× {number}") });
                x += 5.0 * STEP;
                before = None;
                continue;
            }
        };
        if let Some(before) = before {
            let waited = (happened.at_ms - before) as f64 / 1000.0;
            x += STEP + WAIT * waited.max(0.0).ln_1p();
        }
        before = Some(happened.at_ms);
        let row = lanes.iter().position(|(key, _)| *key == key_of(happened)).unwrap_or(0);
        picture.add(happened, x.round(), y_of(row), proofs.get(&happened.order));
    }
    picture.width = (x + 160.0).round();
    picture.spread_labels();
    picture.render().ok()
}

/// What is drawn: a moment, or how often the one before it was repeated.
enum Shown<'a> {
    Moment(&'a Happened),
    Repeats(usize),
}

/// Of long runs of one and the same request only the beginning and the end, and what proves
/// something.
fn shorten<'a>(timeline: &'a [Happened], proofs: &BTreeMap<u64, String>) -> Vec<Shown<'a>> {
    let mut shown = Vec::new();
    let alike = |a: &Happened, b: &Happened| {
        a.lane == Lane::Device && (a.lane, &a.what, a.status) == (b.lane, &b.what, b.status)
    };
    for run in timeline.chunk_by(alike) {
        let mut hidden = 0;
        for (n, happened) in run.iter().enumerate() {
            let at_an_end = n < RUN_ENDS || n + RUN_ENDS >= run.len();
            if run.len() <= LONG_RUN || at_an_end || proofs.contains_key(&happened.order) {
                if hidden > 0 {
                    shown.push(Shown::Repeats(std::mem::take(&mut hidden)));
                }
                shown.push(Shown::Moment(happened));
            } else {
                hidden += 1;
            }
        }
    }
    shown
}

/// The rules that each moment of a scenario proves violated.
fn proofs(report: &Report, scenario: &Scenario) -> BTreeMap<u64, String> {
    let violations = report.rules.iter().flat_map(|rule| {
        let here = rule.violations.iter().filter(|v| v.scenario == scenario.name);
        here.map(move |violation| (rule, violation))
    });
    let proof = |(rule, violation): (&RuleReport, &ViolationReport)| {
        violation.evidence.last().map(|evidence| (evidence.order, rule.id.clone()))
    };
    violations.filter_map(proof).collect()
}

type Key = (u8, u32);

/// What a device shows and what it requests share a lane.
const fn key_of(happened: &Happened) -> Key {
    match happened.lane {
        Lane::User => (0, 0),
        Lane::App | Lane::Device => (1, happened.device),
        Lane::SecondScreen => (2, 0),
        Lane::Provider => (3, 0),
    }
}

/// The lanes in which something happens, from top to bottom. Device and second screen are always
/// there.
fn lanes(scenario: &Scenario) -> Vec<(Key, String)> {
    let mut keys: Vec<Key> = scenario.timeline.iter().map(key_of).chain([(1, 0), (2, 0)]).collect();
    keys.sort_unstable();
    keys.dedup();
    let devices = keys.iter().filter(|(kind, _)| *kind == 1).count();
    let name = |key: Key| match key {
        (0, _) => "Viewer".to_owned(),
        (1, device) if devices > 1 => format!("Device {}", device + 1),
        (1, _) => "Device".to_owned(),
        (2, _) if scenario.flow.as_deref() == Some("browser") => "Browser".to_owned(),
        (2, _) => "Second screen".to_owned(),
        _ => "Provider".to_owned(),
    };
    keys.into_iter().map(|key| (key, name(key))).collect()
}

impl Picture {
    fn add(&mut self, happened: &Happened, x: f64, y: f64, proves: Option<&String>) {
        let status = happened.status.map(|status| format!(" → {status}")).unwrap_or_default();
        let at = instant(happened.at_ms);
        self.dots.push(Dot {
            x,
            y,
            title: format!("{at}  {}{status}", happened.what),
            shape: match (happened.lane, happened.status) {
                (Lane::User, _) => Shape::User,
                (Lane::App, _) => Shape::App,
                (_, Some(200..=399)) => Shape::Request("ok"),
                (_, Some(_)) => Shape::Request("bad"),
                (_, None) => Shape::Request("none"),
            },
            proves: proves.cloned(),
        });
        if happened.lane == Lane::User {
            let text = happened.what.strip_prefix("the user ").unwrap_or(&happened.what);
            self.lines.push(Label { x, y: 0.0, to: y, text: text.to_owned() });
        }
        if self.ticks.last().is_none_or(|last| x - last.x > 70.0) {
            self.ticks.push(Tick { x, text: at });
        }
    }

    /// Puts each label into the first row that has room for it.
    fn spread_labels(&mut self) {
        let mut ends = [0.0_f64; ROWS];
        for label in &mut self.lines {
            let free = ends.iter().position(|end| *end < label.x);
            let row = free.unwrap_or(ROWS - 1);
            label.y = 14.0 + 16.0 * row as f64;
            ends[row] = label.x + 6.2 * label.text.chars().count() as f64 + 10.0;
            self.width = self.width.max(ends[row]);
        }
    }
}
