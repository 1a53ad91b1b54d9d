//! AZN-7

use super::{explained, plays};
use crate::protocol::ClientEvent;
use crate::rules::documents::APR_CHECKLIST;
use crate::rules::{Check, Clause, Findings, Phase, Rule, Violation};
use crate::trace::{Event, Exchange, Happening, Run, ToldError, UserAction, View};

pub(crate) static RULE: Rule = Rule {
    id: "AZN-7",
    name: "deny-explained",
    phase: Phase::Decisions,
    oct_2024: None,
    apr_2025: Some(Clause::should(
        APR_CHECKLIST,
        "Recommended Practices, 5. Authorization Phase: User Experience",
    )),
    requires: "A refusal says why, in the words of the MVPD or of Adobe.",
    boundary: "A refusal after a deny shows the error's `details` or `message`, in itself or in a \
              message beside it. A deny without a refusal is AZN-2's business.",
    why: "\"Something went wrong\" sends viewers to support, though the MVPD had sent the very sentence \
          that explains the refusal.",
    remedy: "Show details, or message where there are none, of the decision's error.",
    needs_events: true,
    capability: None,
    check: Check::Alike(check),
};

fn check(view: &View<'_>, findings: &mut Findings) {
    for run in view.runs() {
        for (action, resource) in plays::asked(run) {
            let end = action.next.unwrap_or(run.end);
            let last = plays::decisions(run, resource, action.begun, end).last();
            let denied = last.filter(|(_, decision)| !decision.authorized);
            if let Some((exchange, error)) = denied.and_then(|(e, d)| Some((e, d.error?))) {
                check_deny(run, action, exchange, error, findings);
            }
        }
    }
}

fn check_deny(
    run: &Run<'_>,
    action: &UserAction<'_>,
    exchange: &Exchange,
    error: ToldError<'_>,
    findings: &mut Findings,
) {
    let events = run.steps_of(action).iter().filter_map(|step| step.event());
    let shown: Vec<_> = events.filter_map(|event| Some((event, text(event)?))).collect();
    let is_refusal = |event: &Event| {
        matches!(event.what, Happening::Showed(ClientEvent::Refused { .. }))
            && event.at > exchange.arrived
    };
    let Some((refusal, words)) = shown.iter().find(|(event, _)| is_refusal(event)) else { return };
    let all: Vec<_> = shown.iter().map(|(_, text)| *text).collect();
    let Some(is_explained) = explained::by(error, &all.join("\n")) else { return };
    findings.exercise();
    if !is_explained {
        let said = error.details.or(error.message).unwrap_or_default();
        let violation = Violation::new("a refusal does not say why")
            .exchange(exchange, format!("said: {said}"))
            .event(refusal, format!("shows: {words:?}"));
        findings.violate(violation);
    }
}

/// What the user could read.
fn text(event: &Event) -> Option<&str> {
    match &event.what {
        Happening::Showed(ClientEvent::Refused { message, .. }) => {
            Some(message.as_deref().unwrap_or_default())
        }
        Happening::Showed(ClientEvent::Message { text, .. }) => text.as_deref(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing;
    use crate::trace::Trace;
    use crate::trace::builder::TraceBuilder;
    use crate::verdict::Verdict::{self, NotApplicable, NotExercised, Pass, Warn};

    fn verdict(trace: &Trace) -> Verdict {
        let [oct, apr] = testing::verdicts(&RULE, trace);
        assert_eq!(oct, NotApplicable);
        apr
    }

    /// The builder's deny has the message "No." and no details.
    fn denied() -> TraceBuilder {
        let code = "authorization_denied_by_mvpd";
        TraceBuilder::new().launch().play("news").denied("Dish", "news", code, "none")
    }

    fn refused(message: Option<&str>) -> ClientEvent {
        ClientEvent::Refused { resource: "news".into(), message: message.map(Into::into) }
    }

    #[test]
    fn the_words_of_the_answer_pass() {
        assert_eq!(verdict(&denied().shows(refused(Some("Sorry. No."))).build()), Pass);
        assert_eq!(verdict(&denied().shows(refused(None)).says("info", "No.").build()), Pass);
    }

    #[test]
    fn no_words_or_other_words_are_warned_of() {
        assert_eq!(verdict(&denied().shows(refused(None)).build()), Warn);
        assert_eq!(verdict(&denied().shows(refused(Some("Oops"))).build()), Warn);
    }

    #[test]
    fn without_a_refusal_it_is_not_exercised() {
        assert_eq!(verdict(&denied().build()), NotExercised);
        let refused = TraceBuilder::new().launch().play("news").shows(refused(None));
        assert_eq!(verdict(&refused.build()), NotExercised);
        assert_eq!(verdict(&TraceBuilder::capture().build()), NotApplicable);
    }
}
