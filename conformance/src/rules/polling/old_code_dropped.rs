//! POL-6: a new code makes the old one void.

use std::time::Duration;

use super::went_on;
use crate::rules::documents::{APR_CHECKLIST, OCT_COOKBOOK};
use crate::rules::measure::{under_way, words};
use crate::rules::{Check, Clause, Findings, Phase, Rule, Violation};
use crate::trace::{Call, Exchange, Moment, Session, View};

pub(crate) static RULE: Rule = Rule {
    id: "POL-6",
    name: "old-code-dropped",
    phase: Phase::Polling,
    oct_2024: Some(Clause::should(OCT_COOKBOOK, "Step 4: Check for authenticated profiles")),
    apr_2025: Some(Clause::must(
        APR_CHECKLIST,
        "Mandatory Requirements, 3. Authentication Phase: Polling Mechanism Stopping",
    )),
    requires: "Once a new code was issued, the old one is no longer polled for.",
    boundary: "No poll for a code after a newer one was issued to the same client, device and \
              service provider. One that arrives within the tolerance is inconclusive: it may \
              have been under way.",
    why: "Two timers at once double the load until the throttle steps in, and the old one can only ever fail.",
    remedy: "Cancel the running polling timer before opening the new session.",
    needs_events: false,
    capability: None,
    check: Check::Alike(check),
};

fn check(view: &View<'_>, findings: &mut Findings) {
    for session in view.sessions() {
        if let Some(superseded) = session.superseded {
            check_session(view, session, superseded, findings);
        }
    }
}

fn check_session(
    view: &View<'_>,
    session: &Session<'_>,
    superseded: Moment,
    findings: &mut Findings,
) {
    if went_on(view, session, superseded) {
        findings.exercise();
    }
    let is_late =
        |poll: &&Exchange| poll.call == Some(Call::ProfileByCode) && poll.arrived > superseded;
    let late: Vec<_> = session.polls.iter().map(|poll| poll.exchange).filter(is_late).collect();
    let (Some(first), Some(last)) = (late.first(), late.last()) else { return };
    let after = last.arrived.since(superseded);
    let violation = Violation::new(format!(
        "polled for an old code {}, the last time {} after a newer one was issued",
        if late.len() == 1 { "once".into() } else { format!("{} times", late.len()) },
        words(after)
    ))
    .exchange(session.exchange, "opened the old session")
    .exchange(first, "polled for the old code");
    let grace = under_way(view.context());
    if grace > Duration::ZERO && after <= grace {
        findings.doubt(violation);
    } else {
        findings.violate(violation);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Action;
    use crate::rules::testing::{sentences, verdicts};
    use crate::trace::builder::TraceBuilder;
    use crate::verdict::Edition;
    use crate::verdict::Verdict::{Fail, Inconclusive, NotExercised, Pass, Warn};

    fn new_code() -> TraceBuilder {
        TraceBuilder::second_screen()
            .launch()
            .sign_in("Cablevision")
            .session("Cablevision")
            .poll()
            .after(15.0)
            .user(Action::RequestNewCode)
            .session("Cablevision")
    }

    fn old_poll(story: TraceBuilder) -> TraceBuilder {
        story.ask(Call::ProfileByCode, |ask| {
            ask.target("GET", "/api/v2/REF30/profiles/code/CODE001").status(400)
        })
    }

    #[test]
    fn polling_for_the_new_code_keeps_it() {
        let trace = new_code().poll().after(15.0).poll().build();
        assert_eq!(verdicts(&RULE, &trace), [Pass; 2]);
    }

    #[test]
    fn polling_for_the_old_code_breaks_it() {
        let trace = old_poll(new_code().after(15.0)).build();
        assert_eq!(verdicts(&RULE, &trace), [Warn, Fail]);
        assert_eq!(
            sentences(&RULE, &trace, Edition::Apr2025),
            ["polled for an old code once, the last time 15 s after a newer one was issued"]
        );
    }

    #[test]
    fn a_poll_already_under_way_is_doubtful_in_real_time() {
        let polled = |seconds| {
            let real = new_code().context(|context| context.exact_time = false);
            old_poll(real.after(seconds)).build()
        };
        assert_eq!(verdicts(&RULE, &polled(0.25)), [Inconclusive; 2]);
        assert_eq!(verdicts(&RULE, &polled(0.251)), [Warn, Fail]);
    }

    #[test]
    fn a_poll_before_the_new_code_came_is_in_order() {
        let trace = old_poll(TraceBuilder::second_screen().launch().session("Cablevision"))
            .after(15.0)
            .session("Cablevision")
            .after(15.0)
            .build();
        assert_eq!(verdicts(&RULE, &trace), [Pass; 2]);
    }

    #[test]
    fn another_device_has_its_own_codes() {
        let trace = TraceBuilder::second_screen()
            .launch()
            .session("Cablevision")
            .device(1)
            .launch()
            .session("Cablevision")
            .device(0)
            .after(15.0);
        assert_eq!(verdicts(&RULE, &old_poll(trace).build()), [NotExercised; 2]);
        assert_eq!(verdicts(&RULE, &new_code().build()), [NotExercised; 2]);
    }
}
