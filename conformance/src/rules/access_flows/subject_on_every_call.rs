//! SSO-1

use crate::rules::documents::{APR_SERVICE_TOKEN, OCT_SERVICE_TOKEN};
use crate::rules::{Check, Clause, Findings, Phase, Rule, Violation};
use crate::trace::{Call, Context, Device, Exchange, View};

pub(crate) static RULE: Rule = Rule {
    id: "SSO-1",
    name: "subject-on-every-call",
    phase: Phase::AccessFlows,
    oct_2024: Some(Clause::must(
        OCT_SERVICE_TOKEN,
        "Perform authentication through single sign-on using service token",
    )),
    apr_2025: Some(Clause::must(
        APR_SERVICE_TOKEN,
        "Perform authentication through single sign-on using service token",
    )),
    requires: "A client with a subject for single sign-on sends it on every call that specifies its \
               header.",
    boundary: "A client that was given a subject sends it on calls 4, 8, 9, 11, 12 and 13. Where \
              nobody knows whether it was, one that sent it once goes on sending it.",
    why: "A call without it is served as if there were no single sign-on: the profile is not found, or \
          not shared, and the viewer has to sign in again.",
    remedy: "Send AD-Service-Token, Adobe-Subject-Token or X-Roku-Reserved-Roku-Connect-Token from one \
             place, on session, profile, decision and logout calls.",
    needs_events: false,
    capability: None,
    check: Check::Alike(check),
};

/// Calls whose reference page specifies the headers.
const CALLS: [Call; 6] = [
    Call::CreateSession,
    Call::Profiles,
    Call::ProfileByMvpd,
    Call::Preauthorize,
    Call::Authorize,
    Call::Logout,
];

const HEADERS: [&str; 3] =
    ["ad-service-token", "adobe-subject-token", "x-roku-reserved-roku-connect-token"];

fn check(view: &View<'_>, findings: &mut Findings) {
    let context = view.context();
    if !["service_token", "platform_sso"].iter().any(|capability| context.can(capability)) {
        let reason = "the client declares neither service_token nor platform_sso";
        findings.not_applicable = Some(reason.into());
        return;
    }
    for device in view.devices() {
        check_device(context, device, findings);
    }
}

fn check_device(context: &Context, device: &Device<'_>, findings: &mut Findings) {
    let mut has_subject = context.has_subject;
    for exchange in device.runs.iter().flat_map(|run| run.requests()) {
        let Some(call) = exchange.call.filter(|call| CALLS.contains(call)) else { continue };
        let sent = carries_one(exchange);
        has_subject |= sent;
        if !has_subject {
            continue;
        }
        findings.exercise();
        if !sent {
            let what = format!("{} came without the subject of single sign-on", call.signature());
            findings.violate(Violation::new(what).exchange(exchange, "carries no subject"));
        }
    }
}

fn carries_one(exchange: &Exchange) -> bool {
    HEADERS.iter().any(|name| exchange.header(name).is_some_and(|value| !value.trim().is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing;
    use crate::trace::Trace;
    use crate::trace::builder::{Ask, TraceBuilder};
    use crate::verdict::Verdict::{self, Fail, NotApplicable, NotExercised, Pass};

    fn verdict(trace: &Trace) -> Verdict {
        let [oct, apr] = testing::verdicts(&RULE, trace);
        assert_eq!(oct, apr);
        oct
    }

    fn given() -> TraceBuilder {
        TraceBuilder::new().context(|context| context.has_subject = true).launch()
    }

    #[test]
    fn any_of_the_headers_passes() {
        for name in HEADERS {
            for call in CALLS {
                let trace = given().ask(call, |ask| ask.header(name, "e30.e30.eA")).build();
                assert_eq!(verdict(&trace), Pass, "{name} {call:?}");
            }
        }
    }

    #[test]
    fn leaving_it_off_fails() {
        for call in CALLS {
            assert_eq!(verdict(&given().ask(call, |ask| ask).build()), Fail, "{call:?}");
        }
        let empty = |ask: Ask| ask.header("AD-Service-Token", " ");
        assert_eq!(verdict(&given().ask(Call::Profiles, empty).build()), Fail);
    }

    #[test]
    fn other_calls_do_not_specify_it() {
        let trace = given().registered().configuration().ask(Call::ProfileByCode, |ask| ask);
        assert_eq!(verdict(&trace.build()), NotExercised);
    }

    #[test]
    fn who_sent_it_once_goes_on_sending_it() {
        let sent = |ask: Ask| ask.header("Adobe-Subject-Token", "e30.e30.eA");
        let trace = TraceBuilder::capture().no_profiles().ask(Call::Profiles, sent);
        assert_eq!(verdict(&trace.clone().build()), Pass);
        assert_eq!(verdict(&trace.clone().no_profiles().build()), Fail);
        assert_eq!(verdict(&trace.device(1).no_profiles().build()), Pass);
        assert_eq!(verdict(&TraceBuilder::capture().no_profiles().build()), NotExercised);
    }

    #[test]
    fn a_client_without_single_sign_on_is_not_judged() {
        let declared = |capability: &str| {
            let capabilities = [capability.to_owned()].into();
            let trace = given().context(|context| context.capabilities = Some(capabilities));
            verdict(&trace.no_profiles().build())
        };
        assert_eq!(declared("browser"), NotApplicable);
        assert_eq!(declared("service_token"), Fail);
        assert_eq!(declared("platform_sso"), Fail);
    }
}
