//! The server: connections, headers, bodies.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use http::{HeaderName, HeaderValue, Method};
use pass_mock::http::Request;
use pass_mock::journal::Capacity;
use pass_mock::throttle::ThrottleSettings;
use pass_mock::{App, MockServer, pipeline};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::runtime::{Builder, Runtime};

/// What a connection may take; a server that still holds on to it then does so for ever.
const PATIENCE: Duration = Duration::from_secs(5);

/// As a file and a network would have it: small enough to go on for ever.
const REMEMBERED: Capacity = Capacity { entries: 64, bytes: 1 << 20 };

const FORM: &str = "application/x-www-form-urlencoded";

/// The headers that somebody reads.
const HEADERS: &[&str] = &[
    "authorization",
    "ap-device-identifier",
    "x-device-info",
    "content-type",
    "x-forwarded-for",
    "user-agent",
    "origin",
    "host",
    "cookie",
    "accept",
    "accept-language",
    "access-control-request-method",
    "ap-temppass-identity",
    "ad-service-token",
    "adobe-subject-token",
    "ap-partner-framework-status",
    "referer",
    "x-pass-harness",
];

/// Calls without a body that read headers.
const PATHS: &[&str] = &[
    "/api/v2/REF30/profiles",
    "/api/v2/REF30/configuration",
    "/api/v2/REF30/sessions/8ER640M",
    "/api/v2/REF30/profiles/code/8ER640M",
    "/api/v2/REF30/logout/Dish?redirectUrl=https%3A%2F%2Ftv.example%2F",
    "/api/v2/authenticate/REF30/8ER640M",
    "/mvpd/Dish/login?code=8ER640M",
];

/// Calls with one.
const CALLS: &[(&str, &str)] = &[
    ("/o/client/register", "application/json"),
    ("/o/client/token", FORM),
    ("/api/v2/REF30/sessions", FORM),
    ("/api/v2/REF30/sessions/8ER640M", FORM),
    ("/api/v2/REF30/decisions/preauthorize/Dish", "application/json"),
    ("/api/v2/REF30/decisions/authorize/Dish", "application/json"),
    ("/api/v2/REF30/profiles/sso/Apple", FORM),
    ("/api/v2/REF30/sessions/sso/Apple", FORM),
    ("/reset-tempass/v3/reset", "application/json"),
    ("/mvpd/Dish/login", FORM),
];

/// Raw bytes on a connection of its own, to a server of the whole process.
pub fn http(data: &[u8]) {
    let (runtime, server) = served();
    let answer = runtime.block_on(async {
        let talk = async {
            let mut socket = TcpStream::connect(server.address()).await?;
            // The server may have heard enough before it was told everything.
            let _ = socket.write_all(data).await;
            let _ = socket.shutdown().await;
            let mut answer = Vec::new();
            let _ = socket.read_to_end(&mut answer).await;
            std::io::Result::Ok(answer)
        };
        tokio::time::timeout(PATIENCE, talk).await.expect("a connection without an end")
    });
    let Ok(answer) = answer else { return };
    // What begins like this is taken for HTTP/2, and answered in frames.
    if data.starts_with(b"PRI") {
        return;
    }
    let head = String::from_utf8_lossy(&answer[..answer.len().min(12)]).into_owned();
    assert!(answer.is_empty() || head.starts_with("HTTP/1."), "{head}");
    assert!(head.get(9..10) != Some("5") || head.ends_with("505"), "{head}");
}

/// The first byte says which header, the second of which call; the rest is its value.
pub fn header(data: &[u8]) {
    let [which, of, value @ ..] = data else { return };
    let Ok(value) = HeaderValue::from_bytes(value) else { return };
    let path = PATHS[usize::from(*of) % PATHS.len()];
    let method = if of & 0x80 == 0 { Method::GET } else { Method::OPTIONS };
    let (runtime, app, token) = ready();
    let mut request = with_credentials(Request::new(method, path), token);
    let name = HEADERS[usize::from(*which) % HEADERS.len()];
    request.headers.insert(HeaderName::from_static(name), value);
    answer(runtime, app, request);
}

/// The first byte says to which call; the rest is the body.
pub fn body(data: &[u8]) {
    let [which, body @ ..] = data else { return };
    let (path, media_type) = CALLS[usize::from(*which) % CALLS.len()];
    let (runtime, app, token) = ready();
    let request = with_credentials(Request::new(Method::POST, path), token);
    answer(runtime, app, request.with_body(media_type, body.to_vec()));
}

fn answer(runtime: &Runtime, app: &Arc<App>, request: Request) {
    let shown = format!("{request:?}");
    if let Some(answer) = runtime.block_on(pipeline::handle(app, request)).whole() {
        assert!(!answer.status.is_server_error(), "{} for {shown}", answer.status);
    }
}

fn with_credentials(request: Request, token: &str) -> Request {
    request
        .with_header("authorization", &format!("Bearer {token}"))
        .with_header("ap-device-identifier", "fingerprint ZGV2aWNl")
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().expect("a runtime")
}

/// A service without a network, and a token for it.
fn ready() -> &'static (Runtime, Arc<App>, String) {
    static READY: OnceLock<(Runtime, Arc<App>, String)> = OnceLock::new();
    READY.get_or_init(|| {
        let runtime = runtime();
        let builder = MockServer::builder().seed(1).throttle(ThrottleSettings::OFF);
        let app = builder.journal(REMEMBERED).into_app();
        let token = runtime.block_on(token(&app));
        (runtime, app, token)
    })
}

async fn token(app: &Arc<App>) -> String {
    let ask = async |request: Request| -> Value {
        let answer = pipeline::handle(app, request).await.whole().expect("an answer");
        serde_json::from_slice(&answer.body).expect("JSON")
    };
    let statement = app.fixtures.load().first_software_statement().map(str::to_owned);
    let register = Request::new(Method::POST, "/o/client/register");
    let register = register
        .with_body("application/json", json!({ "software_statement": statement }).to_string());
    let client = ask(register).await;
    let form = format!(
        "grant_type=client_credentials&client_id={}&client_secret={}",
        client["client_id"].as_str().unwrap_or_default(),
        client["client_secret"].as_str().unwrap_or_default(),
    );
    let token = ask(Request::new(Method::POST, "/o/client/token").with_body(FORM, form)).await;
    token["access_token"].as_str().expect("a token").to_owned()
}

/// A server on a port of its own.
fn served() -> &'static (Runtime, MockServer) {
    static SERVED: OnceLock<(Runtime, MockServer)> = OnceLock::new();
    SERVED.get_or_init(|| {
        let runtime = runtime();
        let builder = MockServer::builder().seed(1).control(None).throttle(ThrottleSettings::OFF);
        let server = runtime.block_on(builder.journal(REMEMBERED).start()).expect("a server");
        (runtime, server)
    })
}
