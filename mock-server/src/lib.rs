//! A stand-in for the Adobe Pass Authentication REST API V2.
//!
//! # A request's way
//!
//! `transport → pipeline → { throttle, faults, router → api | mvpd | control, journal }`
//!
//! | module | what it is | what it must never know |
//! | --- | --- | --- |
//! | [`clock`], [`ids`] | the only sources of time and randomness | anything else |
//! | [`config`] | settings and fixtures, with errors that name file and line | state |
//! | [`domain`] | clients, tokens, sessions, profiles, decisions | HTTP |
//! | [`api`] | one file per endpoint family: HTTP to domain and back | hyper, sockets |
//! | [`mvpd`], [`pages`] | the simulated provider; what web pages share | the control API |
//! | [`control`] | the control API on its own listener | the public port |
//! | [`pipeline`] | a request's life on one screen; the only writer of the journal | endpoints' semantics |
//! | `transport` | connections and limits; the only user of hyper | semantics |
//! | [`server`] | putting it together: `MockServer::builder()…start()` | semantics |

pub mod api;
pub mod app;
pub mod cli;
pub mod clock;
pub mod config;
pub mod control;
mod cors;
pub mod domain;
pub mod http;
pub mod ids;
pub mod journal;
pub mod mvpd;
mod near_miss;
pub mod pages;
pub mod pipeline;
pub mod router;
pub mod server;
pub mod throttle;
pub mod tokens;
mod transport;

pub use app::App;
pub use server::{Builder, MockServer, StartError};
