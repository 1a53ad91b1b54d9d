//! Settings and fixtures.

use std::path::Path;

/// How the service behaves.
#[derive(Clone, Debug, Default)]
pub struct Settings {}

/// Whom and what the service knows.
#[derive(Clone, Debug, Default)]
pub struct Fixtures {}

/// A fixtures file that cannot be used: one line with file, line and what was expected.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{0}")]
pub struct FixturesError(pub String);

impl Fixtures {
    /// Reads a fixtures file.
    pub fn load(path: &Path) -> Result<Self, FixturesError> {
        let read = std::fs::read_to_string(path);
        read.map(|_| Self::default()).map_err(|e| FixturesError(format!("{}: {e}", path.display())))
    }

    /// The embedded fixtures as text.
    pub fn default_yaml() -> &'static str {
        ""
    }
}
