//! PRF-3: two profiles are no dead end.

use crate::protocol::{Action, ClientEvent};
use crate::rules::documents::APR_CHECKLIST;
use crate::rules::patience::{PATIENCE, due};
use crate::rules::{Check, Clause, Findings, Phase, Rule, Violation};
use crate::trace::{Call, Exchange, Happening, KnownProfiles, Run, Step, UserAction, View};

pub(crate) static RULE: Rule = Rule {
    id: "PRF-3",
    name: "several-profiles",
    phase: Phase::Profiles,
    oct_2024: None,
    apr_2025: Some(Clause::should(
        APR_CHECKLIST,
        "Recommended Practices, 3. Authentication Phase: Multiple Profiles Support",
    )),
    requires: "With more than one valid profile the client picks one or lets the viewer pick, and goes on.",
    boundary: "With two valid profiles the user can get to play. Asking for a decision, playing, \
              or letting the user choose between the profiles is enough; whether the provider \
              then permits it is another matter.",
    why: "Viewers with two subscriptions, or with single sign-on beside their own sign-in, can watch nothing.",
    remedy: "Choose a profile (the one that lives longest, say) or show a choice, and go on to decisions with it.",
    needs_events: true,
    capability: None,
    check: Check::Alike(check),
};

fn check(view: &View<'_>, findings: &mut Findings) {
    for run in view.runs() {
        check_run(view, run, findings);
    }
}

fn check_run<'t>(view: &View<'t>, run: &Run<'t>, findings: &mut Findings) {
    let mut known = KnownProfiles::default();
    let mut last: Option<&Exchange> = None;
    for step in &run.steps {
        match step {
            Step::Answered(exchange) => {
                known.hear(exchange);
                if exchange.profiles().is_some() {
                    last = Some(exchange);
                }
            }
            Step::Happened(event) => {
                let Some(action) = run.begun_by(event) else { continue };
                let plays = matches!(action.action, Action::Play { .. });
                if plays && known.all_valid(event.at.at).count() >= 2 {
                    check_play(view, run, action, last, findings);
                }
            }
            Step::Asked(_) => {}
        }
    }
}

fn check_play<'t>(
    view: &View<'t>,
    run: &Run<'t>,
    action: &UserAction<'t>,
    last: Option<&Exchange>,
    findings: &mut Findings,
) {
    if run.steps_of(action).iter().any(|step| goes_on(*step)) {
        findings.exercise();
        return;
    }
    let is_due = due(view, run, action, action.begun, PATIENCE).is_some();
    if is_due && action.unsupported.is_none() {
        let mut violation =
            Violation::new("with several valid profiles, pressing play led nowhere");
        if let Some(last) = last {
            violation = violation.exchange(last, "told of the profiles");
        }
        findings.violate(violation.event(action.event, "the user pressed play"));
    }
}

fn goes_on(step: Step<'_>) -> bool {
    match step {
        // A call to a path that nobody documents may have been meant for one; HDR-8 judges it.
        Step::Asked(exchange) => matches!(exchange.call, Some(Call::Authorize) | None),
        Step::Happened(event) => matches!(
            event.what,
            Happening::Showed(ClientEvent::Playing { .. } | ClientEvent::PickerShown { .. })
        ),
        Step::Answered(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::verdicts;
    use crate::trace::builder::TraceBuilder;
    use crate::verdict::Verdict::{NotApplicable, NotExercised, Pass, Warn};

    fn play_with(mvpds: &[&str]) -> TraceBuilder {
        TraceBuilder::new().launch().profiles(mvpds).done().play("news")
    }

    const TWO: [&str; 2] = ["Cablevision", "Spectrum"];

    #[test]
    fn going_on_with_one_of_them_keeps_it() {
        let permitted = play_with(&TWO).permitted("Spectrum", "news").done().build();
        assert_eq!(verdicts(&RULE, &permitted), [NotApplicable, Pass]);
        let denied = play_with(&TWO).denied("Spectrum", "news", "x", "none").done().build();
        assert_eq!(verdicts(&RULE, &denied), [NotApplicable, Pass]);
        let choice = ClientEvent::PickerShown { mvpds: TWO.map(Into::into).into() };
        let asked = play_with(&TWO).shows(choice).done().build();
        assert_eq!(verdicts(&RULE, &asked), [NotApplicable, Pass]);
        let misspelt = "/api/v2/REF30/decision/authorize/Spectrum";
        let asked = play_with(&TWO).ask(Call::Authorize, |ask| ask.target("POST", misspelt)).done();
        assert_eq!(verdicts(&RULE, &asked.build()), [NotApplicable, Pass]);
    }

    #[test]
    fn leading_nowhere_breaks_it() {
        assert_eq!(verdicts(&RULE, &play_with(&TWO).done().build()), [NotApplicable, Warn]);
        assert_eq!(verdicts(&RULE, &play_with(&TWO).after(31.5).build()), [NotApplicable, Warn]);
    }

    #[test]
    fn too_little_time_shows_nothing() {
        assert_eq!(verdicts(&RULE, &play_with(&TWO).after(31.4).build())[1], NotExercised);
    }

    #[test]
    fn one_profile_is_not_meant() {
        let trace = play_with(&["Cablevision"]).done().build();
        assert_eq!(verdicts(&RULE, &trace)[1], NotExercised);
    }
}
