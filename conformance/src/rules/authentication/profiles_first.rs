//! AUT-1: look for a profile before opening a session.

use crate::rules::documents::{APR_COOKBOOK, OCT_COOKBOOK};
use crate::rules::{Check, Clause, Findings, Phase, Rule, Violation};
use crate::trace::{Call, Exchange, Run, Step, View};

pub(crate) static RULE: Rule = Rule {
    id: "AUT-1",
    name: "profiles-first",
    phase: Phase::Authentication,
    oct_2024: Some(Clause::must(OCT_COOKBOOK, "Step 2: Check for existing authenticated profiles")),
    apr_2025: Some(Clause::must(APR_COOKBOOK, "Step 2: Check for existing authenticated profiles")),
    requires: "Every run asks for existing profiles before it opens an authentication session.",
    boundary: "Call 4 comes only after an answer of call 8 or 9 in the same run. A 5xx or an \
              unfinished answer is none.",
    why: "Viewers who are signed in are sent through their provider's login again.",
    remedy: "Call 8 (or 9 for a remembered provider) at the start of each run, and open a session only when its answer shows no valid profile.",
    needs_events: false,
    capability: None,
    check: Check::Alike(check),
};

fn check(view: &View<'_>, findings: &mut Findings) {
    for run in view.runs() {
        check_run(run, view.context().from_launch, findings);
    }
}

/// In a capture that may begin anywhere, a run is known from a registration on: whatever profile was
/// asked for before was another client's.
fn check_run(run: &Run<'_>, mut is_known: bool, findings: &mut Findings) {
    let mut answered = false;
    for step in &run.steps {
        match step {
            Step::Answered(exchange) => {
                answered |= is_answer(exchange);
                is_known |= answered || exchange.credentials().is_some();
            }
            Step::Asked(_) if !is_known => {}
            Step::Asked(exchange) if exchange.call == Some(Call::CreateSession) => {
                findings.exercise();
                if !answered {
                    findings.violate(
                        Violation::new(
                            "opened a session before any answer about existing profiles",
                        )
                        .exchange(exchange, "no call 8 or 9 was answered before it in this run"),
                    );
                }
            }
            _ => {}
        }
    }
}

fn is_answer(exchange: &Exchange) -> bool {
    let answer = exchange.answer.as_ref();
    exchange.is(&[Call::Profiles, Call::ProfileByMvpd])
        && answer.is_some_and(|answer| answer.complete && answer.status < 500)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::verdicts;
    use crate::trace::builder::{Ask, TraceBuilder};
    use crate::verdict::Verdict::{Fail, NotExercised, Pass};

    fn launched() -> TraceBuilder {
        TraceBuilder::new().launch().registered()
    }

    #[test]
    fn asking_for_profiles_first_keeps_it() {
        let all = launched().no_profiles().session("Cablevision").build();
        assert_eq!(verdicts(&RULE, &all), [Pass; 2]);
        let one = launched().no_profile_of("Cablevision").session("Cablevision").build();
        assert_eq!(verdicts(&RULE, &one), [Pass; 2]);
    }

    #[test]
    fn a_capture_that_begins_later_is_believed() {
        let later = TraceBuilder::capture().token().session("Cablevision").build();
        assert_eq!(verdicts(&RULE, &later), [NotExercised; 2]);
        let whole = TraceBuilder::capture().registered().session("Cablevision").build();
        assert_eq!(verdicts(&RULE, &whole), [Fail; 2]);
        let launched = TraceBuilder::capture().context(|context| context.from_launch = true);
        let launched = launched.token().session("Cablevision").build();
        assert_eq!(verdicts(&RULE, &launched), [Fail; 2]);
    }

    #[test]
    fn a_session_first_breaks_it() {
        let trace = launched().session("Cablevision").no_profiles().build();
        assert_eq!(verdicts(&RULE, &trace), [Fail; 2]);
        let by_code = launched().session("Cablevision").poll().session("Cablevision").build();
        assert_eq!(verdicts(&RULE, &by_code), [Fail; 2]);
    }

    #[test]
    fn a_failure_of_the_server_is_no_answer() {
        let after = |change: fn(Ask) -> Ask| {
            launched().ask(Call::Profiles, change).session("Cablevision").build()
        };
        assert_eq!(verdicts(&RULE, &after(|ask| ask.status(500))), [Fail; 2]);
        assert_eq!(verdicts(&RULE, &after(Ask::truncated)), [Fail; 2]);
        assert_eq!(verdicts(&RULE, &after(Ask::unanswered)), [Fail; 2]);
        assert_eq!(verdicts(&RULE, &after(|ask| ask.status(400))), [Pass; 2]);
    }

    #[test]
    fn an_answer_still_under_way_is_none_yet() {
        let trace = launched()
            .ask(Call::Profiles, |ask| ask.taking(1.0))
            .after(0.5)
            .session("Cablevision")
            .build();
        assert_eq!(verdicts(&RULE, &trace), [Fail; 2]);
    }

    #[test]
    fn every_run_asks_for_itself() {
        let trace = launched().no_profiles().launch().session("Cablevision").build();
        assert_eq!(verdicts(&RULE, &trace), [Fail; 2]);
    }

    #[test]
    fn without_a_session_there_is_nothing_to_judge() {
        assert_eq!(verdicts(&RULE, &launched().no_profiles().build()), [NotExercised; 2]);
    }
}
