//! ERR-4

use std::time::Duration;

use foldhash::HashMap;

use crate::rules::documents::APR_CHECKLIST;
use crate::rules::measure;
use crate::rules::polls::Polls;
use crate::rules::{Check, Clause, Findings, Phase, Rule, Violation};
use crate::trace::{Context, Exchange, Run, Step, Trouble, View};

pub(crate) static RULE: Rule = Rule {
    id: "ERR-4",
    name: "server-errors-bounded",
    phase: Phase::Errors,
    oct_2024: None,
    apr_2025: Some(Clause::must(
        APR_CHECKLIST,
        "Mandatory Requirements, 8. Error Handling: HTTP Error Handling Support",
    )),
    requires: "After a server error or no answer at all, a call is repeated three times at most, or with \
               growing gaps.",
    boundary: "A call other than a poll that fails with a 5xx, a reset or a timeout is repeated \
              at most three times within one user action, unless the last gap is longer than the \
              first.",
    why: "When the service is down, every client that hammers it keeps it down, and is throttled when it \
          is back.",
    remedy: "Retry with exponential backoff, or give up after three tries and say so.",
    needs_events: false,
    capability: None,
    check: Check::Alike(check),
};

/// How often a call may be repeated without growing gaps.
const REPEATS: usize = 3;

/// In a capture nobody tells whether the user pressed a button again; after such a pause it counts as
/// if they had.
const PAUSE: Duration = Duration::from_secs(10);

fn check(view: &View<'_>, findings: &mut Findings) {
    let polls = Polls::of(view);
    for run in view.runs().filter(|run| run.meets(Trouble::Failed)) {
        check_run(view.context(), run, &polls, findings);
    }
}

/// A call that failed and its repetitions, each of which came after the one before had failed.
type Chain<'t> = Vec<&'t Exchange>;

fn check_run(context: &Context, run: &Run<'_>, polls: &Polls, findings: &mut Findings) {
    let mut chains: HashMap<(&str, &str, &str), Chain<'_>> = HashMap::default();
    for step in &run.steps {
        match step {
            Step::Happened(event) if event.what.is_user_action() => {
                report_all(context, &mut chains, findings);
            }
            Step::Asked(exchange) if exchange.call.is_some() && !polls.contains(exchange) => {
                if has_failed(exchange) {
                    findings.exercise();
                }
                let chain = chains.entry(key(exchange)).or_default();
                if !chain.last().is_some_and(|last| follows(context, last, exchange)) {
                    report(context, chain, findings);
                    chain.clear();
                }
                chain.push(exchange);
            }
            _ => {}
        }
    }
    report_all(context, &mut chains, findings);
}

/// In the order in which the chains began.
fn report_all<'t>(
    context: &Context,
    chains: &mut HashMap<(&'t str, &'t str, &'t str), Chain<'t>>,
    findings: &mut Findings,
) {
    let mut all: Vec<_> = chains.drain().map(|(_, chain)| chain).collect();
    all.sort_by_key(|chain| chain.first().map(|first| first.arrived));
    all.iter().for_each(|chain| report(context, chain, findings));
}

fn key(exchange: &Exchange) -> (&str, &str, &str) {
    (&exchange.method, &exchange.path, &exchange.body)
}

fn has_failed(exchange: &Exchange) -> bool {
    exchange.status().is_none_or(|status| status >= 500)
}

/// Whether a request repeats one that had failed.
fn follows(context: &Context, last: &Exchange, next: &Exchange) -> bool {
    let pause = next.arrived.since(last.answered.unwrap_or(last.arrived));
    has_failed(last)
        && last.answered.is_none_or(|answered| answered < next.arrived)
        && (context.has_events || pause <= PAUSE)
}

