//! How late this machine is: sleeps that end after their time, as every timer here may.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::task::JoinHandle;

/// How long each sleep is.
const SLEEP: Duration = Duration::from_millis(20);

/// The runtime's own grain; no sleep is more exact.
const GRAIN: Duration = Duration::from_millis(1);

/// Measures until it is dropped.
#[derive(Debug)]
pub(super) struct Jitter {
    worst: Arc<AtomicU64>,
    sampler: JoinHandle<()>,
}

impl Jitter {
    /// Begins to measure.
    pub(super) fn measure() -> Self {
        let worst = Arc::new(AtomicU64::new(0));
        let seen = Arc::clone(&worst);
        let sampler = tokio::spawn(async move {
            loop {
                let began = Instant::now();
                tokio::time::sleep(SLEEP).await;
                let late = began.elapsed().saturating_sub(SLEEP + GRAIN);
                let late = u64::try_from(late.as_millis()).unwrap_or(u64::MAX);
                seen.fetch_max(late, Ordering::Relaxed);
            }
        });
        Self { worst, sampler }
    }

    /// The worst so far, in milliseconds of real time.
    pub(super) fn worst_ms(&self) -> u64 {
        self.worst.load(Ordering::Relaxed)
    }
}

impl Drop for Jitter {
    fn drop(&mut self) {
        self.sampler.abort();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_thread_that_is_held_up_is_noticed() {
        let jitter = Jitter::measure();
        tokio::task::yield_now().await;
        std::thread::sleep(Duration::from_millis(120));
        tokio::time::sleep(Duration::from_millis(30)).await;
        assert!(jitter.worst_ms() >= 60, "{}", jitter.worst_ms());
    }
}
