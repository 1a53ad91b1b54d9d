//! Throttling and errors.

pub(crate) mod no_401_loop;
pub(crate) mod no_blind_retry;
pub(crate) mod reauthenticates;
pub(crate) mod recovers;
pub(crate) mod reregisters;
pub(crate) mod server_errors_bounded;
pub(crate) mod survives;
pub(crate) mod wait_after_429;
pub(crate) mod within_limit;
