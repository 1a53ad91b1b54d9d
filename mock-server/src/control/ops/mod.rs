//! The operations, an area a file.

pub mod clients;
pub mod clock;
pub mod journal;
pub mod throttle;
pub mod whole;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::app::App;

/// Steers a running service: every operation of the control API as a method.
#[derive(Clone, Copy, Debug)]
pub struct Control<'a> {
    app: &'a App,
}

impl App {
    /// Steers this service.
    pub fn control(&self) -> Control<'_> {
        Control { app: self }
    }
}

/// It was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Done {
    /// How many things it was done to.
    pub done: usize,
}
