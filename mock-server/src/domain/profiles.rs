//! Profiles: who is signed in where.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Map;
use super::changes::{Changes, Key};
use super::decisions::Decision;
use super::{ErrorCode, Origin, Owner, Subject};
use crate::clock::Timestamp;
use crate::config::Id;

/// A user signed in with an MVPD.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// A number to speak of it by; not on the wire.
    pub number: u64,
    /// The MVPD.
    pub mvpd: Id,
    /// The user.
    pub user: Id,
    /// The session in which the user signed in.
    pub session: Uuid,
    /// When the user signed in.
    pub not_before: Timestamp,
    /// The last instant at which it is good.
    pub not_after: Timestamp,
    /// Whether the MVPD has withdrawn it before its end.
    pub invalidated: bool,
    /// Whether a resource was authorized with it, which makes some user metadata known.
    pub authorized: bool,
    /// What the MVPD decided, for as long as that holds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub decisions: Vec<Decision>,
    /// Where it comes from.
    #[serde(default)]
    pub origin: Origin,
}

impl Profile {
    /// Whether it is good at an instant, and if not, why.
    ///
    /// # Errors
    /// The error that a decision without a good profile is answered with.
    pub fn standing(&self, now: Timestamp) -> Result<(), ErrorCode> {
        if self.invalidated {
            Err(ErrorCode::AuthenticatedProfileInvalidated)
        } else if now > self.not_after {
            Err(ErrorCode::AuthenticatedProfileExpired)
        } else {
            Ok(())
        }
    }

    /// Whether it is good at an instant.
    pub fn is_valid(&self, now: Timestamp) -> bool {
        self.standing(now).is_ok()
    }

    fn is(&self, mvpd: &str, origin: &Origin) -> bool {
        *self.mvpd == *mvpd && self.origin == *origin
    }

    /// Whose profiles it is kept among, when `viewer` sees it.
    fn keeper<'a>(&'a self, viewer: &'a Owner) -> &'a Owner {
        match &self.origin {
            Origin::Subject(share) => &share.maker,
            Origin::Login | Origin::Partner => viewer,
        }
    }
}

/// All profiles, by whose they are.
///
/// An owner has at most one for each MVPD and origin. Where an origin is not named, the owner's own
/// login is meant.
#[derive(Debug, Default)]
pub struct Profiles {
    by_owner: Map<Arc<Owner>, Vec<Profile>>,
    /// Who has signed in as a subject; some of it may be over.
    by_subject: Map<Subject, Vec<Owner>>,
    pub(super) numbers: AtomicU64,
    pub(super) changes: Changes,
}

