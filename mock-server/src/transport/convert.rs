//! hyper's requests and answers to this crate's own, and back.

use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use http::header::{CONTENT_LENGTH, HOST, HeaderValue};
use http_body_util::BodyExt as _;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use tokio::sync::mpsc;

use super::Limits;
use super::patience::Busy;
use crate::http::{Reply, Request, Response};

/// How much of a body beyond the limit is read and thrown away, so that its sender gets to see the
/// answer instead of a broken connection.
const DRAINED: usize = 1 << 20;

/// The request or its answer did not come to its end; the connection is closed.
#[derive(Debug, thiserror::Error)]
#[error("the exchange did not come to its end")]
pub(super) struct Unfinished;

/// A request that is nothing but a head.
pub(super) fn without_body(
    mut head: http::request::Parts,
    (peer, local): (SocketAddr, SocketAddr),
    secure: bool,
) -> Request {
    name_host(&mut head);
    Request {
        method: head.method,
        path: head.uri.path().to_owned(),
        query: head.uri.query().map(str::to_owned),
        headers: head.headers,
        body: Bytes::new(),
        oversized: false,
        version: head.version,
        secure,
        peer,
        local,
    }
}

/// Reads a request to its end.
pub(super) async fn with_body(
    request: Request,
    body: Incoming,
    limits: &Limits,
) -> Result<Request, Unfinished> {
    let read = tokio::time::timeout(limits.body_timeout, read_body(body, limits.body_bytes));
    let (body, oversized) = read.await.map_err(|_| Unfinished)??;
    Ok(Request { body, oversized, ..request })
}

/// HTTP/2 names the host beside the headers; everybody else looks for it among them.
fn name_host(head: &mut http::request::Parts) {
    let named = head.uri.authority().map(|authority| HeaderValue::try_from(authority.as_str()));
    if let Some(Ok(host)) = named.filter(|_| !head.headers.contains_key(HOST)) {
        head.headers.insert(HOST, host);
    }
}

/// The whole body, and whether it was longer than allowed.
async fn read_body(mut body: Incoming, limit: usize) -> Result<(Bytes, bool), Unfinished> {
    if body.size_hint().lower() > (limit + DRAINED) as u64 {
        return Ok((Bytes::new(), true));
    }
    let mut first = Bytes::new();
    let mut rest = BytesMut::new();
    let mut seen = 0;
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| Unfinished)?.into_data() else { continue };
        seen += data.len();
        if seen > limit + DRAINED {
            break;
        } else if seen > limit {
            rest.clear();
        } else if first.is_empty() {
            first = data;
        } else {
            rest.extend_from_slice(&data);
        }
    }
    match () {
        () if seen > limit => Ok((Bytes::new(), true)),
        () if rest.is_empty() => Ok((first, false)),
        () => Ok(([first.as_ref(), rest.as_ref()].concat().into(), false)),
    }
}

/// An answer on its way out. The connection counts as busy until the last piece of a stream.
///
/// # Errors
/// When there is to be none.
pub(super) fn reply(reply: Reply, busy: Busy) -> Result<hyper::Response<Outgoing>, Unfinished> {
    match reply {
        Reply::Whole(response) => {
            let body = Some(response.body).filter(|body| !body.is_empty());
            Ok(head(response.status, response.headers, Outgoing::Whole(body)))
        }
        Reply::Stream(stream) => {
            let Response { status, headers, body } = stream.head;
            let first = Some(body).filter(|body| !body.is_empty());
            let body = Outgoing::Pieces { first, rest: stream.pieces, _busy: busy };
            Ok(head(status, headers, body))
        }
        Reply::Cut(response, bytes) => {
            let Response { status, mut headers, body } = response;
            headers.insert(CONTENT_LENGTH, body.len().into());
            let part = Some(body.slice(..bytes.min(body.len())));
            Ok(head(status, headers, Outgoing::Cut { part, flushed: false }))
        }
        Reply::Closed => Err(Unfinished),
        Reply::Reset => {
            busy.reset_connection();
            Err(Unfinished)
        }
    }
}

fn head(
    status: http::StatusCode,
    headers: http::HeaderMap,
    body: Outgoing,
) -> hyper::Response<Outgoing> {
    let mut response = hyper::Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

/// The body of an answer.
pub(super) enum Outgoing {
    Whole(Option<Bytes>),
    Pieces {
        first: Option<Bytes>,
        rest: mpsc::Receiver<Bytes>,
        _busy: Busy,
    },
    /// Ends too early.
    Cut {
        part: Option<Bytes>,
        flushed: bool,
    },
}

impl Body for Outgoing {
    type Data = Bytes;
    type Error = Unfinished;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Unfinished>>> {
        let piece = match self.get_mut() {
            Self::Whole(body) => body.take(),
            Self::Pieces { first, rest, .. } => match first.take() {
                Some(first) => Some(first),
                None => std::task::ready!(rest.poll_recv(cx)),
            },
            Self::Cut { part, flushed } => match part.take() {
                Some(part) => Some(part),
                None if *flushed => return Poll::Ready(Some(Err(Unfinished))),
                None => {
                    // While a body is pending hyper flushes what it has; at an error it does not.
                    *flushed = true;
                    cx.waker().wake_by_ref();
                    return Poll::Pending;
                }
            },
        };
        Poll::Ready(piece.map(|piece| Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, Self::Whole(None))
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(body) => SizeHint::with_exact(body.as_ref().map_or(0, Bytes::len) as u64),
            Self::Pieces { .. } | Self::Cut { .. } => SizeHint::default(),
        }
    }
}
