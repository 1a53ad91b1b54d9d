//! What the service is like in a scenario, and what happens there.

use pass_mock::config::{Lifetime, Lifetimes, Limits, Settings};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What the service is like when the story begins. What is not said is as in the default fixtures.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Server {
    /// How long things live.
    pub lifetimes: Lifetimes,
    /// How many resources one call may ask for.
    pub limits: Limits,
    /// Where the documents leave a choice.
    pub settings: Settings,
    /// Whether the client may be refused for calling too often; such a scenario is one about
    /// throttling.
    pub throttle: bool,
    /// How long after a login was submitted the profile appears.
    pub login_delay: Lifetime,
}

/// Something that happens at the service during the story.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ServerStep {
    /// Every call of the client is refused for so long (429).
    ThrottleFor(Lifetime),
}
