//! Why a capture cannot be used.

use std::fmt;
use std::path::{Path, PathBuf};

/// Why a capture cannot be used, and where that shows.
#[derive(Debug, thiserror::Error)]
pub struct CaptureError {
    /// The capture's file.
    pub file: PathBuf,
    /// The line in it, counted from 1, where that is known.
    pub line: Option<u64>,
    /// The entry of a HAR file, counted from 0 as in `log.entries[0]`, where it is about one.
    pub entry: Option<u64>,
    /// What was found and what was expected.
    pub message: String,
}

impl fmt::Display for CaptureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.file.display())?;
        if let Some(line) = self.line {
            write!(f, "{line}:")?;
        }
        if let Some(entry) = self.entry {
            write!(f, " log.entries[{entry}]:")?;
        }
        write!(f, " {}", self.message)
    }
}

impl CaptureError {
    pub(super) fn of(file: &Path, message: impl fmt::Display) -> Self {
        Self { file: file.to_owned(), line: None, entry: None, message: message.to_string() }
    }

    pub(super) fn at(self, place: Place) -> Self {
        Self { line: Some(place.line), entry: place.entry, ..self }
    }
}

/// Where something stands in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// Counted from 1.
    pub(super) line: u64,
    /// Counted from 0; none outside of entries.
    pub(super) entry: Option<u64>,
}
