//! DEG-1

use super::needless::{self, Access};
use crate::rules::documents::{APR_DEGRADED, OCT_DEGRADED};
use crate::rules::{Check, Clause, Findings, Phase, Rule};
use crate::trace::{Call, Exchange, View};

pub(crate) static RULE: Rule = Rule {
    id: "DEG-1",
    name: "degraded-goes-on",
    phase: Phase::AccessFlows,
    oct_2024: Some(Clause::must(
        OCT_DEGRADED,
        "Perform authentication while degradation is applied",
    )),
    apr_2025: Some(Clause::must(
        APR_DEGRADED,
        "Perform authentication while degradation is applied",
    )),
    requires: "While degradation is applied the client goes straight on to decisions.",
    boundary: "After `authorize/direct/degraded`, or a degraded profile, the user is not asked to \
              sign in within that user action: no code, no page to sign in at, no offer, no picker. \
              A picker that belongs to the user's own wish to sign in is fine, and may be told of a \
              little late.",
    why: "Degradation is there because nobody can sign in: sending viewers to a login page that is down \
          defeats it.",
    remedy: "Treat authorize/direct/degraded and a degraded profile like a signed-in viewer.",
    needs_events: true,
    capability: Some("degradation"),
    check: Check::Alike(check),
};

fn check(view: &View<'_>, findings: &mut Findings) {
    needless::check(view, "degradation", read, findings);
}

fn read(exchange: &Exchange) -> Access<'_> {
    if let Some(session) = exchange.session() {
        let degraded = session.is_direct_authorize() && session.reason_type == "degraded";
        let mvpd = session.mvpd.or(exchange.mvpd.as_deref()).unwrap_or_default();
        return if degraded { Access::Given(mvpd) } else { Access::Gone };
    }
    let Some(profiles) = exchange.profiles() else { return Access::Unsaid };
    match profiles.iter().find(|profile| profile.kind == "degraded") {
        Some(profile) => Access::Given(profile.mvpd),
        // Call 8 leaves degraded profiles out.
        None if exchange.is(&[Call::Profiles]) => Access::Unsaid,
        None => Access::Gone,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::protocol::{Action, ClientEvent};
    use crate::rules::testing;
    use crate::trace::Trace;
    use crate::trace::builder::TraceBuilder;
    use crate::verdict::Verdict::{self, Fail, NotApplicable, NotExercised, Pass};

    fn verdict(trace: &Trace) -> Verdict {
        let [oct, apr] = testing::verdicts(&RULE, trace);
        assert_eq!(oct, apr);
        oct
    }

    fn signing_in() -> TraceBuilder {
        TraceBuilder::new().launch().no_profiles().sign_in("Dish").shows(picker())
    }

    fn degraded() -> TraceBuilder {
        signing_in().session_direct("Dish", "degraded")
    }

    fn with_profile(trace: TraceBuilder) -> TraceBuilder {
        let profile = json!({"profiles": {"Dish": {"type": "degraded", "issuer": "Adobe"}}});
        trace.ask(Call::ProfileByMvpd, |ask| ask.mvpd("Dish").answer(200, profile))
    }

    fn picker() -> ClientEvent {
        ClientEvent::PickerShown { mvpds: Vec::new() }
    }

    #[test]
    fn going_on_passes() {
        let trace = degraded().shows(ClientEvent::SignedIn { mvpd: None }).done();
        let trace = trace.play("news").permitted("Dish", "news").done();
        assert_eq!(verdict(&trace.build()), Pass);
    }

    #[test]
    fn asking_to_sign_in_fails() {
        let asks = [
            ClientEvent::CodeShown { code: "CODE001".into() },
            ClientEvent::OpenUrl { url: "/api/v2/authenticate/REF30/CODE001".into() },
            ClientEvent::UrlShown { url: "/api/v2/authenticate/REF30/CODE001".into() },
            picker(),
        ];
        for event in asks {
            assert_eq!(verdict(&degraded().shows(event.clone()).build()), Fail, "{event:?}");
            let launched = with_profile(TraceBuilder::new().launch()).shows(event.clone());
            assert_eq!(verdict(&launched.build()), Fail, "{event:?}");
        }
        assert_eq!(verdict(&degraded().says("sign_in_offered", "Sign in").build()), Fail);
    }

    #[test]
    fn other_events_are_fine() {
        let trace =
            degraded().says("info", "Some things may not work").opens("https://help.example");
        assert_eq!(verdict(&trace.build()), Pass);
    }

    #[test]
    fn the_picker_before_it_may_be_noted_late() {
        let trace = TraceBuilder::new().launch().sign_in("Dish").session_direct("Dish", "degraded");
        assert_eq!(verdict(&trace.shows(picker()).build()), Pass);
    }

    #[test]
    fn a_user_who_wants_another_provider_may_pick() {
        let trace = with_profile(
            TraceBuilder::new()
                .launch()
                .user(Action::SwitchProvider { mvpd: Some("Spectrum".into()) }),
        );
        assert_eq!(verdict(&trace.shows(picker()).shows(picker()).build()), Pass);
    }

    #[test]
    fn degradation_may_end() {
        let code = "authenticated_profile_missing";
        let trace = with_profile(TraceBuilder::new().launch().play("news"));
        let trace = trace.denied("Dish", "news", code, "authentication");
        assert_eq!(verdict(&trace.says("sign_in_offered", "Sign in").build()), Pass);
        let trace = with_profile(TraceBuilder::new().launch()).no_profile_of("Dish");
        assert_eq!(verdict(&trace.shows(picker()).build()), Pass);
        let next =
            with_profile(TraceBuilder::new().launch()).done().sign_in("Dish").shows(picker());
        assert_eq!(verdict(&next.session("Dish").build()), Pass);
    }

    #[test]
    fn a_regular_sign_in_is_another_matter() {
        let trace = signing_in().session("Dish").opens("/api/v2/authenticate/REF30/CODE001");
        assert_eq!(verdict(&trace.build()), NotExercised);
        let without = degraded().context(|context| context.capabilities = Some([].into()));
        assert_eq!(verdict(&without.build()), NotApplicable);
        assert_eq!(verdict(&TraceBuilder::capture().build()), NotApplicable);
    }
}