impl Profiles {
    /// A number that no profile has yet.
    pub fn next_number(&self) -> u64 {
        self.numbers.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Puts a profile in the place of the one that the owner had with the same MVPD and of the same
    /// origin.
    pub fn put(&self, owner: impl Into<Arc<Owner>>, profile: Profile) {
        let owner = owner.into();
        let key = Arc::clone(&owner);
        self.restore(owner, profile, || self.changes.promise(|| Key::Profiles(key)));
    }

    /// Puts a profile in place, and tells so while nobody else sees it yet.
    pub(super) fn restore(&self, owner: Arc<Owner>, profile: Profile, tell: impl FnOnce()) {
        self.numbers.fetch_max(profile.number, Ordering::Relaxed);
        if let Origin::Subject(share) = &profile.origin {
            let mut makers = self.by_subject.entry(share.subject.clone()).or_default();
            if !makers.contains(&owner) {
                makers.push(Owner::clone(&owner));
            }
        }
        let mut profiles = self.by_owner.entry(owner).or_default();
        profiles.retain(|known| known.mvpd != profile.mvpd || known.origin != profile.origin);
        // Hardly any owner has a second one, for which there would be room at once otherwise.
        profiles.reserve_exact(1);
        profiles.push(profile);
        tell();
    }

    /// Everything that an owner has, as it is now.
    pub(super) fn kept(&self, owner: &Owner) -> Vec<Profile> {
        self.by_owner.get(owner).map_or_else(Vec::new, |profiles| profiles.clone())
    }

    /// The profile with an MVPD, good or not.
    pub fn get(&self, owner: &Owner, mvpd: &str) -> Option<Profile> {
        let found = self.by_owner.get(owner).and_then(|profiles| {
            profiles.iter().find(|known| known.is(mvpd, &Origin::Login)).cloned()
        });
        self.changes.see(owner);
        found
    }

    /// Everything that an owner has, good or not.
    pub fn of(&self, owner: &Owner) -> Vec<Profile> {
        let found = self.kept(owner);
        self.changes.see(owner);
        found
    }

    /// Those profiles of an owner that are wanted, good or not.
    pub fn those(&self, owner: &Owner, wanted: impl Fn(&Profile) -> bool) -> Vec<Profile> {
        let found = self.by_owner.get(owner).map_or_else(Vec::new, |profiles| {
            profiles.iter().filter(|profile| wanted(profile)).cloned().collect()
        });
        self.changes.see(owner);
        found
    }

    /// What others see who are this subject, good or not, in the order of its making.
    pub fn shared(&self, subject: &Subject) -> Vec<Profile> {
        let Some(makers) = self.by_subject.get(subject).map(|makers| makers.clone()) else {
            return Vec::new();
        };
        let is_shared = |profile: &Profile| matches!(&profile.origin, Origin::Subject(share) if share.subject == *subject);
        let of = |maker| self.those(maker, is_shared);
        let mut shared: Vec<Profile> = makers.iter().flat_map(of).collect();
        shared.sort_by_key(|profile| profile.number);
        shared
    }

    /// The profile with an MVPD that is good at an instant.
    ///
    /// # Errors
    /// Why there is none.
    pub fn require(&self, owner: &Owner, mvpd: &str, now: Timestamp) -> Result<Profile, ErrorCode> {
        let profile = self.get(owner, mvpd).ok_or(ErrorCode::AuthenticatedProfileMissing)?;
        profile.standing(now)?;
        Ok(profile)
    }

    /// The good profiles of an owner, in the order of their making.
    pub fn valid(&self, owner: &Owner, now: Timestamp) -> Vec<Profile> {
        self.those(owner, |profile| profile.origin == Origin::Login && profile.is_valid(now))
    }

    /// Forgets a profile; gives it back if it was good.
    pub fn remove(&self, owner: &Owner, mvpd: &str, now: Timestamp) -> Option<Profile> {
        self.remove_from(owner, mvpd, &Origin::Login, now)
    }

    /// Forgets a profile of some origin; gives it back if it was good.
    pub fn remove_from(
        &self,
        owner: &Owner,
        mvpd: &str,
        origin: &Origin,
        now: Timestamp,
    ) -> Option<Profile> {
        let removed = self.take(owner, |profile| profile.is(mvpd, origin))?;
        if let Origin::Subject(share) = origin {
            let others = self.of(owner);
            if !others.iter().any(|profile| profile.origin == *origin)
                && let Some(mut makers) = self.by_subject.get_mut(&share.subject)
            {
                makers.retain(|maker| maker != owner);
            }
            self.by_subject.remove_if(&share.subject, |_, makers| makers.is_empty());
        }
        removed.is_valid(now).then_some(removed)
    }

    /// Forgets the profile of the login that a session ended with.
    pub fn remove_login(&self, owner: &Owner, mvpd: &str, session: Uuid) {
        self.take(owner, |profile| profile.is(mvpd, &Origin::Login) && profile.session == session);
    }

    /// Keeps a decision about what `viewer` may watch, in the place of an earlier one about the same
    /// resource.
    pub fn keep_decision(
        &self,
        viewer: &Owner,
        profile: &Profile,
        decision: Decision,
        now: Timestamp,
    ) {
        self.change(viewer, profile, |profile| {
            profile.decisions.retain(|known| !known.is_like(&decision) && now <= known.not_after);
            profile.decisions.push(decision);
        });
    }

    /// Takes note that a resource was authorized.
    pub fn mark_authorized(&self, viewer: &Owner, profile: &Profile) {
        self.change(viewer, profile, |profile| profile.authorized = true);
    }

    /// All profiles with their owners, good or not, in the order of their numbers.
    pub fn all(&self) -> Vec<(Arc<Owner>, Profile)> {
        let mut all = Vec::new();
        for entry in &self.by_owner {
            all.extend(entry.iter().map(|profile| (Arc::clone(entry.key()), profile.clone())));
        }
        all.sort_by_key(|(_, profile)| profile.number);
        all
    }

    /// Goes through the owners of profiles with what they have, good or not.
    pub fn each(&self, mut see: impl FnMut(&Owner, &[Profile])) {
        for entry in &self.by_owner {
            see(entry.key(), entry.value());
        }
    }

    /// Lets one profile end now. False for an unknown number.
    pub fn expire(&self, number: u64, now: Timestamp) -> bool {
        let end = Timestamp(now.millis() - 1);
        self.change_number(number, |profile| profile.not_after = profile.not_after.min(end))
    }

    /// Withdraws one profile. False for an unknown number.
    pub fn invalidate(&self, number: u64) -> bool {
        self.change_number(number, |profile| profile.invalidated = true)
    }

    /// Forgets one profile, as if it had never been. False for an unknown number.
    pub fn forget(&self, number: u64) -> bool {
        let mut found = false;
        self.by_owner.retain(|owner, profiles| {
            let before = profiles.len();
            profiles.retain(|profile| profile.number != number);
            if profiles.len() < before {
                found = true;
                self.changes.promise(|| Key::Profiles(owner.clone()));
            }
            !profiles.is_empty()
        });
        found
    }

    /// Lets what the MVPD decided about one resource for one profile end now; `None` is about every
    /// resource. False when there was nothing.
    pub fn forget_decisions(&self, number: u64, resource: Option<&str>) -> bool {
        let mut found = false;
        self.change_number(number, |profile| {
            profile.decisions.retain(|known| {
                let meant = resource.is_none_or(|resource| *known.resource == *resource);
                found |= meant;
                !meant
            });
        });
        found
    }

    /// Lets everything that MVPDs decided end now.
    pub fn forget_all_decisions(&self) {
        self.by_owner.alter_all(|owner, mut profiles| {
            self.changes.promise(|| Key::Profiles(owner.clone()));
            profiles.iter_mut().for_each(|profile| profile.decisions.clear());
            profiles
        });
    }

    /// How many owners have a profile.
    pub fn len(&self) -> usize {
        self.by_owner.len()
    }

    /// Whether nobody has a profile.
    pub fn is_empty(&self) -> bool {
        self.by_owner.is_empty()
    }

    /// Forgets everything.
    pub fn clear(&self) {
        self.by_owner.clear();
        self.by_subject.clear();
    }

    fn take(&self, owner: &Owner, is_meant: impl Fn(&Profile) -> bool) -> Option<Profile> {
        let taken = {
            let mut profiles = self.by_owner.get_mut(owner)?;
            let index = profiles.iter().position(is_meant)?;
            self.changes.promise(|| Key::Profiles(owner.clone().into()));
            profiles.remove(index)
        };
        self.by_owner.remove_if(owner, |_, profiles| profiles.is_empty());
        Some(taken)
    }

    fn change(&self, viewer: &Owner, which: &Profile, change: impl FnOnce(&mut Profile)) {
        let keeper = which.keeper(viewer);
        if let Some(mut profiles) = self.by_owner.get_mut(keeper)
            && let Some(profile) = profiles.iter_mut().find(|p| p.is(&which.mvpd, &which.origin))
        {
            change(profile);
            // What the MVPD said can be asked again.
            self.changes.note(|| Key::Profiles(keeper.clone().into()));
        }
    }

    fn change_number(&self, number: u64, change: impl FnOnce(&mut Profile)) -> bool {
        for mut entry in self.by_owner.iter_mut() {
            if let Some(profile) = entry.iter_mut().find(|profile| profile.number == number) {
                change(profile);
                self.changes.promise(|| Key::Profiles(entry.key().clone()));
                return true;
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_000_000);

    fn owner(device: &str) -> Owner {
        Owner {
            client_id: "client".into(),
            device_id: device.into(),
            service_provider: "REF30".into(),
        }
    }

    fn put(profiles: &Profiles, device: &str, mvpd: &str) -> u64 {
        let number = profiles.next_number();
        let profile = Profile {
            number,
            mvpd: mvpd.into(),
            user: "demo".into(),
            session: Uuid::nil(),
            not_before: NOW,
            not_after: Timestamp(NOW.millis() + 10),
            invalidated: false,
            authorized: false,
            decisions: Vec::new(),
            origin: Origin::Login,
        };
        profiles.put(owner(device), profile);
        number
    }

    #[test]
    fn only_the_owner_sees_a_profile() {
        let profiles = Profiles::default();
        put(&profiles, "tv", "Cablevision");
        put(&profiles, "tv", "Dish");
        assert_eq!(profiles.valid(&owner("tv"), NOW).len(), 2);
        assert!(profiles.valid(&owner("phone"), NOW).is_empty());
        let elsewhere = Owner { service_provider: "apasstest1".into(), ..owner("tv") };
        assert!(profiles.get(&elsewhere, "Dish").is_none());
    }

    #[test]
    fn missing_expired_and_invalidated_are_told_apart() {
        let profiles = Profiles::default();
        let why = |mvpd, at| profiles.require(&owner("tv"), mvpd, at).err();
        assert_eq!(why("Dish", NOW), Some(ErrorCode::AuthenticatedProfileMissing));
        let number = put(&profiles, "tv", "Dish");
        assert_eq!(why("Dish", Timestamp(NOW.millis() + 10)), None);
        let after = Timestamp(NOW.millis() + 11);
        assert_eq!(why("Dish", after), Some(ErrorCode::AuthenticatedProfileExpired));
        assert!(profiles.invalidate(number));
        assert_eq!(why("Dish", NOW), Some(ErrorCode::AuthenticatedProfileInvalidated));
        assert!(profiles.forget(number) && !profiles.forget(number));
        assert_eq!(why("Dish", NOW), Some(ErrorCode::AuthenticatedProfileMissing));
    }

    #[test]
    fn expiring_one_leaves_the_others() {
        let profiles = Profiles::default();
        let number = put(&profiles, "tv", "Dish");
        put(&profiles, "tv", "Cablevision");
        assert!(profiles.expire(number, NOW) && !profiles.expire(77, NOW));
        let left = profiles.valid(&owner("tv"), NOW);
        assert_eq!(left.iter().map(|p| &*p.mvpd).collect::<Vec<_>>(), ["Cablevision"]);
    }

    #[test]
    fn a_removed_profile_is_given_back_only_if_it_was_good() {
        let profiles = Profiles::default();
        put(&profiles, "tv", "Dish");
        assert!(profiles.remove(&owner("tv"), "Dish", NOW).is_some());
        assert!(profiles.remove(&owner("tv"), "Dish", NOW).is_none());
        put(&profiles, "tv", "Dish");
        assert!(profiles.remove(&owner("tv"), "Dish", Timestamp(NOW.millis() + 11)).is_none());
        assert!(profiles.is_empty());
    }
}
