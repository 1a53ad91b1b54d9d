//! Who somebody is beyond one application and device, as single sign-on tells it.

use serde::{Deserialize, Serialize};

use super::Owner;
use crate::config::Id;

/// How single sign-on tells who somebody is. In the order in which profiles precede one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// The platform identifies its device or its user.
    Platform,
    /// An identity service identifies a user.
    ServiceToken,
}

/// Somebody, wherever they are.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Subject {
    /// Who says so.
    pub method: Method,
    /// Who it is.
    pub id: Id,
}

/// Where a profile comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Its owner signed in with the MVPD.
    #[default]
    Login,
    /// A partner's framework (Apple's) signed its owner in.
    Partner,
    /// Its owner signed in as a subject: whoever else is that subject sees it.
    Subject(Box<Share>),
}

/// What a login as a subject gives to others.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Share {
    /// Whoever is this subject sees the profile.
    pub subject: Subject,
    /// Who signed in, and sees an own profile instead.
    pub maker: Owner,
}

impl Origin {
    /// The documented type of a profile.
    pub const fn profile_type(&self) -> &'static str {
        match self {
            Self::Login => "regular",
            Self::Partner => "appleSSO",
            Self::Subject(share) => match share.subject.method {
                Method::Platform => "platformSSO",
                Method::ServiceToken => "serviceTokenSSO",
            },
        }
    }
}
