//! Many devices at once, for minutes of the service's time.
//!
//! Scaled for a build without optimisation; `cargo bench -p pass-mock --bench server -- fleet-minutes`
//! plays ten thousand devices against the program.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{Method, StatusCode};
use pass_mock::journal::Capacity;
use pass_mock::throttle::ThrottleSettings;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::control::done;
use crate::device::Device;
use crate::harness::{Answer, Call, Connection, Mock};

const MINUTES: u64 = 10;
/// How often a device asks, in seconds: as often as the cookbook lets it.
const EVERY: u64 = 5;
const DEVICES: u64 = 60;
/// Devices that ask three times a second instead.
const HASTY: u64 = 2;
const HASTY_CALLS: u64 = 3;
/// Beyond one a second.
const BURST: u64 = 10;
/// Users of the fixtures whose profiles look different.
const USERS: [(&str, &str); 2] = [("basic", "2b8352h"), ("everything", "3c9463r")];
const MVPDS: [&str; 3] = ["Cablevision", "Dish", "Spectrum"];

/// A device that signs its user in, sees it, signs out, and begins anew; one call at each turn.
struct Tv {
    number: u64,
    token: String,
    life: Life,
    logins: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Life {
    SignedOut,
    /// Asks for the profile until it is there, which it is from a turn on, or at once after.
    Waiting {
        code: String,
        turns: u64,
    },
    /// The user has signed in: the next poll brings the profile.
    Due {
        code: String,
    },
    SignedIn,
}

impl Tv {
    /// With whom, and who; both change with every login.
    fn mvpd(&self) -> &'static str {
        MVPDS[(self.number + self.logins) as usize % MVPDS.len()]
    }

    fn user(&self) -> (&'static str, &'static str) {
        USERS[(self.number / 3 + self.logins) as usize % USERS.len()]
    }

    fn call(&self, mock: &Mock, method: Method, path: &str) -> Call {
        let identifier = format!("fingerprint {}", STANDARD.encode(format!("tv-{}", self.number)));
        mock.call(method, &format!("/api/v2/REF30/{path}"))
            .bearer(&self.token)
            .header("ap-device-identifier", &identifier)
            .header("x-forwarded-for", &address(self.number))
    }

    fn next_call(&self, mock: &Mock) -> Call {
        match &self.life {
            Life::SignedOut => self.call(mock, Method::POST, "sessions").form(&[
                ("mvpd", self.mvpd()),
                ("domainName", "adobe.com"),
                ("redirectUrl", "https://adobe.com"),
            ]),
            Life::Waiting { code, .. } | Life::Due { code } => {
                self.call(mock, Method::GET, &format!("profiles/code/{code}"))
            }
            Life::SignedIn => {
                let path = format!("logout/{}?redirectUrl=https%3A%2F%2Fadobe.com", self.mvpd());
                self.call(mock, Method::GET, &path)
            }
        }
    }

    /// Takes an answer in, which must be exactly what is due.
    fn goes_on(&mut self, answer: &Answer, rng: &mut ChaCha8Rng) {
        assert!(answer.status.is_success(), "{:?}: {answer:?}", self.life);
        let body = answer.json();
        self.life = match self.life.clone() {
            Life::SignedOut => {
                let code = body["code"].as_str().unwrap().to_owned();
                Life::Waiting { code, turns: rng.random_range(0..12) }
            }
            Life::Waiting { code, turns } => {
                assert_eq!(body["profiles"], json!({}), "nobody has signed in at {}", self.number);
                Life::Waiting { code, turns: turns.saturating_sub(1) }
            }
            Life::Due { .. } => {
                assert_own(self, &body);
                Life::SignedIn
            }
            Life::SignedIn => {
                assert!(body["logouts"][self.mvpd()].is_object(), "{body}");
                self.logins += 1;
                Life::SignedOut
            }
        };
    }

    /// The code with which its user signs in now.
    fn wants_login(&self) -> Option<&str> {
        match &self.life {
            Life::Waiting { code, turns: 0 } => Some(code),
            _ => None,
        }
    }
}

/// The profile is that of the device's own login and no other one.
fn assert_own(tv: &Tv, body: &Value) {
    let profiles = body["profiles"].as_object().unwrap();
    assert_eq!(profiles.keys().collect::<Vec<_>>(), [tv.mvpd()], "device {}", tv.number);
    let household = &profiles[tv.mvpd()]["attributes"]["householdID"]["value"];
    assert_eq!(household, tv.user().1, "device {}", tv.number);
}

fn address(number: u64) -> String {
    format!("10.0.{}.{}", number / 256, number % 256)
}

/// Calls one after the other over one connection, and what became of each.
async fn over(mut connection: Connection, calls: Vec<(usize, Call)>) -> Lane {
    let mut answers = Vec::with_capacity(calls.len());
    for (index, call) in calls {
        answers.push((index, connection.send(call).await));
    }
    (connection, answers)
}

type Lane = (Connection, Vec<(usize, Answer)>);

