//! Whose logins are under way, told without looking for them.

use std::fmt;

use super::sync::atomic::{AtomicU32, Ordering};
use crate::domain::{ByOwner, Owner};

/// How many places there are: logins under way at the same time are few.
const PLACES: usize = if cfg!(test) { 16 } else { 1 << 12 };

/// How many logins are under way, counted at the places of their owners.
///
/// Several owners share a place. Whoever has a login under way is always told so, hardly anybody else
/// is: every device that asks who is signed in can be answered without a look for its session.
#[derive(Default)]
pub(super) struct Pending(ByOwner<AtomicU32, PLACES>);

impl Pending {
    /// Counts a login of an owner.
    pub(super) fn add(&self, owner: &Owner) {
        self.0.of(owner).fetch_add(1, Ordering::Release);
    }

    /// A login that was counted is over.
    pub(super) fn remove(&self, owner: &Owner) {
        self.0.of(owner).fetch_sub(1, Ordering::Release);
    }

    /// Whether a login of an owner may be under way.
    pub(super) fn may_include(&self, owner: &Owner) -> bool {
        self.0.of(owner).load(Ordering::Acquire) > 0
    }

    /// How many logins are under way.
    pub(super) fn count(&self) -> usize {
        let all = self.0.all().iter().map(|place| place.load(Ordering::Relaxed) as usize);
        all.sum()
    }
}

impl fmt::Debug for Pending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pending").field("count", &self.count()).finish()
    }
}
