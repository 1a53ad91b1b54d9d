//! A small HTTP client: what the harness's browser and second screen and the reference client call
//! the service with.
//!
//! Real HTTP/1.1 over loopback, on connections that are kept. It follows no redirects and repeats
//! nothing by itself, so that what is on the wire is what its user asked for. It counts requests
//! under way, which is how [`crate::virtual_time`] knows that something can still happen.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::header::{HOST, HeaderName, HeaderValue};
use http::{HeaderMap, Method, StatusCode, Uri};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use pass_mock::clock::Clock;
use tokio::net::TcpStream;

/// How long a request may take when it does not say otherwise, on the client's clock.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);

/// What is sent.
#[derive(Clone, Debug)]
pub struct Request {
    method: Method,
    url: String,
    headers: Vec<(String, String)>,
    body: Bytes,
    timeout: Duration,
}

impl Request {
    /// A request without headers and body.
    pub fn new(method: Method, url: impl Into<String>) -> Self {
        let (headers, body) = (Vec::new(), Bytes::new());
        Self { method, url: url.into(), headers, body, timeout: DEFAULT_TIMEOUT }
    }

    /// A `GET`.
    pub fn get(url: impl Into<String>) -> Self {
        Self::new(Method::GET, url)
    }

    /// A `POST` of this media type.
    pub fn post(url: impl Into<String>, content_type: &str, body: impl Into<Bytes>) -> Self {
        Self { body: body.into(), ..Self::new(Method::POST, url) }
            .header("content-type", content_type)
    }

    /// A `POST` of form parameters.
    pub fn form<'a>(
        url: impl Into<String>,
        parameters: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Self {
        let mut body = form_urlencoded::Serializer::new(String::new());
        body.extend_pairs(parameters);
        Self::post(url, "application/x-www-form-urlencoded", body.finish())
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// How long it may take, on the client's clock.
    #[must_use]
    pub fn timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Response {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The whole body.
    pub body: Bytes,
}

impl Response {
    /// A header's text, if it is there and is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// Why no whole answer came.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// The request cannot be written as HTTP.
    #[error("no valid request: {0}")]
    Invalid(String),
    /// Nobody accepted the connection.
    #[error("cannot connect: {0}")]
    Connect(std::io::Error),
    /// The answer took too long.
    #[error("no answer within {0:?}")]
    Timeout(Duration),
    /// The connection broke before an answer came.
    #[error("the connection broke: {0}")]
    Broken(hyper::Error),
    /// The connection broke within the answer's body.
    #[error("the answer (status {status}) ended too early: {cause}")]
    Truncated {
        /// The answer's status.
        status: StatusCode,
        /// What happened.
        cause: hyper::Error,
    },
}

/// Counts requests under way; clones count together.
#[derive(Clone, Debug, Default)]
pub struct InFlight(Arc<AtomicUsize>);

impl InFlight {
    /// How many requests are under way at this moment.
    pub fn count(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }

    fn begin(&self) -> Flight {
        self.0.fetch_add(1, Ordering::SeqCst);
        Flight(self.clone())
    }
}

/// One request under way; ends also when it is cancelled.
struct Flight(InFlight);

impl Drop for Flight {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::SeqCst);
    }
}

type Connection = SendRequest<Full<Bytes>>;

/// The client; clones share their connections.
#[derive(Clone)]
pub struct HttpClient {
    inner: Arc<Inner>,
}

struct Inner {
    clock: Clock,
    in_flight: InFlight,
    every: HeaderMap,
    idle: Mutex<HashMap<String, Vec<Connection>>>,
}

impl HttpClient {
    /// A client whose timeouts run on `clock` and whose requests are counted in `in_flight`.
    pub fn new(clock: Clock, in_flight: InFlight) -> Self {
        Self::sending(clock, in_flight, HeaderMap::new())
    }

    /// One that adds these headers to every request.
    pub fn sending(clock: Clock, in_flight: InFlight, every: HeaderMap) -> Self {
        Self { inner: Arc::new(Inner { clock, in_flight, every, idle: Mutex::default() }) }
    }

