//! The certificate of a service provider, with which sensitive user metadata is encrypted for it.
//!
//! The value of an encrypted attribute is the Base64 of its RSA encryption (PKCS #1 v1.5) with the
//! certificate's key. What is encrypted is the text itself, or the JSON of a list or a map. A value
//! that does not fit into one block is encrypted in several, which follow one another.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dashmap::DashMap;
use rand::SeedableRng as _;
use rand_chacha::ChaCha12Rng;
use rsa::pkcs8::{DecodePrivateKey as _, DecodePublicKey as _, EncodePublicKey as _, LineEnding};
use rsa::traits::PublicKeyParts as _;
use rsa::{Pkcs1v15Encrypt, PublicKey};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use x509_cert::Certificate as X509;
use x509_cert::der::{DecodePem as _, Encode as _};

/// The certificate that is public on purpose, with its private key.
const TEST_CERTIFICATE: &str = include_str!("../../../fixtures/keys/user-metadata.crt");
const TEST_KEY: &str = include_str!("../../../fixtures/keys/user-metadata.pem");

/// What the padding takes of a block, in bytes.
const PADDING: usize = 11;

/// The private half of the test certificate, in PKCS #8 PEM. Everybody has it.
pub const fn test_key_pem() -> &'static str {
    TEST_KEY
}

/// Why a certificate or a key cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected} in PEM with an RSA key: {why}")]
pub struct CertificateError {
    expected: &'static str,
    why: String,
}

/// Encrypts user metadata for whoever has the private key.
pub struct Certificate {
    key: PublicKey,
    pem: String,
    /// What it has encrypted: there are only so many users, and the same value stays the same text
    /// from one call to the next.
    done: DashMap<String, String>,
}

impl Certificate {
    /// A PEM `CERTIFICATE`, or the `PUBLIC KEY` of one alone. Neither its issuer nor its validity is
    /// looked at.
    ///
    /// # Errors
    /// When the text is neither, or the key is not an RSA key.
    pub fn from_pem(pem: &str) -> Result<Self, CertificateError> {
        let refuse = |why: &dyn fmt::Display| CertificateError {
            expected: "a CERTIFICATE or a PUBLIC KEY",
            why: why.to_string(),
        };
        let key = if pem.contains("BEGIN PUBLIC KEY") {
            PublicKey::from_public_key_pem(pem.trim()).map_err(|e| refuse(&e))?
        } else {
            let certificate = X509::from_pem(pem.trim()).map_err(|e| refuse(&e))?;
            let key = certificate.tbs_certificate().subject_public_key_info();
            let der = key.to_der().map_err(|e| refuse(&e))?;
            PublicKey::from_public_key_der(&der).map_err(|e| refuse(&e))?
        };
        if key.size() < 2 * PADDING {
            return Err(refuse(&"the key is too short"));
        }
        Ok(Self { key, pem: pem.to_owned(), done: DashMap::new() })
    }

    /// The test certificate.
    pub fn test() -> Self {
        // It is part of the binary and tests encrypt with it: it is never a bad one.
        Self::from_pem(TEST_CERTIFICATE).unwrap_or_else(|error| panic!("{error}"))
    }

    /// As it was read.
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// Its key as a PEM `PUBLIC KEY`.
    pub fn public_key_pem(&self) -> String {
        self.key.to_public_key_pem(LineEnding::LF).unwrap_or_default()
    }

    /// A value as it goes over the wire; `None` only if the key cannot encrypt.
    pub fn encrypt(&self, value: &Value) -> Option<String> {
        let text = match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        if let Some(done) = self.done.get(&text) {
            return Some(done.clone());
        }
        let encrypted = self.encrypt_text(&text)?;
        self.done.insert(text, encrypted.clone());
        Some(encrypted)
    }

