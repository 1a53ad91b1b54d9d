//! POL-5: success ends it.

use std::time::Duration;

use super::went_on;
use crate::rules::documents::{APR_CHECKLIST, OCT_COOKBOOK};
use crate::rules::measure::{under_way, words};
use crate::rules::{Check, Clause, Findings, Phase, Rule, Violation};
use crate::trace::{Call, Device, Exchange, Happening, Moment, Session, Step, View};
use crate::verdict::Edition;

/// Calls 9 further apart than this are no polling.
const APART: Duration = Duration::from_secs(5 * 60);

pub(crate) static RULE: Rule = Rule {
    id: "POL-5",
    name: "stop-on-success",
    phase: Phase::Polling,
    oct_2024: Some(Clause::must(OCT_COOKBOOK, "Step 4: Check for authenticated profiles")),
    apr_2025: Some(Clause::must(
        APR_CHECKLIST,
        "Mandatory Requirements, 3. Authentication Phase: Polling Mechanism Stopping",
    )),
    requires: "Polling stops with the answer that holds the profile.",
    boundary: "After the answer that held the profile comes no call 10 for that code, nor \
              (2024-10) two calls 9 with no user action between. It is exercised only where the \
              run went on for as long as the client's own interval: otherwise there was no time \
              to do it wrong. Calls 9 that lie more than 5 min apart are no polling, and one that \
              the browser caused begins a new count.",
    why: "Devices that keep polling after the sign-in spend their own allowance and are throttled when the viewer presses play.",
    remedy: "Stop the timer before handling the answer that holds a profile; keep the profile it told of.",
    needs_events: false,
    capability: None,
    check: Check::ByEdition(check),
};

fn check(view: &View<'_>, edition: Edition, findings: &mut Findings) {
    for device in view.devices() {
        for session in &device.sessions {
            if let Some(seen) = session.seen {
                check_session(view, device, session, seen, edition, findings);
            }
        }
    }
}

fn check_session(
    view: &View<'_>,
    device: &Device<'_>,
    session: &Session<'_>,
    seen: &Exchange,
    edition: Edition,
    findings: &mut Findings,
) {
    let success = seen.answered.unwrap_or(seen.arrived);
    if went_on(view, session, success) {
        findings.exercise();
    }
    check_code(view, session, seen, success, findings);
    if edition == Edition::Oct2024 {
        check_mvpd(view, device, session, seen, success, findings);
    }
}

fn check_code(
    view: &View<'_>,
    session: &Session<'_>,
    seen: &Exchange,
    success: Moment,
    findings: &mut Findings,
) {
    let is_late =
        |poll: &&Exchange| poll.call == Some(Call::ProfileByCode) && poll.arrived > success;
    let late: Vec<_> = session.polls.iter().map(|poll| poll.exchange).filter(is_late).collect();
    let Some(last) = late.last() else { return };
    let after = last.arrived.since(success);
    let violation = Violation::new(format!(
        "polled for the code after success: {} more, the last one {} later",
        if late.len() == 1 { "once".into() } else { format!("{} times", late.len()) },
        words(after)
    ))
    .exchange(seen, "its answer held the profile")
    .exchange(last, "polled all the same");
    let grace = under_way(view.context());
    if grace > Duration::ZERO && after <= grace {
        findings.doubt(violation);
    } else {
        findings.violate(violation);
    }
}

