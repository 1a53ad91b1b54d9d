//! A certificate of the user's own.

use std::path::Path;

use rustls::pki_types::pem::{self, PemObject as _};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::{Identity, TlsError};

/// Reads a certificate with its chain, and its key.
pub(super) fn read(certificate: &Path, key: &Path) -> Result<Identity, TlsError> {
    let chain: Result<Vec<_>, _> =
        CertificateDer::pem_file_iter(certificate).and_then(Iterator::collect);
    let chain = chain.map_err(|error| explain(certificate, error, "certificate"))?;
    if chain.is_empty() {
        return Err(explain(certificate, pem::Error::NoItemsFound, "certificate"));
    }
    let key_der =
        PrivateKeyDer::from_pem_file(key).map_err(|error| explain(key, error, "private key"))?;
    let identity = Identity { chain, key: key_der, authority: None };
    crate::transport::Tls::new(&identity).map_err(|problem| TlsError::content(key, problem))?;
    Ok(identity)
}

fn explain(path: &Path, error: pem::Error, what: &str) -> TlsError {
    match error {
        pem::Error::Io(cause) => TlsError::file(path, "cannot be read")(cause),
        pem::Error::NoItemsFound => TlsError::content(path, format!("holds no {what} in PEM")),
        other => TlsError::content(path, format!("is no PEM file: {other}")),
    }
}