    /// The padding is random for whoever lacks the private key, and yet the same each time.
    fn encrypt_text(&self, text: &str) -> Option<String> {
        let seed = Sha256::new().chain_update(&self.pem).chain_update([0]).chain_update(text);
        let mut rng = ChaCha12Rng::from_seed(seed.finalize().into());
        let mut bytes = Vec::new();
        // An empty text takes a block, too.
        let mut rest = text.as_bytes();
        loop {
            let (block, after) = rest.split_at(rest.len().min(self.key.size() - PADDING));
            bytes.extend(self.key.encrypt(&mut rng, Pkcs1v15Encrypt, block).ok()?);
            rest = after;
            if rest.is_empty() {
                return Some(STANDARD.encode(bytes));
            }
        }
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate").finish_non_exhaustive()
    }
}

/// Reads what a certificate has encrypted, as a programmer's own service would.
pub struct PrivateKey(rsa::PrivateKey);

impl PrivateKey {
    /// A PEM `PRIVATE KEY` (PKCS #8).
    ///
    /// # Errors
    /// When the text holds no RSA key in that form.
    pub fn from_pem(pem: &str) -> Result<Self, CertificateError> {
        let refuse = |why: rsa::pkcs8::Error| CertificateError {
            expected: "a PRIVATE KEY (PKCS #8)",
            why: why.to_string(),
        };
        rsa::PrivateKey::from_pkcs8_pem(pem.trim()).map(Self).map_err(refuse)
    }

    /// The text that was encrypted; `None` when it was not, or with another key.
    pub fn decrypt(&self, value: &str) -> Option<String> {
        let bytes = STANDARD.decode(value.trim()).ok()?;
        if bytes.is_empty() {
            return None;
        }
        let mut text = Vec::new();
        for block in bytes.chunks(self.0.size()) {
            text.extend(self.0.decrypt(Pkcs1v15Encrypt, block).ok()?);
        }
        String::from_utf8(text).ok()
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PrivateKey").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// From Adobe's page: it asks for a certificate to be signed and is none.
    const REQUEST: &str = "-----BEGIN CERTIFICATE REQUEST-----\nMIIBnTCCAQYCAQAw\n\
        -----END CERTIFICATE REQUEST-----\n";

    #[test]
    fn what_a_certificate_encrypts_its_private_key_reads() {
        let (certificate, key) = (Certificate::test(), PrivateKey::from_pem(TEST_KEY).unwrap());
        let read = |value: Value| key.decrypt(&certificate.encrypt(&value).unwrap()).unwrap();
        assert_eq!(read(json!(["77754", "12345"])), r#"["77754","12345"]"#);
        assert_eq!(read(json!("77754")), "77754", "a text has no quotes");
        assert_eq!(read(json!("")), "");
        let long = "€".repeat(300);
        assert_eq!(read(json!(long)), long, "more than a block");
    }

    #[test]
    fn the_same_value_is_the_same_text_and_another_one_is_not() {
        let encrypt = |zip: &str| Certificate::test().encrypt(&json!([zip])).unwrap();
        assert_eq!(encrypt("77754"), encrypt("77754"));
        assert_ne!(encrypt("77754"), encrypt("77755"));
    }

    #[test]
    fn the_public_key_alone_will_do() {
        let certificate = Certificate::test();
        let alone = Certificate::from_pem(&certificate.public_key_pem()).unwrap();
        let key = PrivateKey::from_pem(TEST_KEY).unwrap();
        assert_eq!(key.decrypt(&alone.encrypt(&json!("x")).unwrap()).unwrap(), "x");
    }

    #[test]
    fn what_is_no_certificate_is_refused_and_what_is_not_encrypted_is_not_read() {
        for wrong in ["", "nonsense", REQUEST, TEST_KEY] {
            let error = Certificate::from_pem(wrong).unwrap_err().to_string();
            assert!(error.starts_with("expected a CERTIFICATE or a PUBLIC KEY"), "{error}");
            assert_eq!(error.lines().count(), 1, "{error}");
        }
        assert!(PrivateKey::from_pem(TEST_CERTIFICATE).is_err());
        let key = PrivateKey::from_pem(TEST_KEY).unwrap();
        for wrong in ["", "!", "AAAA", &STANDARD.encode([7; 256])] {
            assert_eq!(key.decrypt(wrong), None, "{wrong}");
        }
    }
}
