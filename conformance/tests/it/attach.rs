//! Sittings with devices that are attached: by a script, by a person, two at once.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use pass_conformance::attach::{Addresses, Hosting, Settings};
use pass_conformance::defects::{Defect, Defects};
use pass_conformance::driver::{ClientHost, Place, over_http};
use pass_conformance::http_client::{HttpClient, InFlight, Request, Response};
use pass_conformance::outcome::{Ending, RunOutcome, ScenarioOutcome};
use pass_conformance::protocol::{BrowserEvent, BrowserNews, ClientEvent, FromClient, ToClient};
use pass_conformance::reference;
use pass_conformance::report;
use pass_conformance::runner::{self, Cancel, Options, RunError};
use pass_conformance::scenario::{self, Scenario};
use pass_conformance::user_agent::{Browser, Credentials, Login};
use pass_conformance::verdict::{Edition, Verdict};
use pass_mock::clock::{Clock, Mode};
use serde_json::{Value, json};
use tokio::sync::mpsc as channel;

use super::runner::{options, reference as in_process};
use super::the_machine;

const STORY: &str = "
title: A whole evening
why: Everything once.
steps:
  - launch
  - sign_in: {takes: 1s}
  - play: REF30
  - stop
  - relaunch
  - play: REF30
  - sign_out
";

const SECOND_SCREEN: &str = "
title: A code is typed
why: The other flow.
flow: second_screen
steps: [launch, sign_in: {takes: 1s}, play: REF30]
";

pub(super) const TWO_DEVICES: &str = "
title: One viewer, two devices
why: They share nothing but the viewer.
steps: [launch, {device: 2}, launch, sign_in: {takes: 1s}, {device: 1}, quit]
";

pub(super) fn stories(texts: &[(&str, &str)]) -> Vec<Scenario> {
    let load = |(name, text): &(&str, &str)| scenario::load_text(name, name, text).unwrap();
    texts.iter().flat_map(load).collect()
}

/// A sitting, and the thread that plays it.
pub(super) struct Played {
    pub(super) hosting: Hosting,
    playing: JoinHandle<Result<RunOutcome, RunError>>,
}

impl Played {
    pub(super) fn begin(scenarios: Vec<Scenario>, devices: u16) -> Self {
        let any = ([127, 0, 0, 1], 0).into();
        let addresses = Addresses { page: any, service: any, device_url: None, devices };
        let settings = Settings { gate: Edition::Oct2024, strict: false };
        let cancel = Cancel::default();
        let patience = Duration::from_secs(300);
        let hosting = Hosting::open(&addresses, settings, patience, cancel.clone()).unwrap();
        let options = Options {
            scenarios,
            jobs: Some(std::num::NonZeroUsize::MIN),
            cancel,
            ..options(Arc::clone(&hosting.driver) as _)
        };
        let (house, sitting) = (hosting.house.clone(), Arc::clone(&hosting.sitting));
        let playing = thread::spawn(move || {
            let (events, heard) = mpsc::channel();
            let listener = thread::spawn(move || heard.iter().for_each(|e| sitting.heard(&e)));
            let outcome = runner::run_in(&house, &options, &events);
            drop(events);
            listener.join().unwrap();
            outcome
        });
        Self { hosting, playing }
    }

    pub(super) fn url(&self) -> String {
        self.hosting.page_url.trim_end_matches('/').to_owned()
    }

    /// A device that a script leads.
    pub(super) fn device<F>(
        &self,
        device: usize,
        client: impl Fn(ClientHost) -> F + Send + 'static,
    ) -> JoinHandle<()>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let place = Place { url: self.url(), token: None, device };
        thread::spawn(move || wait_for(over_http(&place, client)).unwrap())
    }

    /// Waits for the end, and has the report shown.
    pub(super) fn end(self) -> (RunOutcome, Hosting) {
        let outcome = self.playing.join().unwrap().unwrap();
        let report = report::summarise(
            &outcome,
            pass_conformance::rules::all(),
            &pass_conformance::known_failures::KnownFailures::default(),
        );
        self.hosting.sitting.set_report(report);
        (outcome, self.hosting)
    }

    fn get(&self, path: &str) -> Response {
        send(Request::get(format!("{}{path}", self.url())))
    }

    fn post(&self, path: &str, body: &Value) -> Response {
        let url = format!("{}{path}", self.url());
        send(Request::post(url, "application/json", body.to_string()))
    }

    pub(super) fn state(&self) -> Value {
        serde_json::from_slice(&self.get("/state").body).unwrap()
    }

    /// Waits until the page is as wanted.
    pub(super) fn until(&self, wanted: impl Fn(&Value) -> bool) -> Value {
        for _ in 0..400 {
            let state = self.state();
            if wanted(&state) {
                return state;
            }
            thread::sleep(Duration::from_millis(50));
        }
        panic!("it never came to that: {:#}", self.state());
    }

    /// Presses a button of the first device, as soon as it is there.
    fn press(&self, label: &str) {
        let answer = |state: &Value| {
            let answers = state["devices"][0]["task"]["answers"].as_array().unwrap().clone();
            answers.into_iter().find(|answer| answer["label"] == label)
        };
        let state = self.until(|state| answer(state).is_some());
        let messages = answer(&state).unwrap()["messages"].clone();
        assert_eq!(self.post("/messages", &messages).status, 204, "{label}");
    }
}

