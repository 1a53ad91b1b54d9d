//! Who may call how often.
//!
//! Per device, which is an address. The documented limit is one request a second and ten more once,
//! on the first interaction; the arithmetic that reproduces the documented example is [`Bucket`].

mod bucket;
mod device;
mod settings;
mod table;

use std::time::Duration;

pub use bucket::Bucket;
pub use device::Device;
pub use settings::{Refill, ThrottleSettings};
pub use table::Throttle;

/// A device unseen for this long is forgotten: its next call is a first interaction again.
pub const FORGOTTEN_AFTER: Duration = Duration::from_secs(15 * 60);
