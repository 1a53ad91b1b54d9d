//! Authentication sessions and their codes.
//!
//! A code lives until its end or until the same client, device and service provider begins another
//! session, whichever comes first. A login that is still under way when that happens is lost.

mod kept;
mod pending;

use std::collections::VecDeque;
use std::sync::{self, Arc, Mutex, PoisonError};
use std::time::Duration;

use kept::{Kept, is_under_way};
use pending::Pending;

use super::changes::{Changes, Key};
use super::texts::Texts;
use super::{Code, Device, DueLogin, LoginState, Map, Owner, Parameters, Session, Window};
use crate::clock::Timestamp;
use crate::ids::Ids;

/// Queues of codes by the order in which they end; so many, that threads rarely meet in one.
const QUEUES: usize = 16;
/// How many ended sessions a new one makes room for at most.
const SWEEP: usize = 8;

/// All live sessions.
#[derive(Debug, Default)]
pub struct Sessions {
    by_code: Map<Code, Kept>,
    current: Map<Arc<Owner>, Code>,
    pending: Pending,
    endings: [Mutex<VecDeque<(Timestamp, Code)>>; QUEUES],
    texts: Texts,
    pub(super) changes: Changes,
}

impl Sessions {
    /// Begins a session, and ends at once the one that the same owner had before. Beside it come the
    /// logins of ended sessions that nobody had asked about.
    pub fn create(
        &self,
        owner: Arc<Owner>,
        parameters: Parameters,
        device: Device,
        lifetime: Duration,
        now: Timestamp,
        ids: &Ids,
    ) -> (Session, Vec<DueLogin>) {
        let mut session = Session {
            id: ids.uuid(),
            code: ids.code(),
            owner,
            parameters,
            device,
            not_before: now,
            not_after: now.after(lifetime),
            login: LoginState::Open,
            delay: None,
            bound: None,
            settling: false,
            wrong_pins: 0,
        };
        while self.by_code.contains_key(&session.code) {
            session.code = ids.code();
        }
        let due = self.sweep(session.code, now);
        let superseded = self.insert(session.clone());
        for code in superseded.into_iter().chain([session.code]) {
            self.changes.promise(|| Key::Session(code));
        }
        (session, due)
    }

    /// Puts a session in place, ending the one that its owner had before, whose code comes back.
    pub fn insert(&self, mut session: Session) -> Option<Code> {
        self.share_texts(&mut session);
        let (owner, code) = (Arc::clone(&session.owner), session.code);
        self.queue(code).push_back((session.not_after, code));
        if is_under_way(&session) {
            self.pending.add(&owner);
        }
        if let Some(replaced) = self.by_code.insert(code, Kept::new(session)) {
            self.is_gone(replaced);
        }
        let superseded = self.current.insert(owner, code).filter(|known| *known != code)?;
        if let Some((_, gone)) = self.by_code.remove(&superseded) {
            self.is_gone(gone);
        }
        Some(superseded)
    }

    /// The session of a code with a service provider, unless it has ended.
    pub fn find(&self, service_provider: &str, code: &str, now: Timestamp) -> Option<Session> {
        self.look(service_provider, code, now, Session::clone)
    }

    /// Something about the session of a code with a service provider, unless it has ended.
    pub fn look<T>(
        &self,
        service_provider: &str,
        code: &str,
        now: Timestamp,
        at: impl FnOnce(&Session) -> T,
    ) -> Option<T> {
        let session = self.by_code.get(&code.parse().ok()?)?;
        is_good(&session, service_provider, now).then(|| at(&session))
    }

    /// The session of a code with any service provider, unless it has ended.
    pub fn find_code(&self, code: &str, now: Timestamp) -> Option<Session> {
        self.get(code).filter(|session| now <= session.not_after)
    }

    /// Changes a session that has not ended.
    pub fn update<T>(
        &self,
        code: &str,
        now: Timestamp,
        change: impl FnOnce(&mut Session) -> T,
    ) -> Option<T> {
        let code = code.parse().ok()?;
        let mut session = self.by_code.get_mut(&code).filter(|session| now <= session.not_after)?;
        let changed = self.change(&mut session, change);
        self.changes.promise(|| Key::Session(code));
        Some(changed)
    }

    /// Takes note of a poll by a device, and hands out its login if its time has come.
    pub fn poll(&self, owner: &Owner, now: Timestamp) -> Option<DueLogin> {
        let code = self.pending_of(owner)?;
        self.polled(&mut *self.by_code.get_mut(&code)?, now)
    }

