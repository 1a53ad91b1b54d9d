//! The state in the parts that are kept and read one by one.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::changes::Key;
use super::clients::{AccessToken, Client};
use super::snapshot::{Rule, Snapshot};
use super::temp_pass::Trial;
use super::{Degradation, Domain, Origin, Owner, Profile, Session};
use crate::clock::Timestamp;
use crate::config::{Fixtures, Id};

/// For so long an expired profile is told from one that never was, if a restart comes in between.
const EXPIRED_FOR: Duration = Duration::from_secs(30 * 86_400);

/// One part of the state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// A registered client.
    Client(Arc<Client>),
    /// An access token.
    Token(AccessToken),
    /// A session.
    Session(Session),
    /// All profiles of an owner.
    Profiles(Arc<Owner>, Vec<Profile>),
    /// A trial.
    Trial(Trial),
    /// The rules of decisions.
    Rules(Vec<Rule>),
    /// The degradations.
    Degradations(Vec<(Id, Id, Degradation)>),
    /// The media tokens that were ended.
    EndedTokens(Vec<(String, Timestamp, Timestamp)>),
    /// The integrations that were switched.
    Switches(Vec<(Id, Id, bool)>),
    /// The certificates that count as invalid.
    Certificates(Vec<Id>),
}

/// What has become of a part.
#[expect(clippy::large_enum_variant, reason = "looked at and dropped, one at a time")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is this.
    Is(Part),
    /// There is none.
    Gone,
    /// It is in the middle of a change, of which word will come.
    Changing,
}

impl From<Option<Part>> for Standing {
    fn from(part: Option<Part>) -> Self {
        part.map_or(Self::Gone, Self::Is)
    }
}

impl Domain {
    /// What a part is at this moment. [`Key::Everything`] is no single part, and
    /// [`all_parts`](Self::all_parts) tells what it is.
    pub fn part(&self, key: &Key, now: Timestamp) -> Standing {
        match key {
            Key::Client(id) => self.clients.find(id).map(Part::Client).into(),
            Key::Token(token) => self.clients.token(token).map(Part::Token).into(),
            Key::Session(code) => match self.sessions.get(code) {
                // Without its profile it must not count as done.
                Some(session) if session.settling => Standing::Changing,
                session => session.map(Part::Session).into(),
            },
            Key::Profiles(owner) => {
                let profiles = self.profiles.kept(owner);
                let some = !profiles.is_empty();
                some.then(|| Part::Profiles(owner.clone(), profiles)).into()
            }
            Key::Trial(number) => self.trials.get(*number).map(Part::Trial).into(),
            Key::Rules => Standing::Is(Part::Rules(self.all_rules())),
            Key::Degradations => Standing::Is(Part::Degradations(self.degradations.all(now))),
            Key::EndedTokens => Standing::Is(Part::EndedTokens(self.ended_tokens.all(now))),
            Key::Switches => Standing::Is(Part::Switches(self.all_switches())),
            Key::Certificates => Standing::Is(Part::Certificates(self.all_spoilt())),
            Key::Everything => Standing::Changing,
        }
    }

    /// The keys of all parts that there are.
    pub fn all_parts(&self, now: Timestamp) -> Vec<Key> {
        let single =
            [Key::Rules, Key::Degradations, Key::EndedTokens, Key::Switches, Key::Certificates];
        let clients = self.clients.clients();
        let clients = clients.iter().map(|client| Key::Client(client.client_id.clone()));
        let tokens = self.clients.tokens(now);
        let tokens = tokens.iter().map(|token| Key::Token(token.access_token.as_str().into()));
        let sessions = self.sessions.remembered();
        let sessions = sessions.iter().map(|session| Key::Session(session.code));
        let mut owners: Vec<Arc<Owner>> =
            self.profiles.all().into_iter().map(|(owner, _)| owner).collect();
        owners.sort();
        owners.dedup();
        let profiles = owners.into_iter().map(Key::Profiles);
        let trials = self.trials.all();
        let trials = trials.iter().map(|trial| Key::Trial(trial.number));
        let all = single.into_iter().chain(clients).chain(tokens);
        all.chain(sessions).chain(profiles).chain(trials).collect()
    }

