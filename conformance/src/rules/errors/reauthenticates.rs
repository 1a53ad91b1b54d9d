//! ERR-1

use foldhash::HashSet;

use crate::rules::documents::{APR_CHECKLIST, OCT_ERROR_CODES};
use crate::rules::offers;
use crate::rules::{Check, Clause, Findings, Phase, Rule, Violation};
use crate::trace::{Call, Context, Exchange, Run, Step, ToldError, View};

pub(crate) static RULE: Rule = Rule {
    id: "ERR-1",
    name: "reauthenticates",
    phase: Phase::Errors,
    oct_2024: Some(Clause::should(OCT_ERROR_CODES, "Response Handling")),
    apr_2025: Some(Clause::must(
        APR_CHECKLIST,
        "Mandatory Requirements, 8. Error Handling: Enhanced Error Code Handling Support",
    )),
    requires: "An error with the action authentication leads to a sign-in, not to the same call again.",
    boundary: "After an error with the action `authentication`, the call is not repeated in the \
              same user action before a sign-in was offered. Used-up trials are TMP-2's business.",
    why: "The answer cannot change until the viewer signs in: repeating the call leaves them waiting for \
          something that never comes.",
    remedy: "On the action authentication drop the profile and offer a sign-in.",
    needs_events: true,
    capability: None,
    check: Check::Alike(check),
};

fn check(view: &View<'_>, findings: &mut Findings) {
    for run in view.runs().filter(|run| run.may_hear_errors()) {
        check_run(view.context(), run, findings);
    }
}

/// A call that was answered with such an error.
struct Refused<'t> {
    exchange: &'t Exchange,
    error: ToldError<'t>,
    /// The resources concerned, for decision calls.
    resources: HashSet<&'t str>,
}

fn check_run(context: &Context, run: &Run<'_>, findings: &mut Findings) {
    let mut refused: Vec<Refused<'_>> = Vec::new();
    // A loop is one violation.
    let mut repeated: HashSet<&str> = HashSet::default();
    for step in &run.steps {
        match step {
            Step::Happened(event) if event.what.is_user_action() => {
                refused.clear();
                repeated.clear();
            }
            Step::Happened(_) => {}
            Step::Answered(exchange) => {
                let before = refused.len();
                refused.extend(read(exchange));
                (before..refused.len()).for_each(|_| findings.exercise());
            }
            Step::Asked(exchange) => {
                let place = refused.iter().position(|refused| repeats(exchange, refused));
                let Some(refused) = place.map(|place| refused.swap_remove(place)) else { continue };
                let told = refused.exchange.answered.unwrap_or(refused.exchange.arrived);
                if !offers::between(context, run, told, exchange) && repeated.insert(&exchange.path)
                {
                    findings.violate(violation(&refused, exchange));
                }
            }
        }
    }
}

fn read<'t>(exchange: &'t Exchange) -> Option<Refused<'t>> {
    let asks = |error: &ToldError<'_>| {
        error.action == "authentication" && !error.code.starts_with("temporary_access")
    };
    if let Some(error) = exchange.error().filter(asks) {
        return Some(Refused {
            exchange,
            error,
            resources: exchange.resources().into_iter().collect(),
        });
    }
    let mut items =
        exchange.decided().filter_map(|told| Some((told.resource, told.error.filter(asks)?)));
    let (first, error) = items.next()?;
    let resources = std::iter::once(first).chain(items.map(|(resource, _)| resource));
    Some(Refused { exchange, error, resources: resources.collect() })
}

fn repeats(exchange: &Exchange, refused: &Refused<'_>) -> bool {
    let same = exchange.call.is_some()
        && (exchange.call, &exchange.path) == (refused.exchange.call, &refused.exchange.path);
    let decides = exchange.is(&[Call::Preauthorize, Call::Authorize]);
    same && (!decides || exchange.resources().iter().any(|r| refused.resources.contains(r)))
}

