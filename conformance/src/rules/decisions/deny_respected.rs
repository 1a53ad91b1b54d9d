//! AZN-2

use super::plays;
use crate::protocol::ClientEvent;
use crate::rules::documents::{APR_COOKBOOK, OCT_COOKBOOK};
use crate::rules::patience::{self, PATIENCE};
use crate::rules::{Check, Clause, Findings, Phase, Rule, Violation};
use crate::trace::{Exchange, Happening, Run, ToldDecision, UserAction, View};

pub(crate) static RULE: Rule = Rule {
    id: "AZN-2",
    name: "deny-respected",
    phase: Phase::Decisions,
    oct_2024: Some(Clause::must(OCT_COOKBOOK, "Step 6: Check for authorized resources")),
    apr_2025: Some(Clause::must(APR_COOKBOOK, "Step 6: Check for authorized resources")),
    requires: "After a deny nothing plays, and the user is told.",
    boundary: "When the last decision of a play was a deny, playback does not start, and a \
              refusal or a message comes. How a client speaks of a used-up trial is TMP-2's \
              business.",
    why: "Playing what was denied is unlicensed use; saying nothing leaves a viewer pressing Play on \
          a button that seems broken.",
    remedy: "Start playback only on authorized: true, and show a refusal otherwise.",
    needs_events: true,
    capability: None,
    check: Check::Alike(check),
};

fn check(view: &View<'_>, findings: &mut Findings) {
    for run in view.runs() {
        for (action, resource) in plays::asked(run) {
            let end = action.next.unwrap_or(run.end);
            let decisions: Vec<_> = plays::decisions(run, resource, action.begun, end).collect();
            check_play(view, run, action, resource, &decisions, findings);
        }
    }
}

fn check_play(
    view: &View<'_>,
    run: &Run<'_>,
    action: &UserAction<'_>,
    resource: &str,
    decisions: &[(&Exchange, ToldDecision<'_>)],
    findings: &mut Findings,
) {
    let at = |exchange: &Exchange| exchange.answered.unwrap_or(exchange.arrived);
    for started in plays::started(run, action, resource) {
        let before = decisions.iter().rfind(|(exchange, _)| at(exchange) < started.at);
        if let Some((exchange, _)) = before.filter(|(_, decision)| !decision.authorized) {
            let what = format!("played {resource:?} though it was denied");
            let violation = Violation::new(what).exchange(exchange, "denied");
            findings.violate(violation.event(started, format!("plays {resource:?}")));
            return;
        }
    }
    let Some((denied, decision)) = decisions.last() else { return };
    let is_trial = decision.error.is_some_and(|error| error.code.starts_with("temporary_access"));
    if decision.authorized || is_trial {
        return;
    }
    if user_was_told(run, action, denied) {
        findings.exercise();
    } else if let Some(due) = patience::due(view, run, action, at(denied), PATIENCE) {
        let what = format!("{resource:?} was denied and the user was told nothing");
        let waited = due.since(at(denied)).as_secs();
        let mut violation = Violation::new(what).exchange(denied, "denied");
        match action.done {
            Some(done) => violation = violation.event(done, "done, without a refusal or a message"),
            None => violation.what.push_str(&format!(" in {waited} s")),
        }
        findings.violate(violation);
    }
}

/// Whether a refusal or a message came after an answer, within the play.
fn user_was_told(run: &Run<'_>, action: &UserAction<'_>, denied: &Exchange) -> bool {
    let events = run.steps_of(action).iter().filter_map(|step| step.event());
    events.filter(|event| event.at > denied.arrived).any(|event| {
        matches!(
            event.what,
            Happening::Showed(ClientEvent::Refused { .. } | ClientEvent::Message { .. })
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Action;
    use crate::rules::testing;
    use crate::trace::Trace;
    use crate::trace::builder::TraceBuilder;
    use crate::verdict::Verdict::{self, Fail, NotApplicable, NotExercised, Pass};

    const DENIED: &str = "authorization_denied_by_mvpd";

    fn verdict(trace: &Trace) -> Verdict {
        let [oct, apr] = testing::verdicts(&RULE, trace);
        assert_eq!(oct, apr);
        oct
    }

    fn denied() -> TraceBuilder {
        TraceBuilder::new().launch().play("news").denied("Dish", "news", DENIED, "none")
    }

    fn refused() -> ClientEvent {
        ClientEvent::Refused { resource: "news".into(), message: None }
    }

    fn playing() -> ClientEvent {
        ClientEvent::Playing { resource: "news".into() }
    }

    #[test]
    fn a_refusal_or_a_message_passes() {
        assert_eq!(verdict(&denied().shows(refused()).done().build()), Pass);
        assert_eq!(verdict(&denied().says("info", "Not for you").done().build()), Pass);
    }

    #[test]
    fn playing_all_the_same_fails() {
        assert_eq!(verdict(&denied().shows(playing()).done().build()), Fail);
        assert_eq!(verdict(&denied().shows(refused()).shows(playing()).done().build()), Fail);
    }

    #[test]
    fn the_last_decision_counts() {
        let trace = denied().after(1.0).permitted("Dish", "news").shows(playing()).done();
        assert_eq!(verdict(&trace.build()), NotExercised);
        let trace = TraceBuilder::new().launch().play("news").permitted("Dish", "news");
        let trace = trace.denied("Dish", "news", DENIED, "none").shows(playing());
        assert_eq!(verdict(&trace.build()), Fail);
    }

    #[test]
    fn a_deny_of_something_else_is_no_matter() {
        let trace = TraceBuilder::new().launch().play("news").permitted("Dish", "news");
        let trace = trace.denied("Dish", "sports", DENIED, "none").shows(playing()).done();
        assert_eq!(verdict(&trace.build()), NotExercised);
    }

    #[test]
    fn silence_fails_when_done_or_after_half_a_minute() {
        assert_eq!(verdict(&denied().done().build()), Fail);
        assert_eq!(verdict(&denied().after(31.4).build()), NotExercised);
        assert_eq!(verdict(&denied().after(31.5).build()), Fail);
    }

    #[test]
    fn a_word_in_the_next_action_comes_too_late() {
        let trace = denied().after(40.0).user(Action::Stop).shows(refused()).done();
        assert_eq!(verdict(&trace.build()), Fail);
    }

    #[test]
    fn a_user_who_turns_elsewhere_at_once_proves_nothing() {
        let trace = denied().after(1.0).user(Action::Stop).shows(refused()).done();
        assert_eq!(verdict(&trace.build()), NotExercised);
    }

    #[test]
    fn a_used_up_trial_is_judged_elsewhere_unless_it_plays() {
        let code = "temporary_access_duration_limit_exceeded";
        let trial = TraceBuilder::new().launch().play("news");
        let trial = trial.denied("Trial", "news", code, "authentication");
        assert_eq!(verdict(&trial.clone().done().build()), NotExercised);
        assert_eq!(verdict(&trial.shows(playing()).build()), Fail);
    }

    #[test]
    fn no_deny_no_question() {
        let trace = TraceBuilder::new().launch().play("news").permitted("Dish", "news").done();
        assert_eq!(verdict(&trace.build()), NotExercised);
        assert_eq!(verdict(&TraceBuilder::capture().build()), NotApplicable);
    }
}