    /// The highest numbers that profiles, trials and rules have been given.
    pub fn numbers(&self) -> [u64; 3] {
        [&self.profiles.numbers, &self.trials.numbers, &self.rules.numbers]
            .map(|numbers| numbers.load(Ordering::Relaxed))
    }

    /// Gives out higher numbers than these from now on.
    pub fn count_on_from(&self, [profiles, trials, rules]: [u64; 3]) {
        self.profiles.numbers.fetch_max(profiles, Ordering::Relaxed);
        self.trials.numbers.fetch_max(trials, Ordering::Relaxed);
        self.rules.numbers.fetch_max(rules, Ordering::Relaxed);
    }

    /// Forgets what has ended and what nobody asks for any more: tokens, sessions, and profiles that
    /// ended long ago. Logins that nobody had asked about make their profiles first.
    pub fn forget_ended(&self, fixtures: &Fixtures, now: Timestamp) {
        self.clients.forget_expired(now);
        for session in self.sessions.remembered() {
            if session.not_after < now {
                self.settle_code(fixtures, &session.code, now);
                self.sessions.expire(&session.code);
            }
        }
        for (_, profile) in self.profiles.all() {
            if profile.not_after.after(EXPIRED_FOR) < now {
                self.profiles.forget(profile.number);
            }
        }
    }

    fn all_rules(&self) -> Vec<Rule> {
        self.rules.all().iter().map(|active| Rule::from(&**active)).collect()
    }

    fn all_switches(&self) -> Vec<(Id, Id, bool)> {
        let switches = self.switches.load();
        switches.iter().map(|((sp, mvpd), on)| (Id::clone(sp), Id::clone(mvpd), *on)).collect()
    }

    fn all_spoilt(&self) -> Vec<Id> {
        self.spoilt_certificates.load().iter().cloned().collect()
    }
}

impl Snapshot {
    /// The state that parts make up, as they were kept; a later part of a kind that there is only
    /// once replaces an earlier one.
    pub fn from_parts(parts: impl IntoIterator<Item = Part>) -> Self {
        let mut all = Self::default();
        for part in parts {
            match part {
                Part::Client(client) => all.clients.push(client),
                Part::Token(token) => all.tokens.push(token),
                Part::Session(session) => all.sessions.push(session),
                Part::Profiles(owner, profiles) => {
                    all.profiles.extend(profiles.into_iter().map(|one| (owner.clone(), one)));
                }
                Part::Trial(trial) => all.trials.push(trial),
                Part::Rules(rules) => all.rules = rules,
                Part::Degradations(degradations) => all.degradations = degradations,
                Part::EndedTokens(ended) => all.ended_tokens = ended,
                Part::Switches(switches) => all.switches = switches,
                Part::Certificates(spoilt) => all.spoilt_certificates = spoilt,
            }
        }
        all.sort();
        all
    }

    /// How many objects are of service providers, MVPDs or users that fixtures do not have.
    pub fn strangers(&self, fixtures: &Fixtures) -> usize {
        let place = |service_provider: &str, mvpd: Option<&str>| {
            fixtures.service_provider(service_provider).is_some()
                && mvpd.is_none_or(|mvpd| fixtures.mvpd(mvpd).is_some())
        };
        let session = |session: &&Session| {
            !place(&session.owner.service_provider, session.parameters.mvpd.as_deref())
        };
        let profile = |(owner, profile): &&(Arc<Owner>, Profile)| {
            !place(&owner.service_provider, Some(&profile.mvpd))
                || (profile.origin != Origin::Partner && fixtures.user(&profile.user).is_none())
        };
        let trial = |trial: &&Trial| !place(&trial.service_provider, Some(&trial.mvpd));
        self.sessions.iter().filter(session).count()
            + self.profiles.iter().filter(profile).count()
            + self.trials.iter().filter(trial).count()
    }

    /// Oldest first, as they came.
    fn sort(&mut self) {
        self.clients.sort_by(|a, b| (a.issued_at, &a.client_id).cmp(&(b.issued_at, &b.client_id)));
        self.tokens
            .sort_by(|a, b| (a.issued_at, &a.access_token).cmp(&(b.issued_at, &b.access_token)));
        self.sessions.sort_by(|a, b| (a.not_before, &a.code).cmp(&(b.not_before, &b.code)));
        self.profiles.sort_by_key(|(_, profile)| profile.number);
        self.trials.sort_by_key(|trial| trial.number);
    }
}
