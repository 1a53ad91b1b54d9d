//! The operations, an area a file.

pub mod clients;
pub mod clock;
pub mod decisions;
pub mod degradation;
pub mod devices;
pub mod faults;
pub mod integrations;
pub mod journal;
mod listing;
pub mod media_tokens;
pub mod outlook;
pub mod profiles;
pub mod sessions;
pub mod snapshot;
pub mod sso;
pub mod temp_pass;
pub mod throttle;
pub mod user_metadata;
pub mod whole;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::domain::Owner;

pub use listing::{First, Listing};

/// Steers a running service: every operation of the control API as a method.
#[derive(Clone, Copy, Debug)]
pub struct Control<'a> {
    app: &'a App,
}

impl App {
    /// Steers this service.
    pub fn control(&self) -> Control<'_> {
        Control { app: self }
    }
}

/// It was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Done {
    /// How many things it was done to.
    pub done: usize,
}

/// What belongs to one client, one device, or one client's use of one device; everything when both
/// are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Scope {
    /// Only what belongs to this client id.
    pub client: Option<String>,
    /// Only what belongs to this device identifier (decoded).
    pub device: Option<String>,
}

impl Scope {
    fn is_everything(&self) -> bool {
        self.client.is_none() && self.device.is_none()
    }

    fn holds(&self, owner: &Owner) -> bool {
        self.names(Some(&owner.client_id), Some(&owner.device_id))
    }

    fn names(&self, client: Option<&str>, device: Option<&str>) -> bool {
        self.client.as_deref().is_none_or(|wanted| client == Some(wanted))
            && self.device.as_deref().is_none_or(|wanted| device == Some(wanted))
    }
}
