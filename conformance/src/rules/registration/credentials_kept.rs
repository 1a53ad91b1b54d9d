//! REG-2: client credentials survive a restart.

use foldhash::HashMap;

use super::asks_to_register;
use crate::rules::documents::{APR_CHECKLIST, OCT_REGISTRATION_FLOW};
use crate::rules::{Check, Clause, Findings, Phase, Rule, Violation};
use crate::trace::{Call, Device, Exchange, Run, Step, View};

pub(crate) static RULE: Rule = Rule {
    id: "REG-2",
    name: "credentials-kept",
    phase: Phase::Registration,
    oct_2024: Some(Clause::should(
        OCT_REGISTRATION_FLOW,
        "Access Adobe Pass protected APIs, Workflow: Return client credentials",
    )),
    apr_2025: Some(Clause::must(
        APR_CHECKLIST,
        "Mandatory Requirements, 1. Registration Phase: Client Credentials Caching",
    )),
    requires: "Client credentials are stored persistently and used again in every later run.",
    boundary: "A run does not begin with call 1 when an earlier run was delivered credentials for \
              this software statement and no answer since said `invalid_client` or \
              `application-registration`. A later call 1 of the same run is REG-6's.",
    why: "Profiles belong to the credentials: a client that registers anew at every start signs its viewers out at every start.",
    remedy: "Keep `client_id` and `client_secret` in persistent storage and begin later runs with call 2 at most.",
    needs_events: false,
    capability: None,
    check: Check::Alike(check),
};

fn check(view: &View<'_>, findings: &mut Findings) {
    for device in view.devices() {
        check_device(device, findings);
    }
}

/// What was delivered in earlier runs, by software statement.
type Delivered<'t> = HashMap<Option<String>, &'t Exchange>;

fn check_device(device: &Device<'_>, findings: &mut Findings) {
    let mut delivered = Delivered::default();
    for run in &device.runs {
        if let Some(first) = first_occasion(run).filter(|_| !delivered.is_empty()) {
            findings.exercise();
            check_first(first, &delivered, findings);
        }
        hear(run, &mut delivered);
    }
}

/// The first call of a run that needs credentials or what comes of them.
fn first_occasion<'t>(run: &Run<'t>) -> Option<&'t Exchange> {
    run.requests().find(|exchange| {
        exchange
            .call
            .is_some_and(|call| matches!(call, Call::Register | Call::Token) || call.is_protected())
    })
}

fn check_first(first: &Exchange, delivered: &Delivered<'_>, findings: &mut Findings) {
    if first.call != Some(Call::Register) {
        return;
    }
    if let Some(&earlier) = delivered.get(&first.software_statement()) {
        findings.violate(
            Violation::new(
                "registered anew after a restart, though credentials were delivered before",
            )
            .exchange(earlier, "delivered credentials")
            .exchange(first, "registered again"),
        );
    }
}

fn hear<'t>(run: &Run<'t>, delivered: &mut Delivered<'t>) {
    for exchange in run.steps.iter().copied().filter_map(Step::answered) {
        if exchange.credentials().is_some() {
            delivered.insert(exchange.software_statement(), exchange);
        } else if asks_to_register(exchange) {
            delivered.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::verdicts;
    use crate::trace::builder::TraceBuilder;
    use crate::verdict::Verdict::{Fail, NotExercised, Pass, Warn};

    fn first_run() -> TraceBuilder {
        TraceBuilder::new().launch().registered().no_profiles()
    }

    #[test]
    fn beginning_with_the_stored_credentials_or_token_keeps_it() {
        let refreshed = first_run().launch().token().no_profiles().build();
        assert_eq!(verdicts(&RULE, &refreshed), [Pass; 2]);
        let reused = first_run().launch().no_profiles().build();
        assert_eq!(verdicts(&RULE, &reused), [Pass; 2]);
    }

    #[test]
    fn registering_anew_breaks_it() {
        let trace = first_run().launch().registered().no_profiles().build();
        assert_eq!(verdicts(&RULE, &trace), [Warn, Fail]);
    }

    #[test]
    fn a_single_run_does_not_exercise_it() {
        assert_eq!(verdicts(&RULE, &first_run().build()), [NotExercised; 2]);
        let idle = first_run().launch().build();
        assert_eq!(verdicts(&RULE, &idle), [NotExercised; 2]);
    }

    #[test]
    fn the_server_may_ask_for_it() {
        let revoked = first_run()
            .ask(Call::Profiles, |ask| {
                ask.error(
                    401,
                    "invalid_access_token_client_application",
                    "application-registration",
                )
            })
            .launch()
            .registered()
            .build();
        assert_eq!(verdicts(&RULE, &revoked), [NotExercised; 2]);
        let unknown = first_run()
            .ask(Call::Token, |ask| ask.answer(400, serde_json::json!({"error": "invalid_client"})))
            .launch()
            .registered()
            .build();
        assert_eq!(verdicts(&RULE, &unknown), [NotExercised; 2]);
    }

    #[test]
    fn another_statement_is_another_application() {
        let trace = first_run()
            .launch()
            .ask(Call::Register, |ask| ask.body(r#"{"software_statement":"other"}"#))
            .build();
        assert_eq!(verdicts(&RULE, &trace), [Pass; 2]);
    }

    #[test]
    fn credentials_that_never_came_cannot_be_kept() {
        let trace = TraceBuilder::new()
            .launch()
            .ask(Call::Register, |ask| ask.status(500))
            .launch()
            .registered()
            .build();
        assert_eq!(verdicts(&RULE, &trace), [NotExercised; 2]);
    }

    #[test]
    fn another_device_is_another_installation() {
        let trace = first_run().device(1).launch().registered().build();
        assert_eq!(verdicts(&RULE, &trace), [NotExercised; 2]);
    }
}
