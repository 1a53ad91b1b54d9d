//! A sitting as data: what the page shows, and what a script is told.

use std::sync::Arc;
use std::time::Instant;

use schemars::JsonSchema;
use serde::Serialize;

use super::answers::{self, Answer};
use super::board::{Board, RuleSoFar};
use super::sitting::{Playing, Sitting, State, StepNow};
use super::words::{self, Words};
use crate::driver::attach::{Seat, Task};
use crate::judge::Judgement;
use crate::outcome::ScenarioOutcome;
use crate::protocol::{Action, Flow, Hello};
use crate::report::terminal::paint::roughly;
use crate::report::{Outcome, html};
use crate::runner::{Planned, Scene, name_of};
use crate::scenario::{Scenario, Step};
use crate::trace::{Event, Exchange, Trace};
use crate::verdict::{Edition, Verdict};

/// How many of the last calls are shown.
const CALLS: usize = 25;

/// Everything about a sitting.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct View {
    /// Changes with everything else; to be given as `since` to wait for the next change.
    pub version: String,
    /// How far it is.
    pub phase: Phase,
    /// The edition that sets the result.
    pub edition: String,
    /// The client's name and version, once it has told.
    pub client: Option<String>,
    /// What is played, in a line.
    pub outlook: Option<String>,
    /// The scenarios, in the order of the report.
    pub scenarios: Vec<Item>,
    /// The scenario that is being played.
    pub playing: Option<Now>,
    /// The devices.
    pub devices: Vec<Device>,
    /// The rules that were exercised.
    pub rules: Vec<RuleSoFar>,
    /// How many rules there are.
    pub rules_in_all: usize,
    /// The last calls of the scenario that is being played, latest first.
    pub calls: Vec<Call>,
    /// What came of it, when it is over.
    pub result: Option<Result>,
}

/// How far a sitting is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Nobody has introduced themselves yet.
    WaitingForDevice,
    /// Scenarios are being played.
    Playing,
    /// Everything is over; the report is there.
    Over,
}

/// One scenario of the plan.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Item {
    /// Its name.
    pub name: String,
    /// Its title.
    pub title: String,
    /// Whether viewers sign in with a code, on another device.
    pub with_code: bool,
    /// `waiting`, `playing`, or how it ended.
    pub state: String,
    /// More about that.
    pub detail: Option<String>,
    /// Roughly how long it takes at least, in seconds.
    pub seconds: u64,
    /// The rules that it violated in the edition that sets the result.
    pub violated: Vec<String>,
}

/// The scenario that is being played.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Now {
    /// Its name.
    pub name: String,
    /// Its title.
    pub title: String,
    /// Whether viewers sign in with a code, on another device.
    pub with_code: bool,
    /// Why it matters.
    pub why: String,
    /// The step it is at, counted from 1.
    pub step: usize,
    /// How many there are.
    pub steps: usize,
}

/// One device.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Device {
    /// Its number, counted from 1.
    pub number: usize,
    /// Where it calls the service.
    pub base_url: String,
    /// Whether somebody has introduced themselves.
    pub attached: bool,
    /// Whether a person does what is asked.
    pub by_hand: bool,
    /// Whether what it shows is told.
    pub tells: bool,
    /// What is asked of it.
    pub task: Asked,
    /// What its app is to be set to.
    pub settings: Vec<Setting>,
}

/// Something to be set in the app.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Setting {
    /// What it is.
    pub name: &'static str,
    /// Its value.
    pub value: String,
}

/// What is asked of a device.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Asked {
    /// `nothing`, `introduce`, `prepare`, `do` or `wait`.
    pub kind: &'static str,
    /// What, in a line.
    pub headline: String,
    /// More about it.
    pub details: Vec<String>,
    /// What the harness waits for.
    pub waiting_for: Option<String>,
    /// For how many seconds more at most.
    pub seconds_left: Option<u64>,
    /// The resources of a catalogue that is to be told.
    pub catalogue: Vec<String>,
    /// The id of the action that is asked for.
    pub id: Option<u64>,
    /// What can be answered.
    pub answers: Vec<Answer>,
    /// What can be told beside it.
    pub aside: Vec<Answer>,
}

/// One call of a client.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Call {
    /// The device, counted from 1.
    pub device: u32,
    /// When it arrived, in milliseconds since the epoch.
    pub at: i64,
    /// The method.
    pub method: String,
    /// The path, without the query.
    pub path: String,
    /// The status of the answer; `null` when there was none.
    pub status: Option<u16>,
    /// Whether it came from a browser.
    pub user_agent: bool,
}

/// What came of a sitting.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Result {
    /// In a word.
    pub outcome: Outcome,
    /// In a line.
    pub headline: String,
    /// Why, one sentence each.
    pub reasons: Vec<String>,
    /// The exit code of the program.
    pub exit_code: u8,
}

impl Sitting {
    /// Tells one view from another without looking at everything.
    pub(super) fn version(&self) -> String {
        let calls = self
            .state()
            .playing
            .as_ref()
            .and_then(|playing| playing.scene.as_ref().map(|scene| scene.journal.len()));
        format!("{}-{}", *self.changes().borrow(), calls.unwrap_or_default())
    }

