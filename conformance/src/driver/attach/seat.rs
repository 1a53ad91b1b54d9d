//! One device: what it is to do, and what is heard from it.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::Serialize;
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::watch;

use crate::driver::News;
use crate::protocol::{Action, FromClient, Hello, ToClient};

/// How many messages one run may hand in. A day of a busy client needs a thousand.
const MESSAGES: usize = 50_000;

/// Something for the device to do.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Command {
    /// Counts up for as long as the sitting lasts; to be named to fetch the next one.
    pub sequence: u64,
    /// Whether nothing of what the app has kept may be left: another story begins.
    pub fresh: bool,
    /// The message, as an adapter gets it.
    pub message: ToClient,
}

/// Something that is heard from the device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// What an adapter would say.
    Client(FromClient),
    /// There is a code or a page to sign in with.
    LoginShown,
    /// The app is gone without having been asked.
    Ended(String),
}

/// Why something could not be handed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Nothing was asked of this device.
    #[error("nothing is being played on this device")]
    NotRunning,
    /// It has said too much.
    #[error("more than {MESSAGES} messages in one run")]
    TooMany,
}

/// What somebody in front of the device is to do now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Task {
    /// Nothing.
    Nothing,
    /// Say who the client is.
    Introduce,
    /// See to it that nothing is left of what the app has kept.
    Prepare,
    /// What the app is being asked for.
    Do {
        /// The action's id.
        id: u64,
        /// The action.
        action: Action,
        /// A sign-in that is still open beside it.
        open: Option<u64>,
    },
}

/// One device; clones are the same one.
#[derive(Clone)]
pub struct Seat {
    base_url: Arc<str>,
    state: Arc<Mutex<State>>,
    changed: watch::Sender<u64>,
}

#[derive(Default)]
struct State {
    commands: VecDeque<Command>,
    sequence: u64,
    runs: u64,
    run: Option<Run>,
    /// The storage of the present installation.
    installation: Option<String>,
    /// How it introduced itself.
    introduction: Option<FromClient>,
    hello: Option<Hello>,
    by_hand: bool,
    silent: bool,
    messages: usize,
}

struct Run {
    number: u64,
    tell: UnboundedSender<News>,
    ready: bool,
    launched: bool,
    quit: Option<u64>,
    /// The actions that it is not through with.
    open: BTreeMap<u64, Action>,
}

impl Seat {
    pub(super) fn new(base_url: &str, changed: watch::Sender<u64>) -> Self {
        Self { base_url: base_url.into(), state: Arc::default(), changed }
    }

    /// Where the device calls the service.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// Whether somebody has introduced themselves.
    pub fn is_taken(&self) -> bool {
        self.state().introduction.is_some()
    }

    /// Whether a person does what is asked, not a script.
    pub fn is_by_hand(&self) -> bool {
        self.state().by_hand
    }

    /// The settings of the latest run, if there was one.
    pub fn hello(&self) -> Option<Hello> {
        self.state().hello.clone()
    }

    /// Whether what the device shows is told.
    pub fn tells(&self) -> bool {
        !self.state().silent
    }

    /// What the device shows is not told, or is again.
    pub fn set_tells(&self, tells: bool) {
        self.state().silent = !tells;
    }

    /// What somebody in front of the device is to do now.
    pub fn task(&self) -> Task {
        let state = self.state();
        let Some(run) = &state.run else { return Task::Nothing };
        if !run.ready {
            return match state.introduction {
                None => Task::Introduce,
                Some(_) => Task::Prepare,
            };
        }
        let Some((id, action)) = run.open.last_key_value() else { return Task::Nothing };
        let sign_in = run.open.iter().find(|(other, action)| *other != id && is_sign_in(action));
        Task::Do { id: *id, action: action.clone(), open: sign_in.map(|(id, _)| *id) }
    }

    /// The first command after one, as soon as there is one; `None` when that takes too long.
    pub async fn command(&self, after: u64, wait: Duration) -> Option<Command> {
        let mut changed = self.changed.subscribe();
        let look = async {
            loop {
                changed.mark_unchanged();
                let next = self.state().commands.iter().find(|c| c.sequence > after).cloned();
                if let Some(next) = next {
                    return Some(next);
                }
                // An error would mean that the sitting is gone; this seat holds a sender itself.
                let _ = changed.changed().await;
            }
        };
        match wait {
            Duration::ZERO => self.state().commands.iter().find(|c| c.sequence > after).cloned(),
            _ => tokio::time::timeout(wait, look).await.ok().flatten(),
        }
    }

