//! SSO-5

use serde_json::Value;

use crate::rules::documents::{APR_PARTNER, OCT_PARTNER};
use crate::rules::headers::encoded;
use crate::rules::{Check, Clause, Findings, Phase, Rule, Violation};
use crate::trace::{Call, Device, Exchange, KnownProfiles, Step, View};

pub(crate) static RULE: Rule = Rule {
    id: "SSO-5",
    name: "partner-status-sent",
    phase: Phase::AccessFlows,
    oct_2024: Some(Clause::must(
        OCT_PARTNER,
        "Retrieve profile using partner authentication response",
    )),
    apr_2025: Some(Clause::must(
        APR_PARTNER,
        "Create and retrieve profile using partner authentication response",
    )),
    requires: "The partner's own calls, and profile and decision calls with a profile from the partner, \
               carry the partner's status in AP-Partner-Framework-Status.",
    boundary: "Calls 14 and 15, and calls 8, 9, 11 and 12 while the client knows a valid `appleSSO` \
              profile, carry a valid `AP-Partner-Framework-Status`: the table of headers calls it \
              optional, but the flow counts it among the required ones. Valid is a header that says \
              what the page asks for: a known access status, and a provider with id and expiration \
              date where access is granted. A refusal may be told truthfully.",
    why: "Without the status the service cannot sign the viewer in with the partner, and hides the \
          profile that is there: the viewer seems signed out, though the system settings say otherwise.",
    remedy: "Ask the partner framework for its status at launch and on coming to the foreground, and send \
             it with the permission, the provider's id and the expiration date.",
    needs_events: false,
    capability: Some("apple_sso"),
    check: Check::Alike(check),
};

fn check(view: &View<'_>, findings: &mut Findings) {
    for device in view.devices() {
        check_device(device, findings);
    }
}

fn check_device(device: &Device<'_>, findings: &mut Findings) {
    let mut known = KnownProfiles::default();
    for step in device.steps() {
        match step {
            Step::Answered(exchange) => known.hear(exchange),
            Step::Asked(exchange) if concerns(exchange, &known) => {
                findings.exercise();
                let problem = match exchange.header("ap-partner-framework-status") {
                    None => "without AP-Partner-Framework-Status",
                    Some(value) if !is_valid(value) => {
                        "with an unusable AP-Partner-Framework-Status"
                    }
                    Some(_) => continue,
                };
                let call = exchange.call.map_or(exchange.path.as_str(), |call| call.signature());
                let known = match exchange.call {
                    Some(Call::PartnerRequest | Call::PartnerProfile) => "",
                    _ => ", with a profile from the partner",
                };
                let what = format!("{call} came {problem}{known}");
                findings.violate(Violation::new(what).exchange(exchange, problem));
            }
            _ => {}
        }
    }
}

fn concerns(exchange: &Exchange, known: &KnownProfiles<'_>) -> bool {
    let at = exchange.arrived.at;
    match exchange.call {
        Some(Call::PartnerRequest | Call::PartnerProfile) => true,
        Some(Call::Profiles) => known.all_valid(at).any(|known| known.profile.kind == "appleSSO"),
        Some(Call::ProfileByMvpd | Call::Preauthorize | Call::Authorize) => {
            let profile = exchange.mvpd.as_deref().and_then(|mvpd| known.valid(mvpd, at));
            profile.is_some_and(|known| known.profile.kind == "appleSSO")
        }
        _ => false,
    }
}

