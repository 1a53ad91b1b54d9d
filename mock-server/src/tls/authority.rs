//! A certificate authority that lives on this machine.
//!
//! Its certificate and key are made once and stand in one file, so that they always belong
//! together; who is to trust it gets a second file without the key.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{DateTime, Datelike as _};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use sha2::{Digest as _, Sha256};

use super::{Authority, Identity, TlsError};
use crate::clock::{Clock, Mode, Timestamp};

/// The file with the authority's certificate alone, for who is to trust it.
pub const CA_FILE: &str = "local-ca.pem";
/// The file with the authority's key and certificate.
const SECRET_FILE: &str = "local-ca.key.pem";

/// What a certificate for this machine is always good for.
const USUAL_NAMES: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

const DAY: Duration = Duration::from_secs(86_400);
/// How long the authority lasts.
const CA_LIFE: Duration = Duration::from_secs(10 * 366 * 86_400);
/// How long a certificate lasts: no longer than the strictest platforms accept.
const LEAF_LIFE: Duration = Duration::from_secs(397 * 86_400);

/// Issues a certificate for this machine, by an authority that is made when there is none.
pub(super) fn issue(data_dir: &Path, names: &[String]) -> Result<Identity, TlsError> {
    let now = Clock::new(Mode::Real).now();
    let (ca_key, ca_pem) = open_or_make(data_dir, now)?;
    let file = publish(data_dir, &ca_pem)?;
    let mut leaf = CertificateParams::new(all_names(names)?)?;
    leaf.distinguished_name.push(DnType::CommonName, "pass-mock");
    leaf.use_authority_key_identifier_extension = true;
    leaf.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    set_life(&mut leaf, now, LEAF_LIFE);
    let key = KeyPair::generate()?;
    let issuer = Issuer::new(authority(&ca_key, now), ca_key);
    let certificate = leaf.signed_by(&key, &issuer)?;
    let key = PrivateKeyDer::try_from(key.serialize_der())
        .map_err(|problem| TlsError::Other(problem.to_owned()))?;
    let ca = CertificateDer::from_pem_slice(ca_pem.as_bytes())
        .map_err(|error| TlsError::content(&data_dir.join(SECRET_FILE), error.to_string()))?;
    let chain = vec![certificate.der().clone(), ca];
    Ok(Identity { chain, key, authority: Some(Authority { pem: ca_pem, file }) })
}

/// The authority as it is made, and as it is made again from its key to issue with: everything about
/// it that counts for that follows from the key.
fn authority(key: &KeyPair, now: Timestamp) -> CertificateParams {
    let mut ca = CertificateParams::default();
    let digest = Sha256::digest(key.public_key_raw());
    let number: String = digest[..4].iter().map(|byte| format!("{byte:02X}")).collect();
    // Two authorities on two machines must not have one name.
    let name = format!("pass-mock local CA {number}");
    ca.distinguished_name.push(DnType::CommonName, name);
    ca.distinguished_name.push(DnType::OrganizationName, "pass-mock, for tests only");
    ca.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    ca.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    set_life(&mut ca, now, CA_LIFE);
    ca
}

/// From yesterday on, because clocks differ.
fn set_life(certificate: &mut CertificateParams, now: Timestamp, life: Duration) {
    let day = |at: Timestamp| {
        let date = DateTime::from_timestamp_millis(at.millis()).unwrap_or_default();
        let small = |number: u32| u8::try_from(number).unwrap_or(1);
        date_time_ymd(date.year(), small(date.month()), small(date.day()))
    };
    certificate.not_before = day(Timestamp(now.millis() - 86_400_000));
    certificate.not_after = day(now.after(life - DAY));
}

fn all_names(names: &[String]) -> Result<Vec<String>, TlsError> {
    let all: Vec<String> =
        USUAL_NAMES.into_iter().map(str::to_owned).chain(names.iter().cloned()).collect();
    let is_one = |name: &String| {
        let host = name.strip_prefix("*.").unwrap_or(name);
        let text = |c: char| c.is_ascii_alphanumeric() || "-.:_".contains(c);
        !host.is_empty() && host.chars().all(text)
    };
    match all.iter().find(|name| !is_one(name)) {
        Some(name) => Err(TlsError::Name { name: name.clone() }),
        None => Ok(all),
    }
}

