//! Why the program cannot do what it was asked.

use std::fmt;

use crate::exit_code;

/// Why the program cannot do what it was asked: one line, and the exit code that goes with it.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) exit_code: u8,
    message: String,
}

impl Failure {
    /// Wrong usage, or a file or command that cannot be used.
    pub(super) fn usage(message: impl fmt::Display) -> Self {
        Self { exit_code: exit_code::USAGE, message: message.to_string() }
    }

    /// The harness could not do its job.
    pub(super) fn harness(message: impl fmt::Display) -> Self {
        Self { exit_code: exit_code::HARNESS, message: message.to_string() }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // One line, whatever a message from elsewhere looks like.
        f.write_str(&self.message.lines().map(str::trim).collect::<Vec<_>>().join(" "))
    }
}
