//! Logout.

mod addresses;
pub(crate) mod done_means_done;
pub(crate) mod interactive_finished;
pub(crate) mod logout_called;
pub(crate) mod only_on_request;
pub(crate) mod partner_guided;
pub(crate) mod profile_dropped;
