//! CFG-1: the configuration is fetched only to let the viewer pick.

use crate::protocol::Action;
use crate::rules::documents::{APR_CHECKLIST, OCT_COOKBOOK};
use crate::rules::{Check, Clause, Findings, Phase, Rule, Violation};
use crate::trace::{Call, Exchange, Happening, Run, Step, View};

pub(crate) static RULE: Rule = Rule {
    id: "CFG-1",
    name: "only-when-picking",
    phase: Phase::Configuration,
    oct_2024: Some(Clause::should(
        OCT_COOKBOOK,
        "Step 2: Check for existing authenticated profiles",
    )),
    apr_2025: Some(Clause::must(
        APR_CHECKLIST,
        "Mandatory Requirements, 2. Configuration Phase: Configuration Retrieval",
    )),
    requires: "The configuration is retrieved only when the viewer has to pick a provider.",
    boundary: "No call 3 while the run's last answer of call 8 or 9 holds a valid profile, or \
              before the first such answer, which then, with no call 4 or 14 between, holds one; unless \
              another provider was asked for or an error with the action `authentication` came \
              since. A sign-out leaves nothing of what the answer held. A temporary profile is no \
              reason not to let the viewer pick.",
    why: "Every start then costs a large answer that nobody looks at; over all devices it adds latency and load for nothing.",
    remedy: "Ask for profiles first, and for the configuration only when there is no valid profile or the viewer wants another provider.",
    needs_events: false,
    capability: None,
    check: Check::Alike(check),
};

fn check(view: &View<'_>, findings: &mut Findings) {
    for run in view.runs() {
        for needless in retrievals(run, findings).needless {
            findings.violate(
                Violation::new("retrieved the configuration though the viewer has a valid profile")
                    .exchange(needless.profiles, "holds a valid profile")
                    .exchange(needless.configuration, "not needed"),
            );
        }
    }
}

/// The calls 3 of a run that this rule objects to.
pub(super) fn needless<'t>(run: &Run<'t>) -> Vec<Needless<'t>> {
    retrievals(run, &mut Findings::default()).needless
}

/// A call 3 that nobody needed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Needless<'t> {
    pub(super) configuration: &'t Exchange,
    /// The answer that held a valid profile.
    profiles: &'t Exchange,
}

#[derive(Default)]
struct Retrievals<'t> {
    needless: Vec<Needless<'t>>,
    /// Calls 3 before the first answer of 8 or 9, with no call 4 or 14 since.
    early: Vec<&'t Exchange>,
    /// The last answer of 8 or 9.
    told: Option<&'t Exchange>,
    /// Whether something since made that answer void.
    void: bool,
    /// The last time the user asked to sign in.
    wanted: Option<&'t Action>,
}

fn retrievals<'t>(run: &Run<'t>, findings: &mut Findings) -> Retrievals<'t> {
    let mut all = Retrievals::default();
    for step in &run.steps {
        match step {
            Step::Asked(exchange) => all.ask(exchange, findings),
            Step::Answered(exchange) => all.answer(exchange, findings),
            Step::Happened(event) => {
                if let Happening::Did { action, .. } = &event.what {
                    all.user(action);
                }
            }
        }
    }
    all
}

impl<'t> Retrievals<'t> {
    fn ask(&mut self, exchange: &'t Exchange, findings: &mut Findings) {
        match exchange.call {
            Some(Call::Configuration) => match self.told {
                Some(profiles) => {
                    findings.exercise();
                    if !self.void && self.serves(profiles, exchange.arrived.at) {
                        self.needless.push(Needless { configuration: exchange, profiles });
                    }
                }
                None => self.early.push(exchange),
            },
            Some(Call::CreateSession | Call::PartnerRequest) => self.early.clear(),
            Some(Call::Logout) => self.void = true,
            _ => {}
        }
    }

    fn answer(&mut self, exchange: &'t Exchange, findings: &mut Findings) {
        let asked_for_profiles = exchange.is(&[Call::Profiles, Call::ProfileByMvpd]);
        if asked_for_profiles && exchange.profiles().is_some() {
            self.told = Some(exchange);
            self.void = false;
            let at = exchange.answered.unwrap_or(exchange.arrived).at;
            let early = std::mem::take(&mut self.early);
            if self.serves(exchange, at) {
                findings.exercise();
                let needless = |configuration| Needless { configuration, profiles: exchange };
                self.needless.extend(early.into_iter().map(needless));
            }
        } else if exchange.demands("authentication") {
            self.void = true;
        }
    }

    fn user(&mut self, action: &'t Action) {
        match action {
            Action::SignIn { .. } | Action::SwitchProvider { .. } => self.wanted = Some(action),
            Action::SignOut => self.void = true,
            _ => {}
        }
    }

