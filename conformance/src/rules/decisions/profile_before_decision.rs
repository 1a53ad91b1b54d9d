//! DEC-1

use foldhash::{HashMap, HashSet};

use crate::rules::documents::{APR_COOKBOOK, OCT_COOKBOOK};
use crate::rules::mvpds::{self, decided_by};
use crate::rules::{Check, Clause, Findings, Phase, Rule, Violation};
use crate::trace::{Call, Device, Exchange, Step, View};

pub(crate) static RULE: Rule = Rule {
    id: "DEC-1",
    name: "profile-before-decision",
    phase: Phase::Decisions,
    oct_2024: Some(Clause::must(OCT_COOKBOOK, "Step 2: Check for existing authenticated profiles")),
    apr_2025: Some(Clause::must(APR_COOKBOOK, "Step 2: Check for existing authenticated profiles")),
    requires: "Decisions are asked for only once an answer has held a profile for the MVPD.",
    boundary: "Calls 11 and 12 for a regular MVPD come only when an answer of the installation \
              held a profile for it and the last one did not say that there is none. A logout \
              ends the profile, but what comes after it is LGO-6's business; a profile that \
              merely expired is nobody's.",
    why: "Without a profile there is nobody to decide for: every such call is refused, and the viewer \
          sees an error where a sign-in should have been offered.",
    remedy: "Check the profiles first, and lead the viewer to sign in when there is none.",
    needs_events: false,
    capability: None,
    check: Check::Alike(check),
};

fn check(view: &View<'_>, findings: &mut Findings) {
    let temporary = mvpds::temporary(view);
    for device in view.devices() {
        check_device(view, device, temporary, findings);
    }
}

/// What the client was last told about a profile.
#[derive(Clone, Copy)]
enum Told<'t> {
    Held,
    Missing(&'t Exchange),
    SignedOut,
}

fn check_device(
    view: &View<'_>,
    device: &Device<'_>,
    temporary: &HashSet<&str>,
    findings: &mut Findings,
) {
    // A capture may begin long after the viewer signed in, unless it shows the registration.
    let mut from_the_beginning = view.context().has_events;
    let mut told = HashMap::default();
    for step in device.steps() {
        match step {
            Step::Answered(exchange) => {
                from_the_beginning |= exchange.credentials().is_some();
                hear(&mut told, exchange);
            }
            Step::Asked(exchange) if exchange.is(&[Call::Preauthorize, Call::Authorize]) => {
                let Some(mvpd) = exchange.mvpd.as_deref() else { continue };
                let needs_none = temporary.contains(mvpd) || decided_by(exchange, "degradation");
                match told.get(mvpd) {
                    _ if needs_none => {}
                    Some(Told::SignedOut) => {}
                    Some(Told::Held) => findings.exercise(),
                    Some(&Told::Missing(by)) => findings.violate(gone(mvpd, exchange, by)),
                    None if from_the_beginning => findings.violate(never(mvpd, exchange)),
                    None => {}
                }
            }
            _ => {}
        }
    }
}

fn hear<'t>(told: &mut HashMap<&'t str, Told<'t>>, exchange: &'t Exchange) {
    if let Some(profiles) = exchange.profiles() {
        // Call 8 leaves temporary and degraded profiles out, but those need no profile here. An empty
        // answer of call 10 says that the viewer is not done, no more.
        let denies = |mvpd: &str| match exchange.call {
            Some(Call::Profiles) => true,
            Some(Call::ProfileByMvpd) => exchange.mvpd.as_deref() == Some(mvpd),
            _ => false,
        };
        for (mvpd, state) in told.iter_mut() {
            if matches!(state, Told::Held) && denies(mvpd) {
                *state = Told::Missing(exchange);
            }
        }
        told.extend(profiles.iter().map(|profile| (profile.mvpd, Told::Held)));
    } else if let Some(session) = exchange.session().filter(|s| s.action_name == "authorize") {
        let mvpd = session.mvpd.or(exchange.mvpd.as_deref());
        told.extend(mvpd.map(|mvpd| (mvpd, Told::Held)));
    } else if exchange.is(&[Call::Logout]) && exchange.succeeded() {
        told.extend(exchange.mvpd.as_deref().map(|mvpd| (mvpd, Told::SignedOut)));
    }
}

