//! Preauthorization and authorization.

pub(crate) mod authorize_every_play;
pub(crate) mod deny_respected;
mod plays;
pub(crate) mod profile_before_decision;
