//! LGO-5

use crate::protocol::Action;
use crate::rules::documents::APR_CHECKLIST;
use crate::rules::{Check, Clause, Findings, Phase, Rule, Violation};
use crate::trace::{Call, Device, Exchange, Step, View};

pub(crate) static RULE: Rule = Rule {
    id: "LGO-5",
    name: "only-on-request",
    phase: Phase::Logout,
    oct_2024: None,
    apr_2025: Some(Clause::should(
        APR_CHECKLIST,
        "Recommended Practices, 6. Logout Phase: User Experience",
    )),
    requires: "Logout is called only when the user asks for it, never as a reaction to a deny or an \
               error.",
    boundary: "Call 13 comes only when the user signs out or changes the provider, or to finish \
              such a wish that could not be finished then.",
    why: "A viewer who is signed out for trying to watch something believes that signing in does not \
          work.",
    remedy: "Call logout from the sign-out button only; show a refusal as a refusal.",
    needs_events: true,
    capability: None,
    check: Check::Alike(check),
};

fn check(view: &View<'_>, findings: &mut Findings) {
    for device in view.devices().iter().filter(|device| device.asks(&[Call::Logout])) {
        check_device(device, findings);
    }
}

fn check_device(device: &Device<'_>, findings: &mut Findings) {
    let mut wished = false;
    let mut finished = false;
    for run in &device.runs {
        for step in &run.steps {
            match step {
                Step::Happened(event) if event.what.is_user_action() => {
                    let action = run.action_at(event.at).map(|action| action.action);
                    let wishes =
                        matches!(action, Some(Action::SignOut | Action::SwitchProvider { .. }));
                    // A wish whose logout succeeded is fulfilled once the user does the next thing.
                    wished = wishes || (wished && !finished);
                    finished &= !wishes;
                }
                Step::Answered(exchange) if exchange.is(&[Call::Logout]) => {
                    finished |= exchange.succeeded();
                }
                Step::Asked(exchange) if exchange.is(&[Call::Logout]) => {
                    findings.exercise();
                    if !wished {
                        let reason =
                            last_refusal(run.between(Default::default(), exchange.arrived));
                        findings.violate(violation(exchange, reason));
                    }
                }
                _ => {}
            }
        }
    }
}

/// What the client may have reacted to.
fn last_refusal<'t>(steps: &[Step<'t>]) -> Option<&'t Exchange> {
    let answered = steps.iter().rev().take(10).filter_map(|step| step.answered());
    let denies = |exchange: &&Exchange| {
        exchange.error().is_some() || exchange.decided().any(|told| !told.authorized)
    };
    answered.take(1).find(denies)
}

fn violation(exchange: &Exchange, reason: Option<&Exchange>) -> Violation {
    let violation = Violation::new("called logout though the user had not asked to sign out");
    let violation = match reason {
        Some(refused) => violation.exchange(refused, "was refused just before"),
        None => violation,
    };
    violation.exchange(exchange, "the logout")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing;
    use crate::trace::Trace;
    use crate::trace::builder::TraceBuilder;
    use crate::verdict::Edition;
    use crate::verdict::Verdict::{self, NotApplicable, NotExercised, Pass, Warn};

    fn verdict(trace: &Trace) -> Verdict {
        let [oct, apr] = testing::verdicts(&RULE, trace);
        assert_eq!(oct, NotApplicable);
        apr
    }

    fn launched() -> TraceBuilder {
        TraceBuilder::new().launch().profiles(&["Dish"])
    }

    #[test]
    fn a_user_who_signs_out_passes() {
        let trace = launched().sign_out().logout("Dish", "complete", "none").done();
        assert_eq!(verdict(&trace.build()), Pass);
        let trace = launched().user(Action::SwitchProvider { mvpd: None });
        assert_eq!(verdict(&trace.logout("Dish", "complete", "none").build()), Pass);
    }

    #[test]
    fn a_reaction_to_a_deny_is_warned_of() {
        let code = "authorization_denied_by_mvpd";
        let trace = launched().play("news").denied("Dish", "news", code, "none");
        let trace = trace.logout("Dish", "complete", "none").build();
        assert_eq!(verdict(&trace), Warn);
        let judged = testing::judged(&RULE, &trace, Edition::Apr2025);
        assert_eq!(judged.violations[0].evidence[0].shows, "was refused just before");
    }

    #[test]
    fn a_fulfilled_wish_is_no_wish() {
        let trace = launched().sign_out().logout("Dish", "complete", "none").done();
        let trace = trace.play("news").logout("Dish", "invalid", "none");
        assert_eq!(verdict(&trace.build()), Warn);
    }

    #[test]
    fn an_unfulfilled_wish_may_be_fulfilled_later() {
        let trace = launched().sign_out().ask(Call::Logout, |ask| ask.status(503)).done();
        let trace = trace.launch().logout("Cablevision", "complete", "none");
        assert_eq!(verdict(&trace.build()), Pass);
    }

    #[test]
    fn no_logout_no_question() {
        assert_eq!(verdict(&launched().sign_out().done().build()), NotExercised);
        assert_eq!(verdict(&TraceBuilder::capture().build()), NotApplicable);
    }
}
