//! LGO-6

use foldhash::{HashMap, HashSet};

use crate::protocol::Action;
use crate::rules::documents::{APR_CHECKLIST, OCT_COOKBOOK};
use crate::rules::measure;
use crate::rules::mvpds::{self, decided_by};
use crate::rules::{Check, Clause, Findings, Phase, Rule, Violation};
use crate::trace::{Call, Context, Device, Exchange, Happening, Step, View};

pub(crate) static RULE: Rule = Rule {
    id: "LGO-6",
    name: "profile-dropped",
    phase: Phase::Logout,
    oct_2024: Some(Clause::must(OCT_COOKBOOK, "Step 7: Logout")),
    apr_2025: Some(Clause::must(
        APR_CHECKLIST,
        "Mandatory Requirements, 6. Logout Phase: Logout Support",
    )),
    requires: "After a logout the client drops the profile and asks for no decisions with it.",
    boundary: "After the answer of call 13 no call 11 or 12 comes for that regular MVPD until an \
              answer holds a profile of it again. A call that arrives within the tolerance may \
              have been under way.",
    why: "The profile is gone at the service: decisions are refused, and a viewer who signed out sees \
          an app that still behaves as if they had not.",
    remedy: "Forget the profile as soon as the logout is answered, and lead the viewer to sign in \
             before the next decision.",
    needs_events: false,
    capability: None,
    check: Check::Alike(check),
};

fn check(view: &View<'_>, findings: &mut Findings) {
    let temporary = mvpds::temporary(view);
    for device in view.devices().iter().filter(|device| device.asks(&[Call::Logout])) {
        check_device(view.context(), device, temporary, findings);
    }
}

fn check_device(
    context: &Context,
    device: &Device<'_>,
    temporary: &HashSet<&str>,
    findings: &mut Findings,
) {
    let mut gone: HashMap<&str, &Exchange> = HashMap::default();
    for step in device.steps() {
        match step {
            Step::Answered(exchange) => hear(&mut gone, exchange, temporary),
            // The user goes on after having signed out: here is where a client could go wrong.
            Step::Happened(event) => {
                let goes_on = matches!(
                    &event.what,
                    Happening::Did { action: Action::Browse { .. } | Action::Play { .. }, .. }
                );
                if goes_on && !gone.is_empty() {
                    findings.exercise();
                }
            }
            Step::Asked(exchange) if exchange.is(&[Call::Preauthorize, Call::Authorize]) => {
                let logout = exchange.mvpd.as_deref().and_then(|mvpd| gone.get(mvpd));
                if let Some(logout) = logout.filter(|_| !decided_by(exchange, "degradation")) {
                    check_decision(context, logout, exchange, findings);
                }
            }
            Step::Asked(_) => {}
        }
    }
}

fn hear<'t>(
    gone: &mut HashMap<&'t str, &'t Exchange>,
    exchange: &'t Exchange,
    temporary: &HashSet<&str>,
) {
    if exchange.is(&[Call::Logout]) && exchange.succeeded() {
        let told = exchange.logouts();
        let mvpds = told.iter().map(|logout| logout.mvpd).chain(exchange.mvpd.as_deref());
        gone.extend(mvpds.filter(|mvpd| !temporary.contains(mvpd)).map(|mvpd| (mvpd, exchange)));
    }
    for profile in exchange.profiles().unwrap_or_default() {
        gone.remove(profile.mvpd);
    }
    if let Some(session) = exchange.session().filter(|told| told.action_name == "authorize") {
        session.mvpd.or(exchange.mvpd.as_deref()).and_then(|mvpd| gone.remove(mvpd));
    }
}

