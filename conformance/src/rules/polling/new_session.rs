//! POL-4: a new code for the old one.

use std::time::Duration;

use super::reached;
use crate::protocol::{Action, ClientEvent};
use crate::rules::documents::{APR_CHECKLIST, OCT_COOKBOOK};
use crate::rules::{Check, Clause, Findings, Phase, Rule, Violation};
use crate::trace::{Call, Context, Happening, Run, Session, Step, UserAction, View};
use crate::verdict::Edition;

/// How long a client may take to react.
const REACTION: Duration = Duration::from_secs(60);

pub(crate) static RULE: Rule = Rule {
    id: "POL-4",
    name: "new-session",
    phase: Phase::Polling,
    oct_2024: Some(Clause::must(OCT_COOKBOOK, "Step 4: Check for authenticated profiles")),
    apr_2025: Some(Clause::must(
        APR_CHECKLIST,
        "Mandatory Requirements, 3. Authentication Phase: Polling Mechanism Stopping",
    )),
    requires: "When a session ends while the viewer is still signing in, the client opens a new one (2025-04: or tells the viewer).",
    boundary: "When the deadline passed and `sign_in` is still open, 60 s bring a new session or, \
              in 2025-04, a message. A session that the server refuses to open was tried, and \
              that is enough here.",
    why: "The screen goes on showing a code that no longer works, and the viewer types it in vain.",
    remedy: "At the session's end open a new session and show its code, or tell the viewer to start again.",
    needs_events: true,
    capability: None,
    check: Check::ByEdition(check),
};

fn check(view: &View<'_>, edition: Edition, findings: &mut Findings) {
    if !view.context().can_judge(REACTION) {
        return;
    }
    for session in view.sessions() {
        if let Some(run) = view.run_of(session.exchange) {
            check_session(view, run, session, edition, findings);
        }
    }
}

/// The instants between which a reaction counts, in milliseconds since the epoch.
struct Window {
    opens: i64,
    closes: i64,
}

impl Window {
    fn new(context: &Context, deadline: i64) -> Self {
        let longest = REACTION + context.tolerance(REACTION);
        let longest = i64::try_from(longest.as_millis()).unwrap_or(i64::MAX);
        Self { opens: reached(context, deadline), closes: deadline.saturating_add(longest) }
    }

    /// The steps of a run that lie within.
    fn steps<'r, 't>(&self, run: &'r Run<'t>) -> &'r [Step<'t>] {
        let steps = run.steps.as_slice();
        let opens = steps.partition_point(|step| step.moment().at < self.opens);
        let closes = steps.partition_point(|step| step.moment().at <= self.closes);
        &steps[opens..closes]
    }
}

fn check_session<'t>(
    view: &View<'t>,
    run: &Run<'t>,
    session: &Session<'t>,
    edition: Edition,
    findings: &mut Findings,
) {
    let window = Window::new(view.context(), session.deadline(edition));
    let over_before = session.closed().is_some_and(|closed| closed.at < window.opens);
    let Some(sign_in) = sign_in_of(run, session).filter(|_| !over_before) else { return };
    let reacts = |step: &Step<'t>| step.moment() > session.created && is_reaction(*step, edition);
    if window.steps(run).iter().any(reacts) {
        findings.exercise();
        return;
    }
    // Whatever else ended it meanwhile leaves nothing to demand.
    let ended = [session.closed(), sign_in.done.map(|done| done.at), Some(run.end)];
    if ended.into_iter().flatten().any(|end| end.at <= window.closes) {
        return;
    }
    let expected = match edition {
        Edition::Oct2024 => "a new session",
        Edition::Apr2025 => "a new session or a message",
    };
    let mut violation = Violation::new(format!(
        "the session ended while the viewer was signing in, and 60 s later there was still no sign of {expected}"
    ))
    .exchange(session.exchange, "opened the session that ended");
    if let Some(last) = session.polls.last() {
        violation = violation.exchange(last.exchange, "the last poll for it");
    }
    findings.violate(violation.event(sign_in.event, "the sign-in that was still open"));
}

