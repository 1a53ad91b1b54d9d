//! The streaming device as it described itself.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use crate::config::Id;

/// What a session remembers of the device that created it: the texts it sent, unread, because a
/// million sessions keep them and hardly anybody asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// The decoded `X-Device-Info`.
    pub info: Option<Id>,
    /// The `User-Agent`.
    pub user_agent: Option<Id>,
    /// Where the device called from.
    pub address: SocketAddr,
    /// Whether either text tells the platform.
    pub known_platform: bool,
}