/// The authority's key and certificate.
fn open_or_make(data_dir: &Path, now: Timestamp) -> Result<(KeyPair, String), TlsError> {
    let secret = data_dir.join(SECRET_FILE);
    match fs::read_to_string(&secret) {
        Ok(text) => parse(&secret, &text),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            make(data_dir, &secret, now)?;
            // Read back: another process may have been faster, and its authority counts.
            let text = fs::read_to_string(&secret);
            parse(&secret, &text.map_err(TlsError::file(&secret, "cannot be read"))?)
        }
        Err(error) => Err(TlsError::file(&secret, "cannot be read")(error)),
    }
}

fn parse(secret: &Path, text: &str) -> Result<(KeyPair, String), TlsError> {
    let bad = || {
        let problem = "holds no key and certificate of a local authority; remove the file to have \
                       a new one made";
        TlsError::content(secret, problem)
    };
    let key = PrivateKeyDer::from_pem_slice(text.as_bytes()).map_err(|_| bad())?;
    let key = KeyPair::try_from(key.secret_der()).map_err(|_| bad())?;
    let begin = text.find("-----BEGIN CERTIFICATE-----").ok_or_else(bad)?;
    CertificateDer::from_pem_slice(text.as_bytes()).map_err(|_| bad())?;
    Ok((key, text[begin..].to_owned()))
}

/// Makes an authority, unless there is one by then.
fn make(data_dir: &Path, secret: &Path, now: Timestamp) -> Result<(), TlsError> {
    make_folder(data_dir)?;
    let key = KeyPair::generate()?;
    let certificate = authority(&key, now).self_signed(&key)?;
    let text = format!("{}{}", key.serialize_pem(), certificate.pem());
    let draft = data_dir.join(format!("{SECRET_FILE}.{}", std::process::id()));
    write(&draft, &text, true)?;
    let placed = match fs::hard_link(&draft, secret) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        // Not every file system has links.
        Err(_) => fs::rename(&draft, secret),
        Ok(()) => Ok(()),
    };
    // Gone already where it was renamed.
    let _ = fs::remove_file(&draft);
    placed.map_err(TlsError::file(secret, "cannot be written"))
}

/// Writes the certificate alone where everybody may read it.
fn publish(data_dir: &Path, pem: &str) -> Result<PathBuf, TlsError> {
    let file = data_dir.join(CA_FILE);
    if fs::read_to_string(&file).is_ok_and(|known| known == pem) {
        return Ok(file);
    }
    write(&file, pem, false)?;
    Ok(file)
}

fn make_folder(folder: &Path) -> Result<(), TlsError> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(TlsError::file(folder, "cannot be made"))
}

fn write(path: &Path, text: &str, secret: bool) -> Result<(), TlsError> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, if secret { 0o600 } else { 0o644 });
    #[cfg(not(unix))]
    let _ = secret;
    let written = options.open(path).and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(TlsError::file(path, "cannot be written"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_authority_is_made_once_and_kept() {
        let folder = tempfile::tempdir().unwrap();
        let data_dir = folder.path().join("some/where");
        let names = ["mock.lan".to_owned(), "192.0.2.7".to_owned()];
        let first = issue(&data_dir, &[]).unwrap();
        let second = issue(&data_dir, &names).unwrap();
        let ca = first.authority.unwrap();
        assert_eq!(Some(&ca), second.authority.as_ref());
        assert_ne!(first.chain[0], second.chain[0], "a certificate is new at every start");
        assert_eq!(fs::read_to_string(&ca.file).unwrap(), ca.pem);
        assert!(!ca.pem.contains("PRIVATE"));
        let left: Vec<_> = fs::read_dir(&data_dir).unwrap().collect();
        assert_eq!(left.len(), 2);
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_may_read_the_key() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        issue(folder.path(), &[]).unwrap();
        let mode = fs::metadata(folder.path().join(SECRET_FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn what_cannot_be_used_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let error = |data_dir: &Path, names: &[String]| issue(data_dir, names).unwrap_err();
        let names = ["not a name".to_owned()];
        assert!(error(folder.path(), &names).to_string().starts_with("\"not a name\" is no host"));
        let secret = folder.path().join(SECRET_FILE);
        fs::write(&secret, "nonsense").unwrap();
        let said = error(folder.path(), &[]).to_string();
        assert!(said.starts_with(&*secret.to_string_lossy()) && said.contains("remove the file"));
        let said = error(&secret.join("below a file"), &[]).to_string();
        assert!(said.contains("cannot be"), "{said}");
    }
}
