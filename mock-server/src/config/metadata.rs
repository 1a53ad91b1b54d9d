//! User metadata of a service provider: its certificate, and what single integrations pass on.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use serde_json::Value;

use super::check::{Complaint, steps};
use super::yaml::Step;
use super::{Fixtures, Id, KeySource, User, nearest};
use crate::user_metadata::{Certificate, DOCUMENTED, documented};

/// Where the certificate for user metadata is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub enum CertificateSource {
    /// The test certificate, whose private key everybody has.
    Test,
    /// There is one that cannot be used: what has to be encrypted meets
    /// `invalid_configuration_user_metadata_certificate`.
    Invalid,
    /// In a PEM file (`CERTIFICATE` or `PUBLIC KEY`), its path relative to the fixtures file.
    File(PathBuf),
    /// Here, in PEM.
    Pem(String),
}

/// Which of what an MVPD tells about its users an integration passes on, and how.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct UserMetadata {
    /// The attributes that are encrypted. When absent: where the service provider has a certificate,
    /// those that the documents want encrypted (`zip`, `encryptedZip`), else none.
    pub encrypted: Option<Vec<String>>,
    /// The attributes that are not passed on, as before a legal agreement.
    pub disabled: Vec<String>,
}

/// Reads the certificates of all service providers. A path is relative to `folder`.
pub(super) fn read(fixtures: &mut Fixtures, folder: Option<&Path>) -> Option<Complaint> {
    let mut certificates = BTreeMap::new();
    for (index, provider) in fixtures.service_providers.iter().enumerate() {
        let Some(source) = &provider.user_metadata_certificate else { continue };
        match certificate(source, folder) {
            Ok(found) => certificates
                .extend(found.map(|certificate| (Id::clone(&provider.id), Arc::new(certificate)))),
            Err(message) => {
                let path = steps!["service_providers", index, "user_metadata_certificate"];
                return Some(Complaint { path, message });
            }
        }
    }
    fixtures.keys.certificates = certificates;
    None
}

fn certificate(
    source: &CertificateSource,
    folder: Option<&Path>,
) -> Result<Option<Certificate>, String> {
    let read = |pem: &str| Certificate::from_pem(pem).map(Some).map_err(|e| e.to_string());
    match source {
        CertificateSource::Test => Ok(Some(Certificate::test())),
        CertificateSource::Invalid => Ok(None),
        CertificateSource::File(path) => read(&KeySource::File(path.clone()).pem(folder)?),
        CertificateSource::Pem(pem) => read(pem),
    }
}

/// The first thing that is wrong with what is said about user metadata.
pub(super) fn complaint(fixtures: &Fixtures) -> Option<Complaint> {
    of_users(fixtures).or_else(|| of_mvpds(fixtures)).or_else(|| of_integrations(fixtures))
}

/// A documented attribute has a value of its documented kind.
fn of_users(fixtures: &Fixtures) -> Option<Complaint> {
    let wrong = |path: Vec<Step>, told: &BTreeMap<String, Value>| {
        let (name, kind) = told.iter().find_map(|(name, value)| {
            let kind = documented(name)?.kind;
            (!kind.is(value)).then_some((name, kind))
        })?;
        let message = format!("`{name}` is {}", kind.expected());
        Some(Complaint { path: [path, steps![name.as_str()]].concat(), message })
    };
    fixtures.users.iter().enumerate().find_map(|(i, user)| {
        let path = steps!["users", i];
        let below = |name: &str| [path.clone(), steps![name]].concat();
        wrong(below("attributes"), &user.attributes)
            .or_else(|| {
                let name = "attributes_after_authorization";
                wrong(below(name), &user.attributes_after_authorization)
            })
            .or_else(|| {
                user.attributes_by_mvpd.iter().find_map(|(mvpd, told)| {
                    wrong([below("attributes_by_mvpd"), steps![&**mvpd]].concat(), told)
                })
            })
    })
}

fn of_mvpds(fixtures: &Fixtures) -> Option<Complaint> {
    fixtures.mvpds.iter().enumerate().find_map(|(i, mvpd)| {
        let listed = mvpd.attributes.iter().flatten();
        unknown(fixtures, steps!["mvpds", i, "attributes"], listed).or_else(|| {
            let path = steps!["mvpds", i, "attributes_after_authorization"];
            let late = &mvpd.attributes_after_authorization;
            mandatory(&path, late, "known from the login on")
                .or_else(|| unknown(fixtures, path, late.iter()))
        })
    })
}

fn of_integrations(fixtures: &Fixtures) -> Option<Complaint> {
    fixtures.service_providers.iter().enumerate().find_map(|(i, provider)| {
        provider.integrations.iter().enumerate().find_map(|(j, integration)| {
            let path = steps!["service_providers", i, "integrations", j, "user_metadata"];
            let below = |name: &str| [path.clone(), steps![name]].concat();
            let metadata = &integration.user_metadata;
            mandatory(&below("disabled"), &metadata.disabled, "always passed on")
                .or_else(|| unknown(fixtures, below("disabled"), metadata.disabled.iter()))
                .or_else(|| {
                    let encrypted = metadata.encrypted.iter().flatten();
                    unknown(fixtures, below("encrypted"), encrypted)
                })
        })
    })
}

/// The one attribute that every profile has.
const MANDATORY: &str = "userID";

