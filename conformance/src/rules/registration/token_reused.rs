//! REG-3: a token is used until it expires.

use std::time::Duration;

use foldhash::HashMap;

use crate::rules::documents::{APR_CHECKLIST, OCT_REGISTRATION_FLOW};
use crate::rules::measure::{Held, at_most, words};
use crate::rules::{Check, Clause, Findings, Phase, Rule, Violation};
use crate::trace::{Call, Context, Device, Exchange, Step, Token, View};

/// How long before its end a token may be renewed in any case.
const EARLY: Duration = Duration::from_secs(5 * 60);

pub(crate) static RULE: Rule = Rule {
    id: "REG-3",
    name: "token-reused",
    phase: Phase::Registration,
    oct_2024: Some(Clause::should(
        OCT_REGISTRATION_FLOW,
        "Access Adobe Pass protected APIs, Workflow: Return access token",
    )),
    apr_2025: Some(Clause::must(
        APR_CHECKLIST,
        "Mandatory Requirements, 1. Registration Phase: Access Tokens Caching",
    )),
    requires: "An access token is stored persistently and used until it expires.",
    boundary: "No token is requested while the last one delivered for the same credentials has \
              over 5 min and over 10 % of its life left and no 401 came since, be it for a call \
              that carried no token at all. A relaunch is no reason. It is exercised by what a client does while it holds a token: a protected \
              call that carries it again, or a request for another.",
    why: "A token per call or per start doubles the traffic and brings on 429s, above all when many devices start at once.",
    remedy: "Store the token with its expiry; request another only shortly before it expires or after a 401.",
    needs_events: false,
    capability: None,
    check: Check::Alike(check),
};

fn check(view: &View<'_>, findings: &mut Findings) {
    for device in view.devices() {
        check_device(view, device, findings);
    }
}

/// The last token of some credentials.
struct Last<'v, 't> {
    token: &'v Token<'t>,
    used: bool,
    refused: bool,
}

fn check_device<'t>(view: &View<'t>, device: &Device<'t>, findings: &mut Findings) {
    let mut held: HashMap<&str, Last<'_, 't>> = HashMap::default();
    for step in device.steps() {
        match step {
            Step::Asked(exchange) if exchange.call == Some(Call::Token) => {
                let client = exchange.parameter("client_id").unwrap_or_default();
                if let Some(last) = held.get(client.as_str()) {
                    findings.exercise();
                    check_request(view.context(), exchange, last, findings);
                }
            }
            Step::Asked(exchange) => {
                let client = view.client_of(exchange).unwrap_or_default();
                let last = held.get_mut(client).filter(|last| carries(exchange, last));
                if last.is_some_and(|last| std::mem::replace(&mut last.used, true)) {
                    findings.exercise();
                }
            }
            Step::Answered(exchange) => {
                if let Some(token) = exchange.token().and_then(|told| view.token(told.value)) {
                    let client = token.client_id.as_deref().unwrap_or_default();
                    held.insert(client, Last { token, used: false, refused: false });
                } else if exchange.status() == Some(401) {
                    refuse(&mut held, view.client_of(exchange));
                }
            }
            Step::Happened(_) => {}
        }
    }
}

/// A 401 is the end of the client's token; one for a call without a token that is known may be about
/// any (that the call lacked it is REG-1's business).
fn refuse(held: &mut HashMap<&str, Last<'_, '_>>, client: Option<&str>) {
    for (of, last) in held.iter_mut() {
        last.refused |= client.is_none_or(|client| client == *of);
    }
}

fn carries(exchange: &Exchange, last: &Last<'_, '_>) -> bool {
    exchange.bearer() == Some(last.token.value)
}

