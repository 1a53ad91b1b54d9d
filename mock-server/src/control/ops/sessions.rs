//! Authentication sessions: list, complete, deny, expire, delay.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::clients::{Expire, seconds};
use super::{Control, Done, Listing, Scope};
use crate::config::{Fixtures, Id, User};
use crate::control::ControlError;
use crate::domain::{LoginError, LoginState, Owner, Session, When};

/// The sessions that have not ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SessionList {
    /// Oldest first, unless told otherwise.
    pub sessions: Vec<SessionState>,
    /// How many match in all.
    pub total: usize,
}

/// An authentication session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SessionState {
    /// Its code; names it in paths.
    pub code: String,
    /// Its identifier, the same for its whole life.
    pub session_id: String,
    /// The client that created it.
    pub client: String,
    /// The device (decoded identifier) that created it.
    pub device: String,
    /// The service provider.
    pub service_provider: String,
    /// The MVPD to sign in with, once that is known.
    pub mvpd: Option<String>,
    /// The application's domain, once that is known.
    pub domain_name: Option<String>,
    /// Where the user agent goes in the end, once that is known.
    pub redirect_url: Option<String>,
    /// When it was created, in milliseconds since the epoch.
    pub not_before: i64,
    /// The last instant at which its code is good, in milliseconds since the epoch.
    pub not_after: i64,
    /// How far the login has come.
    pub login: LoginProgress,
}

/// How far a login has come.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum LoginProgress {
    /// Nobody has signed in.
    Open {
        /// How long a login will take, when that was set for this session.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        delay_seconds: Option<f64>,
    },
    /// Somebody has, and the profile appears at an instant.
    Due {
        /// Who.
        user: String,
        /// When, in milliseconds since the epoch.
        at: i64,
    },
    /// Somebody will have, once the client has polled some more.
    OnPoll {
        /// Who.
        user: String,
        /// With which poll from now.
        polls: u32,
    },
    /// The profile is there.
    Done,
    /// The MVPD turned the user away.
    Denied,
}

/// Who signs in, and when. Nothing at all: the first user of the fixtures, as soon as the fixtures
/// let it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Complete {
    /// A user of the fixtures; the first one when left out.
    pub user: Option<String>,
    /// The MVPD, where the session does not name one yet.
    pub mvpd: Option<String>,
    /// So many seconds from now.
    pub after_seconds: Option<f64>,
    /// So many seconds after the session was created.
    pub after_creation_seconds: Option<f64>,
    /// With the client's N-th poll from now.
    pub on_poll: Option<u32>,
}

/// How long a login is to take.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Delay {
    /// Seconds from the submitted login to the profile, whatever the fixtures say. A login that is
    /// under way is finished so long from now.
    pub seconds: f64,
}

