//! PRE-2

use foldhash::{HashMap, HashSet};

use super::items::{self, Items};
use crate::protocol::Action;
use crate::rules::documents::APR_CHECKLIST;
use crate::rules::{Check, Clause, Findings, Phase, Rule, Violation};
use crate::trace::{Call, Exchange, Happening, Run, Step, View};

pub(crate) static RULE: Rule = Rule {
    id: "PRE-2",
    name: "permits-kept",
    phase: Phase::Decisions,
    oct_2024: None,
    apr_2025: Some(Clause::must(
        APR_CHECKLIST,
        "Mandatory Requirements, 4. (Optional) Preauthorization Phase: Preauthorization Decisions \
         Caching",
    )),
    requires: "Permits of preauthorize are kept in memory and not asked for again while the app runs.",
    boundary: "A resource that was permitted in the run is not preauthorized again. Coming back \
              to the foreground, signing in or out, and a deny of authorize start anew. What a \
              retry repeats is PRE-4's business.",
    why: "Subscriptions hardly change while an app runs: asking again on every screen slows the \
          catalogue down and runs into throttling.",
    remedy: "Keep permitted resources in memory per profile, and preauthorize only what is not known \
             yet.",
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
    let mut permitted: HashMap<&str, HashSet<&str>> = HashMap::default();
    let mut items = Items::of(Call::Preauthorize);
    for step in &run.steps {
        match step {
            Step::Happened(event) => {
                if event.what.is_user_action() {
                    items.clear();
                }
                if starts_anew(&event.what) {
                    permitted.clear();
                }
            }
            Step::Answered(exchange) => {
                items.hear(exchange);
                hear(&mut permitted, exchange);
            }
            Step::Asked(exchange) if exchange.is(&[Call::Preauthorize]) => {
                let known = exchange.mvpd.as_deref().and_then(|mvpd| permitted.get(mvpd));
                let known = known.filter(|known| !known.is_empty());
                if let Some(known) =
                    known.filter(|_| !items::is_retry(&items.asked_again(exchange)))
                {
                    check_request(known, exchange, findings);
                }
            }
            Step::Asked(_) => {}
        }
    }
}

fn starts_anew(what: &Happening) -> bool {
    let Happening::Did { action, .. } = what else { return false };
    !matches!(action, Action::Browse { .. } | Action::Play { .. } | Action::Stop)
}

fn hear<'t>(permitted: &mut HashMap<&'t str, HashSet<&'t str>>, exchange: &'t Exchange) {
    let Some(mvpd) = exchange.mvpd.as_deref() else { return };
    for told in exchange.decided() {
        let known = permitted.entry(mvpd).or_default();
        if !told.authorized {
            known.remove(told.resource);
        } else if exchange.is(&[Call::Preauthorize]) {
            known.insert(told.resource);
        }
    }
}

fn check_request(known: &HashSet<&str>, exchange: &Exchange, findings: &mut Findings) {
    findings.exercise();
    let again = exchange.resources();
    let again: Vec<_> = again.iter().filter(|r| known.contains(**r)).collect();
    if let Some(first) = again.first() {
        let what = match again.len() {
            1 => format!("{first:?} was preauthorized again though it was permitted already"),
            n => {
                format!("{n} resources were preauthorized again though they were permitted already")
            }
        };
        findings.violate(Violation::new(what).exchange(exchange, format!("asks again: {again:?}")));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::rules::testing;
    use crate::trace::Trace;
    use crate::trace::builder::TraceBuilder;
    use crate::verdict::Verdict::{self, Fail, NotApplicable, NotExercised, Pass};

    fn verdict(trace: &Trace) -> Verdict {
        let [oct, apr] = testing::verdicts(&RULE, trace);
        assert_eq!(oct, NotApplicable);
        apr
    }

    fn browse(trace: TraceBuilder, resources: &[&str]) -> TraceBuilder {
        trace.user(Action::Browse { resources: resources.iter().map(|&r| r.into()).collect() })
    }

    fn browsed() -> TraceBuilder {
        browse(TraceBuilder::new().launch(), &["news"]).preauthorized("Dish", &["news"]).done()
    }

    #[test]
    fn asking_only_for_what_is_new_passes() {
        let trace = browse(browsed(), &["news", "sports"]).preauthorized("Dish", &["sports"]);
        assert_eq!(verdict(&trace.build()), Pass);
    }

    #[test]
    fn asking_again_for_a_permit_fails() {
        let trace =
            browse(browsed(), &["news", "sports"]).preauthorized("Dish", &["news", "sports"]);
        assert_eq!(verdict(&trace.build()), Fail);
        assert_eq!(verdict(&browsed().preauthorized("Dish", &["news"]).build()), Fail);
    }

    #[test]
    fn a_new_beginning_starts_anew() {
        for action in [Action::Foreground, Action::SignOut, Action::SignIn { mvpd: None }] {
            let trace = browsed().user(action.clone()).preauthorized("Dish", &["news"]);
            assert_eq!(verdict(&trace.build()), NotExercised, "{action:?}");
        }
        let trace = browsed().launch().preauthorized("Dish", &["news"]);
        assert_eq!(verdict(&trace.build()), NotExercised);
    }

    #[test]
    fn another_profile_has_other_permits() {
        assert_eq!(verdict(&browsed().preauthorized("Spectrum", &["news"]).build()), NotExercised);
    }

    #[test]
    fn a_deny_of_authorize_revokes_the_permit() {
        let code = "authorization_denied_by_mvpd";
        let trace = browsed().play("news").denied("Dish", "news", code, "none");
        assert_eq!(verdict(&trace.preauthorized("Dish", &["news"]).build()), NotExercised);
    }

    #[test]
    fn a_retry_is_judged_elsewhere() {
        let error = json!({"code": "network_connection_timeout", "action": "retry"});
        let decisions = json!({"decisions": [
            {"resource": "news", "authorized": true},
            {"resource": "sports", "authorized": false, "error": error},
        ]});
        let trace = TraceBuilder::new().launch().ask(Call::Preauthorize, |ask| {
            ask.mvpd("Dish").resources(&["news", "sports"]).answer(200, decisions)
        });
        let retried = trace.clone().preauthorized("Dish", &["news", "sports"]);
        assert_eq!(verdict(&retried.build()), NotExercised);
        let later = browse(trace, &["news"]).preauthorized("Dish", &["news", "sports"]);
        assert_eq!(verdict(&later.build()), Fail);
    }

    #[test]
    fn an_answer_that_broke_off_permits_nothing() {
        let trace = TraceBuilder::new().launch().ask(Call::Preauthorize, |ask| {
            let decisions = json!({"decisions": [{"resource": "news", "authorized": true}]});
            ask.mvpd("Dish").resources(&["news"]).answer(200, decisions).truncated()
        });
        assert_eq!(verdict(&trace.preauthorized("Dish", &["news"]).build()), NotExercised);
    }

    #[test]
    fn one_call_proves_nothing() {
        assert_eq!(verdict(&browsed().build()), NotExercised);
        assert_eq!(verdict(&TraceBuilder::capture().build()), NotApplicable);
    }
}