fn wait_for<T>(what: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(what)
}

pub(super) fn send(request: Request) -> Response {
    let http = HttpClient::new(Clock::new(Mode::Real), InFlight::default());
    wait_for(http.send(request)).unwrap()
}

fn verdicts(outcome: &ScenarioOutcome) -> Vec<(&'static str, Edition, Verdict)> {
    outcome.judgements.iter().map(|j| (j.rule.id, j.edition, j.verdict)).collect()
}

pub(super) fn of(
    defects: Defects,
) -> impl Fn(ClientHost) -> Pin<Box<dyn Future<Output = ()> + Send>> + Send {
    move |host| Box::pin(reference::run(host, defects))
}

#[test]
fn a_device_that_a_script_leads_is_judged_as_in_a_run() {
    let _alone = the_machine();
    let scenarios = stories(&[("evening", STORY), ("code", SECOND_SCREEN)]);
    let played = Played::begin(scenarios.clone(), 1);
    let device = played.device(1, of(Defects::default()));
    let (outcome, hosting) = played.end();
    device.join().unwrap();
    let (events, _) = mpsc::channel();
    let options = Options { scenarios, ..options(in_process(Defects::default())) };
    let run = runner::run(&options, &events).unwrap();
    for (attached, run) in outcome.scenarios.iter().zip(&run.scenarios) {
        assert_eq!(attached.ending, Ending::Completed, "{:?}", attached.detail);
        assert_eq!(verdicts(attached), verdicts(run), "{}", run.name);
    }
    assert_eq!(outcome.client, run.client);
    assert_eq!(hosting.sitting.report().unwrap().summary.exit_code, 0);
}

#[test]
fn a_defect_is_caught_and_shown_while_the_story_goes_on() {
    let _alone = the_machine();
    let defect = Defect::find("never-checks-profiles").unwrap();
    let played = Played::begin(stories(&[("evening", STORY)]), 1);
    let device = played.device(1, of([defect].into_iter().collect()));
    let state = played.until(|state| {
        let rules = state["rules"].as_array().unwrap();
        rules.iter().any(|rule| rule["id"] == "AUT-1" && rule["verdict"] == "fail")
    });
    assert_eq!(state["phase"], "playing", "it is shown before the end");
    let page = played.get("/").text();
    assert!(page.contains("AUT-1"), "{page}");
    let (outcome, hosting) = played.end();
    device.join().unwrap();
    let broken: Vec<_> = verdicts(&outcome.scenarios[0])
        .into_iter()
        .filter(|(_, edition, verdict)| *edition == Edition::Oct2024 && *verdict > Verdict::Pass)
        .map(|(rule, ..)| rule)
        .collect();
    assert_eq!(broken, ["AUT-1"]);
    assert_eq!(hosting.sitting.report().unwrap().summary.exit_code, 1);
}

