//! Rules that change answers on demand: errors, delays, broken connections, broken answers.
//!
//! A rule says which requests it means and what becomes of them. Of the rules that answer in the
//! service's place, or let it not answer at all, the newest that matches has its effect and no
//! other; rules that change the service's own answer have it all, in the order in which they were
//! added; and what rules delay adds up. Each rule counts for itself, and only what it really did.
//!
//! | module | what it is |
//! | --- | --- |
//! | `rule` | what a rule can say, as the control API and scenario files write it |
//! | `matching` | which requests it means; what is known of a request before it is answered |
//! | `check` | what a rule must not say |
//! | `store` | the rules in force, their counters, and what they come to for one request |
//! | `effect` | what they do to an answer |
//! | `decisions`, `tokens` | the same for single decisions, and for media tokens |

mod check;
mod decisions;
mod effect;
mod matching;
mod rule;
mod store;
mod tokens;

pub use check::InvalidRule;
pub(crate) use effect::Delivery;
pub(crate) use matching::Subject;
pub use matching::{Endpoints, Match};
pub use rule::{Answer, DecisionError, Effect, Error, FaultRule, SlowBody, Tampering, Truncated};
pub use rule::{UnknownValue, When};
pub(crate) use store::Plan;
pub use store::{ActiveFault, FaultSnapshot, Faults};
