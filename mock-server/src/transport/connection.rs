//! One connection, from its first byte to its last.

use std::future::{Future, poll_fn};
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};

use hyper::body::{Body as _, Incoming};
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::graceful::GracefulConnection;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

use super::convert::{self, Outgoing, Unfinished};
use super::opening::{self, Protocol};
use super::patience::{Activity, Patience, Watched};
use super::{Limits, Service, Stop, Tls};
use crate::http::Eventually;

/// What all connections of a listener have in common.
pub(super) struct Terms {
    pub(super) service: Service,
    pub(super) limits: Limits,
    pub(super) tls: Option<Tls>,
}

/// Serves one connection until it ends, until the other side is too slow, or until the server
/// stops.
pub(super) async fn serve(
    socket: TcpStream,
    activity: Arc<Activity>,
    addresses: (SocketAddr, SocketAddr),
    terms: Arc<Terms>,
    mut stop: Stop,
) {
    // Small answers to small requests: waiting to fill a packet only costs time.
    let _ = socket.set_nodelay(true);
    let opening = async {
        let mut io = Watched::new(socket, Arc::clone(&activity));
        match &terms.tls {
            None => Some((opening::plain(&mut io).await?, Either::Plain(io))),
            Some(tls) => {
                let (protocol, stream) = opening::encrypted(io, tls).await?;
                Some((protocol, Either::Encrypted(Box::new(stream))))
            }
        }
    };
    let opened = tokio::select! {
        biased;
        opened = tokio::time::timeout(terms.limits.header_timeout, opening) => opened,
        () = stop.draining() => return,
    };
    let Ok(Some((protocol, io))) = opened else { return };
    let peer = Arc::new(Peer { activity, addresses, secure: terms.tls.is_some(), terms });
    match io {
        Either::Plain(io) => converse(io, protocol, peer, stop).await,
        Either::Encrypted(io) => converse(*io, protocol, peer, stop).await,
    }
}

enum Either<A, B> {
    Plain(A),
    Encrypted(B),
}

/// What a request comes to.
type Answered = Result<hyper::Response<Outgoing>, Unfinished>;

/// What the requests of a connection have in common.
struct Peer {
    terms: Arc<Terms>,
    activity: Arc<Activity>,
    addresses: (SocketAddr, SocketAddr),
    secure: bool,
}

impl Peer {
    fn exchange(self: &Arc<Self>, incoming: hyper::Request<Incoming>) -> Eventually<Answered> {
        let busy = self.activity.busy();
        let (head, body) = incoming.into_parts();
        if body.is_end_stream() {
            let request = convert::without_body(head, self.addresses, self.secure);
            let answer = self.terms.service.answer(request);
            return answer.map(|answer| convert::reply(answer, busy));
        }
        let peer = Arc::clone(self);
        Eventually::later(async move {
            let request = convert::without_body(head, peer.addresses, peer.secure);
            let coming = busy.coming();
            let request = convert::with_body(request, body, &peer.terms.limits).await?;
            drop(coming);
            convert::reply(peer.terms.service.answer(request).await, busy)
        })
    }
}

async fn converse(
    io: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    protocol: Protocol,
    peer: Arc<Peer>,
    stop: Stop,
) {
    let (limits, activity) = (peer.terms.limits, Arc::clone(&peer.activity));
    let one_request = service_fn(move |incoming| peer.exchange(incoming));
    let io = TokioIo::new(io);
    match protocol {
        Protocol::Http1 => {
            let connection = http1::Builder::new()
                .header_read_timeout(None)
                // Answers are small: one buffer is sooner copied than two are gathered by the system.
                .writev(false)
                .max_header_size(limits.header_bytes)
                // The answers' dates are the service's own.
                .auto_date_header(false)
                .serve_connection(io, one_request);
            drive(pin!(connection), &activity, limits, stop).await;
        }
        Protocol::Http2 => {
            activity.carries_many();
            let connection = http2::Builder::new(TokioExecutor::new())
                .max_header_list_size(u32::try_from(limits.header_bytes).unwrap_or(u32::MAX))
                .max_concurrent_streams(STREAMS)
                .auto_date_header(false)
                .serve_connection(io, one_request);
            drive(pin!(connection), &activity, limits, stop).await;
        }
    }
}

/// How many requests may be under way on one connection.
const STREAMS: u32 = 256;

async fn drive(
    mut connection: Pin<&mut impl GracefulConnection>,
    activity: &Activity,
    limits: Limits,
    mut stop: Stop,
) {
    let mut patience = Patience::new(activity, limits);
    let heard = stop.clone();
    {
        let mut draining = pin!(stop.draining());
        // Asked once, it wakes this task: again only when there is something to hear, because it costs
        // a lock that all connections share.
        let mut is_asked = false;
        let over = poll_fn(|cx| {
            if let Poll::Ready(()) = poll_over(connection.as_mut(), &mut patience, activity, cx) {
                return Poll::Ready(true);
            }
            if is_asked && !heard.has_changed() {
                return Poll::Pending;
            }
            is_asked = true;
            draining.as_mut().poll(cx).map(|()| false)
        });
        if over.await {
            return;
        }
    }
    connection.as_mut().graceful_shutdown();
    tokio::select! {
        biased;
        () = poll_fn(|cx| poll_over(connection.as_mut(), &mut patience, activity, cx)) => {}
        () = stop.closed() => {}
    }
}

/// Whether the connection has ended or exhausted its patience. What ends in an error is the other
/// side's doing: it sent no HTTP, did not finish, or went away.
fn poll_over(
    connection: Pin<&mut impl Future>,
    patience: &mut Patience,
    activity: &Activity,
    cx: &mut Context<'_>,
) -> Poll<()> {
    match connection.poll(cx) {
        Poll::Ready(_) => Poll::Ready(()),
        Poll::Pending => patience.poll(activity, cx),
    }
}
