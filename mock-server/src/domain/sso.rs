//! Single sign-on: what a caller sees of others' logins.

use std::collections::BTreeSet;

use super::profiles::Profile;
use super::subject::{Method, Share};
use super::{Domain, ErrorCode, Origin, Owner, Subject};
use crate::clock::Timestamp;
use crate::config::Id;

/// A caller with what it shows beside its own identity.
#[derive(Clone, Debug)]
pub struct Viewer<'a> {
    /// The caller itself.
    pub owner: &'a Owner,
    /// Who it is elsewhere too.
    pub subjects: Vec<Subject>,
    /// The MVPD with which the partner's framework says that the user is signed in at this moment.
    pub partner: Option<Id>,
    /// Which integrations share no logins.
    pub apart: Apart,
}

/// The integrations, each a service provider and an MVPD, that take no part in single sign-on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Apart {
    /// Those that switched it off for the platform: no login of theirs is seen by its identity, and
    /// they see none.
    pub from_platform: BTreeSet<(Id, Id)>,
    /// Those that want a login of their own: they share none with other service providers.
    pub from_others: BTreeSet<(Id, Id)>,
}

impl Apart {
    /// Whether a viewer may see what somebody else's login gives.
    fn lets(&self, viewer: &Owner, mvpd: &Id, share: &Share) -> bool {
        let is_in = |set: &BTreeSet<(Id, Id)>| {
            let providers = [&viewer.service_provider, &share.maker.service_provider];
            !set.is_empty()
                && providers.into_iter().any(|sp| set.contains(&(sp.clone(), mvpd.clone())))
        };
        let kept_from_platform =
            || share.subject.method == Method::Platform && is_in(&self.from_platform);
        let elsewhere = share.maker.service_provider != viewer.service_provider;
        let kept_from_others = || elsewhere && is_in(&self.from_others);
        !kept_from_platform() && !kept_from_others()
    }
}

impl<'a> Viewer<'a> {
    /// A caller who shows nothing beside itself.
    pub const fn alone(owner: &'a Owner) -> Self {
        let apart = Apart { from_platform: BTreeSet::new(), from_others: BTreeSet::new() };
        Self { owner, subjects: Vec::new(), partner: None, apart }
    }
}

/// The profiles that a logout has ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SignedOut {
    /// Whether any was good.
    pub any: bool,
    /// Whether one of those came from a partner.
    pub partner: bool,
}

impl Domain {
    /// The profile with an MVPD that a caller sees: of all that are good the first in the order
    /// regular, appleSSO, platformSSO, serviceTokenSSO.
    ///
    /// # Errors
    /// Why there is none.
    pub fn seen(
        &self,
        viewer: &Viewer<'_>,
        mvpd: &str,
        now: Timestamp,
    ) -> Result<Profile, ErrorCode> {
        let mut why = ErrorCode::AuthenticatedProfileMissing;
        for profile in self.candidates(viewer, Some(mvpd)) {
            match profile.standing(now) {
                Ok(()) => return Ok(profile),
                Err(code) if why == ErrorCode::AuthenticatedProfileMissing => why = code,
                Err(_) => {}
            }
        }
        Err(why)
    }

    /// The good profiles that a caller sees, one for each MVPD.
    pub fn all_seen(&self, viewer: &Viewer<'_>, now: Timestamp) -> Vec<Profile> {
        let mut seen: Vec<Profile> = Vec::new();
        for profile in self.candidates(viewer, None) {
            if profile.is_valid(now) && seen.iter().all(|known| known.mvpd != profile.mvpd) {
                seen.push(profile);
            }
        }
        seen
    }

    /// Signs a caller out of an MVPD, and with it everybody who signed in as a subject that the
    /// caller shows.
    pub fn sign_out(&self, viewer: &Viewer<'_>, mvpd: &str, now: Timestamp) -> SignedOut {
        let mut out = SignedOut::default();
        let mut note = |profile: Profile| {
            out.any = true;
            out.partner |= profile.origin == Origin::Partner;
        };
        let owner = viewer.owner;
        for origin in [Origin::Login, Origin::Partner] {
            self.profiles.remove_from(owner, mvpd, &origin, now).into_iter().for_each(&mut note);
        }
        for subject in &viewer.subjects {
            for shared in self.profiles.shared(subject) {
                let Origin::Subject(share) = &shared.origin else { continue };
                let maker = &share.maker;
                let may = maker == owner || viewer.apart.lets(owner, &shared.mvpd, share);
                if *shared.mvpd != *mvpd || !may {
                    continue;
                }
                self.profiles.remove_login(maker, mvpd, shared.session);
                let removed = self.profiles.remove_from(maker, mvpd, &shared.origin, now);
                removed.into_iter().for_each(&mut note);
            }
        }
        out
    }

    /// What a caller might see, good or not, in the order of precedence.
    fn candidates(&self, viewer: &Viewer<'_>, mvpd: Option<&str>) -> Vec<Profile> {
        let is_meant = |profile: &Profile| mvpd.is_none_or(|mvpd| *profile.mvpd == *mvpd);
        let partner = viewer.partner.as_deref();
        let mut all = self.profiles.those(viewer.owner, |profile| {
            let counts = match profile.origin {
                Origin::Login => true,
                Origin::Partner => partner == Some(&*profile.mvpd),
                Origin::Subject(_) => false,
            };
            counts && is_meant(profile)
        });
        // Logins go first.
        all.sort_by_key(|profile| profile.origin == Origin::Partner);
        let mut subjects: Vec<&Subject> = viewer.subjects.iter().collect();
        subjects.sort();
        for subject in subjects {
            let of_others = self.profiles.shared(subject).into_iter().filter(|profile| {
                matches!(&profile.origin, Origin::Subject(share) if share.maker != *viewer.owner
                    && viewer.apart.lets(viewer.owner, &profile.mvpd, share))
            });
            all.extend(of_others.filter(is_meant));
        }
        all
    }
}
