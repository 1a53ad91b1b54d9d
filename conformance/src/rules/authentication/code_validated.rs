//! AUT-7: a typed code is checked before the login page opens.

use crate::protocol::{Action, ClientEvent};
use crate::rules::documents::APR_CHECKLIST;
use crate::rules::{Check, Clause, Findings, Phase, Rule, Violation};
use crate::trace::{Call, Exchange, Happening, Run, Step, UserAction, View};

pub(crate) static RULE: Rule = Rule {
    id: "AUT-7",
    name: "code-validated",
    phase: Phase::Authentication,
    oct_2024: None,
    apr_2025: Some(Clause::should(
        APR_CHECKLIST,
        "Recommended Practices, 3. Authentication Phase: Authentication Code Validation (2nd screen authentication)",
    )),
    requires: "The second-screen application validates a typed code with call 5 or 6 before it opens the authenticate URL.",
    boundary: "A client in the second-screen role sends call 5 or 6 for a typed code before it \
              opens call 7.",
    why: "Whoever mistypes a code lands on an error page in the browser instead of being asked to type it again.",
    remedy: "Send call 6 for the typed code (call 5 when something is missing), and show its error next to the input.",
    needs_events: true,
    capability: Some("second_screen_role"),
    check: Check::Alike(check),
};

fn check(view: &View<'_>, findings: &mut Findings) {
    for run in view.runs() {
        for action in &run.actions {
            if let Action::EnterCode { code, .. } = action.action {
                check_code(run, action, code, findings);
            }
        }
    }
}

fn check_code<'t>(run: &Run<'t>, action: &UserAction<'t>, code: &str, findings: &mut Findings) {
    let validates = |exchange: &Exchange| {
        exchange.is(&[Call::ResumeSession, Call::RetrieveSession])
            && exchange.code.as_deref() == Some(code)
    };
    let mut validated = false;
    for step in run.steps_of(action) {
        match step {
            Step::Asked(exchange) if validates(exchange) && !validated => {
                validated = true;
                findings.exercise();
            }
            Step::Happened(event) => {
                let Happening::Showed(ClientEvent::OpenUrl { url }) = &event.what else { continue };
                if !validated {
                    findings.violate(
                        Violation::new(
                            "opened the login page for a typed code without checking it",
                        )
                        .event(event, format!("opened {url}")),
                    );
                }
                return;
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::verdicts;
    use crate::trace::builder::TraceBuilder;
    use crate::verdict::Verdict::{NotApplicable, NotExercised, Pass, Warn};

    const URL: &str = "http://127.0.0.1:8080/api/v2/authenticate/REF30/8ER640M";

    fn entered() -> TraceBuilder {
        TraceBuilder::new()
            .launch()
            .registered()
            .user(Action::EnterCode { code: "8ER640M".into(), mvpd: None })
    }

    fn asked(call: Call, method: &str, code: &str) -> TraceBuilder {
        let target = format!("/api/v2/REF30/sessions/{code}");
        entered().ask(call, |ask| ask.target(method, &target))
    }

    #[test]
    fn either_call_keeps_it() {
        let retrieved = asked(Call::RetrieveSession, "GET", "8ER640M").opens(URL).build();
        assert_eq!(verdicts(&RULE, &retrieved), [NotApplicable, Pass]);
        let resumed = asked(Call::ResumeSession, "POST", "8ER640M").opens(URL).build();
        assert_eq!(verdicts(&RULE, &resumed), [NotApplicable, Pass]);
        // A wrong code is never opened.
        let wrong = asked(Call::RetrieveSession, "GET", "8ER640M").done().build();
        assert_eq!(verdicts(&RULE, &wrong), [NotApplicable, Pass]);
    }

    #[test]
    fn opening_it_straight_away_breaks_it() {
        assert_eq!(verdicts(&RULE, &entered().opens(URL).build()), [NotApplicable, Warn]);
        let another = asked(Call::RetrieveSession, "GET", "OTHERCO").opens(URL).build();
        assert_eq!(verdicts(&RULE, &another), [NotApplicable, Warn]);
    }

    #[test]
    fn opening_nothing_shows_nothing() {
        assert_eq!(verdicts(&RULE, &entered().done().build())[1], NotExercised);
    }

    #[test]
    fn a_client_without_that_role_is_not_meant() {
        let trace = entered()
            .context(|context| context.capabilities = Some(["browser".to_owned()].into()))
            .opens(URL)
            .build();
        assert_eq!(verdicts(&RULE, &trace), [NotApplicable; 2]);
    }
}
