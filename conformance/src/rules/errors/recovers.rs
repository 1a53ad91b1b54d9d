//! THR-2

use std::time::Duration;

use crate::protocol::ClientEvent;
use crate::rules::documents::{APR_CHECKLIST, THROTTLING};
use crate::rules::patience;
use crate::rules::{Check, Clause, Findings, Phase, Rule, Violation};
use crate::trace::{Call, Event, Exchange, Happening, Run, Step, Trouble, View};

pub(crate) static RULE: Rule = Rule {
    id: "THR-2",
    name: "recovers",
    phase: Phase::Errors,
    oct_2024: Some(Clause::should(THROTTLING, "API response changes and response")),
    apr_2025: Some(Clause::must(
        APR_CHECKLIST,
        "Mandatory Requirements, 8. Error Handling: HTTP Error Handling Support",
    )),
    requires: "Once throttling is over, the client completes the step that a 429 interrupted, or tells \
               the user that it could not.",
    boundary: "A step that was answered 429 is completed later in the run, or the user is told \
              something.",
    why: "A 429 that is taken for a final answer leaves the viewer before a dead screen, though the \
          next try would have worked.",
    remedy: "Treat 429 as a pause: wait, then repeat the same call; if it is given up, say so.",
    needs_events: true,
    capability: None,
    check: Check::Alike(check),
};

/// How long a client may back off before its silence counts, when it never says that it is done.
const BACK_OFF: Duration = Duration::from_secs(60);

fn check(view: &View<'_>, findings: &mut Findings) {
    for run in view.runs().filter(|run| run.meets(Trouble::Throttled)) {
        check_run(view, run, findings);
    }
}

/// A step that was refused and not yet completed.
#[derive(Debug)]
struct Open<'t> {
    refused: &'t Exchange,
    user_was_told: bool,
}

fn check_run(view: &View<'_>, run: &Run<'_>, findings: &mut Findings) {
    let mut open: Vec<Open<'_>> = Vec::new();
    for step in &run.steps {
        match step {
            Step::Answered(exchange) if exchange.throttled() => {
                match open.iter_mut().find(|open| is_same_step(exchange, open.refused)) {
                    Some(open) => open.refused = exchange,
                    None => open.push(Open { refused: exchange, user_was_told: false }),
                }
            }
            Step::Answered(exchange) => {
                let before = open.len();
                open.retain(|open| !completes(exchange, open.refused));
                (open.len()..before).for_each(|_| findings.exercise());
            }
            Step::Happened(event) if tells_the_user(event) => {
                open.iter_mut().for_each(|open| open.user_was_told = true);
            }
            _ => {}
        }
    }
    for open in open {
        if open.user_was_told {
            findings.exercise();
        } else {
            check_open(view, run, open.refused, findings);
        }
    }
}

fn check_open(view: &View<'_>, run: &Run<'_>, refused: &Exchange, findings: &mut Findings) {
    let told = refused.answered.unwrap_or(refused.arrived);
    let Some(action) = run.action_at(refused.arrived) else { return };
    if let Some(due) = patience::due(view, run, action, told, BACK_OFF) {
        let what = format!(
            "{} was answered 429, and in {} s neither came again nor was the user told",
            refused.call.map_or(refused.path.as_str(), |call| call.signature()),
            due.since(told).as_secs()
        );
        let mut violation = Violation::new(what).exchange(refused, "was never completed");
        if let Some(done) = action.done {
            violation = violation.event(done, "the client was done with what the user had asked");
        }
        findings.violate(violation);
    }
}

/// Whether an answer shows that the step which was refused got its turn.
fn completes(next: &Exchange, refused: &Exchange) -> bool {
    let answered = next.status().is_some_and(|status| status != 429 && status < 500);
    let later = refused.answered.is_some_and(|told| next.arrived > told);
    let got_past = match refused.call {
        Some(Call::Configuration) => next.is(&[Call::CreateSession]),
        Some(Call::Register | Call::Token) => {
            next.succeeded() && next.call.is_some_and(Call::is_protected)
        }
        _ => false,
    };
    answered && later && (is_same_step(next, refused) || got_past)
}

/// The three profile calls are one step; a step of one MVPD is not that of another.
fn is_same_step(one: &Exchange, other: &Exchange) -> bool {
    let profiles = [Call::Profiles, Call::ProfileByMvpd, Call::ProfileByCode];
    (one.is(&profiles) && other.is(&profiles))
        || (one.call == other.call && one.method == other.method && one.mvpd == other.mvpd)
}

