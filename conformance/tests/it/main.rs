//! The one integration binary: the program and the library as others use them.
#![allow(clippy::unwrap_used, reason = "these are tests")]

mod adapters;
mod cli;
mod defects;
mod endings;
mod python;
mod reference;
mod runner;
mod secrets;
