//! Ways to drive a client.
//!
//! A driver starts runs of a client; what is said to it and what it says are the messages of the
//! adapter protocol, whether the client is a process or a part of this program.

pub mod attach;
mod command;
mod host;
mod in_process;
mod lines;
mod log;
mod process_group;
mod pull;
mod serve;
#[cfg(test)]
pub(crate) mod testing;
mod turnstile;

pub use command::Command;
pub use host::ClientHost;
pub use in_process::{Body, InProcess};
pub use log::Log;
pub use pull::{Place, PullError, over_http};
pub use serve::over_stdio;
pub(crate) use turnstile::Turn;
pub use turnstile::Turnstile;

use std::fmt;
use std::task::{Context, Poll};
use std::time::Duration;

use pass_mock::clock::Clock;
use pass_mock::ids::Ids;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::http_client::HttpClient;
use crate::protocol::{FromClient, Hello, ToClient};

/// Starts runs of a client.
pub trait Driver: fmt::Debug + Send + Sync {
    /// Starts one run. Must be called within a tokio runtime. The first message, `hello`, is sent
    /// by the driver.
    fn start(&self, setup: Setup) -> Result<Running, StartError>;

    /// Whether the client lives by the harness's own clock, so that time can be virtual.
    fn shares_clock(&self) -> bool;

    /// How long this client may take for what every client must do.
    fn patience(&self) -> Patience {
        Patience::default()
    }

    /// Where a run waits for its turn to start, if starting one takes the machine's time.
    fn turnstile(&self) -> Option<Turnstile> {
        None
    }
}

/// How long a client may take for what every client must do. What the user waits for is the
/// scenario's business.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// To say that it is ready: interpreters are slow to start.
    pub ready: Duration,
    /// To end when the user quits.
    pub quit: Duration,
    /// What is added to every limit in real time, because machines are busy.
    pub slack: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            ready: Duration::from_secs(30),
            quit: Duration::from_secs(10),
            slack: Duration::from_secs(15),
        }
    }
}

/// What a run of a client begins with.
#[derive(Debug)]
pub struct Setup {
    /// The first message.
    pub hello: Hello,
    /// The harness's clock, for a client that shares it.
    pub clock: Clock,
    /// A network for a client that shares the clock, too.
    pub http: HttpClient,
    /// Chance for a client that is part of this program.
    pub ids: Ids,
    /// Where what it prints besides messages goes.
    pub log: Log,
}

/// The client could not be started at all.
#[derive(Debug, thiserror::Error)]
#[error("cannot start the client `{command}`: {cause}")]
pub struct StartError {
    /// What was to be started.
    pub command: String,
    /// Why it was not.
    pub cause: std::io::Error,
}

/// What is heard from a run.
#[derive(Debug)]
pub enum News {
    /// The client said something.
    Said(FromClient),
    /// Somebody in front of the device says that there is a code or a page to sign in with.
    LoginShown,
    /// The run is over: nothing more will be heard.
    Ended(End),
}

/// How a run came to its end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct End {
    /// In words for people.
    pub how: String,
    /// Whether the command could not be found or executed at all.
    pub no_such_command: bool,
}

impl From<&str> for End {
    fn from(how: &str) -> Self {
        Self { how: how.to_owned(), no_such_command: false }
    }
}

/// A run of a client. Dropping it ends the client at once.
#[derive(Debug)]
pub struct Running {
    to_client: UnboundedSender<ToClient>,
    news: UnboundedReceiver<News>,
    stop: Option<oneshot::Sender<()>>,
    keeper: JoinHandle<()>,
}

impl Running {
    /// Says something to the client; a client that is gone hears nothing.
    pub fn say(&self, message: ToClient) {
        let _ = self.to_client.send(message);
    }

    /// What is heard next. After [`News::Ended`] it is always that.
    pub async fn next(&mut self) -> News {
        std::future::poll_fn(|context| self.poll_next(context)).await
    }

    /// The same for who listens to several runs at once.
    pub fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<News> {
        let news = self.news.poll_recv(context);
        news.map(|news| news.unwrap_or_else(|| News::Ended("it is gone".into())))
    }

    /// Ends the client, if it has not ended by itself, and everything that it started.
    pub async fn end(mut self) {
        drop(self.stop.take());
        let _ = (&mut self.keeper).await;
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.keeper.abort();
    }
}
