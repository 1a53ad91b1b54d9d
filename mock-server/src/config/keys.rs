//! Keys that the service signs with.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::tokens::Signer;

/// The test key that is public on purpose.
const TEST_KEY: &str = include_str!("../../../fixtures/keys/media-token.pem");

/// Keys that the service signs with.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Keys {
    /// What signs media tokens: an RSA key of at least 2048 bits in PKCS #8 PEM. The public test
    /// key when absent.
    pub media_token: Option<KeySource>,
    #[serde(skip)]
    signer: Option<Arc<Signer>>,
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

    /// Reads the keys that are configured. A path is relative to `folder`.
    pub(super) fn read(&mut self, folder: Option<&Path>) -> Result<(), String> {
        let pem = match &self.media_token {
            None => return Ok(()),
            Some(KeySource::Pem(pem)) => pem.clone(),
            Some(KeySource::File(path)) => {
                let path = folder.unwrap_or(Path::new("")).join(path);
                std::fs::read_to_string(&path)
                    .map_err(|error| format!("{} cannot be read: {error}", path.display()))?
            }
        };
        let signer = Signer::from_pem(&pem).map_err(|error| error.to_string())?;
        self.signer = Some(Arc::new(signer));
        Ok(())
    }
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

    #[test]
    fn a_key_that_is_none_is_refused_and_a_good_one_used() {
        let mut bad = Keys { media_token: Some(KeySource::Pem("nonsense".into())), signer: None };
        assert!(bad.read(None).unwrap_err().contains("PRIVATE KEY"));
        let mut good = Keys { media_token: Some(KeySource::Pem(TEST_KEY.into())), signer: None };
        good.read(None).unwrap();
        assert_eq!(
            good.media_token_signer().public_key_pem(),
            Keys::default().media_token_signer().public_key_pem()
        );
        let mut gone = Keys { media_token: Some(KeySource::File("gone.pem".into())), signer: None };
        assert!(gone.read(None).unwrap_err().contains("gone.pem cannot be read"));
    }
}
