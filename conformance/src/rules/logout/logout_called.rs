//! LGO-1

use crate::protocol::Action;
use crate::rules::documents::{APR_CHECKLIST, OCT_COOKBOOK};
use crate::rules::patience::{self, PATIENCE};
use crate::rules::{Check, Clause, Findings, Phase, Rule, Violation};
use crate::trace::{Call, Device, KnownProfile, KnownProfiles, Run, Step, UserAction, View};

pub(crate) static RULE: Rule = Rule {
    id: "LGO-1",
    name: "logout-called",
    phase: Phase::Logout,
    oct_2024: Some(Clause::must(OCT_COOKBOOK, "Step 7: Logout")),
    apr_2025: Some(Clause::must(
        APR_CHECKLIST,
        "Mandatory Requirements, 6. Logout Phase: Logout Support",
    )),
    requires: "When the user signs out, the client calls logout for the MVPD it has a profile of.",
    boundary: "A sign-out while a profile is known to be valid brings a call 13 for it before \
              `done` (or in half a minute). Of several profiles one will do: which one the user \
              meant is not known. Temporary and degraded profiles have nobody to sign out.",
    why: "A client that only forgets the profile leaves it valid at the service: on the next launch \
          the viewer is signed in again, on a shared device perhaps as somebody else.",
    remedy: "Call GET /api/v2/{serviceProvider}/logout/{mvpd} before dropping what is stored.",
    needs_events: true,
    capability: None,
    check: Check::Alike(check),
};

fn check(view: &View<'_>, findings: &mut Findings) {
    for device in view.devices() {
        check_device(view, device, findings);
    }
}

fn check_device(view: &View<'_>, device: &Device<'_>, findings: &mut Findings) {
    let mut known = KnownProfiles::default();
    for run in &device.runs {
        for step in &run.steps {
            match step {
                Step::Answered(exchange) => known.hear(exchange),
                Step::Happened(event) => {
                    let action = run.begun_by(event);
                    if let Some(action) = action.filter(|a| matches!(a.action, Action::SignOut)) {
                        let profiles: Vec<_> = known.all_valid(event.at.at).collect();
                        check_sign_out(view, run, action, &profiles, findings);
                    }
                }
                Step::Asked(_) => {}
            }
        }
    }
}

fn check_sign_out(
    view: &View<'_>,
    run: &Run<'_>,
    action: &UserAction<'_>,
    profiles: &[KnownProfile<'_>],
    findings: &mut Findings,
) {
    let regular = || profiles.iter().filter(|known| !known.profile.is_temporary_or_degraded());
    let Some(first) = regular().next() else { return };
    let asked = run.steps_of(action).iter().filter_map(|step| step.asked());
    let mut logouts = asked.filter(|exchange| exchange.is(&[Call::Logout]));
    if logouts.any(|call| regular().any(|known| call.mvpd.as_deref() == Some(known.profile.mvpd))) {
        findings.exercise();
        return;
    }
    let mvpd = first.profile.mvpd;
    let violation = if let Some(event) = action.unsupported {
        let what = format!("says that it cannot sign out, though it holds a profile of {mvpd}");
        Violation::new(what).event(event, "signing out is unsupported")
    } else if let Some(due) = patience::due(view, run, action, action.begun, PATIENCE) {
        let waited = due.since(action.begun).as_secs();
        let what = format!("signed out of {mvpd} without calling logout for it ({waited} s)");
        let violation = Violation::new(what).event(action.event, "the user signs out");
        action.done.into_iter().fold(violation, |violation, done| violation.event(done, "done"))
    } else {
        return;
    };
    findings.violate(violation.exchange(first.told_by, "told of the profile"));
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::rules::testing;
    use crate::trace::builder::TraceBuilder;
    use crate::trace::{Happening, Trace};
    use crate::verdict::Verdict::{self, Fail, NotApplicable, NotExercised, Pass};

    fn verdict(trace: &Trace) -> Verdict {
        let [oct, apr] = testing::verdicts(&RULE, trace);
        assert_eq!(oct, apr);
        oct
    }

    fn signed_in() -> TraceBuilder {
        TraceBuilder::new().launch().registered().profiles(&["Dish"]).done().after(60.0)
    }

    #[test]
    fn a_call_for_the_profile_passes() {
        let trace = signed_in().sign_out().logout("Dish", "complete", "none").done();
        assert_eq!(verdict(&trace.build()), Pass);
    }

    #[test]
    fn done_without_a_call_fails() {
        assert_eq!(verdict(&signed_in().sign_out().done().build()), Fail);
        let other = signed_in().sign_out().logout("Spectrum", "invalid", "none").done();
        assert_eq!(verdict(&other.build()), Fail);
    }

    #[test]
    fn silence_fails_after_half_a_minute() {
        assert_eq!(verdict(&signed_in().sign_out().after(31.4).build()), NotExercised);
        assert_eq!(verdict(&signed_in().sign_out().after(31.5).build()), Fail);
    }

    #[test]
    fn a_refused_call_is_a_call() {
        let trace = signed_in().sign_out();
        let trace = trace.ask(Call::Logout, |ask| ask.mvpd("Dish").status(500)).done();
        assert_eq!(verdict(&trace.build()), Pass);
    }

    #[test]
    fn one_of_several_profiles_will_do() {
        let trace = TraceBuilder::new().launch().profiles(&["Dish", "Spectrum"]).sign_out();
        let trace = trace.logout("Spectrum", "logout", "interactive").done();
        assert_eq!(verdict(&trace.build()), Pass);
    }

    #[test]
    fn a_profile_of_an_earlier_run_is_known() {
        assert_eq!(verdict(&signed_in().launch().done().sign_out().done().build()), Fail);
    }

    #[test]
    fn there_must_be_somebody_to_sign_out() {
        let nobody = TraceBuilder::new().launch().no_profiles().sign_out().done();
        assert_eq!(verdict(&nobody.build()), NotExercised);
        let expired = signed_in().after(31.0 * 86_400.0).sign_out().done();
        assert_eq!(verdict(&expired.build()), NotExercised);
        let trial = json!({"profiles": {"Trial": {"type": "temporary"}}});
        let trial = TraceBuilder::new()
            .launch()
            .ask(Call::ProfileByMvpd, |ask| ask.mvpd("Trial").answer(200, trial));
        assert_eq!(verdict(&trial.sign_out().done().build()), NotExercised);
    }

    #[test]
    fn a_client_that_cannot_sign_out_fails() {
        let trace = signed_in().sign_out().happen(Happening::Unsupported { id: 2 });
        assert_eq!(verdict(&trace.build()), Fail);
    }

    #[test]
    fn a_capture_tells_of_no_sign_out() {
        assert_eq!(verdict(&TraceBuilder::capture().build()), NotApplicable);
    }
}
