//! Parts of long lists, so that whoever looks at one never costs more than what is shown.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Scope;
use crate::domain::{Owner, Window};
use crate::journal::number;

/// Which part of a list to show. Everything given must hold; what is left out does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Listing {
    /// Only what belongs to this client id.
    pub client: Option<String>,
    /// Only what belongs to this device identifier (decoded).
    pub device: Option<String>,
    /// Only what has this text in one of its names, whether upper or lower case.
    pub search: Option<String>,
    /// Which end of the list comes first: `oldest` unless told.
    pub first: First,
    /// So many are left out at that end.
    #[serde(deserialize_with = "number")]
    pub offset: Option<u64>,
    /// At most this many; all of them unless told.
    #[serde(deserialize_with = "number")]
    pub limit: Option<u64>,
}

/// An end of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum First {
    /// What has been there longest, or comes first in the alphabet.
    #[default]
    Oldest,
    /// What came last.
    Newest,
}

impl Listing {
    /// The window that it means.
    pub(super) fn window<K: Ord>(&self) -> Window<K> {
        let size = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        let offset = self.offset.map_or(0, size);
        Window::new(self.first == First::Newest, offset, self.limit.map_or(usize::MAX, size))
    }

    /// Whether it means something of an owner's that goes by these names besides.
    pub(super) fn means(&self, owner: &Owner, names: &[&str]) -> bool {
        let scope = |wanted: &Option<String>, found: &str| {
            wanted.as_deref().is_none_or(|wanted| wanted == found)
        };
        scope(&self.client, &owner.client_id)
            && scope(&self.device, &owner.device_id)
            && self.finds(&[&owner.client_id, &owner.device_id, &owner.service_provider], names)
    }

    /// Whether it means something of a client's, whatever the device.
    pub(super) fn means_client(&self, client: &str) -> bool {
        self.client.as_deref().is_none_or(|wanted| wanted == client) && self.finds(&[client], &[])
    }

    /// Whether the text that is searched for is in one of these names.
    pub(super) fn finds(&self, names: &[&str], more: &[&str]) -> bool {
        let Some(search) = self.search.as_deref().filter(|search| !search.is_empty()) else {
            return true;
        };
        let search = search.to_lowercase();
        names.iter().chain(more).any(|name| name.to_lowercase().contains(&search))
    }
}

impl From<&Scope> for Listing {
    fn from(scope: &Scope) -> Self {
        let Scope { client, device } = scope.clone();
        Self { client, device, ..Self::default() }
    }
}
