//! PRE-3

use super::retries;
use crate::rules::documents::{APR_CHECKLIST, OCT_ERROR_CODES};
use crate::rules::{Check, Clause, Findings, Phase, Rule};
use crate::trace::{Call, View};
use crate::verdict::Edition;

pub(crate) static RULE: Rule = Rule {
    id: "PRE-3",
    name: "retry-bounded",
    phase: Phase::Decisions,
    oct_2024: Some(Clause::should(OCT_ERROR_CODES, "Response Handling")),
    apr_2025: Some(Clause::must(
        APR_CHECKLIST,
        "Mandatory Requirements, 4. (Optional) Preauthorization Phase: Preauthorization Decisions Retrieval Retry",
    )),
    requires: "A refused resource is asked again only when its error's action is retry, and two or \
               three times at most.",
    boundary: "Within one user action, a resource whose item-level error has another action than \
              `retry` is not asked again by call 11, and one with `retry` at most three times. In \
              2024-10 more retries are good as long as the gaps between them grow.",
    why: "Most refusals do not change by asking again: the loop uses up the device's allowance, until \
          nothing else gets through either.",
    remedy: "Decide by the error's action; repeat only for retry, with growing pauses, and give up \
             after three tries.",
    needs_events: true,
    capability: None,
    check: Check::ByEdition(check),
};

fn check(view: &View<'_>, edition: Edition, findings: &mut Findings) {
    retries::check(view, Call::Preauthorize, edition, findings);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::rules::testing;
    use crate::trace::Trace;
    use crate::trace::builder::TraceBuilder;
    use crate::verdict::Verdict::{self, Fail, NotApplicable, NotExercised, Pass, Warn};

    fn verdicts(trace: &Trace) -> [Verdict; 2] {
        testing::verdicts(&RULE, trace)
    }

    fn began() -> TraceBuilder {
        TraceBuilder::new().launch().play("news")
    }

    fn refused(trace: TraceBuilder, resource: &str, action: &str) -> TraceBuilder {
        let error = json!({"code": "some_code", "action": action});
        let decision = json!({"resource": resource, "authorized": false, "error": error});
        trace.ask(Call::Preauthorize, |ask| {
            ask.resources(&[resource]).answer(200, json!({"decisions": [decision]}))
        })
    }

    fn tried(gaps: &[f64]) -> Trace {
        let first = refused(began(), "news", "retry");
        gaps.iter().fold(first, |trace, &gap| refused(trace.after(gap), "news", "retry")).build()
    }

    #[test]
    fn three_retries_are_enough() {
        assert_eq!(verdicts(&tried(&[1.0; 3])), [Pass, Pass]);
        assert_eq!(verdicts(&tried(&[1.0; 4])), [Warn, Fail]);
    }

    #[test]
    fn growing_gaps_were_enough_in_2024() {
        assert_eq!(verdicts(&tried(&[1.0, 2.0, 4.0, 8.0, 16.0])), [Pass, Fail]);
        assert_eq!(verdicts(&tried(&[4.0, 1.0, 1.0, 4.0])), [Warn, Fail]);
    }

    #[test]
    fn only_retry_means_again() {
        for action in ["none", "configuration", "authorization", ""] {
            let trace = refused(refused(began(), "news", action).after(1.0), "news", action);
            assert_eq!(verdicts(&trace.build()), [Warn, Fail], "{action}");
        }
    }

    #[test]
    fn what_leads_elsewhere_is_judged_elsewhere() {
        for action in ["authentication", "application-registration"] {
            let trace = refused(refused(began(), "news", action).after(1.0), "news", action);
            assert_eq!(verdicts(&trace.build()), [Pass, Pass], "{action}");
        }
    }

    #[test]
    fn the_user_may_ask_again() {
        let trace = refused(began(), "news", "none").done().play("news");
        assert_eq!(verdicts(&refused(trace, "news", "none").build()), [Pass, Pass]);
        let trace = (0..6).fold(began(), |trace, _| refused(trace, "news", "retry").play("news"));
        assert_eq!(verdicts(&trace.build()), [Pass, Pass]);
    }

    #[test]
    fn another_resource_is_another_matter() {
        let trace = refused(refused(began(), "news", "none"), "sports", "none");
        assert_eq!(verdicts(&trace.build()), [Pass, Pass]);
    }

    #[test]
    fn without_a_refusal_it_is_not_exercised() {
        assert_eq!(verdicts(&began().permitted("Dish", "news").build()), [NotExercised; 2]);
        assert_eq!(verdicts(&TraceBuilder::capture().build()), [NotApplicable; 2]);
    }
}
