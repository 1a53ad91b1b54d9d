//! The page of a sitting in a real browser.

use std::thread;

use pass_conformance::defects::{Defect, Defects};
use pass_conformance::http_client::{Request, Response};
use pass_conformance::outcome::Ending;
use serde_json::{Value, json};

use super::attach::{Played, TWO_DEVICES, of, send, stories};
use super::chromium::{Setup, Tab, visit, visit_as};
use super::the_machine;

const BY_CODE: &str = "
title: A code is typed
why: The other flow.
flow: second_screen
steps: [launch, sign_in: {takes: 1s}, {wait: 2s}, play: REF30]
";

const NOT_PLAYED: &str = "title: Left out\nwhy: Nobody has time.\nsteps: [launch, quit]";

/// Does something that waits in a way that a test in a browser must not.
fn apart<T: Send>(what: impl FnOnce() -> T + Send) -> T {
    thread::scope(|scope| scope.spawn(what).join().unwrap())
}

/// What an app on a device sends, as far as a person needs it.
struct App {
    service: String,
    token: String,
}

impl App {
    /// An app that is set up as the page says.
    fn launch(played: &Played) -> Self {
        let device = apart(|| played.state())["devices"][0].clone();
        let service = device["base_url"].as_str().unwrap();
        let settings = device["settings"].as_array().unwrap();
        let statement = settings.iter().find(|one| one["name"] == "Software statement").unwrap();
        let statement = json!({"software_statement": statement["value"]}).to_string();
        let register = format!("{service}/o/client/register");
        let client = body(&ask(Request::post(register, "application/json", statement)));
        let credentials = [
            ("client_id", client["client_id"].as_str().unwrap()),
            ("client_secret", client["client_secret"].as_str().unwrap()),
            ("grant_type", "client_credentials"),
        ];
        let token = ask(Request::form(format!("{service}/o/client/token"), credentials));
        let token = body(&token)["access_token"].as_str().unwrap().to_owned();
        Self { service: service.to_owned(), token }
    }

    fn sent(&self, request: Request) -> Value {
        let request = request.header("authorization", format!("Bearer {}", self.token));
        body(&ask(request.header("ap-device-identifier", "fingerprint dHY=")))
    }

    fn code(&self) -> String {
        let session = [
            ("mvpd", "Cablevision"),
            ("domainName", "adobe.com"),
            ("redirectUrl", "https://adobe.com"),
        ];
        let url = format!("{}/api/v2/REF30/sessions", self.service);
        self.sent(Request::form(url, session))["code"].as_str().unwrap().to_owned()
    }

    fn is_signed_in(&self, code: &str) -> bool {
        let url = format!("{}/api/v2/REF30/profiles/code/{code}", self.service);
        self.sent(Request::get(url))["profiles"].as_object().is_some_and(|all| !all.is_empty())
    }
}

fn ask(request: Request) -> Response {
    apart(|| send(request))
}

fn body(answer: &Response) -> Value {
    serde_json::from_slice(&answer.body).unwrap()
}

/// Where the first device calls the service.
fn service(played: &Played) -> String {
    let state = apart(|| played.state());
    state["devices"][0]["base_url"].as_str().unwrap().to_owned()
}

async fn introduce(tab: &Tab) {
    tab.fill("[name=client]", "Acme & <b>Sons</b>").await;
    tab.fill("[name=version]", "3").await;
    tab.click("[value=second_screen]").await;
    tab.press("Begin").await;
    tab.says("#now h1", "Make the app new").await;
}

