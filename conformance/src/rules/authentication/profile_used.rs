//! AUT-2: a valid profile is used, not fetched again.

use crate::rules::documents::{APR_COOKBOOK, OCT_COOKBOOK};
use crate::rules::{Check, Clause, Findings, Phase, Rule, Violation};
use crate::trace::{
    Call, Exchange, Happening, KnownProfile, KnownProfiles, Moment, Run, Step, View,
};

pub(crate) static RULE: Rule = Rule {
    id: "AUT-2",
    name: "profile-used",
    phase: Phase::Authentication,
    oct_2024: Some(Clause::must(OCT_COOKBOOK, "Step 2: Check for existing authenticated profiles")),
    apr_2025: Some(Clause::must(APR_COOKBOOK, "Step 2: Check for existing authenticated profiles")),
    requires: "With a valid profile the client goes on to decisions; it opens no session for that provider.",
    boundary: "No call 4 for an MVPD whose valid regular profile the run already knows, unless \
              the user asked to sign in again or an error with the action `authentication` came \
              since. It is exercised by a run that knows such a profile and goes on: asks \
              something, or is asked.",
    why: "Signed-in viewers are asked to sign in again, and every such session costs the service and the provider.",
    remedy: "Where call 8, 9 or 10 returned a valid profile, continue with calls 11 and 12; open a session only when the viewer asks or an error says `authentication`.",
    needs_events: false,
    capability: None,
    check: Check::Alike(check),
};

fn check(view: &View<'_>, findings: &mut Findings) {
    for run in view.runs() {
        check_run(run, view.context().has_events, findings);
    }
}

/// Whether the viewer asked to sign in again is nothing that a capture shows: there a session too many
/// is no more than a doubt.
fn check_run(run: &Run<'_>, has_events: bool, findings: &mut Findings) {
    let mut known = KnownProfiles::default();
    // The last time the user or an error asked for another sign-in.
    let mut reason = None;
    let mut exercised = false;
    for step in &run.steps {
        let goes_on = match step {
            Step::Answered(exchange) => {
                known.hear(exchange);
                if exchange.demands("authentication") {
                    reason = Some(step.moment());
                }
                false
            }
            Step::Asked(exchange) => {
                if let Some(held) = held(&known, exchange).filter(|held| !excused(held, reason)) {
                    let violation = Violation::new(
                        "opened a session though the viewer's profile is known and valid",
                    )
                    .exchange(held.told_by, "held the profile")
                    .exchange(exchange, "opened a session for the same provider");
                    match has_events {
                        true => findings.violate(violation),
                        false => findings.doubt(violation),
                    }
                }
                true
            }
            Step::Happened(event) => {
                let action = run.begun_by(event);
                if action.is_some_and(|action| action.asks_to_sign_in()) {
                    reason = Some(event.at);
                }
                matches!(event.what, Happening::Did { .. } | Happening::Done { .. })
            }
        };
        let at = step.moment().at;
        if goes_on && !exercised && known.all_valid(at).any(|known| known.profile.is_regular()) {
            exercised = true;
            findings.exercise();
        }
    }
}

/// The valid regular profile that a call 4 disregards.
fn held<'t>(known: &KnownProfiles<'t>, exchange: &Exchange) -> Option<KnownProfile<'t>> {
    let mvpd = exchange.mvpd.as_deref().filter(|_| exchange.call == Some(Call::CreateSession))?;
    known.valid(mvpd, exchange.arrived.at).filter(|held| held.profile.is_regular())
}

