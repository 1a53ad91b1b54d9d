//! What must be true, whatever happened: a second, much simpler service without HTTP.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use pass_mock::clock::Timestamp;
use pass_mock::domain::ErrorCode;
use pass_mock::domain::degradation::Mode;

use super::step::{MVPDS, Subject, Who};

/// A session.
#[derive(Clone, Debug)]
pub(super) struct Session {
    pub(super) code: String,
    pub(super) who: Who,
    pub(super) subject: Subject,
    pub(super) mvpd: Option<usize>,
    pub(super) complete: bool,
    pub(super) not_after: Timestamp,
    pub(super) superseded: bool,
    pub(super) login: Login,
    /// The MVPD whose profile the code leads to.
    pub(super) bound: Option<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Login {
    Open,
    Due { user: &'static str, at: Timestamp },
    Done,
    Denied,
}

/// A login that is good for a while.
#[derive(Clone, Copy, Debug)]
pub(super) struct Profile {
    /// Different for each login.
    pub(super) login: usize,
    pub(super) maker: Who,
    pub(super) mvpd: usize,
    pub(super) user: &'static str,
    pub(super) not_after: Timestamp,
    /// As whom others see it.
    pub(super) subject: Subject,
}

/// A rule that bypasses an MVPD.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rule {
    pub(super) mode: Mode,
    pub(super) not_before: Timestamp,
    pub(super) not_after: Timestamp,
}

/// A trial of temporary access.
#[derive(Clone, Debug)]
pub(super) struct Trial {
    pub(super) provider: usize,
    pub(super) pass: usize,
    pub(super) devices: HashSet<usize>,
    pub(super) identities: HashSet<usize>,
    pub(super) started: Timestamp,
    pub(super) used: HashSet<usize>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Model {
    /// By client: a token and when it is over.
    pub(super) tokens: Vec<(String, Timestamp)>,
    pub(super) sessions: Vec<Session>,
    pub(super) own: HashMap<(Who, usize), Profile>,
    /// In the order of the logins.
    pub(super) shared: Vec<Profile>,
    pub(super) decisions: HashMap<(Who, usize, bool, usize), (i64, i64)>,
    pub(super) rules: HashMap<(usize, usize), Rule>,
    pub(super) trials: Vec<Trial>,
    pub(super) logins: usize,
}

const MONTH: Duration = Duration::from_secs(30 * 86_400);

impl Model {
    /// Logins whose time has come become profiles.
    pub(super) fn settle(&mut self, now: Timestamp) {
        for index in 0..self.sessions.len() {
            let session = &mut self.sessions[index];
            let Login::Due { user, at } = session.login else { continue };
            let (Some(mvpd), false) = (session.mvpd, session.superseded) else { continue };
            if at > now || at > session.not_after {
                continue;
            }
            session.login = Login::Done;
            session.bound = Some(mvpd);
            let (maker, subject) = (session.who, session.subject);
            self.logins += 1;
            let (login, not_after) = (self.logins, at.after(MONTH));
            let profile = Profile { login, maker, mvpd, user, not_after, subject };
            self.own.insert((maker, mvpd), profile);
            if subject.is_some() {
                let same = |p: &Profile| (p.maker, p.mvpd, p.subject) == (maker, mvpd, subject);
                self.shared.retain(|known| !same(known));
                self.shared.push(profile);
            }
        }
    }

    /// The profile that a caller sees, and whether it is its own.
    pub(super) fn seen(
        &self,
        who: Who,
        mvpd: usize,
        subject: Subject,
        now: Timestamp,
    ) -> Result<(Profile, bool), ErrorCode> {
        let own = self.own.get(&(who, mvpd)).map(|profile| (*profile, true));
        let of_others = self.shared.iter().filter(|profile| {
            subject.is_some()
                && profile.subject == subject
                && profile.mvpd == mvpd
                && profile.maker != who
        });
        let mut candidates = own.into_iter().chain(of_others.map(|profile| (*profile, false)));
        let mut any = false;
        let good = candidates.find(|(profile, _)| {
            any = true;
            now <= profile.not_after
        });
        good.ok_or(if any {
            ErrorCode::AuthenticatedProfileExpired
        } else {
            ErrorCode::AuthenticatedProfileMissing
        })
    }

    /// Signs out; whether anything good ended.
    pub(super) fn sign_out(
        &mut self,
        who: Who,
        mvpd: usize,
        subject: Subject,
        now: Timestamp,
    ) -> bool {
        let own = self.own.remove(&(who, mvpd));
        let mut any = own.is_some_and(|profile| now <= profile.not_after);
        if subject.is_some() {
            let ended = |profile: &Profile| profile.subject == subject && profile.mvpd == mvpd;
            for profile in self.shared.iter().filter(|profile| ended(profile)) {
                any |= now <= profile.not_after;
                let key = (profile.maker, mvpd);
                if self.own.get(&key).is_some_and(|own| own.login == profile.login) {
                    self.own.remove(&key);
                }
            }
            self.shared.retain(|profile| !ended(profile));
        }
        any
    }

    /// The rule in force.
    pub(super) fn rule(&self, provider: usize, mvpd: usize, now: Timestamp) -> Option<Rule> {
        self.rules.get(&(provider, mvpd)).copied().filter(|rule| now <= rule.not_after)
    }

    /// The rule that makes everybody count as signed in.
    pub(super) fn signs_in(&self, provider: usize, mvpd: usize, now: Timestamp) -> Option<Rule> {
        self.rule(provider, mvpd, now).filter(|rule| rule.mode == Mode::AuthnAll)
    }

    /// The oldest trial that knows the device or the identity.
    pub(super) fn trial(&self, who: Who, pass: usize, identity: Option<usize>) -> Option<usize> {
        self.trials.iter().position(|trial| {
            (trial.provider, trial.pass) == (who.provider, pass)
                && (trial.devices.contains(&who.device)
                    || identity.is_some_and(|identity| trial.identities.contains(&identity)))
        })
    }

    /// A session by how long ago its code was issued.
    pub(super) fn session(&self, ago: usize) -> Option<usize> {
        self.sessions.len().checked_sub(1 + ago)
    }

    pub(super) fn is_live(session: &Session, now: Timestamp) -> bool {
        !session.superseded && now <= session.not_after
    }

    /// Everything so much later.
    pub(super) fn shifted(mut self, millis: i64) -> Self {
        let shift = |at: &mut Timestamp| *at = at.shifted(millis);
        self.tokens.iter_mut().for_each(|(_, end)| shift(end));
        for session in &mut self.sessions {
            shift(&mut session.not_after);
            if let Login::Due { at, .. } = &mut session.login {
                shift(at);
            }
        }
        self.own.values_mut().for_each(|profile| shift(&mut profile.not_after));
        self.shared.iter_mut().for_each(|profile| shift(&mut profile.not_after));
        for (from, to) in self.decisions.values_mut() {
            *from += millis;
            *to += millis;
        }
        for rule in self.rules.values_mut() {
            shift(&mut rule.not_before);
            shift(&mut rule.not_after);
        }
        self.trials.iter_mut().for_each(|trial| shift(&mut trial.started));
        self
    }
}

/// `apasstest1` has no integration with the last MVPD.
pub(super) fn integrated(who: Who, mvpd: usize) -> bool {
    who.provider == 0 || MVPDS[mvpd] != "Dish"
}
