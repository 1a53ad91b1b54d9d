//! The viewer's side of a sign-in: a browser, and an application on a second device.
//!
//! What these send is marked as the harness's own and comes from another address than the client's,
//! so that it is never judged as the client's and never spends its allowance.

mod application;
mod browser;
mod cookies;
mod form;

pub use application::{Application, ApplicationError, Session, Settings};
pub use browser::{Browser, BrowserError, Credentials, Login, Visit};
