//! LGO-4

use super::addresses;
use crate::protocol::ClientEvent;
use crate::rules::{Check, Clause, Findings, Phase, Rule, Violation};
use crate::trace::{Call, Context, Event, Exchange, Happening, Run, Step, View};

pub(crate) static RULE: Rule = Rule {
    id: "LGO-4",
    name: "done-means-done",
    phase: Phase::Logout,
    oct_2024: Some(Clause::should(
        "rest-api-v2/apis/logout-apis/\
         rest-api-v2-logout-apis-initiate-logout-for-specific-mvpd.md",
        "Response, Success",
    )),
    apr_2025: Some(Clause::should(
        "rest-apis/rest-api-v2/apis/logout-apis/\
         rest-api-v2-logout-apis-initiate-logout-for-specific-mvpd.md",
        "Response, Success",
    )),
    requires: "After complete or invalid nothing more is done: no second logout, no user agent.",
    boundary: "After an answer with nothing left to do (`complete`, `invalid`) the client neither \
              calls logout for that MVPD again nor opens a user agent, until the user does the \
              next thing.",
    why: "The viewer is sent to a page that has nothing to do, or waits for a logout that happened long \
          ago.",
    remedy: "Read actionName: for complete and invalid drop the profile and be done.",
    needs_events: true,
    capability: None,
    check: Check::Alike(check),
};

fn check(view: &View<'_>, findings: &mut Findings) {
    for run in view.runs().filter(|run| run.asks(&[Call::Logout])) {
        check_run(view.context(), run, findings);
    }
}

/// The logouts of one user action.
#[derive(Debug, Default)]
struct Logouts<'t> {
    /// Those with nothing left to do.
    finished: Vec<&'t Exchange>,
    /// URLs that other logouts gave to be opened.
    to_open: Vec<&'t str>,
}

fn check_run(context: &Context, run: &Run<'_>, findings: &mut Findings) {
    let mut logouts = Logouts::default();
    for step in &run.steps {
        match step {
            Step::Answered(exchange) => {
                for told in exchange.logouts() {
                    logouts.to_open.extend(told.url);
                    if matches!(told.action_name, "complete" | "invalid") {
                        findings.exercise();
                        logouts.finished.push(exchange);
                    }
                }
            }
            Step::Asked(exchange) if exchange.is(&[Call::Logout]) => {
                if let Some(before) = logouts.finished.iter().find(|b| b.mvpd == exchange.mvpd) {
                    let violation = Violation::new("called logout again after it was complete");
                    let violation = violation.exchange(before, "nothing was left to do");
                    findings.violate(violation.exchange(exchange, "called again"));
                }
            }
            Step::Asked(exchange) if exchange.is(&[Call::CreateSession]) => {
                logouts = Logouts::default();
            }
            Step::Asked(_) => {}
            Step::Happened(event) if event.what.is_user_action() => logouts = Logouts::default(),
            Step::Happened(event) => {
                if let Some((before, url)) = opened(context, &logouts, event) {
                    let what = "opened a user agent after a logout with nothing left to do";
                    let violation = Violation::new(what).exchange(before, "nothing was left to do");
                    findings.violate(violation.event(event, format!("opens {url}")));
                }
            }
        }
    }
}

fn opened<'t>(
    context: &Context,
    logouts: &Logouts<'t>,
    event: &'t Event,
) -> Option<(&'t Exchange, &'t str)> {
    let Happening::Showed(ClientEvent::OpenUrl { url }) = &event.what else { return None };
    let finished = logouts.finished.first()?;
    let base = addresses::base(context);
    let page = |url| addresses::page(base.as_ref(), url);
    let opened = page(url);
    let expected = logouts.to_open.iter().any(|told| page(told) == opened);
    (!expected).then_some((finished, url.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing;
    use crate::trace::Trace;
    use crate::trace::builder::TraceBuilder;
    use crate::verdict::Verdict::{self, NotApplicable, NotExercised, Pass, Warn};

    fn verdict(trace: &Trace) -> Verdict {
        let [oct, apr] = testing::verdicts(&RULE, trace);
        assert_eq!(oct, apr);
        oct
    }

    fn signed_out(name: &str) -> TraceBuilder {
        TraceBuilder::new().launch().sign_out().logout("Dish", name, "none")
    }

    #[test]
    fn leaving_it_at_that_passes() {
        assert_eq!(verdict(&signed_out("complete").done().build()), Pass);
        assert_eq!(verdict(&signed_out("invalid").done().build()), Pass);
    }

    #[test]
    fn calling_again_is_warned_of() {
        for name in ["complete", "invalid"] {
            let trace = signed_out(name).after(1.0).logout("Dish", "invalid", "none").done();
            assert_eq!(verdict(&trace.build()), Warn, "{name}");
        }
    }

    #[test]
    fn opening_something_is_warned_of() {
        let trace = signed_out("complete").opens("http://127.0.0.1:8080/mvpd/logout").done();
        assert_eq!(verdict(&trace.build()), Warn);
    }

    #[test]
    fn another_mvpds_logout_may_be_interactive() {
        let trace = signed_out("complete").logout("Cablevision", "logout", "interactive");
        assert_eq!(verdict(&trace.opens("http://127.0.0.1:8080/mvpd/logout").build()), Pass);
    }

    #[test]
    fn the_user_may_sign_out_again_or_sign_in() {
        let again = signed_out("complete").done().sign_out().logout("Dish", "invalid", "none");
        assert_eq!(verdict(&again.build()), Pass);
        let login = "http://127.0.0.1:8080/api/v2/authenticate/REF30/CODE001";
        let trace = signed_out("complete").done().sign_in("Dish").session("Dish").opens(login);
        assert_eq!(verdict(&trace.build()), Pass);
    }

    #[test]
    fn an_interactive_logout_is_another_matter() {
        let trace = TraceBuilder::new().launch().sign_out();
        let trace = trace.logout("Cablevision", "logout", "interactive");
        assert_eq!(verdict(&trace.build()), NotExercised);
        assert_eq!(verdict(&TraceBuilder::capture().build()), NotApplicable);
    }
}