    /// Hands in what is heard from the device, from a person's hand or a script.
    ///
    /// # Errors
    /// When nothing was asked of it.
    pub fn said(&self, said: Said, by_hand: bool) -> Result<(), Refused> {
        let outcome = self.state().said(said, by_hand);
        self.tell_change();
        outcome
    }

    /// A person has prepared the device as asked.
    ///
    /// # Errors
    /// When nobody asked.
    pub fn prepared(&self) -> Result<(), Refused> {
        let introduction = self.state().introduction.clone().ok_or(Refused::NotRunning)?;
        self.said(Said::Client(introduction), true)
    }

    /// A run begins; it ends when what is returned is dropped.
    pub(super) fn begin(&self, hello: Hello, tell: UnboundedSender<News>) -> Present {
        let number = {
            let mut state = self.state();
            let fresh = state.installation.as_deref() != Some(&hello.storage_dir);
            state.installation = Some(hello.storage_dir.clone());
            state.hello = Some(hello.clone());
            state.runs += 1;
            state.messages = 0;
            let number = state.runs;
            let (launched, quit, open) = (false, None, BTreeMap::new());
            state.run = Some(Run { number, tell, ready: false, launched, quit, open });
            state.commands.clear();
            state.command(ToClient::Hello(Box::new(hello)), fresh);
            // Somebody who closes and opens an app has nothing to prepare for it.
            if let Some(ready) = state.introduction.clone().filter(|_| state.by_hand && !fresh) {
                let _ = state.said(Said::Client(ready), true);
            }
            number
        };
        self.tell_change();
        Present { seat: self.clone(), number }
    }

    fn tell_change(&self) {
        self.changed.send_modify(|count| *count += 1);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Seat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Seat").field("base_url", &self.base_url).finish_non_exhaustive()
    }
}

impl State {
    fn command(&mut self, message: ToClient, fresh: bool) {
        self.sequence += 1;
        self.commands.push_back(Command { sequence: self.sequence, fresh, message });
    }

    fn say(&mut self, message: ToClient) {
        let Some(run) = &mut self.run else { return };
        if let ToClient::Do(asked) = &message {
            match asked.action {
                Action::Launch => run.launched = true,
                Action::Quit => run.quit = Some(asked.id),
                _ => {}
            }
            if asked.action == Action::Quit && self.by_hand && !run.launched {
                let done = FromClient::Done { id: asked.id, error: None };
                let _ = self.said(Said::Client(done), true);
                return;
            }
            run.open.insert(asked.id, asked.action.clone());
        }
        self.command(message, false);
    }

    fn said(&mut self, said: Said, by_hand: bool) -> Result<(), Refused> {
        let run = self.run.as_mut().ok_or(Refused::NotRunning)?;
        self.messages += 1;
        if self.messages > MESSAGES {
            return Err(Refused::TooMany);
        }
        let mut over = None;
        match &said {
            Said::Client(ready @ FromClient::Ready { .. }) => {
                run.ready = true;
                self.introduction = Some(ready.clone());
                self.by_hand = by_hand;
            }
            Said::Client(FromClient::Done { id, .. } | FromClient::Unsupported { id }) => {
                run.open.remove(id);
                if run.quit == Some(*id) {
                    over = Some("it was closed");
                }
            }
            Said::Client(FromClient::Event(_)) | Said::LoginShown | Said::Ended(_) => {}
        }
        // Who listens may have stopped listening just now.
        let _ = run.tell.send(match said {
            Said::Client(message) => News::Said(message),
            Said::LoginShown => News::LoginShown,
            Said::Ended(how) => News::Ended(how.as_str().into()),
        });
        if let Some(how) = over {
            let _ = run.tell.send(News::Ended(how.into()));
        }
        Ok(())
    }
}

fn is_sign_in(action: &Action) -> bool {
    matches!(
        action,
        Action::SignIn { .. } | Action::SwitchProvider { .. } | Action::EnterCode { .. }
    )
}

/// The present run of a seat.
pub(super) struct Present {
    seat: Seat,
    number: u64,
}

impl Present {
    /// Something for the device.
    pub(super) fn say(&self, message: ToClient) {
        self.seat.state().say(message);
        self.seat.tell_change();
    }
}

impl Drop for Present {
    fn drop(&mut self) {
        let mut state = self.seat.state();
        if state.run.as_ref().is_some_and(|run| run.number == self.number) {
            state.run = None;
            state.commands.clear();
        }
        drop(state);
        self.seat.tell_change();
    }
}
