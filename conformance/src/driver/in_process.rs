//! A client that is part of this program, in the harness's own time.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};

use super::{ClientHost, Driver, News, Running, Setup, StartError};
use crate::protocol::ToClient;

/// One run of a client, from `hello` to its end.
pub type Body = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Runs a client as a task beside the harness.
#[derive(Clone)]
pub struct InProcess {
    run: Arc<dyn Fn(ClientHost) -> Body + Send + Sync>,
}

impl InProcess {
    /// A client whose runs are what `run` makes of a host.
    pub fn new<F>(run: impl Fn(ClientHost) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        Self { run: Arc::new(move |host| Box::pin(run(host))) }
    }
}

impl fmt::Debug for InProcess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InProcess").finish_non_exhaustive()
    }
}

impl Driver for InProcess {
    fn start(&self, setup: Setup) -> Result<Running, StartError> {
        let Setup { hello, clock, http, ids, log: _ } = setup;
        let (to_client, inbox) = mpsc::unbounded_channel();
        let (outbox, mut from_client) = mpsc::unbounded_channel();
        let (tell, news) = mpsc::unbounded_channel();
        let (stop, stopped) = oneshot::channel::<()>();
        let _ = to_client.send(ToClient::Hello(Box::new(hello)));
        let client = (self.run)(ClientHost { clock, http, ids, inbox, outbox });
        let client = AbortOnDrop(tokio::spawn(client));
        let keeper = tokio::spawn(async move {
            let mut client = client;
            let listen = async {
                while let Some(message) = from_client.recv().await {
                    let _ = tell.send(News::Said(message));
                }
                let end = match (&mut client.0).await {
                    Ok(()) => "it ended".into(),
                    Err(panic) => format!("it panicked: {panic}").as_str().into(),
                };
                let _ = tell.send(News::Ended(end));
            };
            tokio::select! {
                biased;
                () = listen => {}
                _ = stopped => {}
            }
        });
        Ok(Running { to_client, news, stop: Some(stop), keeper })
    }

    fn shares_clock(&self) -> bool {
        true
    }
}

struct AbortOnDrop(tokio::task::JoinHandle<()>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}
