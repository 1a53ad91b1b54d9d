//! AZN-4

use super::plays;
use crate::protocol::{Action, ClientEvent};
use crate::rules::documents::APR_CHECKLIST;
use crate::rules::{Check, Clause, Findings, Phase, Rule, Violation};
use crate::trace::{Event, Happening, Moment, Run, View};

pub(crate) static RULE: Rule = Rule {
    id: "AZN-4",
    name: "plays-through-expiry",
    phase: Phase::Decisions,
    oct_2024: None,
    apr_2025: Some(Clause::must(
        APR_CHECKLIST,
        "Mandatory Requirements, 5. Authorization Phase: Authorization Decisions Retrieval",
    )),
    requires: "A stream that plays goes on when its media token expires.",
    boundary: "Playback does not stop because the media token expired. The rule is exercised when \
              something played beyond the expiry.",
    why: "A media token lives for minutes and only opens the door: a player that stops with it cuts \
          every viewer off in the middle of what they watch.",
    remedy: "Check the media token once, at the start, and ask for a new decision at the next play.",
    needs_events: true,
    capability: None,
    check: Check::Alike(check),
};

fn check(view: &View<'_>, findings: &mut Findings) {
    for run in view.runs() {
        for event in run.events() {
            if is_stopped_by_expiry(event) {
                let what = "playback stopped because the media token had expired";
                findings.violate(Violation::new(what).event(event, "stopped: token_expired"));
            }
        }
        if run.actions.iter().any(|action| {
            plays::resource_of(action).is_some_and(|resource| {
                let begun = action.begun;
                let started = plays::started(run, action, resource).next();
                started.is_some_and(|started| outlived(run, resource, begun, started.at))
            })
        }) {
            findings.exercise();
        }
    }
}

fn is_stopped_by_expiry(event: &Event) -> bool {
    matches!(
        &event.what,
        Happening::Showed(ClientEvent::Stopped { reason: Some(reason), .. })
            if reason == "token_expired"
    )
}

/// Whether what started playing was still playing when its media token expired.
fn outlived(run: &Run<'_>, resource: &str, begun: Moment, started: Moment) -> bool {
    let last = plays::decisions(run, resource, begun, started).last();
    let Some(expiry) = last.and_then(|(_, decision)| decision.token_not_after) else {
        return false;
    };
    let later = run.after(started).iter().filter_map(|step| step.event());
    let end = later.filter(|event| ends_playback(&event.what)).map(|event| event.at).next();
    end.unwrap_or(run.end).at > expiry
}

fn ends_playback(what: &Happening) -> bool {
    match what {
        Happening::Showed(ClientEvent::Stopped { .. } | ClientEvent::Playing { .. })
        | Happening::Ended { .. } => true,
        Happening::Did { action, .. } => {
            matches!(action, Action::Stop | Action::Play { .. } | Action::Quit | Action::SignOut)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::rules::testing;
    use crate::trace::builder::{START, TraceBuilder};
    use crate::trace::{Call, Trace};
    use crate::verdict::Verdict::{self, Fail, NotApplicable, NotExercised, Pass};

    fn verdict(trace: &Trace) -> Verdict {
        let [oct, apr] = testing::verdicts(&RULE, trace);
        assert_eq!(oct, NotApplicable);
        apr
    }

    /// Playing since second 0 with a token that lives seven minutes.
    fn playing() -> TraceBuilder {
        let token = json!({"serializedToken": "x", "notAfter": START + 420_000});
        let decision = json!({"resource": "news", "authorized": true, "token": token});
        TraceBuilder::new()
            .launch()
            .play("news")
            .ask(Call::Authorize, |ask| ask.answer(200, json!({"decisions": [decision]})))
            .shows(ClientEvent::Playing { resource: "news".into() })
            .done()
    }

    fn stopped(reason: &str) -> ClientEvent {
        ClientEvent::Stopped { resource: Some("news".into()), reason: Some(reason.into()) }
    }

    #[test]
    fn playing_on_passes() {
        assert_eq!(verdict(&playing().after(421.0).user(Action::Stop).build()), Pass);
        assert_eq!(verdict(&playing().after(421.0).build()), Pass);
    }

    #[test]
    fn stopping_with_the_token_fails() {
        assert_eq!(verdict(&playing().after(420.0).shows(stopped("token_expired")).build()), Fail);
    }

    #[test]
    fn other_ends_are_no_matter() {
        for reason in ["user", "ended", "error"] {
            let trace = playing().after(421.0).shows(stopped(reason)).build();
            assert_eq!(verdict(&trace), Pass, "{reason}");
        }
    }

    #[test]
    fn what_ended_before_the_expiry_proves_nothing() {
        let trace = playing().after(419.0).shows(stopped("user")).after(100.0);
        assert_eq!(verdict(&trace.build()), NotExercised);
        assert_eq!(verdict(&playing().after(420.0).build()), NotExercised);
    }

    #[test]
    fn nothing_played_nothing_judged() {
        assert_eq!(verdict(&TraceBuilder::new().launch().after(999.0).build()), NotExercised);
        assert_eq!(verdict(&TraceBuilder::capture().build()), NotApplicable);
    }
}
