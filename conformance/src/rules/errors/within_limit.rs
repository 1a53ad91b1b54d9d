//! THR-3

use crate::rules::documents::{APR_CHECKLIST, THROTTLING};
use crate::rules::polls::Polls;
use crate::rules::{self, Check, Clause, Findings, Phase, Rule, Violation};
use crate::trace::{Exchange, Moment, View};
use crate::verdict::{Edition, Level};

pub(crate) static RULE: Rule = Rule {
    id: "THR-3",
    name: "within-limit",
    phase: Phase::Errors,
    oct_2024: Some(Clause::should(THROTTLING, "Actual limits and endpoints")),
    apr_2025: Some(Clause::must(
        APR_CHECKLIST,
        "Mandatory Requirements, 3. Authentication Phase: Polling Mechanism Configuring",
    )),
    requires: "A client keeps within one call a second and a burst of ten, so that it is not throttled \
               in the first place.",
    boundary: "In a scenario about throttling, no series of 429 begins that the scenario did not \
              ask for. Where another violation came within the ten seconds before, that one is to \
              blame. Only polls are a must.",
    why: "Every refused call is a delay that the viewer sees, and a device that is throttled once \
          keeps living on the edge.",
    remedy: "Make fewer calls: keep what is known, do not ask in parallel for what one call tells, and \
             poll every few seconds.",
    needs_events: false,
    capability: None,
    check: Check::ByEdition(check),
};

/// How far apart two refusals are that belong to different series, and how far back another violation
/// may be that led to them, in milliseconds.
const SERIES: i64 = 10_000;

fn check(view: &View<'_>, edition: Edition, findings: &mut Findings) {
    if !view.context().about_throttling {
        return;
    }
    if view.exchanges().next().is_some() {
        findings.exercise();
    }
    let first = series(view);
    if first.is_empty() {
        return;
    }
    let polls = Polls::of(view);
    let blamed = view.blamed(edition, other_violations);
    for (refused, calls) in first {
        let at = refused.arrived.at;
        let led_to_it =
            |before: &Moment| before.order < refused.arrived.order && at - before.at <= SERIES;
        if blamed.iter().any(led_to_it) {
            continue;
        }
        let what = format!("ran into throttling, with {calls} calls in the 10 s before");
        let violation = Violation::new(what).exchange(refused, "the first refusal");
        let binding = edition == Edition::Oct2024 || polls.contains(refused);
        findings.violate(if binding { violation } else { violation.level(Level::Should) });
    }
}

/// The first refusal of each series that the scenario did not ask for, with the number of the device's
/// calls shortly before.
fn series<'t>(view: &View<'t>) -> Vec<(&'t Exchange, usize)> {
    let mut first = Vec::new();
    for device in view.devices() {
        let mut calls: Vec<_> = device.runs.iter().flat_map(|run| run.requests()).collect();
        calls.sort_by_key(|exchange| exchange.arrived);
        let mut last = None;
        for (place, refused) in calls.iter().enumerate().filter(|(_, call)| call.throttled()) {
            let at = refused.arrived.at;
            let begins = last.is_none_or(|last: i64| at - last > SERIES);
            if begins && !refused.provoked {
                let before = calls.partition_point(|call| call.arrived.at < at - SERIES);
                first.push((*refused, place - before));
            }
            last = Some(at);
        }
    }
    first
}

