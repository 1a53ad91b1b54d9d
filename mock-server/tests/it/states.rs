//! Random sequences of calls by several applications, devices and users, with the clock jumping
//! ahead, against a model of what must hold whatever happens.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use http::Method;
use pass_mock::clock::{Clock, Mode, Timestamp};
use pass_mock::domain::{ErrorCode, When};
use pass_mock::http::{Request, Response};
use pass_mock::throttle::ThrottleSettings;
use pass_mock::{App, MockServer, pipeline};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use crate::harness::START;

const MVPDS: [&str; 3] = ["Cablevision", "Spectrum", "Dish"];
const PROVIDERS: [&str; 2] = ["REF30", "apasstest1"];
const RESOURCES: [&str; 3] = ["REF30", "news", "premium"];
const CLIENTS: usize = 2;
const DEVICES: [&str; 2] = ["fingerprint dHYtMQ==", "fingerprint cGhvbmUtMg=="];

/// Which application on which device for which service provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Who {
    client: usize,
    device: usize,
    provider: usize,
}

/// What can happen.
#[derive(Clone, Debug)]
enum Step {
    Create {
        who: Who,
        mvpd: Option<usize>,
    },
    /// Codes are named by how long ago they were issued.
    Resume {
        client: usize,
        code: usize,
        mvpd: usize,
    },
    Open {
        code: usize,
    },
    Login {
        code: usize,
        user: &'static str,
        delay: u64,
    },
    Deny {
        code: usize,
    },
    Poll {
        client: usize,
        code: usize,
    },
    Profiles {
        who: Who,
    },
    Profile {
        who: Who,
        mvpd: usize,
    },
    Decide {
        who: Who,
        mvpd: usize,
        resource: usize,
        authorize: bool,
    },
    /// The whole way to an authorization.
    Watch {
        who: Who,
        mvpd: usize,
        resource: usize,
    },
    /// The last authorization once more.
    WatchAgain,
    Logout {
        who: Who,
        mvpd: usize,
    },
    Wait {
        seconds: u64,
    },
}

fn who() -> impl Strategy<Value = Who> {
    (0..CLIENTS, 0..DEVICES.len(), 0..PROVIDERS.len()).prop_map(|(client, device, provider)| Who {
        client,
        device,
        provider,
    })
}

fn step() -> impl Strategy<Value = Step> {
    let mvpd = || 0..MVPDS.len();
    let (client, code) = (0..CLIENTS, 0..4_usize);
    let wait = select(vec![1, 20, 60, 899, 1799, 1800, 1801, 86_400, 30 * 86_400]);
    prop_oneof![
        4 => (who(), prop::option::weighted(0.8, mvpd())).prop_map(|(who, mvpd)| Step::Create { who, mvpd }),
        1 => (client.clone(), code.clone(), mvpd()).prop_map(|(client, code, mvpd)| Step::Resume { client, code, mvpd }),
        1 => code.clone().prop_map(|code| Step::Open { code }),
        4 => (code.clone(), select(vec!["demo", "basic"]), select(vec![0, 0, 20, 1800, 1801]))
            .prop_map(|(code, user, delay)| Step::Login { code, user, delay }),
        1 => code.clone().prop_map(|code| Step::Deny { code }),
        3 => (client, code).prop_map(|(client, code)| Step::Poll { client, code }),
        2 => who().prop_map(|who| Step::Profiles { who }),
        2 => (who(), mvpd()).prop_map(|(who, mvpd)| Step::Profile { who, mvpd }),
        4 => (who(), mvpd(), 0..RESOURCES.len(), any::<bool>())
            .prop_map(|(who, mvpd, resource, authorize)| Step::Decide { who, mvpd, resource, authorize }),
        2 => (who(), mvpd(), 0..RESOURCES.len())
            .prop_map(|(who, mvpd, resource)| Step::Watch { who, mvpd, resource }),
        3 => Just(Step::WatchAgain),
        1 => (who(), mvpd()).prop_map(|(who, mvpd)| Step::Logout { who, mvpd }),
        3 => wait.prop_map(|seconds| Step::Wait { seconds }),
    ]
}

