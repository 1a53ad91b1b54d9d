//! AUT-4: the second screen supplies what a session lacks.

use crate::protocol::{Action, ClientEvent};
use crate::rules::documents::{APR_SECONDARY_APPLICATION, OCT_SECONDARY_APPLICATION};
use crate::rules::{Check, Clause, Findings, Phase, Rule, Violation};
use crate::trace::{Call, Event, Exchange, Happening, Run, Step, UserAction, View};

pub(crate) static RULE: Rule = Rule {
    id: "AUT-4",
    name: "resume-finished",
    phase: Phase::Authentication,
    oct_2024: Some(Clause::must(
        OCT_SECONDARY_APPLICATION,
        "Perform authentication within secondary application without preselected mvpd, Workflow: Provide authentication session missing parameters",
    )),
    apr_2025: Some(Clause::must(
        APR_SECONDARY_APPLICATION,
        "Perform authentication within secondary application without preselected mvpd, Workflow: Provide authentication session missing parameters",
    )),
    requires: "The second-screen application resumes an incomplete session with everything that is missing before it opens the login page.",
    boundary: "A client in the second-screen role that was given the code of a session with \
              something missing supplies it with call 5 before it opens call 7 or comes to its \
              end. That something is missing shows in the answer of call 6, or in the user having \
              to pick the MVPD there. A code that the server refuses leads nowhere, and nothing \
              is demanded then; nor where the client is refused credentials or a token, which is \
              for the rules about registration.",
    why: "The authenticate URL of an incomplete session is an error page: viewers who pick their provider on the second screen never get in.",
    remedy: "Send call 5 with `mvpd`, `domainName` and `redirectUrl`, repeat it while the answer is `retry`, and then open the `url` it returns.",
    needs_events: true,
    capability: Some("second_screen_role"),
    check: Check::Alike(check),
};

fn check(view: &View<'_>, findings: &mut Findings) {
    for run in view.runs() {
        for action in &run.actions {
            if let Action::EnterCode { code, mvpd } = action.action {
                check_code(run, action, Typed::new(code, mvpd.is_some()), findings);
            }
        }
    }
}

/// A typed code and what became of it.
struct Typed<'t> {
    code: &'t str,
    lacking: bool,
    resumed: Option<&'t Exchange>,
    supplied: bool,
    refused: bool,
    judged: bool,
}

fn check_code<'t>(
    run: &Run<'t>,
    action: &UserAction<'t>,
    mut typed: Typed<'t>,
    findings: &mut Findings,
) {
    for step in run.steps_of(action) {
        match step {
            Step::Asked(exchange) if typed.is_about(exchange, Call::ResumeSession) => {
                typed.resumed = Some(exchange);
            }
            Step::Answered(exchange) => typed.hear(exchange),
            Step::Happened(event) => typed.event(event, action.id, findings),
            Step::Asked(_) => {}
        }
    }
}

impl<'t> Typed<'t> {
    fn new(code: &'t str, lacking: bool) -> Self {
        Self { code, lacking, resumed: None, supplied: false, refused: false, judged: false }
    }

    fn is_about(&self, exchange: &Exchange, call: Call) -> bool {
        exchange.call == Some(call) && exchange.code.as_deref() == Some(self.code)
    }

    fn hear(&mut self, exchange: &Exchange) {
        if exchange.is(&[Call::Register, Call::Token]) {
            self.refused |= !exchange.succeeded();
            return;
        }
        let resume = self.is_about(exchange, Call::ResumeSession);
        if !resume && !self.is_about(exchange, Call::RetrieveSession) {
            return;
        }
        self.refused = !exchange.succeeded();
        self.lacking |= !exchange.missing_parameters().is_empty();
        if let Some(told) = exchange.session().filter(|_| resume) {
            self.supplied = !told.asks_to_resume();
        }
    }

    fn event(&mut self, event: &Event, action: u64, findings: &mut Findings) {
        let opens = matches!(event.what, Happening::Showed(ClientEvent::OpenUrl { .. }));
        let ends = match event.what {
            Happening::Done { id, .. } => id == action,
            Happening::Ended { .. } => true,
            _ => false,
        };
        if !self.lacking || self.judged || !(opens || ends) {
            return;
        }
        self.judged = true;
        findings.exercise();
        // What was never answered was tried.
        let lost = self.resumed.is_some_and(|resumed| resumed.answer.is_none());
        let in_order = self.supplied || self.refused || (ends && lost);
        if !in_order {
            findings.violate(self.violation(event, opens));
        }
    }