    /// Sends a request and reads its whole answer. Cancelling it closes the connection.
    pub async fn send(&self, request: Request) -> Result<Response, HttpError> {
        let timeout = request.timeout;
        let _flight = self.inner.in_flight.begin();
        tokio::select! {
            biased;
            outcome = self.exchange(request) => outcome,
            () = self.inner.clock.sleep(timeout) => Err(HttpError::Timeout(timeout)),
        }
    }

    async fn exchange(&self, request: Request) -> Result<Response, HttpError> {
        let (authority, mut message) = self.message(request)?;
        // A kept connection may have been closed meanwhile; then the message was not sent, and
        // comes back.
        while let Some(mut connection) = self.take_idle(&authority) {
            if connection.ready().await.is_err() {
                continue;
            }
            match connection.try_send_request(message).await {
                Ok(answer) => return self.finish(authority, connection, answer).await,
                Err(mut refused) => match refused.take_message() {
                    Some(unsent) => message = unsent,
                    None => return Err(HttpError::Broken(refused.into_error())),
                },
            }
        }
        let mut connection = connect(&authority).await?;
        let answer = connection.send_request(message).await.map_err(HttpError::Broken)?;
        self.finish(authority, connection, answer).await
    }

    fn message(
        &self,
        request: Request,
    ) -> Result<(String, hyper::Request<Full<Bytes>>), HttpError> {
        let invalid =
            |what: &dyn fmt::Display| HttpError::Invalid(format!("{}: {what}", request.url));
        let uri: Uri = request.url.parse().map_err(|e| invalid(&e))?;
        if uri.scheme_str() != Some("http") {
            return Err(invalid(&"only http URLs can be called"));
        }
        let authority = uri.authority().ok_or_else(|| invalid(&"no host"))?.to_string();
        let target = uri.path_and_query().map_or("/", |target| target.as_str());
        let mut message = hyper::Request::new(Full::new(request.body.clone()));
        *message.method_mut() = request.method.clone();
        *message.uri_mut() = target.parse().map_err(|e| invalid(&e))?;
        let headers = message.headers_mut();
        headers.insert(HOST, HeaderValue::try_from(&authority).map_err(|e| invalid(&e))?);
        headers.extend(self.inner.every.clone());
        for (name, value) in &request.headers {
            let name = HeaderName::try_from(name.as_str()).map_err(|e| invalid(&e))?;
            headers.append(name, HeaderValue::try_from(value).map_err(|e| invalid(&e))?);
        }
        Ok((authority, message))
    }

    async fn finish(
        &self,
        authority: String,
        connection: Connection,
        answer: hyper::Response<hyper::body::Incoming>,
    ) -> Result<Response, HttpError> {
        let (head, body) = answer.into_parts();
        let truncated = |cause| HttpError::Truncated { status: head.status, cause };
        let body = body.collect().await.map_err(truncated)?.to_bytes();
        if !connection.is_closed() {
            self.idle().entry(authority).or_default().push(connection);
        }
        Ok(Response { status: head.status, headers: head.headers, body })
    }

    /// Hands out a kept connection; a method of its own, so that the lock is not held by who asks.
    fn take_idle(&self, authority: &str) -> Option<Connection> {
        self.idle().get_mut(authority)?.pop()
    }

    fn idle(&self) -> MutexGuard<'_, HashMap<String, Vec<Connection>>> {
        self.inner.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for HttpClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpClient")
            .field("in_flight", &self.inner.in_flight)
            .finish_non_exhaustive()
    }
}

async fn connect(authority: &str) -> Result<Connection, HttpError> {
    let address =
        if authority.contains(':') { authority.to_owned() } else { format!("{authority}:80") };
    let socket = TcpStream::connect(address).await.map_err(HttpError::Connect)?;
    // Small requests: waiting to fill a packet only costs time.
    let _ = socket.set_nodelay(true);
    let (sender, connection) =
        http1::handshake(TokioIo::new(socket)).await.map_err(HttpError::Broken)?;
    // Ends when the sender is dropped or the other side closes.
    tokio::spawn(connection);
    Ok(sender)
}
