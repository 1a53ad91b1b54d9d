//! POL-1: not too often.

use std::time::Duration;

use super::disturbed;
use crate::rules::documents::{APR_CHECKLIST, OCT_COOKBOOK};
use crate::rules::measure::{self, Held, at_least, words};
use crate::rules::{Check, Clause, Findings, Phase, Rule, Violation};
use crate::trace::{Context, Event, Exchange, Happening, Moment, Run, Session, Step, View};
use crate::verdict::Edition;

pub(crate) static RULE: Rule = Rule {
    id: "POL-1",
    name: "interval",
    phase: Phase::Polling,
    oct_2024: Some(Clause::should(OCT_COOKBOOK, "Step 4: Check for authenticated profiles")),
    apr_2025: Some(Clause::must(
        APR_CHECKLIST,
        "Mandatory Requirements, 3. Authentication Phase: Polling Mechanism Configuring",
    )),
    requires: "A client that waits for its viewer to sign in polls every 15 s (2024-10), in any case no more often than every 3 s (2025-04).",
    boundary: "A poll arrives no sooner than the interval (2024-10: 15 s, 2025-04: 3 s) after one \
              for the same session that was answered 200, with no browser or foreground event \
              between. A poll that such an event caused is measured against nothing, nor is the \
              next one measured against it: the client's timer may just have gone on. An event \
              within the tolerance before the first of the two may have been heard after it. What comes \
              after success is POL-5's.",
    why: "A device that polls faster runs into the throttle, and then the sign-in itself is answered 429.",
    remedy: "Set the polling timer to the edition's interval and restart it only from the last poll.",
    needs_events: false,
    capability: None,
    check: Check::ByEdition(check),
};

fn check(view: &View<'_>, edition: Edition, findings: &mut Findings) {
    for session in view.sessions() {
        check_session(view, session, edition, findings);
    }
}

/// The interval that an edition asks for.
pub(super) const fn interval(edition: Edition) -> Duration {
    match edition {
        Edition::Oct2024 => Duration::from_secs(15),
        Edition::Apr2025 => Duration::from_secs(3),
    }
}

/// Two polls that came too close to each other.
#[derive(Clone, Copy)]
struct Pair<'t> {
    earlier: &'t Exchange,
    later: &'t Exchange,
    pause: Duration,
}

fn check_session(
    view: &View<'_>,
    session: &Session<'_>,
    edition: Edition,
    findings: &mut Findings,
) {
    let limit = interval(edition);
    let (mut broken, mut doubtful) = (Vec::new(), Vec::new());
    for (pair, held) in pairs(view, session, limit) {
        match held {
            Held::Broken => broken.push(pair),
            Held::TooClose => doubtful.push(pair),
            Held::Kept => {}
            Held::Unjudgeable => continue,
        }
        findings.exercise();
    }
    // One poll out of turn may be the browser's return, which a capture does not show.
    if !view.context().has_events && broken.len() == 1 {
        doubtful.append(&mut broken);
    }
    if let Some(violation) = violation(&broken, limit, edition) {
        findings.violate(violation);
    }
    if let Some(violation) = violation(&doubtful, limit, edition) {
        findings.doubt(violation);
    }
}

fn pairs<'t>(view: &View<'_>, session: &Session<'t>, limit: Duration) -> Vec<(Pair<'t>, Held)> {
    let mut pairs = Vec::new();
    // The poll before, the last one answered 200, and the last such one that nothing had caused.
    let (mut previous, mut answered, mut timed) = (None, None, None);
    let seen = session.seen.and_then(|seen| seen.answered);
    let waiting = |exchange: &&Exchange| seen.is_none_or(|seen| exchange.arrived < seen);
    for later in session.polls.iter().map(|poll| poll.exchange).filter(waiting) {
        let caused = previous.is_some_and(|previous| was_caused(view, previous, later));
        let held = timed.map(|timed: &Exchange| {
            at_least(view.context(), later.arrived.since(timed.arrived), limit)
        });
        if let (Some(held), Some(earlier), false) = (held, answered, caused) {
            let earlier: &Exchange = earlier;
            let pause = later.arrived.since(earlier.arrived);
            pairs.push((Pair { earlier, later, pause }, held));
        }
        previous = Some(later);
        if later.status() == Some(200) {
            answered = Some(later);
            let off_beat = caused && held.is_some_and(|held| held != Held::Kept);
            timed = if off_beat { timed } else { Some(later) };
        }
    }
    pairs
}

