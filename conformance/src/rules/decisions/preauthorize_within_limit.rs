//! PRE-1

use super::limits;
use crate::rules::documents::{APR_COOKBOOK, OCT_ERROR_CODES};
use crate::rules::{Check, Clause, Findings, Phase, Rule};
use crate::trace::{Call, View};

pub(crate) static RULE: Rule = Rule {
    id: "PRE-1",
    name: "within-limit",
    phase: Phase::Decisions,
    oct_2024: Some(Clause::should(OCT_ERROR_CODES, "REST API v2")),
    apr_2025: Some(Clause::should(APR_COOKBOOK, "Step 5: Check for preauthorized resources")),
    requires: "One preauthorize call asks for no more resources than the integration allows, usually 5.",
    boundary: "Call 11 asks for no more resources than the integration allows (5 where nothing \
              else was agreed).",
    why: "The whole call is refused with too_many_resources: the viewer gets no decision at all.",
    remedy: "Split the catalogue into calls of at most 5 resources, or have the limit of the integration raised.",
    needs_events: false,
    capability: None,
    check: Check::Alike(check),
};

fn check(view: &View<'_>, findings: &mut Findings) {
    limits::check(view, Call::Preauthorize, view.context().resource_limits.0, findings);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing;
    use crate::trace::Trace;
    use crate::trace::builder::TraceBuilder;
    use crate::verdict::Verdict::{self, NotExercised, Pass, Warn};

    fn verdict(trace: &Trace) -> Verdict {
        let [oct, apr] = testing::verdicts(&RULE, trace);
        assert_eq!(oct, apr);
        oct
    }

    fn refused(trace: TraceBuilder, count: usize) -> Trace {
        let resources = vec!["news"; count];
        let refuse = |ask: crate::trace::builder::Ask| {
            ask.resources(&resources).error(403, "too_many_resources", "configuration")
        };
        trace.ask(Call::Preauthorize, refuse).build()
    }

    #[test]
    fn the_limit_from_both_sides() {
        assert_eq!(verdict(&refused(TraceBuilder::new(), 5)), Pass);
        assert_eq!(verdict(&refused(TraceBuilder::new(), 5 + 1)), Warn);
    }

    #[test]
    fn another_integration_has_another_limit() {
        let raised = || TraceBuilder::new().context(|context| context.resource_limits = (20, 20));
        assert_eq!(verdict(&refused(raised(), 20)), Pass);
        assert_eq!(verdict(&refused(raised(), 21)), Warn);
    }

    #[test]
    fn what_was_answered_was_within_the_limit() {
        let trace = TraceBuilder::new().ask(Call::Preauthorize, |ask| ask.resources(&["news"; 9]));
        assert_eq!(verdict(&trace.build()), Pass);
    }

    #[test]
    fn a_capture_is_judged_by_the_refusal() {
        assert_eq!(verdict(&refused(TraceBuilder::capture(), 5 + 1)), Warn);
        let trace = TraceBuilder::capture()
            .ask(Call::Preauthorize, |ask| ask.resources(&["news"; 9]).status(503));
        assert_eq!(verdict(&trace.build()), Pass);
    }

    #[test]
    fn no_call_no_question() {
        assert_eq!(verdict(&TraceBuilder::new().no_profiles().build()), NotExercised);
    }
}
