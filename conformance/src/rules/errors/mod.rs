//! Throttling and errors.

pub(crate) mod recovers;
pub(crate) mod wait_after_429;