/// When the other rules of the edition found something, in the whole trace: another device's violation
/// counts, too, since devices that share an address may share its limit.
fn other_violations(view: &View<'_>, edition: Edition) -> Vec<Moment> {
    let others = rules::all().iter().filter(|rule| rule.id != RULE.id);
    let others = others.filter(|rule| rule.clause(edition).is_some());
    let mut found = Findings::default();
    for rule in others.filter(|rule| rule.inapplicable(view.context()).is_none()) {
        rule.check.look(view, edition, &mut found);
    }
    found.finish(usize::MAX);
    let evidence = found.violations.iter().flat_map(|violation| &violation.evidence);
    evidence.map(|evidence| evidence.at).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge;
    use crate::protocol::BrowserEvent;
    use crate::rules::testing;
    use crate::trace::builder::TraceBuilder;
    use crate::trace::{Call, Trace};
    use crate::verdict::Verdict::{self, Fail, NotExercised, Pass, Warn};

    fn verdicts(trace: &Trace) -> [Verdict; 2] {
        testing::verdicts(&RULE, trace)
    }

    fn throttling() -> TraceBuilder {
        TraceBuilder::new().context(|context| context.about_throttling = true).launch().registered()
    }

    fn refused(trace: TraceBuilder, call: Call) -> TraceBuilder {
        trace.ask(call, |ask| ask.status(429))
    }

    #[test]
    fn keeping_within_the_limit_passes() {
        assert_eq!(verdicts(&throttling().no_profiles().build()), [Pass, Pass]);
    }

    #[test]
    fn running_into_it_is_warned_of() {
        let trace = refused(throttling().no_profiles(), Call::Configuration).after(5.0);
        assert_eq!(verdicts(&trace.build()), [Warn, Warn]);
    }

    #[test]
    fn polling_into_it_fails_in_2025() {
        let trace = throttling().no_profiles().sign_in("Dish").session("Dish").after(60.0);
        let trace = refused(trace.browser(BrowserEvent::Reached), Call::ProfileByCode);
        assert_eq!(verdicts(&trace.build()), [Warn, Fail]);
    }

    #[test]
    fn a_series_counts_once() {
        let trace = refused(throttling().no_profiles(), Call::Profiles).after(10.0);
        let trace = refused(trace, Call::Profiles).after(10.001);
        let trace = refused(trace, Call::Profiles).build();
        let judged = testing::judged(&RULE, &trace, Edition::Oct2024);
        assert_eq!(judged.violations.len(), 2);
    }

    #[test]
    fn what_the_scenario_asked_for_is_not_blamed() {
        let trace = throttling().ask(Call::Profiles, |ask| ask.status(429).provoked());
        let trace = refused(trace.after(2.0), Call::Profiles);
        assert_eq!(verdicts(&trace.build()), [Pass, Pass]);
    }

    #[test]
    fn another_devices_violation_is_to_blame_in_whatever_part_of_the_trace_it_is() {
        let trace = |devices: u32, header: &str| {
            let first = throttling().ask(Call::Profiles, |ask| ask.without(header));
            // More than what is looked at together.
            let many = (1..devices).fold(first, |story, device| {
                let story = story.device(device).registered();
                (0..50).fold(story, |story, _| story.no_profiles())
            });
            refused(many.device(devices).registered(), Call::Profiles).build()
        };
        for (devices, header, expected) in [
            (2, "ap-device-identifier", Pass),
            (60, "ap-device-identifier", Pass),
            (2, "x-none", Warn),
            (60, "x-none", Warn),
        ] {
            let judged = judge::judge(&trace(devices, header), Edition::Oct2024);
            let judged = judged.iter().find(|judged| judged.rule.id == RULE.id);
            let verdict = judged.map(|judged| judged.verdict);
            assert_eq!(verdict, Some(expected), "{devices} devices without {header}");
        }
    }

    #[test]
    fn another_violation_shortly_before_is_to_blame() {
        let bare = |seconds| {
            let trace = throttling()
                .ask(Call::Profiles, |ask| ask.without("ap-device-identifier"))
                .after(seconds);
            verdicts(&refused(trace, Call::Configuration).build())
        };
        assert_eq!(bare(10.0), [Pass, Pass]);
        assert_eq!(bare(10.001), [Warn, Warn]);
    }

    #[test]
    fn what_came_of_it_is_not_to_blame() {
        let trace = refused(throttling().no_profiles(), Call::Configuration).done();
        assert_eq!(verdicts(&trace.build()), [Warn, Warn]);
        let hasty = refused(throttling().no_profiles(), Call::Configuration).after(0.1);
        assert_eq!(verdicts(&refused(hasty, Call::Configuration).build()), [Warn, Warn]);
    }

    #[test]
    fn other_scenarios_do_not_exercise_it() {
        let trace = refused(TraceBuilder::new().launch(), Call::Profiles).build();
        assert_eq!(verdicts(&trace), [NotExercised, NotExercised]);
    }
}
