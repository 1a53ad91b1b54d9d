//! HDR-1

use super::alike::Alike;
use super::encoded;
use crate::protocol::Role;
use crate::rules::documents::APR_CHECKLIST;
use crate::rules::{Check, Clause, Findings, Phase, Rule};
use crate::trace::{Call, View};
use crate::verdict::{Edition, Level};

pub(crate) static RULE: Rule = Rule {
    id: "HDR-1",
    name: "device-identifier",
    phase: Phase::Headers,
    oct_2024: Some(Clause::must(
        "rest-api-v2/appendix/headers/rest-api-v2-appendix-headers-ap-device-identifier.md",
        "Directives",
    )),
    apr_2025: Some(Clause::must(
        APR_CHECKLIST,
        "Mandatory Requirements, 7. Parameters and Headers: Send AP-Device-Identifier Header",
    )),
    requires: "Every call that needs to know the device carries AP-Device-Identifier: fingerprint \
               <Base64 of a stable identifier>.",
    boundary: "Calls 4, 8, 9, 11–15 (in 2024-10 also 3) carry `AP-Device-Identifier: fingerprint \
              <Base64>`; the other protected calls should in 2025-04, whose checklist says \
              \"every request\" where the reference pages do not. A bare UUID or hash is no Base64, \
              though it can be read as such.",
    why: "Profiles belong to a device: without the identifier the call is refused with 400 and \
          nobody can sign in or play.",
    remedy: "Send the header from one place in the HTTP layer, with the type fingerprint and the \
             identifier in Base64.",
    needs_events: false,
    capability: None,
    check: Check::ByEdition(check),
};

/// Calls whose reference page requires the header in both editions.
const REQUIRED: [Call; 8] = [
    Call::CreateSession,
    Call::Profiles,
    Call::ProfileByMvpd,
    Call::Preauthorize,
    Call::Authorize,
    Call::Logout,
    Call::PartnerRequest,
    Call::PartnerProfile,
];

fn check(view: &View<'_>, edition: Edition, findings: &mut Findings) {
    let (mut alike, mut last) = (Alike::default(), encoded::Last::default());
    let is_sound = |value| encoded::device_identifier(value).is_some();
    for exchange in view.exchanges() {
        let Some(call) = exchange.call else { continue };
        let Some(level) = binding(call, edition, view.context().role) else { continue };
        findings.exercise();
        let problem = match exchange.header("ap-device-identifier") {
            None => "without AP-Device-Identifier",
            Some(value) if !*last.of(value, is_sound) => {
                "with an AP-Device-Identifier that is not fingerprint <Base64>"
            }
            Some(_) => continue,
        };
        let what = format!("{} came {problem}", call.signature());
        alike.add(what, (level == Level::Should).then_some(level), exchange, problem);
    }
    alike.report(findings);
}

/// How binding the header is on a call; `None` where nothing asks for it.
fn binding(call: Call, edition: Edition, role: Role) -> Option<Level> {
    match (call, edition) {
        _ if REQUIRED.contains(&call) => Some(Level::Must),
        (Call::Configuration, Edition::Oct2024) => Some(Level::Must),
        // The header speaks of the streaming device, which the second-screen application cannot know.
        (_, Edition::Apr2025) if call.is_protected() && role == Role::Streaming => {
            Some(Level::Should)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing;
    use crate::trace::Trace;
    use crate::trace::builder::TraceBuilder;
    use crate::verdict::Verdict::{self, Fail, NotExercised, Pass, Warn};

    fn verdicts(trace: &Trace) -> [Verdict; 2] {
        testing::verdicts(&RULE, trace)
    }

    fn asked_without(call: Call) -> Trace {
        let bare = |ask: crate::trace::builder::Ask| ask.without("ap-device-identifier");
        TraceBuilder::new().launch().registered().ask(call, bare).build()
    }

    #[test]
    fn a_client_that_always_sends_it_passes() {
        let trace = TraceBuilder::new().launch().registered().no_profiles().session("Cablevision");
        assert_eq!(verdicts(&trace.poll().build()), [Pass, Pass]);
    }

    #[test]
    fn the_calls_that_need_it_fail_without() {
        for call in REQUIRED {
            assert_eq!(verdicts(&asked_without(call)), [Fail, Fail], "{call:?}");
        }
    }

    #[test]
    fn the_configuration_needed_it_only_in_2024() {
        assert_eq!(verdicts(&asked_without(Call::Configuration)), [Fail, Warn]);
    }

    #[test]
    fn the_other_protected_calls_should_have_it_in_2025() {
        for call in [Call::ResumeSession, Call::RetrieveSession, Call::ProfileByCode] {
            assert_eq!(verdicts(&asked_without(call)), [NotExercised, Warn], "{call:?}");
        }
    }

    #[test]
    fn the_second_screen_application_does_not_know_the_device() {
        let trace = TraceBuilder::new()
            .context(|context| context.role = Role::SecondScreen)
            .ask(Call::RetrieveSession, |ask| ask.without("ap-device-identifier"));
        assert_eq!(verdicts(&trace.build()), [NotExercised, NotExercised]);
    }

    #[test]
    fn a_value_that_nobody_can_read_is_none() {
        for value in ["ba23d141", "fingerprint", "fingerprint !", "uuid ZA==", "fingerprint ZA=A"] {
            let trace = TraceBuilder::new()
                .ask(Call::Profiles, |ask| ask.header("AP-Device-Identifier", value))
                .build();
            assert_eq!(verdicts(&trace), [Fail, Fail], "{value}");
        }
    }

    #[test]
    fn calls_alike_make_one_violation() {
        let bare = |ask: crate::trace::builder::Ask| ask.without("ap-device-identifier");
        let trace =
            (0..5).fold(TraceBuilder::new(), |trace, _| trace.ask(Call::Profiles, bare)).build();
        let judged = testing::judged(&RULE, &trace, Edition::Oct2024);
        let [violation] = judged.violations.as_slice() else { panic!("{:?}", judged.violations) };
        assert!(violation.what.ends_with("(5 times)"), "{}", violation.what);
        assert_eq!(violation.evidence.len(), 3);
    }

    #[test]
    fn calls_without_a_device_do_not_exercise_it() {
        let trace = TraceBuilder::new().launch().registered().build();
        assert_eq!(verdicts(&trace), [NotExercised, NotExercised]);
    }
}
