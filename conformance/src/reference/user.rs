//! The person in front of the screen, as the adapter protocol tells of them.

use std::collections::VecDeque;

use pass_mock::clock::{Clock, Timestamp};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};

use crate::protocol::{Action, ClientEvent, Do, FromClient, ToClient};

/// Both directions of the conversation. Messages that come while the client is busy wait their turn.
#[derive(Debug)]
pub(super) struct User {
    inbox: UnboundedReceiver<ToClient>,
    outbox: UnboundedSender<FromClient>,
    waiting: VecDeque<ToClient>,
    gone: bool,
}

/// The user ended the app: whatever is under way ends too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Quit;

impl User {
    pub(super) fn new(
        inbox: UnboundedReceiver<ToClient>,
        outbox: UnboundedSender<FromClient>,
    ) -> Self {
        Self { inbox, outbox, waiting: VecDeque::new(), gone: false }
    }

    /// Shows something.
    pub(super) fn show(&self, event: ClientEvent) {
        self.send(FromClient::Event(event));
    }

    /// Shows a message of the given kind.
    pub(super) fn tell(&self, kind: &str, text: impl Into<String>) {
        self.show(ClientEvent::Message { kind: Some(kind.into()), text: Some(text.into()) });
    }

    /// Reports the end of an action.
    pub(super) fn done(&self, id: u64) {
        self.send(FromClient::Done { id, error: None });
    }

    /// Sends a message; one that nobody reads any more is no problem of the client's.
    pub(super) fn send(&self, message: FromClient) {
        let _ = self.outbox.send(message);
    }

    /// The next message; `None` when the harness is gone.
    pub(super) async fn next(&mut self) -> Option<ToClient> {
        match self.waiting.pop_front() {
            Some(message) => Some(message),
            None if self.gone => None,
            None => self.inbox.recv().await,
        }
    }

    /// The next message, or `None` at `until`. The harness's end is an end of waiting, too.
    pub(super) async fn next_until(
        &mut self,
        clock: &Clock,
        until: Timestamp,
    ) -> Result<Option<ToClient>, Quit> {
        tokio::select! {
            biased;
            message = self.next() => message.map(Some).ok_or(Quit),
            () = clock.sleep_until(until) => Ok(None),
        }
    }

    /// Puts a message back: it comes next.
    pub(super) fn put_back(&mut self, message: ToClient) {
        self.waiting.push_front(message);
    }

    /// Waits for something to finish, but not beyond the user's patience: quitting ends the wait.
    /// Everything else the user does meanwhile waits its turn.
    pub(super) async fn unless_quit<T>(
        &mut self,
        work: impl Future<Output = T>,
    ) -> Result<T, Quit> {
        tokio::pin!(work);
        loop {
            if self.gone || self.waiting.iter().any(is_quit) {
                return Err(Quit);
            }
            tokio::select! {
                biased;
                message = self.inbox.recv() => match message {
                    Some(message) => self.waiting.push_back(message),
                    None => self.gone = true,
                },
                outcome = &mut work => return Ok(outcome),
            }
        }
    }
}

fn is_quit(message: &ToClient) -> bool {
    matches!(message, ToClient::Do(Do { action: Action::Quit, .. }))
}

#[cfg(test)]
mod tests {
    use pass_mock::clock::Mode;
    use tokio::sync::mpsc;

    use super::*;

    fn user() -> (UnboundedSender<ToClient>, User) {
        let (to_client, inbox) = mpsc::unbounded_channel();
        (to_client, User::new(inbox, mpsc::unbounded_channel().0))
    }

    fn act(id: u64, action: Action) -> ToClient {
        ToClient::Do(Do { id, action })
    }

    #[tokio::test]
    async fn what_is_said_meanwhile_waits_its_turn() {
        let (harness, mut user) = user();
        harness.send(act(1, Action::Stop)).unwrap();
        harness.send(act(2, Action::Foreground)).unwrap();
        let work = async { tokio::task::yield_now().await };
        assert_eq!(user.unless_quit(work).await, Ok(()));
        assert_eq!(user.next().await, Some(act(1, Action::Stop)));
        assert_eq!(user.next().await, Some(act(2, Action::Foreground)));
    }

    #[tokio::test]
    async fn quitting_ends_every_wait_and_stays_to_be_seen() {
        let (harness, mut user) = user();
        harness.send(act(1, Action::Stop)).unwrap();
        harness.send(act(2, Action::Quit)).unwrap();
        let forever = std::future::pending::<()>();
        assert_eq!(user.unless_quit(forever).await, Err(Quit));
        assert_eq!(user.next().await, Some(act(1, Action::Stop)));
        assert_eq!(user.next().await, Some(act(2, Action::Quit)));
        drop(harness);
        assert_eq!(user.unless_quit(std::future::pending::<()>()).await, Err(Quit));
        assert_eq!(user.next().await, None);
    }

    #[tokio::test]
    async fn waiting_for_a_message_has_an_end() {
        let (_harness, mut user) = user();
        let clock = Clock::starting_at(Timestamp(0), Mode::Scaled(1_000_000.0));
        assert_eq!(user.next_until(&clock, Timestamp(60_000)).await, Ok(None));
        assert!(clock.now() >= Timestamp(60_000));
    }
}
