//! LGO-3

use crate::protocol::ClientEvent;
use crate::rules::documents::APR_CHECKLIST;
use crate::rules::patience::{self, PATIENCE};
use crate::rules::{Check, Clause, Findings, Phase, Rule, Violation};
use crate::trace::{Call, Event, Exchange, Happening, Run, View};

pub(crate) static RULE: Rule = Rule {
    id: "LGO-3",
    name: "partner-guided",
    phase: Phase::Logout,
    oct_2024: None,
    apr_2025: Some(Clause::must(
        APR_CHECKLIST,
        "Mandatory Requirements, 6. Logout Phase: Logout Support",
    )),
    requires: "When logout answers partner_logout, the user is guided to sign out at the partner too, in \
               the system settings.",
    boundary: "A `partner_logout` answer is followed by a message that leads to the partner's \
              settings.",
    why: "The partner still holds the sign-in: the next app on the device signs the viewer straight in \
          again, who believes to be signed out.",
    remedy: "Show a message that leads to the TV provider in the system settings (message kind \
             partner_settings).",
    needs_events: true,
    capability: Some("apple_sso"),
    check: Check::Alike(check),
};

fn check(view: &View<'_>, findings: &mut Findings) {
    for run in view.runs().filter(|run| run.asks(&[Call::Logout])) {
        let guided = run.events().filter(|event| guides(event)).last().map(|event| event.at);
        for exchange in run.steps.iter().filter_map(|step| step.answered()) {
            if !exchange.logouts().iter().any(|logout| logout.action_name == "partner_logout") {
                continue;
            }
            if guided.is_some_and(|guided| guided > exchange.arrived) {
                findings.exercise();
            } else {
                check_unguided(view, run, exchange, findings);
            }
        }
    }
}

fn check_unguided(view: &View<'_>, run: &Run<'_>, exchange: &Exchange, findings: &mut Findings) {
    let Some(action) = run.action_at(exchange.arrived) else { return };
    let told = exchange.answered.unwrap_or(exchange.arrived);
    if patience::due(view, run, action, told, PATIENCE).is_some() {
        let what = "the logout was the partner's to finish, and the user was not led there";
        let violation = Violation::new(what).exchange(exchange, "partner_logout");
        let done =
            action.done.map(|done| (done, "done, without a message of kind partner_settings"));
        findings.violate(done.into_iter().fold(violation, |v, (done, shows)| v.event(done, shows)));
    }
}

fn guides(event: &Event) -> bool {
    matches!(
        &event.what,
        Happening::Showed(ClientEvent::Message { kind: Some(kind), .. }) if kind == "partner_settings"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing;
    use crate::trace::Trace;
    use crate::trace::builder::TraceBuilder;
    use crate::verdict::Verdict::{self, Fail, NotApplicable, NotExercised, Pass};

    fn verdict(trace: &Trace) -> Verdict {
        let [oct, apr] = testing::verdicts(&RULE, trace);
        assert_eq!(oct, NotApplicable);
        apr
    }

    fn signing_out() -> TraceBuilder {
        let trace = TraceBuilder::new().launch().sign_out();
        trace.logout("Cablevision", "partner_logout", "partner_interactive")
    }

    #[test]
    fn leading_to_the_settings_passes() {
        let trace = signing_out().says("partner_settings", "Settings, TV Provider").done();
        assert_eq!(verdict(&trace.build()), Pass);
    }

    #[test]
    fn any_other_message_fails() {
        assert_eq!(verdict(&signing_out().done().build()), Fail);
        assert_eq!(verdict(&signing_out().says("info", "Signed out").done().build()), Fail);
    }

    #[test]
    fn silence_fails_after_half_a_minute() {
        assert_eq!(verdict(&signing_out().after(31.4).build()), NotExercised);
        assert_eq!(verdict(&signing_out().after(31.5).build()), Fail);
    }

    #[test]
    fn other_logouts_have_no_partner() {
        let trace =
            TraceBuilder::new().launch().sign_out().logout("Dish", "complete", "none").done();
        assert_eq!(verdict(&trace.build()), NotExercised);
    }

    #[test]
    fn a_client_without_the_partner_is_not_judged() {
        let trace = signing_out().done().context(|c| c.capabilities = Some([].into()));
        assert_eq!(verdict(&trace.build()), NotApplicable);
    }
}
