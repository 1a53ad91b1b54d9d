//! Why there is no certificate to show.

use std::io;
use std::path::{Path, PathBuf};

/// Why there is no certificate to show: one line that names the file.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file or folder cannot be read or written.
    #[error("{}: {doing}: {cause}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What was tried.
        doing: &'static str,
        /// What the system says.
        cause: io::Error,
    },
    /// A file does not hold what it should.
    #[error("{}: {problem}", path.display())]
    Content {
        /// Which.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// A name that no certificate can carry.
    #[error("{name:?} is no host name and no address that a certificate can carry")]
    Name {
        /// The name.
        name: String,
    },
    /// Something else that should not happen.
    #[error("the certificate cannot be made: {0}")]
    Other(String),
}

impl TlsError {
    pub(super) fn file(path: &Path, doing: &'static str) -> impl Fn(io::Error) -> Self {
        move |cause| Self::File { path: path.to_owned(), doing, cause }
    }

    pub(super) fn content(path: &Path, problem: impl Into<String>) -> Self {
        Self::Content { path: path.to_owned(), problem: problem.into() }
    }
}

impl From<rcgen::Error> for TlsError {
    fn from(error: rcgen::Error) -> Self {
        Self::Other(error.to_string())
    }
}
