//! Whom and what the service knows.

use std::collections::BTreeMap;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    CertificateSource, Keys, Lifetime, Lifetimes, Limits, Mvpd, Package, PlatformFlags, Settings,
    SoftwareStatement, User, UserMetadata, default, load,
};
use crate::throttle::ThrottleSettings;
use crate::user_metadata::{Certificate, documented};

/// An identifier; cheap to clone.
pub type Id = Arc<str>;

/// Everything that a tester can edit. Replaced as a whole; see `Fixtures::default()` for what is
/// there without a file.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Fixtures {
    /// How the service behaves where the documents leave a choice.
    #[serde(default)]
    pub settings: Settings,
    /// How long things live.
    #[serde(default)]
    pub lifetimes: Lifetimes,
    /// How many resources one call may ask for.
    #[serde(default)]
    pub limits: Limits,
    /// How often a device may call.
    #[serde(default)]
    pub throttle: ThrottleSettings,
    /// The service providers with their integrations.
    pub service_providers: Vec<ServiceProvider>,
    /// The MVPDs.
    pub mvpds: Vec<Mvpd>,
    /// What users can subscribe to.
    pub packages: Vec<Package>,
    /// The users. The first one is who signs in when nobody is named.
    pub users: Vec<User>,
    /// The registered applications. The first one is the one to give to clients.
    #[serde(default)]
    pub software_statements: Vec<SoftwareStatement>,
    /// The keys that the service signs with.
    #[serde(default)]
    pub keys: Keys,
}

/// A service provider (a channel or brand).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ServiceProvider {
    /// Its identifier in paths.
    pub id: Id,
    /// Its commercial name.
    pub name: String,
    /// The domains its applications live on.
    #[serde(default)]
    pub domains: Vec<Domain>,
    /// What its users' sensitive metadata is encrypted with. With one, `zip` and `encryptedZip` are
    /// encrypted unless an integration says otherwise; without one, nothing is unless an integration
    /// asks for it, and then the configuration counts as invalid, as the documents have an error for.
    #[serde(default)]
    pub user_metadata_certificate: Option<CertificateSource>,
    /// Its integrations with MVPDs, in the order of the configuration.
    #[serde(default)]
    pub integrations: Vec<Integration>,
}

/// A domain of a service provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Domain {
    /// The domain's name.
    pub name: String,
    /// Whether logins may begin on the MVPD's side.
    #[serde(default)]
    pub mvpd_initiated: bool,
}

/// An agreement between a service provider and an MVPD. What is absent is as for all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Integration {
    /// The MVPD.
    pub mvpd: Id,
    /// Whether it is active.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// How many resources one preauthorization call may ask for.
    #[serde(default)]
    pub preauthorize_resources: Option<usize>,
    /// How many resources one authorization call may ask for.
    #[serde(default)]
    pub authorize_resources: Option<usize>,
    /// How long a profile lives.
    #[serde(default)]
    pub profile: Option<Lifetime>,
    /// How long an authorization decision lives.
    #[serde(default)]
    pub authorization: Option<Lifetime>,
    /// Whether resources are permitted without asking the MVPD (source `dummy`).
    #[serde(default)]
    pub dummy_authorization: bool,
    /// `authPerAggregator`, where it differs from the MVPD's own.
    #[serde(default)]
    pub auth_per_aggregator: Option<bool>,
    /// Which user metadata is passed on, and how.
    #[serde(default)]
    pub user_metadata: UserMetadata,
    /// What differs from the MVPD's own single sign-on flags, for any platform not named below.
    #[serde(default)]
    pub platform: PlatformFlags,
    /// The same for single platforms, by the name of their operating system (`tvOS`, `Roku OS`, …).
    #[serde(default)]
    pub platforms: BTreeMap<String, PlatformFlags>,
}

impl Fixtures {
    /// The embedded fixtures as text, comments included.
    pub const fn default_yaml() -> &'static str {
        default::DEFAULT_YAML
    }

    /// A service provider by its identifier.
    pub fn service_provider(&self, id: &str) -> Option<&ServiceProvider> {
        self.service_providers.iter().find(|known| *known.id == *id)
    }

    /// An MVPD by its identifier.
    pub fn mvpd(&self, id: &str) -> Option<&Mvpd> {
        self.mvpds.iter().find(|known| *known.id == *id)
    }

    /// A user by the name typed into the login page.
    pub fn user(&self, id: &str) -> Option<&User> {
        self.users.iter().find(|known| *known.id == *id)
    }

    /// A package by its name.
    pub fn package(&self, id: &str) -> Option<&Package> {
        self.packages.iter().find(|known| *known.id == *id)
    }

    /// The user who signs in when nobody is named.
    pub fn first_user(&self) -> Option<&User> {
        self.users.first()
    }

    /// The listed application that a software statement belongs to.
    pub fn software_statement(&self, statement: &str) -> Option<&SoftwareStatement> {
        self.software_statements.iter().find(|listed| listed.statement == statement)
    }

    /// The software statement to give to a client: the first one listed.
    pub fn first_software_statement(&self) -> Option<&str> {
        self.software_statements.first().map(|listed| listed.statement.as_str())
    }

    /// What user metadata is encrypted with for a service provider, where it has a certificate that
    /// can be used.
    pub fn user_metadata_certificate(&self, service_provider: &str) -> Option<&Arc<Certificate>> {
        self.keys.certificates.get(service_provider)
    }

    /// Whether an attribute is encrypted for a service provider's users of an MVPD.
    pub fn is_encrypted(&self, provider: &ServiceProvider, mvpd: &str, attribute: &str) -> bool {
        let own = provider.integration(mvpd).and_then(|i| i.user_metadata.encrypted.as_ref());
        match own {
            Some(names) => names.iter().any(|name| name == attribute),
            None => {
                provider.user_metadata_certificate.is_some()
                    && documented(attribute).is_some_and(|known| known.requires_encryption)
            }
        }
    }

    /// Fixtures from text; `name` is how errors call it, and key files
    /// are looked for where the program runs.
    pub fn from_yaml(name: &str, text: &str) -> Result<Self, super::FixturesError> {
        load::parse(name, text)
    }

    /// Reads a fixtures file.
    pub fn load(path: &std::path::Path) -> Result<Self, super::FixturesError> {
        load::file(path)
    }
}

impl ServiceProvider {
    /// The integration with an MVPD, enabled or not.
    pub fn integration(&self, mvpd: &str) -> Option<&Integration> {
        self.integrations.iter().find(|known| *known.mvpd == *mvpd)
    }
}

const fn yes() -> bool {
    true
}
