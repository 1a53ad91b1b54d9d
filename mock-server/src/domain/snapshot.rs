//! The state of the service as a document.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::changes::Key;
use super::clients::{AccessToken, Client};
use super::decisions::ActiveRule;
use super::temp_pass::Trial;
use super::{DecisionRule, Degradation, Domain, LoginState, Owner, Profile, Session};
use crate::clock::Timestamp;
use crate::config::{Fixtures, Id};

/// Everything that has become of the service since the fixtures were read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Snapshot {
    pub(super) clients: Vec<Arc<Client>>,
    pub(super) tokens: Vec<AccessToken>,
    pub(super) sessions: Vec<Session>,
    pub(super) profiles: Vec<(Arc<Owner>, Profile)>,
    pub(super) rules: Vec<Rule>,
    pub(super) degradations: Vec<(Id, Id, Degradation)>,
    pub(super) trials: Vec<Trial>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) ended_tokens: Vec<(String, Timestamp, Timestamp)>,
    pub(super) switches: Vec<(Id, Id, bool)>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) spoilt_certificates: Vec<Id>,
}

/// A rule of decisions with what is left of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    pub(super) number: u64,
    pub(super) rule: DecisionRule,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) left: Option<u32>,
}

impl From<&ActiveRule> for Rule {
    fn from(active: &ActiveRule) -> Self {
        Self { number: active.number, rule: active.rule.clone(), left: active.left() }
    }
}

impl Domain {
    /// All state. What has ended is left out, once the logins that nobody had asked about have made
    /// their profiles.
    pub fn snapshot(&self, fixtures: &Fixtures, now: Timestamp) -> Snapshot {
        self.settle_all(fixtures, now);
        // Taken apart by name, so that nothing that is added can be forgotten here.
        let Self {
            clients,
            sessions,
            profiles,
            rules,
            degradations,
            trials,
            ended_tokens,
            switches,
            spoilt_certificates,
            changes: _,
        } = self;
        let switches = switches.load();
        Snapshot {
            clients: clients.clients(),
            tokens: clients.tokens(now),
            sessions: sessions.all(now),
            profiles: profiles.all(),
            rules: rules.all().iter().map(|active| Rule::from(&**active)).collect(),
            degradations: degradations.all(now),
            trials: trials.all(),
            ended_tokens: ended_tokens.all(now),
            switches: switches
                .iter()
                .map(|((provider, mvpd), on)| (provider.clone(), mvpd.clone(), *on))
                .collect(),
            spoilt_certificates: spoilt_certificates.load().iter().cloned().collect(),
        }
    }

    /// Puts all state back as it was, so many milliseconds later.
    pub fn restore(&self, snapshot: Snapshot, later: i64) {
        self.reset();
        let Snapshot {
            clients,
            tokens,
            sessions,
            profiles,
            rules,
            degradations,
            trials,
            ended_tokens,
            switches,
            spoilt_certificates,
        } = snapshot;
        for mut client in clients {
            shift(&mut Arc::make_mut(&mut client).issued_at, later);
            self.clients.insert(client);
        }
        for mut token in tokens {
            shift(&mut token.issued_at, later);
            shift(&mut token.expires_at, later);
            self.clients.insert_token(token);
        }
        for session in sessions {
            self.sessions.insert(shifted_session(session, later));
        }
        for (owner, profile) in profiles {
            self.profiles.restore(owner, shifted_profile(profile, later), || ());
        }
        for Rule { number, rule, left } in rules {
            self.rules.restore(number, rule, left);
        }
        for (provider, mvpd, mut rule) in degradations {
            shift(&mut rule.not_before, later);
            shift(&mut rule.not_after, later);
            self.degradations.apply(&provider, &mvpd, rule);
        }
        for mut trial in trials {
            shift(&mut trial.started, later);
            self.trials.restore(trial);
        }
        for (digest, mut at, mut over) in ended_tokens {
            shift(&mut at, later);
            shift(&mut over, later);
            self.ended_tokens.restore(digest, at, over);
        }
        for (provider, mvpd, enabled) in switches {
            self.switch_integration(&provider, &mvpd, enabled);
        }
        for provider in spoilt_certificates {
            self.set_certificate_usable(&provider, false);
        }
        self.changes.promise(|| Key::Everything);
    }
}

fn shifted_session(mut session: Session, later: i64) -> Session {
    shift(&mut session.not_before, later);
    shift(&mut session.not_after, later);
    if let LoginState::Due { at, .. } = &mut session.login {
        shift(at, later);
    }
    session
}

fn shifted_profile(mut profile: Profile, later: i64) -> Profile {
    shift(&mut profile.not_before, later);
    shift(&mut profile.not_after, later);
    for decision in &mut profile.decisions {
        shift(&mut decision.not_before, later);
        shift(&mut decision.not_after, later);
    }
    profile
}

fn shift(at: &mut Timestamp, later: i64) {
    *at = at.shifted(later);
}