fn mandatory(path: &[Step], names: &[String], always: &str) -> Option<Complaint> {
    let index = names.iter().position(|name| name == MANDATORY)?;
    let path = [path.to_vec(), steps![index]].concat();
    Some(Complaint { path, message: format!("`{MANDATORY}` is {always}") })
}

/// A name that neither a document nor a user has is a mistyped one.
fn unknown<'a>(
    fixtures: &Fixtures,
    path: Vec<Step>,
    mut names: impl Iterator<Item = &'a String>,
) -> Option<Complaint> {
    let has = |user: &User, name: &str| {
        let by_mvpd = user.attributes_by_mvpd.values();
        let told = [&user.attributes, &user.attributes_after_authorization];
        told.into_iter().chain(by_mvpd).any(|told| told.contains_key(name))
    };
    let is_unknown = |name: &&String| {
        documented(name).is_none() && !fixtures.users.iter().any(|user| has(user, name))
    };
    let (index, name) = names.by_ref().enumerate().find(|(_, name)| is_unknown(name))?;
    let known = DOCUMENTED.iter().map(|known| known.name);
    let message = match nearest(name, known.clone()) {
        Some(meant) => format!("no user has the attribute `{name}`; did you mean `{meant}`?"),
        None => {
            let known: Vec<&str> = known.collect();
            format!("no user has the attribute `{name}`; documented are {}", known.join(", "))
        }
    };
    Some(Complaint { path: [path, steps![index]].concat(), message })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &str = "\
service_providers:
  - id: REF30
    name: Reference
    user_metadata_certificate: test
    integrations:
      - mvpd: Cablevision
        user_metadata: {encrypted: [zip], disabled: [language]}
mvpds:
  - id: Cablevision
    display_name: Cablevision
    attributes: [userID, zip, shoeSize]
    attributes_after_authorization: [zip]
packages:
  - {id: standard, permits: [REF30]}
users:
  - id: demo
    password: secret
    package: standard
    attributes: {zip: [\"77754\"], shoeSize: 42}
    attributes_after_authorization: {hba_status: \"true\"}
";

    fn error(from: &str, to: &str) -> String {
        let text = SMALL.replace(from, to);
        assert_ne!(text, SMALL, "{from}");
        Fixtures::from_yaml("own.yaml", &text).unwrap_err().to_string()
    }

    #[test]
    fn a_certificate_is_read_and_says_what_is_encrypted() {
        let fixtures = Fixtures::from_yaml("own.yaml", SMALL).unwrap();
        assert!(fixtures.user_metadata_certificate("REF30").is_some());
        let provider = fixtures.service_provider("REF30").unwrap();
        let encrypted = |name: &str, mvpd: &str| fixtures.is_encrypted(provider, mvpd, name);
        assert!(encrypted("zip", "Cablevision") && !encrypted("encryptedZip", "Cablevision"));
        assert!(encrypted("zip", "other") && encrypted("encryptedZip", "other"));
        assert!(!encrypted("userID", "other"));
        let without = SMALL.replace("    user_metadata_certificate: test\n", "");
        let fixtures = Fixtures::from_yaml("own.yaml", &without).unwrap();
        let provider = fixtures.service_provider("REF30").unwrap();
        assert!(fixtures.user_metadata_certificate("REF30").is_none());
        assert!(fixtures.is_encrypted(provider, "Cablevision", "zip"), "it is asked for");
        assert!(!fixtures.is_encrypted(provider, "other", "zip"));
    }

    #[test]
    fn a_certificate_that_is_none_is_refused_unless_it_is_to_be_invalid() {
        let invalid = SMALL.replace("certificate: test", "certificate: invalid");
        let fixtures = Fixtures::from_yaml("own.yaml", &invalid).unwrap();
        assert!(fixtures.user_metadata_certificate("REF30").is_none());
        let wrong = error("certificate: test", "certificate: {pem: nonsense}");
        assert!(wrong.starts_with("own.yaml:4:32: expected a CERTIFICATE"), "{wrong}");
        let gone = error("certificate: test", "certificate: {file: gone.crt}");
        assert!(gone.contains("gone.crt cannot be read"), "{gone}");
    }

    #[test]
    fn attributes_of_the_wrong_kind_or_name_are_named_with_their_place() {
        let cases = [
            ("zip: [\"77754\"]", "zip: 77754", "own.yaml:19:23: `zip` is a list of texts"),
            (
                "hba_status: \"true\"",
                "hba_status: true",
                "own.yaml:20:50: `hba_status` is \"true\"",
            ),
            (
                "[userID, zip,",
                "[userID, zipp,",
                "own.yaml:11:26: no user has the attribute `zipp`; did you mean `zip`?",
            ),
            (
                "authorization: [zip]",
                "authorization: [userID]",
                "own.yaml:12:38: `userID` is known from the login on",
            ),
            (
                "disabled: [language]",
                "disabled: [userID]",
                "own.yaml:7:54: `userID` is always passed on",
            ),
            (
                "encrypted: [zip]",
                "encrypted: [zap]",
                "own.yaml:7:37: no user has the attribute `zap`",
            ),
        ];
        for (from, to, expected) in cases {
            let found = error(from, to);
            assert!(found.starts_with(expected), "{found}\nexpected {expected}");
        }
    }
}