/// Sends calls over all connections at the same time.
async fn all(connections: &mut Vec<Connection>, calls: Vec<(usize, Call)>) -> Vec<(usize, Answer)> {
    let mut lanes: Vec<Vec<_>> = connections.iter().map(|_| Vec::new()).collect();
    let count = lanes.len();
    for (turn, call) in calls.into_iter().enumerate() {
        lanes[turn % count].push(call);
    }
    let mut tasks = JoinSet::new();
    for (connection, calls) in connections.drain(..).zip(lanes) {
        tasks.spawn(over(connection, calls));
    }
    let mut answers = Vec::new();
    while let Some(lane) = tasks.join_next().await {
        let (connection, own) = lane.unwrap();
        connections.push(connection);
        answers.extend(own);
    }
    answers
}

/// Every login that was completed is seen by its device's next poll, by no other device, and not
/// before; who keeps the documented limit is never refused, and who does not is refused exactly as
/// often as the arithmetic says; what is kept does not grow.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn devices_that_poll_for_minutes_see_their_logins_and_nobody_elses() {
    let journal = Capacity { entries: 512, bytes: usize::MAX };
    let mock =
        Mock::with(|builder| builder.throttle(ThrottleSettings::default()).journal(journal)).await;
    let token = Device::new(&mock, "any").await.token;
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    let new = |number| Tv { number, token: token.clone(), life: Life::SignedOut, logins: 0 };
    let mut tvs: Vec<Tv> = (0..DEVICES).map(new).collect();
    let hasty: Vec<Tv> = (DEVICES..DEVICES + HASTY).map(new).collect();
    let mut connections = Vec::new();
    for _ in 0..8 {
        connections.push(Connection::open(mock.address()).await);
    }
    let before = mock.server.journal().appended() as u64;
    let (mut sent, mut admitted, mut refused) = (0, 0, 0);
    for second in 0..MINUTES * 60 {
        let turn = |tv: &Tv| tv.number % EVERY == second % EVERY;
        // Users sign in while other devices call.
        let mut logins = JoinSet::new();
        for tv in tvs.iter_mut().filter(|tv| !turn(tv)) {
            let Some(code) = tv.wants_login().map(str::to_owned) else { continue };
            let path = format!("/sessions/{code}/complete");
            let call = mock.control(Method::POST, &path).json(&json!({"user": tv.user().0}));
            logins.spawn(async move { call.send().await.status });
            tv.life = Life::Due { code };
        }
        let whose_turn = tvs.iter().enumerate().filter(|(_, tv)| turn(tv));
        let mut calls: Vec<_> =
            whose_turn.map(|(index, tv)| (index, tv.next_call(&mock))).collect();
        for (index, tv) in hasty.iter().enumerate() {
            let asks = || (tvs.len() + index, tv.call(&mock, Method::GET, "profiles"));
            calls.extend(std::iter::repeat_with(asks).take(HASTY_CALLS as usize));
        }
        sent += calls.len() as u64;
        for (index, answer) in all(&mut connections, calls).await {
            match tvs.get_mut(index) {
                Some(tv) => tv.goes_on(&answer, &mut rng),
                None if answer.status == StatusCode::TOO_MANY_REQUESTS => refused += 1,
                None => admitted += 1,
            }
        }
        while let Some(status) = logins.join_next().await {
            assert_eq!(status.unwrap(), StatusCode::OK);
        }
        mock.advance(1);
    }
    let logins: u64 = tvs.iter().map(|tv| tv.logins).sum();
    assert!(logins > DEVICES * 8, "{logins} logins are too few to tell anything");
    let seconds = MINUTES * 60;
    assert_eq!(admitted, HASTY * (seconds + BURST));
    assert_eq!(refused, HASTY * (seconds * (HASTY_CALLS - 1) - BURST));

    let app = mock.server.app();
    assert_eq!(app.journal.appended() as u64 - before, sent);
    assert_eq!(app.journal.len(), journal.entries);
    assert_eq!(app.throttle.devices(app.clock.now()).len() as u64, DEVICES + HASTY + 1);
    assert!(app.domain.sessions.len() as u64 <= DEVICES, "a device has one session at a time");
    assert!(app.domain.profiles.len() as u64 <= DEVICES);
}

/// Devices come and are not seen again; what the service keeps follows who is there, and not who
/// ever was.
#[tokio::test]
async fn devices_that_are_not_seen_again_are_forgotten() {
    const GENERATION: u64 = 100;
    let mock = Mock::with(|builder| builder.throttle(ThrottleSettings::default())).await;
    let token = Device::new(&mock, "any").await.token;
    let mut connection = Connection::open(mock.address()).await;
    for generation in 0..8 {
        for number in generation * GENERATION..(generation + 1) * GENERATION {
            let tv = Tv { number, token: token.clone(), life: Life::SignedOut, logins: 0 };
            assert!(connection.send(tv.next_call(&mock)).await.status.is_success());
        }
        let kept = mock.server.app().domain.sessions.len() as u64;
        assert!((GENERATION..2 * GENERATION).contains(&kept), "{kept} in {generation}");
        let listed = done(&mock, Method::GET, "/throttle", Value::Null).await;
        let known = listed["devices"].as_array().unwrap().len() as u64;
        assert_eq!(known, GENERATION + u64::from(generation == 0), "{generation}");
        mock.server.clock().advance(Duration::from_secs(31 * 60));
    }
}
