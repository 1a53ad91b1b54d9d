//! Accepting connections, and stopping to.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};

use super::connection::{self, Terms};
use super::{Limits, Tls};
use crate::app::App;
use crate::http::{Reply, Request};
use crate::{control, pipeline};

/// Who answers on a listener.
#[derive(Clone)]
pub(crate) enum Service {
    /// The service itself.
    Public(Arc<App>),
    /// The control API.
    Control(Arc<App>),
}

impl Service {
    pub(super) async fn answer(&self, request: Request) -> Reply {
        match self {
            Self::Public(app) => pipeline::handle(app, request).await,
            Self::Control(app) => control::serve(Arc::clone(app), request).await,
        }
    }
}

/// How far the server's end has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Phase {
    #[default]
    Running,
    /// No new connections; what was begun is finished.
    Draining,
    /// Everything ends at once.
    Closed,
}

/// Tells a task when to stop.
#[derive(Clone)]
pub(crate) struct Stop(watch::Receiver<Phase>);

impl Stop {
    /// What hears a switch.
    pub(crate) fn from(switch: &watch::Sender<Phase>) -> Self {
        Self(switch.subscribe())
    }

    pub(crate) async fn draining(&mut self) {
        self.reached(Phase::Draining).await;
    }

    pub(super) async fn closed(&mut self) {
        self.reached(Phase::Closed).await;
    }

    async fn reached(&mut self, phase: Phase) {
        // An error means that the switch is gone, which ends everything as well.
        let _ = self.0.wait_for(|now| *now >= phase).await;
    }
}

/// A bound port.
pub(crate) struct Listener {
    socket: TcpListener,
    local: SocketAddr,
}

impl Listener {
    /// Takes a port; port 0 is any free one.
    pub(crate) async fn bind(address: SocketAddr) -> io::Result<Self> {
        let socket = TcpListener::bind(address).await?;
        let local = socket.local_addr()?;
        Ok(Self { socket, local })
    }

    /// The address that was taken.
    pub(crate) fn local(&self) -> SocketAddr {
        self.local
    }

    /// Accepts and serves connections until told to stop; holds back further ones while there is
    /// no room.
    pub(crate) async fn run(
        self,
        service: Service,
        limits: Limits,
        tls: Option<Tls>,
        room: Arc<Semaphore>,
        mut stop: Stop,
    ) {
        let terms = Arc::new(Terms { service, limits, tls });
        let until = stop.clone();
        let accepting = async {
            while let Ok(permit) = Arc::clone(&room).acquire_owned().await {
                let (socket, peer) = self.accept().await;
                let local = socket.local_addr().unwrap_or(self.local);
                let (terms, until) = (Arc::clone(&terms), until.clone());
                tokio::spawn(async move {
                    connection::serve(socket, (peer, local), terms, until).await;
                    drop(permit);
                });
            }
        };
        tokio::select! {
            () = accepting => {}
            () = stop.draining() => {}
        }
    }

    async fn accept(&self) -> (TcpStream, SocketAddr) {
        loop {
            match self.socket.accept().await {
                Ok(accepted) => return accepted,
                // Either this one connection is gone already, or there are no more file
                // descriptors: then it helps to let some connections end.
                Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        }
    }
}