/// The reference client on a device that opens its own browser, in which somebody signs in.
async fn on_its_own(host: ClientHost) {
    let ClientHost { clock, http, ids, mut inbox, outbox } = host;
    let (to_app, app_inbox) = channel::unbounded_channel();
    let (app_outbox, mut from_app) = channel::unbounded_channel();
    let app = ClientHost {
        clock: clock.clone(),
        http: http.clone(),
        ids,
        inbox: app_inbox,
        outbox: app_outbox,
    };
    let app = tokio::spawn(reference::run(app, Defects::default()));
    let mut browser = None;
    loop {
        tokio::select! {
            message = inbox.recv() => {
                let Some(message) = message else { break };
                if let ToClient::Hello(hello) = &message {
                    let (url, end) = (&hello.base_url, &hello.redirect_url);
                    browser = Some(Browser::new(http.clone(), clock.clone(), url, end));
                }
                let _ = to_app.send(message);
            }
            said = from_app.recv() => match said {
                None => break,
                Some(FromClient::Event(ClientEvent::OpenUrl { url })) => {
                    let who = Credentials { username: "demo".into(), password: "demo".into() };
                    let login = Login::SignsIn { who, takes: Duration::from_secs(1) };
                    browser.as_ref().unwrap().visit(&url, &login).await.unwrap();
                    let news = BrowserNews { event: BrowserEvent::Reached, url: None };
                    let _ = to_app.send(ToClient::Browser(news));
                }
                Some(said) => drop(outbox.send(said)),
            }
        }
    }
    app.abort();
}

fn play_on_its_own(tells: bool) -> ScenarioOutcome {
    let _alone = the_machine();
    let played = Played::begin(stories(&[("evening", STORY)]), 1);
    played.hosting.sitting.seats()[0].set_tells(tells);
    let device = played.device(1, on_its_own);
    let (mut outcome, _hosting) = played.end();
    device.join().unwrap();
    let scenario = outcome.scenarios.remove(0);
    assert_eq!(scenario.ending, Ending::Completed, "{:?}", scenario.detail);
    assert!(!scenario.trace.user_agent.is_empty(), "the device's own browser is seen");
    for judgement in &scenario.judgements {
        let id = judgement.rule.id;
        assert!(judgement.verdict <= Verdict::Pass, "{id}: {:?}", judgement.violations);
    }
    scenario
}

#[test]
fn where_nobody_tells_what_is_shown_rules_that_need_it_do_not_apply() {
    let scenario = play_on_its_own(false);
    for judgement in scenario.judgements.iter().filter(|j| j.rule.needs_events) {
        assert_eq!(judgement.verdict, Verdict::NotApplicable, "{}", judgement.rule.id);
    }
    let kept = scenario.judgements.iter().filter(|j| j.verdict == Verdict::Pass).count();
    assert!(kept > 30, "{kept}");
}

#[test]
fn a_browser_that_the_device_opens_itself_is_heard_of_where_it_ends() {
    let scenario = play_on_its_own(true);
    let pol7 = scenario.judgements.iter().find(|j| j.rule.id == "POL-7").unwrap();
    assert_eq!(pol7.verdict, Verdict::Pass, "polling began when the browser had come to its end");
}

#[test]
fn two_devices_take_part_in_one_story() {
    let _alone = the_machine();
    let played = Played::begin(stories(&[("two", TWO_DEVICES)]), 2);
    let devices = [1, 2].map(|number| played.device(number, of(Defects::default())));
    let (outcome, _hosting) = played.end();
    devices.into_iter().for_each(|device| device.join().unwrap());
    let scenario = &outcome.scenarios[0];
    assert_eq!(scenario.ending, Ending::Completed, "{:?}", scenario.detail);
    let mut seen: Vec<u32> = scenario.trace.exchanges.iter().map(|e| e.device).collect();
    seen.dedup();
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen, [0, 1]);
}

