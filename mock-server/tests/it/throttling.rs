//! The documented limit, as a device meets it.

use std::time::Duration;

use http::{Method, StatusCode};
use pass_mock::clock::{Clock, Mode};
use pass_mock::throttle::{Refill, ThrottleSettings};

use crate::harness::{Call, Connection, Mock};

/// The documented example: milliseconds since the first request, and whether it is answered.
const EXAMPLE: [(u64, bool); 17] = [
    (0, true),
    (300, true),
    (600, true),
    (900, true),
    (1200, true),
    (1300, true),
    (1400, true),
    (1500, true),
    (1600, true),
    (1700, true),
    (1800, true),
    (2100, true),
    (2200, true),
    (2400, false),
    (2600, false),
    (2800, false),
    (3100, true),
];

async fn throttled(refill: Refill) -> Mock {
    Mock::with(|builder| {
        builder.throttle(ThrottleSettings { refill, ..ThrottleSettings::default() })
    })
    .await
}

fn passes(status: StatusCode) -> bool {
    status != StatusCode::TOO_MANY_REQUESTS
}

/// The example in real time. `None` when this machine was too busy to call at the documented times.
async fn example() -> Option<Vec<bool>> {
    let mock = Mock::with(|builder| {
        builder.clock(Clock::new(Mode::Real)).throttle(ThrottleSettings::default())
    })
    .await;
    let mut device = Connection::open(mock.address()).await;
    let start = tokio::time::Instant::now() + Duration::from_millis(50);
    let mut passed = Vec::new();
    for (at, _) in EXAMPLE {
        tokio::time::sleep_until(start + Duration::from_millis(at)).await;
        passed.push(passes(device.send(mock.get("/api/v2/REF30/profiles")).await.status));
    }
    let entries = mock.server.journal().entries();
    let first = entries[0].arrived.at;
    let on_time = entries.iter().zip(EXAMPLE).all(|(entry, (at, _))| {
        entry.arrived.at.since(first).abs_diff(Duration::from_millis(at))
            < Duration::from_millis(80)
    });
    on_time.then_some(passed)
}

#[tokio::test]
async fn the_documented_example_comes_out_in_real_time() {
    for _ in 0..5 {
        if let Some(passed) = example().await {
            assert_eq!(passed, EXAMPLE.map(|(_, passes)| passes));
            return;
        }
    }
    panic!("the machine is too busy to call at the documented times");
}

#[tokio::test]
async fn silence_brings_the_burst_back_only_to_a_bucket() {
    for (refill, expected) in
        [(Refill::Windows, [true, false, false]), (Refill::Bucket, [true, true, true])]
    {
        let mock = throttled(refill).await;
        for _ in 0..11 {
            assert!(passes(mock.get("/api/v2/REF30/profiles").send().await.status));
        }
        assert!(!passes(mock.get("/api/v2/REF30/profiles").send().await.status));
        mock.advance(20);
        let mut got = Vec::new();
        for _ in 0..3 {
            got.push(passes(mock.get("/api/v2/REF30/profiles").send().await.status));
            mock.server.clock().advance(Duration::from_millis(100));
        }
        assert_eq!(got, expected, "{refill:?}");
    }
}

#[tokio::test]
async fn every_call_of_the_api_counts_and_pages_do_not() {
    let mock = throttled(Refill::Windows).await;
    let counted = [
        (Method::POST, "/o/client/register"),
        (Method::POST, "/o/client/token"),
        (Method::GET, "/o/client/scopes"),
        (Method::GET, "/api/v2/authenticate/REF30/8ER640M"),
        (Method::GET, "/api/v2/nothing"),
        (Method::PATCH, "/api/v2/REF30/profiles"),
    ];
    for (method, path) in counted.iter().cycle().take(11) {
        assert!(passes(mock.call(method.clone(), path).send().await.status), "{path}");
    }
    for (method, path) in counted {
        let answer = mock.call(method, path).send().await;
        assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS, "{path}");
        assert!(answer.text().starts_with("<html>"));
    }
    for path in ["/mvpd/Cablevision", "/nothing", "/reset-tempass/v3/reset"] {
        assert!(passes(mock.get(path).send().await.status), "{path}");
    }
    let control = mock.control(Method::GET, "/health").send().await;
    assert!(passes(control.status));
}

#[tokio::test]
async fn a_device_is_the_first_forwarded_address_else_the_peer() {
    let mock = throttled(Refill::Windows).await;
    let call = |forwarded: &str| {
        let call = mock.get("/api/v2/REF30/profiles");
        if forwarded.is_empty() { call } else { call.header("x-forwarded-for", forwarded) }
    };
    let spend = async |name: &str, call: &dyn Fn() -> Call| {
        for n in 0..12 {
            assert_eq!(passes(call().send().await.status), n < 11, "{name} {n}");
        }
    };
    spend("peer", &|| call("")).await;
    spend("one", &|| call("203.0.113.1")).await;
    spend("two", &|| call("203.0.113.2, 203.0.113.1")).await;
    assert!(!passes(call("203.0.113.1, 203.0.113.3").send().await.status));
    assert!(!passes(call("no address").send().await.status), "falls back to the peer");
}
