//! The fixtures file while the server runs: read again when it changes, and on demand.
//!
//! A file that cannot be used changes nothing: the last good state stays, and what is wrong is told.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use crate::app::App;
use crate::config::{Fixtures, FixturesError};

/// How often it is looked at, in real time.
pub(crate) const INTERVAL: Duration = Duration::from_millis(250);

/// Tells whoever runs the server something, in a line.
pub type Notice = fn(&str);

/// The file that the fixtures come from.
#[derive(Debug)]
pub(crate) struct FixturesFile {
    path: PathBuf,
    /// Tells whoever runs the server what became of a change.
    notice: Notice,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// What the file looked like when it was read.
    read: Option<Look>,
    /// What it looked like at the latest glance.
    seen: Option<Look>,
    problem: Option<String>,
}

/// What tells that a file has changed, without reading it.
type Look = (SystemTime, u64);

/// Why the fixtures were not read again.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReloadError {
    /// They do not come from a file.
    #[error("the fixtures do not come from a file")]
    NoFile,
    /// The file cannot be used; the last good state stays.
    #[error(transparent)]
    Bad(#[from] FixturesError),
}

impl FixturesFile {
    pub(crate) fn new(path: PathBuf, notice: Notice) -> Self {
        let look = look(&path);
        let state = State { read: look, seen: look, problem: None };
        Self { path, notice, state: Mutex::new(state) }
    }

    /// The file, as it was named.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// What was wrong with it when it was read last.
    pub(crate) fn problem(&self) -> Option<String> {
        self.state().problem.clone()
    }

    /// Whether it has changed since it was read, and no longer does: an editor that is still writing
    /// is left alone until the next glance.
    fn has_settled_differently(&self) -> bool {
        let now = look(&self.path);
        let mut state = self.state();
        let settled = state.seen == now;
        state.seen = now;
        settled && now != state.read
    }

    fn read(&self) -> Result<Fixtures, FixturesError> {
        // Looked at first: what changes while it is read is read again.
        let before = look(&self.path);
        let fixtures = Fixtures::load(&self.path);
        let mut state = self.state();
        state.read = before;
        state.problem = fixtures.as_ref().err().map(FixturesError::to_string);
        fixtures
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl App {
    /// Reads the fixtures file again. Clients, sessions and profiles stay; limits of calling change
    /// only if the file's did.
    ///
    /// # Errors
    /// When there is no file, or it cannot be used: then nothing changes.
    pub fn reload_fixtures(&self) -> Result<(), ReloadError> {
        let file = self.fixtures_file.as_ref().ok_or(ReloadError::NoFile)?;
        let fixtures = file.read()?;
        let throttle = fixtures.throttle;
        let before = self.fixtures.swap(fixtures.into());
        if throttle != before.throttle {
            self.throttle.set(throttle);
        }
        Ok(())
    }

    /// Reads the fixtures file again if it has changed.
    pub(crate) fn follow_fixtures_file(&self) {
        let Some(file) = self.fixtures_file.as_ref().filter(|file| file.has_settled_differently())
        else {
            return;
        };
        match self.reload_fixtures() {
            Ok(()) => (file.notice)(&format!("{}: read again", file.path.display())),
            Err(error) => (file.notice)(&format!("{error}; the last good fixtures stay in force")),
        }
    }
}

fn look(path: &Path) -> Option<Look> {
    let metadata = fs::metadata(path).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}
