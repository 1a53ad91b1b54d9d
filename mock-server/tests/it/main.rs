//! Tests over the wire, through public interfaces.

mod connections;
mod control;
mod envelope;
mod harness;
mod junk;
mod lifecycle;
mod program;
mod registration;
mod throttling;