fn excused(held: &KnownProfile<'_>, reason: Option<Moment>) -> bool {
    let told = held.told_by.answered.unwrap_or(held.told_by.arrived);
    reason.is_some_and(|reason| reason > told)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::rules::testing::verdicts;
    use crate::trace::builder::TraceBuilder;
    use crate::verdict::Verdict::{Fail, Inconclusive, NotExercised, Pass};

    fn signed_in() -> TraceBuilder {
        TraceBuilder::new().launch().registered().profiles(&["Cablevision"])
    }

    #[test]
    fn going_on_to_decisions_keeps_it() {
        let trace = signed_in().play("news").permitted("Cablevision", "news").build();
        assert_eq!(verdicts(&RULE, &trace), [Pass; 2]);
    }

    #[test]
    fn a_capture_does_not_show_whether_the_viewer_asked_for_it() {
        let trace = TraceBuilder::capture().profiles(&["Cablevision"]).session("Cablevision");
        assert_eq!(verdicts(&RULE, &trace.build()), [Inconclusive; 2]);
    }

    #[test]
    fn a_session_all_the_same_breaks_it() {
        assert_eq!(verdicts(&RULE, &signed_in().session("Cablevision").build()), [Fail; 2]);
        let direct = signed_in().session_direct("Cablevision", "authenticated").build();
        assert_eq!(verdicts(&RULE, &direct), [Fail; 2]);
        let by_poll = TraceBuilder::new()
            .launch()
            .sign_in("Cablevision")
            .session("Cablevision")
            .poll_finds("Cablevision")
            .session("Cablevision")
            .build();
        assert_eq!(verdicts(&RULE, &by_poll), [Fail; 2]);
    }

    #[test]
    fn a_check_on_behalf_of_the_user_must_be_heeded() {
        let trace = TraceBuilder::new()
            .launch()
            .sign_in("Cablevision")
            .profiles(&["Cablevision"])
            .session("Cablevision")
            .build();
        assert_eq!(verdicts(&RULE, &trace), [Fail; 2]);
    }

    #[test]
    fn the_user_may_sign_in_again() {
        let trace = signed_in().sign_in("Cablevision").session("Cablevision").build();
        assert_eq!(verdicts(&RULE, &trace), [Pass; 2]);
    }

    #[test]
    fn an_error_may_ask_for_it() {
        let trace = signed_in()
            .denied("Cablevision", "news", "authenticated_profile_invalidated", "authentication")
            .session("Cablevision")
            .build();
        assert_eq!(verdicts(&RULE, &trace), [Pass; 2]);
        let another_action = signed_in()
            .denied("Cablevision", "news", "authorization_denied_by_mvpd", "none")
            .session("Cablevision")
            .build();
        assert_eq!(verdicts(&RULE, &another_action), [Fail; 2]);
    }

    #[test]
    fn another_provider_is_another_matter() {
        assert_eq!(verdicts(&RULE, &signed_in().session("Spectrum").build()), [Pass; 2]);
        let out = signed_in().logout("Cablevision", "complete", "none").session("Cablevision");
        assert_eq!(verdicts(&RULE, &out.build()), [Pass; 2]);
    }

    #[test]
    fn an_expired_profile_is_none() {
        let opened = |seconds: f64| {
            let story = TraceBuilder::new().launch();
            let answer = story.profile_map(&["Cablevision"], 600.0);
            story
                .ask(Call::Profiles, |ask| ask.answer(200, answer))
                .at(seconds)
                .session("Cablevision")
                .build()
        };
        assert_eq!(verdicts(&RULE, &opened(599.0)), [Fail; 2]);
        assert_eq!(verdicts(&RULE, &opened(600.0)), [NotExercised; 2]);
    }

    #[test]
    fn a_profile_of_another_kind_is_not_meant() {
        let profile = json!({"type": "platformSSO", "notAfter": 4_000_000_000_000_i64});
        let trace = TraceBuilder::new()
            .launch()
            .ask(Call::Profiles, |ask| {
                ask.answer(200, json!({"profiles": {"Cablevision": profile}}))
            })
            .session("Cablevision")
            .build();
        assert_eq!(verdicts(&RULE, &trace), [NotExercised; 2]);
    }

    #[test]
    fn nothing_after_the_profile_shows_nothing() {
        assert_eq!(verdicts(&RULE, &signed_in().build()), [NotExercised; 2]);
        assert_eq!(verdicts(&RULE, &signed_in().done().build()), [Pass; 2]);
    }
}
