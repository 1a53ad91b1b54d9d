//! Profiles, and what MVPDs decided for them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::clients::Expire;
use super::{Control, Done, Scope};
use crate::clock::Timestamp;
use crate::control::ControlError;
use crate::domain::decisions::Decision;
use crate::domain::{Owner, Profile, Verdict};

/// All profiles.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ProfileList {
    /// In the order of their making.
    pub profiles: Vec<ProfileState>,
}

/// A user signed in on a device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ProfileState {
    /// Names it in paths.
    pub profile: u64,
    /// The client it belongs to.
    pub client: String,
    /// The device (decoded identifier) it belongs to.
    pub device: String,
    /// The service provider it belongs to.
    pub service_provider: String,
    /// The MVPD.
    pub mvpd: String,
    /// The user.
    pub user: String,
    /// `regular`, or how others see it: `appleSSO`, `platformSSO`, `serviceTokenSSO`.
    #[serde(rename = "type")]
    pub kind: String,
    /// When the user signed in, in milliseconds since the epoch.
    pub not_before: i64,
    /// The last instant at which it is good, in milliseconds since the epoch.
    pub not_after: i64,
    /// `valid`, or the error code that a decision is answered with.
    pub standing: String,
    /// What the MVPD decided, for as long as that holds.
    pub decisions: Vec<DecisionState>,
}

/// What an MVPD decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DecisionState {
    /// The resource.
    pub resource: String,
    /// Whether it may be played.
    pub authorized: bool,
    /// The error code of a deny.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// When, in milliseconds since the epoch.
    pub not_before: i64,
    /// The last instant at which it holds, in milliseconds since the epoch.
    pub not_after: i64,
}

/// Which decisions are to end.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ExpireDecisions {
    /// The one about this resource; all of the profile when left out.
    pub resource: Option<String>,
}

impl Control<'_> {
    /// All profiles, good or not.
    pub fn profiles(&self, scope: &Scope) -> ProfileList {
        self.settle_sessions();
        let now = self.app.clock.now();
        let all = self.app.domain.profiles.all();
        let wanted = all.iter().filter(|(owner, _)| scope.holds(owner));
        let states = wanted.map(|(owner, profile)| state(owner, profile, now));
        ProfileList { profiles: states.collect() }
    }

    /// Lets one profile expire, now or later but never after its own end.
    pub fn expire_profile(
        &self,
        profile: &str,
        expire: &Expire,
    ) -> Result<ProfileState, ControlError> {
        let number = self.number(profile)?;
        let at = expire.at(self.app.clock.now())?;
        self.app.domain.profiles.expire(number, at);
        self.profile(number)
    }

    /// Lets the MVPD withdraw one profile before its end.
    pub fn invalidate_profile(&self, profile: &str) -> Result<ProfileState, ControlError> {
        let number = self.number(profile)?;
        self.app.domain.profiles.invalidate(number);
        self.profile(number)
    }

    /// Forgets one profile, as if its user had signed out elsewhere.
    pub fn revoke_profile(&self, profile: &str) -> Result<Done, ControlError> {
        let number = self.number(profile)?;
        self.app.domain.profiles.forget(number);
        Ok(Done { done: 1 })
    }

    /// Lets decisions that are kept for one profile end, so that its MVPD is asked anew.
    pub fn expire_decisions(
        &self,
        profile: &str,
        which: &ExpireDecisions,
    ) -> Result<ProfileState, ControlError> {
        let number = self.number(profile)?;
        let resource = which.resource.as_deref();
        let found = self.app.domain.profiles.forget_decisions(number, resource);
        if let Some(resource) = resource.filter(|_| !found) {
            let error = format!("resource: nothing is decided about {resource:?}");
            return Err(ControlError::not_found(error, "GET /profiles shows what is"));
        }
        self.profile(number)
    }

    fn number(&self, profile: &str) -> Result<u64, ControlError> {
        self.settle_sessions();
        let number = profile.parse().ok();
        number.filter(|number| self.profile(*number).is_ok()).ok_or_else(|| {
            let error = format!("profile: there is no {profile:?}");
            ControlError::not_found(error, "GET /profiles lists them with their numbers")
        })
    }

    fn profile(&self, number: u64) -> Result<ProfileState, ControlError> {
        let now = self.app.clock.now();
        let all = self.app.domain.profiles.all();
        let found = all.iter().find(|(_, profile)| profile.number == number);
        found.map(|(owner, profile)| state(owner, profile, now)).ok_or_else(|| {
            let error = format!("profile: {number} is gone");
            ControlError::not_found(error, "GET /profiles lists those that are there")
        })
    }
}

pub(super) fn state(owner: &Owner, profile: &Profile, now: Timestamp) -> ProfileState {
    let standing = match profile.standing(now) {
        Ok(()) => "valid",
        Err(code) => code.code(),
    };
    let held = profile.decisions.iter().filter(|decision| now <= decision.not_after);
    ProfileState {
        profile: profile.number,
        client: owner.client_id.to_string(),
        device: owner.device_id.to_string(),
        service_provider: owner.service_provider.to_string(),
        mvpd: profile.mvpd.to_string(),
        user: profile.user.to_string(),
        kind: profile.origin.profile_type().to_owned(),
        not_before: profile.not_before.millis(),
        not_after: profile.not_after.millis(),
        standing: standing.to_owned(),
        decisions: held.map(decision_state).collect(),
    }
}

fn decision_state(decision: &Decision) -> DecisionState {
    DecisionState {
        resource: decision.resource.to_string(),
        authorized: decision.verdict == Verdict::Permit,
        code: match &decision.verdict {
            Verdict::Permit => None,
            Verdict::Deny { code, .. } => Some(code.code().to_owned()),
        },
        not_before: decision.not_before.millis(),
        not_after: decision.not_after.millis(),
    }
}
