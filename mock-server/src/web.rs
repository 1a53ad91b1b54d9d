//! A web site of somebody else's on this crate's transport, with its limits and its patience.

use std::fmt;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;

use tokio::sync::watch;

use crate::http::{Reply, Request};
use crate::server::{StartError, bind, url};
use crate::transport::{Limits, Phase, Room, Service, Stop};

/// Answers requests.
pub trait Site: Send + Sync + 'static {
    /// Answers one.
    fn answer(self: Arc<Self>, request: Request) -> Pin<Box<dyn Future<Output = Reply> + Send>>;
}

/// A listener with a site behind it. It ends when it is dropped.
pub struct WebServer {
    address: SocketAddr,
    limits: Limits,
    switch: watch::Sender<Phase>,
}

impl WebServer {
    /// Listens and serves; port 0 is any free one. Must be called within a tokio runtime.
    ///
    /// # Errors
    /// When the address cannot be had.
    pub async fn start(
        address: SocketAddr,
        limits: Limits,
        site: Arc<dyn Site>,
    ) -> Result<Self, StartError> {
        let listener = bind(address).await?;
        let (address, switch) = (listener.local(), watch::Sender::default());
        let room = Room::new(limits.connections);
        let stop = Stop::from(&switch);
        tokio::spawn(listener.run(Service::Site(site), limits, None, room, stop));
        Ok(Self { address, limits, switch })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The URL by which this machine reaches it, without a trailing slash.
    pub fn url(&self) -> String {
        url("http", self.address)
    }

    /// Stops accepting, finishes what was begun (for at most the grace of its limits), and ends.
    pub async fn shutdown(self) {
        self.switch.send_replace(Phase::Draining);
        let _ = tokio::time::timeout(self.limits.shutdown_grace, self.switch.closed()).await;
    }
}

impl Drop for WebServer {
    fn drop(&mut self) {
        self.switch.send_replace(Phase::Closed);
    }
}

impl fmt::Debug for WebServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebServer").field("address", &self.address).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use http::StatusCode;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::{TcpListener, TcpStream};
    use tokio::sync::mpsc;

    use super::*;
    use crate::MockServer;
    use crate::http::Response;

    struct Echo;

    impl Site for Echo {
        fn answer(
            self: Arc<Self>,
            request: Request,
        ) -> Pin<Box<dyn Future<Output = Reply> + Send>> {
            Box::pin(async move {
                Response::with_body(StatusCode::OK, "text/plain", request.path).into()
            })
        }
    }

    async fn ask(address: SocketAddr, path: &str) -> String {
        let mut socket = TcpStream::connect(address).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
        socket.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        socket.read_to_string(&mut answer).await.unwrap();
        answer
    }

    #[tokio::test]
    async fn a_site_answers_until_it_is_shut_down() {
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        let server = WebServer::start(any, Limits::default(), Arc::new(Echo)).await.unwrap();
        let address = server.address();
        let answer = ask(address, "/here").await;
        assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("/here"), "{answer}");
        server.shutdown().await;
        assert!(TcpStream::connect(address).await.is_err());
    }

    #[tokio::test]
    async fn a_mock_serves_what_somebody_else_accepts() {
        let door = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = door.local_addr().unwrap();
        for _ in 0..2 {
            let mock = MockServer::builder().control(None).start().await.unwrap();
            let (hand, handed) = mpsc::unbounded_channel();
            mock.add_handed(handed, address);
            let asking = tokio::spawn(async move { ask(address, "/api/v2/x/profiles").await });
            let (socket, _) = door.accept().await.unwrap();
            hand.send(socket.into_std().unwrap()).unwrap();
            let answer = asking.await.unwrap();
            assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
            let ports: Vec<u16> =
                mock.journal().entries().iter().map(|entry| entry.local.port()).collect();
            assert_eq!(ports, [address.port()], "each mock begins anew at the same port");
        }
    }
}
