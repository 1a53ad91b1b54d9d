//! A simulated MVPD.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

use super::{Color, Id, Integration, Lifetime, Login};
use crate::domain::ErrorCode;

/// An MVPD, or the pseudo-MVPD of a temporary access.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Mvpd {
    /// Its identifier in paths and parameters.
    pub id: Id,
    /// Its commercial name.
    pub display_name: String,
    /// Where its logo is.
    #[serde(default = "no_logo")]
    pub logo_url: String,
    /// The colour of its pages; one that follows from its identifier when absent. Text on it is white
    /// or black, whichever can be read.
    #[serde(default, deserialize_with = "color", skip_serializing_if = "Option::is_none")]
    pub brand_color: Option<Color>,
    /// One to three characters that stand for it on its pages; its initials when absent.
    #[serde(default)]
    pub monogram: Option<String>,
    /// What becomes of everybody's login with the right password, in place of what is said of the
    /// user, unless it succeeds.
    #[serde(default)]
    pub login: Login,
    /// Whether a logout needs a user agent.
    #[serde(default)]
    pub logout_endpoint: bool,
    /// What makes it a temporary access.
    #[serde(default)]
    pub temp_pass: Option<TempPass>,
    /// The proxy behind which it stands; its integration is then flagged `isProxy`.
    #[serde(default)]
    pub proxied_by: Option<Id>,
    /// How long after a login was submitted the profile appears.
    #[serde(default)]
    pub login_delay: Lifetime,
    /// Which of a user's attributes it passes on, `userID` in any case; all of them when absent.
    #[serde(default)]
    pub attributes: Option<Vec<String>>,
    /// Which of those become known only when a resource was authorized.
    #[serde(default)]
    pub attributes_after_authorization: Vec<String>,
    /// `passiveAuthnEnabled` of the configuration; left out when absent.
    #[serde(default)]
    pub passive_authn_enabled: Option<bool>,
    /// `authPerAggregator` of the configuration; left out when absent. With it, service providers do
    /// not share logins.
    #[serde(default)]
    pub auth_per_aggregator: Option<bool>,
    /// `authPerBrowserSession` of the configuration; left out when absent.
    #[serde(default)]
    pub auth_per_browser_session: Option<bool>,
    /// What the configuration says about single sign-on, for any platform not named below.
    #[serde(default)]
    pub platform: PlatformFlags,
    /// The same for single platforms, by the name of their operating system (`tvOS`, `Roku OS`, …).
    #[serde(default)]
    pub platforms: BTreeMap<String, PlatformFlags>,
}

/// A trial access without a subscription.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TempPass {
    /// How long a trial lasts from its first authorization. Without it the configuration counts as
    /// invalid, as the documents have an error for.
    #[serde(default)]
    pub duration: Option<Lifetime>,
    /// Whether it is promotional: bound to a user's identity as well as to the device.
    #[serde(default)]
    pub promotional: bool,
    /// How many distinct resources a promotional trial may play. Without it the configuration of a
    /// promotional one counts as invalid too.
    #[serde(default)]
    pub resources: Option<usize>,
}

/// An integration's part in a platform's single sign-on. What is absent is left out of answers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PlatformFlags {
    /// `boardingStatus`: `SUPPORTED`, `PICKER`, …
    pub boarding_status: Option<String>,
    /// `platformMappingId`: the platform's own name for the MVPD.
    pub platform_mapping_id: Option<String>,
    /// `enablePlatformServices`. With `false` the platform's identity is no single sign-on either;
    /// absent, it is.
    pub enable_platform_services: Option<bool>,
    /// `displayInPlatformPicker`
    pub display_in_platform_picker: Option<bool>,
    /// `enforcePlatformPermissions`
    pub enforce_platform_permissions: Option<bool>,
    /// Declares the configuration invalid: the error that a partner's profile call is answered with,
    /// one of `invalid_configuration_platform…` or `invalid_configuration_mvpd_platform…`. Not part
    /// of any answer otherwise.
    #[schemars(with = "Option<String>")]
    pub invalid: Option<ErrorCode>,
}

impl PlatformFlags {
    /// Whether a partner's framework may sign users in.
    pub fn is_enabled(&self) -> bool {
        self.enable_platform_services == Some(true)
            && self.boarding_status.as_deref() == Some("SUPPORTED")
    }

    /// These flags, and those of `others` where these say nothing.
    fn or(&self, others: &Self) -> Self {
        Self {
            boarding_status: self.boarding_status.clone().or(others.boarding_status.clone()),
            platform_mapping_id: self
                .platform_mapping_id
                .clone()
                .or(others.platform_mapping_id.clone()),
            enable_platform_services: self
                .enable_platform_services
                .or(others.enable_platform_services),
            display_in_platform_picker: self
                .display_in_platform_picker
                .or(others.display_in_platform_picker),
            enforce_platform_permissions: self
                .enforce_platform_permissions
                .or(others.enforce_platform_permissions),
            invalid: self.invalid.or(others.invalid),
        }
    }
}

impl Mvpd {
    /// Whether this is a temporary access and no real MVPD.
    pub fn is_temp_pass(&self) -> bool {
        self.temp_pass.is_some()
    }

    /// The flags for a platform, by the name of its operating system.
    pub fn platform_flags(&self, os_name: Option<&str>) -> &PlatformFlags {
        os_name.and_then(|name| self.platforms.get(name)).unwrap_or(&self.platform)
    }

    /// Whether each service provider wants a login of its own: as the integration says, else as is
    /// said for all.
    pub fn is_per_aggregator(&self, integration: Option<&Integration>) -> Option<bool> {
        integration.and_then(|agreed| agreed.auth_per_aggregator).or(self.auth_per_aggregator)
    }

    /// The flags of an integration for a platform: what it says itself goes before what is said for
    /// all integrations.
    pub fn flags_for(
        &self,
        integration: Option<&Integration>,
        os_name: Option<&str>,
    ) -> PlatformFlags {
        let common = self.platform_flags(os_name);
        let Some(integration) = integration else { return common.clone() };
        let own = os_name.and_then(|name| integration.platforms.get(name));
        own.unwrap_or(&integration.platform).or(common)
    }
}

/// A colour that is there, but empty, was most likely meant to be one: an unquoted `#` begins a comment.
fn color<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Color>, D::Error> {
    Color::deserialize(deserializer).map(Some)
}

fn no_logo() -> String {
    "https://entitlement.auth.adobe.com/entitlement/noLogo.png".to_owned()
}