/// Two calls 9 with nothing between, up to the next session.
fn check_mvpd(
    view: &View<'_>,
    device: &Device<'_>,
    session: &Session<'_>,
    seen: &Exchange,
    success: Moment,
    findings: &mut Findings,
) {
    let Some(run) = view.run_of(session.exchange) else { return };
    let opened = device.sessions.partition_point(|other| other.created <= success);
    let next = device.sessions.get(opened).map(|other| other.created);
    let profiles = seen.profiles().unwrap_or_default();
    let is_about = |mvpd: &str| profiles.iter().any(|profile| profile.mvpd == mvpd);
    let mut earlier: Option<&Exchange> = None;
    for step in run.after(success) {
        if next.is_some_and(|next| step.moment() >= next) {
            return;
        }
        match step {
            Step::Happened(event) => {
                if matches!(event.what, Happening::Did { .. } | Happening::Browser { .. }) {
                    earlier = None;
                }
            }
            Step::Asked(later) => {
                let polls = later.call == Some(Call::ProfileByMvpd)
                    && later.status() == Some(200)
                    && later.mvpd.as_deref().is_some_and(is_about);
                if !polls {
                    continue;
                }
                let close = |one: &&Exchange| later.arrived.since(one.arrived) <= APART;
                if let Some(earlier) = earlier.filter(close) {
                    let violation =
                        Violation::new("polled for the profile of the MVPD after success")
                            .exchange(seen, "its answer held the profile")
                            .exchange(earlier, "asked for it again")
                            .exchange(later, "and again");
                    // A capture does not show what the user did in between.
                    match view.context().has_events {
                        true => findings.violate(violation),
                        false => findings.doubt(violation),
                    }
                    return;
                }
                earlier = Some(later);
            }
            Step::Answered(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::BrowserEvent;
    use crate::rules::testing::{sentences, verdicts};
    use crate::trace::builder::TraceBuilder;
    use crate::verdict::Verdict::{Fail, Inconclusive, NotExercised, Pass};

    fn found() -> TraceBuilder {
        TraceBuilder::second_screen()
            .launch()
            .sign_in("Cablevision")
            .session("Cablevision")
            .poll()
            .after(15.0)
            .poll_finds("Cablevision")
    }

    #[test]
    fn silence_after_success_keeps_it() {
        assert_eq!(verdicts(&RULE, &found().after(15.0).build()), [Pass; 2]);
    }

    #[test]
    fn too_short_a_silence_shows_nothing() {
        assert_eq!(verdicts(&RULE, &found().after(14.999).build()), [NotExercised; 2]);
        let slow = |silence| {
            let story = TraceBuilder::second_screen().launch().sign_in("Cablevision");
            let story = story.session("Cablevision").poll().after(40.0).poll_finds("Cablevision");
            verdicts(&RULE, &story.after(silence).build())
        };
        assert_eq!(slow(29.999), [NotExercised; 2]);
        assert_eq!(slow(30.0), [Pass; 2]);
        let never = TraceBuilder::second_screen().session("Cablevision").poll().after(60.0).build();
        assert_eq!(verdicts(&RULE, &never), [NotExercised; 2]);
    }

    #[test]
    fn another_poll_by_code_breaks_it() {
        let trace = found().after(15.0).poll_finds("Cablevision").after(15.0).poll().build();
        assert_eq!(verdicts(&RULE, &trace), [Fail; 2]);
        assert_eq!(
            sentences(&RULE, &trace, Edition::Oct2024),
            ["polled for the code after success: 2 times more, the last one 30 s later"]
        );
    }

    #[test]
    fn a_poll_already_under_way_is_doubtful_in_real_time() {
        let polled = |seconds| {
            found().after(seconds).poll().context(|context| context.exact_time = false).build()
        };
        assert_eq!(verdicts(&RULE, &polled(0.25)), [Inconclusive; 2]);
        assert_eq!(verdicts(&RULE, &polled(0.251)), [Fail; 2]);
    }

    #[test]
    fn one_look_by_mvpd_is_allowed_and_two_are_not() {
        let one = found().profile_of("Cablevision").after(20.0).build();
        assert_eq!(verdicts(&RULE, &one), [Pass; 2]);
        let two = found().profile_of("Cablevision").after(15.0).profile_of("Cablevision").build();
        assert_eq!(verdicts(&RULE, &two), [Fail, Pass]);
    }

    #[test]
    fn looks_with_a_reason_are_no_polling() {
        let user = found().profile_of("Cablevision").after(20.0).foreground();
        assert_eq!(verdicts(&RULE, &user.profile_of("Cablevision").build()), [Pass; 2]);
        let browser = found().profile_of("Cablevision").after(20.0).browser(BrowserEvent::Closed);
        assert_eq!(verdicts(&RULE, &browser.profile_of("Cablevision").build()), [Pass; 2]);
        let apart = |seconds| {
            let story = found().profile_of("Cablevision").after(seconds);
            verdicts(&RULE, &story.profile_of("Cablevision").build())
        };
        assert_eq!(apart(300.0), [Fail, Pass]);
        assert_eq!(apart(300.001), [Pass; 2]);
        let other = found().no_profile_of("Dish").after(15.0).no_profile_of("Dish").build();
        assert_eq!(verdicts(&RULE, &other), [Pass; 2]);
        let next = found().session("Cablevision").no_profile_of("Cablevision").after(15.0);
        assert_eq!(verdicts(&RULE, &next.no_profile_of("Cablevision").build()), [Pass; 2]);
    }
}
