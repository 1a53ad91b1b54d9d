//! Devices: what is known of each, over all the applications on it.

use std::collections::{BTreeMap, HashSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::profiles::{self, ProfileState};
use super::sessions::SessionState;
use super::{Control, Listing};
use crate::config::Id;
use crate::domain::Owner;

/// Some devices.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DeviceList {
    /// By identifier.
    pub devices: Vec<DeviceState>,
    /// How many match in all.
    pub total: usize,
}

/// What is known of a device.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DeviceState {
    /// Its identifier, decoded.
    pub device: String,
    /// The clients that called for it; `GET /clients` and `GET /tokens` tell about them.
    pub clients: Vec<String>,
    /// The sessions that have not ended, by code.
    pub sessions: Vec<SessionState>,
    /// Who is signed in, and what was decided, good or not, in the order of their making.
    pub profiles: Vec<ProfileState>,
}

impl Control<'_> {
    /// The devices that have a session or a profile.
    pub fn devices(&self, listing: &Listing) -> DeviceList {
        self.settle_sessions();
        let mut window = listing.window();
        self.device_ids(listing).into_iter().for_each(|id| window.push(id));
        let (total, ids) = window.finish();
        let order = ids.iter().cloned();
        let mut states: BTreeMap<Id, DeviceState> = order
            .clone()
            .map(|id| (id.clone(), DeviceState { device: id.to_string(), ..<_>::default() }))
            .collect();
        self.fill(&mut states);
        let devices = order.filter_map(|id| states.remove(&id)).map(DeviceState::in_order);
        DeviceList { devices: devices.collect(), total }
    }

    /// Those that are wanted.
    fn device_ids(&self, listing: &Listing) -> HashSet<Id> {
        let mut ids: HashSet<Id> = HashSet::new();
        let mut see = |owner: &Owner, names: &[&str]| {
            if !ids.contains(&owner.device_id) && listing.means(owner, names) {
                ids.insert(owner.device_id.clone());
            }
        };
        self.app.domain.profiles.each(|owner, profiles| {
            for profile in profiles {
                see(owner, &[&profile.mvpd, &profile.user]);
            }
        });
        self.app.domain.sessions.each(self.app.clock.now(), |session| {
            let mvpd = session.parameters.mvpd.as_deref().unwrap_or_default();
            see(&session.owner, &[&session.code, mvpd]);
        });
        ids
    }

    fn fill(&self, states: &mut BTreeMap<Id, DeviceState>) {
        let now = self.app.clock.now();
        self.app.domain.profiles.each(|owner, profiles| {
            if let Some(state) = states.get_mut(&owner.device_id) {
                state.clients.push(owner.client_id.to_string());
                state.profiles.extend(profiles.iter().map(|it| profiles::state(owner, it, now)));
            }
        });
        self.app.domain.sessions.each(now, |session| {
            if let Some(state) = states.get_mut(&session.owner.device_id) {
                state.clients.push(session.owner.client_id.to_string());
                state.sessions.push(SessionState::from(session));
            }
        });
    }
}

impl DeviceState {
    fn in_order(mut self) -> Self {
        self.clients.sort_unstable();
        self.clients.dedup();
        self.sessions.sort_by(|a, b| (a.not_before, &a.code).cmp(&(b.not_before, &b.code)));
        self.profiles.sort_by_key(|profile| profile.profile);
        self
    }
}
