//! THR-1

use std::time::Duration;

use crate::rules::documents::THROTTLING;
use crate::rules::measure::{self, Held};
use crate::rules::{Check, Clause, Findings, Phase, Rule, Violation};
use crate::trace::{Context, Device, Exchange, Moment, Trouble, View};

pub(crate) static RULE: Rule = Rule {
    id: "THR-1",
    name: "wait-after-429",
    phase: Phase::Errors,
    oct_2024: Some(Clause::must(THROTTLING, "API response changes and response")),
    apr_2025: Some(Clause::must(THROTTLING, "API response changes and response")),
    requires: "After a 429 the device waits at least one second before it calls again.",
    boundary: "No call of the device comes within a second after a 429. Another call than the \
              refused one that arrives within the tolerance may have been under way already: too \
              close to tell.",
    why: "A client that calls on at once keeps its own device throttled, and a fleet of them makes a \
          bad minute of the service worse.",
    remedy: "Hold back every call of the device, not only the one that was refused, for a second or \
             more after a 429.",
    needs_events: false,
    capability: None,
    check: Check::Alike(check),
};

/// How long a device must be silent after a 429.
const WAIT: Duration = Duration::from_secs(1);

fn check(view: &View<'_>, findings: &mut Findings) {
    for device in view.devices().iter().filter(|device| device.meets(Trouble::Throttled)) {
        check_device(device, view.context(), findings);
    }
}

fn check_device(device: &Device<'_>, context: &Context, findings: &mut Findings) {
    let mut calls: Vec<_> = device.runs.iter().flat_map(|run| run.requests()).collect();
    calls.sort_by_key(|exchange| exchange.arrived);
    for refused in calls.iter().filter(|exchange| exchange.throttled()) {
        let Some(told) = refused.answered else { continue };
        let later = calls.partition_point(|exchange| exchange.arrived <= told);
        check_wait(refused, told, &calls[later..], context, findings);
    }
}

fn check_wait(
    refused: &Exchange,
    told: Moment,
    later: &[&Exchange],
    context: &Context,
    findings: &mut Findings,
) {
    let judgeable = context.can_judge(WAIT);
    if judgeable && (!later.is_empty() || context.ended.since(told) >= WAIT) {
        findings.exercise();
    }
    for next in later {
        let waited = next.arrived.since(told);
        let is_other = (&next.method, &next.path) != (&refused.method, &refused.path);
        let under_way = is_other && waited <= context.tolerance(WAIT);
        match measure::at_least(context, waited, WAIT) {
            Held::Kept | Held::Unjudgeable => return,
            Held::Broken if !under_way => {
                findings.violate(violation(refused, next, waited));
                return;
            }
            Held::Broken | Held::TooClose => findings.doubt(violation(refused, next, waited)),
        }
    }
}

fn violation(refused: &Exchange, next: &Exchange, waited: Duration) -> Violation {
    let what = format!("called again {} ms after a 429", waited.as_millis());
    Violation::new(what)
        .exchange(refused, "was refused: too many requests")
        .exchange(next, "came before a second had passed")
        .measured(waited, WAIT)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing;
    use crate::trace::builder::TraceBuilder;
    use crate::trace::{Call, Trace};
    use crate::verdict::Verdict::{self, Fail, Inconclusive, NotExercised, Pass};

    fn verdict(trace: &Trace) -> Verdict {
        let [oct, apr] = testing::verdicts(&RULE, trace);
        assert_eq!(oct, apr);
        oct
    }

    fn throttled() -> TraceBuilder {
        TraceBuilder::new().launch().ask(Call::Profiles, |ask| ask.status(429))
    }

    #[test]
    fn the_limit_from_both_sides() {
        for (seconds, expected) in [(0.0, Fail), (0.949, Fail), (0.95, Pass), (1.0, Pass)] {
            assert_eq!(
                verdict(&throttled().after(seconds).no_profiles().build()),
                expected,
                "{seconds}"
            );
        }
    }

    #[test]
    fn real_time_is_given_a_quarter_of_a_second_and_its_jitter() {
        let cases = [(0.5, Fail), (0.739, Fail), (0.741, Inconclusive), (0.75, Pass)];
        for (seconds, expected) in cases {
            let real = throttled().context(|context| {
                context.exact_time = false;
                context.jitter_ms = 10;
            });
            assert_eq!(verdict(&real.after(seconds).no_profiles().build()), expected, "{seconds}");
        }
    }

    #[test]
    fn another_call_may_have_been_under_way() {
        let other = |seconds| verdict(&throttled().after(seconds).configuration().build());
        assert_eq!(other(0.0), Inconclusive);
        assert_eq!(other(0.05), Inconclusive);
        assert_eq!(other(0.051), Fail);
    }

    #[test]
    fn the_refused_call_itself_was_not_under_way() {
        let trace = throttled().configuration().after(0.02).no_profiles();
        assert_eq!(verdict(&trace.build()), Fail);
    }

    #[test]
    fn what_arrived_before_the_refusal_left_is_no_repetition() {
        let trace = TraceBuilder::new()
            .ask(Call::Profiles, |ask| ask.status(429).taking(0.3))
            .after(0.2)
            .configuration()
            .after(2.0);
        assert_eq!(verdict(&trace.build()), Pass);
    }

    #[test]
    fn another_device_may_call() {
        let trace = throttled().device(1).launch().no_profiles().after(3.0);
        assert_eq!(verdict(&trace.build()), Pass);
    }

    #[test]
    fn a_relaunch_does_not_end_the_wait() {
        assert_eq!(verdict(&throttled().after(0.3).launch().no_profiles().build()), Fail);
    }

    #[test]
    fn time_that_runs_too_fast_is_not_judged() {
        let fast = throttled().context(|context| {
            context.exact_time = false;
            context.speed = 10.0;
        });
        assert_eq!(verdict(&fast.no_profiles().build()), NotExercised);
    }

    #[test]
    fn without_a_429_it_is_not_exercised() {
        assert_eq!(verdict(&TraceBuilder::new().no_profiles().build()), NotExercised);
        assert_eq!(verdict(&throttled().build()), NotExercised);
    }
}
