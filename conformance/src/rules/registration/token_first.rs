//! REG-1: an access token before anything else.

use crate::rules::documents::{APR_CHECKLIST, OCT_COOKBOOK};
use crate::rules::{Check, Clause, Findings, Phase, Rule, Violation};
use crate::trace::{Exchange, View};

pub(crate) static RULE: Rule = Rule {
    id: "REG-1",
    name: "token-first",
    phase: Phase::Registration,
    oct_2024: Some(Clause::must(OCT_COOKBOOK, "Step 1: Register your application")),
    apr_2025: Some(Clause::must(
        APR_CHECKLIST,
        "Mandatory Requirements, 7. Parameters and Headers: Send Authorization Header",
    )),
    requires: "Every protected call carries an access token that the server issued, as `Authorization: Bearer`.",
    boundary: "A protected call has an `Authorization: Bearer` token that the server issued. A \
              capture may begin after the token was issued, so a token that it does not show \
              being issued is believed there.",
    why: "Without a valid token every call is answered 401: the app works for nobody.",
    remedy: "Obtain credentials (call 1) and a token (call 2) before the first protected call, and send the token on each one.",
    needs_events: false,
    capability: None,
    check: Check::Alike(check),
};

fn check(view: &View<'_>, findings: &mut Findings) {
    for exchange in view.exchanges().filter(|e| e.call.is_some_and(|call| call.is_protected())) {
        findings.exercise();
        if let Some(what) = fault(view, exchange) {
            findings.violate(Violation::new(what).exchange(exchange, "the call"));
        }
    }
}

fn fault(view: &View<'_>, exchange: &Exchange) -> Option<&'static str> {
    let Some(token) = exchange.bearer() else {
        return Some(match exchange.header("authorization") {
            None => "a protected call carries no access token",
            Some(_) => "the `Authorization` of a protected call is not a bearer token",
        });
    };
    let issued = view.token(token).is_some_and(|t| t.exchange.arrived < exchange.arrived);
    let believed = !view.context().has_events && !token.is_empty();
    (!issued && !believed)
        .then_some("a protected call carries a token that the server never issued")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::{sentences, verdicts};
    use crate::trace::Call;
    use crate::trace::builder::TraceBuilder;
    use crate::verdict::Edition;
    use crate::verdict::Verdict::{Fail, NotExercised, Pass};

    #[test]
    fn an_issued_token_keeps_it() {
        let trace = TraceBuilder::new().launch().registered().no_profiles().build();
        assert_eq!(verdicts(&RULE, &trace), [Pass; 2]);
    }

    #[test]
    fn no_token_a_made_up_one_and_another_scheme_break_it() {
        let cases = [
            ("", "a protected call carries no access token"),
            ("Bearer invented", "a protected call carries a token that the server never issued"),
            ("Bearer ", "a protected call carries a token that the server never issued"),
            ("Basic dG9rZW4tMQ==", "the `Authorization` of a protected call is not a bearer token"),
        ];
        for (header, sentence) in cases {
            let trace = TraceBuilder::new()
                .launch()
                .registered()
                .ask(Call::Profiles, |ask| match header {
                    "" => ask.without("authorization"),
                    _ => ask.header("authorization", header),
                })
                .build();
            assert_eq!(verdicts(&RULE, &trace), [Fail; 2], "{header}");
            assert_eq!(sentences(&RULE, &trace, Edition::Oct2024), [sentence]);
        }
    }

    #[test]
    fn a_token_cannot_be_known_before_it_was_asked_for() {
        let trace = TraceBuilder::new()
            .launch()
            .register()
            .ask(Call::Profiles, |ask| ask.bearer("token-1"))
            .token()
            .build();
        assert_eq!(verdicts(&RULE, &trace), [Fail; 2]);
    }

    #[test]
    fn a_capture_may_begin_after_the_token() {
        let older =
            |token| TraceBuilder::capture().ask(Call::Profiles, |ask| ask.bearer(token)).build();
        assert_eq!(verdicts(&RULE, &older("from-yesterday")), [Pass; 2]);
        assert_eq!(verdicts(&RULE, &older("")), [Fail; 2]);
    }

    #[test]
    fn unprotected_calls_need_no_token() {
        let trace = TraceBuilder::new().launch().registered().build();
        assert_eq!(verdicts(&RULE, &trace), [NotExercised; 2]);
    }
}
