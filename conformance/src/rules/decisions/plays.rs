//! What became of the user's wish to play something.

use crate::protocol::{Action, ClientEvent};
use crate::trace::{Call, Event, Exchange, Happening, Moment, Run, ToldDecision, UserAction};

/// Whether a decision is about a resource: by its id, or as an MRSS document that speaks of it.
pub(crate) fn is_about(decided: &str, resource: &str) -> bool {
    decided == resource || (decided.trim_start().starts_with('<') && decided.contains(resource))
}

/// The authorize decisions on a resource that a run heard between two moments, in order.
pub(crate) fn decisions<'r, 't>(
    run: &'r Run<'t>,
    resource: &'r str,
    from: Moment,
    to: Moment,
) -> impl Iterator<Item = (&'t Exchange, ToldDecision<'t>)> + 'r {
    let answered = run.between(from, to).iter().filter_map(|step| step.answered());
    answered
        .filter(|exchange| exchange.is(&[Call::Authorize]))
        .flat_map(|exchange| exchange.decided().map(move |told| (exchange, told)))
        .filter(move |(_, decision)| is_about(decision.resource, resource))
}

/// The plays that the user asked for in a run, with their resources.
pub(crate) fn asked<'r, 't>(
    run: &'r Run<'t>,
) -> impl Iterator<Item = (&'r UserAction<'t>, &'t str)> {
    run.actions.iter().filter_map(|action| Some((action, resource_of(action)?)))
}

/// The resource that the user asked to play.
pub(crate) fn resource_of<'t>(action: &UserAction<'t>) -> Option<&'t str> {
    if let Action::Play { resource } = action.action { Some(resource) } else { None }
}

/// The events of a play that say that playback started.
pub(crate) fn started<'r, 't>(
    run: &'r Run<'t>,
    action: &UserAction<'t>,
    resource: &'r str,
) -> impl Iterator<Item = &'t Event> + 'r {
    run.steps_of(action).iter().filter_map(|step| step.event()).filter(move |event| {
        matches!(&event.what, Happening::Showed(ClientEvent::Playing { resource: r }) if r == resource)
    })
}
