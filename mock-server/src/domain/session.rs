//! One authentication session.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Code, Device, Owner, Subject};
use crate::clock::Timestamp;
use crate::config::Id;

/// What the client has said about the login so far.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parameters {
    /// The MVPD to sign in with.
    pub mvpd: Option<Id>,
    /// The domain of the application.
    pub domain_name: Option<Id>,
    /// Where the user agent goes in the end.
    pub redirect_url: Option<Id>,
    /// Who the client's user is elsewhere too.
    #[serde(default, skip_serializing_if = "<[_]>::is_empty")]
    pub subjects: Box<[Subject]>,
}

impl Parameters {
    /// Takes over what was sent this time; what was not stays as it is, and so does the subject.
    pub fn merge(&mut self, sent: Self) {
        self.mvpd = sent.mvpd.or(self.mvpd.take());
        self.domain_name = sent.domain_name.or(self.domain_name.take());
        self.redirect_url = sent.redirect_url.or(self.redirect_url.take());
    }

    /// Whether a login can begin.
    pub const fn are_complete(&self) -> bool {
        self.mvpd.is_some() && self.domain_name.is_some() && self.redirect_url.is_some()
    }
}

/// How far the login has come.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum LoginState {
    /// Nobody has signed in.
    #[default]
    Open,
    /// Somebody has, and the profile appears at an instant.
    Due {
        /// Who.
        user: Id,
        /// When.
        at: Timestamp,
    },
    /// Somebody will have once the client has polled so many more times.
    OnPoll {
        /// Who.
        user: Id,
        /// How many polls are left.
        polls: u32,
    },
    /// The profile is there; the code signs nobody in again.
    Done,
    /// The MVPD turned the user away; the code signs nobody in any more.
    Denied,
}

/// An authentication session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Its identifier, the same for its whole life.
    pub id: Uuid,
    /// Its code.
    pub code: Code,
    /// Whose it is.
    pub owner: Arc<Owner>,
    /// What the client has said so far.
    pub parameters: Parameters,
    /// The device that created it.
    pub device: Device,
    /// When it was created.
    pub not_before: Timestamp,
    /// The last instant at which its code is good.
    pub not_after: Timestamp,
    /// How far the login has come.
    pub login: LoginState,
    /// How long the login takes, when that is not left to the fixtures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delay: Option<Duration>,
    /// The MVPD whose profile the code leads to.
    pub bound: Option<Id>,
    /// Whether the profile of its login is being made at this moment.
    #[serde(skip)]
    pub settling: bool,
    /// How many wrong parental PINs were given.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub wrong_pins: u8,
}

#[allow(clippy::trivially_copy_pass_by_ref)]
const fn is_zero(number: &u8) -> bool {
    *number == 0
}

/// A login whose time has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueLogin {
    /// The session it finished.
    pub session: Uuid,
    /// Its code.
    pub code: Code,
    /// Whose it is.
    pub owner: Arc<Owner>,
    /// Who signed in.
    pub user: Id,
    /// With which MVPD.
    pub mvpd: Id,
    /// When.
    pub at: Timestamp,
    /// Whether the device's platform is known.
    pub known_platform: bool,
    /// As whom else.
    pub subjects: Box<[Subject]>,
}
