//! Headers and parameters.

mod alike;
pub(crate) mod connection_told;
pub(crate) mod content_type;
pub(crate) mod device_identifier;
pub(crate) mod device_identifier_stable;
pub(crate) mod device_info;
pub(crate) mod device_info_content;
pub(crate) mod documented_only;
pub(crate) mod documented_path;
pub(crate) mod encoded;
pub(crate) mod forwarded_for;
mod reference;
mod servers;
