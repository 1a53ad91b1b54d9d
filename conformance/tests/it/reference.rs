//! The reference client against the mock, in virtual time: what it calls and what it shows, line by
//! line.

use std::time::Duration;

use pass_conformance::defects::Defects;
use pass_conformance::driver::ClientHost;
use pass_conformance::http_client::{HttpClient, InFlight};
use pass_conformance::protocol::{
    Action, BrowserEvent, BrowserNews, ClientEvent, Do, Flow, FromClient, Hello, Role, TempPass,
    ToClient,
};
use pass_conformance::reference;
use pass_conformance::virtual_time::{START, VirtualTime};
use pass_mock::MockServer;
use pass_mock::clock::{Clock, Mode, Stamp};
use pass_mock::domain::When;
use pass_mock::faults::FaultRule;
use pass_mock::ids::Ids;
use pass_mock::journal::Outcome;
use pass_mock::throttle::ThrottleSettings;
use serde_json::json;
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};

/// A TV, its viewer, and the service.
struct World {
    clock: Clock,
    server: MockServer,
    http: HttpClient,
    ids: Ids,
    hello: Hello,
    _storage: tempfile::TempDir,
    lines: Vec<(Stamp, String)>,
    codes: Vec<String>,
    run: Option<(UnboundedSender<ToClient>, UnboundedReceiver<FromClient>)>,
    next_id: u64,
}

impl World {
    async fn new(flow: Flow, mvpd: Option<&str>) -> Self {
        let clock = Clock::starting_at(START, Mode::Manual);
        let in_flight = InFlight::default();
        let server = MockServer::builder()
            .clock(clock.clone())
            .seed(1)
            .control(None)
            .throttle(ThrottleSettings { enabled: false, ..ThrottleSettings::default() })
            .start()
            .await
            .unwrap();
        let time = VirtualTime::new(clock.clone(), in_flight.clone(), {
            let app = std::sync::Arc::clone(server.app());
            move || app.held()
        });
        tokio::spawn(time.run());
        let storage = tempfile::tempdir().unwrap();
        let statement = server.app().fixtures.load().first_software_statement().map(Into::into);
        let hello = Hello {
            protocol: 1,
            scenario: "test".into(),
            base_url: server.base_url(),
            service_provider: "REF30".into(),
            software_statement: statement.unwrap_or_else(|| "e30.e30.e30".into()),
            domain_name: "adobe.com".into(),
            redirect_url: "https://adobe.com/done".into(),
            storage_dir: storage.path().to_str().unwrap().into(),
            flow,
            mvpd: mvpd.map(Into::into),
            clock_speed: 1.0,
            now: None,
            device_ip: None,
            temp_pass: None,
            single_sign_on: None,
            media_token_key: None,
            role: Role::Streaming,
        };
        Self {
            http: HttpClient::new(clock.clone(), in_flight),
            clock,
            server,
            ids: Ids::seeded(2),
            hello,
            _storage: storage,
            lines: Vec::new(),
            codes: Vec::new(),
            run: None,
            next_id: 1,
        }
    }

    /// Starts the app: a new run over the same storage.
    async fn launch(&mut self) {
        let (to_client, inbox) = mpsc::unbounded_channel();
        let (outbox, from_client) = mpsc::unbounded_channel();
        let (clock, http, ids) = (self.clock.clone(), self.http.clone(), self.ids.clone());
        let host = ClientHost { clock, http, ids, inbox, outbox };
        tokio::spawn(reference::run(host, Defects::NONE));
        to_client.send(ToClient::Hello(Box::new(self.hello.clone()))).unwrap();
        self.run = Some((to_client, from_client));
        assert!(matches!(self.hear().await, Some(FromClient::Ready { .. })));
        self.act(Action::Launch).await;
    }

    /// Does something and waits until the client is done with it.
    async fn act(&mut self, action: Action) {
        let id = self.begin(action);
        self.until_done(id).await;
    }

    fn begin(&mut self, action: Action) -> u64 {
        let id = self.next_id;
        self.next_id += 1;
        self.line(format!("the viewer: {}", serde_json::to_string(&action).unwrap()));
        self.say(ToClient::Do(Do { id, action }));
        id
    }

    fn say(&mut self, message: ToClient) {
        self.run.as_ref().unwrap().0.send(message).unwrap();
    }

    async fn hear(&mut self) -> Option<FromClient> {
        self.run.as_mut().unwrap().1.recv().await
    }