/// The sign-in that a session was opened for.
fn sign_in_of<'r, 't>(run: &'r Run<'t>, session: &Session<'t>) -> Option<&'r UserAction<'t>> {
    let signs_in =
        |action: &Action| matches!(action, Action::SignIn { .. } | Action::SwitchProvider { .. });
    let before = run.actions.partition_point(|action| action.begun < session.created);
    run.actions[..before].iter().rfind(|action| signs_in(action.action))
}

fn is_reaction(step: Step<'_>, edition: Edition) -> bool {
    match step {
        Step::Asked(exchange) => exchange.is(&[Call::CreateSession, Call::PartnerRequest]),
        Step::Happened(event) => {
            let message = matches!(event.what, Happening::Showed(ClientEvent::Message { .. }));
            edition == Edition::Apr2025 && message
        }
        Step::Answered(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::verdicts;
    use crate::trace::builder::TraceBuilder;
    use crate::verdict::Verdict::{Fail, NotApplicable, NotExercised, Pass};

    fn waiting() -> TraceBuilder {
        TraceBuilder::second_screen().launch().sign_in("Cablevision").session("Cablevision").poll()
    }

    #[test]
    fn a_new_session_keeps_it() {
        assert_eq!(
            verdicts(&RULE, &waiting().at(1801.0).session("Cablevision").build()),
            [Pass; 2]
        );
        let at_once = waiting().at(1800.0).session("Cablevision").build();
        assert_eq!(verdicts(&RULE, &at_once), [Pass; 2]);
        let at_the_last = waiting().at(1863.0).session("Cablevision").at(2000.0).build();
        assert_eq!(verdicts(&RULE, &at_the_last), [Pass; 2]);
        let refused = waiting().at(1801.0).ask(Call::CreateSession, |ask| ask.status(500));
        assert_eq!(verdicts(&RULE, &refused.at(2000.0).build()), [Pass; 2]);
    }

    #[test]
    fn silence_breaks_it() {
        assert_eq!(verdicts(&RULE, &waiting().at(1864.0).build()), [Fail; 2]);
        let too_late = waiting().at(1863.1).session("Cablevision").build();
        assert_eq!(verdicts(&RULE, &too_late), [Fail; 2]);
    }

    #[test]
    fn a_message_is_enough_since_2025() {
        let trace = waiting().at(1801.0).says("info", "Start again").at(1900.0).build();
        assert_eq!(verdicts(&RULE, &trace), [Fail, Pass]);
    }

    #[test]
    fn a_trace_that_ends_too_early_shows_nothing() {
        assert_eq!(verdicts(&RULE, &waiting().at(1862.0).build()), [NotExercised; 2]);
        assert_eq!(verdicts(&RULE, &waiting().build()), [NotExercised; 2]);
    }

    #[test]
    fn a_sign_in_that_is_over_demands_nothing() {
        let done = waiting().at(1810.0).done().at(1900.0).build();
        assert_eq!(verdicts(&RULE, &done), [NotExercised; 2]);
        let quit = waiting().at(1700.0).user(Action::Quit).at(1900.0).build();
        assert_eq!(verdicts(&RULE, &quit), [NotExercised; 2]);
        let gave_up = waiting().at(1820.0).happen(Happening::GaveUp).at(1900.0).build();
        assert_eq!(verdicts(&RULE, &gave_up), [NotExercised; 2]);
        let found = waiting().poll_finds("Cablevision").at(1900.0).build();
        assert_eq!(verdicts(&RULE, &found), [NotExercised; 2]);
        let early = waiting().at(1700.0).session("Cablevision").at(1900.0).build();
        assert_eq!(verdicts(&RULE, &early), [NotExercised; 2]);
    }

    #[test]
    fn a_capture_does_not_tell() {
        let trace = TraceBuilder::capture().session("Cablevision").at(1900.0).build();
        assert_eq!(verdicts(&RULE, &trace), [NotApplicable; 2]);
    }
}