impl Control<'_> {
    /// The sessions that have not ended.
    pub fn sessions(&self, scope: &Scope) -> SessionList {
        self.list_sessions(&Listing::from(scope))
    }

    /// A part of them.
    pub fn list_sessions(&self, listing: &Listing) -> SessionList {
        self.settle_sessions();
        let wanted = |session: &Session| {
            let mvpd = session.parameters.mvpd.as_deref().unwrap_or_default();
            listing.means(&session.owner, &[&session.code, mvpd])
        };
        let sessions = &self.app.domain.sessions;
        let (total, shown) = sessions.window(self.app.clock.now(), listing.window(), wanted);
        SessionList { sessions: shown.iter().map(SessionState::from).collect(), total }
    }

    /// One session.
    pub fn session(&self, code: &str) -> Result<SessionState, ControlError> {
        self.find(code).map(|session| SessionState::from(&session))
    }

    /// Signs a user in for a session, as if at the MVPD's page.
    pub fn complete_session(
        &self,
        code: &str,
        how: &Complete,
    ) -> Result<SessionState, ControlError> {
        let fixtures = self.app.fixtures.load();
        let session = self.find(code)?;
        let when = how.when()?;
        let mvpd = self.mvpd_for(&fixtures, &session, how.mvpd.as_deref())?;
        let user = user_for(&fixtures, how.user.as_deref(), mvpd.as_deref())?;
        let now = self.app.clock.now();
        if let Some(mvpd) = mvpd {
            let name = |session: &mut Session| session.parameters.mvpd = Some(mvpd);
            self.app.domain.sessions.update(code, now, name);
        }
        let done = self.app.domain.complete_login(&fixtures, code, user, when, now);
        done.map_err(|error| refused(code, error))?;
        // Also a code that was used up is still good for asking about it.
        self.session(code)
    }

    /// Lets the MVPD turn the user of a session away.
    pub fn deny_session(&self, code: &str) -> Result<SessionState, ControlError> {
        self.find(code)?;
        let denied = {
            let fixtures = self.app.fixtures.load();
            self.app.domain.deny_login(&fixtures, code, self.app.clock.now())
        };
        denied.map_err(|error| refused(code, error))?;
        self.session(code)
    }

    /// Ends a session, now or later but never after its own end.
    pub fn expire_session(&self, code: &str, expire: &Expire) -> Result<Done, ControlError> {
        self.find(code)?;
        let now = self.app.clock.now();
        let end = expire.at(now)?;
        let sessions = &self.app.domain.sessions;
        if end <= now {
            sessions.expire(code);
        } else {
            sessions.update(code, now, |session| session.not_after = session.not_after.min(end));
        }
        Ok(Done { done: 1 })
    }

    /// Sets how long the login of a session takes.
    pub fn delay_session(&self, code: &str, delay: &Delay) -> Result<SessionState, ControlError> {
        self.find(code)?;
        let delay = seconds("seconds", delay.seconds)?;
        let now = self.app.clock.now();
        let slow_down = |session: &mut Session| match &mut session.login {
            LoginState::Open | LoginState::OnPoll { .. } => session.delay = Some(delay),
            LoginState::Due { at, .. } => *at = now.after(delay),
            LoginState::Done | LoginState::Denied => {}
        };
        self.app.domain.sessions.update(code, now, slow_down);
        match self.find(code)?.login {
            LoginState::Done => Err(refused(code, LoginError::Used)),
            LoginState::Denied => Err(refused(code, LoginError::Denied)),
            _ => self.session(code),
        }
    }

    /// Lets logins whose time has come make their profiles.
    pub(super) fn settle_sessions(&self) {
        let (now, fixtures) = (self.app.clock.now(), self.app.fixtures.load());
        self.app.domain.settle_all(&fixtures, now);
    }

    fn find(&self, code: &str) -> Result<Session, ControlError> {
        let (now, fixtures) = (self.app.clock.now(), self.app.fixtures.load());
        self.app.domain.settle_code(&fixtures, code, now);
        let found = self.app.domain.sessions.find_code(code, now);
        found.ok_or_else(|| refused(code, LoginError::NoSession))
    }

    /// The MVPD to sign in with; nothing when the session will hear of it later.
    fn mvpd_for(
        &self,
        fixtures: &Fixtures,
        session: &Session,
        wanted: Option<&str>,
    ) -> Result<Option<Id>, ControlError> {
        let own = session.parameters.mvpd.clone();
        let Some(wanted) = wanted else { return Ok(own) };
        if let Some(own) = own.filter(|own| **own != *wanted) {
            let error = format!("mvpd: the session is for {own}, not {wanted}");
            return Err(ControlError::conflict(error, "leave it out"));
        }
        let provider = fixtures.service_provider(&session.owner.service_provider);
        let integrations = provider.map(|provider| &provider.integrations[..]).unwrap_or_default();
        let regular = |mvpd: &str| fixtures.mvpd(mvpd).is_some_and(|mvpd| !mvpd.is_temp_pass());
        let mut active = integrations.iter().filter(|agreed| {
            self.app.domain.is_enabled(&session.owner.service_provider, agreed)
                && regular(&agreed.mvpd)
        });
        match active.clone().find(|agreed| *agreed.mvpd == *wanted) {
            Some(agreed) => Ok(Some(agreed.mvpd.clone())),
            None => {
                let names: Vec<&str> = active.by_ref().map(|agreed| &*agreed.mvpd).collect();
                let error = format!("mvpd: {wanted:?} is none to sign in with here");
                Err(ControlError::invalid(error, format!("give one of {}", names.join(", "))))
            }
        }
    }
}

