//! Configuration.

pub(super) mod only_when_picking;
