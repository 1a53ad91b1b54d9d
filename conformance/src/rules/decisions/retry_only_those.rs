//! PRE-4

use super::items::{self, Items};
use crate::rules::documents::{APR_ERROR_CODES, OCT_ERROR_CODES};
use crate::rules::{Check, Clause, Findings, Phase, Rule, Violation};
use crate::trace::{Call, Run, Step, View};

pub(crate) static RULE: Rule = Rule {
    id: "PRE-4",
    name: "retry-only-those",
    phase: Phase::Decisions,
    oct_2024: Some(Clause::should(OCT_ERROR_CODES, "Response Handling")),
    apr_2025: Some(Clause::should(APR_ERROR_CODES, "Response Handling")),
    requires: "A retry asks only for the resources whose error said retry, not for the whole list.",
    boundary: "Within one user action, a preauthorize call that tries `retry` items again does \
              not repeat resources that were decided otherwise. New resources may come along.",
    why: "Repeating the whole list asks the MVPD again for what it has already answered, just when it \
          has trouble answering.",
    remedy: "Collect the items with the action retry and repeat the call with those.",
    needs_events: true,
    capability: None,
    check: Check::Alike(check),
};

fn check(view: &View<'_>, findings: &mut Findings) {
    for run in view.runs().filter(|run| run.asks(&[Call::Preauthorize])) {
        check_run(run, findings);
    }
}

fn check_run(run: &Run<'_>, findings: &mut Findings) {
    let mut items = Items::of(Call::Preauthorize);
    for step in &run.steps {
        match step {
            Step::Happened(event) if event.what.is_user_action() => items.clear(),
            Step::Happened(_) => {}
            Step::Answered(exchange) => items.hear(exchange),
            Step::Asked(exchange) => {
                let again = items.asked_again(exchange);
                if !items::is_retry(&again) {
                    continue;
                }
                findings.exercise();
                let decided: Vec<_> = again.iter().filter(|(_, word)| !word.says_retry()).collect();
                if let Some((_, word)) = decided.first() {
                    let names: Vec<_> = decided.iter().map(|(resource, _)| resource).collect();
                    let what = format!(
                        "a retry repeated {} of {} resources that had been decided",
                        decided.len(),
                        again.len()
                    );
                    findings.violate(
                        Violation::new(what)
                            .exchange(word.exchange, "only some items said retry")
                            .exchange(exchange, format!("repeats {names:?}")),
                    );
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::protocol::Action;
    use crate::rules::testing;
    use crate::trace::Trace;
    use crate::trace::builder::TraceBuilder;
    use crate::verdict::Edition;
    use crate::verdict::Verdict::{self, NotApplicable, NotExercised, Pass, Warn};

    fn verdict(trace: &Trace) -> Verdict {
        let [oct, apr] = testing::verdicts(&RULE, trace);
        assert_eq!(oct, apr);
        oct
    }

    /// `news` is permitted, `sports` denied, `films` is to be tried again.
    fn mixed() -> TraceBuilder {
        let error = |action| json!({"code": "some_code", "action": action});
        let decisions = json!({"decisions": [
            {"resource": "news", "authorized": true},
            {"resource": "sports", "authorized": false, "error": error("none")},
            {"resource": "films", "authorized": false, "error": error("retry")},
        ]});
        TraceBuilder::new().launch().ask(Call::Preauthorize, |ask| {
            ask.mvpd("Dish").resources(&["news", "sports", "films"]).answer(200, decisions)
        })
    }

    #[test]
    fn only_the_items_that_said_so_pass() {
        assert_eq!(verdict(&mixed().preauthorized("Dish", &["films"]).build()), Pass);
        assert_eq!(verdict(&mixed().preauthorized("Dish", &["films", "kids"]).build()), Pass);
    }

    #[test]
    fn dragging_others_along_is_warned_of() {
        assert_eq!(verdict(&mixed().preauthorized("Dish", &["films", "news"]).build()), Warn);
        let trace = mixed().preauthorized("Dish", &["news", "sports", "films"]).build();
        assert_eq!(verdict(&trace), Warn);
        let sentences = testing::sentences(&RULE, &trace, Edition::Oct2024);
        assert_eq!(sentences, ["a retry repeated 2 of 3 resources that had been decided"]);
    }

    #[test]
    fn what_is_no_retry_is_judged_elsewhere() {
        assert_eq!(verdict(&mixed().preauthorized("Dish", &["sports"]).build()), NotExercised);
        let browsed = mixed().done().user(Action::Browse { resources: Vec::new() });
        let trace = browsed.preauthorized("Dish", &["news", "films"]);
        assert_eq!(verdict(&trace.build()), NotExercised);
    }

    #[test]
    fn without_a_retry_it_is_not_exercised() {
        assert_eq!(verdict(&mixed().build()), NotExercised);
        assert_eq!(verdict(&TraceBuilder::capture().build()), NotApplicable);
    }
}