fn report(context: &Context, chain: &Chain<'_>, findings: &mut Findings) {
    let [first, second, .., before, last] = chain.as_slice() else { return };
    let repeats = chain.len() - 1;
    let first_gap = second.arrived.since(first.arrived);
    let last_gap = last.arrived.since(before.arrived);
    if repeats > REPEATS && last_gap <= first_gap + context.jitter() {
        let what = format!(
            "repeated a call {repeats} times after it had failed: the first time after {}, the last \
             time after {}",
            measure::words(first_gap),
            measure::words(last_gap)
        );
        findings.violate(
            Violation::new(what)
                .exchange(first, "failed")
                .exchange(second, "the first repetition")
                .exchange(last, "the last one"),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing;
    use crate::trace::builder::{Ask, TraceBuilder};
    use crate::trace::{Call, Trace};
    use crate::verdict::Verdict::{self, Fail, NotApplicable, NotExercised, Pass};

    fn verdict(trace: &Trace) -> Verdict {
        let [oct, apr] = testing::verdicts(&RULE, trace);
        assert_eq!(oct, NotApplicable);
        apr
    }

    fn fail(ask: Ask) -> Ask {
        ask.status(503)
    }

    fn repeated(trace: TraceBuilder, gaps: &[f64], how: fn(Ask) -> Ask) -> TraceBuilder {
        let trace = trace.ask(Call::Profiles, how);
        gaps.iter().fold(trace, |trace, &gap| trace.after(gap).ask(Call::Profiles, how))
    }

    fn launched() -> TraceBuilder {
        TraceBuilder::new().launch().registered()
    }

    #[test]
    fn three_repetitions_are_enough() {
        assert_eq!(verdict(&repeated(launched(), &[1.0; 3], fail).build()), Pass);
        assert_eq!(verdict(&repeated(launched(), &[1.0; 4], fail).build()), Fail);
        assert_eq!(verdict(&repeated(launched(), &[1.0; 3], fail).no_profiles().build()), Fail);
    }

    #[test]
    fn growing_gaps_are_patience() {
        let growing = [1.0, 2.0, 4.0, 8.0, 16.0];
        assert_eq!(verdict(&repeated(launched(), &growing, fail).build()), Pass);
        let shrinking = [4.0, 2.0, 1.0, 4.0];
        assert_eq!(verdict(&repeated(launched(), &shrinking, fail).build()), Fail);
    }

    #[test]
    fn a_gap_longer_by_the_jitter_is_no_growth() {
        let jittery = || launched().context(|context| context.jitter_ms = 10);
        assert_eq!(verdict(&repeated(jittery(), &[1.0, 1.0, 1.0, 1.01], fail).build()), Fail);
        assert_eq!(verdict(&repeated(jittery(), &[1.0, 1.0, 1.0, 1.011], fail).build()), Pass);
    }

    #[test]
    fn no_answer_is_a_failure_too() {
        let trace = repeated(launched(), &[1.0; 4], |ask| ask.unanswered());
        assert_eq!(verdict(&trace.build()), Fail);
    }

    #[test]
    fn success_ends_the_matter() {
        let trace = repeated(launched(), &[1.0; 2], fail).after(1.0).no_profiles().after(1.0);
        assert_eq!(verdict(&repeated(trace, &[1.0; 2], fail).build()), Pass);
    }

    #[test]
    fn the_user_may_try_again() {
        let trace = repeated(launched(), &[1.0; 2], fail).foreground();
        assert_eq!(verdict(&repeated(trace, &[1.0; 2], fail).build()), Pass);
    }

    #[test]
    fn in_a_capture_a_pause_stands_for_the_user() {
        let capture = |gap| repeated(TraceBuilder::capture(), &[gap; 6], fail).build();
        assert_eq!(verdict(&capture(10.0)), Fail);
        assert_eq!(verdict(&capture(10.001)), Pass);
    }

    #[test]
    fn polls_are_judged_elsewhere() {
        let trace = TraceBuilder::new().launch().sign_in("Dish").session("Dish");
        let trace = (0..9).fold(trace, |t, _| t.after(5.0).ask(Call::ProfileByCode, fail));
        assert_eq!(verdict(&trace.build()), NotExercised);
    }

    #[test]
    fn without_a_failure_it_is_not_exercised() {
        let trace = (0..9).fold(launched(), |trace, _| trace.no_profiles());
        assert_eq!(verdict(&trace.build()), NotExercised);
    }
}
