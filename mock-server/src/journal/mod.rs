//! What happened, in order: every request with its answer as it was sent.

mod entry;
pub mod export;
mod filter;
mod glance;
pub mod har;
mod news;
mod record;
mod ring;
#[cfg(test)]
pub(crate) mod sample;
mod store;
mod summary;
mod watchers;

use std::sync;

pub use entry::{Actor, Entry, Facts, Outcome};
pub(crate) use filter::number;
pub use filter::{Filter, StatusFilter};
pub(crate) use glance::Glance;
pub use news::{LeftOut, News, Position};
pub(crate) use record::{Sent, Written};
pub use store::{Capacity, Journal, WaitTimeout};
pub use summary::Summary;
