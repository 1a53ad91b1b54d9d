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
//! # Threads
//!
//! State is behind locks that are held for a moment, one at a time, and never across a wait; there is
//! no `unsafe`, so that nothing can be read half written. What is done by hand beside that, and why
//! it holds in whatever order threads come:
//!
//! - Numbers that are only counted up, each by one operation: the order of [`clock::Stamp`]s, the
//!   numbers of profiles, trials, rules and faults, the turns of the journal's and the draws. Nothing
//!   else is concluded from them.
//! - Somebody who waits for the journal or the clock registers, *then* looks; who changes something
//!   changes it, *then* wakes those who are registered. The journal skips waking while its count of
//!   waiting ones is zero (`journal::watchers`).
//! - Logins under way are counted by owner (`domain::sessions`): a poll that finds a count of zero came
//!   before the login did, and the next one finds it.
//! - What a connection is doing (`transport::patience`) are hints in single words, each true at some
//!   moment. Who acts upon a hint that is out of date ends a connection that was about to send: it
//!   may do so at any time, and clients of kept connections have to live with it.
//! - An answer waits for what it promised (`store::queue`): numbers are given out under a lock in the
//!   order of changes, a profile's number stands at its owner's place (`store::places`) before the lock
//!   of the profile is let go of, and the waiting itself is a `watch` channel's, which misses nothing.
//!
//! The three that conclude something from numbers beside a lock are tried in every order in which
//! threads may come: `any_order` has a model checker, loom, run their own files.
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
#[cfg(test)]
mod any_order;
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
#[doc(hidden)]
pub mod pieces;
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
