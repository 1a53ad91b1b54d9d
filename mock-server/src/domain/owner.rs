//! Whose something is.

use serde::{Deserialize, Serialize};

use crate::config::Id;

/// The application, device and service provider that a session or profile belongs to. Another
/// client, device or service provider does not see it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Owner {
    /// The registered client.
    pub client_id: Id,
    /// The decoded device identifier.
    pub device_id: Id,
    /// The service provider.
    pub service_provider: Id,
}
