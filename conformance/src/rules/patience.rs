//! How long a client is given before its silence counts.

use std::time::Duration;

use crate::trace::{Moment, Run, UserAction, View};

/// What a client is given to react to something when it never says that it is done.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// The moment by which a client must have reacted to something that came at `since`, during a user
/// action: its `done`, else the end of the action where that gave it at least `patience`. `None` where
/// the story broke off too early to tell: the user turned elsewhere, or the trace ends.
///
/// `done` is reliable: what the client did and told before it is stamped before it.
pub(crate) fn due(
    view: &View<'_>,
    run: &Run<'_>,
    action: &UserAction<'_>,
    since: Moment,
    patience: Duration,
) -> Option<Moment> {
    if let Some(done) = action.done.map(|done| done.at).filter(|&done| done > since) {
        return Some(done);
    }
    let context = view.context();
    let end = action.next.unwrap_or(run.end);
    let enough = patience + context.tolerance(patience);
    (context.can_judge(patience) && end.since(since) >= enough).then_some(end)
}
