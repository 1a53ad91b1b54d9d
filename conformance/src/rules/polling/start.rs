//! POL-7: when to begin.

use std::time::Duration;

use super::{disturbed, own_interval};
use crate::protocol::{ClientEvent, Flow};
use crate::rules::documents::APR_CHECKLIST;
use crate::rules::measure::{Held, at_most, words};
use crate::rules::{Check, Clause, Findings, Phase, Rule, Violation};
use crate::trace::{Exchange, Happening, Run, Session, Step, View};

/// How soon after the code is shown the first poll shall come.
const SOON: Duration = Duration::from_secs(20);

pub(crate) static RULE: Rule = Rule {
    id: "POL-7",
    name: "start",
    phase: Phase::Polling,
    oct_2024: None,
    apr_2025: Some(Clause::must(
        APR_CHECKLIST,
        "Mandatory Requirements, 3. Authentication Phase: Polling Mechanism Starting",
    )),
    requires: "Polling starts when the in-app browser reaches the redirect URL, or at once where a code is shown.",
    boundary: "In an in-app browser: no poll before the browser reached the redirect URL, was \
              closed or failed. On the second screen: the first poll comes within 20 s, or within \
              the client's own interval. How a session is signed in to shows in what the client \
              opened or displayed; where it did neither, the flow of the scenario decides.",
    why: "Polling behind an open login page is load for nothing; starting late keeps a viewer waiting who has long signed in elsewhere.",
    remedy: "In the app, start polling from the browser's callback; with a code on the screen, start with the session's answer.",
    needs_events: true,
    capability: None,
    check: Check::Alike(check),
};

fn check(view: &View<'_>, findings: &mut Findings) {
    for device in view.devices() {
        for (place, session) in device.sessions.iter().enumerate() {
            let next = device.sessions.get(place + 1);
            let first = session.polls.first().map(|poll| poll.exchange);
            if let (Some(run), Some(first)) = (view.run_of(session.exchange), first) {
                check_first(view, run, session, next, first, findings);
            }
        }
    }
}

fn check_first<'t>(
    view: &View<'t>,
    run: &Run<'t>,
    session: &Session<'t>,
    next: Option<&Session<'t>>,
    first: &'t Exchange,
    findings: &mut Findings,
) {
    let before = run.between(session.created, first.arrived);
    let whole = match next {
        Some(next) => run.between(session.created, next.created),
        None => run.after(session.created),
    };
    if is_in_app(whole, view.context().flow) {
        findings.exercise();
        if !disturbed(before) {
            findings.violate(
                Violation::new("polled before the browser came to an end")
                    .exchange(session.exchange, "opened the session")
                    .exchange(first, "polled while the login page was still open"),
            );
        }
    } else if !disturbed(before) {
        check_delay(view, session, first, findings);
    }
}

