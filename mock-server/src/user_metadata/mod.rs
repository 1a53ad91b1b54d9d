//! User metadata: which there is by Adobe's documentation, and how some of it is encrypted.
//!
//! What an MVPD tells about a user is an entry of a profile's `attributes`: a `value`, and a `state`
//! that is `plain` or, where the service provider's certificate encrypts it, `enc`.

mod catalogue;
mod certificate;

pub use catalogue::{DOCUMENTED, Documented, Kind, documented};
pub use certificate::{Certificate, CertificateError, PrivateKey, test_key_pem};
