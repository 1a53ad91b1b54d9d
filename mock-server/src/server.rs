//! Putting it together: a server that a program or a test starts.
//!
//! ```no_run
//! # async fn example() -> Result<(), pass_mock::StartError> {
//! let server = pass_mock::MockServer::builder().seed(7).start().await?;
//! println!("point your app at {}", server.base_url());
//! server.shutdown().await;
//! # Ok(())
//! # }
//! ```

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use arc_swap::ArcSwap;
use tokio::sync::watch;

use crate::activate::SecondScreen;
use crate::app::App;
use crate::clock::{Clock, Mode};
use crate::config::Fixtures;
use crate::console;
use crate::control::{Access, Control};
use crate::domain::Domain;
use crate::faults::Faults;
use crate::fixtures_file::{self, FixturesFile, Notice};
use crate::ids::Ids;
use crate::journal::{Capacity, Journal};
use crate::mvpd::Memory;
use crate::store::{Opened, StoreError};
use crate::throttle::{Throttle, ThrottleSettings};
use crate::tls::{Authority, Tls, TlsError};
use crate::transport::{self, Listener, Phase, Room, Service, Stop};

pub use crate::transport::{Handed, Limits};

/// Any free port of the loopback interface.
const ANY: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// How many connections the control port takes.
const CONTROL_CONNECTIONS: usize = 256;

/// How long a body the control port takes: a snapshot may be.
const CONTROL_BODY: usize = 64 << 20;

/// A running server. It stops when it is dropped; [`shutdown`](Self::shutdown) also waits for what
/// was begun.
pub struct MockServer {
    app: Arc<App>,
    public: SocketAddr,
    control: Option<SocketAddr>,
    limits: Limits,
    tls: Option<transport::Tls>,
    /// The places of the public ports' connections.
    room: Arc<Room>,
    /// Everything that runs for this server holds a receiver of it.
    switch: watch::Sender<Phase>,
}

/// The server could not be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Somebody else listens there.
    #[error("cannot listen on {address}: the port is already in use")]
    PortInUse {
        /// The address asked for.
        address: SocketAddr,
    },
    /// The operating system refused the address.
    #[error("cannot listen on {address}: {cause}")]
    Listen {
        /// The address asked for.
        address: SocketAddr,
        /// Why not.
        cause: io::Error,
    },
    /// There is no certificate to show.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The folder for the state cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl MockServer {
    /// A server with everything at its default: any free port, the real clock, no seed, the
    /// embedded fixtures, throttling on, and the control API on a free port of its own.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Where the service is, without a trailing slash.
    pub fn base_url(&self) -> String {
        url(self.scheme(), self.public)
    }

    /// The local certificate authority whose certificate the service shows, where it has one.
    pub fn authority(&self) -> Option<&Authority> {
        self.app.authority.as_ref()
    }

    /// Where the control API is, if it listens.
    pub fn control_url(&self) -> Option<String> {
        self.control.map(|control| url("http", control))
    }

    /// What callers of the control API must show, if anything.
    pub fn control_token(&self) -> Option<&str> {
        self.app.access.token()
    }

    /// The address of the first public port.
    pub fn address(&self) -> SocketAddr {
        self.public
    }

    /// The address of the control port, if it listens.
    pub fn control_address(&self) -> Option<SocketAddr> {
        self.control
    }

    /// Steers the service: every operation of the control API as a method.
    pub fn control(&self) -> Control<'_> {
        self.app.control()
    }

    /// The service behind the listeners.
    pub fn app(&self) -> &Arc<App> {
        &self.app
    }

    /// What happened so far.
    pub fn journal(&self) -> &Arc<Journal> {
        &self.app.journal
    }

    /// The server's clock.
    pub fn clock(&self) -> &Clock {
        &self.app.clock
    }

    /// How many requests wait on the clock inside the server at this moment: who drives a manual
    /// clock knows by this that advancing it will let something go on.
    pub fn held(&self) -> usize {
        self.app.held()
    }

    /// Opens one more public port on the same state, and returns its base URL. Entries of the
    /// journal tell by their `local` address which port was called.
    pub async fn add_listener(&self) -> Result<String, StartError> {
        let listener = bind(SocketAddr::new(self.public.ip(), 0)).await?;
        Ok(url(self.scheme(), self.serve_public(listener)))
    }

    /// Serves connections that somebody else accepts at an address of theirs, which stays theirs when
    /// this server is gone.
    pub fn add_handed(&self, connections: Handed, address: SocketAddr) {
        self.serve_public(Listener::handed(connections, address));
    }

    /// Stops accepting, finishes what was begun (for at most the grace of [`Limits`]), and ends.
    pub async fn shutdown(self) {
        self.app.closing.send_replace(true);
        self.switch.send_replace(Phase::Draining);
        let finished = tokio::time::timeout(self.limits.shutdown_grace, self.switch.closed());
        if finished.await.is_err() {
            self.switch.send_replace(Phase::Closed);
            self.switch.closed().await;
        }
        self.close_store();
    }

    /// Writes what is not written yet.
    fn close_store(&self) {
        if let Some(store) = &self.app.store {
            store.close();
        }
    }

    fn serve_public(&self, listener: Listener) -> SocketAddr {
        let service = Service::Public(Arc::clone(&self.app));
        let (limits, tls, room) = (self.limits, self.tls.clone(), Arc::clone(&self.room));
        self.serve(listener, service, limits, tls, room)
    }

    fn serve_control(&self, listener: Listener) -> SocketAddr {
        let service = Service::Control(Arc::clone(&self.app));
        // Room of its own: a flooded public port can still be looked at.
        let room = Room::new(CONTROL_CONNECTIONS);
        let limits = Limits { body_bytes: CONTROL_BODY, ..self.limits };
        // Without TLS, so that the certificate to trust can be fetched there.
        self.serve(listener, service, limits, None, room)
    }

    fn scheme(&self) -> &'static str {
        if self.tls.is_some() { "https" } else { "http" }
    }

    fn serve(
        &self,
        listener: Listener,
        service: Service,
        limits: Limits,
        tls: Option<transport::Tls>,
        room: Arc<Room>,
    ) -> SocketAddr {
        let local = listener.local();
        tokio::spawn(listener.run(service, limits, tls, room, Stop::from(&self.switch)));
        local
    }
}

