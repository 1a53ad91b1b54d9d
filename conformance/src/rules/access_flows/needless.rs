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
    /// It is there, for this MVPD, until the client hears otherwise or this instant has come
    /// (milliseconds since the epoch).
    Lasting(&'t str, Option<i64>),
    /// It is not there, or no more.
    Gone,
    /// Nothing.
    Unsaid,
}

/// After an answer that gives access the user is not asked to sign in, within that user action: no
/// code, no page to sign in at, no offer, no picker. A picker that belongs to the user's own wish to
/// sign in is fine, and may be noted a little late. Where access lasts, the same goes for what the user
/// does next in that run, except to sign in or out.
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
    let mut given: Option<Given<'_>> = None;
    let mut pickers = 0;
    for step in &run.steps {
        match step {
            Step::Happened(event) if event.what.is_user_action() => {
                given = given.filter(|given| given.lasts_through(event));
                pickers = 0;
            }
            Step::Happened(event) => {
                pickers += usize::from(is_picker(event));
                let Some(Given { exchange, mvpd, .. }) = given.filter(|given| given.is_at(event))
                else {
                    continue;
                };
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
                    given = Some(Given { exchange, mvpd, lasts: false, until: None });
                }
                Access::Lasting(mvpd, until) => {
                    findings.exercise();
                    given = Some(Given { exchange, mvpd, lasts: true, until });
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

/// Access that an answer told of.
#[derive(Clone, Copy)]
struct Given<'t> {
    exchange: &'t Exchange,
    mvpd: &'t str,
    lasts: bool,
    until: Option<i64>,
}

impl Given<'_> {
    /// Whether it is still there when the user does something else.
    fn lasts_through(&self, event: &Event) -> bool {
        let Happening::Did { action, .. } = &event.what else { return true };
        let begins_anew = matches!(
            action,
            Action::SignIn { .. }
                | Action::SwitchProvider { .. }
                | Action::RequestNewCode
                | Action::SignOut
                | Action::Quit
        );
        self.lasts && !begins_anew
    }

    fn is_at(&self, event: &Event) -> bool {
        self.until.is_none_or(|until| event.at.at < until)
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
