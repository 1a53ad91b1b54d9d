//! ERR-2

use crate::rules::documents::{APR_CHECKLIST, OCT_ERROR_CODES};
use crate::rules::measure;
use crate::rules::{Check, Clause, Findings, Phase, Rule, Violation};
use crate::trace::{Call, Context, Device, Exchange, Run, Step, View};

pub(crate) static RULE: Rule = Rule {
    id: "ERR-2",
    name: "reregisters",
    phase: Phase::Errors,
    oct_2024: Some(Clause::should(OCT_ERROR_CODES, "Representation, Action")),
    apr_2025: Some(Clause::must(
        APR_CHECKLIST,
        "Mandatory Requirements, 8. Error Handling: Enhanced Error Code Handling Support",
    )),
    requires: "An error with the action application-registration leads to a new registration and a new \
               token before the next protected call.",
    boundary: "After an error with the action `application-registration`, calls 1 and 2 come \
              before the next protected call. One that arrives within the tolerance may have been \
              under way. Where that did not help, because what comes after it is answered so \
              again, nothing more is demanded: a client may stop trying.",
    why: "The credentials are no longer accepted: without new ones the app is locked out for good, until \
          somebody reinstalls it.",
    remedy: "On the action application-registration drop credentials and token, and call register and \
             token again.",
    needs_events: false,
    capability: None,
    check: Check::Alike(check),
};

fn check(view: &View<'_>, findings: &mut Findings) {
    for device in
        view.devices().iter().filter(|device| device.runs.iter().any(Run::may_hear_errors))
    {
        check_device(view.context(), device, findings);
    }
}

/// What is to be done, and what was done of it.
struct Demand<'t> {
    by: &'t Exchange,
    registered: bool,
    refreshed: bool,
}

fn check_device(context: &Context, device: &Device<'_>, findings: &mut Findings) {
    let mut demand: Option<Demand<'_>> = None;
    let mut remedy_failed = false;
    for step in device.steps() {
        match step {
            // Only what asks with a token can be told that its client is not accepted.
            Step::Answered(exchange) if is_protected(exchange) => {
                let same = |demand: &Demand<'_>| exchange.arrived < answered(demand.by);
                remedy_failed &= !exchange.succeeded();
                if exchange.demands("application-registration")
                    && !remedy_failed
                    && !demand.as_ref().is_some_and(same)
                {
                    demand = Some(Demand { by: exchange, registered: false, refreshed: false });
                }
            }
            Step::Asked(exchange) => {
                let Some(open) = &mut demand else { continue };
                open.registered |= exchange.is(&[Call::Register]);
                open.refreshed |= exchange.is(&[Call::Token]);
                if is_protected(exchange) && judge(context, open, exchange, findings) {
                    // Until a call succeeds again.
                    remedy_failed = open.registered && open.refreshed;
                    demand = None;
                }
            }
            _ => {}
        }
    }
}

/// Whether the matter is settled by a protected call.
fn judge(
    context: &Context,
    demand: &Demand<'_>,
    exchange: &Exchange,
    findings: &mut Findings,
) -> bool {
    if demand.registered && demand.refreshed {
        findings.exercise();
        return true;
    }
    let missing = match (demand.registered, demand.refreshed) {
        (true, _) => "asking for a new token",
        (_, true) => "registering again",
        _ => "registering again and asking for a new token",
    };
    let what = format!("went on without {missing}, though the service had asked for registration");
    let violation = Violation::new(what)
        .exchange(demand.by, "action: application-registration")
        .exchange(exchange, "the next protected call");
    let waited = exchange.arrived.since(answered(demand.by));
    let other = (&exchange.method, &exchange.path) != (&demand.by.method, &demand.by.path);
    if other && !context.exact_time && waited <= measure::under_way(context) {
        findings.doubt(violation);
        return false;
    }
    findings.violate(violation);
    true
}

fn is_protected(exchange: &Exchange) -> bool {
    exchange.call.is_some_and(|call| call.is_protected())
}

fn answered(exchange: &Exchange) -> crate::trace::Moment {
    exchange.answered.unwrap_or(exchange.arrived)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing;
    use crate::trace::Trace;
    use crate::trace::builder::TraceBuilder;
    use crate::verdict::Edition;
    use crate::verdict::Verdict::{self, Fail, Inconclusive, NotExercised, Pass, Warn};

    fn verdicts(trace: &Trace) -> [Verdict; 2] {
        testing::verdicts(&RULE, trace)
    }

    fn revoked(trace: TraceBuilder) -> TraceBuilder {
        trace.ask(Call::Profiles, |ask| {
            let code = "invalid_access_token_client_application";
            ask.error(401, code, "application-registration")
        })
    }

    fn began() -> TraceBuilder {
        revoked(TraceBuilder::new().launch().registered()).after(1.0)
    }

    #[test]
    fn registering_again_passes() {
        assert_eq!(verdicts(&began().registered().no_profiles().build()), [Pass, Pass]);
        let later = began().launch().registered().no_profiles();
        assert_eq!(verdicts(&later.build()), [Pass, Pass]);
    }

    #[test]
    fn going_on_fails() {
        assert_eq!(verdicts(&began().no_profiles().build()), [Warn, Fail]);
        assert_eq!(verdicts(&began().token().no_profiles().build()), [Warn, Fail]);
        assert_eq!(verdicts(&began().register().no_profiles().build()), [Warn, Fail]);
    }

    #[test]
    fn stopping_is_allowed() {
        assert_eq!(
            verdicts(&began().says("error", "Not available").done().build()),
            [NotExercised; 2]
        );
        assert_eq!(verdicts(&began().registered().build()), [NotExercised; 2]);
    }

    #[test]
    fn each_demand_is_judged_once() {
        let trace = began().registered();
        let trace = revoked(trace).after(1.0).registered().no_profiles().no_profiles();
        assert_eq!(verdicts(&trace.build()), [Pass, Pass]);
        let ignored = began().no_profiles().no_profiles().build();
        assert_eq!(testing::judged(&RULE, &ignored, Edition::Oct2024).violations.len(), 1);
    }

    #[test]
    fn what_did_not_help_need_not_be_tried_again() {
        let refused_again = || revoked(began().registered()).done();
        let another = refused_again().play("news").no_profiles();
        assert_eq!(verdicts(&another.build()), [Pass, Pass]);
        let helped = revoked(began().registered().no_profiles()).after(1.0);
        assert_eq!(verdicts(&helped.no_profiles().build()), [Warn, Fail]);
        let half = revoked(began().register().no_profiles()).after(1.0);
        let half = half.no_profiles().build();
        assert_eq!(testing::judged(&RULE, &half, Edition::Oct2024).violations.len(), 2);
    }

    #[test]
    fn in_real_time_another_call_may_have_been_under_way() {
        let real = || revoked(TraceBuilder::new().context(|c| c.exact_time = false).launch());
        let other = |seconds| verdicts(&real().after(seconds).configuration().build());
        assert_eq!(other(0.25), [Inconclusive, Inconclusive]);
        assert_eq!(other(0.251), [Warn, Fail]);
        assert_eq!(verdicts(&real().no_profiles().build()), [Warn, Fail]);
    }

    #[test]
    fn other_errors_do_not_exercise_it() {
        let trace = TraceBuilder::new().launch().ask(Call::Profiles, |ask| ask.status(401));
        assert_eq!(verdicts(&trace.no_profiles().build()), [NotExercised; 2]);
    }
}