impl Drop for MockServer {
    fn drop(&mut self) {
        self.switch.send_replace(Phase::Closed);
        self.close_store();
    }
}

impl fmt::Debug for MockServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MockServer")
            .field("public", &self.public)
            .field("control", &self.control)
            .finish_non_exhaustive()
    }
}

/// What a server is to be like.
#[derive(Debug)]
pub struct Builder {
    listen: SocketAddr,
    control: Option<SocketAddr>,
    fixtures: Option<Fixtures>,
    fixtures_file: Option<(PathBuf, Notice)>,
    data_dir: Option<(PathBuf, Notice)>,
    clock: Option<Clock>,
    clock_mode: Mode,
    ids: Option<Ids>,
    throttle: Option<ThrottleSettings>,
    journal: Capacity,
    limits: Limits,
    harness_marker: Option<String>,
    control_token: Option<String>,
    tls: Option<Tls>,
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            listen: ANY,
            control: Some(ANY),
            fixtures: None,
            fixtures_file: None,
            data_dir: None,
            clock: None,
            clock_mode: Mode::Real,
            ids: None,
            throttle: None,
            journal: Capacity::default(),
            limits: Limits::default(),
            harness_marker: None,
            control_token: None,
            tls: None,
        }
    }
}

impl Builder {
    /// Where the service listens; port 0 is any free one.
    #[must_use]
    pub fn listen(self, address: SocketAddr) -> Self {
        Self { listen: address, ..self }
    }

    /// Where the control API listens; `None`: nowhere.
    #[must_use]
    pub fn control(self, address: impl Into<Option<SocketAddr>>) -> Self {
        Self { control: address.into(), ..self }
    }

    /// What callers of the control API must show as `Authorization: Bearer`. Bound to loopback it
    /// needs none; bound elsewhere an unguessable one is drawn unless this says which.
    #[must_use]
    pub fn control_token(self, token: impl Into<String>) -> Self {
        Self { control_token: Some(token.into()), ..self }
    }

    /// Whom and what the service knows.
    #[must_use]
    pub fn fixtures(self, fixtures: Fixtures) -> Self {
        Self { fixtures: Some(fixtures), ..self }
    }

    /// The file that the fixtures were read from. It is read again when it changes, and `notice` is
    /// told in a line what became of that; a file that cannot be used changes nothing.
    #[must_use]
    pub fn fixtures_file(self, path: impl Into<PathBuf>, notice: Notice) -> Self {
        Self { fixtures_file: Some((path.into(), notice)), ..self }
    }

    /// The clock; shared with whoever drives it.
    #[must_use]
    pub fn clock(self, clock: Clock) -> Self {
        Self { clock: Some(clock), ..self }
    }

    /// How the server's own clock runs: from the real time on, or from where an earlier run's stood.
    #[must_use]
    pub fn clock_mode(self, mode: Mode) -> Self {
        Self { clock_mode: mode, ..self }
    }

    /// Where all state is kept beyond this run, and taken from; `notice` is told in a line when that
    /// cannot be done any more, or when what was kept does not fit the fixtures. Of a
    /// [started](Self::start) server only. See [`crate::store`].
    #[must_use]
    pub fn data_dir(self, folder: impl Into<PathBuf>, notice: Notice) -> Self {
        Self { data_dir: Some((folder.into(), notice)), ..self }
    }

    /// Makes everything that is drawn reproducible, and guessable.
    #[must_use]
    pub fn seed(self, seed: u64) -> Self {
        Self { ids: Some(Ids::seeded(seed)), ..self }
    }

    /// How often a device may call, whatever the fixtures say about it.
    #[must_use]
    pub fn throttle(self, throttle: ThrottleSettings) -> Self {
        Self { throttle: Some(throttle), ..self }
    }