    /// Notes what the client shows, until it is done.
    async fn until_done(&mut self, id: u64) {
        loop {
            match self.hear().await.expect("the client is still there") {
                FromClient::Done { id: done, error: None } if done == id => return,
                FromClient::Event(event) => self.shown(event),
                other => panic!("{other:?}"),
            }
        }
    }

    /// Notes what the client shows, up to the first event that `is_it`.
    async fn until(&mut self, is_it: impl Fn(&ClientEvent) -> bool) -> ClientEvent {
        loop {
            match self.hear().await.expect("the client is still there") {
                FromClient::Event(event) => {
                    self.shown(event.clone());
                    if is_it(&event) {
                        return event;
                    }
                }
                other => panic!("{other:?}"),
            }
        }
    }

    fn shown(&mut self, event: ClientEvent) {
        match &event {
            ClientEvent::CodeShown { code } => self.codes.push(code.clone()),
            ClientEvent::OpenUrl { url } if url.contains("/authenticate/") => {
                self.codes.extend(url.rsplit('/').next().map(Into::into));
            }
            _ => {}
        }
        self.line(format!("the screen: {}", serde_json::to_string(&event).unwrap()));
    }

    fn line(&mut self, line: String) {
        self.lines.push((self.clock.stamp(), line));
    }

    /// Has the service answer otherwise than it would.
    fn fault(&self, rule: serde_json::Value) {
        let rule: FaultRule = serde_json::from_value(rule).unwrap();
        self.server.app().control().add_fault(rule).unwrap();
    }

    /// Signs in as the first test user at whatever the client shows, which takes so long.
    async fn sign_in(&mut self, takes: Duration) {
        let id = self.begin(Action::SignIn { mvpd: None });
        self.complete_login(takes).await;
        self.until_done(id).await;
    }

    async fn complete_login(&mut self, takes: Duration) {
        let wanted = |event: &ClientEvent| {
            matches!(event, ClientEvent::OpenUrl { .. } | ClientEvent::CodeShown { .. })
        };
        let shown = self.until(wanted).await;
        self.clock.sleep(takes).await;
        let (code, in_browser) = match &shown {
            ClientEvent::OpenUrl { url } => (url.rsplit('/').next().unwrap().to_owned(), true),
            ClientEvent::CodeShown { code } => (code.clone(), false),
            _ => unreachable!(),
        };
        let app = self.server.app();
        let fixtures = app.fixtures.load();
        let user = fixtures.first_user().unwrap();
        app.domain.complete_login(&fixtures, &code, user, When::Soon, self.clock.now()).unwrap();
        if in_browser {
            let url = Some(self.hello.redirect_url.clone());
            self.say(ToClient::Browser(BrowserNews { event: BrowserEvent::Reached, url }));
        }
    }

    /// Everything that happened, in order, with seconds since the beginning. Of one call again and
    /// again, the first and the last.
    fn story(&self) -> String {
        let calls = self.server.journal().entries().into_iter().map(|entry| {
            let status = match &entry.outcome {
                Outcome::Answered { status, .. } => status.as_u16().to_string(),
                unanswered => format!("{unanswered:?}").to_lowercase(),
            };
            (entry.arrived, format!("{} {} -> {status}", entry.method, entry.path))
        });
        let mut lines: Vec<_> = self.lines.iter().cloned().chain(calls).collect();
        lines.sort();
        let base = self.server.base_url();
        let mut story = String::new();
        for same in lines.chunk_by(|a, b| a.1 == b.1) {
            let line = |(stamp, line): &(Stamp, String)| {
                let mut line = line.replace(&base, "");
                for (number, code) in self.codes.iter().enumerate() {
                    line = line.replace(code, &format!("[code {}]", number + 1));
                }
                format!("{:>5} {line}\n", stamp.at.since(START).as_secs())
            };
            story += &line(&same[0]);
            if same.len() > 2 {
                story += &format!("      … {} more\n", same.len() - 2);
            }
            story.extend(same[1..].last().map(line));
        }
        story
    }
}

#[tokio::test]
async fn from_the_first_launch_to_the_sign_out() {
    let mut world = World::new(Flow::Browser, Some("Cablevision")).await;
    world.launch().await;
    world.sign_in(Duration::from_secs(20)).await;
    let resources = ["REF30", "news", "sports", "premium", "a", "b", "c"];
    world.act(Action::Browse { resources: resources.map(Into::into).into() }).await;
    world.act(Action::Browse { resources: vec!["REF30".into(), "premium".into()] }).await;
    world.act(Action::Play { resource: "REF30".into() }).await;
    world.act(Action::Play { resource: "premium".into() }).await;
    let id = world.begin(Action::SignOut);
    world.until(|event| matches!(event, ClientEvent::OpenUrl { .. })).await;
    world.say(ToClient::Browser(BrowserNews { event: BrowserEvent::Reached, url: None }));
    world.until_done(id).await;
    world.act(Action::Play { resource: "REF30".into() }).await;
    world.act(Action::Quit).await;
    insta::assert_snapshot!(world.story());
}

