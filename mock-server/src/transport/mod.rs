//! Connections and their limits; the only user of hyper.

mod connection;
mod convert;
mod limits;
mod listener;
mod opening;
mod patience;
mod room;
mod tls;

pub use limits::Limits;
pub use listener::Handed;
pub(crate) use listener::{Listener, Phase, Service, Stop};
pub(crate) use room::Room;
pub(crate) use tls::Tls;
