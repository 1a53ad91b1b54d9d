//! REG-6: a new token takes call 2, not call 1.

use std::time::Duration;

use super::asks_to_register;
use crate::rules::documents::{APR_REGISTRATION_FAQS, OCT_REGISTRATION_FLOW};
use crate::rules::{Check, Clause, Findings, Phase, Rule, Violation};
use crate::trace::{Call, Exchange, Run, Step, View};

/// After this long without an answer a client may take a call for lost.
const LOST: Duration = Duration::from_secs(5);

pub(crate) static RULE: Rule = Rule {
    id: "REG-6",
    name: "refresh-not-reregister",
    phase: Phase::Registration,
    oct_2024: Some(Clause::should(
        OCT_REGISTRATION_FLOW,
        "Access Adobe Pass protected APIs, Workflow: Return client credentials",
    )),
    apr_2025: Some(Clause::must(
        APR_REGISTRATION_FAQS,
        "12. How can the client application refresh an access token?",
    )),
    requires: "A new access token is requested with the stored credentials; only an answer that asks for it leads to another registration.",
    boundary: "A run that already sent call 1, 2 or a protected call does not send call 1, unless \
              an answer said `invalid_client` or `application-registration`, or the earlier call \
              1 got no usable answer. It is exercised by every occasion to fetch another token: a \
              401, or a further call 1 or 2.",
    why: "New credentials have no profiles: whoever registers to get a token signs the viewer out.",
    remedy: "On expiry or 401 send call 2 with the stored credentials; send call 1 only after `invalid_client` or an error with the action `application-registration`.",
    needs_events: false,
    capability: None,
    check: Check::Alike(check),
};

fn check(view: &View<'_>, findings: &mut Findings) {
    for run in view.runs() {
        check_run(run, findings);
    }
}

#[derive(Default)]
struct Seen<'t> {
    /// The last call 1, 2 or protected call.
    last: Option<&'t Exchange>,
    register: Option<&'t Exchange>,
    token: bool,
    told_to_register: bool,
}

fn check_run(run: &Run<'_>, findings: &mut Findings) {
    let mut seen = Seen::default();
    for step in &run.steps {
        match step {
            Step::Asked(exchange) => seen.ask(exchange, findings),
            Step::Answered(exchange) => {
                if exchange.credentials().is_some() {
                    seen.told_to_register = false;
                } else if asks_to_register(exchange) {
                    seen.told_to_register = true;
                }
                if exchange.status() == Some(401) {
                    findings.exercise();
                }
            }
            Step::Happened(_) => {}
        }
    }
}

impl<'t> Seen<'t> {
    fn ask(&mut self, exchange: &'t Exchange, findings: &mut Findings) {
        match exchange.call {
            Some(Call::Register) => {
                if let Some(last) = self.last {
                    findings.exercise();
                    self.judge(exchange, last, findings);
                }
                self.register = Some(exchange);
            }
            Some(Call::Token) => {
                if std::mem::replace(&mut self.token, true) {
                    findings.exercise();
                }
            }
            Some(call) if call.is_protected() => {}
            _ => return,
        }
        self.last = Some(exchange);
    }

    fn judge(&self, exchange: &Exchange, last: &Exchange, findings: &mut Findings) {
        let in_vain = self.register.is_some_and(|earlier| !was_usable(earlier, exchange));
        if self.told_to_register || in_vain {
            return;
        }
        let before = self.register.unwrap_or(last);
        findings.violate(
            Violation::new("registered again in a run that already had credentials")
                .exchange(before, "the run was past registration")
                .exchange(exchange, "registered again, though no answer asked for it"),
        );
    }
}

/// Whether an earlier call 1 had, or was still about to have, a usable answer when the next one was
/// sent.
fn was_usable(earlier: &Exchange, next: &Exchange) -> bool {
    let answered = earlier.answered.is_some_and(|answered| answered < next.arrived);
    let lost = !answered && next.arrived.since(earlier.arrived) >= LOST;
    earlier.credentials().is_some() && !lost
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::verdicts;
    use crate::trace::builder::TraceBuilder;
    use crate::verdict::Verdict::{Fail, NotExercised, Pass, Warn};

    fn running() -> TraceBuilder {
        TraceBuilder::new().launch().registered().no_profiles()
    }

    #[test]
    fn refreshing_with_call_2_keeps_it() {
        let trace = running().ask(Call::Profiles, |ask| ask.status(401)).token().build();
        assert_eq!(verdicts(&RULE, &trace), [Pass; 2]);
    }

    #[test]
    fn registering_after_a_401_breaks_it() {
        let trace = running().ask(Call::Profiles, |ask| ask.status(401)).registered().build();
        assert_eq!(verdicts(&RULE, &trace), [Warn, Fail]);
    }

    #[test]
    fn registering_because_the_token_expired_breaks_it() {
        assert_eq!(verdicts(&RULE, &running().at(21_600.0).registered().build()), [Warn, Fail]);
        let late = TraceBuilder::new().launch().token().at(21_600.0).registered().build();
        assert_eq!(verdicts(&RULE, &late), [Warn, Fail]);
    }

    #[test]
    fn registering_when_asked_to_keeps_it() {
        let revoked = running()
            .ask(Call::Profiles, |ask| {
                ask.error(
                    401,
                    "invalid_access_token_client_application",
                    "application-registration",
                )
            })
            .registered();
        assert_eq!(verdicts(&RULE, &revoked.clone().build()), [Pass; 2]);
        // Once registered, the next one needs a reason of its own.
        assert_eq!(verdicts(&RULE, &revoked.register().build()), [Warn, Fail]);
    }

    #[test]
    fn a_registration_in_vain_may_be_repeated() {
        for status in [400, 429, 500] {
            let trace = TraceBuilder::new()
                .launch()
                .ask(Call::Register, |ask| ask.status(status))
                .registered()
                .build();
            assert_eq!(verdicts(&RULE, &trace), [Pass; 2], "{status}");
        }
        let lost = TraceBuilder::new()
            .launch()
            .ask(Call::Register, crate::trace::builder::Ask::unanswered);
        assert_eq!(verdicts(&RULE, &lost.registered().build()), [Pass; 2]);
    }

    #[test]
    fn an_answer_that_takes_too_long_may_be_taken_for_lost() {
        let slow = |wait| {
            let answer = serde_json::json!({"client_id": "a", "client_secret": "b"});
            TraceBuilder::new()
                .launch()
                .ask(Call::Register, |ask| ask.answer(201, answer).taking(20.0))
                .after(wait)
                .register()
                .build()
        };
        assert_eq!(verdicts(&RULE, &slow(5.0)), [Pass; 2]);
        assert_eq!(verdicts(&RULE, &slow(0.1)), [Warn, Fail]);
    }

    #[test]
    fn one_registration_shows_nothing() {
        assert_eq!(verdicts(&RULE, &running().build()), [NotExercised; 2]);
        // Beginning a run with it is judged by another rule.
        assert_eq!(verdicts(&RULE, &running().launch().registered().build()), [NotExercised; 2]);
    }
}
