//! SSO-3

use crate::protocol::ClientEvent;
use crate::rules::documents::{APR_PARTNER, OCT_PARTNER};
use crate::rules::patience::{self, PATIENCE};
use crate::rules::{Check, Clause, Findings, Phase, Rule, Violation};
use crate::trace::{Call, Exchange, Happening, Run, Step, View};

pub(crate) static RULE: Rule = Rule {
    id: "SSO-3",
    name: "partner-fallback",
    phase: Phase::AccessFlows,
    oct_2024: Some(Clause::must(OCT_PARTNER, "Retrieve partner authentication request")),
    apr_2025: Some(Clause::must(APR_PARTNER, "Retrieve partner authentication request")),
    requires: "When single sign-on with the partner is not possible, the client goes on with the basic \
               flow that the answer gives.",
    boundary: "After a `*_fallback` answer of call 14 the client goes on with the session it was \
              given: a page, a code, a picker, a resumed or a new session, or a poll. No scenario \
              leads to `missing_parameters_fallback`, which only answers a call that left \
              something off.",
    why: "Partner single sign-on fails for ordinary reasons, such as a refused permission: a client that \
          stops there leaves those viewers no way to sign in.",
    remedy: "Read actionName of the answer: open the url or show the code for authenticate, supply what \
             is missing for resume.",
    needs_events: true,
    capability: Some("apple_sso"),
    check: Check::Alike(check),
};

fn check(view: &View<'_>, findings: &mut Findings) {
    for run in view.runs().filter(|run| run.asks(&[Call::PartnerRequest])) {
        let went_on = run.steps.iter().rev().find(|step| goes_on(step)).map(|step| step.moment());
        for exchange in run.steps.iter().filter_map(|step| step.answered()) {
            let told = exchange.session().filter(|_| exchange.is(&[Call::PartnerRequest]));
            if let Some(reason) =
                told.map(|told| told.reason_type).filter(|r| r.ends_with("_fallback"))
            {
                if went_on.is_some_and(|went_on| went_on > exchange.arrived) {
                    findings.exercise();
                } else {
                    check_dead_end(view, run, exchange, reason, findings);
                }
            }
        }
    }
}

fn check_dead_end(
    view: &View<'_>,
    run: &Run<'_>,
    exchange: &Exchange,
    reason: &str,
    findings: &mut Findings,
) {
    let Some(action) = run.action_at(exchange.arrived) else { return };
    let told = exchange.answered.unwrap_or(exchange.arrived);
    if patience::due(view, run, action, told, PATIENCE).is_some() {
        let what = format!("did not go on with the basic flow after {reason}");
        let violation = Violation::new(what).exchange(exchange, "gives a basic session");
        let done = action.done.into_iter();
        findings.violate(done.fold(violation, |v, done| v.event(done, "done, without a sign-in")));
    }
}

fn goes_on(step: &Step<'_>) -> bool {
    match step {
        Step::Asked(next) => {
            next.is(&[Call::ResumeSession, Call::CreateSession, Call::ProfileByCode])
        }
        Step::Happened(event) => matches!(
            event.what,
            Happening::Showed(
                ClientEvent::OpenUrl { .. }
                    | ClientEvent::UrlShown { .. }
                    | ClientEvent::CodeShown { .. }
                    | ClientEvent::PickerShown { .. }
            )
        ),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::rules::testing;
    use crate::trace::Trace;
    use crate::trace::builder::TraceBuilder;
    use crate::verdict::Verdict::{self, Fail, NotApplicable, NotExercised, Pass};

    fn verdict(trace: &Trace) -> Verdict {
        let [oct, apr] = testing::verdicts(&RULE, trace);
        assert_eq!(oct, apr);
        oct
    }

    fn answered(reason: &str) -> TraceBuilder {
        let told = json!({
            "actionName": "authenticate", "actionType": "interactive", "reasonType": reason,
            "code": "CODE001", "url": "/api/v2/authenticate/REF30/CODE001",
        });
        let trace = TraceBuilder::new().launch().sign_in("Dish");
        trace.ask(Call::PartnerRequest, |ask| ask.answer(200, told))
    }

    #[test]
    fn going_on_passes() {
        for reason in ["pfs_fallback", "configuration_fallback", "missing_parameters_fallback"] {
            let trace = answered(reason).opens("/api/v2/authenticate/REF30/CODE001").done();
            assert_eq!(verdict(&trace.build()), Pass, "{reason}");
        }
        let trace = answered("pfs_fallback").ask(Call::ResumeSession, |ask| ask).done();
        assert_eq!(verdict(&trace.build()), Pass);
    }

    #[test]
    fn stopping_there_fails() {
        assert_eq!(verdict(&answered("pfs_fallback").done().build()), Fail);
        assert_eq!(verdict(&answered("pfs_fallback").says("error", "Sorry").done().build()), Fail);
        assert_eq!(verdict(&answered("pfs_fallback").after(31.4).build()), NotExercised);
        assert_eq!(verdict(&answered("pfs_fallback").after(31.5).build()), Fail);
    }

    #[test]
    fn other_answers_are_no_fallback() {
        assert_eq!(verdict(&answered("none").done().build()), NotExercised);
        let without = answered("pfs_fallback").done().context(|c| c.capabilities = Some([].into()));
        assert_eq!(verdict(&without.build()), NotApplicable);
    }
}
