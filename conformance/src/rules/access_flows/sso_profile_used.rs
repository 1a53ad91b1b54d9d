//! SSO-2

use super::needless::{self, Access};
use crate::rules::documents::{APR_SERVICE_TOKEN, OCT_SERVICE_TOKEN};
use crate::rules::{Check, Clause, Findings, Phase, Rule};
use crate::trace::{Call, Exchange, View};

pub(crate) static RULE: Rule = Rule {
    id: "SSO-2",
    name: "sso-profile-used",
    phase: Phase::AccessFlows,
    oct_2024: Some(Clause::must(
        OCT_SERVICE_TOKEN,
        "Perform authentication through single sign-on using service token",
    )),
    apr_2025: Some(Clause::must(
        APR_SERVICE_TOKEN,
        "Perform authentication through single sign-on using service token",
    )),
    requires: "When there is a profile from single sign-on, the client goes on with it.",
    boundary: "After an answer with a valid profile from single sign-on the user is not asked to \
              sign in within that user action: no code, no page to sign in at, no offer, no picker. \
              A picker that belongs to the user's own wish to sign in is fine, and may be told of a \
              little late. A profile of the types serviceTokenSSO and platformSSO counts for the user's \
              next actions in that run too, other than signing in or out, until it ends or an answer \
              says that it is gone.",
    why: "The viewer has signed in already, on another device or in another app: being asked again is \
          just what single sign-on was to spare them.",
    remedy: "Treat profiles of the types serviceTokenSSO, platformSSO and appleSSO like regular ones.",
    needs_events: true,
    capability: None,
    check: Check::Alike(check),
};

fn check(view: &View<'_>, findings: &mut Findings) {
    needless::check(view, "single sign-on", read, findings);
}

fn read(exchange: &Exchange) -> Access<'_> {
    let Some(profiles) = exchange.profiles() else { return Access::Unsaid };
    let at = exchange.answered.unwrap_or(exchange.arrived).at;
    let signed_on = profiles.iter().find(|profile| {
        matches!(profile.kind, "serviceTokenSSO" | "platformSSO" | "appleSSO")
            && profile.is_valid_at(at)
    });
    match signed_on {
        // What the partner says may have changed in the system's settings meanwhile.
        Some(profile) if profile.kind == "appleSSO" => Access::Given(profile.mvpd),
        Some(profile) => Access::Lasting(profile.mvpd, profile.not_after),
        // The viewer is not done signing in, which says nothing about single sign-on.
        None if exchange.is(&[Call::ProfileByCode]) => Access::Unsaid,
        None => Access::Gone,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::protocol::ClientEvent;
    use crate::rules::testing;
    use crate::trace::Trace;
    use crate::trace::builder::{START, TraceBuilder};
    use crate::verdict::Verdict::{self, Fail, NotApplicable, NotExercised, Pass};

    fn verdict(trace: &Trace) -> Verdict {
        let [oct, apr] = testing::verdicts(&RULE, trace);
        assert_eq!(oct, apr);
        oct
    }

    fn launched(kind: &str, not_after: i64) -> TraceBuilder {
        let profile = json!({"type": kind, "notAfter": START + not_after});
        TraceBuilder::new()
            .launch()
            .ask(Call::Profiles, |ask| ask.answer(200, json!({"profiles": {"Dish": profile}})))
    }

    fn picker() -> ClientEvent {
        ClientEvent::PickerShown { mvpds: Vec::new() }
    }

    #[test]
    fn going_on_passes() {
        for kind in ["serviceTokenSSO", "platformSSO", "appleSSO"] {
            assert_eq!(verdict(&launched(kind, 60_000).done().build()), Pass, "{kind}");
        }
    }

    #[test]
    fn asking_to_sign_in_fails() {
        for kind in ["serviceTokenSSO", "platformSSO", "appleSSO"] {
            assert_eq!(verdict(&launched(kind, 60_000).shows(picker()).build()), Fail, "{kind}");
        }
        let trace = launched("platformSSO", 60_000).says("sign_in_offered", "Sign in");
        assert_eq!(verdict(&trace.build()), Fail);
    }

    #[test]
    fn what_was_told_at_launch_counts_at_play() {
        let played = |kind, not_after| launched(kind, not_after).done().play("news");
        let offered = |trace: TraceBuilder| verdict(&trace.says("sign_in_offered", "x").build());
        assert_eq!(offered(played("serviceTokenSSO", 60_000)), Fail);
        assert_eq!(offered(played("appleSSO", 60_000)), Pass, "the settings may have changed");
        assert_eq!(offered(played("platformSSO", 60_000).after(60.0)), Pass, "it has ended");
        assert_eq!(offered(played("platformSSO", 60_000).no_profiles()), Pass, "it is gone");
        let missing = played("platformSSO", 60_000).ask(Call::Authorize, |ask| {
            ask.error(403, "authenticated_profile_missing", "authentication")
        });
        assert_eq!(offered(missing), Pass);
        let wished = launched("platformSSO", 60_000).done().sign_in("Dish").shows(picker());
        assert_eq!(verdict(&wished.done().build()), Pass);
        let out = launched("platformSSO", 60_000).done().sign_out();
        assert_eq!(offered(out), Pass);
    }

    #[test]
    fn in_real_time_the_picker_may_have_been_noted_late() {
        let shown = |seconds| {
            let trace = launched("platformSSO", 60_000).context(|c| c.exact_time = false);
            verdict(&trace.after(seconds).shows(picker()).build())
        };
        assert_eq!(shown(0.25), Pass);
        assert_eq!(shown(0.251), Fail);
    }

    #[test]
    fn an_expired_profile_gives_nothing() {
        assert_eq!(verdict(&launched("platformSSO", 0).shows(picker()).build()), NotExercised);
    }

    #[test]
    fn other_profiles_are_judged_elsewhere() {
        assert_eq!(verdict(&launched("regular", 60_000).shows(picker()).build()), NotExercised);
        assert_eq!(verdict(&TraceBuilder::capture().build()), NotApplicable);
    }
}
