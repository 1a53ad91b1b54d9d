//! AUT-5: "authorize, direct" means that there is nobody to sign in.

use crate::protocol::ClientEvent;
use crate::rules::documents::{APR_PRIMARY_APPLICATION, OCT_PRIMARY_APPLICATION};
use crate::rules::{Check, Clause, Findings, Phase, Rule, Violation, mvpds};
use crate::trace::{Call, Device, Event, Exchange, Happening, Step, View};

pub(crate) static RULE: Rule = Rule {
    id: "AUT-5",
    name: "direct-means-direct",
    phase: Phase::Authentication,
    oct_2024: Some(Clause::must(
        OCT_PRIMARY_APPLICATION,
        "Perform authentication within primary application, Workflow: Proceed with decisions flows",
    )),
    apr_2025: Some(Clause::must(
        APR_PRIMARY_APPLICATION,
        "Perform authentication within primary application, Workflow: Proceed with decisions flows",
    )),
    requires: "When a session is answered `authorize`, `direct`, the client goes straight on to decisions.",
    boundary: "After an `authorize/direct` answer for a regular profile the client opens no user \
              agent and does not poll. Only until the user does the next thing. One look at the \
              profile is no polling.",
    why: "The viewer waits before a login page that does not exist, or a code that never comes true.",
    remedy: "Read `actionName` and `actionType` of the session's answer: for `authorize`, `direct` open nothing, poll nothing, and call 11 or 12.",
    needs_events: false,
    capability: None,
    check: Check::Alike(check),
};

fn check(view: &View<'_>, findings: &mut Findings) {
    let temporary = mvpds::temporary(view);
    for device in view.devices().iter().filter(|device| device.asks(&OPENS)) {
        check_device(device, |mvpd| temporary.contains(mvpd), findings);
    }
}

/// Calls whose answers open a session, or say that none is needed.
const OPENS: [Call; 3] = [Call::CreateSession, Call::ResumeSession, Call::PartnerRequest];

/// A session that was answered `authorize/direct`, and what came since.
struct Direct<'t> {
    session: &'t Exchange,
    exercised: bool,
    asked: Vec<&'t Exchange>,
    told: bool,
}

fn check_device(device: &Device<'_>, temporary: impl Fn(&str) -> bool, findings: &mut Findings) {
    let mut direct: Option<Direct<'_>> = None;
    for step in device.steps() {
        match step {
            Step::Answered(exchange) => {
                if let Some(told) = exchange.session() {
                    let is_direct = told.is_direct_authorize()
                        && matches!(told.reason_type, "" | "authenticated" | "authenticatedSSO")
                        && !told.mvpd.or(exchange.mvpd.as_deref()).is_some_and(&temporary);
                    direct = is_direct.then(|| Direct::new(exchange));
                }
            }
            Step::Asked(exchange) => {
                if let Some(direct) = &mut direct {
                    direct.exercise(findings);
                    direct.ask(exchange, findings);
                }
            }
            Step::Happened(event) => {
                if let Some(direct) = &mut direct {
                    direct.exercise(findings);
                    direct.event(event, findings);
                }
                if matches!(event.what, Happening::Did { .. } | Happening::Started) {
                    direct = None;
                }
            }
        }
    }
}

impl<'t> Direct<'t> {
    fn new(session: &'t Exchange) -> Self {
        Self { session, exercised: false, asked: Vec::new(), told: false }
    }

    fn exercise(&mut self, findings: &mut Findings) {
        if !std::mem::replace(&mut self.exercised, true) {
            findings.exercise();
        }
    }

    fn ask(&mut self, exchange: &'t Exchange, findings: &mut Findings) {
        let looks = [Call::Profiles, Call::ProfileByMvpd, Call::ProfileByCode];
        if !exchange.is(&looks) || exchange.status() != Some(200) {
            return;
        }
        self.asked.push(exchange);
        if self.asked.len() > 1 && !std::mem::replace(&mut self.told, true) {
            let mut violation =
                Violation::new("polled though the session was answered `authorize`, `direct`")
                    .exchange(self.session, "says to go on to decisions");
            for poll in &self.asked {
                violation = violation.exchange(poll, "asked for the profile");
            }
            findings.violate(violation);
        }
    }

    fn event(&self, event: &Event, findings: &mut Findings) {
        if let Happening::Showed(ClientEvent::OpenUrl { url }) = &event.what {
            findings.violate(
                Violation::new(
                    "opened a user agent though the session was answered `authorize`, `direct`",
                )
                .exchange(self.session, "says to go on to decisions")
                .event(event, format!("opened {url}")),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::verdicts;
    use crate::trace::builder::TraceBuilder;
    use crate::verdict::Verdict::{Fail, NotExercised, Pass};

    fn direct() -> TraceBuilder {
        TraceBuilder::new()
            .launch()
            .no_profiles()
            .sign_in("Cablevision")
            .session_direct("Cablevision", "authenticated")
    }

    #[test]
    fn going_on_to_decisions_keeps_it() {
        let trace = direct().permitted("Cablevision", "news").build();
        assert_eq!(verdicts(&RULE, &trace), [Pass; 2]);
        let looked = direct().profile_of("Cablevision").done().build();
        assert_eq!(verdicts(&RULE, &looked), [Pass; 2]);
    }

    #[test]
    fn opening_a_user_agent_breaks_it() {
        let trace = direct().opens("http://127.0.0.1:8080/api/v2/authenticate/REF30/X").build();
        assert_eq!(verdicts(&RULE, &trace), [Fail; 2]);
    }

    #[test]
    fn polling_breaks_it_whatever_is_polled() {
        let by_mvpd = direct().profile_of("Cablevision").after(15.0).profile_of("Cablevision");
        assert_eq!(verdicts(&RULE, &by_mvpd.build()), [Fail; 2]);
        assert_eq!(verdicts(&RULE, &direct().poll().after(15.0).poll().build()), [Fail; 2]);
    }

    #[test]
    fn the_repetition_of_a_failed_look_is_no_polling() {
        let trace = direct()
            .ask(Call::ProfileByMvpd, |ask| ask.status(401))
            .profile_of("Cablevision")
            .done()
            .build();
        assert_eq!(verdicts(&RULE, &trace), [Pass; 2]);
    }

    #[test]
    fn what_the_user_does_next_is_another_matter() {
        let trace = direct().done().foreground().profile_of("Cablevision").foreground();
        assert_eq!(verdicts(&RULE, &trace.profile_of("Cablevision").build()), [Pass; 2]);
    }

    #[test]
    fn the_edition_of_2024_gives_no_reason() {
        let story = TraceBuilder::new().launch().sign_in("Cablevision");
        let opened = story.clone().session_direct("Cablevision", "").opens("http://a.b/").build();
        assert_eq!(verdicts(&RULE, &opened), [Fail; 2]);
        let temporary = |reason| story.clone().session_direct("TempPass", reason).done().build();
        assert_eq!(verdicts(&RULE, &temporary("temporary")), [NotExercised; 2]);
        assert_eq!(verdicts(&RULE, &temporary("degraded")), [NotExercised; 2]);
    }

    #[test]
    fn a_session_to_authenticate_is_not_meant() {
        let trace = TraceBuilder::new()
            .launch()
            .sign_in("Cablevision")
            .session("Cablevision")
            .poll()
            .poll()
            .build();
        assert_eq!(verdicts(&RULE, &trace), [NotExercised; 2]);
        assert_eq!(verdicts(&RULE, &direct().build()), [NotExercised; 2]);
    }
}
