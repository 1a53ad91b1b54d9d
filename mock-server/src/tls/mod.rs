//! Which certificate the service shows, and who issued it.
//!
//! Keys are drawn from the operating system, never from the seed: a certificate authority that
//! somebody trusts must not be guessable.

mod authority;
mod error;
mod own;

use std::fmt;
use std::path::PathBuf;

use rustls::pki_types::{CertificateDer, PrivateKeyDer};

pub use authority::CA_FILE;
pub use error::TlsError;

/// Which certificate to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tls {
    /// One for this machine, issued at every start by a certificate authority of its own. That is
    /// made once and kept in a folder.
    Auto {
        /// The folder; made when it is not there.
        data_dir: PathBuf,
        /// Names and addresses to be called by, beside `localhost`, `127.0.0.1` and `::1`.
        names: Vec<String>,
    },
    /// The user's own.
    Own {
        /// A PEM file with the certificate, and with those that lead to its authority.
        certificate: PathBuf,
        /// A PEM file with its private key.
        key: PathBuf,
    },
}

/// A certificate that can be shown.
pub(crate) struct Identity {
    pub(crate) chain: Vec<CertificateDer<'static>>,
    pub(crate) key: PrivateKeyDer<'static>,
    pub(crate) authority: Option<Authority>,
}

/// A local certificate authority, for who is to trust it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authority {
    /// Its certificate as PEM.
    pub pem: String,
    /// The file that holds the certificate, and no key.
    pub file: PathBuf,
}

impl Tls {
    /// Reads or makes what is needed.
    pub(crate) fn open(&self) -> Result<Identity, TlsError> {
        match self {
            Self::Auto { data_dir, names } => authority::issue(data_dir, names),
            Self::Own { certificate, key } => own::read(certificate, key),
        }
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity").field("authority", &self.authority).finish_non_exhaustive()
    }
}
