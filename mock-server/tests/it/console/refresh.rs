//! How an open page hears that there is something new.

use http::Method;
use serde_json::json;

use crate::control;
use crate::harness::{Mock, Raw};

async fn follow(mock: &Mock) -> Raw {
    let address = mock.server.control_address().unwrap();
    let mut stream = Raw::open(address).await;
    stream.send(format!("GET /console/changes HTTP/1.1\r\nhost: {address}\r\n\r\n")).await;
    stream
}

fn version(news: &str) -> String {
    let (_, rest) = news.rsplit_once("\"version\":\"").unwrap();
    rest.split_once('"').unwrap().0.to_owned()
}

#[tokio::test]
async fn a_page_hears_of_calls_and_orders_and_of_nothing_else() {
    let mock = Mock::start().await;
    let mut stream = follow(&mock).await;
    let first = stream.until("\"speed\":0.0}").await;
    assert!(first.contains("text/event-stream") && first.contains("event: news"), "{first}");
    mock.get("/api/v2/REF30/configuration").send().await;
    let second = stream.until("\"speed\":0.0}").await;
    assert_ne!(version(&first), version(&second), "a call on the public port");
    control::done(&mock, Method::PUT, "/decisions", json!({"decision": "permit"})).await;
    let third = stream.until("\"speed\":0.0}").await;
    assert_ne!(version(&second), version(&third), "an order");
    mock.advance(60);
    let fourth = stream.until("\"speed\":0.0}").await;
    assert!(fourth.contains("\"now\":1767225660000"), "the clock was moved: {fourth}");
    mock.server.shutdown().await;
    stream.rest().await;
}

#[tokio::test]
async fn another_run_of_the_server_is_another_instance_with_other_form_tokens() {
    let mut said = Vec::new();
    for _ in 0..2 {
        let mock = Mock::start().await;
        let news = follow(&mock).await.until("\"speed\":0.0}").await;
        let field = |name: &str| {
            let (_, rest) = news.split_once(&format!("\"{name}\":\"")).unwrap();
            rest.split_once('"').unwrap().0.to_owned()
        };
        said.push((field("instance"), field("formToken"), field("build")));
    }
    assert_ne!(said[0].0, said[1].0);
    assert_ne!(said[0].1, said[1].1, "also with the same seed");
    assert_eq!(said[0].2, said[1].2);
}
