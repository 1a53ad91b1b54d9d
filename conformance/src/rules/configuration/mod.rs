//! Configuration.

pub(super) mod configuration_kept;
pub(super) mod known_mvpd;
pub(super) mod only_when_picking;