    /// Takes note of a poll for a code, and hands out its login if its time has come.
    pub fn poll_code(&self, code: &str, now: Timestamp) -> Option<DueLogin> {
        self.polled(&mut *self.by_code.get_mut(&code.parse().ok()?)?, now)
    }

    /// Whether a poll for a code of a service provider finds a session in which nobody has signed in,
    /// and changes nothing: as almost every poll does, and in the quickest way.
    pub fn waits(&self, service_provider: &str, code: &str, now: Timestamp) -> bool {
        let kept = code.parse().ok().and_then(|code: Code| self.by_code.get(&code));
        kept.is_some_and(|kept| kept.waits(service_provider, now))
    }

    /// Takes note of a poll for a code of a service provider, unless it has ended: something about
    /// its session as it is then, and its login if its time has come.
    pub fn poll_at<T>(
        &self,
        service_provider: &str,
        code: &str,
        now: Timestamp,
        at: impl FnOnce(&Session) -> T,
    ) -> Option<(T, Option<DueLogin>)> {
        let mut session = self.by_code.get_mut(&code.parse().ok()?)?;
        if !is_good(&session, service_provider, now) {
            return None;
        }
        let due = self.polled(&mut session, now);
        Some((at(&session), due))
    }

    fn polled(&self, kept: &mut Kept, now: Timestamp) -> Option<DueLogin> {
        self.change(kept, |session| {
            if let LoginState::OnPoll { user, polls } = &session.login {
                session.login = match polls.checked_sub(1) {
                    None | Some(0) => LoginState::Due { user: user.clone(), at: now },
                    Some(polls) => LoginState::OnPoll { user: user.clone(), polls },
                };
                self.changes.note(|| Key::Session(session.code));
            }
            take_due(session, now)
        })
    }

    /// Hands out a device's login if its time has come.
    pub fn settle(&self, owner: &Owner, now: Timestamp) -> Option<DueLogin> {
        let code = self.pending_of(owner)?;
        self.take_due(&mut *self.by_code.get_mut(&code)?, now)
    }

    /// Hands out a code's login if its time has come.
    pub fn settle_code(&self, code: &str, now: Timestamp) -> Option<DueLogin> {
        self.take_due(&mut *self.by_code.get_mut(&code.parse().ok()?)?, now)
    }

    /// Takes note that the profile of a login has been made.
    pub(super) fn settled(&self, code: Code) {
        if let Some(mut session) = self.by_code.get_mut(&code) {
            session.change(|session| session.settling = false);
        }
        self.changes.promise(|| Key::Session(code));
    }

    /// The session of a code, ended or not, as long as it is remembered.
    pub(super) fn get(&self, code: &str) -> Option<Session> {
        self.by_code.get(&code.parse().ok()?).map(|session| Session::clone(&session))
    }

    /// All sessions that are remembered, oldest first.
    pub(super) fn remembered(&self) -> Vec<Session> {
        let mut all: Vec<Session> =
            self.by_code.iter().map(|session| Session::clone(&session)).collect();
        all.sort_by_key(|session| (session.not_before, session.code));
        all
    }

    /// Ends one session now. False for an unknown code.
    pub fn expire(&self, code: &str) -> bool {
        let gone = code.parse().ok().and_then(|code| self.by_code.remove(&code));
        let Some((code, session)) = gone else { return false };
        self.changes.promise(|| Key::Session(code));
        self.current.remove_if(&*session.owner, |_, current| *current == code);
        self.is_gone(session);
        true
    }

    /// All sessions that have not ended, oldest first.
    pub fn all(&self, now: Timestamp) -> Vec<Session> {
        let live = self.by_code.iter().filter(|session| now <= session.not_after);
        let mut all: Vec<Session> = live.map(|session| Session::clone(&session)).collect();
        all.sort_by_key(|session| (session.not_before, session.code));
        all
    }

    /// The codes of the logins whose time has come, in the order in which it came.
    pub fn due(&self, now: Timestamp) -> Vec<Code> {
        let since = |session: &Session| match &session.login {
            LoginState::Due { at, .. } if *at <= now => Some((*at, session.code)),
            _ => None,
        };
        let mut due: Vec<_> = self.by_code.iter().filter_map(|session| since(&session)).collect();
        due.sort();
        due.into_iter().map(|(_, code)| code).collect()
    }

    /// Those sessions that are wanted and have not ended, in the window of their order; and how many
    /// there are in all.
    pub fn window(
        &self,
        now: Timestamp,
        mut window: Window<(Timestamp, Code)>,
        wanted: impl Fn(&Session) -> bool,
    ) -> (usize, Vec<Session>) {
        for session in &self.by_code {
            if now <= session.not_after && wanted(&session) {
                window.push((session.not_before, session.code));
            }
        }
        let (total, shown) = window.finish();
        (total, shown.iter().filter_map(|(_, code)| self.find_code(code, now)).collect())
    }

