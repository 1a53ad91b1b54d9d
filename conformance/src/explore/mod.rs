//! Exploration: stories that nobody wrote, drawn from a model of what may happen; and the shortest
//! one that still shows what was found.
//!
//! | file | what it is |
//! | --- | --- |
//! | `model` | draws a story: what may happen when, and how likely it is |
//! | `mishaps` | what may go wrong at the service |
//! | `finding` | what a story brought to light |
//! | `simpler` | all stories that are a little simpler than a given one |
//! | `shrink` | goes from a story that fails to the simplest one that still fails |
//! | `write` | a story as a scenario file |
//!
//! Everything that is drawn comes from one seed: the same client, number and seed give the same
//! stories. Story K of a seed is the same however many are asked for.

mod finding;
mod mishaps;
mod model;
mod shrink;
mod simpler;
mod write;

pub use finding::{Finding, What, findings};
pub use model::{name, stories};
pub use shrink::{Shrunk, shrink};
pub use write::yaml;
