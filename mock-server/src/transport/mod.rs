//! Connections and their limits; the only user of hyper.

mod connection;
mod convert;
mod limits;
mod listener;
mod patience;

pub use limits::Limits;
pub(crate) use listener::{Listener, Phase, Service, Stop};
