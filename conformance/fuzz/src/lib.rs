//! What is fuzzed: everything that reads what comes from outside.
//!
//! | target | what is read | what must hold |
//! | --- | --- | --- |
//! | [`http`] | raw bytes on a connection | no 5xx, no panic, the connection ends |
//! | [`header`] | one header of a call that is good otherwise | no 5xx, no panic |
//! | [`body`] | a body of a call that takes one | no 5xx, no panic |
//! | [`fixtures`] | a fixtures file | accepted, or refused with a place |
//! | [`scenario`] | a scenario file | accepted, or refused with a place; what is accepted can be written |
//! | [`adapter`] | the lines of the adapter protocol | what is accepted means the same when it is said again |
//! | [`capture`] | HAR files and journal exports, and the rules that judge them | no panic |
//!
//! A panic in any of them is a finding. The corpus is played by the ordinary tests, too.

mod files;
mod server;

pub use files::{adapter, capture, fixtures, scenario};
pub use server::{body, header, http};

/// A target by its name.
pub type Target = (&'static str, fn(&[u8]));

/// All of them.
pub const TARGETS: &[Target] = &[
    ("http", http),
    ("header", header),
    ("body", body),
    ("fixtures", fixtures),
    ("scenario", scenario),
    ("adapter", adapter),
    ("capture", capture),
];
