//! How the service behaves where the documents leave a choice, and how long things live.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Lifetime;

/// Choices. Each default is what the newest documents say, or what most of their samples show.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Which software statements may register.
    pub software_statements: StatementPolicy,
    /// How the domain's name is spelled among missing and existing parameters.
    pub domain_parameter: DomainSpelling,
    /// Whether the `url` of a logout is absolute or relative.
    pub logout_url: UrlForm,
    /// Where a decision without a usable profile puts its error.
    pub missing_profile: ErrorPlace,
}

/// Which software statements may register.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StatementPolicy {
    /// Any well-formed JWT, so that a real application needs no change.
    #[default]
    WellFormed,
    /// Only those that the fixtures list.
    Listed,
}

/// The documents write the domain's parameter in two ways.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum DomainSpelling {
    /// `domainName`, as in requests.
    #[default]
    #[serde(rename = "domainName")]
    DomainName,
    /// `domain`, as in some samples.
    #[serde(rename = "domain")]
    Domain,
}

impl DomainSpelling {
    /// The name itself.
    pub const fn name(self) -> &'static str {
        match self {
            Self::DomainName => "domainName",
            Self::Domain => "domain",
        }
    }
}

/// How a URL in an answer is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum UrlForm {
    /// With scheme and host.
    #[default]
    Absolute,
    /// From the root on.
    Relative,
}

/// Where an enhanced error stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ErrorPlace {
    /// It is the whole body, and its status is the answer's.
    #[default]
    TopLevel,
    /// In each decision's `error`, under status 200.
    ItemLevel,
}

/// How long things live.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Lifetimes {
    /// An authentication code.
    pub code: Lifetime,
    /// An access token.
    pub access_token: Lifetime,
    /// A profile.
    pub profile: Lifetime,
    /// The profile of a device whose platform nothing identifies.
    pub unknown_platform_profile: Lifetime,
    /// The MVPD's authorization decision.
    pub authorization: Lifetime,
    /// A media token.
    pub media_token: Lifetime,
}

impl Default for Lifetimes {
    fn default() -> Self {
        Self {
            code: Lifetime::minutes(30),
            access_token: Lifetime::hours(6),
            profile: Lifetime::days(30),
            unknown_platform_profile: Lifetime::days(1),
            authorization: Lifetime::hours(24),
            media_token: Lifetime::minutes(7),
        }
    }
}

/// How many resources one call may ask for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// In one preauthorization call.
    pub preauthorize_resources: usize,
    /// In one authorization call.
    pub authorize_resources: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { preauthorize_resources: 5, authorize_resources: 1 }
    }
}
