//! ERR-6

use foldhash::{HashMap, HashSet};

use crate::rules::documents::APR_CHECKLIST;
use crate::rules::{Check, Clause, Findings, Phase, Rule, Violation};
use crate::trace::{Exchange, Run, Step, Trouble, View};

pub(crate) static RULE: Rule = Rule {
    id: "ERR-6",
    name: "no-401-loop",
    phase: Phase::Errors,
    oct_2024: None,
    apr_2025: Some(Clause::should(
        APR_CHECKLIST,
        "Recommended Practices, 1. Registration Phase: Access Tokens Validation",
    )),
    requires: "A call that is answered 401 again and again, with ever new tokens, is given up.",
    boundary: "Within one user action, one call is not answered 401 more than three times in a \
              row. The same token again counts once: repeating it is REG-5's business.",
    why: "When new tokens do not help, nothing will: the loop asks for token after token until the \
          device is throttled.",
    remedy: "Refresh the token once or twice for one call; then give up and say so.",
    needs_events: true,
    capability: None,
    check: Check::Alike(check),
};

/// How often one call may be answered 401 in a row.
const REFUSALS: usize = 3;

fn check(view: &View<'_>, findings: &mut Findings) {
    for run in view.runs().filter(|run| run.meets(Trouble::Unauthorized)) {
        check_run(run, findings);
    }
}

fn check_run(run: &Run<'_>, findings: &mut Findings) {
    let mut refused: HashMap<(&str, &str), Vec<&Exchange>> = HashMap::default();
    let mut tokens = HashSet::default();
    for step in &run.steps {
        match step {
            Step::Happened(event) if event.what.is_user_action() => {
                report_all(&mut refused, findings);
                tokens.clear();
            }
            Step::Answered(exchange) if exchange.call.is_some_and(|call| call.is_protected()) => {
                let key = (exchange.method.as_str(), exchange.path.as_str());
                if exchange.status() == Some(401) {
                    findings.exercise();
                    let calls = refused.entry(key).or_default();
                    if tokens.insert((key, exchange.bearer())) {
                        calls.push(exchange);
                    }
                } else if !refused.is_empty()
                    && let Some(calls) = refused.remove(&key)
                {
                    report(&calls, findings);
                    tokens.retain(|(refused, _)| *refused != key);
                }
            }
            _ => {}
        }
    }
    report_all(&mut refused, findings);
}

/// In the order in which the calls were refused first.
fn report_all(refused: &mut HashMap<(&str, &str), Vec<&Exchange>>, findings: &mut Findings) {
    let mut all: Vec<_> = refused.drain().map(|(_, calls)| calls).collect();
    all.sort_by_key(|calls| calls.first().map(|first| first.arrived));
    all.iter().for_each(|calls| report(calls, findings));
}

fn report(calls: &[&Exchange], findings: &mut Findings) {
    let [first, .., last] = calls else { return };
    if calls.len() > REFUSALS {
        let what = format!("one call was answered 401 with {} tokens in a row", calls.len());
        let violation = Violation::new(what).exchange(first, "the first refusal");
        findings.violate(violation.exchange(last, "the last one"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing;
    use crate::trace::builder::TraceBuilder;
    use crate::trace::{Call, Trace};
    use crate::verdict::Verdict::{self, NotApplicable, NotExercised, Pass, Warn};

    fn verdict(trace: &Trace) -> Verdict {
        let [oct, apr] = testing::verdicts(&RULE, trace);
        assert_eq!(oct, NotApplicable);
        apr
    }

    fn refused(trace: TraceBuilder, times: usize) -> TraceBuilder {
        (0..times).fold(trace, |trace, _| {
            trace.after(1.0).token().ask(Call::Profiles, |ask| ask.status(401))
        })
    }

    fn launched() -> TraceBuilder {
        TraceBuilder::new().launch().register()
    }

    #[test]
    fn the_limit_from_both_sides() {
        assert_eq!(verdict(&refused(launched(), 3).build()), Pass);
        assert_eq!(verdict(&refused(launched(), 4).build()), Warn);
        assert_eq!(verdict(&refused(launched(), 4).no_profiles().build()), Warn);
    }

    #[test]
    fn success_and_the_user_begin_anew() {
        let trace = refused(refused(launched(), 3).no_profiles(), 3);
        assert_eq!(verdict(&trace.build()), Pass);
        let trace = refused(refused(launched(), 3).foreground(), 3);
        assert_eq!(verdict(&trace.build()), Pass);
    }

    #[test]
    fn the_same_token_counts_once() {
        let trace = launched().token();
        let trace = (0..9).fold(trace, |t, _| t.ask(Call::Profiles, |ask| ask.status(401)));
        assert_eq!(verdict(&trace.build()), Pass);
    }

    #[test]
    fn without_a_401_it_is_not_exercised() {
        assert_eq!(verdict(&launched().token().no_profiles().build()), NotExercised);
        assert_eq!(verdict(&TraceBuilder::capture().build()), NotApplicable);
    }
}
