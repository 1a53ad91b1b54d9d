//! What people and programs read about a run.
//!
//! `RunOutcome → summary → Report → terminal, json, junit, …`. The [`Report`] is redacted data; renderers
//! are pure functions from it to text. A renderer must never look into a trace: what it needs is
//! in the report.

mod captures;
mod describe;
pub mod github;
pub mod html;
pub mod json;
pub mod junit;
pub mod markdown;
mod model;
mod phases;
pub mod sarif;
mod sources;
mod summary;
pub mod terminal;
#[cfg(test)]
pub(crate) mod testing;
mod timeline;
mod violations;

pub use model::*;
pub use summary::summarise;