#[tokio::test]
async fn a_new_code_and_one_that_expires() {
    let mut world = World::new(Flow::SecondScreen, Some("Spectrum")).await;
    world.launch().await;
    let sign_in = world.begin(Action::SignIn { mvpd: None });
    world.until(|event| matches!(event, ClientEvent::CodeShown { .. })).await;
    world.clock.sleep(Duration::from_secs(20)).await;
    let renew = world.begin(Action::RequestNewCode);
    world.until(|event| matches!(event, ClientEvent::CodeShown { .. })).await;
    world.until_done(renew).await;
    world.complete_login(Duration::from_secs(40)).await;
    world.until_done(sign_in).await;
    world.act(Action::Quit).await;
    insta::assert_snapshot!(world.story());
}

#[tokio::test]
async fn a_relaunch_goes_on_where_the_last_run_ended() {
    let mut world = World::new(Flow::SecondScreen, Some("Dish")).await;
    world.launch().await;
    world.sign_in(Duration::from_secs(10)).await;
    world.act(Action::Quit).await;
    world.clock.sleep(Duration::from_secs(7 * 3600)).await;
    world.launch().await;
    world.act(Action::Play { resource: "REF30".into() }).await;
    world.clock.sleep(Duration::from_secs(60)).await;
    world.act(Action::Foreground).await;
    world.act(Action::SignIn { mvpd: None }).await;
    world.act(Action::SignOut).await;
    world.act(Action::Quit).await;
    insta::assert_snapshot!(world.story());
}

#[tokio::test]
async fn trouble_that_passes_is_sat_out() {
    let mut world = World::new(Flow::SecondScreen, Some("Dish")).await;
    world.fault(json!({"match": {"endpoint": "register"}, "effect": "reset", "count": 1}));
    world.fault(json!({"match": {"endpoint": "profiles"}, "effect": {"status": 503}, "count": 2}));
    world.launch().await;
    world.fault(json!({"match": {"endpoint": "configuration"}, "effect": "malformed", "count": 1}));
    world.fault(
        json!({"match": {"endpoint": "profile_by_code"}, "effect": {"status": 429}, "count": 2}),
    );
    world.sign_in(Duration::from_secs(1)).await;
    world.fault(json!({"match": {"endpoint": "authorize"}, "count": 2,
        "effect": {"decision_error": {"code": "network_received_error"}}}));
    world.act(Action::Play { resource: "REF30".into() }).await;
    world.fault(json!({"match": {"endpoint": "logout"}, "effect": {"truncated": {}}, "count": 1}));
    world.act(Action::SignOut).await;
    insta::assert_snapshot!(world.story());
}

#[tokio::test]
async fn trouble_that_stays_is_told() {
    let mut world = World::new(Flow::SecondScreen, Some("Dish")).await;
    world.fault(json!({"match": {"endpoint": "profiles"}, "effect": {"status": 500}, "count": 4}));
    world.launch().await;
    world.fault(
        json!({"match": {"endpoint": "profile_by_code"}, "effect": {"status": 500}, "count": 3}),
    );
    world.sign_in(Duration::from_secs(40)).await;
    world.fault(json!({"match": {"endpoint": "preauthorize"}, "effect": "stall"}));
    world.act(Action::Browse { resources: vec!["REF30".into()] }).await;
    world.fault(json!({"match": {"endpoint": "authorize"},
        "effect": {"decision_error": {"code": "network_received_error"}}}));
    world.act(Action::Play { resource: "REF30".into() }).await;
    world.fault(json!({"match": {"endpoint": "logout"}, "effect": {"status": 401}}));
    world.act(Action::SignOut).await;
    insta::assert_snapshot!(world.story());
}

#[tokio::test]
async fn each_error_has_its_own_remedy() {
    let mut world = World::new(Flow::SecondScreen, Some("Dish")).await;
    world.launch().await;
    world.sign_in(Duration::from_secs(1)).await;
    let error = |code: &str| json!({"match": {"endpoint": "authorize"}, "effect": {"error": {"code": code}}, "count": 1});
    for code in [
        "network_connection_timeout",
        "invalid_parameter_resources",
        "authenticated_profile_invalidated",
        "invalid_access_token_client_application",
    ] {
        world.act(Action::SignIn { mvpd: None }).await;
        world.fault(error(code));
        world.act(Action::Play { resource: "REF30".into() }).await;
    }
    insta::assert_snapshot!(world.story());
}

