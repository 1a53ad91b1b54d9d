//! Users, what they have subscribed to, and the applications that were given a software statement.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Id, Lifetime, Pin};
use crate::domain::ErrorCode;

/// Somebody with an account at one or more MVPDs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct User {
    /// The name typed into the login page.
    pub id: Id,
    /// The password typed into the login page.
    pub password: String,
    /// What the user has subscribed to.
    pub package: Id,
    /// Where the user has an account; with every regular MVPD when absent.
    #[serde(default)]
    pub mvpds: Option<Vec<Id>>,
    /// What becomes of a login with the right password.
    #[serde(default)]
    pub login: Login,
    /// The parental PIN that the MVPD asks for after the password; none when absent.
    #[serde(default)]
    pub parental_pin: Option<Pin>,
    /// How long after a login was submitted the profile appears, on top of the MVPD's own delay.
    #[serde(default)]
    pub login_delay: Lifetime,
    /// User metadata by its documented name. A `userID` is made up per MVPD when absent; absent
    /// `upstreamUserID`, `householdID` and (for the primary account holder) `primaryOID` are the same
    /// as it; `mvpd` is always made up.
    #[serde(default)]
    pub attributes: BTreeMap<String, Value>,
    /// User metadata that differs at one MVPD.
    #[serde(default)]
    pub attributes_by_mvpd: BTreeMap<Id, BTreeMap<String, Value>>,
    /// User metadata that the MVPD tells anew when a resource was authorized: from then on it takes
    /// the place of what was told before.
    #[serde(default)]
    pub attributes_after_authorization: BTreeMap<String, Value>,
}

/// What becomes of a login with the right password.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Login {
    /// It succeeds.
    #[default]
    Succeeds,
    /// The MVPD refuses this account.
    Fails,
    /// It ends on an error page of the MVPD, which cannot serve anybody right now.
    Error,
}

/// Which resources a subscription permits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Package {
    /// Its name, for users to refer to.
    pub id: Id,
    /// The permitted resources; `*` is any that is not denied below.
    pub permits: Vec<String>,
    /// Resources denied in a particular way. All others that are not permitted are denied plainly.
    #[serde(default)]
    pub denies: Vec<Denial>,
}

/// How a resource is denied.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Denial {
    /// The resource.
    pub resource: String,
    /// The error; the MVPD's plain deny when absent.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub code: Option<ErrorCode>,
    /// The MVPD's own words.
    #[serde(default)]
    pub details: Option<String>,
}

/// An application that was registered with the service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SoftwareStatement {
    /// A name for it.
    pub id: Id,
    /// The JWT itself.
    pub statement: String,
    /// The service providers it may act for; all of them when absent.
    #[serde(default)]
    pub service_providers: Option<Vec<Id>>,
    /// The APIs it may use.
    #[serde(default = "client_scope")]
    pub scopes: Vec<String>,
    /// The grants it may ask a token for.
    #[serde(default = "client_credentials")]
    pub grant_types: Vec<String>,
    /// The redirect URIs it may register; any when absent.
    #[serde(default)]
    pub redirect_uris: Option<Vec<String>>,
    /// Whether it was withdrawn: it cannot register any more, and what it registered is void.
    #[serde(default)]
    pub revoked: bool,
}

impl User {
    /// Whether the user has an account with an MVPD.
    pub fn is_customer_of(&self, mvpd: &str) -> bool {
        self.mvpds.as_ref().is_none_or(|mvpds| mvpds.iter().any(|id| **id == *mvpd))
    }
}

/// The scope of REST API V2.
pub(crate) fn client_scope() -> Vec<String> {
    vec!["api:client:v2".to_owned()]
}

/// The one documented grant.
pub(crate) fn client_credentials() -> Vec<String> {
    vec!["client_credentials".to_owned()]
}
