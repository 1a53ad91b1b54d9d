//! CFG-2: the configuration is kept for a short while.

use std::time::Duration;

use super::only_when_picking::needless;
use crate::protocol::ClientEvent;
use crate::rules::documents::APR_CHECKLIST;
use crate::rules::measure::{Held, at_least, words};
use crate::rules::{Check, Clause, Findings, Phase, Rule, Violation};
use crate::trace::{Call, Exchange, Happening, Moment, Run, Step, View};

/// How long an answer shall be kept at least.
const KEPT: Duration = Duration::from_secs(2 * 60);

pub(crate) static RULE: Rule = Rule {
    id: "CFG-2",
    name: "configuration-kept",
    phase: Phase::Configuration,
    oct_2024: None,
    apr_2025: Some(Clause::should(
        APR_CHECKLIST,
        "Recommended Practices, 2. Configuration Phase: Configuration Caching",
    )),
    requires: "The configuration is kept for a few minutes, so that opening the picker again does not fetch it again.",
    boundary: "No second call 3 within 2 min of a 200 that could be read in one run, where CFG-1 is silent. It is \
              exercised by a second call 3, or by a picker that is shown again without one.",
    why: "A viewer who goes back and forth makes the app fetch the same large list each time, and waits for it.",
    remedy: "Keep the answer of call 3 in memory for 2 to 5 minutes.",
    needs_events: false,
    capability: None,
    check: Check::Alike(check),
};

fn check(view: &View<'_>, findings: &mut Findings) {
    for run in view.runs().filter(|run| run.asks(&[Call::Configuration])) {
        check_run(view, run, findings);
    }
}

fn check_run(view: &View<'_>, run: &Run<'_>, findings: &mut Findings) {
    let needless: Vec<Moment> =
        needless(run).iter().map(|needless| needless.configuration.arrived).collect();
    let mut last: Option<&Exchange> = None;
    let mut pickers = 0;
    for step in &run.steps {
        match step {
            Step::Asked(exchange) if exchange.call == Some(Call::Configuration) => {
                let judged = needless.binary_search(&exchange.arrived).is_err();
                if let Some(last) = last.filter(|last| judged && is_same(last, exchange)) {
                    check_again(view, last, exchange, findings);
                }
            }
            Step::Answered(exchange) if is_configuration(exchange) => {
                last = Some(exchange);
                pickers = 0;
            }
            Step::Happened(event) => {
                let shown =
                    matches!(event.what, Happening::Showed(ClientEvent::PickerShown { .. }));
                pickers += usize::from(shown && last.is_some());
                if shown && pickers == 2 {
                    findings.exercise();
                }
            }
            _ => {}
        }
    }
}

fn is_configuration(exchange: &Exchange) -> bool {
    exchange.call == Some(Call::Configuration)
        && exchange.status() == Some(200)
        && exchange.json().is_some()
}

fn is_same(one: &Exchange, other: &Exchange) -> bool {
    one.service_provider == other.service_provider
}

fn check_again(view: &View<'_>, last: &Exchange, again: &Exchange, findings: &mut Findings) {
    let pause = again.arrived.since(last.answered.unwrap_or(last.arrived));
    let held = at_least(view.context(), pause, KEPT);
    let violation = || {
        let what = format!("retrieved the configuration again after {}", words(pause));
        Violation::new(what)
            .exchange(last, "retrieved the configuration")
            .exchange(again, "retrieved it again")
            .measured(pause, KEPT)
    };
    match held {
        Held::Kept => findings.exercise(),
        Held::TooClose => findings.doubt(violation()),
        Held::Broken => findings.violate(violation()),
        Held::Unjudgeable => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::{sentences, verdicts};
    use crate::trace::builder::TraceBuilder;
    use crate::verdict::Edition;
    use crate::verdict::Verdict::{NotApplicable, NotExercised, Pass, Warn};

    fn picking() -> TraceBuilder {
        TraceBuilder::new().launch().no_profiles().configuration().shows(picker())
    }

    fn picker() -> ClientEvent {
        ClientEvent::PickerShown { mvpds: vec!["Cablevision".into()] }
    }

    #[test]
    fn showing_the_picker_again_without_a_call_keeps_it() {
        let trace = picking().after(10.0).shows(picker()).build();
        assert_eq!(verdicts(&RULE, &trace), [NotApplicable, Pass]);
    }

    #[test]
    fn fetching_again_at_once_breaks_it() {
        let again = |seconds: f64| picking().after(seconds).configuration().build();
        assert_eq!(verdicts(&RULE, &again(10.0)), [NotApplicable, Warn]);
        assert_eq!(
            sentences(&RULE, &again(10.0), Edition::Apr2025),
            ["retrieved the configuration again after 10 s"]
        );
        // 5 % of two minutes are tolerated.
        assert_eq!(verdicts(&RULE, &again(113.9))[1], Warn);
        assert_eq!(verdicts(&RULE, &again(114.0))[1], Pass);
    }

    #[test]
    fn an_answer_that_cannot_be_read_is_nothing_to_keep() {
        let trace = TraceBuilder::new()
            .launch()
            .no_profiles()
            .ask(Call::Configuration, |ask| ask.truncated())
            .configuration()
            .build();
        assert_eq!(verdicts(&RULE, &trace)[1], NotExercised);
    }

    #[test]
    fn a_call_that_failed_may_be_repeated() {
        let trace = TraceBuilder::new()
            .launch()
            .no_profiles()
            .ask(Call::Configuration, |ask| ask.status(500))
            .configuration()
            .build();
        assert_eq!(verdicts(&RULE, &trace)[1], NotExercised);
    }

    #[test]
    fn what_was_needless_anyway_is_judged_elsewhere() {
        let trace = TraceBuilder::new()
            .launch()
            .profiles(&["Cablevision"])
            .configuration()
            .configuration()
            .build();
        assert_eq!(verdicts(&RULE, &trace)[1], NotExercised);
    }

    #[test]
    fn another_run_begins_anew() {
        let trace = picking().launch().no_profiles().configuration().build();
        assert_eq!(verdicts(&RULE, &trace)[1], NotExercised);
    }
}
