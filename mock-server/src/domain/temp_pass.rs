//! Temporary access: a trial without a subscription, bound to a device or to whom its user claims
//! to be.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::Map;
use super::changes::{Changes, Key as Changed};
use super::{ErrorCode, Resource};
use crate::clock::Timestamp;
use crate::config::{Id, TempPass};

/// Who a user claims to be, as hashes alone.
///
/// An identity is any text. One that is a JSON object is the same however it is laid out, and a
/// reset may name it by a value in it too, since the documents hash the bare e-mail address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    hash: Id,
    aliases: Vec<Id>,
}

impl Identity {
    /// The identity that a text tells.
    pub fn new(text: &str) -> Self {
        let object = serde_json::from_str::<Value>(text).ok().filter(Value::is_object);
        let canonical = object.as_ref().map(Value::to_string);
        let values = object.iter().filter_map(Value::as_object).flat_map(|object| object.values());
        let told = values.filter_map(Value::as_str).chain([text]);
        Self { hash: hash(canonical.as_deref().unwrap_or(text)), aliases: told.map(hash).collect() }
    }

    /// Whether a key of the reset API means this identity: the identity itself or its SHA-256, in
    /// hexadecimal digits.
    pub fn is_named(&self, key: &str) -> bool {
        let hashed = hash(key);
        let is = |known: &Id| *known == hashed || known.eq_ignore_ascii_case(key);
        is(&self.hash) || self.aliases.iter().any(is)
    }
}

fn hash(text: &str) -> Id {
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect::<String>().into()
}

/// Somebody who asks for temporary access.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visitor {
    /// For content of this service provider.
    pub service_provider: Id,
    /// With this temporary access.
    pub mvpd: Id,
    /// On this device.
    pub device_id: Id,
    /// As whom, where that counts.
    pub identity: Option<Identity>,
}

/// What a temporary access grants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// How long from the first authorization.
    pub duration: Duration,
    /// How many distinct resources; any number when absent.
    pub resources: Option<usize>,
}

impl Allowance {
    /// What the configuration grants.
    ///
    /// # Errors
    /// When the configuration is not complete.
    pub fn of(pass: &TempPass) -> Result<Self, ErrorCode> {
        let invalid = ErrorCode::InvalidConfigurationTemporaryAccess;
        let duration = pass.duration.ok_or(invalid)?.0;
        let resources = pass.resources.filter(|_| pass.promotional);
        if pass.promotional && resources.is_none() {
            return Err(invalid);
        }
        Ok(Self { duration, resources })
    }
}

/// A trial that has begun.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trial {
    /// A number to speak of it by; not on the wire.
    pub number: u64,
    /// The service provider it is for.
    pub service_provider: Id,
    /// The temporary access.
    pub mvpd: Id,
    /// The devices it is known by.
    pub devices: Vec<Id>,
    /// The identities it is known by.
    pub identities: Vec<Identity>,
    /// When the first resource was authorized.
    pub started: Timestamp,
    /// The distinct resources that were authorized, in order.
    pub used: Vec<Id>,
}

impl Trial {
    fn view(&self, allowance: Allowance) -> Access {
        Access {
            not_before: self.started,
            not_after: self.started.after(allowance.duration),
            remaining: allowance.resources.map(|all| all.saturating_sub(self.used.len())),
            used: self.used.clone(),
        }
    }
}

/// What a trial is at an instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// From when on.
    pub not_before: Timestamp,
    /// The last instant at which it is good.
    pub not_after: Timestamp,
    /// How many more resources, where they are counted.
    pub remaining: Option<usize>,
    /// The resources that were authorized.
    pub used: Vec<Id>,
}

