//! From a submitted login to the profile that it makes.

use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use super::profiles::Profile;
use super::{Domain, DueLogin, LoginState, Origin, Owner, Session, Share};
use crate::clock::Timestamp;
use crate::config::{Fixtures, Id, User};

/// How many parental PINs may be tried with one code.
pub const PIN_ATTEMPTS: u8 = 3;

/// When a login makes its profile.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum When {
    /// As soon as the fixtures let it: after the MVPD's delay and the user's.
    #[default]
    Soon,
    /// So long from now, whatever the fixtures say.
    After(Duration),
    /// So long after the session was created.
    AfterCreation(Duration),
    /// With the client's N-th poll from now.
    OnPoll(u32),
}

/// Why a login cannot be completed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LoginError {
    /// The code is unknown, has ended, or was superseded.
    #[error("the code is unknown or has ended")]
    NoSession,
    /// The session does not know yet with which MVPD.
    #[error("the session does not name an MVPD yet")]
    Incomplete,
    /// Somebody has signed in with this code already.
    #[error("the code has been used already")]
    Used,
    /// The MVPD has turned the user away.
    #[error("the login was denied")]
    Denied,
}

/// What became of a login.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Login {
    /// The profile is there.
    Done,
    /// The profile will be there at an instant.
    Due(Timestamp),
    /// The profile will be there once the client has polled.
    OnPoll,
}

impl Domain {
    /// Signs a user in for a session: at its MVPD's page, or by a tester's order.
    ///
    /// # Errors
    /// When the session cannot be signed in to.
    pub fn complete_login(
        &self,
        fixtures: &Fixtures,
        code: &str,
        user: &User,
        when: When,
        now: Timestamp,
    ) -> Result<Login, LoginError> {
        self.settle_code(fixtures, code, now);
        let submit = |session: &mut Session| {
            match session.login {
                LoginState::Done => return Err(LoginError::Used),
                LoginState::Denied => return Err(LoginError::Denied),
                _ => {}
            }
            session.login = submitted(fixtures, session, user, when, now)?;
            Ok(session.login.clone())
        };
        let login = self.sessions.update(code, now, submit).ok_or(LoginError::NoSession)??;
        self.settle_code(fixtures, code, now);
        Ok(match login {
            LoginState::Due { at, .. } if at > now => Login::Due(at),
            LoginState::OnPoll { .. } => Login::OnPoll,
            _ => Login::Done,
        })
    }

    /// Lets the MVPD turn the user of a session away; nobody signs in with this code any more.
    ///
    /// # Errors
    /// When nobody could have signed in anyway.
    pub fn deny_login(
        &self,
        fixtures: &Fixtures,
        code: &str,
        now: Timestamp,
    ) -> Result<(), LoginError> {
        self.settle_code(fixtures, code, now);
        let deny = |session: &mut Session| match session.login {
            LoginState::Done => Err(LoginError::Used),
            _ => {
                session.login = LoginState::Denied;
                Ok(())
            }
        };
        self.sessions.update(code, now, deny).ok_or(LoginError::NoSession)?
    }

    /// Takes note of a wrong parental PIN, and tells how many more attempts there are. After the last
    /// one the MVPD turns the user away. The count is the session's, so that no user agent can start
    /// it anew.
    ///
    /// # Errors
    /// When nobody could have signed in anyway.
    pub fn wrong_pin(
        &self,
        fixtures: &Fixtures,
        code: &str,
        now: Timestamp,
    ) -> Result<u8, LoginError> {
        let count = |session: &mut Session| {
            session.wrong_pins = session.wrong_pins.saturating_add(1);
            PIN_ATTEMPTS.saturating_sub(session.wrong_pins)
        };
        let left = self.sessions.update(code, now, count).ok_or(LoginError::NoSession)?;
        if left == 0 {
            self.deny_login(fixtures, code, now)?;
        }
        Ok(left)
    }

    /// Makes the profile of a login whose time has come for a device.
    pub fn settle(&self, fixtures: &Fixtures, owner: &Owner, now: Timestamp) {
        if let Some(due) = self.sessions.settle(owner, now) {
            self.sign_in(fixtures, due);
        }
    }

    /// Makes the profile of a login whose time has come for a code.
    pub fn settle_code(&self, fixtures: &Fixtures, code: &str, now: Timestamp) {
        if let Some(due) = self.sessions.settle_code(code, now) {
            self.sign_in(fixtures, due);
        }
    }

    /// Makes the profiles of all logins whose time has come, also of sessions that have ended since.
    pub fn settle_all(&self, fixtures: &Fixtures, now: Timestamp) {
        for code in self.sessions.due(now) {
            self.settle_code(fixtures, &code, now);
        }
    }

