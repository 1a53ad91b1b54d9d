//! Tests over the wire, through public interfaces.

#![allow(clippy::unwrap_used, reason = "a test that fails may panic, in its helpers too")]

mod activate;
mod application;
mod browser;
mod chromium;
mod connections;
mod console;
mod console_timeline;
mod contract;
mod control;
mod control_journal;
mod control_state;
mod degradation;
mod device;
mod envelope;
mod errors;
mod expiry;
mod faults;
mod harness;
mod junk;
mod lasting;
mod lifecycle;
mod load;
mod mvpd;
mod pages;
mod partner;
mod profiles;
mod program;
mod recipes;
mod registration;
mod resources;
mod samples;
mod sso;
mod state;
mod states;
mod temp_pass;
mod tenants;
mod throttling;
mod tls;
mod user_metadata;
mod weather;
