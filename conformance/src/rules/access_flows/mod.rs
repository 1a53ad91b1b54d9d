//! TempPass, degradation, single sign-on.

pub(crate) mod degraded_goes_on;
pub(crate) mod exceeded_leads_to_sign_in;
pub(crate) mod identity_sent;
mod needless;
pub(crate) mod partner_fallback;
pub(crate) mod partner_profile_once;
pub(crate) mod partner_status_sent;
pub(crate) mod sso_profile_used;
pub(crate) mod subject_on_every_call;
