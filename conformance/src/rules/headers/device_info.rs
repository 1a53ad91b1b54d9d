//! HDR-3

use super::alike::Alike;
use super::encoded;
use crate::rules::documents::APR_CHECKLIST;
use crate::rules::{Check, Clause, Findings, Phase, Rule};
use crate::trace::{Call, View};
use crate::verdict::Edition;

pub(crate) static RULE: Rule = Rule {
    id: "HDR-3",
    name: "device-info",
    phase: Phase::Headers,
    oct_2024: Some(Clause::must(
        "rest-api-v2/appendix/headers/rest-api-v2-appendix-headers-x-device-info.md",
        "Directives",
    )),
    apr_2025: Some(Clause::must(
        APR_CHECKLIST,
        "Mandatory Requirements, 7. Parameters and Headers: Send X-Device-Info Header",
    )),
    requires: "Registration, session, profile, decision and logout calls describe the device in \
               X-Device-Info, Base64 of a JSON object.",
    boundary: "Calls 1, 2, 4, 8, 9, 11–15 (in 2024-10 also 3) carry a decodable `X-Device-Info`. \
              A client that declares itself a web client is exempt: its browser tells what it \
              may.",
    why: "A device that nobody describes counts as an unknown platform: it is treated as insecure \
          and its viewers have to sign in more often.",
    remedy: "Send the header from one place in the HTTP layer: a JSON object in Base64, without line \
             breaks.",
    needs_events: false,
    capability: None,
    check: Check::ByEdition(check),
};

const REQUIRED: [Call; 10] = [
    Call::Register,
    Call::Token,
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
    if view.context().is_web_client() {
        findings.not_applicable =
            Some("a web client leaves it to its browser to describe the device".into());
        return;
    }
    let mut alike = Alike::default();
    let mut last = encoded::Last::default();
    for exchange in view.exchanges() {
        let Some(call) = exchange.call.filter(|&call| needs_it(call, edition)) else { continue };
        findings.exercise();
        let problem = match exchange.header("x-device-info") {
            None => "without X-Device-Info",
            Some(value) if !*last.of(value, is_readable) => {
                "with an X-Device-Info that is not Base64 of a JSON object"
            }
            Some(_) => continue,
        };
        alike.add(format!("{} came {problem}", call.signature()), None, exchange, problem);
    }
    alike.report(findings);
}

fn is_readable(value: &str) -> bool {
    encoded::json_object(value).is_some()
}

fn needs_it(call: Call, edition: Edition) -> bool {
    REQUIRED.contains(&call) || (call == Call::Configuration && edition == Edition::Oct2024)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing;
    use crate::trace::Trace;
    use crate::trace::builder::TraceBuilder;
    use crate::verdict::Verdict::{self, Fail, NotApplicable, NotExercised, Pass};

    fn verdicts(trace: &Trace) -> [Verdict; 2] {
        testing::verdicts(&RULE, trace)
    }

    fn asked_without(call: Call) -> TraceBuilder {
        TraceBuilder::new().launch().ask(call, |ask| ask.without("x-device-info"))
    }

    #[test]
    fn a_client_that_always_sends_it_passes() {
        let trace = TraceBuilder::new().launch().registered().no_profiles();
        assert_eq!(verdicts(&trace.build()), [Pass, Pass]);
    }

    #[test]
    fn the_calls_that_need_it_fail_without() {
        for call in REQUIRED {
            assert_eq!(verdicts(&asked_without(call).build()), [Fail, Fail], "{call:?}");
        }
    }

    #[test]
    fn the_configuration_needed_it_only_in_2024() {
        let trace = asked_without(Call::Configuration).build();
        assert_eq!(verdicts(&trace), [Fail, NotExercised]);
    }

    #[test]
    fn a_value_that_nobody_can_read_is_none() {
        for value in ["", "{}", "W10=", "bm90IGpzb24="] {
            let trace = TraceBuilder::new()
                .ask(Call::Profiles, |ask| ask.header("X-Device-Info", value))
                .build();
            assert_eq!(verdicts(&trace), [Fail, Fail], "{value:?}");
        }
    }

    #[test]
    fn only_a_declared_web_client_is_exempt() {
        let declared = |capability: &str| {
            let capabilities = [capability.to_owned()].into();
            asked_without(Call::Profiles)
                .context(|context| context.capabilities = Some(capabilities))
                .build()
        };
        assert_eq!(verdicts(&declared("web_client")), [NotApplicable, NotApplicable]);
        assert_eq!(verdicts(&declared("browser")), [Fail, Fail]);
        let capture =
            TraceBuilder::capture().ask(Call::Profiles, |ask| ask.without("x-device-info")).build();
        assert_eq!(verdicts(&capture), [Fail, Fail]);
    }

    #[test]
    fn calls_that_do_not_need_it_do_not_exercise_it() {
        let trace = asked_without(Call::ProfileByCode).build();
        assert_eq!(verdicts(&trace), [NotExercised, NotExercised]);
    }
}