#[test]
fn a_person_leads_a_device_from_the_first_question_to_the_report() {
    let _alone = the_machine();
    visit("attach", async |tab| {
        let played = apart(|| {
            Played::begin(stories(&[("by-code", BY_CODE), ("not-played", NOT_PLAYED)]), 1)
        });
        tab.open(&played.url()).await;
        tab.see(".introduction").await;
        tab.inspect("introduce").await;
        introduce(&tab).await;
        tab.inspect("prepare").await;
        assert_eq!(ask(Request::get(service(&played))).status, 503, "it is not to be called yet");

        tab.press("Ready").await;
        tab.says("#now h1", "Start the app").await;
        assert!(tab.has_focus("#now h1").await, "who listens is told what is new");
        let app = App::launch(&played);
        tab.press("Done").await;

        tab.see("#now [name=text]").await;
        tab.inspect("code").await;
        let code = app.code();
        tab.says("#calls", "/api/v2/REF30/sessions").await;
        // What is typed stays, though the page below it has just changed.
        tab.fill("#now [name=text]", &code.to_lowercase()).await;
        tab.press("Use this code").await;
        tab.until("the second screen has signed in", async || app.is_signed_in(&code)).await;
        tab.press("It is signed in").await;
        tab.says("#now h1", "Leave the device alone").await;
        tab.save("wait-desk-light").await;
        tab.says("#now h1", "Play").await;
        tab.inspect("play").await;
        tab.press("It plays, or says why not").await;

        tab.says("#now h1", "Close the app").await;
        tab.press("Done").await;
        tab.says("#now h1", "Make the app new").await;
        tab.press("End the sitting here").await;
        let (outcome, _hosting) = apart(|| played.end());
        let endings: Vec<_> = outcome.scenarios.iter().map(|scenario| scenario.ending).collect();
        assert_eq!(endings, [Ending::Completed, Ending::Skipped]);
        tab.see(".result").await;
        assert!(tab.has_focus("#result").await);
        tab.inspect("result").await;
        tab.press("Open the report").await;
        tab.says("body", "by-code").await;
        tab.inspect("report").await;
    });
}

#[test]
fn the_keyboard_alone_leads_a_sitting_to_its_end() {
    let _alone = the_machine();
    visit("attach-keyboard", async |tab| {
        let played = apart(|| Played::begin(stories(&[("not-played", NOT_PLAYED)]), 1));
        tab.open(&played.url()).await;
        tab.see(".introduction").await;
        tab.walk("introduce").await;
        tab.open(&played.url()).await;
        tab.tab_to(".skip-link").await;
        tab.tab_to("[name=client]").await;
        tab.type_in("Acme").await;
        tab.enter().await;
        tab.says("#now h1", "Make the app new").await;
        tab.tab_to(".answer.main button").await;
        tab.enter().await;
        tab.says("#now h1", "Start the app").await;
        ask(Request::get(service(&played)));
        tab.tab_to("#now summary").await;
        tab.enter().await;
        tab.tab_to(".aside button").await;
        tab.tab_to("#plan [value=end]").await;
        tab.enter().await;
        let (_, _hosting) = apart(|| played.end());
        tab.see(".result").await;
        tab.tab_to("a.button").await;
        tab.enter().await;
        tab.until("the report is open", async || tab.url().await.path() == "/report").await;
    });
}

#[test]
fn a_sitting_goes_on_with_scripts_switched_off() {
    let _alone = the_machine();
    visit_as("attach-no-scripts", Setup::WITHOUT_SCRIPTS, async |tab| {
        let played = apart(|| Played::begin(stories(&[("not-played", NOT_PLAYED)]), 1));
        tab.open(&played.url()).await;
        introduce(&tab).await;
        tab.inspect("prepare").await;
        tab.press("Ready").await;
        // The page loads itself again while there is nothing to answer.
        tab.says("#now h1", "Start the app").await;
        ask(Request::get(service(&played)));
        tab.press("End the sitting here").await;
        let (_, _hosting) = apart(|| played.end());
        tab.reload().await;
        tab.see(".result").await;
        tab.press("Open the report").await;
        tab.says("body", "not-played").await;
    });
}

#[test]
fn two_devices_are_watched_and_what_one_does_wrong_is_shown() {
    let _alone = the_machine();
    visit("attach-two", async |tab| {
        let played = apart(|| Played::begin(stories(&[("two", TWO_DEVICES)]), 2));
        tab.open(&played.url()).await;
        tab.says("#now", "Device 2").await;
        tab.inspect("introduce").await;
        let defect = Defect::find("never-checks-profiles").unwrap();
        let defects: Defects = [defect].into_iter().collect();
        let devices = [1, 2].map(|number| played.device(number, of(defects)));
        tab.says("#rules .violated", "AUT-1").await;
        let (_, hosting) = apart(|| played.end());
        for device in devices {
            apart(|| device.join().unwrap());
        }
        tab.says(".result", "").await;
        tab.says("#rules .violated", "AUT-1").await;
        let violated = tab.text("#rules .violated").await;
        assert!(!violated.contains("AUT-6"), "each device has an address of its own: {violated}");
        tab.inspect("violated").await;
        assert_eq!(hosting.sitting.report().unwrap().summary.exit_code, 1);
        tab.press("Open the report").await;
        tab.says("body", "AUT-1").await;
        tab.inspect("violated-report").await;
        tab.walk("violated-report").await;
    });
}