fn tells_the_user(event: &Event) -> bool {
    matches!(
        event.what,
        Happening::Showed(ClientEvent::Message { .. } | ClientEvent::Refused { .. })
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Action;
    use crate::rules::testing;
    use crate::trace::Trace;
    use crate::trace::builder::TraceBuilder;
    use crate::verdict::Edition;
    use crate::verdict::Verdict::{self, Fail, NotApplicable, NotExercised, Pass, Warn};

    fn verdicts(trace: &Trace) -> [Verdict; 2] {
        testing::verdicts(&RULE, trace)
    }

    fn throttled_at_launch() -> TraceBuilder {
        TraceBuilder::new().launch().registered().ask(Call::Profiles, |ask| ask.status(429))
    }

    #[test]
    fn the_same_call_again_passes() {
        let trace = throttled_at_launch().after(1.5).no_profiles().done();
        assert_eq!(verdicts(&trace.build()), [Pass, Pass]);
    }

    #[test]
    fn done_without_it_fails() {
        let trace = throttled_at_launch().after(1.5).done().build();
        assert_eq!(verdicts(&trace), [Warn, Fail]);
    }

    #[test]
    fn a_word_to_the_user_passes() {
        let trace = throttled_at_launch().says("error", "Try again later").done();
        assert_eq!(verdicts(&trace.build()), [Pass, Pass]);
    }

    #[test]
    fn a_poll_is_completed_by_any_profile_call() {
        let polling = || {
            TraceBuilder::new()
                .launch()
                .sign_in("Cablevision")
                .session("Cablevision")
                .ask(Call::ProfileByCode, |ask| ask.status(429))
                .after(5.0)
        };
        assert_eq!(verdicts(&polling().poll().build()), [Pass, Pass]);
        assert_eq!(verdicts(&polling().profile_of("Cablevision").build()), [Pass, Pass]);
        assert_eq!(verdicts(&polling().after(70.0).build()), [Warn, Fail]);
    }

    #[test]
    fn silence_counts_after_a_minute() {
        assert_eq!(verdicts(&throttled_at_launch().after(62.9).build()), [NotExercised; 2]);
        assert_eq!(verdicts(&throttled_at_launch().after(63.0).build()), [Warn, Fail]);
    }

    #[test]
    fn a_user_who_turns_elsewhere_ends_the_matter() {
        let trace = throttled_at_launch().after(5.0).user(Action::Quit).after(100.0);
        assert_eq!(verdicts(&trace.build()), [NotExercised; 2]);
    }

    #[test]
    fn only_the_last_refusal_of_a_step_is_judged() {
        let twice = throttled_at_launch().after(2.0).ask(Call::Profiles, |ask| ask.status(429));
        let judged = testing::judged(&RULE, &twice.done().build(), Edition::Apr2025);
        assert_eq!(judged.violations.len(), 1);
    }

    #[test]
    fn a_relaunch_is_no_recovery() {
        let trace = throttled_at_launch().done().after(5.0).launch().no_profiles().done();
        assert_eq!(verdicts(&trace.build()), [Warn, Fail]);
    }

    #[test]
    fn a_word_at_the_first_refusal_is_enough() {
        let trace = throttled_at_launch().says("info", "Busy, trying again").after(2.0);
        let trace = trace.ask(Call::Profiles, |ask| ask.status(429)).done();
        assert_eq!(verdicts(&trace.build()), [Pass, Pass]);
    }

    #[test]
    fn another_mvpds_decision_completes_nothing() {
        let trace = TraceBuilder::new()
            .launch()
            .play("news")
            .ask(Call::Authorize, |ask| ask.mvpd("Dish").resources(&["news"]).status(429))
            .after(2.0);
        assert_eq!(verdicts(&trace.clone().permitted("Dish", "news").done().build()), [Pass; 2]);
        let other = trace.permitted("Spectrum", "news").done().build();
        assert_eq!(verdicts(&other), [Warn, Fail]);
    }

    #[test]
    fn a_token_is_there_when_protected_calls_succeed() {
        let trace = TraceBuilder::new().launch().ask(Call::Token, |ask| ask.status(429)).after(2.0);
        assert_eq!(verdicts(&trace.clone().no_profiles().build()), [Pass; 2]);
        let refused = trace.ask(Call::Profiles, |ask| ask.status(401)).done();
        assert_eq!(verdicts(&refused.build()), [Warn, Fail]);
    }

    #[test]
    fn without_a_429_or_events_it_is_not_judged() {
        assert_eq!(
            verdicts(&TraceBuilder::new().launch().no_profiles().build()),
            [NotExercised; 2]
        );
        let capture = TraceBuilder::capture().ask(Call::Profiles, |ask| ask.status(429)).build();
        assert_eq!(verdicts(&capture), [NotApplicable; 2]);
    }
}