#[test]
fn a_person_is_led_from_the_first_question_to_the_report() {
    let story = "title: Nothing much\nwhy: To be led.\nsteps: [launch, {wait: 1s}, play: REF30]";
    let texts = [("first", story), ("second", story), ("third", story)];
    let played = Played::begin(stories(&texts), 1);
    let state = played.until(|state| state["devices"][0]["task"]["kind"] == "introduce");
    assert_eq!(state["phase"], "waiting_for_device");
    assert_eq!(played.get("/report").status, 409);

    // Only the page's own forms are taken, and from nowhere else.
    let page = played.get("/");
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("script-src 'self'") && policy.contains("frame-ancestors 'none'"));
    let page = page.text();
    assert!(!page.contains(" onclick") && !page.contains(" style="), "{page}");
    let token = page.split(r#"name="form_token" value=""#).nth(1).unwrap();
    let token = token.split('"').next().unwrap().to_owned();
    let form = |token: &str| {
        Request::form(
            format!("{}/act", played.url()),
            [
                ("form_token", token),
                ("kind", "introduction"),
                ("client", "Acme & <b>Sons</b>"),
                ("version", "3"),
                ("capability", "browser"),
            ],
        )
    };
    assert_eq!(send(form("guessed")).status, 403);
    assert_eq!(send(form(&token).header("origin", "http://evil.example")).status, 403);
    assert_eq!(played.until(|_| true)["phase"], "waiting_for_device");
    assert_eq!(send(form(&token)).status, 303);

    let state = played.until(|state| state["devices"][0]["task"]["kind"] == "prepare");
    assert_eq!(state["client"], "Acme & <b>Sons</b> 3");
    assert!(!played.get("/").text().contains("<b>Sons"), "names are text");
    let service = state["devices"][0]["base_url"].as_str().unwrap().to_owned();
    let ask = || send(Request::get(format!("{service}/api/v2/REF30/configuration"))).status;
    assert_eq!(ask(), 503, "the service is not there before the app is started");
    played.press("Ready");
    played.until(|state| state["devices"][0]["task"]["headline"] == "Start the app");
    assert_eq!(ask(), 401);
    let version = played.state()["version"].as_str().unwrap().to_owned();
    played.press("Done");
    let news: Value =
        serde_json::from_slice(&played.get(&format!("/state?since={version}")).body).unwrap();
    assert_ne!(news["version"], *version);
    let wait = played.until(|state| state["devices"][0]["task"]["kind"] == "wait");
    assert_eq!(wait["devices"][0]["task"]["headline"], "Leave the device alone for a second");
    played.press("It plays, or says why not");
    played.press("Done");
    played.until(|state| state["playing"]["name"] == "second");
    assert_eq!(ask(), 503, "nor when the story is over");

    // The second one is left out while it is played, and the third one before.
    assert_eq!(played.post("/skip", &json!({"scenario": "second"})).status, 204);
    let state = played.until(|state| state["playing"]["name"] == "third");
    assert_eq!(state["scenarios"][1]["state"], "skipped");
    assert_eq!(played.post("/skip", &json!({"scenario": "first"})).status, 409);
    assert_eq!(played.post("/end", &json!({})).status, 204);

    let url = played.url();
    let (outcome, hosting) = played.end();
    let endings: Vec<Ending> = outcome.scenarios.iter().map(|scenario| scenario.ending).collect();
    assert_eq!(endings, [Ending::Completed, Ending::Skipped, Ending::Skipped]);
    assert_eq!(send(Request::get(format!("{url}/command"))).status, 410);
    for path in ["/report", "/report.json", "/report.xml", "/report.md", "/report.sarif"] {
        let report = send(Request::get(format!("{url}{path}")));
        assert_eq!(report.status, 200, "{path}");
        assert!(report.text().contains("first"), "{path}");
    }
    assert!(send(Request::get(&url)).text().contains("Open the report"));
    let close = Request::post(format!("{url}/close"), "application/json", "{}");
    assert_eq!(send(close).status, 204);
    assert!(hosting.sitting.is_closed());
}

#[test]
fn what_cannot_be_taken_is_explained() {
    let played = Played::begin(stories(&[("evening", STORY)]), 1);
    let problem = |response: Response, status: u16| {
        assert_eq!(response.status, status);
        let problem: Value = serde_json::from_slice(&response.body).unwrap();
        assert!(!problem["hint"].as_str().unwrap().is_empty());
        problem["error"].as_str().unwrap().to_owned()
    };
    played.until(|state| state["devices"][0]["task"]["kind"] == "introduce");
    let error = problem(played.post("/messages?device=2", &json!({"type": "ready"})), 400);
    assert_eq!(error, "device: there is no device `2`");
    let error = problem(played.post("/messages", &json!({"type": "levitated"})), 400);
    assert!(error.contains("levitated"), "{error}");
    problem(played.get("/command?after=x"), 400);
    problem(played.get("/nowhere"), 404);
    problem(played.get("/messages"), 405);
    let form = Request::form(format!("{}/messages", played.url()), [("type", "ready")]);
    problem(send(form), 415);
    assert_eq!(played.get("/command?after=9&wait=0").status, 204);
    let described: Value = serde_json::from_slice(&played.get("/openapi.json").body).unwrap();
    assert!(described["paths"]["/command"]["get"]["parameters"].is_array());
    assert_eq!(played.post("/end", &json!({})).status, 204);
    assert!(matches!(played.playing.join().unwrap(), Err(RunError::Cancelled)));
}
