//! POL-3: not for ever.

use std::time::Duration;

use super::reached;
use crate::rules::documents::{APR_CHECKLIST, OCT_COOKBOOK};
use crate::rules::measure::{Held, at_most, words};
use crate::rules::{Check, Clause, Findings, Phase, Rule, Violation};
use crate::trace::{Exchange, Session, View};
use crate::verdict::Edition;

pub(crate) static RULE: Rule = Rule {
    id: "POL-3",
    name: "deadline",
    phase: Phase::Polling,
    oct_2024: Some(Clause::should(OCT_COOKBOOK, "Step 4: Check for authenticated profiles")),
    apr_2025: Some(Clause::must(
        APR_CHECKLIST,
        "Mandatory Requirements, 3. Authentication Phase: Polling Mechanism Stopping",
    )),
    requires: "Polling for a session ends with it: after 30 min (2024-10), at its `notAfter` (2025-04).",
    boundary: "No poll for a session that was not superseded arrives after the deadline: 30 min \
              after its creation in 2024-10, its `notAfter` in 2025-04. It is exercised by a \
              login that is still open at its deadline.",
    why: "Every TV that was left on a sign-in screen keeps asking for a code that can no longer come true.",
    remedy: "Remember the session's `notAfter` and stop the polling timer then.",
    needs_events: false,
    capability: None,
    check: Check::ByEdition(check),
};

fn check(view: &View<'_>, edition: Edition, findings: &mut Findings) {
    for session in view.sessions() {
        check_session(view, session, edition, findings);
    }
}

fn check_session(
    view: &View<'_>,
    session: &Session<'_>,
    edition: Edition,
    findings: &mut Findings,
) {
    let deadline = session.deadline(edition);
    let limit = deadline.saturating_sub(session.created.at);
    let limit = Duration::from_millis(u64::try_from(limit).unwrap_or(0));
    if !view.context().can_judge(limit) {
        return;
    }
    let end = session.closed().unwrap_or(view.context().ended);
    let renewed = session.superseded == Some(end) && end.at >= reached(view.context(), deadline);
    if renewed || end.at > deadline {
        findings.exercise();
    }
    let late = |poll: &&Exchange| at_most(view.context(), age(session, poll), limit) != Held::Kept;
    let late: Vec<_> = waiting_polls(session).filter(late).collect();
    let Some(last) = late.last() else { return };
    let violation = violation(session, &late, last, limit);
    match at_most(view.context(), age(session, last), limit) {
        Held::Broken => findings.violate(violation),
        _ => findings.doubt(violation),
    }
}

/// The polls of a session while nothing else had ended it.
fn waiting_polls<'s, 't>(session: &'s Session<'t>) -> impl Iterator<Item = &'t Exchange> + 's {
    let seen = session.seen.and_then(|seen| seen.answered);
    let ended = [seen, session.superseded].into_iter().flatten().min();
    let polls = session.polls.iter().map(|poll| poll.exchange);
    polls.filter(move |poll| ended.is_none_or(|ended| poll.arrived < ended))
}

fn age(session: &Session<'_>, poll: &Exchange) -> Duration {
    poll.arrived.since(session.created)
}

