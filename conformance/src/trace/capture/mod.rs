//! A capture as a trace: HAR 1.2 files and journal exports of a mock server, read as a stream.
//!
//! `file → parts (cut) → exchanges, sorted out (found) → in order (order), by device (devices) → trace`
//!
//! | file | what it is |
//! | --- | --- |
//! | `stream` | a file read forward, a part at a time |
//! | `cut` | where the parts begin and end, and what a file is |
//! | `file` | one file, read by several threads |
//! | `har`, `journal` | what the formats look like |
//! | `lenient` | members that tools write in more than one way |
//! | `instant` | instants, likewise |
//! | `found` | one exchange, or why it is left out |
//! | `service` | which hosts and paths are the service's |
//! | `order` | places in the order of everything |
//! | `devices` | which device sent what |
//! | `assemble` | all of it together |
//!
//! No tree of a whole file is ever held, and nothing of what is left out. The exchanges themselves are
//! held, since rules look back and forth: about 1 KB each, because what occurs again is held once (see
//! [`Pool`](super::Pool)). What the recorder did not
//! see is not made up: the trace's context says what is [hidden](super::Hidden) from the rules.

mod assemble;
mod cut;
mod devices;
mod error;
mod file;
mod found;
mod har;
mod instant;
mod journal;
mod lenient;
mod order;
mod parameters;
mod service;
mod stream;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use super::Trace;
use crate::scenario::Capability;
pub use error::CaptureError;
pub use service::Base;

/// How captures are read.
#[derive(Clone, Debug)]
pub struct Reading {
    /// Where the service was called; without any, it is told by known hosts and by what its paths
    /// look like.
    pub bases: Vec<Base>,
    /// Whether a file that breaks off is judged up to there.
    pub allow_truncated: bool,
    /// Whether every file begins with a launch of the app, and is one run of it.
    pub from_launch: bool,
    /// Whether everything came from one device.
    pub one_device: bool,
    /// What the client is known to be able to do. Nothing is held to be out of its power because it
    /// is not named here, and one whose requests show that it is a web application is taken for one
    /// anyhow.
    pub capabilities: BTreeSet<Capability>,
    /// How many times faster than real time the capture's clock ran.
    pub speed: f64,
}

impl Default for Reading {
    fn default() -> Self {
        Self {
            bases: Vec::new(),
            allow_truncated: false,
            from_launch: false,
            one_device: false,
            capabilities: BTreeSet::new(),
            speed: 1.0,
        }
    }
}

/// A capture that was read.
#[derive(Clone, Debug)]
pub struct Capture {
    /// What the client did.
    pub trace: Trace,
    /// What was read and what was not.
    pub contents: Contents,
}

/// What a capture holds, what was left out of it, and why.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    /// What recorded each file.
    pub recorders: Vec<String>,
    /// SHA-256 of each file, in lower-case hexadecimal digits.
    pub sha256: Vec<String>,
    /// How many exchanges of the client are judged.
    pub judged: u64,
    /// How many devices they came from.
    pub devices: u64,
    /// How many requests of browsers to the service are kept as evidence.
    pub by_user_agent: u64,
    /// What was left out.
    pub left_out: Vec<LeftOut>,
    /// What was noticed that somebody should know, one sentence each.
    pub notes: Vec<String>,
    /// What it cannot show, one sentence each.
    pub cannot_show: Vec<String>,
}

/// Entries that were left out for one reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// How many.
    pub count: u64,
    /// Why.
    pub reason: String,
    /// The hosts that they went to, those with most entries first.
    pub hosts: Vec<String>,
}

impl Capture {
    /// Reads files that together are one capture.
    ///
    /// # Errors
    /// The first thing that keeps a file from being used, and where it is.
    pub fn read(files: &[PathBuf], reading: &Reading) -> Result<Self, CaptureError> {
        let (pool, mut read) = (Arc::default(), Vec::new());
        for path in files {
            read.push(file::read(path, &reading.bases, reading.allow_truncated, &pool)?);
        }
        drop(pool);
        Ok(assemble::assemble(read, reading))
    }
}