fn violation(refused: &Refused<'_>, again: &Exchange) -> Violation {
    let code = refused.error.code;
    let what = format!("repeated a call that was answered {code}, instead of offering a sign-in");
    Violation::new(what)
        .exchange(refused.exchange, "action: authentication")
        .exchange(again, "the same call again")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::ClientEvent;
    use crate::rules::testing;
    use crate::trace::Trace;
    use crate::trace::builder::TraceBuilder;
    use crate::verdict::Edition;
    use crate::verdict::Verdict::{self, Fail, NotApplicable, NotExercised, Pass, Warn};

    fn verdicts(trace: &Trace) -> [Verdict; 2] {
        testing::verdicts(&RULE, trace)
    }

    fn refused(trace: TraceBuilder) -> TraceBuilder {
        trace.ask(Call::Authorize, |ask| {
            let code = "authenticated_profile_expired";
            ask.resources(&["news"]).error(403, code, "authentication")
        })
    }

    fn playing() -> TraceBuilder {
        refused(TraceBuilder::new().launch().play("news"))
    }

    #[test]
    fn offering_a_sign_in_passes() {
        let trace = playing().says("sign_in_offered", "Please sign in").done();
        assert_eq!(verdicts(&trace.build()), [Pass, Pass]);
        assert_eq!(verdicts(&playing().done().build()), [Pass, Pass]);
    }

    #[test]
    fn repeating_the_call_fails() {
        assert_eq!(verdicts(&refused(playing().after(1.0)).build()), [Warn, Fail]);
        let looked = playing().profile_of("Cablevision");
        assert_eq!(verdicts(&refused(looked).build()), [Warn, Fail]);
    }

    #[test]
    fn an_item_of_a_decision_counts_too() {
        let code = "authorization_denied_by_session_invalidated";
        let denied = |trace: TraceBuilder| trace.denied("Dish", "news", code, "authentication");
        let trace = denied(TraceBuilder::new().launch().play("news"));
        assert_eq!(verdicts(&denied(trace.clone().after(1.0)).build()), [Warn, Fail]);
        let other = trace.permitted("Dish", "sports").permitted("Spectrum", "news");
        assert_eq!(verdicts(&other.build()), [Pass, Pass]);
    }

    #[test]
    fn after_a_sign_in_the_call_may_come_again() {
        let signed_in = playing().session("Cablevision").poll_finds("Cablevision");
        assert_eq!(verdicts(&refused(signed_in).build()), [Pass, Pass]);
        let picked = playing().shows(ClientEvent::PickerShown { mvpds: Vec::new() });
        assert_eq!(verdicts(&refused(picked).build()), [Pass, Pass]);
        assert_eq!(verdicts(&refused(playing().play("news")).build()), [Pass, Pass]);
    }

    #[test]
    fn an_offer_may_be_noted_a_little_late() {
        let offered = |seconds| {
            let trace = playing().context(|context| context.exact_time = false).after(1.0);
            let code = "authenticated_profile_expired";
            let trace = trace.ask(Call::Authorize, |ask| {
                ask.resources(&["news"]).error(403, code, "authentication").taking(5.0)
            });
            verdicts(&trace.after(seconds).says("sign_in_offered", "Sign in").build())
        };
        assert_eq!(offered(0.25), [Pass, Pass]);
        assert_eq!(offered(0.251), [Warn, Fail]);
    }

    #[test]
    fn an_offer_after_the_second_refusal_comes_too_late() {
        let trace = playing().context(|context| context.exact_time = false).after(1.0);
        let trace = refused(trace).says("sign_in_offered", "Sign in");
        assert_eq!(verdicts(&trace.build()), [Warn, Fail]);
    }

    #[test]
    fn a_used_up_trial_is_judged_elsewhere() {
        let code = "temporary_access_duration_limit_exceeded";
        let denied = |trace: TraceBuilder| trace.denied("Trial", "news", code, "authentication");
        let trace = denied(denied(TraceBuilder::new().launch().play("news")));
        assert_eq!(verdicts(&trace.build()), [NotExercised, NotExercised]);
    }

    #[test]
    fn a_loop_is_one_violation() {
        let trace = (0..5).fold(playing(), |trace, _| refused(trace.after(1.0))).build();
        let judged = testing::judged(&RULE, &trace, Edition::Apr2025);
        assert_eq!(judged.violations.len(), 1);
        assert_eq!(verdicts(&trace), [Warn, Fail]);
    }

    #[test]
    fn other_errors_do_not_exercise_it() {
        let trace = TraceBuilder::new().launch().play("news");
        let trace = trace.denied("Dish", "news", "authorization_denied_by_mvpd", "none");
        assert_eq!(verdicts(&trace.build()), [NotExercised, NotExercised]);
        assert_eq!(verdicts(&TraceBuilder::capture().build()), [NotApplicable; 2]);
    }
}
