//! A stand-in for the Adobe Pass Authentication REST API V2.
//!
//! # A request's way
//!
//! `transport → pipeline → { cors, throttle, faults, router → api | mvpd, journal }`, and for the
//! control port `transport → control`. All of them share one [`App`].
//!
//! | module | what it is | what it must never know |
//! | --- | --- | --- |
//! | [`clock`], [`ids`] | the only sources of time and randomness | anything else |
//! | `secret` | comparing secrets in a time that tells nothing about them | whose they are |
//! | [`config`] | settings and fixtures, with errors that name file and line | state |
//! | `fixtures_file` | the fixtures read again while the server runs | what they say |
//! | [`domain`] | clients, tokens, sessions, profiles, decisions | HTTP |
//! | [`mod@http`] | owned requests and answers, and what every endpoint reads from them | hyper |
//! | [`activate`] | the second screen: a web application that calls the service as any other would | state, other than its own |
//! | [`api`] | one file per endpoint family: HTTP to domain and back | hyper, sockets |
//! | [`mvpd`], [`pages`] | the simulated provider; what web pages share | the control API |
//! | [`sso`] | what identity services, platforms and partners hand out, made and read | state |
//! | [`user_metadata`] | what MVPDs tell about users: the documented keys, and their encryption | state |
//! | [`control`] | the control API on its own listener | the public port |
//! | `console` | the control API for a person, on the same listener | what no script could do |
//! | [`router`] | method and path to call; `near_miss` explains what matched none | state |
//! | [`throttle`] | who may call how often; time is an argument | requests |
//! | [`faults`] | rules that change answers on demand | how an endpoint works |
//! | [`journal`] | what happened, bounded in memory, in order of arrival | what it means |
//! | [`pipeline`] | a request's life on one screen; the only writer of the journal | endpoints' semantics |
//! | [`tls`] | certificates and who issued them | connections |
//! | [`store`] | state that outlives the program | what it means |
//! | `transport` | connections and limits; the only user of hyper | semantics |
//! | [`snapshot`] | all state as one document, and back | what it means |
//! | [`web`] | a site of somebody else's on the same transport | what it serves |
//! | [`server`] | putting it together: `MockServer::builder()…start()` | semantics |
//! | [`cli`] | the command line | what a request is |
//!
//! # Embedding
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), pass_mock::StartError> {
//! let server = pass_mock::MockServer::builder().seed(7).start().await?;
//! let app_under_test = server.base_url();
//! assert!(app_under_test.starts_with("http://127.0.0.1:"));
//! assert!(server.journal().is_empty(), "nobody has called yet");
//! server.shutdown().await;
//! # Ok(())
//! # }
//! ```

pub mod activate;
pub mod api;
pub mod app;
pub mod cli;
pub mod clock;
pub mod config;
mod console;
pub mod control;
mod cors;
pub mod domain;
pub mod faults;
mod fixtures_file;
pub mod http;
pub mod ids;
pub mod journal;
pub mod ledger;
pub mod mvpd;
mod near_miss;
pub mod pages;
pub mod pipeline;
pub mod router;
mod secret;
pub mod server;
pub mod snapshot;
pub mod sso;
pub mod store;
pub mod throttle;
pub mod tls;
pub mod tokens;
mod transport;
pub mod user_metadata;
pub mod web;

pub use app::App;
pub use fixtures_file::{Notice, ReloadError};
pub use server::{Builder, MockServer, StartError};
pub use tls::Tls;
