//! What was promised about whom.

use super::sync::atomic::{AtomicU64, Ordering};
use crate::domain::{ByOwner, Owner};

/// Owners are spread over so many places; two in one place may wait for each other in vain, once.
const PLACES: usize = if cfg!(test) { 16 } else { 1024 };

/// The highest promised change of each owner's place.
///
/// A change is noted here before the lock of what was changed is let go of: whoever sees the change has
/// held that lock since, and finds its number, or a higher one.
#[derive(Debug, Default)]
pub(super) struct Places(ByOwner<AtomicU64, PLACES>);

impl Places {
    /// Notes that a change of an owner's was promised.
    pub(super) fn promise(&self, owner: &Owner, change: u64) {
        self.0.of(owner).fetch_max(change, Ordering::SeqCst);
    }

    /// The highest change that was promised where this owner's are.
    pub(super) fn promised(&self, owner: &Owner) -> u64 {
        self.0.of(owner).load(Ordering::SeqCst)
    }
}
