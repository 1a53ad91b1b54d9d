//! The service without a network, and an application that calls it.

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::Method;
use pass_mock::clock::{Clock, Mode};
use pass_mock::config::Fixtures;
use pass_mock::http::{Request, Response};
use pass_mock::journal::{Actor, Capacity, Entry, Outcome};
use pass_mock::router::{Endpoint, Route, route};
use pass_mock::throttle::ThrottleSettings;
use pass_mock::{App, MockServer, ledger, pipeline};
use serde_json::{Value, json};

use super::description::{self, Operation};
use crate::application::{DEVICE, DEVICE_INFO, USER_AGENT};
use crate::harness::START;

pub(super) const FORM: &str = "application/x-www-form-urlencoded";
pub(super) const JSON: &str = "application/json";
/// What a session needs.
pub(super) const COMPLETE: &str =
    "mvpd=Cablevision&domainName=adobe.com&redirectUrl=https%3A%2F%2Fadobe.com";

pub(super) struct Bench {
    runtime: tokio::runtime::Runtime,
    pub(super) app: Arc<App>,
    pub(super) token: String,
}

impl Bench {
    pub(super) fn new() -> Self {
        Self::with(|_| {})
    }

    pub(super) fn with(change: impl FnOnce(&mut Fixtures)) -> Self {
        let mut fixtures = Fixtures::default();
        change(&mut fixtures);
        let statement = fixtures.first_software_statement().unwrap().to_owned();
        let app = MockServer::builder()
            .clock(Clock::starting_at(START, Mode::Manual))
            .seed(1)
            .throttle(ThrottleSettings::OFF)
            .journal(Capacity::UNLIMITED)
            .fixtures(fixtures)
            .into_app();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let mut bench = Self { runtime, app, token: String::new() };
        bench.token = bench.register(&statement).1;
        bench
    }

    /// Registers an application; its credentials as a form, and a token.
    pub(super) fn register(&self, statement: &str) -> (String, String) {
        let body = json!({"software_statement": statement, "redirect_uri": "app://done"});
        let register = Request::new(Method::POST, "/o/client/register")
            .with_header("x-device-info", DEVICE_INFO)
            .with_body(JSON, body.to_string());
        let client = json_of(&self.send(register));
        let text = |name: &str| client[name].as_str().unwrap().to_owned();
        let credentials =
            format!("client_id={}&client_secret={}", text("client_id"), text("client_secret"));
        let form = format!("grant_type=client_credentials&{credentials}");
        let exchange = Request::new(Method::POST, "/o/client/token").with_body(FORM, form);
        let token = json_of(&self.send(exchange))["access_token"].as_str().unwrap().to_owned();
        (credentials, token)
    }

    pub(super) fn send(&self, request: Request) -> Response {
        self.runtime.block_on(pipeline::handle(&self.app, request)).whole().unwrap()
    }

    /// A call with every header that any call requires.
    pub(super) fn call(&self, method: Method, path: &str) -> Request {
        self.bare(method, path)
            .with_header("authorization", &format!("Bearer {}", self.token))
            .with_header("ap-device-identifier", DEVICE)
            .with_header("x-device-info", DEVICE_INFO)
    }

    pub(super) fn bare(&self, method: Method, path: &str) -> Request {
        Request::new(method, path).with_header("user-agent", USER_AGENT).with_header("host", "mock")
    }

    pub(super) fn get(&self, path: &str) -> Response {
        self.send(self.call(Method::GET, path))
    }

    pub(super) fn post(&self, path: &str, media_type: &str, body: &str) -> Response {
        self.send(self.call(Method::POST, path).with_body(media_type, body.to_owned()))
    }

    /// A new session's code.
    pub(super) fn code(&self, form: &str) -> String {
        let session = json_of(&self.post("/api/v2/REF30/sessions", FORM, form));
        session["code"].as_str().unwrap_or_else(|| panic!("{session}")).to_owned()
    }

    /// Signs somebody in with Cablevision; the code that was used.
    pub(super) fn sign_in(&self) -> String {
        let code = self.code(COMPLETE);
        self.app.control().complete_session(&code, &Default::default()).unwrap();
        code
    }

    pub(super) fn decide(&self, kind: &str, mvpd: &str, resources: &[&str]) -> Response {
        let body = json!({ "resources": resources }).to_string();
        self.post(&format!("/api/v2/REF30/decisions/{kind}/{mvpd}"), JSON, &body)
    }

