//! One connection, from its first byte to its last.

use std::net::SocketAddr;
use std::pin::pin;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpStream;

use super::convert::{self, Unfinished};
use super::{Limits, Service, Stop};

/// Serves one connection until it ends, or until the server stops.
pub(super) async fn serve(
    socket: TcpStream,
    addresses: (SocketAddr, SocketAddr),
    service: Service,
    limits: Limits,
    mut stop: Stop,
) {
    // Small answers to small requests: waiting to fill a packet only costs time.
    let _ = socket.set_nodelay(true);
    let one_request = service_fn(|incoming| async {
        let request = convert::request(incoming, addresses, &limits).await?;
        Ok::<_, Unfinished>(convert::reply(service.answer(request).await))
    });
    let mut connection = pin!(
        http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(limits.header_timeout)
            .max_header_size(limits.header_bytes)
            .max_buf_size(limits.header_bytes.max(8192))
            .serve_connection(TokioIo::new(socket), one_request)
    );
    tokio::select! {
        biased;
        // An error here is the other side's: it sent no HTTP, was too slow, or went away.
        _ = connection.as_mut() => return,
        () = stop.draining() => connection.as_mut().graceful_shutdown(),
    }
    tokio::select! {
        biased;
        _ = connection.as_mut() => {}
        () = stop.closed() => {}
    }
}
