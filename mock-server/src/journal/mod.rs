//! What happened, in order: every request with its answer as it was sent.

mod entry;
mod store;

pub use entry::{Actor, Entry, Facts, Outcome};
pub use store::{Capacity, Journal, Live, Subscription, WaitTimeout};
