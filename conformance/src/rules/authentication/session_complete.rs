//! AUT-3: a session is opened with everything it needs.

use crate::protocol::Action;
use crate::rules::documents::{APR_PRIMARY_APPLICATION, OCT_PRIMARY_APPLICATION};
use crate::rules::{Check, Clause, Findings, Phase, Rule, Violation};
use crate::trace::{Call, Exchange, View};

pub(crate) static RULE: Rule = Rule {
    id: "AUT-3",
    name: "session-complete",
    phase: Phase::Authentication,
    oct_2024: Some(Clause::must(
        OCT_PRIMARY_APPLICATION,
        "Perform authentication within primary application, Workflow: Create authentication session",
    )),
    apr_2025: Some(Clause::must(
        APR_PRIMARY_APPLICATION,
        "Perform authentication within primary application, Workflow: Create authentication session",
    )),
    requires: "An app that lets the viewer pick the provider opens the session with `mvpd`, `domainName` and `redirectUrl` in one call.",
    boundary: "Where the MVPD was picked in the app, call 4 has `domainName` and `redirectUrl`. \
              Signing in is no optional capability: a client that says it does not support it \
              fails here.",
    why: "The answer is `resume` instead of `authenticate`: the login page never opens.",
    remedy: "Send all three form parameters with call 4.",
    needs_events: false,
    capability: None,
    check: Check::Alike(check),
};

fn check(view: &View<'_>, findings: &mut Findings) {
    let picked_in_app =
        |exchange: &Exchange| exchange.mvpd.is_some() || view.context().picks_mvpd == Some(true);
    let sessions = view.exchanges().filter(|exchange| exchange.call == Some(Call::CreateSession));
    for exchange in sessions.filter(|exchange| picked_in_app(exchange)) {
        findings.exercise();
        check_session(exchange, findings);
    }
    for action in view.runs().flat_map(|run| &run.actions) {
        if let (Action::SignIn { .. }, Some(event)) = (action.action, action.unsupported) {
            findings.violate(
                Violation::new("the client says that it cannot sign anybody in")
                    .event(event, "`unsupported` for `sign_in`"),
            );
        }
    }
}

fn check_session(exchange: &Exchange, findings: &mut Findings) {
    let missing: Vec<_> = ["domainName", "redirectUrl"]
        .into_iter()
        .filter(|name| exchange.parameter(name).is_none())
        .map(|name| format!("`{name}`"))
        .collect();
    if !missing.is_empty() {
        let what = format!(
            "opened a session without {}, though the provider was picked in the app",
            missing.join(" and ")
        );
        findings.violate(Violation::new(what).exchange(exchange, "incomplete"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::{sentences, verdicts};
    use crate::trace::builder::TraceBuilder;
    use crate::trace::{Happening, Trace};
    use crate::verdict::Edition;
    use crate::verdict::Verdict::{Fail, NotExercised, Pass};

    fn with_body(body: &str) -> Trace {
        TraceBuilder::capture().ask(Call::CreateSession, |ask| ask.body(body)).build()
    }

    #[test]
    fn all_three_parameters_keep_it() {
        let trace = TraceBuilder::new().launch().session("Cablevision").build();
        assert_eq!(verdicts(&RULE, &trace), [Pass; 2]);
    }

    #[test]
    fn each_missing_one_breaks_it() {
        let redirect = with_body("mvpd=Cablevision&domainName=adobe.com");
        assert_eq!(verdicts(&RULE, &redirect), [Fail; 2]);
        assert_eq!(
            sentences(&RULE, &redirect, Edition::Oct2024),
            ["opened a session without `redirectUrl`, though the provider was picked in the app"]
        );
        let domain = with_body("mvpd=Cablevision&domainName=&redirectUrl=https%3A%2F%2Fa.b");
        assert_eq!(verdicts(&RULE, &domain), [Fail; 2]);
        assert_eq!(
            sentences(&RULE, &with_body("mvpd=Cablevision"), Edition::Apr2025),
            [
                "opened a session without `domainName` and `redirectUrl`, though the provider was picked in the app"
            ]
        );
    }

    #[test]
    fn parameters_in_a_wrong_wrapping_are_there() {
        let json = r#"{"mvpd":"Cablevision","domainName":"adobe.com","redirectUrl":"https://a.b"}"#;
        let trace =
            TraceBuilder::new().launch().ask(Call::CreateSession, |ask| ask.body(json)).build();
        assert_eq!(verdicts(&RULE, &trace), [Pass; 2]);
    }

    #[test]
    fn a_provider_picked_elsewhere_excuses_it() {
        assert_eq!(verdicts(&RULE, &with_body("")), [NotExercised; 2]);
        let trace =
            TraceBuilder::second_screen().launch().sign_in_elsewhere().session_without_mvpd();
        assert_eq!(verdicts(&RULE, &trace.build()), [NotExercised; 2]);
    }

    #[test]
    fn signing_in_is_not_optional() {
        let unsupported = |action| {
            TraceBuilder::new()
                .launch()
                .user(action)
                .happen(Happening::Unsupported { id: 2 })
                .build()
        };
        let sign_in = Action::SignIn { mvpd: None };
        assert_eq!(verdicts(&RULE, &unsupported(sign_in)), [Fail; 2]);
        let switch = Action::SwitchProvider { mvpd: None };
        assert_eq!(verdicts(&RULE, &unsupported(switch)), [NotExercised; 2]);
    }
}
