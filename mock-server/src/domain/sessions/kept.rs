//! A session among a million others.

use std::ops::Deref;

use crate::clock::Timestamp;
use crate::config::Id;
use crate::domain::{LoginState, Session};

/// A session, and beside it what almost every poll asks: a table that holds it answers that without a
/// look at the session itself, which may be far away.
#[derive(Debug)]
pub(super) struct Kept {
    /// The last instant at which a poll finds that nobody has signed in, and changes nothing; an instant
    /// that has always passed, where it is otherwise.
    waits_until: Timestamp,
    service_provider: Id,
    session: Box<Session>,
}

impl Kept {
    pub(super) fn new(session: Session) -> Self {
        Self {
            waits_until: waits_until(&session),
            service_provider: Id::clone(&session.owner.service_provider),
            session: Box::new(session),
        }
    }

    /// The only way to change it. Whose it is stays.
    pub(super) fn change<T>(&mut self, change: impl FnOnce(&mut Session) -> T) -> T {
        let changed = change(&mut self.session);
        self.waits_until = waits_until(&self.session);
        changed
    }

    /// Whether it is a session with a service provider in which nobody has signed in, and which a poll
    /// does not change.
    pub(super) fn waits(&self, service_provider: &str, now: Timestamp) -> bool {
        now <= self.waits_until && *self.service_provider == *service_provider
    }

    pub(super) fn into_session(self) -> Session {
        *self.session
    }
}

impl Deref for Kept {
    type Target = Session;

    fn deref(&self) -> &Session {
        &self.session
    }
}

fn waits_until(session: &Session) -> Timestamp {
    let nobody = session.bound.is_none() && !is_under_way(session);
    if nobody { session.not_after } else { Timestamp(i64::MIN) }
}

/// Whether somebody signs in, and the profile is not there yet.
pub(super) fn is_under_way(session: &Session) -> bool {
    matches!(session.login, LoginState::Due { .. } | LoginState::OnPoll { .. })
}