    /// Takes note that a device asks whether its user has signed in.
    pub fn poll(&self, fixtures: &Fixtures, owner: &Owner, now: Timestamp) {
        if let Some(due) = self.sessions.poll(owner, now) {
            self.sign_in(fixtures, due);
        }
    }

    /// Takes note that somebody asks whether the user of a code has signed in; something about the
    /// session of that code with a service provider, unless it has ended.
    pub fn poll_code<T>(
        &self,
        fixtures: &Fixtures,
        (service_provider, code): (&str, &str),
        now: Timestamp,
        at: impl FnOnce(&Session) -> T,
    ) -> Option<T> {
        let (told, due) = self.sessions.poll_at(service_provider, code, now, at)?;
        if let Some(due) = due {
            self.sign_in(fixtures, due);
        }
        Some(told)
    }

    /// Makes the profile that a partner's framework vouches for.
    pub fn sign_in_by_partner(
        &self,
        fixtures: &Fixtures,
        owner: &Owner,
        (mvpd, user): (&str, &str),
        known_platform: bool,
        (now, session): (Timestamp, Uuid),
    ) -> Profile {
        let lifetime = profile_lifetime(fixtures, owner, mvpd, known_platform);
        let profile = Profile {
            number: self.profiles.next_number(),
            mvpd: mvpd.into(),
            user: user.into(),
            session,
            not_before: now,
            not_after: now.after(lifetime),
            invalidated: false,
            authorized: false,
            decisions: Vec::new(),
            origin: Origin::Partner,
        };
        self.profiles.put(owner.clone(), profile.clone());
        profile
    }

    pub(super) fn sign_in(&self, fixtures: &Fixtures, due: DueLogin) {
        let lifetime = profile_lifetime(fixtures, &due.owner, &due.mvpd, due.known_platform);
        let profile = Profile {
            number: self.profiles.next_number(),
            mvpd: due.mvpd,
            user: due.user,
            session: due.session,
            not_before: due.at,
            not_after: due.at.after(lifetime),
            invalidated: false,
            authorized: false,
            decisions: Vec::new(),
            origin: Origin::Login,
        };
        for subject in due.subjects {
            let share = Share { subject, maker: Owner::clone(&due.owner) };
            let shared = Profile {
                number: self.profiles.next_number(),
                origin: Origin::Subject(Box::new(share)),
                ..profile.clone()
            };
            self.profiles.put(Arc::clone(&due.owner), shared);
        }
        self.profiles.put(due.owner, profile);
        self.sessions.settled(due.code);
    }
}

fn submitted(
    fixtures: &Fixtures,
    session: &Session,
    user: &User,
    when: When,
    now: Timestamp,
) -> Result<LoginState, LoginError> {
    let user_id = Id::clone(&user.id);
    let at = match when {
        When::OnPoll(polls) => return Ok(LoginState::OnPoll { user: user_id, polls }),
        When::AfterCreation(delay) => session.not_before.after(delay).max(now),
        When::Soon | When::After(_) => {
            let mvpd = session.parameters.mvpd.as_deref().ok_or(LoginError::Incomplete)?;
            let delay = match (when, session.delay) {
                (When::After(delay), _) | (_, Some(delay)) => delay,
                _ => {
                    let mvpd_delay = fixtures.mvpd(mvpd).map(|mvpd| mvpd.login_delay.0);
                    mvpd_delay.unwrap_or_default() + user.login_delay.0
                }
            };
            now.after(delay)
        }
    };
    Ok(LoginState::Due { user: user_id, at })
}

