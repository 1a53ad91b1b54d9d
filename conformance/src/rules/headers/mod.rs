//! Headers and parameters.

mod alike;
pub(crate) mod content_type;
pub(crate) mod device_identifier;
pub(crate) mod device_identifier_stable;
pub(crate) mod device_info;
pub(crate) mod documented_path;
pub(crate) mod encoded;
mod reference;