    /// How much the journal keeps.
    #[must_use]
    pub fn journal(self, capacity: Capacity) -> Self {
        Self { journal: capacity, ..self }
    }

    /// Serves over TLS, HTTP/1.1 and HTTP/2. The control API stays as it is.
    #[must_use]
    pub fn tls(self, tls: Tls) -> Self {
        Self { tls: Some(tls), ..self }
    }

    /// The limits of the network side.
    #[must_use]
    pub fn limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// Requests whose `x-pass-harness` header has this value are the harness's own: the journal
    /// says so, and the header is taken off.
    #[must_use]
    pub fn harness_marker(self, secret: impl Into<String>) -> Self {
        Self { harness_marker: Some(secret.into()), ..self }
    }

    /// The service alone, for who calls it without a network.
    pub fn into_app(self) -> Arc<App> {
        self.app(None, None)
    }

    fn app(self, authority: Option<Authority>, kept: Option<Opened>) -> Arc<App> {
        let ids = self.ids.unwrap_or_else(Ids::from_entropy);
        let fixtures = self.fixtures.unwrap_or_default();
        let clock = match (self.clock, &kept) {
            (None, None) => Clock::new(self.clock_mode),
            (None, Some(kept)) => kept.clock(self.clock_mode),
            (Some(clock), kept) => {
                kept.iter().for_each(|kept| kept.set(&clock));
                clock
            }
        };
        let memory = match kept.as_ref().and_then(Opened::providers) {
            Some((secret, epoch)) => Memory::with_secret(secret, epoch),
            None => Memory::new(&ids),
        };
        let domain = Domain::default();
        let (store, starter) = match kept {
            None => (None, None),
            Some(kept) => {
                ids.go_on_from(kept.draws());
                let (store, starter) = kept.follow(&domain, &fixtures, clock.now());
                (Some(store), Some(starter))
            }
        };
        let app = Arc::new(App {
            throttle: Throttle::new(self.throttle.unwrap_or(fixtures.throttle)),
            clock,
            memory,
            second_screen: SecondScreen::default(),
            ids,
            fixtures: ArcSwap::from_pointee(fixtures),
            domain,
            store,
            faults: Faults::default(),
            journal: Arc::new(Journal::new(self.journal)),
            fixtures_file: self.fixtures_file.map(|(path, notice)| FixturesFile::new(path, notice)),
            authority,
            harness_marker: self.harness_marker,
            access: access(self.control_token, self.control),
            console: console::State::default(),
            closing: watch::Sender::new(false),
            held: AtomicUsize::new(0),
        });
        if let Some(starter) = starter {
            starter.start(&app);
        }
        app
    }

    /// Binds the ports and starts to serve. Must be called within a tokio runtime.
    pub async fn start(self) -> Result<MockServer, StartError> {
        let public = bind(self.listen).await?;
        let control = match self.control {
            Some(address) => Some(bind(address).await?),
            None => None,
        };
        let limits = self.limits;
        let (tls, authority) = match &self.tls {
            Some(tls) => {
                let identity = tls.open()?;
                let tls = transport::Tls::new(&identity).map_err(TlsError::Other)?;
                (Some(tls), identity.authority)
            }
            None => (None, None),
        };
        let kept = match &self.data_dir {
            Some((folder, notice)) => Some(Opened::new(folder, *notice)?),
            None => None,
        };
        let mut server = MockServer {
            app: self.app(authority, kept),
            public: public.local(),
            control: None,
            limits,
            tls,
            room: Room::new(limits.connections),
            switch: watch::Sender::default(),
        };
        server.serve_public(public);
        if server.app.fixtures_file.is_some() {
            let stop = Stop::from(&server.switch);
            tokio::spawn(follow_fixtures_file(Arc::clone(&server.app), stop));
        }
        server.app.console.set_service_url(server.base_url());
        server.control = control.map(|control| server.serve_control(control));
        Ok(server)
    }
}

async fn follow_fixtures_file(app: Arc<App>, mut stop: Stop) {
    loop {
        tokio::select! {
            () = stop.draining() => return,
            () = tokio::time::sleep(fixtures_file::INTERVAL) => app.follow_fixtures_file(),
        }
    }
}

/// A seed makes everything guessable but this.
fn access(token: Option<String>, control: Option<SocketAddr>) -> Access {
    let beyond_loopback = control.is_some_and(|address| !address.ip().is_loopback());
    match token {
        Some(token) => Access::with_token(token),
        None if beyond_loopback => Access::with_token(Ids::from_entropy().secret()),
        None => Access::loopback(),
    }
}

/// The URL by which this machine reaches a listener, which may be one on all interfaces.
pub(crate) fn url(scheme: &str, address: SocketAddr) -> String {
    let ip: IpAddr = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    format!("{scheme}://{}", SocketAddr::new(ip, address.port()))
}

pub(crate) async fn bind(address: SocketAddr) -> Result<Listener, StartError> {
    Listener::bind(address).await.map_err(|cause| match cause.kind() {
        io::ErrorKind::AddrInUse => StartError::PortInUse { address },
        _ => StartError::Listen { address, cause },
    })
}
