//! How many wait for something to be written down.

use super::sync::atomic::{AtomicUsize, Ordering};

/// A count of those who wait, so that nobody is woken while there is none.
///
/// Who waits enters, *then* looks through the journal; who writes lets go of the shard it wrote to, *then*
/// asks whether there is anybody. Who looked too early held that shard's lock before the writer did: so
/// the writer sees that it has entered, though neither operation orders anything by itself.
#[derive(Debug)]
pub(super) struct Watchers(AtomicUsize);

impl Watchers {
    pub(super) fn new() -> Self {
        Self(AtomicUsize::new(0))
    }

    /// Counts one more until the guard is dropped, also when its wait is cancelled.
    pub(super) fn enter(&self) -> Watching<'_> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Watching(&self.0)
    }

    /// Whether somebody waits.
    pub(super) fn is_anybody(&self) -> bool {
        self.0.load(Ordering::Relaxed) > 0
    }
}

/// While it lives, somebody waits.
#[derive(Debug)]
pub(super) struct Watching<'a>(&'a AtomicUsize);

impl Drop for Watching<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
