//! What the user did and saw.

use serde::{Deserialize, Serialize};

use super::Moment;
use crate::protocol::{Action, BrowserEvent, ClientEvent};

/// Something that happened around a client, told by the driver or done by the harness.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// When the harness saw or did it.
    pub at: Moment,
    /// The device (installation) it happened on, counted from 0.
    pub device: u32,
    /// The run of the app on that device, counted from 0.
    pub run: u32,
    /// What it was.
    #[serde(flatten)]
    pub what: Happening,
}

/// What can happen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "of", rename_all = "snake_case")]
pub enum Happening {
    /// A run of the app begins (a process was started, or its stand-in).
    Started,
    /// The user did something; begins a user action.
    Did {
        /// The action's id within its run.
        id: u64,
        /// What it was.
        action: Action,
    },
    /// The client saw to the end of an action.
    Done {
        /// The action's id.
        id: u64,
        /// What it said went wrong.
        error: Option<String>,
    },
    /// The client cannot do an action.
    Unsupported {
        /// The action's id.
        id: u64,
    },
    /// The client showed something.
    Showed(ClientEvent),
    /// The browser told the client something.
    Browser {
        /// What.
        event: BrowserEvent,
        /// Where.
        url: Option<String>,
    },
    /// The user gave up on what was under way (the harness stopped waiting).
    GaveUp,
    /// The run ended: the process is gone.
    Ended {
        /// Whether it ended by itself without being asked.
        crashed: bool,
    },
}

impl Happening {
    /// Whether it is something the user did: the beginning of a user action.
    pub const fn is_user_action(&self) -> bool {
        matches!(self, Self::Did { .. })
    }
}
