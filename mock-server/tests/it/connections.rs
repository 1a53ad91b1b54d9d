//! Connections that are slow, half-open, idle or too many. Real time, because sockets live in it.

use std::time::Duration;

use http::{Method, StatusCode};
use pass_mock::server::Limits;
use serde_json::json;

use crate::control::done;
use crate::harness::{Connection, Mock, Raw};

/// Short enough for a test, long enough for a busy machine.
const SHORT: Duration = Duration::from_millis(300);

/// Nothing but the limit under test can end a connection.
const NEVER: Limits = Limits {
    header_bytes: 32 * 1024,
    body_bytes: 64 * 1024,
    header_timeout: Duration::from_secs(3600),
    body_timeout: Duration::from_secs(3600),
    idle_timeout: Duration::from_secs(3600),
    connections: 1000,
    shutdown_grace: Duration::from_secs(5),
};

async fn limited(limits: Limits) -> Mock {
    Mock::with(|builder| builder.limits(limits)).await
}

#[tokio::test]
async fn headers_that_do_not_come_to_an_end_are_not_waited_for() {
    let mock = limited(Limits { header_timeout: SHORT, ..NEVER }).await;
    for begun in ["", "GET /nothing HTTP/1.1\r\nhost: x\r\nx-half:"] {
        let mut raw = Raw::open(mock.address()).await;
        raw.send(begun).await;
        assert_eq!(raw.rest().await, "", "after {begun:?}");
    }
    // The same on a connection that has served before.
    let mut raw = Raw::open(mock.address()).await;
    raw.send("GET /nothing HTTP/1.1\r\nhost: x\r\n\r\n").await;
    tokio::time::sleep(SHORT / 3).await;
    raw.send("GET /noth").await;
    assert_eq!(raw.rest().await.matches("HTTP/1.1").count(), 1);
    assert_eq!(mock.server.journal().len(), 1);
}

/// One or two letters may become a `POST`, or what an HTTP/2 connection begins with.
#[tokio::test]
async fn a_connection_that_ends_with_its_first_letters_is_over_at_once() {
    let mock = limited(NEVER).await;
    for begun in ["P", "PR", "PO", "G"] {
        let mut raw = Raw::open(mock.address()).await;
        raw.send(begun).await;
        raw.finish().await;
        assert_eq!(raw.rest().await, "", "after {begun:?}");
    }
}

#[tokio::test]
async fn first_letters_may_come_one_at_a_time() {
    let mock = limited(NEVER).await;
    // The frames of HTTP/2 that a client begins with: its settings, none of them changed.
    let preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
    let post = "POST /nothing HTTP/1.1\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    let patch = "PATCH /nothing HTTP/1.1\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    for begun in [preface, post, patch] {
        let mut raw = Raw::open(mock.address()).await;
        for letter in begun[..2].chars() {
            raw.send(letter.to_string()).await;
            assert!(raw.is_silent_for(SHORT / 30).await);
        }
        raw.send(&begun[2..]).await;
        let expected = if begun == preface { "\x04\0\0\0\0\0" } else { "HTTP/1.1 404" };
        raw.until(expected).await;
    }
}

#[tokio::test]
async fn headers_may_not_drip() {
    let mock = limited(Limits { header_timeout: SHORT, ..NEVER }).await;
    let mut raw = Raw::open(mock.address()).await;
    raw.send("GET /nothing HTTP/1.1\r\n").await;
    let drip = async {
        loop {
            raw.send("x: y\r\n").await;
            if !raw.is_silent_for(SHORT / 10).await {
                return;
            }
        }
    };
    tokio::time::timeout(SHORT * 20, drip).await.expect("the server hangs up");
}

#[tokio::test]
async fn a_body_that_does_not_come_to_an_end_is_not_waited_for() {
    let mock = limited(Limits { body_timeout: SHORT, ..NEVER }).await;
    for begun in [
        "POST /o/client/register HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\n{\"a\"",
        "POST /o/client/register HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n4\r\n{\"a\"",
    ] {
        let mut raw = Raw::open(mock.address()).await;
        raw.send(begun).await;
        assert_eq!(raw.rest().await, "", "after {begun:?}");
    }
    assert!(mock.server.journal().is_empty());
}

#[tokio::test]
async fn an_idle_connection_ends_and_a_used_one_does_not() {
    let mock = limited(Limits { idle_timeout: SHORT, ..NEVER }).await;
    let mut used = Connection::open(mock.address()).await;
    let mut idle = Raw::open(mock.address()).await;
    idle.send("GET /nothing HTTP/1.1\r\nhost: x\r\n\r\n").await;
    // The header timeout is what a connection without any request has.
    for _ in 0..8 {
        assert_eq!(used.send(mock.get("/nothing")).await.status, StatusCode::NOT_FOUND);
        tokio::time::sleep(SHORT / 6).await;
    }
    assert!(idle.rest().await.starts_with("HTTP/1.1 404"));
}

