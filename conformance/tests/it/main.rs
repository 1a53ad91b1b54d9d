//! The one integration binary: the program and the library as others use them.
#![allow(clippy::unwrap_used, reason = "these are tests")]

use std::sync::{Mutex, MutexGuard, PoisonError};

mod adapters;
mod attach;
mod attach_page;
mod captures;
#[path = "../../../mock-server/tests/it/chromium/mod.rs"]
mod chromium;
mod cli;
mod corpus;
mod coverage;
mod defects;
mod endings;
mod explore;
mod judge;
mod node;
mod python;
mod reference;
mod runner;
mod second_screen;
mod secrets;
mod tools;

/// Keeps the cores to one test at a time: what is measured in real time must not be disturbed by
/// what computes as fast as it can.
fn the_machine() -> MutexGuard<'static, ()> {
    static MACHINE: Mutex<()> = Mutex::new(());
    MACHINE.lock().unwrap_or_else(PoisonError::into_inner)
}