/// How long a profile lives: as the integration says, else as for all; never longer than the
/// profile of an unknown platform when the device's is unknown.
fn profile_lifetime(
    fixtures: &Fixtures,
    owner: &Owner,
    mvpd: &str,
    known_platform: bool,
) -> Duration {
    let integration = fixtures
        .service_provider(&owner.service_provider)
        .and_then(|provider| provider.integration(mvpd));
    let lifetime = integration
        .and_then(|integration| integration.profile)
        .unwrap_or(fixtures.lifetimes.profile);
    if known_platform {
        lifetime.0
    } else {
        lifetime.min(fixtures.lifetimes.unknown_platform_profile).0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Code, Device, Parameters};
    use crate::ids::Ids;

    const NOW: Timestamp = Timestamp(1_000_000);

    struct Bench {
        domain: Domain,
        fixtures: Fixtures,
        owner: Arc<Owner>,
        code: Code,
    }

    impl Bench {
        fn new(known_platform: bool) -> Self {
            let (domain, fixtures) = (Domain::default(), Fixtures::default());
            let owner = Arc::new(Owner {
                client_id: "client".into(),
                device_id: "tv".into(),
                service_provider: "REF30".into(),
            });
            let parameters =
                Parameters { mvpd: Some("Cablevision".into()), ..Parameters::default() };
            let address = ([192, 0, 2, 1], 4711).into();
            let device = Device { info: None, user_agent: None, address, known_platform };
            let ids = Ids::seeded(1);
            let session =
                domain.create_session(&fixtures, owner.clone(), parameters, device, NOW, &ids);
            Self { domain, fixtures, owner, code: session.code }
        }

        fn complete(&self, user: &str, when: When) -> Result<Login, LoginError> {
            let user = self.fixtures.user(user).unwrap();
            self.domain.complete_login(&self.fixtures, &self.code, user, when, NOW)
        }

        fn profile(&self, seconds: u64) -> Option<Profile> {
            let now = NOW.after(Duration::from_secs(seconds));
            self.domain.settle(&self.fixtures, &self.owner, now);
            self.domain.profiles.valid(&self.owner, now).pop()
        }
    }

    #[test]
    fn a_login_makes_a_profile_and_uses_the_code_up() {
        let bench = Bench::new(true);
        assert_eq!(bench.complete("demo", When::Soon), Ok(Login::Done));
        let profile = bench.profile(0).unwrap();
        assert_eq!(
            (&*profile.mvpd, &*profile.user, profile.not_before),
            ("Cablevision", "demo", NOW)
        );
        assert_eq!(profile.not_after, NOW.after(bench.fixtures.lifetimes.profile.0));
        assert_eq!(bench.complete("demo", When::Soon), Err(LoginError::Used));
        assert_eq!(
            bench.domain.deny_login(&bench.fixtures, &bench.code, NOW),
            Err(LoginError::Used)
        );
    }

    #[test]
    fn an_unknown_platform_gets_the_shorter_lifetime() {
        let bench = Bench::new(false);
        bench.complete("demo", When::Soon).unwrap();
        let shorter = bench.fixtures.lifetimes.unknown_platform_profile.0;
        assert_eq!(bench.profile(0).unwrap().not_after, NOW.after(shorter));
    }

    #[test]
    fn a_slow_users_profile_appears_when_its_time_has_come() {
        let bench = Bench::new(true);
        let due = NOW.after(Duration::from_secs(20));
        assert_eq!(bench.complete("slow", When::Soon), Ok(Login::Due(due)));
        assert_eq!(bench.profile(19), None);
        assert_eq!(bench.profile(25).unwrap().not_before, due);
    }

    #[test]
    fn a_denied_code_signs_nobody_in() {
        let bench = Bench::new(true);
        bench.complete("demo", When::After(Duration::from_secs(5))).unwrap();
        bench.domain.deny_login(&bench.fixtures, &bench.code, NOW).unwrap();
        assert_eq!(bench.complete("demo", When::Soon), Err(LoginError::Denied));
        assert_eq!(bench.profile(10), None);
    }

    #[test]
    fn the_third_wrong_pin_is_a_denied_login() {
        let bench = Bench::new(true);
        let wrong = || bench.domain.wrong_pin(&bench.fixtures, &bench.code, NOW);
        assert_eq!([wrong(), wrong(), wrong()], [Ok(2), Ok(1), Ok(0)]);
        assert_eq!(bench.complete("demo", When::Soon), Err(LoginError::Denied));
        let unknown = bench.domain.wrong_pin(&bench.fixtures, "NOTHING", NOW);
        assert_eq!(unknown, Err(LoginError::NoSession));
    }

    #[test]
    fn a_login_can_wait_for_the_sessions_age_or_for_polls() {
        let bench = Bench::new(true);
        let due = NOW.after(Duration::from_secs(30));
        let after_creation = When::AfterCreation(Duration::from_secs(30));
        assert_eq!(bench.complete("demo", after_creation), Ok(Login::Due(due)));
        assert_eq!(bench.complete("demo", When::OnPoll(2)), Ok(Login::OnPoll));
        let code = ("REF30", &*bench.code);
        bench.domain.poll_code(&bench.fixtures, code, NOW, |_| ()).unwrap();
        assert_eq!(bench.profile(0), None);
        bench.domain.poll(&bench.fixtures, &bench.owner, NOW);
        assert!(bench.profile(0).is_some());
    }

    #[test]
    fn an_unasked_login_is_not_lost_with_its_ended_session() {
        let bench = Bench::new(true);
        bench.complete("slow", When::Soon).unwrap();
        assert!(bench.profile(3 * 3600).is_some());
    }
}
