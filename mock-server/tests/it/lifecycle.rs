//! Starting, stopping, and starting where somebody else is.

use std::time::{Duration, Instant};

use http::StatusCode;
use pass_mock::{MockServer, StartError};
use tokio::net::TcpStream;

use crate::harness::{Connection, Mock, Raw};

#[tokio::test]
async fn an_occupied_port_is_a_clear_error() {
    let mock = Mock::start().await;
    let taken = mock.address();
    for builder in [MockServer::builder().listen(taken), MockServer::builder().control(taken)] {
        let error = builder.start().await.unwrap_err();
        assert!(matches!(error, StartError::PortInUse { address } if address == taken));
        assert_eq!(
            error.to_string(),
            format!("cannot listen on {taken}: the port is already in use")
        );
    }
    let unreachable = "192.0.2.1:0".parse().unwrap();
    let error = MockServer::builder().listen(unreachable).start().await.unwrap_err();
    assert!(matches!(error, StartError::Listen { .. }), "{error}");
}

#[tokio::test]
async fn a_shutdown_ends_idle_connections_and_frees_the_ports() {
    let Mock { server } = Mock::start().await;
    let mock = Mock { server };
    let (public, mut kept) = (mock.address(), Connection::open(mock.address()).await);
    let further = crate::harness::address(&mock.server.add_listener().await.unwrap());
    kept.send(mock.get("/nothing")).await;
    let before = Instant::now();
    mock.server.shutdown().await;
    assert!(before.elapsed() < Duration::from_secs(4), "did not wait for its grace to end");
    for address in [public, further] {
        assert!(TcpStream::connect(address).await.is_err());
    }
    let again = MockServer::builder().listen(public).start().await;
    again.expect("the port is free").shutdown().await;
}

#[tokio::test]
async fn a_shutdown_finishes_what_was_begun() {
    let mock = Mock::start().await;
    let mut raw = Raw::open(mock.address()).await;
    raw.send("POST /nothing HTTP/1.1\r\ncontent-length: 4\r\n\r\n12").await;
    assert!(raw.is_silent_for(Duration::from_millis(100)).await);
    let stopping = tokio::spawn(mock.server.shutdown());
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(!stopping.is_finished());
    raw.send("34").await;
    let answer = raw.rest().await;
    assert!(answer.starts_with("HTTP/1.1 404"), "{answer}");
    assert!(answer.contains("connection: close"));
    stopping.await.unwrap();
}

#[tokio::test]
async fn a_dropped_server_is_gone() {
    let mock = Mock::start().await;
    let address = mock.address();
    let mut raw = Raw::open(address).await;
    raw.send("POST /nothing HTTP/1.1\r\ncontent-length: 4\r\n\r\n12").await;
    drop(mock);
    assert_eq!(raw.rest().await, "");
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_threads_serve_many_connections() {
    let mock = Mock::start().await;
    let mut clients = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let calls: Vec<_> = (0..50).map(|_| mock.get("/api/v2/REF30/nothing")).collect();
        let to = mock.address();
        clients.spawn(async move {
            let mut connection = Connection::open(to).await;
            for call in calls {
                assert_eq!(connection.send(call).await.status, StatusCode::NOT_FOUND);
            }
        });
    }
    while let Some(client) = clients.join_next().await {
        client.unwrap();
    }
    let entries = mock.server.journal().entries();
    assert_eq!(entries.len(), 1000);
    assert!(entries.is_sorted_by(|a, b| a.arrived < b.arrived));
    mock.server.shutdown().await;
}