    fn violation(&self, event: &Event, opens: bool) -> Violation {
        let what = if opens {
            "opened the login page of a session that still lacked parameters"
        } else {
            "left a session without the parameters it lacked"
        };
        let mut violation = Violation::new(what);
        if let Some(resumed) = self.resumed {
            violation = violation.exchange(resumed, "did not supply all that was missing");
        }
        let shows = if opens { "opened a URL" } else { "came to an end" };
        violation.event(event, format!("{shows} for the code {}", self.code))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::protocol::Role;
    use crate::rules::testing::{sentences, verdicts};
    use crate::trace::builder::TraceBuilder;
    use crate::verdict::Edition;
    use crate::verdict::Verdict::{Fail, NotApplicable, NotExercised, Pass};

    const URL: &str = "http://127.0.0.1:8080/api/v2/authenticate/REF30/8ER640M";

    fn entered(mvpd: Option<&str>) -> TraceBuilder {
        TraceBuilder::new()
            .context(|context| context.role = Role::SecondScreen)
            .launch()
            .registered()
            .user(Action::EnterCode { code: "8ER640M".into(), mvpd: mvpd.map(Into::into) })
    }

    fn resume(story: TraceBuilder, action_name: &str) -> TraceBuilder {
        let answer = json!({"actionName": action_name, "actionType": "interactive"});
        story.ask(Call::ResumeSession, |ask| {
            ask.target("POST", "/api/v2/REF30/sessions/8ER640M").answer(200, answer)
        })
    }

    fn retrieve(story: TraceBuilder, status: u16, missing: &[&str]) -> TraceBuilder {
        let answer = json!({"missingParameters": missing});
        story.ask(Call::RetrieveSession, |ask| {
            ask.target("GET", "/api/v2/REF30/sessions/8ER640M").answer(status, answer)
        })
    }

    #[test]
    fn supplying_what_is_missing_keeps_it() {
        let trace = resume(entered(Some("Dish")), "authenticate").opens(URL).done().build();
        assert_eq!(verdicts(&RULE, &trace), [Pass; 2]);
        let direct = resume(entered(Some("Dish")), "authorize").done().build();
        assert_eq!(verdicts(&RULE, &direct), [Pass; 2]);
        let retried = resume(resume(entered(Some("Dish")), "retry"), "authenticate").opens(URL);
        assert_eq!(verdicts(&RULE, &retried.build()), [Pass; 2]);
    }

    #[test]
    fn opening_the_page_without_it_breaks_it() {
        assert_eq!(verdicts(&RULE, &entered(Some("Dish")).opens(URL).build()), [Fail; 2]);
        let learned = retrieve(entered(None), 200, &["redirectUrl"]).opens(URL).build();
        assert_eq!(verdicts(&RULE, &learned), [Fail; 2]);
        let half = resume(entered(Some("Dish")), "retry").opens(URL).build();
        assert_eq!(verdicts(&RULE, &half), [Fail; 2]);
    }

    #[test]
    fn ending_without_it_breaks_it() {
        let trace = entered(Some("Dish")).done().build();
        assert_eq!(verdicts(&RULE, &trace), [Fail; 2]);
        assert_eq!(
            sentences(&RULE, &trace, Edition::Apr2025),
            ["left a session without the parameters it lacked"]
        );
    }

    #[test]
    fn half_of_it_is_not_enough_to_end_with() {
        let half = resume(entered(Some("Dish")), "retry").done().build();
        assert_eq!(verdicts(&RULE, &half), [Fail; 2]);
        let lost = entered(Some("Dish")).ask(Call::ResumeSession, |ask| {
            ask.target("POST", "/api/v2/REF30/sessions/8ER640M").unanswered()
        });
        assert_eq!(verdicts(&RULE, &lost.done().build()), [Pass; 2]);
    }

    #[test]
    fn a_code_that_leads_nowhere_demands_nothing() {
        let wrong = retrieve(entered(Some("Dish")), 400, &[]).done().build();
        assert_eq!(verdicts(&RULE, &wrong), [Pass; 2]);
        let locked_out = TraceBuilder::new()
            .launch()
            .user(Action::EnterCode { code: "8ER640M".into(), mvpd: Some("Dish".into()) })
            .ask(Call::Token, |ask| ask.answer(400, json!({"error": "invalid_request"})))
            .done();
        assert_eq!(verdicts(&RULE, &locked_out.build()), [Pass; 2]);
    }

    #[test]
    fn a_complete_session_does_not_exercise_it() {
        let trace = retrieve(entered(None), 200, &[]).opens(URL).done().build();
        assert_eq!(verdicts(&RULE, &trace), [NotExercised; 2]);
        assert_eq!(verdicts(&RULE, &entered(Some("Dish")).build()), [NotExercised; 2]);
    }

    #[test]
    fn only_clients_that_can_play_the_second_screen_are_meant() {
        let trace = TraceBuilder::new()
            .context(|context| context.capabilities = Some(["browser".to_owned()].into()))
            .launch()
            .build();
        assert_eq!(verdicts(&RULE, &trace), [NotApplicable; 2]);
    }
}