fn is_valid(value: &str) -> bool {
    let Some(status) = encoded::json_object(value).map(Value::Object) else { return false };
    let text = |pointer| match status.pointer(pointer) {
        Some(Value::String(text)) if !text.is_empty() => Some(text.clone()),
        Some(Value::Number(number)) => Some(number.to_string()),
        _ => None,
    };
    match text("/frameworkPermissionInfo/accessStatus").as_deref() {
        Some("granted") => {
            let has_id = text("/frameworkProviderInfo/id").is_some();
            has_id && text("/frameworkProviderInfo/expirationDate").is_some()
        }
        Some("denied" | "restricted" | "notDetermined") => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use serde_json::json;

    use super::*;
    use crate::rules::testing;
    use crate::trace::Trace;
    use crate::trace::builder::{Ask, TraceBuilder};
    use crate::verdict::Edition;
    use crate::verdict::Verdict::{self, Fail, NotApplicable, NotExercised, Pass};

    fn verdict(trace: &Trace) -> Verdict {
        let [oct, apr] = testing::verdicts(&RULE, trace);
        assert_eq!(oct, apr);
        oct
    }

    fn signed_in(kind: &str) -> TraceBuilder {
        let profile = json!({"profiles": {"Cablevision": {"type": kind, "issuer": "Apple"}}});
        TraceBuilder::new().launch().ask(Call::ProfileByMvpd, |ask| ask.answer(200, profile))
    }

    fn granted() -> Value {
        json!({
            "frameworkPermissionInfo": {"accessStatus": "granted"},
            "frameworkProviderInfo": {"id": "Cablevision", "expirationDate": "1735689600000"},
        })
    }

    fn sent(call: Call, status: &Value) -> Verdict {
        let value = STANDARD.encode(status.to_string());
        let send = |ask: Ask| ask.header("AP-Partner-Framework-Status", &value);
        verdict(&signed_in("appleSSO").ask(call, send).build())
    }

    const CALLS: [Call; 6] = [
        Call::Profiles,
        Call::ProfileByMvpd,
        Call::Preauthorize,
        Call::Authorize,
        Call::PartnerRequest,
        Call::PartnerProfile,
    ];

    #[test]
    fn a_valid_status_passes() {
        for call in CALLS {
            assert_eq!(sent(call, &granted()), Pass, "{call:?}");
        }
        let denied = json!({"frameworkPermissionInfo": {"accessStatus": "denied"}});
        assert_eq!(sent(Call::Authorize, &denied), Pass);
    }

    #[test]
    fn no_status_or_an_unusable_one_fails() {
        for call in CALLS {
            let trace = signed_in("appleSSO").ask(call, |ask| ask).build();
            assert_eq!(verdict(&trace), Fail, "{call:?}");
        }
        assert_eq!(sent(Call::Authorize, &json!({})), Fail);
        for pointer in ["id", "expirationDate"] {
            let mut status = granted();
            status["frameworkProviderInfo"][pointer] = Value::Null;
            assert_eq!(sent(Call::Authorize, &status), Fail, "{pointer}");
        }
        let mut status = granted();
        status["frameworkPermissionInfo"]["accessStatus"] = json!("sure");
        assert_eq!(sent(Call::Authorize, &status), Fail);
    }

    #[test]
    fn the_partners_own_calls_need_it_before_there_is_a_profile() {
        for call in [Call::PartnerRequest, Call::PartnerProfile] {
            let trace = |send: fn(Ask) -> Ask| TraceBuilder::new().launch().ask(call, send).build();
            assert_eq!(verdict(&trace(|ask| ask)), Fail, "{call:?}");
            let raw = |ask: Ask| ask.header("AP-Partner-Framework-Status", "granted");
            assert_eq!(verdict(&trace(raw)), Fail, "{call:?}");
            let sent = |ask: Ask| {
                let denied = json!({"frameworkPermissionInfo": {"accessStatus": "denied"}});
                ask.header("AP-Partner-Framework-Status", &STANDARD.encode(denied.to_string()))
            };
            assert_eq!(verdict(&trace(sent)), Pass, "{call:?}");
        }
    }

    #[test]
    fn the_sentence_speaks_of_a_profile_only_where_one_is_needed() {
        let sentences = |call| {
            let trace = signed_in("appleSSO").ask(call, |ask| ask).build();
            testing::sentences(&RULE, &trace, Edition::Oct2024).concat()
        };
        assert!(sentences(Call::Authorize).ends_with("with a profile from the partner"));
        assert!(sentences(Call::PartnerRequest).ends_with("without AP-Partner-Framework-Status"));
    }

    #[test]
    fn other_profiles_and_calls_need_none() {
        let trace = signed_in("regular").permitted("Cablevision", "news").no_profiles();
        assert_eq!(verdict(&trace.build()), NotExercised);
        let trace = signed_in("appleSSO").permitted("Dish", "news").configuration();
        assert_eq!(verdict(&trace.build()), NotExercised);
        let gone =
            signed_in("appleSSO").logout("Cablevision", "partner_logout", "partner_interactive");
        assert_eq!(verdict(&gone.no_profiles().build()), NotExercised);
    }

    #[test]
    fn a_client_without_the_partner_is_not_judged() {
        let trace =
            signed_in("appleSSO").no_profiles().context(|c| c.capabilities = Some([].into()));
        assert_eq!(verdict(&trace.build()), NotApplicable);
    }
}
