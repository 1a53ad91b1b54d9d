//! What an app has in hand for single sign-on: what it would get, outside of the service, from an
//! identity service, from the platform it runs on, or from a partner's framework.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The material of single sign-on for one run of the app. What is not there is left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SingleSignOn {
    /// The value of `AD-Service-Token`: a JWS of the identity service that the viewer uses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_token: Option<String>,
    /// What the platform says of its user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub platform_identity: Option<PlatformIdentity>,
    /// What the partner's framework says and does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partner: Option<Partner>,
}

/// A platform's token, and where it goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlatformIdentity {
    /// `Adobe-Subject-Token` or `X-Roku-Reserved-Roku-Connect-Token`.
    pub header: String,
    /// Its value.
    pub token: String,
}

/// A partner's framework, as an app would hear from it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Partner {
    /// `{partner}` of the calls.
    pub name: String,
    /// What goes, as Base64, into `AP-Partner-Framework-Status`.
    pub framework_status: Value,
    /// What the framework brings back when it is given an authentication request, one for each
    /// time: the values of `SAMLResponse`, not yet URL-encoded.
    pub saml_responses: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_there_is_left_out_and_what_is_new_is_ignored() {
        let line = r#"{"service_token":"e30.e30.eA"}"#;
        let known: SingleSignOn = serde_json::from_str(line).unwrap();
        assert_eq!(known.service_token.as_deref(), Some("e30.e30.eA"));
        assert_eq!(serde_json::to_string(&known).unwrap(), line);
        let partner = r#"{"partner":{"name":"Apple","framework_status":{"x":1},
            "saml_responses":["r"],"mood":"good"},"telepathy":{}}"#;
        let known: SingleSignOn = serde_json::from_str(partner).unwrap();
        assert_eq!(known.partner.unwrap().saml_responses, ["r"]);
    }
}
