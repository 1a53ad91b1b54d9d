//! AZN-1

use foldhash::HashSet;

use super::plays;
use crate::protocol::ClientEvent;
use crate::rules::documents::{APR_CHECKLIST, OCT_COOKBOOK};
use crate::rules::{Check, Clause, Findings, Phase, Rule, Violation};
use crate::trace::{Call, Event, Exchange, Happening, Moment, Run, UserAction, View};

pub(crate) static RULE: Rule = Rule {
    id: "AZN-1",
    name: "authorize-every-play",
    phase: Phase::Decisions,
    oct_2024: Some(Clause::must(OCT_COOKBOOK, "Step 6: Check for authorized resources")),
    apr_2025: Some(Clause::must(
        APR_CHECKLIST,
        "Mandatory Requirements, 5. Authorization Phase: Authorization Decisions Retrieval",
    )),
    requires: "Each time playback starts, an authorize decision was obtained for that very play.",
    boundary: "Playback starts only after an authorize decision on that resource since the play \
              was asked for. A preauthorization does not count, nor does an older permit; what \
              the decision was is AZN-2's business. A client that says that it cannot play at all \
              fails the phase, which is mandatory.",
    why: "Playing on a preauthorization or on yesterday's permit breaks the contracts between \
          programmer and MVPD, and hides the play from monitoring.",
    remedy: "Call authorize when the user presses Play, every time, and start the stream with the \
             media token of that answer.",
    needs_events: true,
    capability: None,
    check: Check::Alike(check),
};

/// How many steps before a start are searched for what the client may have relied on.
const LOOK_BACK: usize = 1000;

fn check(view: &View<'_>, findings: &mut Findings) {
    for run in view.runs() {
        let mut judged = HashSet::default();
        for event in run.events() {
            let Happening::Showed(ClientEvent::Playing { resource }) = &event.what else {
                continue;
            };
            let play = last_play(run, resource, event.at);
            let since = play.map_or_else(Moment::default, |action| action.begun);
            // Playback may stop and go on within one play; its start is what counts.
            if judged.insert((since, resource)) {
                check_start(run, resource, since, event, findings);
            }
        }
        for (action, resource) in plays::asked(run) {
            if let Some(event) = action.unsupported {
                let what = format!("says that it cannot play {resource:?}");
                findings.violate(Violation::new(what).event(event, "playing is unsupported"));
            }
        }
    }
}

fn last_play<'r, 't>(
    run: &'r Run<'t>,
    resource: &str,
    before: Moment,
) -> Option<&'r UserAction<'t>> {
    let begun = run.actions.partition_point(|action| action.begun < before);
    let mut latest_first = run.actions[..begun].iter().rev();
    latest_first.find(|action| plays::resource_of(action) == Some(resource))
}

fn check_start(
    run: &Run<'_>,
    resource: &str,
    since: Moment,
    started: &Event,
    findings: &mut Findings,
) {
    findings.exercise();
    if plays::decisions(run, resource, since, started.at).next().is_some() {
        return;
    }
    let what = format!("playback of {resource:?} started without an authorize decision for it");
    let mut violation = Violation::new(what);
    if let Some((older, shows)) = taken_for_one(run, resource, started.at) {
        violation = violation.exchange(older, shows);
    }
    findings.violate(violation.event(started, format!("plays {resource:?}")));
}

/// The latest answer that the client may have relied on instead.
fn taken_for_one<'t>(
    run: &Run<'t>,
    resource: &str,
    until: Moment,
) -> Option<(&'t Exchange, &'static str)> {
    let steps = run.between(Moment::default(), until).iter().rev().take(LOOK_BACK);
    let about = |exchange: &&Exchange| {
        exchange.decided().any(|told| plays::is_about(told.resource, resource))
    };
    let exchange = steps.filter_map(|step| step.answered()).find(about)?;
    let is_filter = exchange.is(&[Call::Preauthorize]);
    let shows =
        if is_filter { "a preauthorization does not count" } else { "is of an earlier play" };
    Some((exchange, shows))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing;
    use crate::trace::Trace;
    use crate::trace::builder::TraceBuilder;
    use crate::verdict::Edition;
    use crate::verdict::Verdict::{self, Fail, NotApplicable, NotExercised, Pass};

    fn verdict(trace: &Trace) -> Verdict {
        let [oct, apr] = testing::verdicts(&RULE, trace);
        assert_eq!(oct, apr);
        oct
    }

    fn plays(trace: TraceBuilder) -> TraceBuilder {
        trace.shows(ClientEvent::Playing { resource: "news".into() })
    }

    fn watched() -> TraceBuilder {
        plays(TraceBuilder::new().launch().play("news").permitted("Dish", "news")).done()
    }

    #[test]
    fn a_decision_for_this_play_passes() {
        assert_eq!(verdict(&watched().build()), Pass);
    }

    #[test]
    fn an_older_permit_does_not_count() {
        let again = plays(watched().play("news"));
        assert_eq!(verdict(&again.build()), Fail);
        let again = plays(watched().play("news").permitted("Dish", "news"));
        assert_eq!(verdict(&again.build()), Pass);
    }

    #[test]
    fn a_preauthorization_does_not_count() {
        let trace = TraceBuilder::new().launch().preauthorized("Dish", &["news"]).play("news");
        let trace = plays(trace).build();
        assert_eq!(verdict(&trace), Fail);
        let judged = testing::judged(&RULE, &trace, Edition::Oct2024);
        assert_eq!(judged.violations[0].evidence[0].shows, "a preauthorization does not count");
    }

    #[test]
    fn a_decision_on_something_else_does_not_count() {
        let trace = TraceBuilder::new().launch().play("news").permitted("Dish", "sports");
        assert_eq!(verdict(&plays(trace).build()), Fail);
    }

    #[test]
    fn a_decision_that_comes_too_late_does_not_count() {
        let trace = plays(TraceBuilder::new().launch().play("news")).permitted("Dish", "news");
        assert_eq!(verdict(&trace.build()), Fail);
    }

    #[test]
    fn an_mrss_document_speaks_of_its_channel() {
        let document = "<rss><channel><title>news</title></channel></rss>";
        let trace = TraceBuilder::new().launch().play("news").permitted("Dish", document);
        assert_eq!(verdict(&plays(trace).build()), Pass);
    }

    #[test]
    fn going_on_after_a_pause_needs_no_new_decision() {
        assert_eq!(verdict(&plays(watched().after(600.0)).build()), Pass);
    }

    #[test]
    fn a_client_that_cannot_play_fails() {
        let trace = TraceBuilder::new().launch().play("news");
        let trace = trace.happen(Happening::Unsupported { id: 2 });
        assert_eq!(verdict(&trace.build()), Fail);
    }

    #[test]
    fn nothing_played_nothing_judged() {
        let refused = TraceBuilder::new().launch().play("news").done().build();
        assert_eq!(verdict(&refused), NotExercised);
        assert_eq!(verdict(&TraceBuilder::capture().build()), NotApplicable);
    }
}
