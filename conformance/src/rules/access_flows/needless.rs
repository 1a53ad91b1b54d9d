//! DEG-1 and SSO-2: who has access already is not asked to sign in.

use crate::protocol::{Action, ClientEvent};
use crate::rules::measure;
use crate::rules::{Findings, Violation};
use crate::trace::{Call, Context, Event, Exchange, Happening, Run, Step, UserAction, View};

/// What an answer says about access without a sign-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access<'t> {
    /// It is there, for this MVPD.
    Given(&'t str),
    /// It is not there, or no more.
    Gone,
    /// Nothing.
    Unsaid,
}

/// After an answer that gives access the user is not asked to sign in, within that user action: no
/// code, no page to sign in at, no offer, no picker. A picker that belongs to the user's own wish to
/// sign in is fine, and may be noted a little late.
pub(super) fn check(
    view: &View<'_>,
    given_by: &str,
    read: for<'t> fn(&'t Exchange) -> Access<'t>,
    findings: &mut Findings,
) {
    for run in view.runs() {
        check_run(view.context(), run, given_by, read, findings);
    }
}

fn check_run(
    context: &Context,
    run: &Run<'_>,
    given_by: &str,
    read: for<'t> fn(&'t Exchange) -> Access<'t>,
    findings: &mut Findings,
) {
    let mut given: Option<(&Exchange, &str)> = None;
    let mut pickers = 0;
    for step in &run.steps {
        match step {
            Step::Happened(event) if event.what.is_user_action() => {
                given = None;
                pickers = 0;
            }
            Step::Happened(event) => {
                pickers += usize::from(is_picker(event));
                let Some((exchange, mvpd)) = given else { continue };
                let action = run.action_at(event.at);
                if asks(context, event, exchange, action, pickers) && !wants_another(action, mvpd) {
                    given = None;
                    let what = format!("asked the user to sign in though {given_by} gave access");
                    let violation = Violation::new(what)
                        .exchange(exchange, format!("gives access with {mvpd}"))
                        .event(event, describe(event));
                    findings.violate(violation);
                }
            }
            Step::Answered(exchange) => match read(exchange) {
                Access::Given(mvpd) => {
                    findings.exercise();
                    given = Some((exchange, mvpd));
                }
                Access::Gone => given = None,
                Access::Unsaid => {
                    let ended = exchange.is(&[Call::Logout]) || exchange.demands("authentication");
                    given = given.filter(|_| !ended);
                }
            },
            Step::Asked(_) => {}
        }
    }
}

fn asks(
    context: &Context,
    event: &Event,
    given: &Exchange,
    action: Option<&UserAction<'_>>,
    pickers: usize,
) -> bool {
    let Happening::Showed(shown) = &event.what else { return false };
    match shown {
        ClientEvent::CodeShown { .. } => true,
        ClientEvent::OpenUrl { url } | ClientEvent::UrlShown { url } => {
            url.contains("/authenticate/")
        }
        ClientEvent::Message { kind, .. } => kind.as_deref() == Some("sign_in_offered"),
        ClientEvent::PickerShown { .. } => {
            let wished = action.is_some_and(|action| action.asks_to_sign_in());
            let told = given.answered.unwrap_or(given.arrived);
            let late = event.at.since(told) > measure::under_way(context);
            pickers > 1 || (!wished && (context.exact_time || late))
        }
        _ => false,
    }
}

/// Whether the user asked for another provider than the one that gives access.
fn wants_another(action: Option<&UserAction<'_>>, mvpd: &str) -> bool {
    match action.map(|action| action.action) {
        Some(Action::SwitchProvider { .. }) => true,
        Some(Action::SignIn { mvpd: Some(wanted) }) => wanted != mvpd,
        _ => false,
    }
}

fn is_picker(event: &Event) -> bool {
    matches!(event.what, Happening::Showed(ClientEvent::PickerShown { .. }))
}

fn describe(event: &Event) -> &'static str {
    match &event.what {
        Happening::Showed(ClientEvent::CodeShown { .. }) => "shows a code",
        Happening::Showed(ClientEvent::PickerShown { .. }) => "shows the picker",
        Happening::Showed(ClientEvent::Message { .. }) => "offers to sign in",
        _ => "leads to a page to sign in at",
    }
}