fn never(mvpd: &str, exchange: &Exchange) -> Violation {
    Violation::new(format!("asked for a decision though no answer ever held a profile for {mvpd}"))
        .exchange(exchange, "no profile was known")
}

fn gone(mvpd: &str, exchange: &Exchange, by: &Exchange) -> Violation {
    let what = format!("asked for a decision though the last answer held no profile for {mvpd}");
    Violation::new(what)
        .exchange(by, "told that there is none")
        .exchange(exchange, "asked all the same")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::rules::testing;
    use crate::trace::Trace;
    use crate::trace::builder::TraceBuilder;
    use crate::verdict::Verdict::{self, Fail, NotExercised, Pass};

    fn verdict(trace: &Trace) -> Verdict {
        let [oct, apr] = testing::verdicts(&RULE, trace);
        assert_eq!(oct, apr);
        oct
    }

    fn launched() -> TraceBuilder {
        TraceBuilder::new().launch().registered()
    }

    #[test]
    fn any_answer_with_a_profile_will_do() {
        let known = [
            launched().profiles(&["Cablevision"]),
            launched().profile_of("Cablevision"),
            launched().session("Cablevision").poll_finds("Cablevision"),
            launched().session_direct("Cablevision", "authenticated"),
        ];
        for trace in known {
            assert_eq!(verdict(&trace.permitted("Cablevision", "news").build()), Pass);
        }
    }

    #[test]
    fn a_profile_of_an_earlier_run_will_do() {
        let trace = launched().profiles(&["Cablevision"]).launch().permitted("Cablevision", "news");
        assert_eq!(verdict(&trace.build()), Pass);
    }

    #[test]
    fn without_a_profile_it_fails() {
        assert_eq!(verdict(&launched().permitted("Cablevision", "news").build()), Fail);
        let trace = launched().no_profiles().preauthorized("Cablevision", &["news"]);
        assert_eq!(verdict(&trace.build()), Fail);
        let other = launched().profiles(&["Spectrum"]).permitted("Cablevision", "news");
        assert_eq!(verdict(&other.build()), Fail);
    }

    #[test]
    fn the_last_answer_counts() {
        let trace = launched().profiles(&["Cablevision"]).no_profile_of("Cablevision");
        assert_eq!(verdict(&trace.permitted("Cablevision", "news").build()), Fail);
        let other = launched().profiles(&["Cablevision"]).no_profile_of("Spectrum");
        assert_eq!(verdict(&other.permitted("Cablevision", "news").build()), Pass);
    }

    #[test]
    fn an_empty_poll_denies_nothing() {
        let trace = launched().profiles(&["Cablevision"]).session("Cablevision").poll();
        assert_eq!(verdict(&trace.permitted("Cablevision", "news").build()), Pass);
    }

    #[test]
    fn an_answer_that_broke_off_denies_nothing() {
        let trace = launched()
            .profiles(&["Cablevision"])
            .ask(Call::Profiles, |ask| ask.answer(200, json!({"profiles": {}})).truncated());
        assert_eq!(verdict(&trace.permitted("Cablevision", "news").build()), Pass);
    }

    #[test]
    fn after_a_logout_it_is_not_judged_here() {
        let trace = launched()
            .profiles(&["Dish"])
            .logout("Dish", "complete", "none")
            .no_profiles()
            .permitted("Dish", "news");
        assert_eq!(verdict(&trace.build()), NotExercised);
    }

    #[test]
    fn temporary_and_degraded_access_need_no_profile() {
        for source in ["temppass", "degradation"] {
            let decision = json!({"resource": "news", "authorized": true, "source": source});
            let trace = launched().ask(Call::Authorize, |ask| {
                ask.resources(&["news"]).answer(200, json!({"decisions": [decision]}))
            });
            assert_eq!(verdict(&trace.build()), NotExercised, "{source}");
        }
    }

    #[test]
    fn a_capture_may_begin_in_the_middle() {
        let capture = TraceBuilder::capture().permitted("Cablevision", "news").build();
        assert_eq!(verdict(&capture), NotExercised);
        let capture = TraceBuilder::capture().registered().permitted("Cablevision", "news").build();
        assert_eq!(verdict(&capture), Fail);
    }

    #[test]
    fn no_decision_no_question() {
        assert_eq!(verdict(&launched().profiles(&["Cablevision"]).build()), NotExercised);
    }
}
