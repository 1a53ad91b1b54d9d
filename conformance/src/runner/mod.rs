//! Playing scenarios and judging what came of them.
//!
//! | file | what it is |
//! | --- | --- |
//! | `plan` | which scenarios are played, how fast, and which are left out |
//! | `probe` | asks the client who it is and what it can do |
//! | `canary` | proves that the client's timers run as fast as it is told |
//! | `workers` | plays several scenarios side by side, each on a thread of its own |
//! | `play` | one scenario: stage, story, trace, verdicts |
//! | `director` | tells the story: says what the user does, hears what the app shows |
//! | `audience` | who watches a story while it is told |
//! | `device` | what is known of one device while the story goes on |
//! | `own_device` | what is different where a device is there by itself |
//! | `jitter` | how late this machine is |

mod audience;
mod canary;
mod device;
mod director;
mod events;
mod jitter;
pub(crate) mod own_device;
mod plan;
mod play;
mod probe;
mod workers;

pub use audience::{Audience, House, Nobody, Scene, StepAt};
pub(crate) use director::app::name_of;
pub use events::{Cancel, Options, RunError, RunnerEvent};
pub use plan::{Plan, Planned};
pub use play::{play, play_in};
pub use workers::{introduce, replay, run, run_in};