fn check_request(
    context: &Context,
    exchange: &Exchange,
    last: &Last<'_, '_>,
    findings: &mut Findings,
) {
    let Some((lifetime, left)) = last.token.lifetime.zip(last.token.left_at(exchange.arrived))
    else {
        return;
    };
    if last.refused {
        return;
    }
    let limit = EARLY.max(lifetime / 10);
    let violation = || {
        let what = format!(
            "requested a token while the last one had {} of its {} left and no 401 had come",
            words(left),
            words(lifetime)
        );
        Violation::new(what)
            .exchange(last.token.exchange, "delivered the token that was still good")
            .exchange(exchange, "requested another")
            .measured(left, limit)
    };
    match at_most(context, left, limit) {
        Held::Broken => findings.violate(violation()),
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
    use crate::verdict::Verdict::{Fail, Inconclusive, NotExercised, Pass, Warn};

    fn one_token() -> TraceBuilder {
        TraceBuilder::new().launch().registered().no_profiles()
    }

    #[test]
    fn using_the_token_again_keeps_it() {
        assert_eq!(verdicts(&RULE, &one_token().no_profiles().build()), [Pass; 2]);
        assert_eq!(verdicts(&RULE, &one_token().launch().no_profiles().build()), [Pass; 2]);
    }

    #[test]
    fn one_use_of_one_token_shows_nothing() {
        assert_eq!(verdicts(&RULE, &one_token().build()), [NotExercised; 2]);
    }

    #[test]
    fn a_token_for_every_call_breaks_it() {
        let trace = one_token().after(2.0).token().no_profiles().build();
        assert_eq!(verdicts(&RULE, &trace), [Warn, Fail]);
        assert_eq!(
            sentences(&RULE, &trace, Edition::Apr2025),
            [
                "requested a token while the last one had 5 h 59 min of its 6 h left and no 401 had come"
            ]
        );
    }

    #[test]
    fn a_relaunch_is_no_reason() {
        assert_eq!(verdicts(&RULE, &one_token().launch().token().build()), [Warn, Fail]);
    }

    #[test]
    fn a_401_is_a_reason() {
        let trace = one_token().ask(Call::Profiles, |ask| ask.status(401)).token().build();
        assert_eq!(verdicts(&RULE, &trace), [Pass; 2]);
        let unnamed = one_token().ask(Call::Profiles, |ask| ask.bearer("").status(401));
        assert_eq!(verdicts(&RULE, &unnamed.token().build()), [Pass; 2]);
    }

    #[test]
    fn a_tenth_of_a_long_life_may_be_given_away() {
        // Six hours: 36 min may be left, and 5 % of those as tolerance.
        let renewed = |seconds| one_token().at(seconds).token().build();
        assert_eq!(verdicts(&RULE, &renewed(21_600.0 - 2_268.0)), [Pass; 2]);
        assert_eq!(verdicts(&RULE, &renewed(21_600.0 - 2_269.0)), [Warn, Fail]);
    }

    #[test]
    fn five_minutes_of_a_short_life_may_be_given_away() {
        let renewed = |left: f64| {
            TraceBuilder::new().launch().register().token_for(600).at(600.0 - left).token().build()
        };
        assert_eq!(verdicts(&RULE, &renewed(315.0)), [Pass; 2]);
        assert_eq!(verdicts(&RULE, &renewed(316.0)), [Warn, Fail]);
        assert_eq!(verdicts(&RULE, &renewed(0.0)), [Pass; 2]);
    }

    #[test]
    fn within_the_jitter_nobody_can_tell() {
        let trace = TraceBuilder::new()
            .context(|context| context.jitter_ms = 1000)
            .launch()
            .register()
            .token_for(600)
            .at(600.0 - 315.5)
            .token()
            .build();
        assert_eq!(verdicts(&RULE, &trace), [Inconclusive; 2]);
    }

    #[test]
    fn other_credentials_need_a_token_of_their_own() {
        assert_eq!(verdicts(&RULE, &one_token().registered().build()), [NotExercised; 2]);
    }

    #[test]
    fn two_requests_side_by_side_know_nothing_of_each_other() {
        let trace = TraceBuilder::new()
            .launch()
            .register()
            .ask(Call::Token, |ask| {
                let answer = serde_json::json!({"access_token": "slow", "expires_in": 21_600});
                ask.answer(201, answer).taking(2.0)
            })
            .after(1.0)
            .token()
            .build();
        assert_eq!(verdicts(&RULE, &trace), [NotExercised; 2]);
    }
}
