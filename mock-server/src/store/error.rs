//! Why a data folder cannot be used.

use std::io;
use std::path::{Path, PathBuf};

use super::FORMAT;

/// Why a data folder cannot be used. In no case has anything in it been changed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another server works with it.
    #[error(
        "{}: is in use by another pass-mock; end that one, or name another folder",
        folder.display()
    )]
    InUse {
        /// The folder.
        folder: PathBuf,
    },
    /// A later version of this program wrote it.
    #[error(
        "{}: was written by a newer pass-mock (format {found}, this one knows up to {FORMAT}); it \
         is left as it is: use that version, or name another folder",
        folder.display()
    )]
    Newer {
        /// The folder.
        folder: PathBuf,
        /// The format that it is in.
        found: u32,
    },
    /// What is in it makes no sense.
    #[error(
        "{}: is damaged ({problem}); it is left as it is: put a copy in its place, or move it away \
         to begin without it",
        file.display()
    )]
    Damaged {
        /// The file.
        file: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// The operating system refused something.
    #[error("{}: cannot be {what}: {cause}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What was tried.
        what: &'static str,
        /// Why it failed.
        cause: io::Error,
    },
}

impl StoreError {
    /// What makes this error of one of the operating system's.
    pub(super) fn io(path: &Path, what: &'static str) -> impl FnOnce(io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |cause| Self::Io { path, what, cause }
    }

    /// The error of a file whose content makes no sense.
    pub(super) fn damaged(file: &Path, problem: impl ToString) -> Self {
        Self::Damaged { file: file.to_owned(), problem: problem.to_string() }
    }

    /// The error that an operation on an open store failed with.
    pub(super) fn of(file: &Path, error: redb::Error) -> Self {
        match error {
            redb::Error::Io(cause) if cause.kind() == io::ErrorKind::UnexpectedEof => {
                Self::damaged(file, "it is shorter than it says")
            }
            redb::Error::Io(cause) if cause.kind() == io::ErrorKind::InvalidData => {
                Self::damaged(file, cause)
            }
            redb::Error::Io(cause) => Self::io(file, "read or written")(cause),
            redb::Error::DatabaseAlreadyOpen => {
                Self::InUse { folder: file.parent().unwrap_or(file).to_owned() }
            }
            other => Self::damaged(file, other),
        }
    }
}