fn check_decision(
    context: &Context,
    logout: &Exchange,
    exchange: &Exchange,
    findings: &mut Findings,
) {
    let told = logout.answered.unwrap_or(logout.arrived);
    let since = exchange.arrived.since(told);
    let mvpd = exchange.mvpd.as_deref().unwrap_or_default();
    let what = format!(
        "asked for a decision {} ms after the logout of {mvpd}, without a new sign-in",
        since.as_millis()
    );
    let violation = Violation::new(what)
        .exchange(logout, "the profile was deleted")
        .exchange(exchange, "asked for a decision with it");
    if !context.exact_time && since <= measure::under_way(context) {
        findings.doubt(violation);
    } else {
        findings.violate(violation);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::rules::testing;
    use crate::trace::Trace;
    use crate::trace::builder::TraceBuilder;
    use crate::verdict::Verdict::{self, Fail, Inconclusive, NotExercised, Pass};

    fn verdict(trace: &Trace) -> Verdict {
        let [oct, apr] = testing::verdicts(&RULE, trace);
        assert_eq!(oct, apr);
        oct
    }

    fn signed_out() -> TraceBuilder {
        let trace = TraceBuilder::new().launch().profiles(&["Dish"]).done().sign_out();
        trace.logout("Dish", "complete", "none").done().after(5.0)
    }

    #[test]
    fn a_user_who_signs_in_again_may_play() {
        let trace = signed_out().sign_in("Dish").session("Dish").poll_finds("Dish").play("news");
        assert_eq!(verdict(&trace.permitted("Dish", "news").build()), NotExercised);
        let direct = signed_out().session_direct("Dish", "authenticatedSSO");
        assert_eq!(verdict(&direct.permitted("Dish", "news").build()), NotExercised);
    }

    #[test]
    fn asking_nothing_when_the_user_goes_on_passes() {
        let trace = signed_out().play("news").says("sign_in_offered", "Sign in").done();
        assert_eq!(verdict(&trace.build()), Pass);
    }

    #[test]
    fn a_decision_without_a_new_sign_in_fails() {
        assert_eq!(verdict(&signed_out().play("news").permitted("Dish", "news").build()), Fail);
        assert_eq!(verdict(&signed_out().preauthorized("Dish", &["news"]).build()), Fail);
        assert_eq!(verdict(&signed_out().launch().permitted("Dish", "news").build()), Fail);
        let unfinished = signed_out().session("Dish").poll().permitted("Dish", "news");
        assert_eq!(verdict(&unfinished.build()), Fail);
    }

    #[test]
    fn another_mvpds_profile_is_still_there() {
        let trace = TraceBuilder::new().launch().profiles(&["Dish", "Spectrum"]).sign_out();
        let trace = trace.logout("Dish", "complete", "none").done().play("news");
        assert_eq!(verdict(&trace.permitted("Spectrum", "news").build()), Pass);
    }

    #[test]
    fn a_logout_that_failed_drops_nothing() {
        let trace = TraceBuilder::new().launch().profiles(&["Dish"]).sign_out();
        let trace = trace.ask(Call::Logout, |ask| ask.mvpd("Dish").status(500));
        assert_eq!(verdict(&trace.permitted("Dish", "news").build()), NotExercised);
    }

    #[test]
    fn in_real_time_a_call_may_have_been_under_way() {
        let asked = |seconds| {
            let trace = TraceBuilder::new().context(|context| context.exact_time = false);
            let trace = trace.launch().sign_out().logout("Dish", "complete", "none");
            verdict(&trace.after(seconds).permitted("Dish", "news").build())
        };
        assert_eq!(asked(0.25), Inconclusive);
        assert_eq!(asked(0.251), Fail);
    }

    #[test]
    fn temporary_and_degraded_access_go_on() {
        for source in ["temppass", "degradation"] {
            let decision = json!({"resource": "news", "authorized": true, "source": source});
            let trace = TraceBuilder::new().launch().logout("Cablevision", "complete", "none");
            let trace = trace.ask(Call::Authorize, |ask| {
                ask.resources(&["news"]).answer(200, json!({"decisions": [decision]}))
            });
            assert_eq!(verdict(&trace.build()), NotExercised, "{source}");
        }
    }

    #[test]
    fn without_a_logout_it_is_not_exercised() {
        let trace = TraceBuilder::new().launch().play("news").permitted("Dish", "news").build();
        assert_eq!(verdict(&trace), NotExercised);
    }
}