    /// Everything about it.
    pub fn view(&self) -> View {
        let (mut view, board, told) = self.at_hand();
        // Judging takes its time, and the story must not wait for it.
        let live = told.map(|(scene, events)| (scene.so_far(&events), scene.scenario.name));
        view.calls = live.as_ref().map(|(trace, _)| calls(trace)).unwrap_or_default();
        view.rules = board.with(live, self.settings().gate);
        view
    }

    /// Everything about it but the calls and the rules, and what those are made from.
    fn at_hand(&self) -> (View, Board, Option<(Scene, Vec<Event>)>) {
        let version = self.version();
        let state = self.state();
        let told = state
            .playing
            .as_ref()
            .and_then(|playing| Some((playing.scene.clone()?, playing.events.clone())));
        let report = state.report.as_deref();
        let result = report.map(|report| Result {
            outcome: report.summary.result,
            headline: html::headline(report),
            reasons: report.summary.reasons.clone(),
            exit_code: report.summary.exit_code,
        });
        let view = View {
            version,
            phase: match (&state.plan, &result) {
                (_, Some(_)) => Phase::Over,
                (None, None) => Phase::WaitingForDevice,
                (Some(_), None) => Phase::Playing,
            },
            edition: self.settings().gate.to_string(),
            client: state.plan.as_ref().map(|plan| {
                let version = plan.client.version.as_deref().unwrap_or_default();
                format!("{} {version}", plan.client.name).trim().to_owned()
            }),
            outlook: state.plan.as_ref().map(|plan| {
                let played = plan.scenarios.iter().filter(|s| s.left_out.is_none()).count();
                let left_out = plan.scenarios.len() - played;
                let left_out = match left_out {
                    0 => String::new(),
                    n => format!(", {n} left out"),
                };
                format!("{played} to play{left_out}; at least {} in all", roughly(plan.takes()))
            }),
            scenarios: items(&state, self.settings().gate),
            playing: state.playing.as_ref().and_then(now),
            devices: self
                .seats()
                .iter()
                .enumerate()
                .map(|(place, seat)| device(place, seat, state.playing.as_ref()))
                .collect(),
            rules: Vec::new(),
            rules_in_all: crate::rules::all().len(),
            calls: Vec::new(),
            result,
        };
        (view, state.board.clone(), told)
    }
}

fn items(state: &State, gate: Edition) -> Vec<Item> {
    let Some(plan) = &state.plan else { return Vec::new() };
    let playing = state.playing.as_ref().map(|playing| playing.index);
    let item = |(index, planned): (usize, &Planned)| {
        let outcome = state.outcomes.get(&index);
        let violated = |outcome: &Arc<ScenarioOutcome>| {
            let fails = |j: &&Judgement| j.verdict == Verdict::Fail && j.edition == gate;
            outcome.judgements.iter().filter(fails).map(|j| j.rule.id.to_owned()).collect()
        };
        Item {
            name: planned.scenario.name.clone(),
            title: planned.scenario.file.title.clone(),
            with_code: planned.scenario.flow == Flow::SecondScreen,
            state: match outcome {
                Some(outcome) => outcome.ending.name().to_owned(),
                None if playing == Some(index) => "playing".to_owned(),
                None => "waiting".to_owned(),
            },
            detail: outcome.and_then(|outcome| outcome.detail.clone()),
            seconds: planned.takes().as_secs(),
            violated: outcome.map(violated).unwrap_or_default(),
        }
    };
    plan.scenarios.iter().enumerate().map(item).collect()
}

fn now(playing: &Playing) -> Option<Now> {
    let scenario = &playing.scene.as_ref()?.scenario;
    Some(Now {
        name: scenario.name.clone(),
        title: scenario.file.title.clone(),
        with_code: scenario.flow == Flow::SecondScreen,
        why: scenario.file.why.clone(),
        step: playing.step.as_ref().map_or(1, |step| step.place + 1),
        steps: scenario.file.steps.len(),
    })
}

fn device(place: usize, seat: &Seat, playing: Option<&Playing>) -> Device {
    Device {
        number: place + 1,
        base_url: seat.base_url().to_owned(),
        attached: seat.is_taken(),
        by_hand: seat.is_by_hand(),
        tells: seat.tells(),
        task: asked(place, seat, playing),
        settings: seat.hello().map(|hello| settings(&hello)).unwrap_or_default(),
    }
}

fn settings(hello: &Hello) -> Vec<Setting> {
    let all = [
        ("Base URL of the service", &hello.base_url),
        ("Service provider", &hello.service_provider),
        ("Domain", &hello.domain_name),
        ("Redirect URL", &hello.redirect_url),
        ("Software statement", &hello.software_statement),
    ];
    all.into_iter().map(|(name, value)| Setting { name, value: value.clone() }).collect()
}

