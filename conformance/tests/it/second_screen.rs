//! The mock server's own second screen, judged like any other application: it has to be an example of
//! how to do it right, and it must never be taken for the client under test.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::Method;
use pass_conformance::judge::judge_all;
use pass_conformance::protocol::Role;
use pass_conformance::trace::capture::{Capture, Reading};
use pass_conformance::trace::{Origins, Trace};
use pass_conformance::verdict::Verdict;
use pass_mock::MockServer;
use pass_mock::clock::{Clock, Mode, Timestamp};
use pass_mock::http::{Request, Response};
use pass_mock::journal::{Actor, Entry, export};
use pass_mock::pipeline;
use serde_json::{Value, json};

const FORM: &str = "application/x-www-form-urlencoded";
const STATEMENT: &str = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ0diJ9.c2ln";

/// A service, and whoever calls it; a second and a half passes with every request.
struct Town(MockServer);

impl Town {
    async fn found() -> Self {
        let clock = Clock::starting_at(Timestamp(1_767_225_600_000), Mode::Manual);
        Self(MockServer::builder().clock(clock).seed(1).start().await.unwrap())
    }

    /// The phone asks for a page.
    async fn ask(&self, method: Method, url: &str, form: &[(&str, &str)]) -> Response {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let path = self.path(url);
        let request = Request::new(method.clone(), path).with_header("x-forwarded-for", PHONE);
        let request = match path.starts_with("/activate") {
            true => request.with_header("cookie", "pass_mock_activate=phone"),
            false => request,
        };
        let posts = method == Method::POST;
        self.send(if posts { request.with_body(FORM, body) } else { request }).await
    }

    /// The phone fills in the form of a page, and follows where it leads.
    async fn fill_in(&self, page: &str, form: &[(&str, &str)]) -> (String, Response) {
        let shown = self.ask(Method::GET, page, &[]).await;
        let shown = String::from_utf8_lossy(&shown.body).into_owned();
        let token = shown.split_once("name=\"form_token\" value=\"").unwrap().1;
        let token = ("form_token", token.split('"').next().unwrap());
        self.browse(Method::POST, page, &[form, &[token]].concat()).await
    }

    async fn send(&self, request: Request) -> Response {
        self.0.clock().advance(Duration::from_millis(1_500));
        let request = Request { local: self.0.address(), ..request };
        let request = request.with_header("host", &self.0.address().to_string());
        pipeline::handle(self.0.app(), request).await.whole().unwrap()
    }

    fn path<'u>(&self, url: &'u str) -> &'u str {
        url.strip_prefix(&self.0.base_url()).unwrap_or(url)
    }

    /// A phone that goes to an address and follows where it leads within the town.
    async fn browse(&self, method: Method, url: &str, form: &[(&str, &str)]) -> (String, Response) {
        let (mut at, mut answer) = (url.to_owned(), self.ask(method, url, form).await);
        while let Some(next) = answer.headers.get("location") {
            at = self.path(next.to_str().unwrap()).to_owned();
            if !at.starts_with('/') {
                break;
            }
            answer = self.ask(Method::GET, &at, &[]).await;
        }
        (at, answer)
    }
}

const PHONE: &str = "192.0.2.7";

/// A TV that does what the cookbook asks of it.
struct Tv<'a> {
    town: &'a Town,
    token: String,
}

impl<'a> Tv<'a> {
    async fn on(town: &'a Town) -> Self {
        let tv = Self { town, token: String::new() };
        let body = json!({ "software_statement": STATEMENT }).to_string();
        let register = tv.request(Method::POST, "/o/client/register");
        let client = tv.answer(register.with_body("application/json", body)).await;
        let credentials = [
            ("client_id", client["client_id"].as_str().unwrap()),
            ("client_secret", client["client_secret"].as_str().unwrap()),
            ("grant_type", "client_credentials"),
        ];
        let token = tv.form("/o/client/token", &credentials).await;
        let tv = Self { town, token: token["access_token"].as_str().unwrap().to_owned() };
        tv.get("/api/v2/REF30/profiles").await;
        tv
    }

    fn request(&self, method: Method, path: &str) -> Request {
        let info = json!({
            "model": "TV", "version": "1", "osName": "Android", "osVersion": "14",
            "connectionType": "WiFi",
        });
        let request = Request::new(method, path)
            .with_header("x-device-info", &STANDARD.encode(info.to_string()))
            .with_header("ap-device-identifier", &format!("fingerprint {}", STANDARD.encode("tv")));
        match self.token.is_empty() {
            true => request,
            false => request.with_header("authorization", &format!("Bearer {}", self.token)),
        }
    }

    async fn form(&self, path: &str, form: &[(&str, &str)]) -> Value {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        self.answer(self.request(Method::POST, path).with_body(FORM, body)).await
    }