    /// Goes through whose sessions there are that have not ended.
    pub fn each(&self, now: Timestamp, mut see: impl FnMut(&Session)) {
        self.by_code.iter().filter(|session| now <= session.not_after).for_each(|s| see(&s));
    }

    /// How many codes are kept.
    pub fn len(&self) -> usize {
        self.by_code.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.by_code.is_empty()
    }

    /// Forgets everything.
    pub fn clear(&self) {
        self.by_code.retain(|_, kept| {
            self.uncount(kept);
            false
        });
        self.current.clear();
        for queue in &self.endings {
            queue.lock().unwrap_or_else(PoisonError::into_inner).clear();
        }
    }

    /// Forgets a few sessions whose end has passed, so that their number follows the traffic.
    fn sweep(&self, near: Code, now: Timestamp) -> Vec<DueLogin> {
        let mut due = Vec::new();
        for _ in 0..SWEEP {
            let Some(code) = self.next_ended(near, now) else { break };
            let gone = self.by_code.remove_if(&code, |_, session| session.not_after < now);
            if let Some((_, kept)) = gone {
                self.current.remove_if(&*kept.owner, |_, current| *current == code);
                let mut session = self.is_gone(kept);
                match take_due(&mut session, now) {
                    // Gone for good once its profile is there.
                    Some(unasked) => due.push(unasked),
                    None => self.changes.note(|| Key::Session(code)),
                }
            }
        }
        due
    }

    /// The current code of an owner whose login may be under way.
    fn pending_of(&self, owner: &Owner) -> Option<Code> {
        if !self.pending.may_include(owner) {
            return None;
        }
        self.current.get(owner).map(|code| *code)
    }

    /// Changes a session, and counts it among those whose login is under way as long as it is.
    fn change<T>(&self, kept: &mut Kept, change: impl FnOnce(&mut Session) -> T) -> T {
        let before = is_under_way(kept);
        let changed = kept.change(change);
        match (before, is_under_way(kept)) {
            (false, true) => self.pending.add(&kept.owner),
            (true, false) => self.pending.remove(&kept.owner),
            _ => {}
        }
        changed
    }

    fn take_due(&self, kept: &mut Kept, now: Timestamp) -> Option<DueLogin> {
        self.change(kept, |session| take_due(session, now))
    }

    /// A session that is no longer kept.
    fn is_gone(&self, kept: Kept) -> Session {
        self.uncount(&kept);
        kept.into_session()
    }

    /// Counts a session no longer among those whose login is under way.
    fn uncount(&self, session: &Session) {
        if is_under_way(session) {
            self.pending.remove(&session.owner);
        }
    }

    /// What many sessions say in the same words is kept once.
    fn share_texts(&self, session: &mut Session) {
        let Session { parameters, device, .. } = session;
        let Parameters { domain_name, redirect_url, .. } = parameters;
        let Device { info, user_agent, .. } = device;
        for text in [domain_name, redirect_url, info, user_agent] {
            self.texts.share(text);
        }
    }

    fn next_ended(&self, near: Code, now: Timestamp) -> Option<Code> {
        let mut queue = self.queue(near);
        queue.front().filter(|(end, _)| *end < now)?;
        queue.pop_front().map(|(_, code)| code)
    }

    fn queue(&self, code: Code) -> sync::MutexGuard<'_, VecDeque<(Timestamp, Code)>> {
        let index = code.bytes().fold(0_usize, |sum, byte| sum.wrapping_add(byte.into())) % QUEUES;
        self.endings[index].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_good(session: &Session, service_provider: &str, now: Timestamp) -> bool {
    now <= session.not_after && *session.owner.service_provider == *service_provider
}

/// A login counts only when its time came within the session's life.
fn take_due(session: &mut Session, now: Timestamp) -> Option<DueLogin> {
    let LoginState::Due { user, at } = &session.login else { return None };
    let mvpd = session.parameters.mvpd.clone()?;
    if *at > now || *at > session.not_after {
        return None;
    }
    let due = DueLogin {
        session: session.id,
        code: session.code,
        owner: Arc::clone(&session.owner),
        user: user.clone(),
        mvpd: mvpd.clone(),
        at: *at,
        known_platform: session.device.known_platform,
        subjects: session.parameters.subjects.clone(),
    };
    session.login = LoginState::Done;
    session.bound = Some(mvpd);
    session.settling = true;
    Some(due)
}

#[cfg(test)]
mod tests;
