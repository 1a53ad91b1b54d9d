//! SSO-4

use foldhash::HashMap;

use crate::rules::documents::{APR_FAQS, OCT_PARTNER};
use crate::rules::{Check, Clause, Findings, Phase, Rule, Violation};
use crate::trace::{Call, Device, Exchange, Step, View};

pub(crate) static RULE: Rule = Rule {
    id: "SSO-4",
    name: "partner-profile-once",
    phase: Phase::AccessFlows,
    oct_2024: Some(Clause::must(
        OCT_PARTNER,
        "Retrieve profile using partner authentication response",
    )),
    apr_2025: Some(Clause::must(
        APR_FAQS,
        "10. What are the use cases for each available Profiles endpoint?",
    )),
    requires: "The partner's profile call creates the profile, once for each response of the partner; \
               afterwards the ordinary profile calls tell of it.",
    boundary: "Call 15 comes only after a call 14 that asked for the partner's authentication, \
              and not again with a `SAMLResponse` that has created a profile. What failed may be \
              tried again.",
    why: "A partner's response expires: used as a way to ask for the profile it fails on some later \
          launch, and the viewer is signed out.",
    remedy: "Call it once with a fresh SAMLResponse, and the profile calls from then on.",
    needs_events: false,
    capability: Some("apple_sso"),
    check: Check::Alike(check),
};

fn check(view: &View<'_>, findings: &mut Findings) {
    for device in view.devices().iter().filter(|device| device.asks(&[Call::PartnerProfile])) {
        check_device(view, device, findings);
    }
}

fn check_device(view: &View<'_>, device: &Device<'_>, findings: &mut Findings) {
    // A capture may begin after the authentication was asked for.
    let mut was_asked = !view.context().has_events;
    let mut used: HashMap<String, &Exchange> = HashMap::default();
    for step in device.steps() {
        match step {
            Step::Answered(exchange) if exchange.is(&[Call::PartnerRequest]) => {
                let told = exchange.session();
                was_asked |= told.is_some_and(|told| told.action_name == "partner_profile");
            }
            Step::Answered(exchange) if exchange.is(&[Call::PartnerProfile]) => {
                if let Some(response) = response(exchange).filter(|_| exchange.succeeded()) {
                    used.entry(response).or_insert(exchange);
                }
            }
            Step::Asked(exchange) if exchange.is(&[Call::PartnerProfile]) => {
                findings.exercise();
                let before = response(exchange).and_then(|response| used.get(&response).copied());
                if let Some(before) = before {
                    let what = "used a partner's response again that had created a profile";
                    let violation = Violation::new(what).exchange(before, "created the profile");
                    findings.violate(violation.exchange(exchange, "the same SAMLResponse"));
                } else if !was_asked {
                    let what = "asked for a partner's profile without its authentication request";
                    findings.violate(Violation::new(what).exchange(exchange, "no call 14 before"));
                }
            }
            _ => {}
        }
    }
}

fn response(exchange: &Exchange) -> Option<String> {
    exchange.form().remove("SAMLResponse").filter(|response| !response.is_empty())
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

    fn asked() -> TraceBuilder {
        let told = json!({"actionName": "partner_profile", "actionType": "direct"});
        TraceBuilder::new().launch().ask(Call::PartnerRequest, |ask| ask.answer(200, told))
    }

    fn created(trace: TraceBuilder, response: &str, status: u16) -> TraceBuilder {
        let body = format!("SAMLResponse={response}");
        trace.ask(Call::PartnerProfile, |ask| ask.body(&body).status(status))
    }

    #[test]
    fn once_for_each_response_passes() {
        let trace = created(created(asked(), "one", 201), "two", 201);
        assert_eq!(verdict(&trace.build()), Pass);
    }

    #[test]
    fn the_same_response_again_fails() {
        assert_eq!(verdict(&created(created(asked(), "one", 201), "one", 201).build()), Fail);
        let relaunched = created(asked(), "one", 201).launch();
        assert_eq!(verdict(&created(relaunched, "one", 400).build()), Fail);
    }

    #[test]
    fn what_failed_may_be_tried_again() {
        for status in [400, 401, 429, 500] {
            let trace = created(created(asked(), "one", status), "one", 201).build();
            assert_eq!(verdict(&trace), Pass, "{status}");
        }
    }

    #[test]
    fn nobody_asked_for_it_fails() {
        assert_eq!(verdict(&created(TraceBuilder::new().launch(), "one", 201).build()), Fail);
        assert_eq!(verdict(&created(TraceBuilder::capture(), "one", 201).build()), Pass);
    }

    #[test]
    fn no_call_no_question() {
        assert_eq!(verdict(&asked().build()), NotExercised);
        let without = asked().context(|context| context.capabilities = Some([].into()));
        assert_eq!(verdict(&created(without, "one", 201).build()), NotApplicable);
    }
}
