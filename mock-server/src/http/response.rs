//! An answer before it meets the network.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, LOCATION};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde::Serialize;

/// How many headers an answer has room for. It needs few of them, but hyper reads the next request's
/// into the same map, and need not make another one then.
const ROOM: usize = 12;

/// The documented media type of JSON.
const JSON: HeaderValue = HeaderValue::from_static("application/json;charset=UTF-8");

/// One answer, complete.
#[derive(Clone, Debug)]
pub struct Response {
    /// The status.
    pub status: StatusCode,
    /// All headers but those that framing needs.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl Response {
    /// An answer without a body.
    pub fn empty(status: StatusCode) -> Self {
        Self { status, headers: HeaderMap::new(), body: Bytes::new() }
    }

    /// A JSON answer in the documented media type.
    pub fn json(status: StatusCode, value: &impl Serialize) -> Self {
        // Everything this crate serialises has string keys and finite numbers, which cannot fail.
        let body = serde_json::to_vec(value).unwrap_or_default();
        Self::typed(status, JSON, body.into())
    }

    /// The same, of what is written already.
    pub fn ready_json(status: StatusCode, text: &'static str) -> Self {
        Self::typed(status, JSON, Bytes::from_static(text.as_bytes()))
    }

    /// An HTML page.
    pub fn html(status: StatusCode, page: impl Into<String>) -> Self {
        Self::with_body(status, "text/html;charset=UTF-8", page.into().into_bytes())
    }

    /// A body of a given media type.
    pub fn with_body(status: StatusCode, media_type: &'static str, body: impl Into<Bytes>) -> Self {
        Self::typed(status, HeaderValue::from_static(media_type), body.into())
    }

    fn typed(status: StatusCode, media_type: HeaderValue, body: Bytes) -> Self {
        let mut headers = HeaderMap::with_capacity(ROOM);
        headers.insert(CONTENT_TYPE, media_type);
        Self { status, headers, body }
    }

    /// Over the limit. The documented answer tells nothing about when to come back.
    pub fn too_many_requests() -> Self {
        const PAGE: &str = "<html>\n<head><title>429 Too Many Requests</title></head>\n<body>\n\
            <center><h1>429 Too Many Requests</h1></center>\n</body>\n</html>\n";
        Self::with_body(StatusCode::TOO_MANY_REQUESTS, "text/html", PAGE)
    }

    /// A 302 to somewhere. A target that no header can carry is dropped to the site's root.
    pub fn redirect(to: &str) -> Self {
        let target = HeaderValue::try_from(to).unwrap_or(HeaderValue::from_static("/"));
        let mut answer = Self::empty(StatusCode::FOUND);
        answer.headers.insert(LOCATION, target);
        answer
    }

    /// This answer with one more header; a value that no header can carry is left out.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::try_from(value) {
            self.headers.append(name, value);
        }
        self
    }
}