    /// Whether an answer holds a valid profile that serves the user, who may have asked for another
    /// provider.
    fn serves(&self, profiles: &Exchange, at: i64) -> bool {
        let profiles = profiles.profiles().unwrap_or_default();
        let mut held = profiles.iter().filter(|p| p.is_valid_at(at) && p.kind != "temporary");
        match self.wanted {
            Some(Action::SwitchProvider { mvpd: None }) => false,
            Some(
                Action::SignIn { mvpd: Some(mvpd) } | Action::SwitchProvider { mvpd: Some(mvpd) },
            ) => held.any(|profile| profile.mvpd == mvpd),
            _ => held.next().is_some(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::rules::testing::{judged, verdicts};
    use crate::trace::builder::TraceBuilder;
    use crate::verdict::Edition;
    use crate::verdict::Verdict::{Fail, NotExercised, Pass, Warn};

    fn launched() -> TraceBuilder {
        TraceBuilder::new().launch().registered()
    }

    #[test]
    fn fetching_it_for_the_picker_keeps_it() {
        let trace = launched().no_profiles().sign_in("Cablevision").configuration().build();
        assert_eq!(verdicts(&RULE, &trace), [Pass; 2]);
    }

    #[test]
    fn not_fetching_it_under_a_valid_profile_keeps_it() {
        assert_eq!(verdicts(&RULE, &launched().profiles(&["Cablevision"]).build()), [Pass; 2]);
        assert_eq!(verdicts(&RULE, &launched().profile_of("Cablevision").build()), [Pass; 2]);
    }

    #[test]
    fn fetching_it_under_a_valid_profile_breaks_it() {
        let trace = launched().profiles(&["Cablevision"]).configuration().build();
        assert_eq!(verdicts(&RULE, &trace), [Warn, Fail]);
        let violation = &judged(&RULE, &trace, Edition::Oct2024).violations[0];
        assert_eq!(violation.evidence.len(), 2);
    }

    #[test]
    fn fetching_it_before_asking_for_profiles_breaks_it_if_there_is_one() {
        let early = launched().configuration();
        let found = early.clone().profiles(&["Cablevision"]).build();
        assert_eq!(verdicts(&RULE, &found), [Warn, Fail]);
        let none = early.clone().no_profiles().build();
        assert_eq!(verdicts(&RULE, &none), [NotExercised; 2]);
        let session_between = early.clone().session("Cablevision").profiles(&["Cablevision"]);
        assert_eq!(verdicts(&RULE, &session_between.build()), [Pass; 2]);
        let partner_between = early.ask(Call::PartnerRequest, |ask| ask);
        let trace = partner_between.profiles(&["Cablevision"]).build();
        assert_eq!(verdicts(&RULE, &trace), [Pass; 2]);
    }

    #[test]
    fn a_profile_that_has_expired_is_none() {
        let fetched = |seconds: f64| {
            let story = launched();
            let answer = story.profile_map(&["Cablevision"], 60.0);
            story
                .ask(Call::Profiles, |ask| ask.answer(200, answer))
                .at(seconds)
                .configuration()
                .build()
        };
        assert_eq!(verdicts(&RULE, &fetched(59.9)), [Warn, Fail]);
        assert_eq!(verdicts(&RULE, &fetched(60.0)), [Pass; 2]);
    }

    #[test]
    fn another_provider_may_be_picked() {
        let signed_in = || launched().profiles(&["Cablevision"]);
        let switch = Action::SwitchProvider { mvpd: None };
        assert_eq!(verdicts(&RULE, &signed_in().user(switch).configuration().build()), [Pass; 2]);
        let other = signed_in().sign_in("Spectrum").configuration().build();
        assert_eq!(verdicts(&RULE, &other), [Pass; 2]);
        let asked_before =
            launched().sign_in("Spectrum").profiles(&["Cablevision"]).configuration().build();
        assert_eq!(verdicts(&RULE, &asked_before), [Pass; 2]);
        let same = signed_in().sign_in("Cablevision").configuration().build();
        assert_eq!(verdicts(&RULE, &same), [Warn, Fail]);
    }

    #[test]
    fn an_error_or_a_sign_out_makes_the_answer_void() {
        let signed_in = || launched().profiles(&["Cablevision"]);
        let error = signed_in()
            .ask(Call::Authorize, |ask| {
                ask.error(403, "authenticated_profile_invalidated", "authentication")
            })
            .configuration()
            .build();
        assert_eq!(verdicts(&RULE, &error), [Pass; 2]);
        let out = signed_in().sign_out().logout("Cablevision", "complete", "none");
        assert_eq!(verdicts(&RULE, &out.configuration().build()), [Pass; 2]);
    }

    #[test]
    fn temporary_access_does_not_stand_in_the_way() {
        let trace = launched()
            .ask(Call::ProfileByMvpd, |ask| {
                let profile = json!({"type": "temporary", "notAfter": 4_000_000_000_000_i64});
                ask.mvpd("TempPass_TEST40")
                    .answer(200, json!({"profiles": {"TempPass_TEST40": profile}}))
            })
            .configuration()
            .build();
        assert_eq!(verdicts(&RULE, &trace), [Pass; 2]);
    }

    #[test]
    fn every_run_begins_anew() {
        let trace = launched().profiles(&["Cablevision"]).launch().configuration().build();
        assert_eq!(verdicts(&RULE, &trace), [Pass; 2]);
        assert_eq!(verdicts(&RULE, &launched().configuration().build()), [NotExercised; 2]);
    }
}
