//! How a connection begins: TLS or not, HTTP/1.1 or HTTP/2.

use std::time::Duration;

use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

use super::Tls;
use super::patience::Watched;

/// What is spoken on a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Protocol {
    Http1,
    Http2,
}

/// What an HTTP/2 client that does not ask first begins with; no HTTP/1.1 request does.
const PREFACE: &[u8; 3] = b"PRI";

/// What a TLS client begins with: a handshake record.
const HANDSHAKE: u8 = 0x16;

/// What is spoken on a plain connection, found out without taking anything off it; `None` when it
/// ended before anything came.
pub(super) async fn plain(socket: &TcpStream) -> Option<Protocol> {
    let mut first = [0; PREFACE.len()];
    loop {
        let came = socket.peek(&mut first).await.ok().filter(|came| *came > 0)?;
        if !PREFACE.starts_with(&first[..came]) {
            return Some(Protocol::Http1);
        }
        if came == PREFACE.len() {
            return Some(Protocol::Http2);
        }
        // One or two bytes of a `POST` or a preface: the system says nothing when more come.
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// The encrypted connection; `None` when none comes about. Who speaks plain HTTP is told so.
pub(super) async fn encrypted(
    mut io: Watched,
    tls: &Tls,
) -> Option<(Protocol, TlsStream<Watched>)> {
    let mut first = [0; 1];
    if io.socket.peek(&mut first).await.ok()? == 1 && first[0] != HANDSHAKE {
        let _ = io.socket.write_all(WRONG_SCHEME.as_bytes()).await;
        let _ = io.socket.shutdown().await;
        return None;
    }
    let stream = tls.acceptor.accept(io).await.ok()?;
    let protocol = match stream.get_ref().1.alpn_protocol() {
        Some(b"h2") => Protocol::Http2,
        _ => Protocol::Http1,
    };
    Some((protocol, stream))
}

const WRONG_SCHEME: &str = "HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain\r\n\
    connection: close\r\n\r\nThis port speaks HTTPS: use https:// instead of http://.\n";
