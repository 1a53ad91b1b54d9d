//! Waiting for the viewer to sign in.

pub(super) mod deadline;
pub(super) mod endpoint;
pub(super) mod interval;
pub(super) mod new_session;
pub(super) mod old_code_dropped;
pub(super) mod start;
pub(super) mod stop_on_success;

use std::time::Duration;

use crate::trace::{Context, Happening, Moment, Session, Step, View};

/// The longest silence that is asked of a client before it counts as having stopped.
const SILENCE: Duration = Duration::from_secs(30);

/// Whether the user did something, or the browser told something, between two moments of a run.
fn disturbed(steps: &[Step<'_>]) -> bool {
    let disturbs =
        |what: &Happening| matches!(what, Happening::Did { .. } | Happening::Browser { .. });
    steps.iter().filter_map(|step| step.event()).any(|event| disturbs(&event.what))
}

/// Whether the run that a session belongs to went on long enough after a moment for its polling to
/// show, if it had gone on: as long as the client's own interval, 5 s where that is not known, and
/// no longer than [`SILENCE`].
fn went_on(view: &View<'_>, session: &Session<'_>, moment: Moment) -> bool {
    let Some(run) = view.run_of(session.exchange) else { return false };
    let own = own_interval(session).unwrap_or(Duration::from_secs(5));
    run.end.since(moment) >= own.min(SILENCE)
}

/// From when on a deadline counts as reached, in milliseconds since the epoch: a client that acts on
/// `notAfter` may be a little earlier than one that counts from the answer.
fn reached(context: &Context, deadline: i64) -> i64 {
    let early = context.tolerance(Duration::from_secs(60)).as_millis();
    deadline.saturating_sub(i64::try_from(early).unwrap_or(i64::MAX))
}

/// The longest pause between two polls of a session.
fn own_interval(session: &Session<'_>) -> Option<Duration> {
    let pauses = session.polls.windows(2).map(|pair| {
        let [one, other] = [pair[0], pair[1]].map(|poll| poll.exchange.arrived);
        other.since(one)
    });
    pauses.max()
}
