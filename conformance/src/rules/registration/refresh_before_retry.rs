//! REG-5: after a 401, a new token first.

use std::time::Duration;

use crate::rules::documents::{APR_CHECKLIST, OCT_PROFILES};
use crate::rules::measure::{under_way, words};
use crate::rules::{Check, Clause, Findings, Phase, Rule, Violation};
use crate::trace::{Device, Exchange, Step, Trouble, View};

pub(crate) static RULE: Rule = Rule {
    id: "REG-5",
    name: "refresh-before-retry",
    phase: Phase::Registration,
    oct_2024: Some(Clause::should(OCT_PROFILES, "Response: 401")),
    apr_2025: Some(Clause::should(
        APR_CHECKLIST,
        "Recommended Practices, 1. Registration Phase: Access Tokens Validation",
    )),
    requires: "After a 401 the client obtains a new access token before it calls again.",
    boundary: "After a 401 that did not ask for registration the next protected call carries \
              another token. A different call that arrives within the tolerance may have been \
              under way already.",
    why: "A token that was refused once is refused again: the call is lost, and with many devices it adds up to an outage that feeds itself.",
    remedy: "On a 401 send call 2, then repeat the call once with the new token.",
    needs_events: false,
    capability: None,
    check: Check::Alike(check),
};

fn check(view: &View<'_>, findings: &mut Findings) {
    for device in view.devices().iter().filter(|device| device.meets(Trouble::Unauthorized)) {
        check_device(view, device, findings);
    }
}

fn check_device(view: &View<'_>, device: &Device<'_>, findings: &mut Findings) {
    let mut refused: Option<&Exchange> = None;
    let is_protected = |exchange: &Exchange| exchange.call.is_some_and(|call| call.is_protected());
    for step in device.steps() {
        match step {
            Step::Answered(exchange) if is_protected(exchange) => {
                let unauthorized = exchange.status() == Some(401) && exchange.bearer().is_some();
                if unauthorized && !exchange.demands("application-registration") {
                    refused = Some(exchange);
                }
            }
            Step::Asked(exchange) if is_protected(exchange) => {
                if let Some(refused) = refused.take() {
                    findings.exercise();
                    check_next(view, refused, exchange, findings);
                }
            }
            _ => {}
        }
    }
}

fn check_next(view: &View<'_>, refused: &Exchange, next: &Exchange, findings: &mut Findings) {
    if next.bearer() != refused.bearer() {
        return;
    }
    let after = next.arrived.since(refused.answered.unwrap_or(refused.arrived));
    let violation =
        Violation::new(format!("sent the same token again {} after a 401", words(after)))
            .exchange(refused, "refused the token")
            .exchange(next, "carries it again");
    let grace = under_way(view.context());
    let another = (&next.method, &next.path) != (&refused.method, &refused.path);
    if another && grace > Duration::ZERO && after <= grace {
        findings.doubt(violation);
    } else {
        findings.violate(violation);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::verdicts;
    use crate::trace::Call;
    use crate::trace::builder::TraceBuilder;
    use crate::verdict::Verdict::{Inconclusive, NotExercised, Pass, Warn};

    fn refused() -> TraceBuilder {
        TraceBuilder::new().launch().registered().ask(Call::Profiles, |ask| ask.status(401))
    }

    #[test]
    fn another_token_keeps_it() {
        assert_eq!(verdicts(&RULE, &refused().token().no_profiles().build()), [Pass; 2]);
    }

    #[test]
    fn the_same_token_breaks_it() {
        assert_eq!(verdicts(&RULE, &refused().no_profiles().build()), [Warn; 2]);
        assert_eq!(verdicts(&RULE, &refused().launch().configuration().build()), [Warn; 2]);
        let unused = refused().token().ask(Call::Profiles, |ask| ask.bearer("token-1")).build();
        assert_eq!(verdicts(&RULE, &unused), [Warn; 2]);
    }

    #[test]
    fn another_call_may_have_been_under_way() {
        let real = |call, seconds| {
            let story = refused().context(|context| context.exact_time = false);
            story.after(seconds).ask(call, |ask| ask).build()
        };
        assert_eq!(verdicts(&RULE, &real(Call::Configuration, 0.2)), [Inconclusive; 2]);
        assert_eq!(verdicts(&RULE, &real(Call::Configuration, 0.3)), [Warn; 2]);
        assert_eq!(verdicts(&RULE, &real(Call::Profiles, 0.2)), [Warn; 2]);
    }

    #[test]
    fn a_401_that_asks_for_registration_is_not_meant() {
        let trace = TraceBuilder::new()
            .launch()
            .registered()
            .ask(Call::Profiles, |ask| ask.error(401, "x", "application-registration"))
            .no_profiles()
            .build();
        assert_eq!(verdicts(&RULE, &trace), [NotExercised; 2]);
    }

    #[test]
    fn nothing_after_the_401_shows_nothing() {
        assert_eq!(verdicts(&RULE, &refused().build()), [NotExercised; 2]);
        assert_eq!(verdicts(&RULE, &refused().token().build()), [NotExercised; 2]);
    }
}