impl Access {
    /// Whether anything can be watched with it.
    ///
    /// # Errors
    /// Why not; of both limits, time is the one that is named.
    pub fn standing(&self, now: Timestamp) -> Result<(), ErrorCode> {
        if now > self.not_after {
            Err(ErrorCode::TemporaryAccessDurationLimitExceeded)
        } else if self.remaining == Some(0) {
            Err(ErrorCode::TemporaryAccessResourcesLimitExceeded)
        } else {
            Ok(())
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Key {
    service_provider: Id,
    mvpd: Id,
    known_by: KnownBy,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum KnownBy {
    Device(Id),
    Identity(Id),
}

impl Visitor {
    fn keys(&self) -> impl Iterator<Item = Key> + '_ {
        let device = KnownBy::Device(Id::clone(&self.device_id));
        let identity = self.identity.iter().map(|id| KnownBy::Identity(Id::clone(&id.hash)));
        std::iter::once(device).chain(identity).map(|known_by| Key {
            service_provider: Id::clone(&self.service_provider),
            mvpd: Id::clone(&self.mvpd),
            known_by,
        })
    }
}

/// Whose trials a reset means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reset<'a> {
    /// One device's.
    Device(&'a str),
    /// Every device's.
    AllDevices,
    /// Those of an identity, which is named by itself or by its SHA-256.
    Identity(&'a str),
    /// Those of every identity.
    AllIdentities,
}

/// All trials that have begun.
#[derive(Debug, Default)]
pub struct Trials {
    by_key: Map<Key, u64>,
    trials: Map<u64, Trial>,
    pub(super) numbers: AtomicU64,
    pub(super) changes: Changes,
}

impl Trials {
    /// What a visitor may watch, without beginning anything: who has no trial yet sees the one that
    /// would begin now.
    ///
    /// # Errors
    /// Why the visitor may watch nothing.
    pub fn look(
        &self,
        visitor: &Visitor,
        pass: &TempPass,
        now: Timestamp,
    ) -> Result<Access, ErrorCode> {
        let allowance = Allowance::of(pass)?;
        let known = self
            .find(visitor)
            .and_then(|number| self.trials.get(&number).map(|trial| trial.view(allowance)));
        let access = known.unwrap_or_else(|| untouched(allowance, now));
        access.standing(now)?;
        Ok(access)
    }

    /// Lets a visitor watch a resource; the first time begins the trial. From then on it is known
    /// by the visitor's device and identity, whichever of them led to it.
    ///
    /// # Errors
    /// Why the visitor may not.
    pub fn authorize(
        &self,
        visitor: &Visitor,
        pass: &TempPass,
        resource: &str,
        now: Timestamp,
    ) -> Result<Access, ErrorCode> {
        let allowance = Allowance::of(pass)?;
        let number = match self.find(visitor) {
            Some(number) => number,
            None => {
                untouched(allowance, now).standing(now)?;
                self.begin(visitor, now)
            }
        };
        let Some(mut trial) = self.trials.get_mut(&number) else {
            // A reset came in between: whatever still leads to the trial leads nowhere.
            for key in visitor.keys() {
                self.by_key.remove_if(&key, |_, led| *led == number);
            }
            return self.authorize(visitor, pass, resource, now);
        };
        trial.view(allowance).standing(now)?;
        let name = Resource::new(resource).name();
        if !trial.used.iter().any(|used| **used == *name) {
            trial.used.push(name.into());
        }
        let access = trial.view(allowance);
        drop(trial);
        self.make_known(number, visitor);
        Ok(access)
    }

    /// Lets a visitor's device and identity lead to a trial, unless they lead to another one.
    fn make_known(&self, number: u64, visitor: &Visitor) {
        let leads_here = |key: &Key| *self.by_key.entry(key.clone()).or_insert(number) == number;
        let known: Vec<Key> = visitor.keys().filter(leads_here).collect();
        if let Some(mut trial) = self.trials.get_mut(&number) {
            for key in known {
                remember(&mut trial, key.known_by, visitor);
            }
            self.changes.promise(|| Changed::Trial(number));
        }
    }

    /// Puts a trial back as it was.
    pub fn restore(&self, trial: Trial) {
        self.numbers.fetch_max(trial.number, Ordering::Relaxed);
        for known_by in trial.known_by() {
            self.by_key.insert(trial.key(known_by), trial.number);
        }
        self.trials.insert(trial.number, trial);
    }

    /// The oldest trial that is known by the visitor's device or identity.
    fn find(&self, visitor: &Visitor) -> Option<u64> {
        visitor.keys().filter_map(|key| self.by_key.get(&key).map(|number| *number)).min()
    }

    /// Begins a trial, unless somebody has just begun one for the same device or identity.
    fn begin(&self, visitor: &Visitor, now: Timestamp) -> u64 {
        let number = self.numbers.fetch_add(1, Ordering::Relaxed) + 1;
        let trial = Trial {
            number,
            service_provider: Id::clone(&visitor.service_provider),
            mvpd: Id::clone(&visitor.mvpd),
            devices: Vec::new(),
            identities: Vec::new(),
            started: now,
            used: Vec::new(),
        };
        // Before anybody can be led to it.
        self.trials.insert(number, trial);
        let claim = |key| *self.by_key.entry(key).or_insert(number);
        let first = visitor.keys().map(claim).min().unwrap_or(number);
        if first != number {
            for key in visitor.keys() {
                self.by_key.entry(key).and_modify(|led| *led = (*led).min(first));
            }
            self.trials.remove(&number);
        }
        first
    }

    /// Forgets that trials are known by devices or identities; a trial that is known by nothing any
    /// more is over. How many were no longer known.
    pub fn reset(&self, service_provider: &str, mvpd: &str, reset: Reset<'_>) -> usize {
        let concerned =
            |trial: &Trial| *trial.service_provider == *service_provider && *trial.mvpd == *mvpd;
        self.forget(|trial, known_by| concerned(trial) && reset.means(trial, known_by))
    }

    /// Forgets trials altogether, by whatever they are known. How many there were.
    pub fn forget_trials(&self, is_meant: impl Fn(&Trial) -> bool) -> usize {
        self.forget(|trial, _| is_meant(trial))
    }

    /// Forgets everything that was tried on one device, under whatever identity.
    pub fn forget_device(&self, device_id: &str) -> usize {
        self.forget_trials(|trial| trial.devices.iter().any(|known| **known == *device_id))
    }

    /// The trial of a number.
    pub(super) fn get(&self, number: u64) -> Option<Trial> {
        self.trials.get(&number).map(|trial| trial.clone())
    }

    /// All trials, oldest first.
    pub fn all(&self) -> Vec<Trial> {
        let mut all: Vec<Trial> = self.trials.iter().map(|trial| trial.clone()).collect();
        all.sort_by_key(|trial| trial.number);
        all
    }

    /// Forgets everything.
    pub fn clear(&self) {
        self.by_key.clear();
        self.trials.clear();
    }

    fn forget(&self, is_meant: impl Fn(&Trial, &KnownBy) -> bool) -> usize {
        let mut forgotten = 0;
        for mut trial in self.all() {
            let is_meant = |known_by: &KnownBy| is_meant(&trial, known_by);
            let known: Vec<KnownBy> = trial.known_by().filter(is_meant).collect();
            if known.is_empty() {
                continue;
            }
            forgotten += 1;
            for known_by in known {
                trial.devices.retain(|id| known_by != KnownBy::Device(Id::clone(id)));
                trial.identities.retain(|id| known_by != KnownBy::Identity(Id::clone(&id.hash)));
                let key = trial.key(known_by);
                self.by_key.remove_if(&key, |_, number| *number == trial.number);
            }
            if trial.devices.is_empty() && trial.identities.is_empty() {
                self.trials.remove(&trial.number);
                self.changes.promise(|| Changed::Trial(trial.number));
            } else if let Some(mut kept) = self.trials.get_mut(&trial.number) {
                (kept.devices, kept.identities) = (trial.devices, trial.identities);
                self.changes.promise(|| Changed::Trial(trial.number));
            }
        }
        forgotten
    }
}

impl Trial {
    fn key(&self, known_by: KnownBy) -> Key {
        let (service_provider, mvpd) = (Id::clone(&self.service_provider), Id::clone(&self.mvpd));
        Key { service_provider, mvpd, known_by }
    }

    fn known_by(&self) -> impl Iterator<Item = KnownBy> + '_ {
        let devices = self.devices.iter().map(|id| KnownBy::Device(Id::clone(id)));
        devices.chain(self.identities.iter().map(|id| KnownBy::Identity(Id::clone(&id.hash))))
    }
}

impl Reset<'_> {
    fn means(self, trial: &Trial, known_by: &KnownBy) -> bool {
        match (self, known_by) {
            (Self::Device(device), KnownBy::Device(known)) => **known == *device,
            (Self::Identity(key), KnownBy::Identity(known)) => {
                trial.identities.iter().any(|id| id.hash == *known && id.is_named(key))
            }
            (Self::AllDevices, KnownBy::Device(_)) => true,
            (Self::AllIdentities, KnownBy::Identity(_)) => true,
            _ => false,
        }
    }
}

fn remember(trial: &mut Trial, known_by: KnownBy, visitor: &Visitor) {
    match known_by {
        KnownBy::Device(id) => {
            if !trial.devices.contains(&id) {
                trial.devices.push(id);
            }
        }
        KnownBy::Identity(hash) => {
            if !trial.identities.iter().any(|known| known.hash == hash) {
                trial.identities.extend(visitor.identity.clone());
            }
        }
    }
}

fn untouched(allowance: Allowance, now: Timestamp) -> Access {
    Access {
        not_before: now,
        not_after: now.after(allowance.duration),
        remaining: allowance.resources,
        used: Vec::new(),
    }
}

#[cfg(test)]
mod tests;
