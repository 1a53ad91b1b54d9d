//! What the service is like in a scenario, and what happens there.

use pass_mock::config::{Lifetime, Lifetimes, Limits, Settings};
use pass_mock::control::ops::decisions::Rule as DecisionRule;
use pass_mock::domain::degradation::Mode;
use pass_mock::faults::FaultRule;
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
    /// What MVPDs decide otherwise than their users' subscriptions say.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub decisions: Vec<DecisionRule>,
    /// What goes wrong on the way to the client.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<FaultRule>,
}

/// Something that happens at the service during the story. Where it is about somebody, it is about
/// the client on the device where the story is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ServerStep {
    /// Every call of the client is refused for so long (429).
    ThrottleFor(Lifetime),
    /// MVPDs decide otherwise from now on.
    Decide(Box<DecisionRule>),
    /// Something goes wrong from now on.
    Fault(Box<FaultRule>),
    /// Nothing goes wrong any more.
    EndFaults,
    /// The client's access token ends before its time, without a word.
    ExpireAccessToken,
    /// The client's registration is withdrawn.
    RevokeRegistration,
    /// The code on the screen ends before its time.
    ExpireCode,
    /// The viewer's profile has come to its end.
    ExpireProfile,
    /// The MVPD withdraws the viewer's profile.
    InvalidateProfile,
    /// The viewer's profile is gone, as if they had signed out elsewhere.
    RevokeProfile,
    /// What the MVPD decided is forgotten, so that it is asked anew.
    ExpireDecisions,
    /// The MVPD's integration is switched off.
    DisableIntegration(String),
    /// The MVPD's integration is switched on again.
    EnableIntegration(String),
    /// The MVPD is bypassed from now on, because it cannot be asked.
    Degrade(Degrade),
    /// The MVPD is asked again.
    EndDegradation(String),
}

/// How an MVPD is bypassed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Degrade {
    /// The MVPD.
    pub mvpd: String,
    /// `AuthNAll`: everybody counts as signed in and is permitted everything. `AuthZAll`: everybody
    /// is permitted everything. `AuthZNone`: nobody is permitted anything.
    pub mode: Mode,
    /// How long; an hour when it is not said.
    #[serde(default = "an_hour")]
    pub lasts: Lifetime,
    /// What whoever is denied is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<String>,
}

fn an_hour() -> Lifetime {
    Lifetime::hours(1)
}
