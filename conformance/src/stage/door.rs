//! A way to the service that stays where it is while stages come and go.
//!
//! A real device is told once where the service is. Its door listens as long as the sitting lasts;
//! behind it is the service of the story that is being told, and between stories nobody.

use std::fmt;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use pass_mock::server::Handed;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{self, UnboundedSender};

/// What a device hears when it calls while no story is told.
const CLOSED: &str = "HTTP/1.1 503 Service Unavailable\r\ncontent-type: text/plain\r\n\
    content-length: 38\r\nconnection: close\r\n\r\n\
    No scenario is being played just now.\n";

/// How much of a request is read before it is turned away, and for how long.
const HEARD_OUT: usize = 64 * 1024;
const PATIENCE: Duration = Duration::from_secs(2);

/// A door; clones are the same one.
#[derive(Clone)]
pub struct Door {
    address: SocketAddr,
    base_url: Arc<str>,
    local_url: Arc<str>,
    behind: Arc<Mutex<Option<UnboundedSender<std::net::TcpStream>>>>,
}

impl Door {
    /// Listens, as long as the runtime that this is called within lasts. `base_url` is what the
    /// device calls, where that is not the address itself.
    ///
    /// # Errors
    /// When the address cannot be had.
    pub async fn listen(address: SocketAddr, base_url: Option<&str>) -> std::io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let local_url = local_url(address);
        let base_url = base_url.map_or(&*local_url, |url| url.trim_end_matches('/'));
        let door = Self {
            address,
            base_url: base_url.into(),
            local_url: local_url.into(),
            behind: Arc::default(),
        };
        let behind = Arc::clone(&door.behind);
        tokio::spawn(async move {
            loop {
                match listener.accept().await {
                    Ok((socket, _)) => hand_on(socket, &behind),
                    Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
                }
            }
        });
        Ok(door)
    }

    /// What the device calls, without a trailing slash.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// What this machine calls to come to the same door.
    pub(super) fn local_url(&self) -> &str {
        &self.local_url
    }

    /// Where it is.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Lets connections in to who holds the other end, instead of whoever held one before.
    pub(super) fn open(&self) -> Handed {
        let (hand, handed) = mpsc::unbounded_channel();
        *lock(&self.behind) = Some(hand);
        handed
    }

    /// Whether it is open.
    pub(super) fn is_open(&self) -> bool {
        lock(&self.behind).is_some()
    }

    /// Lets nobody in any more.
    pub(super) fn close(&self) {
        lock(&self.behind).take();
    }
}

impl fmt::Debug for Door {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Door").field("base_url", &self.base_url).finish_non_exhaustive()
    }
}

type Behind = Mutex<Option<UnboundedSender<std::net::TcpStream>>>;

fn lock(behind: &Behind) -> MutexGuard<'_, Option<UnboundedSender<std::net::TcpStream>>> {
    behind.lock().unwrap_or_else(PoisonError::into_inner)
}

fn hand_on(socket: TcpStream, behind: &Behind) {
    let Some(hand) = lock(behind).clone() else {
        tokio::spawn(turn_away(socket));
        return;
    };
    // A socket that cannot be handed on is closed, which is all that can be done for it.
    let Ok(socket) = socket.into_std() else { return };
    if let Err(refused) = hand.send(socket)
        && let Ok(socket) = TcpStream::from_std(refused.0)
    {
        tokio::spawn(turn_away(socket));
    }
}

/// Says that nobody is there. The request is read first, so that its sender gets to see the answer.
async fn turn_away(mut socket: TcpStream) {
    let hear_out = async {
        let mut heard = Vec::new();
        while heard.len() < HEARD_OUT && !heard.windows(4).any(|end| end == b"\r\n\r\n") {
            match socket.read_buf(&mut heard).await {
                Ok(1..) => {}
                Ok(0) | Err(_) => return,
            }
        }
    };
    if tokio::time::timeout(PATIENCE, hear_out).await.is_ok() {
        let _ = socket.write_all(CLOSED.as_bytes()).await;
        let _ = socket.shutdown().await;
    }
}

fn local_url(address: SocketAddr) -> String {
    let mut reached = address;
    if address.ip().is_unspecified() {
        reached.set_ip(match address {
            SocketAddr::V4(_) => std::net::Ipv4Addr::LOCALHOST.into(),
            SocketAddr::V6(_) => std::net::Ipv6Addr::LOCALHOST.into(),
        });
    }
    format!("http://{reached}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_closed_door_says_so() {
        let door = Door::listen(([127, 0, 0, 1], 0).into(), None).await.unwrap();
        assert_eq!(door.base_url(), format!("http://{}", door.address()));
        let handed = door.open();
        drop(handed);
        for _ in 0..2 {
            let mut socket = TcpStream::connect(door.address()).await.unwrap();
            socket.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
            let mut answer = String::new();
            socket.read_to_string(&mut answer).await.unwrap();
            let (head, body) = answer.split_once("\r\n\r\n").unwrap();
            assert!(head.starts_with("HTTP/1.1 503 "), "{head}");
            assert!(head.contains(&format!("content-length: {}\r\n", body.len())), "{head}");
            door.close();
        }
    }
}