    pub(super) fn advance(&self, seconds: u64) {
        self.app.clock.advance(std::time::Duration::from_secs(seconds));
    }

    /// Everything that was answered so far without being asked for.
    pub(super) fn seen(&self) -> Vec<Seen> {
        let entries = self.app.journal.entries();
        entries.iter().filter_map(|entry| Seen::new(entry)).collect()
    }
}

/// An answer that the service gave on its own.
pub(super) struct Seen {
    pub(super) call: Endpoint,
    pub(super) status: u16,
    /// The codes in it: one at top level, or those of the decisions; one that is empty for none.
    pub(super) codes: Vec<String>,
    pub(super) body: Value,
    pub(super) media_type: String,
    pub(super) headers: BTreeMap<String, String>,
    pub(super) query: BTreeMap<String, String>,
    /// What the body holds, form or JSON.
    pub(super) fields: BTreeMap<String, String>,
    pub(super) shown: String,
}

impl Seen {
    fn new(entry: &Entry) -> Option<Self> {
        if !entry.faults.is_empty() || entry.actor == Actor::Preflight {
            return None;
        }
        let call = match route(&entry.method, &entry.path) {
            Route::Found(call, _) | Route::WrongMethod(call, _) => call,
            Route::NotFound => return None,
        };
        let Outcome::Answered { status, headers, body, .. } = &entry.outcome else { return None };
        let text =
            |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let media_type = headers.get("content-type").map(text).unwrap_or_default();
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        let mut codes: Vec<String> = items(&body)
            .filter_map(|decision| decision["error"]["code"].as_str())
            .chain(body["code"].as_str().filter(|_| *status >= 400.try_into().unwrap()))
            .chain(body["error"].as_str())
            .map(str::to_owned)
            .collect();
        if codes.is_empty() {
            codes.push(String::new());
        }
        Some(Self {
            call,
            status: status.as_u16(),
            codes,
            body,
            media_type,
            headers: entry.request_headers.iter().map(|(n, v)| (n.to_string(), text(v))).collect(),
            query: form(entry.query.as_deref().unwrap_or_default().as_bytes()),
            fields: match serde_json::from_slice(&entry.request_body) {
                Ok(Value::Object(members)) => {
                    members.into_iter().map(|(name, value)| (name, value.to_string())).collect()
                }
                _ => form(&entry.request_body),
            },
            shown: format!("{} {} -> {status}", entry.method, entry.path),
        })
    }

    /// Whether the body is of the described media type.
    pub(super) fn is_typed(&self, described: &Operation) -> bool {
        let sent = self.headers.get("content-type").map(String::as_str);
        described.body.as_ref().is_none_or(|body| sent == Some(body.media_type))
    }

    /// Answers that nothing speaks of.
    pub(super) fn untagged(&self) -> Vec<String> {
        let unknown =
            |code: &&String| ledger::answers::find(self.call, self.status, code).is_none();
        self.codes.iter().filter(unknown).map(|code| format!("{} {code}", self.shown)).collect()
    }

    /// Where the answer does not fit Adobe's description.
    pub(super) fn misfits(&self) -> Vec<String> {
        let name = self.call.name();
        let Some(described) = description::of(self.call) else {
            return match self.call {
                Endpoint::Page => Vec::new(),
                _ => vec![name.to_owned()],
            };
        };
        if !described.statuses.contains(&self.status) {
            return match self.status {
                413 | 429 => vec![format!("{}", self.status)],
                status => vec![format!("{name} {status}")],
            };
        }
        match (described.success, self.status) {
            (Some(shape), 200..300) => shape.misfits(&self.body),
            (Some(_), 400..) if described.call <= Endpoint::Token => Vec::new(),
            (Some(_), _) => super::shapes::ERROR.misfits(&self.body),
            (None, 400..) if !self.media_type.starts_with(JSON) => {
                vec![format!("{name} {} body", self.status)]
            }
            (None, _) => Vec::new(),
        }
    }
}

fn form(text: &[u8]) -> BTreeMap<String, String> {
    form_urlencoded::parse(text).map(|(n, v)| (n.into_owned(), v.into_owned())).collect()
}

fn items(body: &Value) -> impl Iterator<Item = &Value> {
    body["decisions"].as_array().into_iter().flatten()
}

pub(super) fn json_of(answer: &Response) -> Value {
    serde_json::from_slice(&answer.body).unwrap_or_default()
}

/// `fingerprint` and a device.
pub(super) fn device(name: &str) -> String {
    format!("fingerprint {}", STANDARD.encode(name))
}
