//! ERR-3

use foldhash::HashMap;

use crate::rules::documents::APR_CHECKLIST;
use crate::rules::polls::Polls;
use crate::rules::{Check, Clause, Findings, Phase, Rule, Violation};
use crate::trace::{Call, Exchange, Run, Step, Text, Trouble, View};

pub(crate) static RULE: Rule = Rule {
    id: "ERR-3",
    name: "no-blind-retry",
    phase: Phase::Errors,
    oct_2024: None,
    apr_2025: Some(Clause::must(
        APR_CHECKLIST,
        "Mandatory Requirements, 8. Error Handling: HTTP Error Handling Support",
    )),
    requires: "A call that was refused for what it is (400, 403, 404, 405, without a remedy) is not sent \
               again unchanged.",
    boundary: "A call other than a poll that was answered 400, 403, 404 or 405 at the top level, \
              with the action `none`, `configuration` or none at all, is not sent again unchanged \
              in the same user action. Requests to paths that nobody documents are HDR-8's \
              business.",
    why: "The answer will be the same each time: the repetitions only use up the device's allowance and \
          the viewer's patience.",
    remedy: "Give up after such an answer, tell the user, and mend the request during development.",
    needs_events: true,
    capability: None,
    check: Check::Alike(check),
};

fn check(view: &View<'_>, findings: &mut Findings) {
    let polls = Polls::of(view);
    for run in view.runs().filter(|run| run.meets(Trouble::Refused)) {
        check_run(run, &polls, findings);
    }
}

/// What makes two requests the same: everything but headers that have no say in the answer.
type Content<'t> = (&'t str, &'t str, &'t [(Text, Text)], &'t str, Vec<(&'t str, &'t str)>);

/// A refused request, and how often it came again.
struct Refused<'t> {
    exchange: &'t Exchange,
    again: Vec<&'t Exchange>,
}

fn check_run(run: &Run<'_>, polls: &Polls, findings: &mut Findings) {
    let mut refused: HashMap<Content<'_>, Refused<'_>> = HashMap::default();
    let mut calls: Vec<Option<Call>> = Vec::new();
    for step in &run.steps {
        match step {
            Step::Happened(event) if event.what.is_user_action() => {
                report(&mut refused, findings);
                calls.clear();
            }
            Step::Happened(_) => {}
            Step::Answered(exchange) => {
                if is_refused_for_good(exchange) && !polls.contains(exchange) {
                    findings.exercise();
                    let new = || Refused { exchange, again: Vec::new() };
                    refused.entry(content(exchange)).or_insert_with(new);
                    if !calls.contains(&exchange.call) {
                        calls.push(exchange.call);
                    }
                }
            }
            Step::Asked(exchange) => {
                if calls.contains(&exchange.call)
                    && let Some(refused) = refused.get_mut(&content(exchange))
                {
                    refused.again.push(exchange);
                }
            }
        }
    }
    report(&mut refused, findings);
}

fn is_refused_for_good(exchange: &Exchange) -> bool {
    let action = exchange.error().map_or("", |error| error.action);
    exchange.call.is_some()
        && !is_garbled(exchange)
        && matches!(exchange.status(), Some(400 | 403 | 404 | 405))
        && matches!(action, "" | "none" | "configuration")
}

/// Whether the scenario made the answer unreadable: nobody can tell what it would have said.
fn is_garbled(exchange: &Exchange) -> bool {
    let unreadable =
        exchange.answer.as_ref().is_some_and(|a| a.json().is_none() && !a.body.is_empty());
    exchange.provoked && unreadable
}

fn content(exchange: &Exchange) -> Content<'_> {
    let matters = |name: &str| {
        matches!(name, "authorization" | "content-type" | "x-device-info" | "x-forwarded-for")
            || ["ap-", "ad-", "adobe-", "x-roku-"].iter().any(|prefix| name.starts_with(prefix))
    };
    let headers = exchange.headers.iter().filter(|(name, _)| matters(name));
    let mut headers: Vec<_> =
        headers.map(|(name, value)| (name.as_str(), value.as_str())).collect();
    headers.sort_unstable();
    (&exchange.method, &exchange.path, &exchange.query, &exchange.body, headers)
}

