//! Logout.

mod addresses;
pub(crate) mod interactive_finished;
pub(crate) mod logout_called;
pub(crate) mod profile_dropped;
