//! The threads and ports of a sitting.

use std::net::SocketAddr;
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

use pass_mock::StartError;
use pass_mock::server::Limits;
use pass_mock::web::WebServer;
use tokio::sync::{oneshot, watch};

use super::access::Guard;
use super::site::Site;
use super::sitting::{Settings, Sitting};
use crate::driver::attach::Attach;
use crate::runner::{Cancel, House};
use crate::stage::Door;

/// Where a sitting is.
#[derive(Clone, Debug)]
pub struct Addresses {
    /// Where the page and the API listen; port 0 is any free one.
    pub page: SocketAddr,
    /// Where the first device calls the service. The others get the ports after it, or free ones
    /// when this is port 0.
    pub service: SocketAddr,
    /// What devices call instead of that, where something is between them and this machine; `{port}`
    /// stands for the port.
    pub device_url: Option<String>,
    /// How many devices there are.
    pub devices: u16,
}

/// A sitting cannot be had where it is wanted.
#[derive(Debug, thiserror::Error)]
pub enum HostingError {
    /// The page cannot listen.
    #[error("the page: {0}")]
    Page(#[from] StartError),
    /// The service cannot listen.
    #[error("the service: cannot listen on {address}: {cause}")]
    Service {
        /// Where.
        address: SocketAddr,
        /// Why not.
        cause: std::io::Error,
    },
    /// There is no thread or runtime.
    #[error("cannot serve: {0}")]
    Thread(#[from] std::io::Error),
}

/// A sitting that can be reached. It ends when this is dropped.
#[derive(Debug)]
pub struct Hosting {
    /// What is going on.
    pub sitting: Arc<Sitting>,
    /// Runs the devices.
    pub driver: Arc<Attach>,
    /// Where the stories are to be told.
    pub house: House,
    /// Where the page is, with the token where one is needed.
    pub page_url: String,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Hosting {
    /// Opens the page and the doors. `patience` is how long a person may take for one thing.
    ///
    /// # Errors
    /// When an address cannot be had.
    pub fn open(
        addresses: &Addresses,
        settings: Settings,
        patience: Duration,
        cancel: Cancel,
    ) -> Result<Self, HostingError> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let doors = runtime.block_on(doors(addresses))?;
        let urls: Vec<&str> = doors.iter().map(Door::base_url).collect();
        let changed = watch::Sender::new(0);
        let driver = Attach::new(&urls, patience, &changed);
        let sitting = Arc::new(Sitting::new(driver.clone(), settings, changed, cancel));
        let guard = Guard::new(!addresses.page.ip().is_loopback());
        let token = guard.token().map(|token| format!("?token={token}")).unwrap_or_default();
        let site = Arc::new(Site { sitting: Arc::clone(&sitting), guard });
        let server = WebServer::start(addresses.page, Limits::default(), site);
        let server = runtime.block_on(server)?;
        let page_url = format!("{}/{token}", server.url());
        let (stop, stopped) = oneshot::channel();
        let (going, gone) = mpsc::channel();
        let thread = std::thread::Builder::new().name("attach".into()).spawn(move || {
            let _ = going.send(());
            runtime.block_on(async {
                // An error means that nobody holds the other end any more.
                let _ = stopped.await;
                server.shutdown().await;
            });
        })?;
        let _ = gone.recv();
        let house = House { doors, audience: Arc::clone(&sitting) as _ };
        let (driver, stop, thread) = (Arc::new(driver), Some(stop), Some(thread));
        Ok(Self { sitting, driver, house, page_url, stop, thread })
    }
}

impl Drop for Hosting {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

async fn doors(addresses: &Addresses) -> Result<Vec<Door>, HostingError> {
    let mut doors = Vec::new();
    for number in 0..addresses.devices.max(1) {
        let mut address = addresses.service;
        if address.port() != 0 {
            address.set_port(address.port().saturating_add(number));
        }
        let failed = |cause| HostingError::Service { address, cause };
        let url = addresses.device_url.as_deref();
        let url = url.map(|url| url.replace("{port}", &address.port().to_string()));
        doors.push(Door::listen(address, url.as_deref()).await.map_err(failed)?);
    }
    Ok(doors)
}
