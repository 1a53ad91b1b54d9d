//! POL-2: the endpoint that knows the session.

use crate::rules::documents::{APR_COOKBOOK, OCT_COOKBOOK};
use crate::rules::{Check, Clause, Findings, Phase, Rule, Violation};
use crate::trace::{Call, Session, View};
use crate::verdict::Edition;

pub(crate) static RULE: Rule = Rule {
    id: "POL-2",
    name: "endpoint",
    phase: Phase::Polling,
    oct_2024: Some(Clause::should(OCT_COOKBOOK, "Step 4: Check for authenticated profiles")),
    apr_2025: Some(Clause::must(APR_COOKBOOK, "Step 4: Check for authenticated profiles")),
    requires: "Polls ask for the profile by the session's code; in 2024-10 also by the MVPD, where the app knows it.",
    boundary: "2024-10: with the MVPD picked in the app, polls go to call 9 or 10, with the MVPD \
              picked on the second screen to call 10. 2025-04: always to call 10. Call 6 tells \
              of a session and never of a profile: however often it comes, it is no poll.",
    why: "Another endpoint shows older profiles as if the viewer had just signed in, and none at all where the provider was picked elsewhere.",
    remedy: "Poll `/profiles/code/{code}` with the code of the session under way.",
    needs_events: false,
    capability: None,
    check: Check::ByEdition(check),
};

fn check(view: &View<'_>, edition: Edition, findings: &mut Findings) {
    for session in view.sessions().filter(|session| !session.polls.is_empty()) {
        findings.exercise();
        check_session(session, edition, findings);
    }
}

fn check_session(session: &Session<'_>, edition: Edition, findings: &mut Findings) {
    let by_mvpd = edition == Edition::Oct2024 && session.picked_in_app();
    let allowed = |call| call == Call::ProfileByCode || (by_mvpd && call == Call::ProfileByMvpd);
    let elsewhere = session.polls.iter().map(|poll| poll.exchange);
    let elsewhere: Vec<_> = elsewhere.filter(|poll| !poll.call.is_some_and(allowed)).collect();
    let Some(first) = elsewhere.first() else { return };
    let asked = match first.call {
        Some(Call::Profiles) => "all profiles",
        _ => "the profile of an MVPD",
    };
    let instead = if by_mvpd { "by code or by MVPD" } else { "by the session's code" };
    let what = format!("polled for {asked} {} times instead of {instead}", elsewhere.len());
    findings.violate(
        Violation::new(what)
            .exchange(session.exchange, "the session that is waited for")
            .exchange(first, "the first such poll"),
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::{sentences, verdicts};
    use crate::trace::builder::{Ask, TraceBuilder};
    use crate::verdict::Verdict::{Fail, NotExercised, Pass, Warn};

    fn picked_in_app() -> TraceBuilder {
        TraceBuilder::new().launch().sign_in("Cablevision").session("Cablevision")
    }

    fn picked_elsewhere() -> TraceBuilder {
        TraceBuilder::second_screen().launch().sign_in_elsewhere().session_without_mvpd()
    }

    #[test]
    fn the_code_is_always_right() {
        assert_eq!(verdicts(&RULE, &picked_in_app().poll().build()), [Pass; 2]);
        assert_eq!(verdicts(&RULE, &picked_elsewhere().poll().build()), [Pass; 2]);
    }

    #[test]
    fn the_mvpd_was_right_where_the_app_knows_it() {
        let trace = picked_in_app().no_profile_of("Cablevision").no_profile_of("Cablevision");
        assert_eq!(verdicts(&RULE, &trace.build()), [Pass, Fail]);
        let trace = picked_elsewhere().no_profile_of("Cablevision").no_profile_of("Cablevision");
        assert_eq!(verdicts(&RULE, &trace.build()), [Warn, Fail]);
    }

    #[test]
    fn all_profiles_are_never_right() {
        let trace = picked_in_app().no_profiles().after(15.0).no_profiles().build();
        assert_eq!(verdicts(&RULE, &trace), [Warn, Fail]);
        assert_eq!(
            sentences(&RULE, &trace, Edition::Oct2024),
            ["polled for all profiles 2 times instead of by code or by MVPD"]
        );
    }

    #[test]
    fn looking_at_the_session_is_no_poll() {
        let look = |ask: Ask| ask.target("GET", "/api/v2/REF30/sessions/CODE001");
        let looks = (0..5)
            .fold(picked_in_app(), |trace, _| trace.after(15.0).ask(Call::RetrieveSession, look));
        assert_eq!(verdicts(&RULE, &looks.clone().build()), [NotExercised; 2]);
        assert_eq!(verdicts(&RULE, &looks.poll().build()), [Pass; 2]);
    }

    #[test]
    fn a_single_look_is_no_poll() {
        let trace = picked_in_app().no_profiles().foreground().no_profiles().build();
        assert_eq!(verdicts(&RULE, &trace), [NotExercised; 2]);
        let beside = picked_in_app().no_profile_of("Cablevision").poll().build();
        assert_eq!(verdicts(&RULE, &beside), [Pass; 2]);
    }
}
