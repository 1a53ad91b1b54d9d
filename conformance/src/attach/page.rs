//! The page: rendered here, kept current by a little script, and usable without it.

use std::sync::LazyLock;

use askama::Template;
use http::header::CONTENT_SECURITY_POLICY;
use http::{HeaderValue, StatusCode};
use pass_mock::http::Response;
use pass_mock::pages::guarded;
use serde_json::json;

use super::answers::Answer;
use super::board::RuleSoFar;
use super::view::{Device, Phase, View};
use super::words::time_of;
use crate::report::Outcome;
use crate::scenario::Capability;
use crate::verdict::{Edition, Verdict};

/// The look of the mock server's pages, and what this page has beyond them.
static STYLE: LazyLock<String> = LazyLock::new(|| {
    format!("{}{}", pass_mock::pages::STYLE, include_str!("../../templates/attach.css"))
});
const SCRIPT: &str = include_str!("../../templates/attach.js");

const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; \
     img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
);

/// Something the app may be able to do, in words, and whether it usually is.
type Ability = (Capability, &'static str, bool);

/// What a person is asked about the app, and what only few apps are asked about.
const CAPABILITIES: (&[Ability], &[Ability]) = (
    &[
        (Capability::Browser, "It opens the provider's page itself", true),
        (Capability::SecondScreen, "It shows a code to sign in with on another device", false),
        (Capability::Picker, "It lets the viewer pick a provider", true),
        (Capability::Preauthorize, "It shows what of a catalogue may be watched", false),
    ],
    &[
        (Capability::MediaTokenCheck, "It checks media tokens", false),
        (Capability::TempPass, "It offers temporary access", false),
        (Capability::Degradation, "It goes on while a provider is degraded", false),
        (Capability::SecondScreenRole, "It is itself the second screen that takes codes", false),
        (Capability::ServiceToken, "It signs on with a service token", false),
        (Capability::PlatformSso, "It signs on with the platform's identity", false),
        (Capability::AppleSso, "It signs on with Apple's framework", false),
        (Capability::ServerToServer, "A server calls for it", false),
        (Capability::WebClient, "It runs in a web page", false),
    ],
);

#[derive(Template)]
#[template(path = "attach.html")]
struct Whole<'a> {
    view: &'a View,
    title: String,
    parts: [(&'static str, String); 5],
    refresh: Option<u32>,
    late: bool,
}

#[derive(Template)]
#[template(path = "attach_head.html")]
struct Head<'a> {
    view: &'a View,
}

#[derive(Template)]
#[template(path = "attach_now.html")]
struct Now<'a> {
    view: &'a View,
    form_token: &'a str,
    capabilities: (&'static [Ability], &'static [Ability]),
}

#[derive(Template)]
#[template(path = "attach_plan.html")]
struct Plan<'a> {
    view: &'a View,
    form_token: &'a str,
}

#[derive(Template)]
#[template(path = "attach_rules.html")]
struct Rules<'a> {
    view: &'a View,
    violated: Vec<&'a RuleSoFar>,
    kept: Vec<&'a RuleSoFar>,
}

#[derive(Template)]
#[template(path = "attach_calls.html")]
struct Calls<'a> {
    view: &'a View,
}

/// The whole page. `late`: the last button pressed came too late.
pub(super) fn whole(view: &View, form_token: &str, late: bool) -> Response {
    let page = Whole {
        view,
        title: title(view),
        parts: render(view, form_token),
        refresh: refresh(view),
        late,
    };
    let page = Response::html(StatusCode::OK, text(&page));
    guarded(page).with_header(CONTENT_SECURITY_POLICY, POLICY.to_str().unwrap_or_default())
}

/// Its parts, for the script.
pub(super) fn parts(view: &View, form_token: &str) -> Response {
    let parts: serde_json::Map<_, _> =
        render(view, form_token).into_iter().map(|(id, html)| (id.into(), html.into())).collect();
    let over = view.phase == Phase::Over;
    let all = json!({"version": view.version, "title": title(view), "over": over, "parts": parts});
    guarded(Response::json(StatusCode::OK, &all))
}

pub(super) fn style() -> Response {
    guarded(Response::with_body(StatusCode::OK, "text/css;charset=UTF-8", STYLE.as_str()))
}

