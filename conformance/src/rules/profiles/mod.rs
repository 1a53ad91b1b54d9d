//! Profiles.

pub(super) mod profile_kept;
pub(super) mod provider_remembered;
pub(super) mod several_profiles;
