//! A server to test and a small client to call it with, which asserts on every answer what must be
//! true of every answer.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, Method, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use pass_mock::MockServer;
use pass_mock::clock::{Clock, Mode, Timestamp};
use pass_mock::server::Builder;
use pass_mock::throttle::ThrottleSettings;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Nothing on loopback takes longer, however busy the machine is.
const PATIENCE: Duration = Duration::from_secs(20);

/// 2026-01-01T00:00:00Z
pub(crate) const START: Timestamp = Timestamp(1_767_225_600_000);

/// A server with a manual clock, a seed, and no throttle.
pub(crate) struct Mock {
    pub(crate) server: MockServer,
}

impl Mock {
    pub(crate) async fn start() -> Self {
        Self::with(|builder| builder).await
    }

    /// With what the test needs otherwise.
    pub(crate) async fn with(change: impl FnOnce(Builder) -> Builder) -> Self {
        let builder = MockServer::builder()
            .clock(Clock::starting_at(START, Mode::Manual))
            .seed(1)
            .throttle(ThrottleSettings::OFF);
        Self { server: change(builder).start().await.unwrap() }
    }

    pub(crate) fn advance(&self, seconds: u64) {
        self.server.clock().advance(Duration::from_secs(seconds));
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.server.address()
    }

    pub(crate) fn get(&self, target: &str) -> Call {
        self.call(Method::GET, target)
    }

    pub(crate) fn post(&self, target: &str) -> Call {
        self.call(Method::POST, target)
    }

    pub(crate) fn call(&self, method: Method, target: &str) -> Call {
        Call::new(self.address(), method, target)
    }

    /// A call to the control API.
    pub(crate) fn control(&self, method: Method, target: &str) -> Call {
        let control = address(&self.server.control_url().expect("the control API listens"));
        Call { public: false, ..Call::new(control, method, target) }
    }
}

/// The address in a base URL.
pub(crate) fn address(base_url: &str) -> SocketAddr {
    base_url.strip_prefix("http://").unwrap().parse().unwrap()
}

/// One request on its way.
pub(crate) struct Call {
    to: SocketAddr,
    public: bool,
    request: http::Request<Full<Bytes>>,
}

impl Call {
    pub(crate) fn new(to: SocketAddr, method: Method, target: &str) -> Self {
        let request =
            http::Request::builder().method(method).uri(target).header("host", to.to_string());
        Self { to, public: true, request: request.body(Full::default()).unwrap() }
    }

    /// A request that does not name its host.
    pub(crate) fn unnamed(to: SocketAddr, method: Method, target: &str) -> Self {
        let request = http::Request::builder().method(method).uri(target);
        Self { to, public: false, request: request.body(Full::default()).unwrap() }
    }

    #[must_use]
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        let name: HeaderName = name.parse().unwrap();
        self.request.headers_mut().append(name, value.parse().unwrap());
        self
    }

    #[must_use]
    pub(crate) fn bearer(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    #[must_use]
    pub(crate) fn body(self, media_type: &str, body: impl Into<Bytes>) -> Self {
        self.content(body).header("content-type", media_type)
    }

    /// A body of no media type.
    #[must_use]
    pub(crate) fn content(mut self, body: impl Into<Bytes>) -> Self {
        *self.request.body_mut() = Full::new(body.into());
        self
    }

    #[must_use]
    pub(crate) fn form(self, pairs: &[(&str, &str)]) -> Self {
        let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        self.body("application/x-www-form-urlencoded", form)
    }

    #[must_use]
    pub(crate) fn json(self, value: &serde_json::Value) -> Self {
        self.body("application/json", value.to_string())
    }

    /// Sends it on a connection of its own.
    pub(crate) async fn send(self) -> Answer {
        Connection::open(self.to).await.send(self).await
    }

    /// Sends it on a connection of its own, and takes whatever comes of it.
    pub(crate) async fn outcome(self) -> Result<Answer, hyper::Error> {
        Connection::open(self.to).await.outcome(self).await
    }
}