pub(super) fn script() -> Response {
    guarded(Response::with_body(StatusCode::OK, "text/javascript;charset=UTF-8", SCRIPT))
}

/// A page that brings its own policy, and is no more to be framed than the others.
pub(super) fn framed_off(page: String) -> Response {
    guarded(Response::html(StatusCode::OK, page))
        .with_header(CONTENT_SECURITY_POLICY, "frame-ancestors 'none'")
}

fn render(view: &View, form_token: &str) -> [(&'static str, String); 5] {
    let violated = |rule: &&RuleSoFar| rule.worst() > Verdict::Pass;
    let rules = Rules {
        view,
        violated: view.rules.iter().filter(violated).collect(),
        kept: view.rules.iter().filter(|rule| !violated(rule)).collect(),
    };
    [
        ("head", text(&Head { view })),
        ("now", text(&Now { view, form_token, capabilities: CAPABILITIES })),
        ("plan", text(&Plan { view, form_token })),
        ("rules", text(&rules)),
        ("calls", text(&Calls { view })),
    ]
}

fn text(template: &impl Template) -> String {
    // Rendering into a string fails only when a template's own code does, and none has any.
    template.render().unwrap_or_default()
}

fn title(view: &View) -> String {
    match (&view.result, &view.playing) {
        (Some(result), _) => result.headline.clone(),
        (None, Some(now)) => {
            let asked = view.devices.iter().find(|device| !device.task.answers.is_empty());
            let what = asked.map_or(now.title.as_str(), |device| device.task.headline.as_str());
            format!("{what} – pass-conformance")
        }
        (None, None) => "A sitting – pass-conformance".to_owned(),
    }
}

/// How often a page without a script is loaded again: seldom while somebody may be typing.
fn refresh(view: &View) -> Option<u32> {
    let asks = |device: &Device| device.task.kind == "introduce" || !device.task.answers.is_empty();
    match view.phase {
        // Looking at it keeps the program from ending.
        Phase::Over => Some(20),
        _ if view.devices.iter().any(|device| device.task.kind == "introduce") => None,
        _ if view.devices.iter().any(asks) => Some(30),
        _ => Some(3),
    }
}

/// The messages of an answer, as a form carries them.
fn messages(answer: &Answer) -> String {
    serde_json::to_string(&answer.messages).unwrap_or_default()
}

fn left(seconds: u64) -> String {
    time_of(std::time::Duration::from_secs(seconds))
}

fn clock(millis: i64) -> String {
    let time = chrono::DateTime::from_timestamp_millis(millis).unwrap_or_default();
    time.format("%H:%M:%S").to_string()
}

fn verdict_words(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "kept",
        Verdict::Fail => "violated",
        Verdict::Warn => "not as recommended",
        Verdict::Inconclusive => "too close to tell",
        Verdict::NotExercised => "not exercised",
        Verdict::NotApplicable => "does not apply",
    }
}

fn verdict_class(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "good",
        Verdict::Fail => "bad",
        Verdict::Warn | Verdict::Inconclusive => "warn",
        Verdict::NotExercised | Verdict::NotApplicable => "none",
    }
}

/// A scenario's state: a sign, words and a class.
fn state(state: &str, violated: bool) -> (&'static str, &'static str, &'static str) {
    match state {
        "waiting" => ("·", "to come", "none"),
        "playing" => ("▸", "being played", "now"),
        "completed" if violated => ("✗", "violations", "bad"),
        "completed" => ("✓", "played", "good"),
        "skipped" => ("–", "left out", "none"),
        "client_crashed" => ("✗", "the app crashed", "bad"),
        "client_timeout" => ("✗", "it did not come to its end", "bad"),
        "client_never_called" => ("✗", "the app never called", "bad"),
        _ => ("!", "the harness failed", "warn"),
    }
}

const fn outcome_class(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Conforms => "good",
        Outcome::Violated => "bad",
        Outcome::HarnessError | Outcome::NothingExercised => "warn",
    }
}

/// What a rule came to in an edition.
fn in_edition(rule: &RuleSoFar, edition: Edition) -> Option<Verdict> {
    rule.editions.get(&edition).copied()
}
