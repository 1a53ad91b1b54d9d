//! What happened, in order: every request with its answer as it was sent.

mod entry;

pub use entry::{Actor, Entry, Facts, Outcome};
