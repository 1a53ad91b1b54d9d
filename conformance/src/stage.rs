//! What one scenario is played on: a mock service, a clock, and storage, all of its own.

mod door;
pub(crate) mod service;
mod sign_on;

use std::path::PathBuf;
use std::sync::Arc;

use http::{HeaderMap, HeaderValue};
use pass_mock::clock::{Clock, Mode, Timestamp};
use pass_mock::config::Fixtures;
use pass_mock::ids::Ids;
use pass_mock::journal::{Capacity, Entry};
use pass_mock::{MockServer, StartError};
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;
use tokio::task::JoinHandle;

use crate::http_client::{HttpClient, InFlight};
use crate::protocol::{Hello, TempPass, VERSION};
use crate::scenario::{Scenario, ServerStep};
use crate::trace::Origins;
use crate::user_agent::{Application, Browser, Credentials, Settings};
use crate::virtual_time::{START, VirtualTime};

pub use door::Door;

/// The service provider that every scenario plays at.
const SERVICE_PROVIDER: &str = "REF30";
/// One of its domains.
const DOMAIN_NAME: &str = "adobe.com";
/// Where browsers end. Nobody ever calls it.
const REDIRECT_URL: &str = "https://adobe.com/done";

/// The address that the viewer's browser and second screen call from: one that no device has
/// (reserved for documentation).
const VIEWER_ADDRESS: &str = "203.0.113.7";

/// The address of the devices that a server acts for, likewise reserved.
const DEVICE_ADDRESS: &str = "198.51.100.23";

/// How time passes on a stage.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pace {
    /// Only when nothing else can happen.
    Virtual,
    /// So many times as fast as real time.
    Real(f64),
}

impl Pace {
    /// How many times faster than real time the client's timers shall run.
    pub fn speed(self) -> f64 {
        match self {
            Self::Virtual => 1.0,
            Self::Real(speed) => speed,
        }
    }
}