    async fn get(&self, path: &str) -> Value {
        self.answer(self.request(Method::GET, path)).await
    }

    async fn answer(&self, request: Request) -> Value {
        serde_json::from_slice(&self.town.send(request).await.body).unwrap()
    }

    async fn code(&self, form: &[(&str, &str)]) -> String {
        self.form("/api/v2/REF30/sessions", form).await["code"].as_str().unwrap().to_owned()
    }

    async fn is_signed_in(&self, code: &str) -> bool {
        let answer = self.get(&format!("/api/v2/REF30/profiles/code/{code}")).await;
        !answer["profiles"].as_object().unwrap().is_empty()
    }
}

/// Two TVs are signed in, after a wrong code: one picks its provider on the phone, the other did so
/// itself.
async fn told() -> Town {
    let town = Town::found().await;
    let tv = Tv::on(&town).await;
    let picked = [
        ("mvpd", "Spectrum"),
        ("domainName", "adobe.com"),
        ("redirectUrl", "https://adobe.com/done"),
    ];
    town.fill_in("/activate", &[("code", "AAAAAAA")]).await;
    for session in [&[][..], &picked[..]] {
        let code = tv.code(session).await;
        let (own, _) = town.fill_in("/activate", &[("code", &code)]).await;
        let (login, _) = town.fill_in(&own, &[("mvpd", "Cablevision")]).await;
        let login = login.split('?').next().unwrap();
        let who = [("code", code.as_str()), ("username", "demo"), ("password", "demo")];
        town.browse(Method::POST, login, &who).await;
        let (_, end) = town.browse(Method::GET, &format!("{own}/done"), &[]).await;
        assert!(String::from_utf8_lossy(&end.body).contains("Your TV is signed in"));
        town.0.clock().advance(Duration::from_secs(16));
        assert!(tv.is_signed_in(&code).await);
    }
    town
}

fn trace<'e>(town: &Town, entries: impl IntoIterator<Item = &'e Entry>) -> Trace {
    let mut trace = Trace::default();
    let origins = Origins { ports: vec![town.0.address().port()], ..Origins::default() };
    trace.add_journal(entries, &origins);
    trace
}

fn violated(trace: &Trace) -> Vec<String> {
    let bad = |verdict| matches!(verdict, Verdict::Warn | Verdict::Fail | Verdict::Inconclusive);
    let all = judge_all(trace).into_iter().filter(|judgement| bad(judgement.verdict));
    all.map(|found| format!("{} {:?}: {:?}", found.rule.id, found.edition, found.violations))
        .collect()
}

#[tokio::test]
async fn the_second_screen_keeps_every_rule_it_is_judged_by() {
    let town = told().await;
    let entries = town.0.journal().entries();
    let own = entries.iter().filter(|entry| entry.actor == Actor::SecondScreen);
    // As if it were the client under test.
    let own: Vec<Entry> =
        own.map(|entry| Entry { actor: Actor::Client, ..Entry::clone(entry) }).collect();
    let mut trace = trace(&town, &own);
    trace.context.role = Role::SecondScreen;
    assert!(trace.exchanges.len() >= 12, "{}", trace.exchanges.len());
    assert_eq!(violated(&trace), Vec::<String>::new());
    let judged = judge_all(&trace);
    for rule in ["REG-1", "HDR-1", "HDR-2", "HDR-3", "HDR-4", "HDR-5", "HDR-6", "HDR-8"] {
        let passed = |verdict| verdict == Verdict::Pass;
        let exercised = judged.iter().any(|it| it.rule.id == rule && passed(it.verdict));
        assert!(exercised, "{rule} is not exercised");
    }
}

#[tokio::test]
async fn its_calls_are_not_the_clients() {
    let town = told().await;
    let entries = town.0.journal().entries();
    let calls = trace(&town, entries.iter().map(AsRef::as_ref));
    let clients: Vec<_> = entries.iter().filter(|entry| entry.actor == Actor::Client).collect();
    assert_eq!(calls.exchanges.len(), clients.len());
    assert_eq!(violated(&calls), Vec::<String>::new(), "the TV did nothing wrong");

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("journal.jsonl");
    let all = entries.iter().map(AsRef::as_ref);
    let text = export::lines(town.0.journal(), all, town.0.clock().now());
    std::fs::write(&file, text).unwrap();
    let capture = Capture::read(&[file], &Reading::default()).unwrap();
    assert_eq!(capture.contents.judged, u64::try_from(clients.len()).unwrap());
    let reason = "sent by the second screen's own application";
    let left_out = capture.contents.left_out.iter().find(|left| left.reason == reason).unwrap();
    let own = entries.iter().filter(|entry| entry.actor == Actor::SecondScreen).count();
    assert_eq!(left_out.count, u64::try_from(own).unwrap());
}
