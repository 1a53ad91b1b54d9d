//! One connection, from its first byte to its last.

use std::future::{Future, poll_fn};
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use super::convert;
use super::patience::{Activity, Patience, Watched};
use super::{Limits, Service, Stop};

/// Serves one connection until it ends, until the other side is too slow, or until the server
/// stops.
pub(super) async fn serve(
    socket: TcpStream,
    addresses: (SocketAddr, SocketAddr),
    service: &Service,
    limits: Limits,
    mut stop: Stop,
) {
    // Small answers to small requests: waiting to fill a packet only costs time.
    let _ = socket.set_nodelay(true);
    let activity = Activity::new();
    let one_request = service_fn(|incoming| {
        let busy = activity.busy();
        async {
            let request = convert::request(incoming, addresses, &limits).await?;
            convert::reply(service.answer(request).await, busy)
        }
    });
    let io = TokioIo::new(Watched { socket, activity: Arc::clone(&activity) });
    let mut connection = pin!(
        http1::Builder::new()
            .header_read_timeout(None)
            .max_header_size(limits.header_bytes)
            // The answers' dates are the service's own.
            .auto_date_header(false)
            .serve_connection(io, one_request)
    );
    let mut patience = Patience::new(&activity, limits);
    tokio::select! {
        biased;
        () = until_over(connection.as_mut(), &mut patience, &activity) => return,
        () = stop.draining() => connection.as_mut().graceful_shutdown(),
    }
    tokio::select! {
        biased;
        () = until_over(connection, &mut patience, &activity) => {}
        () = stop.closed() => {}
    }
}

/// Serves until the connection has ended or exhausted its patience. What ends in an error is the
/// other side's doing: it sent no HTTP, did not finish, or went away.
async fn until_over(
    mut connection: Pin<&mut impl Future>,
    patience: &mut Patience,
    activity: &Activity,
) {
    poll_fn(|cx| match connection.as_mut().poll(cx) {
        Poll::Ready(_) => Poll::Ready(()),
        Poll::Pending => patience.poll(activity, cx),
    })
    .await;
}
