//! Judges clients of the Adobe Pass Authentication REST API V2 by the rules of its cookbook.

pub mod protocol;
