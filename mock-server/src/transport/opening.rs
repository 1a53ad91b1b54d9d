//! How a connection begins: TLS or not, HTTP/1.1 or HTTP/2.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
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

/// What is spoken on a plain connection, found out from its first bytes, which are read again;
/// `None` when it ended before they told.
pub(super) async fn plain(io: &mut Watched) -> Option<Protocol> {
    let mut first = [0; PREFACE.len()];
    let mut came = 0;
    // Once, as a rule: one or two letters that come alone may be a `POST` or a preface.
    let protocol = loop {
        came += io.socket.read(&mut first[came..]).await.ok().filter(|more| *more > 0)?;
        if !PREFACE.starts_with(&first[..came]) {
            break Protocol::Http1;
        }
        if came == PREFACE.len() {
            break Protocol::Http2;
        }
    };
    io.read_again(&first[..came]);
    Some(protocol)
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