/// Whether something happened between two polls that is reason enough for the second.
fn was_caused(view: &View<'_>, earlier: &Exchange, later: &Exchange) -> bool {
    let same_run = (earlier.device, earlier.run) == (later.device, later.run);
    let Some(run) = view.run_of(later).filter(|_| same_run) else { return !same_run };
    disturbed(run.between(earlier.arrived, later.arrived)) || returned(run, view.context(), earlier)
}

/// Whether the browser had come to its end just before a poll that was under way already, so that
/// the client heard of it afterwards.
fn returned(run: &Run<'_>, context: &Context, poll: &Exchange) -> bool {
    if context.exact_time {
        return false;
    }
    let before = run.between(Moment::default(), poll.arrived);
    let under_way = measure::under_way(context);
    let just_before = |step: &&Step<'_>| poll.arrived.since(step.moment()) <= under_way;
    let is_browser = |event: &Event| matches!(event.what, Happening::Browser { .. });
    before.iter().rev().take_while(just_before).filter_map(|s| s.event()).any(is_browser)
}

/// One violation for all the pairs of a session, with the closest as evidence.
fn violation(pairs: &[Pair<'_>], limit: Duration, edition: Edition) -> Option<Violation> {
    let closest = pairs.iter().min_by_key(|pair| pair.pause)?;
    let asks = match edition {
        Edition::Oct2024 => format!("the cookbook recommends {}", words(limit)),
        Edition::Apr2025 => format!("{} is the least", words(limit)),
    };
    let more = match pairs.len() - 1 {
        0 => String::new(),
        1 => "; once more in this session".into(),
        n => format!("; {n} more times in this session"),
    };
    let what = format!("polled {} after the previous poll; {asks}{more}", words(closest.pause));
    Some(
        Violation::new(what)
            .exchange(closest.earlier, "a poll, answered 200")
            .exchange(closest.later, format!("the next poll, {} later", words(closest.pause)))
            .measured(closest.pause, limit),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::BrowserEvent;
    use crate::rules::testing::{sentences, verdicts};
    use crate::trace::builder::TraceBuilder;
    use crate::trace::{Call, Trace};
    use crate::verdict::Verdict::{Fail, Inconclusive, NotExercised, Pass, Warn};

    fn waiting() -> TraceBuilder {
        TraceBuilder::second_screen().launch().sign_in("Cablevision").session("Cablevision").poll()
    }

    fn after(seconds: f64) -> Trace {
        waiting().after(seconds).poll().build()
    }

    #[test]
    fn each_edition_has_its_limit() {
        // In simulated time the tolerance is 5 %.
        assert_eq!(verdicts(&RULE, &after(15.0)), [Pass; 2]);
        assert_eq!(verdicts(&RULE, &after(14.25)), [Pass; 2]);
        assert_eq!(verdicts(&RULE, &after(14.249)), [Warn, Pass]);
        assert_eq!(verdicts(&RULE, &after(2.85)), [Warn, Pass]);
        assert_eq!(verdicts(&RULE, &after(2.849)), [Warn, Fail]);
        assert_eq!(verdicts(&RULE, &after(3600.0)), [Pass; 2]);
    }

    #[test]
    fn real_time_has_more_tolerance_and_a_doubtful_zone() {
        let real = |seconds| {
            let real = |context: &mut crate::trace::Context| {
                context.exact_time = false;
                context.jitter_ms = 20;
            };
            waiting().after(seconds).poll().context(real).build()
        };
        assert_eq!(verdicts(&RULE, &real(2.75))[1], Pass);
        assert_eq!(verdicts(&RULE, &real(2.74))[1], Inconclusive);
        assert_eq!(verdicts(&RULE, &real(2.72))[1], Fail);
    }

    #[test]
    fn too_fast_a_clock_cannot_judge() {
        let fast = |context: &mut crate::trace::Context| {
            context.exact_time = false;
            context.speed = 10.0;
        };
        let trace = waiting().after(1.0).poll().context(fast).build();
        assert_eq!(verdicts(&RULE, &trace), [Warn, NotExercised]);
    }

    #[test]
    fn a_session_is_one_violation_with_its_closest_pair() {
        let trace = waiting().after(9.84).poll().after(12.0).poll().after(11.0).poll().build();
        assert_eq!(
            sentences(&RULE, &trace, Edition::Oct2024),
            [
                "polled 9.8 s after the previous poll; the cookbook recommends 15 s; 2 more times in this session"
            ]
        );
        assert_eq!(
            sentences(&RULE, &after(1.0), Edition::Apr2025),
            ["polled 1 s after the previous poll; 3 s is the least"]
        );
    }

    #[test]
    fn what_the_browser_or_the_user_causes_is_measured_against_nothing() {
        let browser = waiting().after(1.0).browser(BrowserEvent::Reached).poll();
        assert_eq!(verdicts(&RULE, &browser.clone().build()), [NotExercised; 2]);
        // The timer went on: 15 s after the first poll.
        assert_eq!(verdicts(&RULE, &browser.clone().after(14.0).poll().build()), [Pass; 2]);
        assert_eq!(verdicts(&RULE, &browser.after(1.0).poll().build()), [Warn, Fail]);
        let foreground = waiting().after(1.0).foreground().poll().build();
        assert_eq!(verdicts(&RULE, &foreground), [NotExercised; 2]);
    }

    #[test]
    fn a_poll_that_was_under_way_when_the_browser_came_back_is_none_to_measure_against() {
        let crossed = |seconds: f64| {
            let trace = waiting().context(|context| context.exact_time = false).after(20.0);
            let trace = trace.browser(BrowserEvent::Reached).after(seconds).poll();
            trace.after(0.2).poll().build()
        };
        assert_eq!(verdicts(&RULE, &crossed(0.25)), [NotExercised; 2]);
        assert_eq!(verdicts(&RULE, &crossed(0.251)), [Warn, Fail]);
    }

    #[test]
    fn a_failed_poll_may_be_repeated_at_once() {
        let trace = waiting()
            .after(15.0)
            .ask(Call::ProfileByCode, |ask| ask.status(500))
            .after(1.0)
            .poll()
            .build();
        assert_eq!(verdicts(&RULE, &trace), [Pass; 2]);
    }

    #[test]
    fn polls_of_call_9_count_alike() {
        let trace = TraceBuilder::new()
            .launch()
            .session("Cablevision")
            .no_profile_of("Cablevision")
            .after(2.0)
            .no_profile_of("Cablevision")
            .build();
        assert_eq!(verdicts(&RULE, &trace), [Warn, Fail]);
    }

    #[test]
    fn another_session_has_its_own_count() {
        let trace = waiting().after(1.0).session("Cablevision").poll().build();
        assert_eq!(verdicts(&RULE, &trace), [NotExercised; 2]);
        assert_eq!(verdicts(&RULE, &waiting().build()), [NotExercised; 2]);
    }

    #[test]
    fn what_comes_after_success_is_judged_elsewhere() {
        let trace = waiting().after(15.0).poll_finds("Cablevision").after(1.0).poll().build();
        assert_eq!(verdicts(&RULE, &trace), [Pass; 2]);
    }
}
