//! REG-4: an expired token is not tried.

use foldhash::{HashMap, HashSet};

use crate::rules::documents::{APR_CHECKLIST, OCT_REGISTRATION_FLOW};
use crate::rules::measure::{Held, at_most, words};
use crate::rules::{Check, Clause, Findings, Phase, Rule, Violation};
use crate::trace::{Call, Device, Exchange, Step, Token, View};

pub(crate) static RULE: Rule = Rule {
    id: "REG-4",
    name: "no-expired-token",
    phase: Phase::Registration,
    oct_2024: Some(Clause::should(
        OCT_REGISTRATION_FLOW,
        "Access Adobe Pass protected APIs, Workflow: Return access token",
    )),
    apr_2025: Some(Clause::should(
        APR_CHECKLIST,
        "Recommended Practices, 1. Registration Phase: Access Tokens Validation",
    )),
    requires: "A token is used only until it expires; then the client requests another before it calls anything else.",
    boundary: "No protected call carries a token after its expiry, unless a 401 told the client \
              before (what comes then is REG-5's). It is exercised by what comes after the expiry \
              of a client's last token: a protected call, or the request for another token.",
    why: "Every call with an expired token is a round trip for a 401, and the viewer waits for it.",
    remedy: "Store the token's expiry (`expires_in` from the moment it came) and check it before each call.",
    needs_events: false,
    capability: None,
    check: Check::Alike(check),
};

fn check(view: &View<'_>, findings: &mut Findings) {
    for device in view.devices() {
        check_device(view, device, findings);
    }
}

fn check_device<'t>(view: &View<'t>, device: &Device<'t>, findings: &mut Findings) {
    let mut last: HashMap<&str, &Token<'t>> = HashMap::default();
    let mut refused: HashSet<&str> = HashSet::default();
    for step in device.steps() {
        match step {
            Step::Asked(exchange) if exchange.call == Some(Call::Token) => {
                let client = exchange.parameter("client_id").unwrap_or_default();
                let token = last.get(client.as_str());
                if token.is_some_and(|token| token.expired_for(exchange.arrived).is_some()) {
                    findings.exercise();
                }
            }
            Step::Asked(exchange) if exchange.call.is_some_and(|call| call.is_protected()) => {
                let Some(token) = view.token_of(exchange) else { continue };
                if token.expired_for(exchange.arrived).is_some() {
                    findings.exercise();
                    if !refused.contains(token.value) {
                        check_use(view, token, exchange, findings);
                    }
                }
            }
            Step::Asked(_) | Step::Happened(_) => {}
            Step::Answered(exchange) => {
                if let Some(token) = exchange.token().and_then(|told| view.token(told.value)) {
                    last.insert(token.client_id.as_deref().unwrap_or_default(), token);
                } else if exchange.status() == Some(401) {
                    refused.extend(exchange.bearer());
                }
            }
        }
    }
}

fn check_use(view: &View<'_>, token: &Token<'_>, exchange: &Exchange, findings: &mut Findings) {
    let Some(lifetime) = token.lifetime else { return };
    let age = exchange.arrived.since(token.at);
    let violation = || {
        let what = format!(
            "used a token {} after it was delivered; it lived {}",
            words(age),
            words(lifetime)
        );
        Violation::new(what)
            .exchange(token.exchange, "delivered the token")
            .exchange(exchange, "carries it after its expiry")
            .measured(age, lifetime)
    };
    match at_most(view.context(), age, lifetime) {
        Held::Broken => {
            let last = exchange.arrived.max(token.exchange.arrived);
            findings.violate_at(last, violation);
        }
        Held::TooClose => findings.doubt(violation()),
        Held::Kept | Held::Unjudgeable => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::{sentences, verdicts};
    use crate::trace::builder::TraceBuilder;
    use crate::verdict::Edition;
    use crate::verdict::Verdict::{NotExercised, Pass, Warn};

    fn held_for(seconds: f64) -> TraceBuilder {
        TraceBuilder::new().launch().register().token_for(600).no_profiles().at(seconds)
    }

    #[test]
    fn renewing_it_first_keeps_it() {
        assert_eq!(verdicts(&RULE, &held_for(700.0).token().no_profiles().build()), [Pass; 2]);
    }

    #[test]
    fn using_it_all_the_same_breaks_it() {
        let trace = held_for(700.0).no_profiles().build();
        assert_eq!(verdicts(&RULE, &trace), [Warn; 2]);
        assert_eq!(
            sentences(&RULE, &trace, Edition::Oct2024),
            ["used a token 11 min 40 s after it was delivered; it lived 10 min"]
        );
    }

    #[test]
    fn five_percent_are_tolerated() {
        assert_eq!(verdicts(&RULE, &held_for(630.0).no_profiles().build()), [Pass; 2]);
        assert_eq!(verdicts(&RULE, &held_for(630.1).no_profiles().build()), [Warn; 2]);
    }

    #[test]
    fn a_living_token_exercises_nothing() {
        assert_eq!(verdicts(&RULE, &held_for(599.0).no_profiles().build()), [NotExercised; 2]);
        assert_eq!(verdicts(&RULE, &held_for(599.0).token().build()), [NotExercised; 2]);
    }

    #[test]
    fn after_a_401_another_rule_judges() {
        let trace = held_for(610.0)
            .ask(Call::Profiles, |ask| ask.status(401))
            .at(700.0)
            .ask(Call::Profiles, |ask| ask.status(401))
            .build();
        assert_eq!(verdicts(&RULE, &trace), [Pass; 2]);
    }
}
