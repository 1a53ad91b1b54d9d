//! User metadata: the certificates that encrypt it, and a reader of what they have encrypted.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Control;
use crate::config::{CertificateSource, Fixtures, ServiceProvider};
use crate::control::ControlError;
use crate::user_metadata::{PrivateKey, test_key_pem};

/// The certificates of all service providers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CertificateList {
    /// In the order of the fixtures; those without a certificate are there, too.
    pub certificates: Vec<CertificateState>,
}

/// What a service provider's sensitive user metadata is encrypted with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CertificateState {
    /// The service provider.
    pub service_provider: String,
    /// Whether there is a certificate that can be used.
    pub usable: bool,
    /// The certificate, or the key alone, in PEM as it was configured.
    pub certificate: Option<String>,
    /// Its RSA key as a PEM `PUBLIC KEY`.
    pub public_key: Option<String>,
    /// The private key in PKCS #8 PEM, for the test certificate alone.
    pub private_key: Option<String>,
    /// What is encrypted, by MVPD; MVPDs of which nothing is are left out.
    pub encrypted: Vec<EncryptedAttributes>,
}

/// What is encrypted of one MVPD's user metadata.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EncryptedAttributes {
    /// The MVPD.
    pub mvpd: String,
    /// The attributes, of those that it passes on.
    pub attributes: Vec<String>,
}

/// Whether a certificate is to be good.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetCertificate {
    /// With false the certificate counts as missing: profile calls that have something to encrypt are
    /// answered 500 `invalid_configuration_user_metadata_certificate` until the next reset.
    pub usable: bool,
}

/// An encrypted value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Decrypt {
    /// The `value` of an attribute whose `state` is `enc`.
    pub value: String,
    /// The private key to read it with, in PKCS #8 PEM; the test certificate's when left out.
    #[serde(default)]
    pub private_key: Option<String>,
}

/// What was encrypted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Decrypted {
    /// The text itself, or the JSON of a list or a map.
    pub text: String,
}

impl Control<'_> {
    /// The certificates of all service providers.
    pub fn certificates(&self) -> CertificateList {
        let fixtures = self.app.fixtures.load();
        let providers = fixtures.service_providers.iter();
        CertificateList {
            certificates: providers.map(|provider| self.certificate(&fixtures, provider)).collect(),
        }
    }

    /// Makes one certificate count as missing, or not any more.
    pub fn set_certificate(
        &self,
        service_provider: &str,
        to: &SetCertificate,
    ) -> Result<CertificateState, ControlError> {
        let fixtures = self.app.fixtures.load();
        let provider = fixtures.service_provider(service_provider).ok_or_else(|| {
            let error = format!("{service_provider}: there is no such service provider");
            ControlError::not_found(error, "GET /user-metadata lists them")
        })?;
        if provider.user_metadata_certificate.is_none() {
            let error = format!("{service_provider}: has no certificate");
            let hint = "give it one in the fixtures: user_metadata_certificate";
            return Err(ControlError::conflict(error, hint));
        }
        self.app.domain.set_certificate_usable(service_provider, to.usable);
        Ok(self.certificate(&fixtures, provider))
    }

    /// Reads an encrypted value, as a programmer's own service would.
    pub fn decrypt_user_metadata(&self, what: &Decrypt) -> Result<Decrypted, ControlError> {
        let pem = what.private_key.as_deref().unwrap_or(test_key_pem());
        let key = PrivateKey::from_pem(pem).map_err(|error| {
            let hint = "give it in PKCS #8, unencrypted, or leave it out for the test certificate";
            ControlError::invalid(format!("private_key: {error}"), hint)
        })?;
        key.decrypt(&what.value).map(|text| Decrypted { text }).ok_or_else(|| {
            let hint = "give the value of an attribute whose state is enc, and the right key";
            ControlError::invalid("value: was not encrypted for this key", hint)
        })
    }

    fn certificate(&self, fixtures: &Fixtures, provider: &ServiceProvider) -> CertificateState {
        let certificate = fixtures.user_metadata_certificate(&provider.id);
        let is_test = provider.user_metadata_certificate == Some(CertificateSource::Test);
        CertificateState {
            service_provider: provider.id.to_string(),
            usable: certificate.is_some() && self.app.domain.is_certificate_usable(&provider.id),
            certificate: certificate.map(|certificate| certificate.pem().to_owned()),
            public_key: certificate.map(|certificate| certificate.public_key_pem()),
            private_key: is_test.then(|| test_key_pem().to_owned()),
            encrypted: encrypted(fixtures, provider),
        }
    }
}

fn encrypted(fixtures: &Fixtures, provider: &ServiceProvider) -> Vec<EncryptedAttributes> {
    let of_mvpd = |mvpd: &str| {
        let listed = fixtures.mvpd(mvpd)?.attributes.clone().unwrap_or_else(|| {
            let documented = crate::user_metadata::DOCUMENTED.iter();
            documented.map(|known| known.name.to_owned()).collect()
        });
        let disabled = &provider.integration(mvpd)?.user_metadata.disabled;
        let attributes: Vec<String> = listed
            .into_iter()
            .filter(|name| !disabled.contains(name) && fixtures.is_encrypted(provider, mvpd, name))
            .collect();
        let mvpd = mvpd.to_owned();
        (!attributes.is_empty()).then_some(EncryptedAttributes { mvpd, attributes })
    };
    let regular = |mvpd: &str| fixtures.mvpd(mvpd).is_some_and(|mvpd| !mvpd.is_temp_pass());
    let integrated = provider.integrations.iter().map(|integration| &*integration.mvpd);
    integrated.filter(|mvpd| regular(mvpd)).filter_map(of_mvpd).collect()
}
