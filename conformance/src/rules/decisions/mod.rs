//! Preauthorization and authorization.

pub(crate) mod authorize_every_play;
pub(crate) mod authorize_retry_bounded;
pub(crate) mod authorize_within_limit;
pub(crate) mod deny_explained;
pub(crate) mod deny_respected;
mod explained;
mod items;
mod limits;
pub(crate) mod locks_explained;
mod media_token;
pub(crate) mod permits_kept;
mod plays;
pub(crate) mod plays_through_expiry;
pub(crate) mod preauthorize_retry_bounded;
pub(crate) mod preauthorize_within_limit;
pub(crate) mod profile_before_decision;
mod retries;
pub(crate) mod retry_only_those;
pub(crate) mod token_verified;