fn violation(
    session: &Session<'_>,
    late: &[&Exchange],
    last: &Exchange,
    limit: Duration,
) -> Violation {
    let age = age(session, last);
    let polls = match late.len() {
        1 => "a poll".into(),
        count => format!("{count} polls"),
    };
    let what = format!(
        "{polls} after the deadline, the last one {} after the session began; it ended after {}",
        words(age),
        words(limit)
    );
    let violation = Violation::new(what).exchange(session.exchange, "opened the session");
    violation.exchange(last, "polled after the deadline").measured(age, limit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::{sentences, verdicts};
    use crate::trace::builder::TraceBuilder;
    use crate::trace::{Call, Happening, Trace};
    use crate::verdict::Verdict::{Fail, NotExercised, Pass, Warn};

    fn waiting() -> TraceBuilder {
        TraceBuilder::second_screen().launch().sign_in("Cablevision").session("Cablevision").poll()
    }

    fn polled_at(seconds: f64) -> Trace {
        waiting().at(seconds).poll().build()
    }

    #[test]
    fn polls_end_with_the_session() {
        assert_eq!(verdicts(&RULE, &waiting().at(1900.0).build()), [Pass; 2]);
        // 5 % of half an hour are tolerated.
        assert_eq!(verdicts(&RULE, &polled_at(1890.0)), [Pass; 2]);
        let late = polled_at(1890.1);
        assert_eq!(verdicts(&RULE, &late), [Warn, Fail]);
        assert_eq!(
            sentences(&RULE, &late, Edition::Oct2024),
            [
                "a poll after the deadline, the last one 31 min 30 s after the session began; it ended after 30 min"
            ]
        );
        let more = waiting().at(1900.0).poll().at(1915.0).poll().build();
        assert_eq!(
            sentences(&RULE, &more, Edition::Apr2025),
            [
                "2 polls after the deadline, the last one 31 min 55 s after the session began; it ended after 30 min"
            ]
        );
    }

    #[test]
    fn a_session_renewed_at_its_end_was_waited_for_to_the_end() {
        let renewed = |seconds: f64| waiting().at(seconds).session("Cablevision").poll().build();
        assert_eq!(verdicts(&RULE, &renewed(1800.0)), [Pass; 2]);
        assert_eq!(verdicts(&RULE, &renewed(1797.0)), [Pass; 2]);
        assert_eq!(verdicts(&RULE, &renewed(1796.9)), [NotExercised; 2]);
    }

    #[test]
    fn a_shorter_session_ends_earlier_in_the_later_edition() {
        let short = |seconds: f64| {
            let story = TraceBuilder::second_screen().launch().sign_in("Cablevision");
            let not_after = crate::trace::builder::START + 60_000;
            let answer = serde_json::json!({
                "actionName": "authenticate", "code": "CODE001", "notAfter": not_after.to_string(),
            });
            let body = "mvpd=Cablevision&domainName=a.b&redirectUrl=https%3A%2F%2Fa.b";
            story
                .ask(Call::CreateSession, |ask| ask.body(body).answer(200, answer))
                .at(seconds)
                .ask(Call::ProfileByCode, |ask| {
                    ask.target("GET", "/api/v2/REF30/profiles/code/CODE001")
                })
                .build()
        };
        assert_eq!(verdicts(&RULE, &short(63.0)), [NotExercised, Pass]);
        assert_eq!(verdicts(&RULE, &short(63.1)), [NotExercised, Fail]);
        assert_eq!(verdicts(&RULE, &short(59.0)), [NotExercised; 2]);
    }

    #[test]
    fn a_login_that_is_over_has_no_deadline() {
        let found = waiting().after(5.0).poll_finds("Cablevision").at(1900.0).build();
        assert_eq!(verdicts(&RULE, &found), [NotExercised; 2]);
        let gave_up = waiting().happen(Happening::GaveUp).at(1900.0).build();
        assert_eq!(verdicts(&RULE, &gave_up), [NotExercised; 2]);
    }

    #[test]
    fn an_old_code_is_judged_elsewhere() {
        let trace = waiting()
            .at(1795.0)
            .session("Cablevision")
            .at(1950.0)
            .ask(Call::ProfileByCode, |ask| {
                ask.target("GET", "/api/v2/REF30/profiles/code/CODE001")
            })
            .build();
        assert_eq!(verdicts(&RULE, &trace), [NotExercised; 2]);
    }

    #[test]
    fn polls_of_call_9_end_as_well() {
        let trace = TraceBuilder::new()
            .launch()
            .session("Cablevision")
            .no_profile_of("Cablevision")
            .after(15.0)
            .no_profile_of("Cablevision")
            .at(1950.0)
            .no_profile_of("Cablevision")
            .build();
        assert_eq!(verdicts(&RULE, &trace), [Warn, Fail]);
    }
}