#[tokio::test]
async fn slow_connections_do_not_stop_the_others() {
    let mock = limited(NEVER).await;
    let mut slow = Vec::new();
    for n in 0..100 {
        slow.push(keeps_waiting(&mock, n).await);
    }
    assert_eq!(mock.get("/nothing").send().await.status, StatusCode::NOT_FOUND);
}

/// A connection that will never send a whole request again, in one way or another.
async fn keeps_waiting(mock: &Mock, way: usize) -> Raw {
    let mut raw = Raw::open(mock.address()).await;
    raw.send(match way % 5 {
        0 => "",
        1 => "P",
        2 => "GET /nothing HTTP/1.1\r\nhost: x\r\nx-half:",
        3 => "POST /nothing HTTP/1.1\r\ncontent-length: 9\r\n\r\n1",
        _ => "GET /nothing HTTP/1.1\r\nhost: x\r\n\r\n",
    })
    .await;
    if way % 5 == 4 {
        raw.until("HTTP/1.1 404").await;
    }
    raw
}

/// Nothing but their number could end them here, and there are four times as many as places.
#[tokio::test]
async fn a_flood_of_connections_that_keep_waiting_keeps_nobody_out() {
    let mock = limited(Limits { connections: 20, ..NEVER }).await;
    let mut flood = Vec::new();
    for n in 0..80 {
        flood.push(keeps_waiting(&mock, n).await);
        let answer = mock.get("/nothing").send().await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "beside {n} others");
    }
    // Those that came first have made room.
    for raw in &mut flood[..5] {
        raw.rest().await;
    }
}

#[tokio::test]
async fn while_all_connections_are_being_answered_a_further_one_waits() {
    let mock = limited(Limits { connections: 1, ..NEVER }).await;
    let rule = json!({"match": {"endpoint": "profiles"}, "delay": "1h"});
    done(&mock, Method::POST, "/faults", rule).await;
    let mut first = Raw::open(mock.address()).await;
    first.send("GET /api/v2/REF30/profiles HTTP/1.1\r\nhost: x\r\n\r\n").await;
    while mock.server.held() == 0 {
        tokio::task::yield_now().await;
    }
    let mut second = Raw::open(mock.address()).await;
    second.send("GET /nothing HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;
    assert!(second.is_silent_for(SHORT).await);
    mock.advance(3600);
    first.until("HTTP/1.1 401").await;
    assert!(second.rest().await.starts_with("HTTP/1.1 404"));
}

#[tokio::test]
async fn large_headers_are_refused() {
    let mock = limited(NEVER).await;
    let mut raw = Raw::open(mock.address()).await;
    raw.send(format!("GET / HTTP/1.1\r\nx: {}\r\n\r\n", "y".repeat(40_000))).await;
    assert!(raw.rest().await.starts_with("HTTP/1.1 431"));
    let mut raw = Raw::open(mock.address()).await;
    raw.send(format!("GET / HTTP/1.1\r\n{}\r\n", "x: y\r\n".repeat(500))).await;
    assert!(raw.rest().await.starts_with("HTTP/1.1 431"));
    let fits = mock.get("/nothing").header("x-long", &"y".repeat(30_000)).send().await;
    assert_eq!(fits.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn one_connection_serves_many_requests_at_once_sent() {
    let mock = limited(NEVER).await;
    let mut raw = Raw::open(mock.address()).await;
    raw.send("GET /nothing HTTP/1.1\r\nhost: x\r\n\r\n".repeat(50)).await;
    raw.send("GET /nothing HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;
    assert_eq!(raw.rest().await.matches("HTTP/1.1 404").count(), 51);
}

#[tokio::test]
async fn bodies_arrive_whole_in_any_framing() {
    let mock = limited(NEVER).await;
    let piece = "x".repeat(1000);
    let chunks = format!("3e8\r\n{piece}\r\n").repeat(60);
    let mut raw = Raw::open(mock.address()).await;
    raw.send("POST /nothing HTTP/1.1\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n")
        .await;
    raw.send(format!("{chunks}0\r\n\r\n")).await;
    assert!(raw.rest().await.starts_with("HTTP/1.1 404"));
    assert_eq!(mock.server.journal().entries()[0].request_body, piece.repeat(60));
}

#[tokio::test]
async fn a_body_that_is_announced_as_too_long_is_not_asked_for() {
    let mock = limited(NEVER).await;
    let mut raw = Raw::open(mock.address()).await;
    raw.send("POST /o/client/register HTTP/1.1\r\ncontent-length: 99999999\r\nexpect: 100-continue\r\n\r\n")
        .await;
    raw.finish().await;
    assert!(raw.rest().await.starts_with("HTTP/1.1 413"));
}
