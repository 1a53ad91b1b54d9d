//! Keys that the service signs with.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Id;
use crate::tokens::{KeyError, Signer, Verifier};
use crate::user_metadata::Certificate;

/// The test key that is public on purpose.
const TEST_KEY: &str = include_str!("../../../fixtures/keys/media-token.pem");
/// The same for what identity services sign.
const TEST_SERVICE_KEY: &str = include_str!("../../../fixtures/keys/service-token.pem");

/// Keys that the service signs with.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Keys {
    /// What signs media tokens: an RSA key of at least 2048 bits in PKCS #8 PEM. The public test
    /// key when absent.
    pub media_token: Option<KeySource>,
    /// What the identity service signs its service tokens with: an RSA key of at least 2048 bits, in
    /// PEM, as a `PUBLIC KEY` or, so that tokens can be made here too, as a `PRIVATE KEY`. The public
    /// test key when absent.
    pub service_token: Option<KeySource>,
    #[serde(skip)]
    signer: Option<Arc<Signer>>,
    #[serde(skip)]
    service_key: Option<Arc<ServiceKey>>,
    /// The certificates of service providers that can be used.
    #[serde(skip)]
    pub(super) certificates: BTreeMap<Id, Arc<Certificate>>,
}

/// The key of the identity service.
#[derive(Clone, Debug)]
pub struct ServiceKey {
    signer: Option<Arc<Signer>>,
    verifier: Verifier,
}

impl ServiceKey {
    /// Who can make service tokens, where the private key is known.
    pub fn signer(&self) -> Option<Arc<Signer>> {
        self.signer.clone()
    }

    /// Who can check them.
    pub const fn verifier(&self) -> &Verifier {
        &self.verifier
    }

    fn from_pem(pem: &str) -> Result<Self, KeyError> {
        match Signer::from_pem(pem) {
            Ok(signer) => Ok(Self { verifier: signer.verifier(), signer: Some(Arc::new(signer)) }),
            Err(KeyError::Pem(_)) => Ok(Self { signer: None, verifier: Verifier::from_pem(pem)? }),
            Err(error) => Err(error),
        }
    }
}

/// Where a key is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub enum KeySource {
    /// In a file, its path relative to the fixtures file.
    File(PathBuf),
    /// Here.
    Pem(String),
}

impl Keys {
    /// Signs media tokens.
    pub fn media_token_signer(&self) -> Arc<Signer> {
        self.signer.clone().unwrap_or_else(test_signer)
    }

    /// Checks service tokens, and makes them.
    pub fn service_token_key(&self) -> Arc<ServiceKey> {
        self.service_key.clone().unwrap_or_else(test_service_key)
    }

    /// Reads the keys that are configured. A path is relative to `folder`.
    pub(super) fn read(&mut self, folder: Option<&Path>) -> Result<(), String> {
        if let Some(source) = &self.media_token {
            let signer = Signer::from_pem(&source.pem(folder)?).map_err(|e| e.to_string())?;
            self.signer = Some(Arc::new(signer));
        }
        if let Some(source) = &self.service_token {
            let key = ServiceKey::from_pem(&source.pem(folder)?).map_err(|e| e.to_string())?;
            self.service_key = Some(Arc::new(key));
        }
        Ok(())
    }
}

impl KeySource {
    pub(super) fn pem(&self, folder: Option<&Path>) -> Result<String, String> {
        match self {
            Self::Pem(pem) => Ok(pem.clone()),
            Self::File(path) => {
                let path = folder.unwrap_or(Path::new("")).join(path);
                std::fs::read_to_string(&path)
                    .map_err(|error| format!("{} cannot be read: {error}", path.display()))
            }
        }
    }
}

fn test_service_key() -> Arc<ServiceKey> {
    static KEY: OnceLock<Arc<ServiceKey>> = OnceLock::new();
    let read = || {
        let key = ServiceKey::from_pem(TEST_SERVICE_KEY);
        Arc::new(key.unwrap_or_else(|error| panic!("{error}")))
    };
    Arc::clone(KEY.get_or_init(read))
}

fn test_signer() -> Arc<Signer> {
    static SIGNER: OnceLock<Arc<Signer>> = OnceLock::new();
    // The key is part of the binary and tests sign with it: it is never a bad one.
    let read = || Arc::new(Signer::from_pem(TEST_KEY).unwrap_or_else(|error| panic!("{error}")));
    Arc::clone(SIGNER.get_or_init(read))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn media(source: KeySource) -> Keys {
        Keys { media_token: Some(source), ..Keys::default() }
    }

    #[test]
    fn the_public_half_of_a_service_key_checks_what_the_private_one_signed() {
        let public = include_str!("../../../fixtures/keys/service-token.pub.pem");
        let source = KeySource::Pem(public.into());
        let mut keys = Keys { service_token: Some(source), ..Keys::default() };
        keys.read(None).unwrap();
        let key = keys.service_token_key();
        assert!(key.signer().is_none());
        let signature = test_service_key().signer().unwrap().sign(b"x").unwrap();
        assert!(key.verifier().accepts(b"x", &signature));
    }

    #[test]
    fn a_key_that_is_none_is_refused_and_a_good_one_used() {
        let mut bad = media(KeySource::Pem("nonsense".into()));
        assert!(bad.read(None).unwrap_err().contains("PRIVATE KEY"));
        let mut good = media(KeySource::Pem(TEST_KEY.into()));
        good.read(None).unwrap();
        assert_eq!(
            good.media_token_signer().public_key_pem(),
            Keys::default().media_token_signer().public_key_pem()
        );
        let mut gone = media(KeySource::File("gone.pem".into()));
        assert!(gone.read(None).unwrap_err().contains("gone.pem cannot be read"));
    }
}
