//! Everything that a request may touch.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::sync::watch;

use crate::activate::SecondScreen;
use crate::clock::Clock;
use crate::config::Fixtures;
use crate::console;
use crate::control::Access;
use crate::domain::Domain;
use crate::faults::Faults;
use crate::fixtures_file::FixturesFile;
use crate::ids::Ids;
use crate::journal::Journal;
use crate::mvpd::Memory;
use crate::store::{Promise, Store};
use crate::throttle::Throttle;
use crate::tls::Authority;

/// One mock service: its time, chance, data, state and memory. Shared by all its listeners.
pub struct App {
    /// The one clock.
    pub clock: Clock,
    /// The one source of randomness.
    pub ids: Ids,
    /// Whom and what the service knows, and how it behaves. Replaced as a whole, so that a request sees one state.
    pub fixtures: ArcSwap<Fixtures>,
    /// What has become of it: clients, tokens, sessions, profiles, decisions.
    pub domain: Domain,
    /// Who may call how often.
    pub throttle: Throttle,
    /// What changes answers on demand.
    pub faults: Faults,
    /// What happened.
    pub journal: Arc<Journal>,
    /// Where the fixtures come from, if from a file.
    pub(crate) fixtures_file: Option<FixturesFile>,
    /// Who issued the certificate that the service shows, if it did so itself.
    pub(crate) authority: Option<Authority>,
    /// The value of the header that marks the harness's own requests.
    pub(crate) harness_marker: Option<String>,
    /// What the simulated providers remember about user agents.
    pub(crate) memory: Memory,
    /// Where the state is kept beyond this run, if anywhere.
    pub(crate) store: Option<Store>,
    /// What the second screen's application knows.
    pub(crate) second_screen: SecondScreen,
    /// Who may call the control API.
    pub(crate) access: Access,
    /// What the console remembers.
    pub(crate) console: console::State,
    /// Whether the server is about to end: what goes on for as long as somebody listens ends then.
    pub(crate) closing: watch::Sender<bool>,
    /// How many requests wait on the clock.
    pub(crate) held: AtomicUsize,
}

impl App {
    /// Waits for `delay` on the clock, counted among the held requests meanwhile.
    pub async fn hold(&self, delay: Duration) {
        let _held = Held::new(&self.held);
        self.clock.sleep(delay).await;
    }

    /// Waits until whoever asked gives up, counted among the held requests meanwhile.
    pub(crate) async fn hold_for_ever(&self) {
        let _held = Held::new(&self.held);
        std::future::pending().await
    }

    /// Makes an answer without waiting for anything, and tells what has yet to be kept before it
    /// leaves.
    pub(crate) fn promising<T>(&self, make: impl FnOnce() -> T) -> (T, Option<Promise>) {
        match &self.store {
            None => (make(), None),
            Some(store) => {
                let (made, promise) = store.watch(make);
                (made, Some(promise).filter(|promise| !store.has(promise)))
            }
        }
    }

    /// Waits until what an answer promises is kept.
    pub(crate) async fn keep(&self, promise: Option<Promise>) {
        if let (Some(store), Some(promise)) = (&self.store, promise) {
            store.keep(promise).await;
        }
    }

    /// Waits until everything that anybody was promised is kept.
    pub(crate) async fn keep_all(&self) {
        if let Some(store) = &self.store {
            store.keep_all().await;
        }
    }

    /// How many requests wait on the clock at this moment.
    pub fn held(&self) -> usize {
        self.held.load(Ordering::SeqCst)
    }
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("App").field("clock", &self.clock).finish_non_exhaustive()
    }
}

/// Counts one held request, also when its connection goes away meanwhile.
struct Held<'a>(&'a AtomicUsize);

impl<'a> Held<'a> {
    fn new(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Self(count)
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{Mode, Timestamp};
    use crate::server::MockServer;

    #[tokio::test]
    async fn held_requests_are_counted_until_they_go_on_or_away() {
        let clock = Clock::starting_at(Timestamp(0), Mode::Manual);
        let app = MockServer::builder().clock(clock.clone()).into_app();
        let hold = |seconds| {
            let app = Arc::clone(&app);
            tokio::spawn(async move { app.hold(Duration::from_secs(seconds)).await })
        };
        let (short, long) = (hold(1), hold(60));
        tokio::task::yield_now().await;
        assert_eq!(app.held(), 2);
        clock.advance(Duration::from_secs(1));
        short.await.unwrap();
        assert_eq!(app.held(), 1);
        long.abort();
        assert!(long.await.unwrap_err().is_cancelled());
        assert_eq!((app.held(), clock.next_wakeup()), (0, None));
    }
}
