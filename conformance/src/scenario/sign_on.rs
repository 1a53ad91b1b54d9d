//! Who knows the viewer beyond one app and one device.

use pass_mock::config::Lifetime;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Capability;

/// What the app has for single sign-on, the same on all devices of the scenario.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SingleSignOn {
    /// The viewer's account with an identity service: the app has a service token of this subject.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_token: Option<String>,
    /// The platform knows its user: the app has a token of this subject.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub platform: Option<PlatformIdentity>,
    /// The viewer's TV provider in the settings of a device of Apple's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub apple: Option<SignedOn>,
}

/// What a platform knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlatformIdentity {
    /// Who its user is.
    pub subject: String,
    /// The header that its token goes into.
    #[serde(default)]
    pub header: PlatformHeader,
}

/// The header for a platform's token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PlatformHeader {
    /// `Adobe-Subject-Token`
    #[default]
    AdobeSubjectToken,
    /// `X-Roku-Reserved-Roku-Connect-Token`
    RokuConnectToken,
}

/// What Apple's framework says to the app.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SignedOn {
    /// Whether the user lets the app know of the subscription.
    pub access: Access,
    /// The provider that the user is signed in with, by the partner's name for it; the scenario's
    /// MVPD when it is not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// How long after the app's start the sign-in in the settings ends; a month when it is not said,
    /// and `0s` has passed already.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ends_after: Option<Lifetime>,
    /// Who signed in there: a user of the service's test data.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Whether the MVPD takes no part in the partner's single sign-on.
    pub unsupported: bool,
    /// Whether the provider is one that the service does not know at all.
    pub unknown: bool,
}

/// Whether the user lets an app know of the subscription.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Access {
    /// The user does.
    #[default]
    Granted,
    /// The user does not.
    Denied,
    /// The app may not even ask.
    Restricted,
    /// The user has not chosen.
    NotDetermined,
}

impl Access {
    /// `accessStatus` of the header.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Granted => "granted",
            Self::Denied => "denied",
            Self::Restricted => "restricted",
            Self::NotDetermined => "notDetermined",
        }
    }
}

impl PlatformHeader {
    /// The header's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AdobeSubjectToken => "Adobe-Subject-Token",
            Self::RokuConnectToken => "X-Roku-Reserved-Roku-Connect-Token",
        }
    }
}

impl SingleSignOn {
    /// Whether nobody but the service knows the viewer.
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }

    /// Whether the app is given a subject, be it by an identity service or by its platform.
    pub fn has_subject(&self) -> bool {
        self.service_token.is_some() || self.platform.is_some()
    }

    /// What the client must be able to do with it.
    pub(super) fn needs(&self) -> impl Iterator<Item = Capability> {
        let needs = [
            (self.service_token.is_some(), Capability::ServiceToken),
            (self.platform.is_some(), Capability::PlatformSso),
            (self.apple.is_some(), Capability::AppleSso),
        ];
        needs.into_iter().filter(|(needed, _)| *needed).map(|(_, capability)| capability)
    }
}
