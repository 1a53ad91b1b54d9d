//! Ways to drive a client.

mod host;
mod serve;

pub use host::ClientHost;
pub use serve::over_stdio;
