//! What of the state has changed, told to whoever keeps it.
//!
//! The domain names what changed, not what it became: whoever follows reads that with
//! [`Domain::part`](super::Domain::part) when it suits, and always gets the newest. That way nothing
//! is copied on a request's path, a thing that changes often is kept once, and two changes of one
//! thing cannot be kept in the wrong order.
//!
//! A change is told while the lock is held under which it was made: whoever can see it can also
//! learn that it is not kept yet.

use std::fmt;
use std::sync::{Arc, OnceLock};

use super::{Code, Owner};
use crate::config::Id;

/// What is kept and read as one.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Key {
    /// A registered client, by its identifier.
    Client(Id),
    /// An access token.
    Token(Id),
    /// A session, by its code.
    Session(Code),
    /// All profiles of an owner, with what was decided about them.
    Profiles(Arc<Owner>),
    /// A trial, by its number.
    Trial(u64),
    /// The rules of decisions, with what is left of them.
    Rules,
    /// The degradations.
    Degradations,
    /// The media tokens that were ended.
    EndedTokens,
    /// The integrations that were switched.
    Switches,
    /// The certificates that count as invalid.
    Certificates,
    /// All of it: everything that is not there any more is gone.
    Everything,
}

/// Who wants to know of changes.
pub trait Follower: fmt::Debug + Send + Sync {
    /// Something changed that must not be lost once anybody was told of it.
    fn promised(&self, key: Key);

    /// Something changed that may be lost when the program is killed: it would only be done again.
    fn noted(&self, key: Key);

    /// Somebody is about to be told of an owner's profiles.
    fn seen(&self, owner: &Owner);
}

/// Who is told of changes: nobody, unless somebody has asked to be.
#[derive(Clone, Debug, Default)]
pub(super) struct Changes(OnceLock<Arc<dyn Follower>>);

impl Changes {
    /// Tells a follower from now on; the first one stays.
    pub(super) fn follow(&self, follower: &Arc<dyn Follower>) {
        let _ = self.0.set(Arc::clone(follower));
    }

    pub(super) fn promise(&self, key: impl FnOnce() -> Key) {
        if let Some(follower) = self.0.get() {
            follower.promised(key());
        }
    }

    pub(super) fn note(&self, key: impl FnOnce() -> Key) {
        if let Some(follower) = self.0.get() {
            follower.noted(key());
        }
    }

    pub(super) fn see(&self, owner: &Owner) {
        if let Some(follower) = self.0.get() {
            follower.seen(owner);
        }
    }
}
