//! HDR-9

use super::alike::Alike;
use super::{encoded, servers};
use crate::rules::documents::APR_CHECKLIST;
use crate::rules::{Check, Clause, Findings, Phase, Rule};
use crate::trace::View;

pub(crate) static RULE: Rule = Rule {
    id: "HDR-9",
    name: "connection-told",
    phase: Phase::Headers,
    oct_2024: None,
    apr_2025: Some(Clause::should(
        APR_CHECKLIST,
        "Mandatory Requirements, 7. Parameters and Headers: Send X-Device-Info Header",
    )),
    requires: "A server that calls on behalf of devices tells the device's connectionIp and \
               connectionPort in X-Device-Info.",
    boundary: "The device information of a client that declares `server_to_server`, and was told of a \
              device to act for, has `connectionIp` and \
              `connectionPort`.",
    why: "Signing in by being at home goes by the device's own connection: without it the viewer has to \
          type a password that others need not.",
    remedy: "Add the address and port that the device called from to its device information.",
    needs_events: false,
    capability: None,
    check: Check::Alike(check),
};

fn check(view: &View<'_>, findings: &mut Findings) {
    if !servers::declared(view.context(), findings) {
        return;
    }
    let mut alike = Alike::default();
    for exchange in view.exchanges() {
        let info = exchange.header("x-device-info").and_then(encoded::json_object);
        let (Some(info), Some(call)) = (info, exchange.call) else { continue };
        findings.exercise();
        let has = |key: &&str| info.get(*key).is_some_and(|value| !value.is_null() && value != "");
        let missing: Vec<_> =
            ["connectionIp", "connectionPort"].into_iter().filter(|key| !has(key)).collect();
        if !missing.is_empty() {
            let missing = missing.join(" and ");
            let what = format!("{} did not tell the device's {missing}", call.signature());
            alike.add(what, None, exchange, format!("the device information lacks {missing}"));
        }
    }
    alike.report(findings);
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use serde_json::{Value, json};

    use super::*;
    use crate::rules::testing;
    use crate::trace::builder::TraceBuilder;
    use crate::trace::{Call, Trace};
    use crate::verdict::Verdict::{self, NotApplicable, NotExercised, Pass, Warn};

    fn verdict(trace: &Trace) -> Verdict {
        let [oct, apr] = testing::verdicts(&RULE, trace);
        assert_eq!(oct, NotApplicable);
        apr
    }

    fn sent(info: &Value) -> Trace {
        let value = STANDARD.encode(info.to_string());
        TraceBuilder::new()
            .context(|context| {
                context.capabilities = Some(["server_to_server".into()].into());
                context.device_ip = Some("203.0.113.7".into());
            })
            .ask(Call::Profiles, |ask| ask.header("X-Device-Info", &value))
            .build()
    }

    #[test]
    fn address_and_port_pass() {
        let info = json!({"connectionIp": "203.0.113.7", "connectionPort": 53124});
        assert_eq!(verdict(&sent(&info)), Pass);
    }

    #[test]
    fn either_missing_is_warned_of() {
        assert_eq!(verdict(&sent(&json!({"connectionIp": "203.0.113.7"}))), Warn);
        assert_eq!(verdict(&sent(&json!({"connectionPort": "53124"}))), Warn);
        let empty = json!({"connectionIp": "", "connectionPort": null});
        assert_eq!(verdict(&sent(&empty)), Warn);
    }

    #[test]
    fn a_header_that_is_missing_is_judged_elsewhere() {
        let trace = TraceBuilder::new()
            .context(|context| {
                context.capabilities = Some(["server_to_server".into()].into());
                context.device_ip = Some("203.0.113.7".into());
            })
            .ask(Call::Profiles, |ask| ask.without("x-device-info"));
        assert_eq!(verdict(&trace.build()), NotExercised);
    }

    #[test]
    fn devices_that_call_themselves_are_not_judged() {
        assert_eq!(verdict(&TraceBuilder::new().no_profiles().build()), NotApplicable);
    }
}