fn asked(place: usize, seat: &Seat, playing: Option<&Playing>) -> Asked {
    let scenario = playing.and_then(|playing| playing.scene.as_ref()).map(|s| &s.scenario);
    let step = playing.and_then(|playing| playing.step.as_ref()).filter(|s| s.device == place);
    let deadline = playing.and_then(|playing| playing.deadlines.get(&place));
    let mut asked = match (seat.task(), scenario) {
        (Task::Introduce, _) => Asked::of("introduce", Words::of("Say who is attached", &[])),
        (Task::Prepare, _) => prepare(),
        (Task::Do { id, action, open }, Some(scenario)) => {
            to_do(seat, id, &action, open, step, scenario)
        }
        _ => match step {
            Some(step) => Asked::of("wait", words::step(step)),
            None => Asked::of("nothing", Words::of("Nothing to do here", &[])),
        },
    };
    if asked.kind == "wait"
        && let Some(StepNow { step: Step::Wait(time), since, .. }) = step
    {
        let clock = playing.and_then(|playing| playing.scene.as_ref()).map(|s| s.clock.speed());
        let real = time.0.div_f64(clock.filter(|speed| *speed > 0.0).unwrap_or(1.0));
        asked.seconds_left = Some(real.saturating_sub(since.elapsed()).as_secs());
    } else if let Some(deadline) = deadline.filter(|_| asked.kind == "do") {
        let left = deadline.saturating_duration_since(Instant::now());
        asked.seconds_left = Some(left.as_secs());
    }
    if !asked.aside.is_empty() || asked.kind == "wait" {
        asked.aside = answers::at_any_time(seat.tells());
    }
    asked
}

fn prepare() -> Asked {
    let words = Words::of(
        "Make the app new",
        &[
            "Erase the app's data, or install it anew, so that nothing is left of the last scenario.",
            "See to it that it calls the service at the address below, and do not start it yet.",
        ],
    );
    let ready = Answer {
        label: "Ready".into(),
        messages: vec![serde_json::json!({"type": "prepared"})],
        asks_for: None,
        main: true,
    };
    Asked { answers: vec![ready], ..Asked::of("prepare", words) }
}

fn to_do(
    seat: &Seat,
    id: u64,
    action: &Action,
    open: Option<u64>,
    step: Option<&StepNow>,
    scenario: &Scenario,
) -> Asked {
    let told = step.map(|step| &step.step);
    let is_sign_in = matches!(action, Action::SignIn { .. } | Action::SwitchProvider { .. });
    if let Some(step) = step.filter(|_| is_sign_in) {
        match &step.step {
            Step::FinishSignIn(_) => {
                let answers = answers::sign_in(id, action, told, scenario, seat.tells());
                let asked = Asked::of("do", words::finish(step, scenario));
                return Asked { answers, id: Some(id), ..asked.waiting_for("the sign-in") };
            }
            Step::SignIn(_) | Step::SwitchProvider(_) => {}
            // The sign-in was left open on purpose, and something else is going on.
            _ => return Asked::of("wait", words::step(step)),
        }
    }
    let tells = seat.tells();
    let catalogue = match action {
        Action::Browse { resources } if tells => resources.clone(),
        _ => Vec::new(),
    };
    let mut answers = answers::to_action(id, action, told, scenario, tells);
    if !catalogue.is_empty() {
        // The catalogue's own form takes the place of a mere `done`.
        answers.remove(0);
    }
    if let Some(open) = open {
        let signed_in = serde_json::json!({"type": "done", "id": open});
        answers.push(Answer {
            label: "The sign-in has come to its end meanwhile".into(),
            messages: vec![signed_in],
            asks_for: None,
            main: false,
        });
    }
    let what = name_of(action).replace('_', " ");
    let asked = Asked::of("do", words::action(action, step, scenario)).waiting_for(&what);
    Asked { id: Some(id), catalogue, answers, aside: answers::at_any_time(tells), ..asked }
}

impl Asked {
    fn of(kind: &'static str, words: Words) -> Self {
        Self {
            kind,
            headline: words.headline,
            details: words.details,
            waiting_for: None,
            seconds_left: None,
            catalogue: Vec::new(),
            id: None,
            answers: Vec::new(),
            aside: Vec::new(),
        }
    }

    fn waiting_for(self, what: &str) -> Self {
        Self { waiting_for: Some(format!("the end of “{what}”")), ..self }
    }
}

fn calls(trace: &Trace) -> Vec<Call> {
    let call = |exchange: &Exchange, user_agent| Call {
        device: exchange.device + 1,
        at: exchange.arrived.at,
        method: exchange.method.to_string(),
        path: exchange.path.to_string(),
        status: exchange.status(),
        user_agent,
    };
    let own = trace.exchanges.iter().map(|e| (e.arrived, call(e, false)));
    let browsers = trace.user_agent.iter().map(|e| (e.arrived, call(e, true)));
    let mut all: Vec<_> = own.chain(browsers).collect();
    all.sort_by_key(|(arrived, _)| std::cmp::Reverse(*arrived));
    all.into_iter().take(CALLS).map(|(_, call)| call).collect()
}