fn user_for<'a>(
    fixtures: &'a Fixtures,
    wanted: Option<&str>,
    mvpd: Option<&str>,
) -> Result<&'a User, ControlError> {
    let customers = || {
        let all = fixtures.users.iter();
        all.filter(|user| mvpd.is_none_or(|mvpd| user.is_customer_of(mvpd)))
    };
    let found = match wanted {
        Some(wanted) => customers().find(|user| *user.id == *wanted),
        None => customers().next(),
    };
    found.ok_or_else(|| {
        let names: Vec<&str> = customers().map(|user| &*user.id).collect();
        let (wanted, place) = (wanted.unwrap_or("anybody"), mvpd.unwrap_or("any MVPD"));
        let error = format!("user: {wanted:?} has no account with {place}");
        ControlError::invalid(error, format!("give one of {}", names.join(", ")))
    })
}

fn refused(code: &str, error: LoginError) -> ControlError {
    let error_text = format!("code: {code}: {error}");
    match error {
        LoginError::NoSession => {
            ControlError::not_found(error_text, "GET /sessions lists those that have not ended")
        }
        LoginError::Incomplete => ControlError::conflict(
            error_text,
            "give mvpd, or wait until the second screen has named one",
        ),
        LoginError::Used | LoginError::Denied => {
            ControlError::conflict(error_text, "let the client create a new session")
        }
    }
}

impl Complete {
    fn when(&self) -> Result<When, ControlError> {
        match (self.after_seconds, self.after_creation_seconds, self.on_poll) {
            (None, None, None) => Ok(When::Soon),
            (Some(delay), None, None) => seconds("after_seconds", delay).map(When::After),
            (None, Some(delay), None) => {
                seconds("after_creation_seconds", delay).map(When::AfterCreation)
            }
            (None, None, Some(0)) => {
                Err(ControlError::invalid("on_poll: there is no poll 0", "give 1 or more"))
            }
            (None, None, Some(polls)) => Ok(When::OnPoll(polls)),
            _ => Err(ControlError::invalid(
                "after_seconds, after_creation_seconds, on_poll: are alternatives",
                "give one of them",
            )),
        }
    }
}

impl From<&Session> for SessionState {
    fn from(session: &Session) -> Self {
        let Owner { client_id, device_id, service_provider } = &*session.owner;
        let parameters = &session.parameters;
        Self {
            code: session.code.to_string(),
            session_id: session.id.to_string(),
            client: client_id.to_string(),
            device: device_id.to_string(),
            service_provider: service_provider.to_string(),
            mvpd: parameters.mvpd.as_ref().map(ToString::to_string),
            domain_name: parameters.domain_name.as_ref().map(ToString::to_string),
            redirect_url: parameters.redirect_url.as_ref().map(ToString::to_string),
            not_before: session.not_before.millis(),
            not_after: session.not_after.millis(),
            login: progress(session),
        }
    }
}

fn progress(session: &Session) -> LoginProgress {
    match &session.login {
        LoginState::Open => {
            LoginProgress::Open { delay_seconds: session.delay.map(|d| d.as_secs_f64()) }
        }
        LoginState::Due { user, at } => {
            LoginProgress::Due { user: user.to_string(), at: at.millis() }
        }
        LoginState::OnPoll { user, polls } => {
            LoginProgress::OnPoll { user: user.to_string(), polls: *polls }
        }
        LoginState::Done => LoginProgress::Done,
        LoginState::Denied => LoginProgress::Denied,
    }
}
