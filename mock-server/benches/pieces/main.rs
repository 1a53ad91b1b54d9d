//! What the pieces of the request path cost: `cargo bench -p pass-mock --bench pieces`, with words for
//! some of them only.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use divan::Bencher;
use http::{HeaderValue, Method, StatusCode};
use pass_mock::api::headers;
use pass_mock::clock::{Clock, Mode, Timestamp};
use pass_mock::domain::clients::Grant;
use pass_mock::domain::{Clients, Device, Owner, Parameters};
use pass_mock::http::{Reply, Request};
use pass_mock::ids::Ids;
use pass_mock::journal::{Capacity, Entry, Journal};
use pass_mock::throttle::{Throttle, ThrottleSettings};
use pass_mock::{App, MockServer, pieces, pipeline, router};

const NOW: Timestamp = Timestamp(1_767_225_600_000);
/// How many clients, tokens or devices there are beside the one that is asked for.
const MANY: [usize; 3] = [1, 10_000, 1_000_000];
const DEVICE_ID: &str = "ba23d141-d715-561c-94f4-000000000001";
const DEVICE_INFO: &str = r#"{"primaryHardwareType":"SetTopBox","model":"TV 5th Gen","version":"12","manufacturer":"Apple","osName":"tvOS","osVendor":"Apple","osVersion":"18.0","connectionType":"WiFi"}"#;

fn main() {
    divan::main();
}

/// An access token among others.
#[divan::bench(args = MANY)]
fn token_check(bencher: Bencher<'_, '_>, tokens: usize) {
    let (clients, ids) = (Clients::default(), Ids::seeded(1));
    let client = clients.register(Grant::default(), Vec::new(), NOW, &ids);
    let day = Duration::from_secs(86_400);
    let issue = || {
        let (id, secret) = (&client.client_id, &client.client_secret);
        clients.issue_token(id, secret, "client_credentials", day, NOW, &ids).ok()
    };
    let Some(token) = std::iter::repeat_with(issue).take(tokens).flatten().last() else { return };
    bencher.bench(|| clients.check(&token.access_token, NOW, Arc::clone));
}

/// A device among others, once a second.
#[divan::bench(args = MANY)]
fn throttle_admit(bencher: Bencher<'_, '_>, devices: usize) {
    let throttle = Throttle::new(ThrottleSettings::default());
    let device = |number: usize| -> IpAddr {
        Ipv4Addr::from_bits(u32::try_from(number).unwrap_or_default()).into()
    };
    for number in 0..devices {
        throttle.admit(device(number), NOW);
    }
    let mut turn = 0;
    bencher.bench_local(|| {
        turn += 1;
        let second = u64::try_from(turn / devices).unwrap_or_default();
        throttle.admit(device(turn % devices), NOW.after(Duration::from_secs(second)))
    });
}

/// Method and path to call.
#[divan::bench(args = [
    "/o/client/token",
    "/api/v2/REF30/profiles/code/8ER640M",
    "/api/v2/REF30/decisions/authorize/Cablevision",
    "/api/v2/REF30/nothing",
])]
fn routing(path: &str) -> router::Route {
    router::route(divan::black_box(&Method::GET), divan::black_box(path))
}

#[divan::bench]
fn header_device_identifier(bencher: Bencher<'_, '_>) {
    let request = Service::new().poll;
    bencher.bench(|| headers::device_identifier(divan::black_box(&request)));
}

/// Whether it can be read, which is all that most calls ask.
#[divan::bench]
fn header_device_info_check(bencher: Bencher<'_, '_>) {
    let request = Service::new().poll;
    bencher.bench(|| headers::check_device_info(divan::black_box(&request)));
}

/// What is in it.
#[divan::bench]
fn header_device_info(bencher: Bencher<'_, '_>) {
    let request = Service::new().poll;
    bencher.bench(|| headers::device_info(divan::black_box(&request)));
}

#[divan::bench]
fn header_bearer(bencher: Bencher<'_, '_>) {
    let request = Service::new().poll;
    bencher.bench(|| headers::bearer(divan::black_box(&request)) == headers::Bearer::Missing);
}

/// To a journal that is full, so that each one lets the oldest go.
#[divan::bench]
fn journal_append(bencher: Bencher<'_, '_>) {
    let entry = entry();
    let journal = Journal::new(Capacity::default());
    for _ in 0..Capacity::default().entries {
        pieces::append(&journal, &entry);
    }
    bencher.bench(|| pieces::append(&journal, &entry));
}

/// A whole poll without the network: everything above, state and answer.
#[divan::bench]
fn whole_poll(bencher: Bencher<'_, '_>) {
    let service = Service::new();
    bencher.with_inputs(|| service.poll.clone()).bench_values(|poll| service.answer(poll));
}

/// A service with a device that waits for its user.
struct Service {
    runtime: tokio::runtime::Runtime,
    app: Arc<App>,
    poll: Request,
}

impl Service {
    fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        let runtime = runtime.unwrap_or_else(|error| panic!("no runtime: {error}"));
        let clock = Clock::starting_at(NOW, Mode::Manual);
        let nobody_calls_too_often =
            ThrottleSettings { rate: u32::MAX, ..ThrottleSettings::default() };
        let builder = MockServer::builder().seed(1).clock(clock).throttle(nobody_calls_too_often);
        let app = builder.into_app();
        let clients = &app.domain.clients;
        let client = clients.register(Grant::default(), Vec::new(), NOW, &app.ids);
        let (id, secret) = (&client.client_id, &client.client_secret);
        let day = Duration::from_secs(86_400);
        let token = clients.issue_token(id, secret, "client_credentials", day, NOW, &app.ids);
        let token = token.unwrap_or_else(|refusal| panic!("no token: {refusal:?}"));
        let owner = Owner {
            client_id: id.clone(),
            device_id: DEVICE_ID.into(),
            service_provider: "REF30".into(),
        };
        let parameters = Parameters { mvpd: Some("Dish".into()), ..Parameters::default() };
        let address = (Ipv4Addr::LOCALHOST, 1).into();
        let device = Device { info: None, user_agent: None, address, known_platform: true };
        let fixtures = app.fixtures.load_full();
        let session =
            app.domain.create_session(&fixtures, owner, parameters, device, NOW, &app.ids);
        let poll = poll(&session.code, &token.access_token);
        Self { runtime, app, poll }
    }

    fn answer(&self, request: Request) -> Reply {
        self.runtime.block_on(pipeline::handle(&self.app, request))
    }
}

/// What the journal keeps of a poll.
fn entry() -> Entry {
    let service = Service::new();
    let answer = service.answer(service.poll.clone());
    assert_eq!(answer.whole().map(|answer| answer.status), Some(StatusCode::OK));
    Entry::clone(&service.app.journal.entries()[0])
}

/// What a device sends that waits for its user.
fn poll(code: &str, token: &str) -> Request {
    let mut request = Request::new(Method::GET, &format!("/api/v2/REF30/profiles/code/{code}"));
    let fields = [
        ("host", "127.0.0.1:8080".to_owned()),
        ("accept", "*/*".to_owned()),
        ("authorization", format!("Bearer {token}")),
        ("ap-device-identifier", format!("fingerprint {}", STANDARD.encode(DEVICE_ID))),
        ("x-device-info", STANDARD.encode(DEVICE_INFO)),
        ("x-forwarded-for", "10.0.0.1".to_owned()),
        ("user-agent", "Player/5.1 (tvOS 18.0)".to_owned()),
    ];
    for (name, value) in fields {
        if let Ok(value) = HeaderValue::try_from(value) {
            request.headers.insert(name, value);
        }
    }
    request
}