/// The stage could not be set.
#[derive(Debug, thiserror::Error)]
pub enum StageError {
    /// The mock server did not start.
    #[error("the mock server did not start: {0}")]
    Server(#[from] StartError),
    /// There is no folder for the client's storage.
    #[error("no folder for the client's storage: {0}")]
    Storage(#[from] std::io::Error),
    /// A step at the service could not be done.
    #[error("the service did not do as the scenario says: {0}")]
    Control(#[from] pass_mock::control::ControlError),
}

/// A stage, set for one scenario.
#[derive(Debug)]
pub struct Stage {
    server: MockServer,
    clock: Clock,
    pace: Pace,
    ids: Ids,
    in_flight: InFlight,
    marker: HeaderMap,
    fixtures: Arc<Fixtures>,
    devices: Vec<Device>,
    throttled: Vec<std::ops::RangeInclusive<Timestamp>>,
    time: Option<JoinHandle<()>>,
    _storage: TempDir,
}

#[derive(Debug)]
struct Device {
    base_url: String,
    /// What the viewer's browser and second screen call for it.
    local_url: String,
    storage: PathBuf,
    door: Option<Door>,
}

impl Device {
    fn port(&self) -> Option<u16> {
        self.local_url.rsplit(':').next()?.parse().ok()
    }
}

impl Stage {
    /// Sets the stage for a scenario. `seed` makes everything that is drawn reproducible. Must be
    /// called within a `current_thread` runtime when time is virtual.
    pub async fn set(scenario: &Scenario, pace: Pace, seed: u64) -> Result<Self, StageError> {
        Self::set_behind(&[], scenario, pace, seed).await
    }

    /// The same for devices that have doors to it already; a device without one gets an address of
    /// its own. The doors are closed until they are opened.
    pub async fn set_behind(
        doors: &[Door],
        scenario: &Scenario,
        pace: Pace,
        seed: u64,
    ) -> Result<Self, StageError> {
        let clock = match pace {
            Pace::Virtual => Clock::starting_at(START, Mode::Manual),
            Pace::Real(1.0) => Clock::new(Mode::Real),
            Pace::Real(speed) => Clock::new(Mode::Scaled(speed)),
        };
        let seed = seed_of(&scenario.name, seed);
        let ids = Ids::seeded(seed);
        let secret = ids.secret();
        let fixtures = service::fixtures(&scenario.file);
        let server = MockServer::builder()
            .control(None)
            .clock(clock.clone())
            .seed(seed.wrapping_add(1))
            .fixtures(fixtures.clone())
            .throttle(service::throttle(&scenario.file.server))
            .journal(Capacity::UNLIMITED)
            .harness_marker(secret.clone())
            .start()
            .await?;
        service::begin(server.app(), &scenario.file.server)?;
        let in_flight = InFlight::default();
        let time = (pace == Pace::Virtual).then(|| {
            let app = Arc::clone(server.app());
            let time = VirtualTime::new(clock.clone(), in_flight.clone(), move || app.held());
            tokio::spawn(time.run())
        });
        let storage = tempfile::Builder::new().prefix("pass-conformance-").tempdir()?;
        let mut devices = Vec::new();
        for number in 1..=scenario.devices() {
            let folder = storage.path().join(format!("device-{number}"));
            std::fs::create_dir(&folder)?;
            devices.push(match doors.get(number - 1) {
                Some(door) => Device {
                    base_url: door.base_url().to_owned(),
                    local_url: door.local_url().to_owned(),
                    storage: folder,
                    door: Some(door.clone()),
                },
                None => {
                    let base_url = server.add_listener().await?;
                    Device { local_url: base_url.clone(), base_url, storage: folder, door: None }
                }
            });
        }
        Ok(Self {
            server,
            clock,
            pace,
            ids,
            in_flight,
            marker: marker(&secret),
            fixtures: Arc::new(fixtures),
            devices,
            throttled: Vec::new(),
            time,
            _storage: storage,
        })
    }

    /// The clock of everything on this stage.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// How time passes.
    pub fn pace(&self) -> Pace {
        self.pace
    }

    /// The stage's source of chance.
    pub fn ids(&self) -> &Ids {
        &self.ids
    }

    /// Where the apps of all devices call the service.
    pub fn base_urls(&self) -> impl Iterator<Item = &str> {
        self.devices.iter().map(|device| device.base_url.as_str())
    }

    /// Where a device's app calls the service.
    pub fn base_url(&self, device: usize) -> &str {
        self.devices.get(device).map_or("", |device| &device.base_url)
    }

    /// Lets a device in that has a door of its own. What it did before is no part of the story.
    pub fn open_door(&self, device: usize) {
        let device = self.devices.get(device);
        if let Some(door) = device.and_then(|device| device.door.as_ref())
            && !door.is_open()
        {
            self.server.add_handed(door.open(), door.address());
        }
    }

    /// An address that a device's app knows, as this machine calls it.
    pub fn reachable(&self, device: usize, url: &str) -> String {
        let known = self.devices.get(device).and_then(|device| {
            let rest = url.strip_prefix(&device.base_url)?;
            Some(format!("{}{rest}", device.local_url))
        });
        known.unwrap_or_else(|| url.to_owned())
    }

    /// Where every way of a browser ends.
    pub fn redirect_url(&self) -> &'static str {
        REDIRECT_URL
    }

    /// The key that media tokens are signed with, as PEM.
    pub fn media_token_key(&self) -> String {
        self.fixtures.keys.media_token_signer().public_key_pem().to_owned()
    }

    /// The most resources in one preauthorize and one authorize call.
    pub fn resource_limits(&self) -> (usize, usize) {
        let limits = &self.fixtures.limits;
        (limits.preauthorize_resources, limits.authorize_resources)
    }

    /// The address of the devices, where the client is a server that acts for them: that of the home
    /// they are all in.
    pub fn device_ip(&self, scenario: &Scenario) -> Option<&'static str> {
        scenario.is_server_to_server().then_some(DEVICE_ADDRESS)
    }

    /// The first message of a run of the app on a device.
    pub fn hello(&self, scenario: &Scenario, device: usize) -> Hello {
        let storage = self.devices.get(device).map(|device| device.storage.display().to_string());
        Hello {
            protocol: VERSION,
            scenario: scenario.name.clone(),
            base_url: self.base_url(device).to_owned(),
            service_provider: SERVICE_PROVIDER.to_owned(),
            software_statement: self.software_statement().to_owned(),
            domain_name: DOMAIN_NAME.to_owned(),
            redirect_url: REDIRECT_URL.to_owned(),
            storage_dir: storage.unwrap_or_default(),
            flow: scenario.flow,
            mvpd: scenario.picked_mvpd().map(str::to_owned),
            clock_speed: self.pace.speed(),
            now: Some(self.clock.now().0),
            device_ip: self.device_ip(scenario).map(str::to_owned),
            temp_pass: scenario.file.temp_pass.as_ref().map(|trial| TempPass {
                mvpd: trial.mvpd.clone(),
                identity: trial.identity.clone(),
            }),
            single_sign_on: sign_on::material(&scenario.file, &self.fixtures, self.clock.now()),
            media_token_key: Some(self.media_token_key()),
            role: scenario.file.role,
        }
    }

    /// A network for a client that shares this stage's clock.
    pub fn client_network(&self) -> HttpClient {
        HttpClient::new(self.clock.clone(), self.in_flight.clone())
    }

    /// A new browser of the viewer's, for a device.
    pub fn browser(&self, device: usize) -> Browser {
        let http = self.viewer_network();
        Browser::new(http, self.clock.clone(), self.local_url(device), REDIRECT_URL)
    }

    /// An application of the harness's own, on a device of its own. It calls the service where the
    /// given device does, so that the URLs it gets are that device's.
    pub fn application(&self, device: usize) -> Application {
        let settings = Settings {
            base_url: self.local_url(device),
            service_provider: SERVICE_PROVIDER,
            software_statement: self.software_statement(),
            domain_name: DOMAIN_NAME,
            redirect_url: REDIRECT_URL,
        };
        Application::new(self.viewer_network(), &settings, &self.ids)
    }

    /// A user's name and password; the first user's when none is named.
    pub fn credentials(&self, user: Option<&str>) -> Credentials {
        let known = match user {
            Some(name) => self.fixtures.user(name),
            None => self.fixtures.first_user(),
        };
        let fields = |user: &pass_mock::config::User| (user.id.to_string(), user.password.clone());
        let (username, password) = known.map(fields).unwrap_or_default();
        Credentials { username, password }
    }

    /// Does what a scenario has happen at the service, to the client on a device.
    pub fn perform(&mut self, step: &ServerStep, device: usize) -> Result<(), StageError> {
        let port = self.devices.get(device).and_then(Device::port).unwrap_or_default();
        let now = self.clock.now();
        if let Some(refused_until) = service::perform(self.server.app(), port, step)? {
            self.throttled.push(now..=refused_until);
        }
        Ok(())
    }

    /// Everything that was requested so far.
    pub fn journal(&self) -> Vec<Arc<Entry>> {
        self.server.journal().entries()
    }

    /// The journal itself, for who looks at it while the story goes on.
    pub fn live_journal(&self) -> &Arc<pass_mock::journal::Journal> {
        self.server.journal()
    }

    /// How to tell who requested what.
    pub fn origins(&self) -> Origins {
        Origins {
            ports: self.devices.iter().filter_map(Device::port).collect(),
            throttled: self.throttled.clone(),
        }
    }

    fn local_url(&self, device: usize) -> &str {
        self.devices.get(device).map_or("", |device| &device.local_url)
    }

    fn viewer_network(&self) -> HttpClient {
        HttpClient::sending(self.clock.clone(), self.in_flight.clone(), self.marker.clone())
    }

    fn software_statement(&self) -> &str {
        self.fixtures.first_software_statement().unwrap_or_default()
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        if let Some(time) = &self.time {
            time.abort();
        }
        self.devices.iter().filter_map(|device| device.door.as_ref()).for_each(Door::close);
    }
}

/// The headers by which the viewer's requests are told from the client's.
fn marker(secret: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    // The secret is URL-safe text.
    if let Ok(secret) = HeaderValue::try_from(secret) {
        headers.insert("x-pass-harness", secret);
    }
    headers.insert("x-forwarded-for", HeaderValue::from_static(VIEWER_ADDRESS));
    headers
}

/// A scenario's own seed, the same in every run with this seed, whatever else is played.
fn seed_of(name: &str, seed: u64) -> u64 {
    let mut digest = Sha256::new();
    digest.update(seed.to_be_bytes());
    digest.update(name);
    digest.finalize().iter().take(8).fold(0, |seed, byte| seed << 8 | u64::from(*byte))
}
