//! Owned requests and responses, and the parsing that every endpoint shares.
//!
//! Nothing in here knows hyper: `transport` converts at the edge.

pub(crate) mod date;
mod eventually;
mod reply;
mod request;
mod response;

pub use eventually::Eventually;
pub use reply::{Reply, Stream};
pub use request::{Form, Request};
pub use response::Response;
