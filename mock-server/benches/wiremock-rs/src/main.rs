//! One stub at an address: `peer-wiremock-rs ADDRESS PATH-PATTERN BODY`. Serves until it is killed.

use std::net::TcpListener;

use wiremock::matchers::{header_exists, header_regex, method, path_regex};
use wiremock::{Mock, MockServer, ResponseTemplate};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut next = || arguments.next().ok_or("usage: peer-wiremock-rs ADDRESS PATH-PATTERN BODY");
    let (address, pattern, body) = (next()?, next()?, next()?);
    let server = MockServer::builder().listener(TcpListener::bind(address)?).start().await;
    Mock::given(method("GET"))
        .and(path_regex(pattern))
        .and(header_regex("authorization", "^Bearer .+"))
        .and(header_exists("ap-device-identifier"))
        .respond_with(
            ResponseTemplate::new(200).set_body_raw(body, "application/json;charset=UTF-8"),
        )
        .mount(&server)
        .await;
    std::future::pending().await
}