/// What the model knows of a session.
#[derive(Clone, Debug)]
struct Session {
    code: String,
    who: Who,
    mvpd: Option<usize>,
    complete: bool,
    not_after: Timestamp,
    superseded: bool,
    login: Login,
    /// The MVPD whose profile the code leads to.
    bound: Option<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Login {
    Open,
    Due { user: &'static str, at: Timestamp },
    Done,
    Denied,
}

#[derive(Clone, Copy, Debug)]
struct Profile {
    user: &'static str,
    not_after: Timestamp,
}

/// The service, and what must be true of it.
struct Bench {
    runtime: tokio::runtime::Runtime,
    app: Arc<App>,
    clock: Clock,
    tokens: Vec<(String, Timestamp)>,
    credentials: Vec<(String, String)>,
    sessions: Vec<Session>,
    profiles: HashMap<(Who, usize), Profile>,
    decisions: HashMap<(Who, usize, usize), (Value, Value)>,
    last: Option<(Who, usize, usize)>,
}

impl Bench {
    fn new() -> Self {
        let clock = Clock::starting_at(START, Mode::Manual);
        let app = MockServer::builder()
            .clock(clock.clone())
            .seed(1)
            .throttle(ThrottleSettings::OFF)
            .into_app();
        let mut bench = Self {
            runtime: tokio::runtime::Builder::new_current_thread().build().unwrap(),
            app,
            clock,
            tokens: Vec::new(),
            credentials: Vec::new(),
            sessions: Vec::new(),
            profiles: HashMap::new(),
            decisions: HashMap::new(),
            last: None,
        };
        let statement = bench.app.fixtures.load().first_software_statement().unwrap().to_owned();
        for _ in 0..CLIENTS {
            let body = json!({ "software_statement": statement }).to_string();
            let register = Request::new(Method::POST, "/o/client/register");
            let answer = json_of(&bench.send(register.with_body("application/json", body)));
            let text = |name: &str| answer[name].as_str().unwrap().to_owned();
            bench.credentials.push((text("client_id"), text("client_secret")));
            bench.tokens.push((String::new(), Timestamp(0)));
        }
        bench
    }

    fn send(&self, request: Request) -> Response {
        self.runtime.block_on(pipeline::handle(&self.app, request)).whole().unwrap()
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A token that is good now.
    fn token(&mut self, client: usize) -> String {
        if self.tokens[client].1 <= self.now() {
            let (id, secret) = &self.credentials[client];
            let form =
                format!("grant_type=client_credentials&client_id={id}&client_secret={secret}");
            let exchange = Request::new(Method::POST, "/o/client/token")
                .with_body("application/x-www-form-urlencoded", form);
            let answer = json_of(&self.send(exchange));
            let end = answer["created_at"].as_i64().unwrap()
                + answer["expires_in"].as_i64().unwrap() * 1000;
            let token = answer["access_token"].as_str().unwrap().to_owned();
            self.tokens[client] = (token, Timestamp(end));
        }
        self.tokens[client].0.clone()
    }

    fn call(&mut self, who: Who, method: Method, path: &str) -> Request {
        let token = self.token(who.client);
        Request::new(method, &format!("/api/v2/{}/{path}", PROVIDERS[who.provider]))
            .with_header("authorization", &format!("Bearer {token}"))
            .with_header("ap-device-identifier", DEVICES[who.device])
            .with_header("user-agent", "Mozilla/5.0 (Linux; Android 14)")
    }

    /// The model's logins whose time has come become the model's profiles.
    fn settle(&mut self) {
        let now = self.now();
        for session in &mut self.sessions {
            let Login::Due { user, at } = session.login else { continue };
            let (Some(mvpd), false) = (session.mvpd, session.superseded) else { continue };
            if at <= now && at <= session.not_after {
                session.login = Login::Done;
                session.bound = Some(mvpd);
                let not_after = at.after(Duration::from_secs(30 * 86_400));
                self.profiles.insert((session.who, mvpd), Profile { user, not_after });
                self.decisions.retain(|(who, known, _), _| (*who, *known) != (session.who, mvpd));
            }
        }
    }

    fn profile(&self, who: Who, mvpd: usize) -> Option<Profile> {
        self.profiles.get(&(who, mvpd)).copied().filter(|profile| self.now() <= profile.not_after)
    }

    /// A session by how long ago its code was issued.
    fn session(&self, ago: usize) -> Option<usize> {
        self.sessions.len().checked_sub(1 + ago)
    }

    fn is_live(&self, session: &Session) -> bool {
        !session.superseded && self.now() <= session.not_after
    }

    fn run(&mut self, step: &Step) {
        self.settle();
        match *step {
            Step::Create { who, mvpd } => self.create(who, mvpd),
            Step::Resume { client, code, mvpd } => self.resume(client, code, mvpd),
            Step::Open { code } => self.open(code),
            Step::Login { code, user, delay } => self.login(code, user, delay),
            Step::Deny { code } => self.deny(code),
            Step::Poll { client, code } => self.poll(client, code),
            Step::Profiles { who } => {
                let request = self.call(who, Method::GET, "profiles");
                let answer = json_of(&self.send(request));
                self.assert_profiles(who, &answer, 0..MVPDS.len());
            }
            Step::Profile { who, mvpd } => {
                let request = self.call(who, Method::GET, &format!("profiles/{}", MVPDS[mvpd]));
                let answer = self.send(request);
                if self.integrated(who, mvpd) {
                    self.assert_profiles(who, &json_of(&answer), mvpd..=mvpd);
                } else {
                    assert_error(&answer, ErrorCode::InvalidIntegration);
                }
            }
            Step::Decide { who, mvpd, resource, authorize } => {
                self.decide(who, mvpd, resource, authorize);
            }
            Step::Watch { who, mvpd, resource } => {
                self.create(who, Some(mvpd));
                self.login(0, "demo", 0);
                self.decide(who, mvpd, resource, true);
                self.last = Some((who, mvpd, resource));
            }
            Step::WatchAgain => {
                if let Some((who, mvpd, resource)) = self.last {
                    self.decide(who, mvpd, resource, true);
                }
            }
            Step::Logout { who, mvpd } => self.logout(who, mvpd),
            Step::Wait { seconds } => self.clock.advance(Duration::from_secs(seconds)),
        }
    }

    /// `apasstest1` has no integration with the last MVPD.
    fn integrated(&self, who: Who, mvpd: usize) -> bool {
        who.provider == 0 || MVPDS[mvpd] != "Dish"
    }

    fn create(&mut self, who: Who, mvpd: Option<usize>) {
        let form = match mvpd {
            Some(mvpd) => {
                format!("mvpd={}&domainName=a.b&redirectUrl=https%3A%2F%2Fa.b", MVPDS[mvpd])
            }
            None => "domainName=a.b".to_owned(),
        };
        let request = self.call(who, Method::POST, "sessions");
        let answer = self.send(request.with_body("application/x-www-form-urlencoded", form));
        if mvpd.is_some_and(|mvpd| !self.integrated(who, mvpd)) {
            return assert_error(&answer, ErrorCode::InvalidIntegration);
        }
        let answer = json_of(&answer);
        if mvpd.is_some_and(|mvpd| self.profile(who, mvpd).is_some()) {
            assert_eq!(answer["reasonType"], "authenticated");
            assert!(answer.get("code").is_none() && answer.get("notAfter").is_none());
            return;
        }
        let action = if mvpd.is_some() { "authenticate" } else { "resume" };
        assert_eq!(answer["actionName"], action);
        let code = answer["code"].as_str().unwrap().to_owned();
        assert!(self.sessions.iter().all(|session| session.code != code), "codes differ");
        for session in &mut self.sessions {
            session.superseded |= session.who == who;
        }
        let not_after = self.now().after(Duration::from_secs(1800));
        let (login, bound) = (Login::Open, None);
        let complete = mvpd.is_some();
        self.sessions.push(Session {
            code,
            who,
            mvpd,
            complete,
            not_after,
            superseded: false,
            login,
            bound,
        });
    }

    fn resume(&mut self, client: usize, ago: usize, mvpd: usize) {
        let Some(index) = self.session(ago) else { return };
        let session = self.sessions[index].clone();
        let who = Who { client, ..session.who };
        let form = format!("mvpd={}&domainName=a.b&redirectUrl=https%3A%2F%2Fa.b", MVPDS[mvpd]);
        let request = self.call(who, Method::POST, &format!("sessions/{}", session.code));
        let answer = self.send(request.with_body("application/x-www-form-urlencoded", form));
        if !self.integrated(who, mvpd) {
            return assert_error(&answer, ErrorCode::InvalidIntegration);
        }
        let known = self.profile(session.who, mvpd).is_some();
        if !self.is_live(&session) || (session.login == Login::Done && !known) {
            return assert_error(&answer, ErrorCode::InvalidAuthenticationSession);
        }
        let answer = json_of(&answer);
        let session = &mut self.sessions[index];
        (session.mvpd, session.complete) = (Some(mvpd), true);
        if known {
            assert_eq!(answer["reasonType"], "authenticated");
            session.bound = Some(mvpd);
        } else {
            assert_eq!(answer["actionName"], "authenticate");
            assert_eq!(answer["code"], session.code.as_str());
        }
    }

    fn open(&mut self, ago: usize) {
        let Some(index) = self.session(ago) else { return };
        let session = &self.sessions[index];
        let path =
            format!("/api/v2/authenticate/{}/{}", PROVIDERS[session.who.provider], session.code);
        let answer = self.send(Request::new(Method::GET, &path));
        let open = !matches!(session.login, Login::Done | Login::Denied);
        let leads_on = self.is_live(session) && session.complete && open;
        assert_eq!(answer.status, if leads_on { 302 } else { 400 }, "{session:?}");
    }

    fn login(&mut self, ago: usize, user: &'static str, delay: u64) {
        let Some(index) = self.session(ago) else { return };
        let (now, session) = (self.now(), self.sessions[index].clone());
        let delay = Duration::from_secs(delay);
        let fixtures = self.app.fixtures.load();
        let who = fixtures.user(user).unwrap();
        let done =
            self.app.domain.complete_login(&fixtures, &session.code, who, When::After(delay), now);
        let open = matches!(session.login, Login::Open | Login::Due { .. });
        let expected = self.is_live(&session) && session.mvpd.is_some() && open;
        assert_eq!(done.is_ok(), expected, "{done:?} for {session:?}");
        if expected {
            self.sessions[index].login = Login::Due { user, at: now.after(delay) };
            self.settle();
        }
    }

    fn deny(&mut self, ago: usize) {
        let Some(index) = self.session(ago) else { return };
        let live = self.is_live(&self.sessions[index]);
        let session = &mut self.sessions[index];
        let denied =
            self.app.domain.deny_login(&self.app.fixtures.load(), &session.code, self.clock.now());
        assert_eq!(denied.is_ok(), live && session.login != Login::Done);
        if denied.is_ok() {
            session.login = Login::Denied;
        }
    }

    fn poll(&mut self, client: usize, ago: usize) {
        let Some(index) = self.session(ago) else { return };
        let session = self.sessions[index].clone();
        let who = Who { client, ..session.who };
        let request = self.call(who, Method::GET, &format!("profiles/code/{}", session.code));
        let answer = self.send(request);
        if !self.is_live(&session) {
            return assert_error(&answer, ErrorCode::InvalidAuthenticationSession);
        }
        let bound = session.bound.into_iter();
        self.assert_profiles(session.who, &json_of(&answer), bound);
    }

    /// Of these MVPDs, exactly those whose profile the model knows are shown.
    fn assert_profiles(&self, who: Who, answer: &Value, mvpds: impl IntoIterator<Item = usize>) {
        let shown = answer["profiles"].as_object().unwrap();
        let known: Vec<_> =
            mvpds.into_iter().filter_map(|mvpd| Some((mvpd, self.profile(who, mvpd)?))).collect();
        assert_eq!(shown.len(), known.len(), "{answer} for {who:?}, {known:?}");
        for (mvpd, profile) in known {
            let shown = &shown[MVPDS[mvpd]];
            assert_eq!(shown["notAfter"], profile.not_after.millis());
            let is_basic = shown["attributes"]["userID"]["value"] == "2b8352q";
            assert_eq!(is_basic, profile.user == "basic", "somebody else's profile");
        }
    }

    fn decide(&mut self, who: Who, mvpd: usize, resource: usize, authorize: bool) {
        let kind = if authorize { "authorize" } else { "preauthorize" };
        let request = self.call(who, Method::POST, &format!("decisions/{kind}/{}", MVPDS[mvpd]));
        let body = json!({ "resources": [RESOURCES[resource]] }).to_string();
        let answer = self.send(request.with_body("application/json", body));
        if !self.integrated(who, mvpd) {
            return assert_error(&answer, ErrorCode::InvalidIntegration);
        }
        let Some(profile) = self.profile(who, mvpd) else {
            let expired = self.profiles.contains_key(&(who, mvpd));
            return assert_error(
                &answer,
                if expired {
                    ErrorCode::AuthenticatedProfileExpired
                } else {
                    ErrorCode::AuthenticatedProfileMissing
                },
            );
        };
        let answer = json_of(&answer);
        let decision = &answer["decisions"][0];
        let permitted = RESOURCES[resource] != "premium";
        assert_eq!(decision["authorized"], permitted, "{profile:?}");
        assert_eq!(decision.get("error").is_some(), !permitted);
        assert_eq!(decision.get("token").is_some(), permitted && authorize);
        if authorize {
            self.assert_stable((who, mvpd, resource), decision);
        } else {
            assert!(decision.get("notAfter").is_none());
        }
    }

    /// A decision's own validity stays the same until it is over.
    fn assert_stable(&mut self, key: (Who, usize, usize), decision: &Value) {
        let validity = (decision["notBefore"].clone(), decision["notAfter"].clone());
        let now = self.now().millis();
        match self.decisions.get(&key).filter(|(_, end)| now <= end.as_i64().unwrap()) {
            Some(known) => assert_eq!(validity, *known),
            None => assert_eq!(validity.0, now),
        }
        self.decisions.insert(key, validity);
    }

    fn logout(&mut self, who: Who, mvpd: usize) {
        let path = format!("logout/{}?redirectUrl=https%3A%2F%2Fa.b", MVPDS[mvpd]);
        let request = self.call(who, Method::GET, &path);
        let answer = self.send(request);
        if !self.integrated(who, mvpd) {
            return assert_error(&answer, ErrorCode::InvalidIntegration);
        }
        let action = json_of(&answer)["logouts"][MVPDS[mvpd]]["actionName"].clone();
        let known = self.profile(who, mvpd).is_some();
        let expected = match (known, MVPDS[mvpd]) {
            (false, _) => "invalid",
            (true, "Dish") => "complete",
            (true, _) => "logout",
        };
        assert_eq!(action, expected);
        self.profiles.remove(&(who, mvpd));
        self.decisions.retain(|(owner, known, _), _| (*owner, *known) != (who, mvpd));
    }
}

fn json_of(answer: &Response) -> Value {
    assert!(answer.status.is_success(), "{}: {:?}", answer.status, answer.body);
    serde_json::from_slice(&answer.body).unwrap()
}

fn assert_error(answer: &Response, code: ErrorCode) {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    assert_eq!(answer.status, code.status(), "{body}");
    assert_eq!(body["code"], code.code(), "{body}");
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 200,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn whatever_happens_nobody_sees_or_plays_what_is_not_theirs(
        steps in prop::collection::vec(step(), 1..80)
    ) {
        let mut bench = Bench::new();
        for step in &steps {
            bench.run(step);
        }
        // In the end, everybody sees exactly what is theirs.
        bench.settle();
        for client in 0..CLIENTS {
            for device in 0..DEVICES.len() {
                for provider in 0..PROVIDERS.len() {
                    bench.run(&Step::Profiles { who: Who { client, device, provider } });
                }
            }
        }
    }
}
