//! Entries for the tests of whatever reads a journal.

use std::net::SocketAddr;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, StatusCode, Version};

use super::{Actor, Entry, Facts, Outcome};
use crate::clock::{Stamp, Timestamp};
use crate::router::Endpoint;

const BEGIN: i64 = 1_760_000_000_000;

fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
    pairs.iter().map(|(k, v)| (k.parse().unwrap(), HeaderValue::from_static(v))).collect()
}

fn stamp(order: u64, after: i64) -> Stamp {
    Stamp { order, at: Timestamp(BEGIN + after) }
}

/// Call 10 with an answer.
pub(crate) fn polled() -> Entry {
    Entry {
        arrived: stamp(7, 0),
        answered: stamp(8, 12),
        version: Version::HTTP_11,
        secure: false,
        method: Method::GET,
        path: "/api/v2/REF30/profiles/code/8ER640M".into(),
        query: Some("a=1&b=x%20y".into()),
        request_headers: headers(&[
            ("host", "127.0.0.1:8080"),
            ("authorization", "Bearer abc"),
            ("cookie", "a=1; b=2"),
        ]),
        request_body: Bytes::new(),
        peer: SocketAddr::from(([127, 0, 0, 1], 50_000)),
        local: SocketAddr::from(([127, 0, 0, 1], 8080)),
        device_address: [203, 0, 113, 9].into(),
        actor: Actor::Client,
        endpoint: Some(Endpoint::ProfileByCode),
        facts: Facts {
            client_id: Some("client-1".into()),
            device_id: Some("device-1".into()),
            service_provider: Some("REF30".into()),
            code: Some("8ER640M".into()),
            ..Facts::default()
        },
        outcome: Outcome::Answered {
            status: StatusCode::OK,
            headers: headers(&[("content-type", "application/json;charset=UTF-8")]),
            body: Bytes::from_static(b"{\"profiles\":{}}"),
            complete: true,
        },
        faults: Vec::new(),
        near_miss: None,
    }
}

/// A form sent to call 4 that nobody answered.
pub(crate) fn dropped() -> Entry {
    Entry {
        arrived: stamp(9, 1000),
        answered: stamp(10, 31_000),
        method: Method::POST,
        path: "/api/v2/REF30/sessions".into(),
        query: None,
        request_headers: headers(&[("content-type", "application/x-www-form-urlencoded")]),
        request_body: Bytes::from_static(b"mvpd=Cablevision&domainName=adobe.com"),
        endpoint: Some(Endpoint::CreateSession),
        facts: Facts { mvpd: Some("Cablevision".into()), ..Facts::default() },
        outcome: Outcome::Dropped,
        faults: vec![3],
        ..polled()
    }
}

/// A request for nothing that exists.
pub(crate) fn lost() -> Entry {
    Entry {
        arrived: stamp(11, 2000),
        answered: stamp(12, 2001),
        path: "/api/v2/REF30/decision/authorize/Cablevision".into(),
        query: None,
        endpoint: None,
        actor: Actor::UserAgent,
        facts: Facts::default(),
        outcome: Outcome::Answered {
            status: StatusCode::NOT_FOUND,
            headers: headers(&[("set-cookie", "a=b; Path=/x; HttpOnly"), ("location", "/y")]),
            body: Bytes::from_static(b"\xff"),
            complete: false,
        },
        near_miss: Some("POST /api/v2/{sp}/decisions/authorize/{mvpd}".into()),
        ..polled()
    }
}
