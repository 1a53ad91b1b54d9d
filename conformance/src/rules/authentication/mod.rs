//! Authentication.

pub(super) mod authenticate_url;
pub(super) mod code_validated;
pub(super) mod direct_means_direct;
pub(super) mod profile_used;
pub(super) mod profiles_first;
pub(super) mod resume_finished;
pub(super) mod session_complete;