/// A connection that is kept.
pub(crate) struct Connection {
    sender: http1::SendRequest<Full<Bytes>>,
}

impl Connection {
    pub(crate) async fn open(to: SocketAddr) -> Self {
        let socket = TcpStream::connect(to).await.unwrap();
        let (sender, connection) = http1::handshake(TokioIo::new(socket)).await.unwrap();
        tokio::spawn(connection);
        Self { sender }
    }

    pub(crate) async fn send(&mut self, call: Call) -> Answer {
        let (method, public) = (call.request.method().clone(), call.public);
        let answer = self.outcome(call).await.unwrap();
        answer.assert_universals(&method, public);
        answer
    }

    /// Sends it, and takes whatever comes of it.
    pub(crate) async fn outcome(&mut self, call: Call) -> Result<Answer, hyper::Error> {
        let exchange = async {
            let (head, body) = self.sender.send_request(call.request).await?.into_parts();
            let body = body.collect().await?.to_bytes();
            Ok(Answer { status: head.status, headers: head.headers, body })
        };
        tokio::time::timeout(PATIENCE, exchange).await.unwrap()
    }
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    /// A header's value; empty when it is not there.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    fn assert_universals(&self, method: &Method, public: bool) {
        assert!(!self.status.is_server_error(), "{self:?}");
        assert_eq!(self.headers.contains_key("access-control-allow-origin"), public, "{self:?}");
        assert!(self.headers.contains_key("date") || !public, "{self:?}");
        let json = self.header("content-type").starts_with("application/json");
        if json && method != Method::HEAD {
            self.json();
        }
        if public && json {
            assert_eq!(self.header("content-type"), "application/json;charset=UTF-8");
        }
        if self.status == StatusCode::TOO_MANY_REQUESTS && public {
            assert_eq!(self.header("content-type"), "text/html");
            assert!(!self.headers.contains_key("retry-after"));
        }
        if self.status == StatusCode::METHOD_NOT_ALLOWED && public {
            assert!(self.headers.contains_key("allow"), "{self:?}");
        }
    }
}

/// A socket for requests that no client would send.
pub(crate) struct Raw {
    socket: TcpStream,
}

impl Raw {
    pub(crate) async fn open(to: SocketAddr) -> Self {
        Self { socket: TcpStream::connect(to).await.unwrap() }
    }

    /// Sends some bytes; that the server has hung up meanwhile is no error.
    pub(crate) async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        let _ = self.socket.write_all(bytes.as_ref()).await;
    }

    /// Says that nothing more will come.
    pub(crate) async fn finish(&mut self) {
        let _ = self.socket.shutdown().await;
    }

    /// Everything that comes until the server hangs up.
    pub(crate) async fn rest(&mut self) -> String {
        let mut got = Vec::new();
        let read = self.socket.read_to_end(&mut got);
        // A reset is also an end.
        let _ = tokio::time::timeout(PATIENCE, read).await.expect("the server hangs up");
        String::from_utf8_lossy(&got).into_owned()
    }

    /// What comes until some text is among it.
    pub(crate) async fn until(&mut self, text: &str) -> String {
        let mut got = String::new();
        let reading = async {
            let mut piece = [0; 4096];
            while !got.contains(text) {
                let read = self.socket.read(&mut piece).await.unwrap();
                assert!(read > 0, "the end came first: {got}");
                got.push_str(&String::from_utf8_lossy(&piece[..read]));
            }
        };
        tokio::time::timeout(PATIENCE, reading).await.expect("it comes");
        got
    }

    /// Whether nothing comes for a while: no byte and no end.
    pub(crate) async fn is_silent_for(&mut self, time: Duration) -> bool {
        tokio::time::timeout(time, self.socket.read_u8()).await.is_err()
    }
}
