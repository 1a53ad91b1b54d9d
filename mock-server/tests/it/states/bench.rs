//! The service, called by applications that wait after a 429 and try again after a 503.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use http::Method;
use pass_mock::clock::{Clock, Mode, Timestamp};
use pass_mock::domain::ErrorCode;
use pass_mock::http::{Request, Response};
use pass_mock::journal::{Capacity, Outcome};
use pass_mock::router::is_throttled;
use pass_mock::snapshot::Snapshot;
use pass_mock::throttle::ThrottleSettings;
use pass_mock::{App, MockServer, pipeline};
use serde_json::{Value, json};

use super::model::Model;
use super::step::{CLIENTS, DEVICES, PROVIDERS, SUBJECTS, Step, Subject, Who};
use crate::harness::START;

/// After so long an address may be forgotten.
const SILENCE: i64 = 900_000;

/// The service, and what must be true of it.
pub(super) struct Bench {
    runtime: tokio::runtime::Runtime,
    pub(super) app: Arc<App>,
    pub(super) clock: Clock,
    credentials: Vec<(String, String)>,
    pub(super) model: Model,
    pub(super) last: Option<Step>,
    /// When the step began.
    pub(super) began: Timestamp,
    /// Whether the next call fails, and when it does.
    pub(super) fault: Option<When>,
    saved: Option<(Snapshot, Model)>,
    /// The status of every answer.
    answered: Vec<u16>,
    /// How many answers there were at each restore.
    pub(super) restores: Vec<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum When {
    Before,
    After,
}

impl Bench {
    pub(super) fn new() -> Self {
        let clock = Clock::starting_at(START, Mode::Manual);
        let app = MockServer::builder()
            .clock(clock.clone())
            .seed(1)
            .throttle(ThrottleSettings::default())
            .journal(Capacity::UNLIMITED)
            .into_app();
        let mut bench = Self {
            runtime: tokio::runtime::Builder::new_current_thread().build().unwrap(),
            app,
            clock,
            credentials: Vec::new(),
            model: Model::default(),
            last: None,
            began: START,
            fault: None,
            saved: None,
            answered: Vec::new(),
            restores: Vec::new(),
        };
        let statement = bench.app.fixtures.load().first_software_statement().unwrap().to_owned();
        for _ in 0..CLIENTS {
            let body = json!({ "software_statement": statement }).to_string();
            let register = Request::new(Method::POST, "/o/client/register");
            let answer = json_of(&bench.send(register.with_body("application/json", body)));
            let text = |name: &str| answer[name].as_str().unwrap().to_owned();
            bench.credentials.push((text("client_id"), text("client_secret")));
            bench.model.tokens.push((String::new(), Timestamp(0)));
        }
        bench
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Sends it until it is served.
    pub(super) fn send(&mut self, request: Request) -> Response {
        if let Some(when) = self.fault.take() {
            let when = if when == When::After { "after" } else { "before" };
            let rule = json!({"effect": {"status": 503}, "when": when, "count": 1});
            self.app.control().add_fault(serde_json::from_value(rule).unwrap()).unwrap();
            assert_eq!(self.admitted(request.clone()).status, 503);
        }
        let answer = self.admitted(request);
        self.model.settle(self.clock.now());
        answer
    }

    /// Sends it until it does not come too often.
    fn admitted(&mut self, request: Request) -> Response {
        let answer = self.once(request.clone());
        if answer.status != 429 {
            return answer;
        }
        self.clock.advance(Duration::from_secs(1));
        let answer = self.once(request);
        assert_ne!(answer.status, 429, "a second is enough");
        answer
    }

    fn once(&mut self, request: Request) -> Response {
        let answer = self.runtime.block_on(pipeline::handle(&self.app, request)).whole().unwrap();
        self.answered.push(answer.status.as_u16());
        answer
    }

    /// A token that is good now and some seconds on.
    fn token(&mut self, client: usize) -> String {
        if self.model.tokens[client].1 <= self.now().after(Duration::from_secs(5)) {
            let (id, secret) = &self.credentials[client];
            let form =
                format!("grant_type=client_credentials&client_id={id}&client_secret={secret}");
            let exchange = Request::new(Method::POST, "/o/client/token")
                .with_body("application/x-www-form-urlencoded", form);
            let answer = json_of(&self.send(exchange));
            let end = answer["created_at"].as_i64().unwrap()
                + answer["expires_in"].as_i64().unwrap() * 1000;
            let token = answer["access_token"].as_str().unwrap().to_owned();
            self.model.tokens[client] = (token, Timestamp(end));
        }
        self.model.tokens[client].0.clone()
    }

    pub(super) fn call(&mut self, who: Who, method: Method, path: &str) -> Request {
        let token = self.token(who.client);
        Request::new(method, &format!("/api/v2/{}/{path}", PROVIDERS[who.provider]))
            .with_header("authorization", &format!("Bearer {token}"))
            .with_header("ap-device-identifier", DEVICES[who.device])
            .with_header("x-forwarded-for", &format!("203.0.113.{}", who.device))
            .with_header("user-agent", "Mozilla/5.0 (Linux; Android 14)")
    }

    /// A call of somebody who is somebody elsewhere too.
    pub(super) fn call_as(
        &mut self,
        (who, subject): (Who, Subject),
        method: Method,
        path: &str,
    ) -> Request {
        let request = self.call(who, method, path);
        let Some(subject) = subject else { return request };
        let make = serde_json::from_value(json!({"subject": SUBJECTS[subject]})).unwrap();
        let token = self.app.control().make_service_token(&make).unwrap();
        request.with_header("ad-service-token", &token.value)
    }

    pub(super) fn save(&mut self) {
        self.saved = Some((self.app.snapshot(), self.model.clone()));
    }

    /// Back to what was saved, moved to the present.
    pub(super) fn restore(&mut self) {
        let Some((snapshot, model)) = &self.saved else { return };
        self.app.restore(snapshot).unwrap();
        self.model = model.clone().shifted(self.clock.now().millis() - snapshot.taken_at);
        self.restores.push(self.answered.len());
    }

    /// Whether some answer held these words.
    pub(super) fn has_said(&self, words: &str) -> bool {
        let has = |body: &[u8]| body.windows(words.len()).any(|part| part == words.as_bytes());
        self.app
            .journal
            .entries()
            .iter()
            .any(|entry| matches!(&entry.outcome, Outcome::Answered { body, .. } if has(body)))
    }

    /// Every exchange is in the journal as it was, in order, and nobody came more often than they
    /// may.
    pub(super) fn assert_journal(&self) {
        let entries = self.app.journal.entries();
        assert!(entries.windows(2).all(|pair| pair[0].arrived < pair[1].arrived));
        assert!(entries.iter().all(|entry| entry.arrived <= entry.answered));
        let status = |outcome: &Outcome| match outcome {
            Outcome::Answered { status, .. } => status.as_u16(),
            other => panic!("{other:?}"),
        };
        let statuses: Vec<u16> = entries.iter().map(|entry| status(&entry.outcome)).collect();
        assert_eq!(statuses, self.answered);
        let limits = ThrottleSettings::default();
        // Since when, when last, how many.
        let mut devices: HashMap<IpAddr, (Timestamp, Timestamp, u64)> = HashMap::new();
        for (index, entry) in entries.iter().enumerate() {
            if self.restores.contains(&index) {
                devices.clear();
            }
            let at = entry.arrived.at;
            let known = devices.entry(entry.device_address).or_insert((at, at, 0));
            if at.millis() - known.1.millis() >= SILENCE {
                *known = (at, at, 0);
            }
            known.1 = at;
            if is_throttled(&entry.path) && statuses[index] != 429 {
                known.2 += 1;
                let seconds = at.since(known.0).as_secs();
                let most = u64::from(limits.burst) + u64::from(limits.rate) * (seconds + 1);
                assert!(known.2 <= most, "{} of {most}", known.2);
            }
        }
    }
}

pub(super) fn json_of(answer: &Response) -> Value {
    assert!(answer.status.is_success(), "{}: {:?}", answer.status, answer.body);
    serde_json::from_slice(&answer.body).unwrap()
}

#[track_caller]
pub(super) fn assert_error(answer: &Response, code: ErrorCode) {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    assert_eq!(answer.status, code.status(), "{body}");
    assert_eq!(body["code"], code.code(), "{body}");
}
