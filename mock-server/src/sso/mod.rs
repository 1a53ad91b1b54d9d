//! The material of single sign-on: what identity services, platforms and partners hand to
//! applications, made for tests and read by the service.
//!
//! | module | what it is |
//! | --- | --- |
//! | `jws` | `AD-Service-Token`, `Adobe-Subject-Token`, `X-Roku-Reserved-Roku-Connect-Token` |
//! | `status` | `AP-Partner-Framework-Status` |
//! | `saml` | what is sent to a partner's framework and what comes back |

mod jws;
mod saml;
mod status;

pub use jws::{read_service_token, read_subject_token, service_token, subject_token};
pub use saml::{ATTRIBUTES, SamlResponse, saml_request, saml_response};
pub use status::{Access, Expiration, PartnerStatus, partner_framework_status};