#[tokio::test]
async fn an_answer_nobody_has_heard_of_is_survived() {
    let mut world = World::new(Flow::SecondScreen, Some("Dish")).await;
    let unknown = |endpoint: &str, field: &str| json!({"match": {"endpoint": endpoint}, "effect": {"unknown_value": {"field": field}}});
    world.fault(unknown("create_session", "actionName"));
    world.fault(unknown("profile_by_code", "type"));
    world.fault(unknown("authorize", "source"));
    world.fault(unknown("logout", "actionName"));
    world.launch().await;
    world.sign_in(Duration::from_secs(1)).await;
    world.act(Action::Play { resource: "REF30".into() }).await;
    world.act(Action::SignOut).await;
    insta::assert_snapshot!(world.story());
}

#[tokio::test]
async fn a_trial_is_stopped_when_it_is_over_and_leads_to_a_sign_in() {
    let mut world = World::new(Flow::SecondScreen, Some("Dish")).await;
    world.hello.temp_pass = Some(TempPass { mvpd: "TempPass_TEST40".into(), identity: None });
    world.launch().await;
    world.act(Action::Play { resource: "news".into() }).await;
    world.until(|event| matches!(event, ClientEvent::Message { .. })).await;
    world.clock.sleep(Duration::from_secs(1)).await;
    world.act(Action::Play { resource: "news".into() }).await;
    world.act(Action::Quit).await;
    world.launch().await;
    world.sign_in(Duration::from_secs(1)).await;
    world.act(Action::Play { resource: "news".into() }).await;
    insta::assert_snapshot!(world.story());
}

#[tokio::test]
async fn a_promotion_is_asked_for_by_somebody() {
    let mut world = World::new(Flow::SecondScreen, Some("Dish")).await;
    let identity = Some("viewer@example.com".to_owned());
    world.hello.temp_pass = Some(TempPass { mvpd: "flexibleTempPass".into(), identity });
    world.launch().await;
    for resource in ["news", "sports", "movies", "kids"] {
        world.act(Action::Play { resource: resource.into() }).await;
    }
    insta::assert_snapshot!(world.story());
    let trials = world.server.app().control().trials().trials;
    assert_eq!(trials.iter().map(|trial| trial.identities).collect::<Vec<_>>(), [1]);
}

#[tokio::test]
async fn degradation_lets_everybody_in() {
    let mut world = World::new(Flow::Browser, Some("Cablevision")).await;
    let app = std::sync::Arc::clone(world.server.app());
    let how = serde_json::from_value(json!({"mode": "AuthNAll"})).unwrap();
    app.control().degrade("REF30", "Cablevision", &how).unwrap();
    world.launch().await;
    world.act(Action::SignIn { mvpd: None }).await;
    world.act(Action::Play { resource: "premium".into() }).await;
    app.control().lift_degradation("REF30", "Cablevision").unwrap();
    world.act(Action::Play { resource: "premium".into() }).await;
    insta::assert_snapshot!(world.story());
}

#[tokio::test]
async fn a_media_token_that_is_not_genuine_plays_nothing() {
    let mut world = World::new(Flow::SecondScreen, Some("Dish")).await;
    let key = world.server.app().fixtures.load().keys.media_token_signer().public_key_pem().into();
    world.hello.media_token_key = Some(key);
    world.launch().await;
    world.sign_in(Duration::from_secs(1)).await;
    for tampering in ["tampered", "expired", "future_dated"] {
        let effect = json!({"media_token": tampering});
        world.fault(json!({"match": {"endpoint": "authorize"}, "effect": effect, "count": 1}));
        world.act(Action::Play { resource: "REF30".into() }).await;
    }
    world.act(Action::Play { resource: "REF30".into() }).await;
    insta::assert_snapshot!(world.story());
}

#[tokio::test]
async fn a_server_tells_whom_it_acts_for() {
    let mut world = World::new(Flow::SecondScreen, Some("Dish")).await;
    world.hello.device_ip = Some("198.51.100.23".into());
    world.launch().await;
    let entries = world.server.journal().entries();
    assert!(entries.len() >= 3);
    for entry in entries {
        assert_eq!(entry.device_address.to_string(), "198.51.100.23");
    }
}