fn report(refused: &mut HashMap<Content<'_>, Refused<'_>>, findings: &mut Findings) {
    let mut found: Vec<_> = refused.drain().map(|(_, refused)| refused).collect();
    found.sort_by_key(|refused| refused.exchange.arrived);
    for refused in found {
        let [first, ..] = refused.again.as_slice() else { continue };
        let status = refused.exchange.status().unwrap_or_default();
        let code = refused.exchange.error().map_or("no explanation", |error| error.code);
        let times = match refused.again.len() {
            1 => "once".into(),
            times => format!("{times} times"),
        };
        let what =
            format!("sent a call again unchanged ({times}) that was answered {status}, {code}");
        let violation = Violation::new(what).exchange(refused.exchange, "refused for what it is");
        findings.violate(violation.exchange(first, "the same again"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing;
    use crate::trace::builder::{Ask, TraceBuilder};
    use crate::trace::{Call, Trace};
    use crate::verdict::Edition;
    use crate::verdict::Verdict::{self, Fail, NotApplicable, NotExercised, Pass};

    fn verdict(trace: &Trace) -> Verdict {
        let [oct, apr] = testing::verdicts(&RULE, trace);
        assert_eq!(oct, NotApplicable);
        apr
    }

    fn refuse(ask: Ask) -> Ask {
        ask.body("mvpd=Dish").error(400, "invalid_integration", "none")
    }

    fn refused() -> TraceBuilder {
        let trace = TraceBuilder::new().launch().registered().sign_in("Dish");
        trace.ask(Call::CreateSession, refuse)
    }

    #[test]
    fn giving_up_passes() {
        assert_eq!(verdict(&refused().says("error", "Not available").done().build()), Pass);
    }

    #[test]
    fn the_same_again_fails() {
        let trace = refused().after(5.0).ask(Call::CreateSession, refuse);
        let trace = trace.after(5.0).ask(Call::CreateSession, refuse).build();
        assert_eq!(verdict(&trace), Fail);
        let sentences = testing::sentences(&RULE, &trace, Edition::Apr2025);
        let expected = "sent a call again unchanged (2 times) that was answered 400, \
                        invalid_integration";
        assert_eq!(sentences, [expected]);
    }

    #[test]
    fn these_answers_are_final() {
        let answered = |status, action: &str| {
            let refuse = |ask: Ask| ask.error(status, "some_code", action);
            let trace = TraceBuilder::new().launch().ask(Call::Logout, refuse);
            verdict(&trace.ask(Call::Logout, refuse).build())
        };
        for status in [400, 403, 404, 405] {
            for action in ["none", "configuration", ""] {
                assert_eq!(answered(status, action), Fail, "{status} {action}");
            }
            for action in ["authentication", "application-registration", "retry", "authorization"] {
                assert_eq!(answered(status, action), NotExercised, "{status} {action}");
            }
        }
        for status in [200, 401, 409, 429, 500] {
            assert_eq!(answered(status, "none"), NotExercised, "{status}");
        }
    }

    #[test]
    fn an_answer_without_a_word_is_final_too() {
        let bare = |ask: Ask| ask.answer_text(404, "text/html", "Not found");
        let trace = TraceBuilder::new().launch().ask(Call::Logout, bare).ask(Call::Logout, bare);
        assert_eq!(verdict(&trace.build()), Fail);
    }

    #[test]
    fn a_changed_call_is_another() {
        let changes: [fn(Ask) -> Ask; 4] = [
            |ask| ask.body("mvpd=Spectrum"),
            |ask| ask.header("AP-Device-Identifier", "fingerprint b3RoZXI="),
            |ask| ask.bearer("another"),
            |ask| ask.target("POST", "/api/v2/apasstest1/sessions"),
        ];
        for change in changes {
            let trace = refused().ask(Call::CreateSession, |ask| change(refuse(ask)));
            assert_eq!(verdict(&trace.build()), Pass);
        }
        let same =
            refused().ask(Call::CreateSession, |ask| refuse(ask).header("X-Request-Id", "2"));
        assert_eq!(verdict(&same.build()), Fail);
    }

    #[test]
    fn the_user_may_try_again() {
        let trace = refused().done().sign_in("Dish").ask(Call::CreateSession, refuse);
        assert_eq!(verdict(&trace.build()), Pass);
    }

    #[test]
    fn polls_are_judged_elsewhere() {
        let gone = |ask: Ask| ask.error(400, "invalid_authentication_session", "none");
        let trace = TraceBuilder::new().launch().sign_in("Dish").session("Dish");
        let trace = trace.ask(Call::ProfileByCode, gone).after(5.0).ask(Call::ProfileByCode, gone);
        assert_eq!(verdict(&trace.build()), NotExercised);
    }

    #[test]
    fn undocumented_paths_are_judged_elsewhere() {
        let wrong = |ask: Ask| ask.target("GET", "/api/v2/REF30/wrong").status(404);
        let trace =
            TraceBuilder::new().launch().ask(Call::Profiles, wrong).ask(Call::Profiles, wrong);
        assert_eq!(verdict(&trace.build()), NotExercised);
    }

    #[test]
    fn a_capture_tells_of_no_user() {
        assert_eq!(verdict(&TraceBuilder::capture().build()), NotApplicable);
    }
}
