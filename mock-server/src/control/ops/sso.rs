//! Material of single sign-on, made to order: what identity services, platforms and partners would
//! hand to an application.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Control;
use crate::control::ControlError;
use crate::sso;

/// A token to make.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MakeToken {
    /// Who its bearer is.
    pub subject: String,
    /// How many seconds it is good for from now; an hour when left out.
    #[serde(default = "hour")]
    pub seconds: u64,
}

/// A partner's status to make.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MakeStatus {
    /// The partner's own name for the MVPD (`platformMappingId`), or the MVPD's id.
    pub provider: String,
    /// How many seconds the user stays signed in with the partner from now; an hour when left out.
    #[serde(default = "hour")]
    pub seconds: u64,
}

/// A SAML response to make.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MakeSamlResponse {
    /// The partner's own name for the MVPD (`platformMappingId`), or the MVPD's id.
    pub provider: String,
    /// Who signed in; the first user of the fixtures when left out.
    #[serde(default)]
    pub user: Option<String>,
    /// How many seconds it is good for from now; an hour when left out.
    #[serde(default = "hour")]
    pub seconds: u64,
}

/// What an application sends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Made {
    /// The header, or the parameter of the form, that it is for.
    pub name: String,
    /// Its value; a parameter is yet to be URL-encoded.
    pub value: String,
}

impl Control<'_> {
    /// A service token (`AD-Service-Token`).
    pub fn make_service_token(&self, make: &MakeToken) -> Result<Made, ControlError> {
        let key = self.app.fixtures.load().keys.service_token_key();
        let signer = key.signer().ok_or_else(|| {
            let error = "only the public key of the identity service is known";
            let hint = "let it make the token, or give `keys.service_token` a private key";
            ControlError::conflict(error, hint)
        })?;
        let (subject, lifetime) = (subject(&make.subject)?, Duration::from_secs(make.seconds));
        let token = sso::service_token(&signer, subject, self.app.clock.now(), lifetime);
        made("AD-Service-Token", token)
    }

    /// A platform's token (`Adobe-Subject-Token` or `X-Roku-Reserved-Roku-Connect-Token`).
    pub fn make_subject_token(&self, make: &MakeToken) -> Result<Made, ControlError> {
        let signer = self.app.fixtures.load().keys.media_token_signer();
        let (subject, lifetime) = (subject(&make.subject)?, Duration::from_secs(make.seconds));
        let token = sso::subject_token(&signer, subject, self.app.clock.now(), lifetime);
        made("Adobe-Subject-Token", token)
    }

    /// A partner's status (`AP-Partner-Framework-Status`) of a user who is signed in there.
    pub fn make_partner_status(&self, make: &MakeStatus) -> Made {
        let expires = self.app.clock.now().after(Duration::from_secs(make.seconds));
        Made {
            name: "AP-Partner-Framework-Status".to_owned(),
            value: sso::partner_framework_status(&make.provider, expires),
        }
    }

    /// What a partner's framework brings back (`SAMLResponse`).
    pub fn make_saml_response(&self, make: &MakeSamlResponse) -> Result<Made, ControlError> {
        let fixtures = self.app.fixtures.load();
        let user = match &make.user {
            Some(id) => fixtures.user(id).ok_or_else(|| {
                let users: Vec<&str> = fixtures.users.iter().map(|user| &*user.id).collect();
                let hint = format!("there are {}", users.join(", "));
                ControlError::invalid(format!("user: there is no {id:?}"), hint)
            })?,
            None => fixtures.first_user().ok_or_else(|| {
                ControlError::conflict("there are no users", "add one to the fixtures")
            })?,
        };
        let (now, lifetime) = (self.app.clock.now(), Duration::from_secs(make.seconds));
        Ok(Made {
            name: "SAMLResponse".to_owned(),
            value: sso::saml_response(&make.provider, &user.id, now, lifetime),
        })
    }
}

fn subject(text: &str) -> Result<&str, ControlError> {
    match text.trim() {
        "" => Err(ControlError::invalid("subject: is empty", "name somebody")),
        _ => Ok(text),
    }
}

fn made(name: &str, value: Option<String>) -> Result<Made, ControlError> {
    let value = value.ok_or_else(|| {
        ControlError::conflict("the key cannot sign", "give `keys` in the fixtures another one")
    })?;
    Ok(Made { name: name.to_owned(), value })
}

const fn hour() -> u64 {
    3600
}
