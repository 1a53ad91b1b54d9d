//! What a person can answer, as the messages that a script would send.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use crate::protocol::{Action, Flow};
use crate::scenario::{Scenario, Step, Viewer};

/// Stands in a message for what the person typed.
pub(super) const TYPED: &str = "$text";

/// One thing that can be answered.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Answer {
    /// What the button says.
    pub label: String,
    /// What is posted to `/messages` for it, in order.
    pub messages: Vec<Value>,
    /// What is asked for beside it: its text takes the place of `$text` in the messages.
    pub asks_for: Option<String>,
    /// Whether it is what is hoped for.
    pub main: bool,
}

impl Answer {
    fn main(label: &str, messages: Vec<Value>) -> Self {
        Self { label: label.into(), messages, asks_for: None, main: true }
    }

    fn other(label: &str, messages: Vec<Value>) -> Self {
        Self { main: false, ..Self::main(label, messages) }
    }

    fn asking(self, what: &str) -> Self {
        Self { asks_for: Some(what.into()), ..self }
    }
}

/// What can be answered to an action.
pub(super) fn to_action(
    id: u64,
    action: &Action,
    step: Option<&Step>,
    scenario: &Scenario,
    tells: bool,
) -> Vec<Answer> {
    let mut answers = match (action, tells) {
        (Action::SignIn { .. } | Action::SwitchProvider { .. }, _) => {
            sign_in(id, action, step, scenario, tells)
        }
        (Action::Play { resource }, true) => vec![
            Answer::main(
                "It plays",
                vec![event("playing", json!({"resource": resource})), done(id)],
            ),
            Answer::other(
                "It refuses to play",
                vec![event("refused", json!({"resource": resource, "message": TYPED})), done(id)],
            )
            .asking("What it says then"),
        ],
        (Action::Play { .. }, false) => {
            vec![Answer::main("It plays, or says why not", vec![done(id)])]
        }
        (Action::Stop, true) => {
            vec![Answer::main(
                "It stopped",
                vec![event("stopped", json!({"reason": "user"})), done(id)],
            )]
        }
        (Action::SignOut, true) => {
            vec![Answer::main("It is signed out", vec![event("signed_out", json!({})), done(id)])]
        }
        (Action::RequestNewCode, _) => vec![new_code(id, scenario)],
        _ => vec![Answer::main("Done", vec![done(id)])],
    };
    if *action != Action::Quit {
        answers.push(Answer::other(
            "It did not work",
            vec![json!({"type": "done", "id": id, "error": "it did not work"})],
        ));
        answers.push(Answer::other(
            "This app cannot do that",
            vec![json!({"type": "unsupported", "id": id})],
        ));
    }
    answers
}

/// What can be told at any time.
pub(super) fn at_any_time(tells: bool) -> Vec<Answer> {
    let mut answers = Vec::new();
    if tells {
        let message = |kind: &str| vec![event("message", json!({"kind": kind, "text": TYPED}))];
        answers = vec![
            Answer::other("It shows an error", message("error")).asking("What it says"),
            Answer::other("It shows another message", message("info")).asking("What it says"),
            Answer::other("It offers to sign in", message("sign_in_offered"))
                .asking("What it says"),
            Answer::other("It points to the device's settings", message("partner_settings"))
                .asking("What it says"),
            Answer::other("The list of providers is there", vec![event("picker_shown", json!({}))]),
            Answer::other(
                "Playback stopped by itself",
                vec![event("stopped", json!({"reason": "token_expired"}))],
            ),
        ];
    }
    let crashed = vec![json!({"type": "ended", "how": "it crashed"})];
    answers.push(Answer::other("The app crashed", crashed));
    answers
}

/// What can be answered to a sign-in.
pub(super) fn sign_in(
    id: u64,
    action: &Action,
    step: Option<&Step>,
    scenario: &Scenario,
    tells: bool,
) -> Vec<Answer> {
    let viewer = match step {
        Some(Step::SignIn(how) | Step::SwitchProvider(how) | Step::FinishSignIn(how)) => how.viewer,
        _ => Viewer::SignsIn,
    };
    let mvpd = match action {
        Action::SignIn { mvpd } | Action::SwitchProvider { mvpd } => mvpd.as_deref(),
        _ => None,
    };
    let signed_in = match tells {
        true => vec![event("signed_in", json!({"mvpd": mvpd})), done(id)],
        false => vec![done(id)],
    };
    let mut answers = Vec::new();
    if scenario.flow == Flow::SecondScreen && viewer != Viewer::ClosesBrowser {
        let code = vec![event("code_shown", json!({"code": TYPED}))];
        answers.push(Answer::main("Use this code", code).asking("Code on the screen"));
    }
    match viewer {
        Viewer::SignsIn => answers.push(Answer::main("It is signed in", signed_in)),
        Viewer::ClosesBrowser => answers.push(Answer::main("It is closed", vec![done(id)])),
        Viewer::DoesNothing => {
            let there = vec![json!({"type": "login_shown"})];
            if scenario.flow == Flow::Browser {
                answers.push(Answer::main("It is there", there));
            }
            answers.push(Answer::other("It is signed in already", signed_in));
        }
    }
    answers
}

fn new_code(id: u64, scenario: &Scenario) -> Answer {
    match scenario.flow {
        Flow::SecondScreen => {
            let code = event("code_shown", json!({"code": TYPED}));
            Answer::main("Use this code", vec![code, done(id)]).asking("New code on the screen")
        }
        Flow::Browser => Answer::main("Done", vec![done(id)]),
    }
}

fn done(id: u64) -> Value {
    json!({"type": "done", "id": id})
}

fn event(name: &str, fields: Value) -> Value {
    let mut event = json!({"type": "event", "event": name});
    if let (Some(event), Value::Object(fields)) = (event.as_object_mut(), fields) {
        event.extend(fields);
    }
    event
}
