//! Accepting connections, and stopping to.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};

use super::connection::{self, Terms};
use super::patience::Activity;
use super::{Limits, Room, Tls};
use crate::app::App;
use crate::http::{Eventually, Reply, Request};
use crate::web::Site;
use crate::{control, pipeline};

/// Connections that somebody else has accepted.
pub type Handed = mpsc::UnboundedReceiver<std::net::TcpStream>;

/// Who answers on a listener.
#[derive(Clone)]
pub(crate) enum Service {
    /// The service itself.
    Public(Arc<App>),
    /// The control API.
    Control(Arc<App>),
    /// A site of somebody else's.
    Site(Arc<dyn Site>),
}

impl Service {
    pub(super) fn answer(&self, request: Request) -> Eventually<Reply> {
        match self {
            Self::Public(app) => pipeline::handle(app, request),
            Self::Control(app) => Eventually::later(control::serve(Arc::clone(app), request)),
            Self::Site(site) => Eventually::Later(Arc::clone(site).answer(request)),
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

    /// Whether anything has been said since this one began to listen. Costs next to nothing.
    pub(super) fn has_changed(&self) -> bool {
        self.0.has_changed().unwrap_or(true)
    }

    async fn reached(&mut self, phase: Phase) {
        // An error means that the switch is gone, which ends everything as well.
        let _ = self.0.wait_for(|now| *now >= phase).await;
    }
}

/// A bound port.
pub(crate) struct Listener {
    source: Source,
    local: SocketAddr,
}

/// Where connections come from.
enum Source {
    Socket(TcpListener),
    Handed(Handed),
}

impl Listener {
    /// Takes a port; port 0 is any free one.
    pub(crate) async fn bind(address: SocketAddr) -> io::Result<Self> {
        let socket = TcpListener::bind(address).await?;
        let local = socket.local_addr()?;
        Ok(Self { source: Source::Socket(socket), local })
    }

    /// What somebody else accepts, at an address of theirs.
    pub(crate) fn handed(connections: Handed, local: SocketAddr) -> Self {
        Self { source: Source::Handed(connections), local }
    }

    /// The address that was taken.
    pub(crate) fn local(&self) -> SocketAddr {
        self.local
    }

    /// Accepts and serves connections until told to stop, as many at a time as there is room for.
    pub(crate) async fn run(
        mut self,
        service: Service,
        limits: Limits,
        tls: Option<Tls>,
        room: Arc<Room>,
        mut stop: Stop,
    ) {
        let terms = Arc::new(Terms { service, limits, tls });
        let until = stop.clone();
        let accepting = async {
            loop {
                let (socket, peer) = self.accept(&room).await;
                let local = socket.local_addr().unwrap_or(self.local);
                let activity = Activity::new();
                let seat = room.seat(Arc::clone(&activity)).await;
                let (terms, until) = (Arc::clone(&terms), until.clone());
                let own = Arc::clone(&activity);
                let task = tokio::spawn(async move {
                    connection::serve(socket, own, (peer, local), terms, until).await;
                    drop(seat);
                });
                activity.is_served_by(task.abort_handle());
            }
        };
        tokio::select! {
            () = accepting => {}
            () = stop.draining() => {}
        }
    }

    async fn accept(&mut self, room: &Room) -> (TcpStream, SocketAddr) {
        loop {
            let accepted = match &mut self.source {
                Source::Socket(socket) => socket.accept().await,
                Source::Handed(connections) => match connections.recv().await {
                    Some(connection) => adopt(connection),
                    // Nobody is left who could hand over another one.
                    None => std::future::pending().await,
                },
            };
            match accepted {
                Ok(accepted) => return accepted,
                // This one connection is gone already.
                Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
                // There are no more file descriptors: then it helps to let connections end.
                Err(_) => {
                    room.make();
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            }
        }
    }
}

/// A connection that another runtime has accepted.
fn adopt(connection: std::net::TcpStream) -> io::Result<(TcpStream, SocketAddr)> {
    connection.set_nonblocking(true)?;
    let peer = connection.peer_addr()?;
    Ok((TcpStream::from_std(connection)?, peer))
}
