//! Clients, tokens, sessions, profiles and decisions. Knows no HTTP; time is an argument.
//!
//! State is sharded by client, owner or code. No lock is held while another is taken.

mod attributes;
mod authorization;
pub mod changes;
pub mod clients;
mod code;
pub mod decisions;
pub mod degradation;
mod device;
mod error_code;
pub mod login;
mod media_tokens;
mod owner;
mod parts;
pub mod profiles;
mod rating;
mod resource;
mod session;
pub mod sessions;
mod snapshot;
mod sso;
mod subject;
pub mod temp_pass;
mod texts;
mod window;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arc_swap::ArcSwap;

use crate::clock::Timestamp;
use crate::config::{Fixtures, Id, Integration};
use crate::ids::Ids;

use changes::{Changes, Follower, Key};

pub use attributes::{Attribute, attributes, device_hash};
pub use authorization::{Decided, Terms};
pub use clients::Clients;
pub use code::Code;
pub use decisions::{DecisionRule, DecisionRules, Kind, Verdict};
pub use degradation::{Degradation, Degradations};
pub use device::Device;
pub use error_code::{Action, ErrorCode};
pub use login::{Login, LoginError, PIN_ATTEMPTS, When};
pub use media_tokens::EndedTokens;
pub(crate) use owner::ByOwner;
pub use owner::Owner;
pub use parts::{Part, Standing};
pub use profiles::{Profile, Profiles};
pub use rating::Rating;
pub use resource::Resource;
pub use session::{DueLogin, LoginState, Parameters, Session};
pub use sessions::Sessions;
pub use snapshot::Snapshot;
pub use sso::{Apart, SignedOut, Viewer};
pub use subject::{Method, Origin, Share, Subject};
pub use temp_pass::{Identity, Trials, Visitor};
pub use window::Window;

/// State that many requests look up at the same time, by keys of anybody's making.
type Map<K, V> = dashmap::DashMap<K, V, foldhash::quality::RandomState>;

/// The state of the service.
#[derive(Debug, Default)]
pub struct Domain {
    /// Registered clients and their access tokens.
    pub clients: Clients,
    /// Authentication sessions.
    pub sessions: Sessions,
    /// Who is signed in where.
    pub profiles: Profiles,
    /// What makes MVPDs decide otherwise than their users' subscriptions say.
    pub rules: DecisionRules,
    /// Which MVPDs are bypassed.
    pub degradations: Degradations,
    /// Who has tried what with temporary access.
    pub trials: Trials,
    /// Media tokens that were ended before their time.
    pub ended_tokens: EndedTokens,
    /// Integrations that were switched since the fixtures were read.
    switches: ArcSwap<BTreeMap<(Id, Id), bool>>,
    /// The service providers whose certificates count as invalid since the fixtures were read.
    spoilt_certificates: ArcSwap<BTreeSet<Id>>,
    changes: Changes,
}

impl Domain {
    /// Begins a session, and ends at once the one that the same owner had before.
    pub fn create_session(
        &self,
        fixtures: &Fixtures,
        owner: impl Into<Arc<Owner>>,
        parameters: Parameters,
        device: Device,
        now: Timestamp,
        ids: &Ids,
    ) -> Session {
        let owner = owner.into();
        self.settle(fixtures, &owner, now);
        let lifetime = fixtures.lifetimes.code.0;
        let (session, due) = self.sessions.create(owner, parameters, device, lifetime, now, ids);
        due.into_iter().for_each(|due| self.sign_in(fixtures, due));
        session
    }

    /// Whether an integration is active.
    pub fn is_enabled(&self, service_provider: &str, integration: &Integration) -> bool {
        let switches = self.switches.load();
        let switched = switches
            .iter()
            .find(|((sp, mvpd), _)| **sp == *service_provider && *mvpd == integration.mvpd);
        switched.map_or(integration.enabled, |(_, enabled)| *enabled)
    }

    /// Switches an integration on or off until the next reset.
    pub fn switch_integration(&self, service_provider: &str, mvpd: &str, enabled: bool) {
        let key: (Id, Id) = (service_provider.into(), mvpd.into());
        self.switches.rcu(|switches| {
            let mut switches = BTreeMap::clone(switches);
            switches.insert(key.clone(), enabled);
            switches
        });
        self.changes.promise(|| Key::Switches);
    }

    /// Whether a service provider's certificate, if it has one, can be used.
    pub fn is_certificate_usable(&self, service_provider: &str) -> bool {
        !self.spoilt_certificates.load().contains(service_provider)
    }

    /// Makes a service provider's certificate count as invalid, or not any more, until the next
    /// reset.
    pub fn set_certificate_usable(&self, service_provider: &str, usable: bool) {
        self.spoilt_certificates.rcu(|spoilt| {
            let mut spoilt = BTreeSet::clone(spoilt);
            if usable {
                spoilt.remove(service_provider);
            } else {
                spoilt.insert(service_provider.into());
            }
            spoilt
        });
        self.changes.promise(|| Key::Certificates);
    }

    /// Forgets everything that happened.
    pub fn reset(&self) {
        self.clients.clear();
        self.sessions.clear();
        self.profiles.clear();
        self.rules.clear();
        self.degradations.clear();
        self.trials.clear();
        self.ended_tokens.clear();
        self.switches.store(Default::default());
        self.spoilt_certificates.store(Default::default());
        self.changes.promise(|| Key::Everything);
    }

    /// Tells somebody of every change from now on; the first one who asks stays.
    pub fn follow(&self, follower: &Arc<dyn Follower>) {
        let places = [
            &self.clients.changes,
            &self.sessions.changes,
            &self.profiles.changes,
            &self.rules.changes,
            &self.degradations.changes,
            &self.trials.changes,
            &self.ended_tokens.changes,
            &self.changes,
        ];
        places.into_iter().for_each(|changes| changes.follow(follower));
    }
}
