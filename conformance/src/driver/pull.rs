//! A client that is part of this program as a device of a sitting: it fetches what it is to do, and
//! hands in what it shows.

use std::future::Future;
use std::time::Duration;

use pass_mock::clock::{Clock, Mode};
use pass_mock::ids::Ids;
use serde::Deserialize;
use serde_json::json;
use tokio::sync::mpsc::{self, UnboundedSender};
use tokio::task::JoinHandle;

use super::ClientHost;
use crate::http_client::{HttpClient, HttpError, InFlight, Request, Response};
use crate::protocol::{Hello, ToClient};

/// How long a sitting that does not answer may be gone: it may only be starting.
const GONE: u32 = 20;
/// How long to wait before it is asked again.
const PAUSE: Duration = Duration::from_millis(500);

/// The sitting cannot be taken part in.
#[derive(Debug, thiserror::Error)]
pub enum PullError {
    /// It does not answer.
    #[error("the sitting does not answer: {0}")]
    Unreachable(#[from] HttpError),
    /// It refuses.
    #[error("the sitting refuses ({status}): {body}")]
    Refused {
        /// The status.
        status: u16,
        /// What it says.
        body: String,
    },
}

#[derive(Deserialize)]
struct Command {
    sequence: u64,
    message: ToClient,
}

/// Where a sitting is, and which of its devices this is.
#[derive(Clone, Debug)]
pub struct Place {
    /// The address of the page, without its token.
    pub url: String,
    /// The token, where one is needed.
    pub token: Option<String>,
    /// The device, counted from 1.
    pub device: usize,
}

/// Takes part in a sitting until it is over.
///
/// # Errors
/// When it cannot be reached, or refuses.
pub async fn over_http<F>(place: &Place, client: impl Fn(ClientHost) -> F) -> Result<(), PullError>
where
    F: Future<Output = ()> + Send + 'static,
{
    let caller = Caller::new(place.clone());
    let (mut after, mut failures) = (0, 0);
    let mut run: Option<Run> = None;
    loop {
        let command = match caller.command(after).await {
            Ok(Next::Command(command)) => command,
            Ok(Next::None) => continue,
            Ok(Next::Over) => return Ok(()),
            Err(PullError::Unreachable(_)) if failures < GONE => {
                failures += 1;
                tokio::time::sleep(PAUSE).await;
                continue;
            }
            Err(error) => return Err(error),
        };
        failures = 0;
        after = command.sequence;
        match command.message {
            ToClient::Hello(hello) => run = Some(Run::begin(&caller, *hello, &client)),
            message => {
                if let Some(run) = &run {
                    let _ = run.inbox.send(message);
                }
            }
        }
    }
}

/// A run of the client; dropped, it ends.
struct Run {
    inbox: UnboundedSender<ToClient>,
    tasks: [JoinHandle<()>; 2],
}

impl Run {
    fn begin<F>(caller: &Caller, hello: Hello, client: &impl Fn(ClientHost) -> F) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let mode = match hello.clock_speed {
            1.0 => Mode::Real,
            speed => Mode::Scaled(speed),
        };
        let clock = Clock::new(mode);
        let (inbox, messages) = mpsc::unbounded_channel();
        let (outbox, mut said) = mpsc::unbounded_channel();
        let _ = inbox.send(ToClient::Hello(Box::new(hello)));
        let running = tokio::spawn(client(ClientHost {
            http: HttpClient::new(clock.clone(), InFlight::default()),
            clock,
            ids: Ids::from_entropy(),
            inbox: messages,
            outbox,
        }));
        let caller = caller.clone();
        let telling = tokio::spawn(async move {
            while let Some(message) = said.recv().await {
                // A run that the sitting has ended already is not listened to any more.
                let _ = caller.tell(&json!(message)).await;
            }
        });
        Self { inbox, tasks: [running, telling] }
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

enum Next {
    Command(Command),
    None,
    Over,
}

#[derive(Clone)]
struct Caller {
    place: Place,
    http: HttpClient,
}

impl Caller {
    fn new(place: Place) -> Self {
        let http = HttpClient::new(Clock::new(Mode::Real), InFlight::default());
        Self { place, http }
    }

    async fn command(&self, after: u64) -> Result<Next, PullError> {
        let Place { url, device, .. } = &self.place;
        let url = format!("{url}/command?device={device}&after={after}&wait=20");
        let answer = self.send(Request::get(url)).await?;
        match answer.status.as_u16() {
            204 => Ok(Next::None),
            410 => Ok(Next::Over),
            200 => serde_json::from_slice(&answer.body)
                .map(Next::Command)
                .map_err(|_| refused(&answer)),
            _ => Err(refused(&answer)),
        }
    }

    async fn tell(&self, message: &serde_json::Value) -> Result<(), PullError> {
        let Place { url, device, .. } = &self.place;
        let url = format!("{url}/messages?device={device}");
        let answer = self.send(Request::post(url, "application/json", message.to_string())).await?;
        if answer.status.is_success() { Ok(()) } else { Err(refused(&answer)) }
    }

    async fn send(&self, request: Request) -> Result<Response, PullError> {
        let request = match &self.place.token {
            Some(token) => request.header("authorization", format!("Bearer {token}")),
            None => request,
        };
        Ok(self.http.send(request).await?)
    }
}

fn refused(answer: &Response) -> PullError {
    PullError::Refused { status: answer.status.as_u16(), body: answer.text() }
}
