//! What answers say, by the documented fields: what [`Exchange`](super::Exchange)'s readers return.

use std::time::Duration;

/// An error as an answer tells it: an enhanced error, or the `error` of the registration calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ToldError<'a> {
    /// Its code.
    pub code: &'a str,
    /// What to do about it, such as `authentication` or `retry`; empty when it does not say.
    pub action: &'a str,
    /// What it means.
    pub message: Option<&'a str>,
    /// What a partner had to say.
    pub details: Option<&'a str>,
}

/// Credentials that call 1 delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ToldCredentials<'a> {
    /// `client_id`.
    pub client_id: &'a str,
    /// `client_secret`.
    pub client_secret: &'a str,
}

/// An access token that call 2 delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ToldToken<'a> {
    /// `access_token`.
    pub value: &'a str,
    /// `expires_in`; `None` when the answer does not say.
    pub lifetime: Option<Duration>,
}

/// What a session call (4, 5, 14) told the client to do next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ToldSession<'a> {
    /// `actionName`.
    pub action_name: &'a str,
    /// `actionType`.
    pub action_type: &'a str,
    /// `reasonType`.
    pub reason_type: &'a str,
    /// `code`, where there is one.
    pub code: Option<&'a str>,
    /// `url` as written: relative or absolute.
    pub url: Option<&'a str>,
    /// `mvpd`, where known.
    pub mvpd: Option<&'a str>,
    /// `notBefore`, milliseconds since the epoch.
    pub not_before: Option<i64>,
    /// `notAfter`, milliseconds since the epoch.
    pub not_after: Option<i64>,
    /// Whether parameters are missing.
    pub incomplete: bool,
}

/// One profile of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ToldProfile<'a> {
    /// The MVPD it is filed under.
    pub mvpd: &'a str,
    /// `type`: `regular`, `degraded`, `temporary`, `appleSSO`, `platformSSO` or `serviceTokenSSO`.
    pub kind: &'a str,
    /// `notBefore`, milliseconds since the epoch.
    pub not_before: Option<i64>,
    /// `notAfter`, milliseconds since the epoch.
    pub not_after: Option<i64>,
}

impl ToldSession<'_> {
    /// Whether there is nothing to sign in to: the client may go on to decisions.
    pub fn is_direct_authorize(&self) -> bool {
        self.action_name == "authorize" && self.action_type == "direct"
    }

    /// Whether a user agent shall open `url`.
    pub fn asks_to_authenticate(&self) -> bool {
        self.action_name == "authenticate"
    }

    /// Whether parameters must still be supplied with call 5.
    pub fn asks_to_resume(&self) -> bool {
        matches!(self.action_name, "resume" | "retry")
    }
}

impl ToldProfile<'_> {
    /// Whether it came by the viewer's own sign-in, as opposed to single sign-on, degradation or
    /// temporary access.
    pub fn is_regular(&self) -> bool {
        self.kind == "regular"
    }

    /// Whether it holds at an instant (milliseconds since the epoch).
    pub fn is_valid_at(&self, at: i64) -> bool {
        self.not_after.is_none_or(|end| at < end)
    }

    /// Whether it is one that call 8 leaves out.
    pub fn is_temporary_or_degraded(&self) -> bool {
        matches!(self.kind, "temporary" | "degraded")
    }
}

/// One decision of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ToldDecision<'a> {
    /// The resource.
    pub resource: &'a str,
    /// Whether it may be watched.
    pub authorized: bool,
    /// Why not.
    pub error: Option<ToldError<'a>>,
    /// The media token of an authorize permit, as serialized.
    pub token: Option<&'a str>,
    /// `notAfter` of the media token, milliseconds since the epoch.
    pub token_not_after: Option<i64>,
}

/// One MVPD's part of a logout answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ToldLogout<'a> {
    /// The MVPD it is filed under.
    pub mvpd: &'a str,
    /// `actionName`.
    pub action_name: &'a str,
    /// `actionType`.
    pub action_type: &'a str,
    /// `url`, where there is one.
    pub url: Option<&'a str>,
}
