//! Processes start a few at a time: thirty that all begin at once would have the machine to none of
//! them, and a client's own limits would pass before it has run at all.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinHandle;

/// How long one that starts may keep others waiting. What takes longer mostly waits for something.
const AT_MOST: Duration = Duration::from_secs(1);

/// What starts that may be going on at once, for each core.
const FOR_EACH_CORE: usize = 2;

/// Where processes that start wait for their turn.
#[derive(Clone, Debug)]
pub struct Turnstile {
    places: Arc<Semaphore>,
    at_most: Duration,
}

impl Default for Turnstile {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let places = Arc::new(Semaphore::new(cores.saturating_mul(FOR_EACH_CORE)));
        Self { places, at_most: AT_MOST }
    }
}

impl Turnstile {
    /// Waits for a turn. Must be called within a tokio runtime.
    pub(crate) async fn pass(self) -> Turn {
        match self.places.acquire_owned().await {
            Ok(permit) => Turn(Some(tokio::spawn(hold(permit, self.at_most)))),
            // Nobody closes it.
            Err(_) => Turn(None),
        }
    }
}

/// A turn, until it is dropped or has lasted long enough.
#[derive(Debug)]
pub(crate) struct Turn(Option<JoinHandle<()>>);

impl Drop for Turn {
    fn drop(&mut self) {
        if let Some(holder) = &self.0 {
            holder.abort();
        }
    }
}

async fn hold(permit: OwnedSemaphorePermit, at_most: Duration) {
    tokio::time::sleep(at_most).await;
    drop(permit);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn for_one(at_most: Duration) -> Turnstile {
        Turnstile { places: Arc::new(Semaphore::new(1)), at_most }
    }

    async fn is_free(turnstile: &Turnstile) -> bool {
        tokio::time::timeout(Duration::ZERO, turnstile.clone().pass()).await.is_ok()
    }

    #[tokio::test]
    async fn the_next_waits_until_a_turn_is_over() {
        let turnstile = for_one(Duration::MAX);
        let turn = turnstile.clone().pass().await;
        assert!(!is_free(&turnstile).await, "two at once");
        drop(turn);
        turnstile.pass().await;
    }

    #[tokio::test]
    async fn nobody_waits_for_ever() {
        let turnstile = for_one(Duration::ZERO);
        let _turn = turnstile.clone().pass().await;
        turnstile.pass().await;
    }
}
