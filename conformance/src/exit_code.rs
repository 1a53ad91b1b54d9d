//! What the process tells its caller. These numbers are an interface and never change.

use crate::report::Outcome;

/// The client conforms: something was judged, and no rule was violated in the gating edition.
pub const CONFORMS: u8 = 0;

/// A rule was violated in the gating edition (a *must*, or under `--strict` a *should*), or the
/// client crashed, hung, never called the service, or cannot do what every client must. Takes
/// precedence over [`HARNESS`]: a proven violation stays one when another scenario went wrong.
pub const VIOLATED: u8 = 1;

/// Wrong usage, or a file or command that cannot be used. Nothing was judged.
pub const USAGE: u8 = 2;

/// The harness could not do its job, or nothing was there to judge. Never blamed on the client.
pub const HARNESS: u8 = 3;

/// The exit code of an overall result.
pub const fn of(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::Conforms => CONFORMS,
        Outcome::Violated => VIOLATED,
        Outcome::HarnessError | Outcome::NothingExercised => HARNESS,
    }
}