/// Whether a browser within the app is used for a session.
fn is_in_app(steps: &[Step<'_>], flow: Option<Flow>) -> bool {
    let shown = || {
        steps.iter().filter_map(|step| step.event()).filter_map(|event| match &event.what {
            Happening::Showed(shown) => Some(shown),
            _ => None,
        })
    };
    let code =
        shown().any(|e| matches!(e, ClientEvent::CodeShown { .. } | ClientEvent::UrlShown { .. }));
    let browser = shown().any(|e| matches!(e, ClientEvent::OpenUrl { .. }));
    !code && (browser || flow == Some(Flow::Browser))
}

fn check_delay(view: &View<'_>, session: &Session<'_>, first: &Exchange, findings: &mut Findings) {
    let delay = first.arrived.since(session.created);
    let own = own_interval(session);
    let limit = SOON.max(own.unwrap_or_default());
    let held = at_most(view.context(), delay, limit);
    if held != Held::Kept && own.is_none() {
        return;
    }
    let violation = || {
        Violation::new(format!(
            "the first poll came {} after the code; the client's own interval is {}",
            words(delay),
            words(own.unwrap_or_default())
        ))
        .exchange(session.exchange, "its answer held the code")
        .exchange(first, "the first poll")
        .measured(delay, limit)
    };
    match held {
        Held::Kept => findings.exercise(),
        Held::TooClose => findings.doubt(violation()),
        Held::Broken => findings.violate(violation()),
        Held::Unjudgeable => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::BrowserEvent;
    use crate::rules::testing::{sentences, verdicts};
    use crate::trace::Trace;
    use crate::trace::builder::TraceBuilder;
    use crate::verdict::Edition;
    use crate::verdict::Verdict::{Fail, NotApplicable, NotExercised, Pass};

    const URL: &str = "http://127.0.0.1:8080/api/v2/authenticate/REF30/CODE001";

    fn in_app() -> TraceBuilder {
        TraceBuilder::new().launch().sign_in("Cablevision").session("Cablevision").opens(URL)
    }

    fn second_screen() -> TraceBuilder {
        TraceBuilder::second_screen().launch().sign_in("Cablevision").session("Cablevision")
    }

    #[test]
    fn polling_once_the_browser_is_through_keeps_it() {
        for event in [BrowserEvent::Reached, BrowserEvent::Closed, BrowserEvent::Failed] {
            let trace = in_app().after(40.0).browser(event).poll().build();
            assert_eq!(verdicts(&RULE, &trace), [NotApplicable, Pass]);
        }
    }

    #[test]
    fn polling_behind_the_login_page_breaks_it() {
        let trace = in_app().after(3.0).poll().after(40.0).browser(BrowserEvent::Reached).build();
        assert_eq!(verdicts(&RULE, &trace), [NotApplicable, Fail]);
        let silent = TraceBuilder::new().launch().session("Cablevision").poll().build();
        assert_eq!(verdicts(&RULE, &silent)[1], Fail);
    }

    #[test]
    fn an_event_that_is_told_late_still_counts() {
        let code = ClientEvent::CodeShown { code: "CODE001".into() };
        let trace = TraceBuilder::new().launch().session("Cablevision").poll().shows(code).build();
        assert_eq!(verdicts(&RULE, &trace)[1], Pass);
    }

    #[test]
    fn with_a_code_the_first_poll_comes_soon() {
        let first_after =
            |seconds: f64| second_screen().after(seconds).poll().after(5.0).poll().build();
        assert_eq!(verdicts(&RULE, &first_after(0.0))[1], Pass);
        assert_eq!(verdicts(&RULE, &first_after(21.0))[1], Pass);
        let late = first_after(21.1);
        assert_eq!(verdicts(&RULE, &late)[1], Fail);
        assert_eq!(
            sentences(&RULE, &late, Edition::Apr2025),
            ["the first poll came 21.1 s after the code; the client's own interval is 5 s"]
        );
    }

    #[test]
    fn a_slow_client_may_begin_with_its_own_interval() {
        let slow = |first: f64| -> Trace {
            second_screen().after(first).poll().after(40.0).poll().build()
        };
        assert_eq!(verdicts(&RULE, &slow(40.0))[1], Pass);
        assert_eq!(verdicts(&RULE, &slow(42.0))[1], Pass);
        assert_eq!(verdicts(&RULE, &slow(42.1))[1], Fail);
        // A single poll does not tell the interval.
        assert_eq!(verdicts(&RULE, &second_screen().after(43.0).poll().build())[1], NotExercised);
    }

    #[test]
    fn the_user_may_come_back_first() {
        let trace = in_app().after(20.0).foreground().poll().build();
        assert_eq!(verdicts(&RULE, &trace)[1], Pass);
    }

    #[test]
    fn without_a_poll_or_events_there_is_nothing_to_judge() {
        assert_eq!(verdicts(&RULE, &in_app().build())[1], NotExercised);
        let capture = TraceBuilder::capture().session("Cablevision").poll().build();
        assert_eq!(verdicts(&RULE, &capture)[1], NotApplicable);
    }
}
