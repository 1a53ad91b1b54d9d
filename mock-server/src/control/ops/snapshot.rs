//! Keeping all state, and putting it back.

use super::{Control, Done};
use crate::control::ControlError;
use crate::snapshot::Snapshot;

impl Control<'_> {
    /// All state at this instant.
    pub fn snapshot(&self) -> Snapshot {
        self.app.snapshot()
    }

    /// Puts all state back as it was in a snapshot.
    pub fn restore(&self, snapshot: &Snapshot) -> Result<Done, ControlError> {
        self.app.restore(snapshot).map_err(|error| {
            ControlError::invalid(error.to_string(), "give back what GET /snapshot gave, as it is")
        })?;
        Ok(Done { done: 1 })
    }
}
