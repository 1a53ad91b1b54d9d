//! PRF-2: the provider survives a restart.

use crate::protocol::{Action, ClientEvent};
use crate::rules::documents::APR_CHECKLIST;
use crate::rules::{Check, Clause, Findings, Phase, Rule, Violation};
use crate::trace::{
    Call, Device, Event, Exchange, Happening, KnownProfile, KnownProfiles, Moment, Run, Step, View,
};
use crate::verdict::Level;

pub(crate) static RULE: Rule = Rule {
    id: "PRF-2",
    name: "provider-remembered",
    phase: Phase::Profiles,
    oct_2024: None,
    apr_2025: Some(Clause::must(
        APR_CHECKLIST,
        "Mandatory Requirements, 2. Configuration Phase: TV Provider Selection Caching",
    )),
    requires: "The picked MVPD is stored persistently: later runs ask for its profile and do not make the viewer pick again.",
    boundary: "A run after a successful sign-in does not show the picker while the profile is \
              valid (must), and asks call 9 for the remembered MVPD rather than call 8 (should). \
              Unless the user asked to sign in or for another provider, signed out (of whichever \
              provider was used last), or an error asked for authentication. With several valid \
              profiles call 8 is as good. A picker whose list the run has loaded from the service is \
              CFG-1's business.",
    why: "Viewers have to choose their provider from a long list at every start, and some choose wrongly.",
    remedy: "Store the MVPD's `id`, and begin later runs with call 9 for it.",
    needs_events: true,
    capability: None,
    check: Check::Alike(check),
};

fn check(view: &View<'_>, findings: &mut Findings) {
    for device in view.devices() {
        check_device(device, findings);
    }
}

fn check_device(device: &Device<'_>, findings: &mut Findings) {
    let mut known = KnownProfiles::default();
    // When the viewer last turned away from the provider that was picked.
    let mut let_go = None;
    for run in &device.runs {
        let begun = run.steps.first().map(|step| step.moment().at).unwrap_or_default();
        let since = |known: &KnownProfile<'_>| Some(known.told_by.arrived) > let_go;
        let remembered: Vec<_> = known
            .all_valid(begun)
            .filter(|known| known.profile.is_regular() && since(known))
            .collect();
        let mut later = Later {
            remembered,
            known,
            excused: false,
            looked: false,
            loaded: false,
            picked: false,
        };
        later.read(run, findings);
        known = later.known;
        let_go = run.steps.iter().filter_map(turns_away).next_back().or(let_go);
    }
}

/// When the viewer signs out, or asks for another provider.
fn turns_away(step: &Step<'_>) -> Option<Moment> {
    let Step::Happened(event) = step else { return None };
    let Happening::Did { action, .. } = &event.what else { return None };
    matches!(action, Action::SwitchProvider { .. } | Action::SignOut).then_some(event.at)
}

/// A run, with what earlier ones left.
struct Later<'t> {
    /// The regular profiles that were valid when it began.
    remembered: Vec<KnownProfile<'t>>,
    known: KnownProfiles<'t>,
    /// Whether something happened that lets the viewer pick.
    excused: bool,
    looked: bool,
    /// Whether the list of providers was loaded, which is too much already.
    loaded: bool,
    picked: bool,
}

impl<'t> Later<'t> {
    fn read(&mut self, run: &Run<'t>, findings: &mut Findings) {
        for step in &run.steps {
            match step {
                Step::Asked(exchange) => self.ask(exchange, findings),
                Step::Answered(exchange) => {
                    self.excused |= exchange.demands("authentication");
                    self.known.hear(exchange);
                }
                Step::Happened(event) => self.event(event, findings),
            }
        }
    }

    fn ask(&mut self, exchange: &Exchange, findings: &mut Findings) {
        self.loaded |= exchange.is(&[Call::Configuration]);
        let looks = exchange.is(&[Call::Profiles, Call::ProfileByMvpd]);
        if !looks || self.excused || std::mem::replace(&mut self.looked, true) {
            return;
        }
        let [remembered] = self.remembered.as_slice() else { return };
        findings.exercise();
        if exchange.call == Some(Call::Profiles) {
            let what = format!(
                "asked for all profiles after a restart, though the viewer had signed in with {}",
                remembered.profile.mvpd
            );
            findings.violate(
                Violation::new(what)
                    .exchange(remembered.told_by, "told of the profile in an earlier run")
                    .exchange(exchange, "asked for all instead of that one")
                    .level(Level::Should),
            );
        }
    }

    fn event(&mut self, event: &Event, findings: &mut Findings) {
        match &event.what {
            Happening::Did { action, .. } => {
                self.excused |= matches!(
                    action,
                    Action::SignIn { .. } | Action::SwitchProvider { .. } | Action::SignOut
                );
            }
            Happening::Showed(ClientEvent::PickerShown { .. }) => self.picker(event, findings),
            _ => {}
        }
    }

    fn picker(&mut self, event: &Event, findings: &mut Findings) {
        let still_valid =
            |held: &&KnownProfile<'t>| self.known.valid(held.profile.mvpd, event.at.at).is_some();
        let excused = self.excused || self.loaded;
        let valid = self.remembered.iter().find(still_valid).filter(|_| !excused);
        if let Some(valid) = valid.filter(|_| !std::mem::replace(&mut self.picked, true)) {
            findings.violate(
                Violation::new(
                    "showed the picker after a restart, though the viewer's profile is valid",
                )
                .exchange(valid.told_by, "told of the profile in an earlier run")
                .event(event, "showed the picker"),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::verdicts;
    use crate::trace::builder::{PROFILE_LIFE, TraceBuilder};
    use crate::verdict::Verdict::{Fail, NotApplicable, NotExercised, Pass, Warn};

    fn signed_in() -> TraceBuilder {
        TraceBuilder::new()
            .launch()
            .no_profiles()
            .sign_in("Cablevision")
            .session("Cablevision")
            .poll_finds("Cablevision")
            .done()
            .after(60.0)
    }

    fn relaunched() -> TraceBuilder {
        signed_in().launch()
    }

    fn picker() -> ClientEvent {
        ClientEvent::PickerShown { mvpds: vec![] }
    }

    #[test]
    fn nothing_is_remembered_once_the_viewer_signed_out_of_the_provider_used_last() {
        let switched = |finally: Option<Action>| {
            let second = signed_in().user(Action::SwitchProvider { mvpd: Some("Spectrum".into()) });
            let left = finally.into_iter().fold(second, |trace, action| trace.user(action));
            left.done().after(60.0).launch().profiles(&["Cablevision"]).build()
        };
        assert_eq!(
            verdicts(&RULE, &switched(Some(Action::SignOut))),
            [NotApplicable, NotExercised]
        );
        assert_eq!(verdicts(&RULE, &switched(None)), [NotApplicable, NotExercised]);
    }

    #[test]
    fn asking_for_the_remembered_one_keeps_it() {
        let trace = relaunched().profile_of("Cablevision").build();
        assert_eq!(verdicts(&RULE, &trace), [NotApplicable, Pass]);
    }

    #[test]
    fn asking_for_all_is_a_lesser_fault() {
        let trace = relaunched().profiles(&["Cablevision"]).build();
        assert_eq!(verdicts(&RULE, &trace), [NotApplicable, Warn]);
    }

    #[test]
    fn showing_the_picker_breaks_it() {
        let trace = relaunched().profile_of("Cablevision").shows(picker()).build();
        assert_eq!(verdicts(&RULE, &trace), [NotApplicable, Fail]);
        assert_eq!(verdicts(&RULE, &relaunched().shows(picker()).build())[1], Fail);
    }

    #[test]
    fn a_picker_that_was_loaded_first_is_judged_elsewhere() {
        let loaded = |trace: TraceBuilder| trace.configuration().shows(picker()).build();
        let after_the_look = loaded(relaunched().profile_of("Cablevision"));
        assert_eq!(verdicts(&RULE, &after_the_look), [NotApplicable, Pass]);
        assert_eq!(verdicts(&RULE, &loaded(relaunched())), [NotApplicable, NotExercised]);
        let once = relaunched().profile_of("Cablevision").configuration();
        let next_time = once.done().launch().profile_of("Cablevision").shows(picker()).build();
        assert_eq!(verdicts(&RULE, &next_time)[1], Fail);
    }

    #[test]
    fn the_picker_may_come_when_it_is_asked_for_or_needed() {
        let start = || relaunched().profile_of("Cablevision");
        let switch = Action::SwitchProvider { mvpd: None };
        assert_eq!(verdicts(&RULE, &start().user(switch).shows(picker()).build())[1], Pass);
        assert_eq!(verdicts(&RULE, &start().sign_out().shows(picker()).build())[1], Pass);
        let gone = relaunched().no_profile_of("Cablevision").shows(picker()).build();
        assert_eq!(verdicts(&RULE, &gone)[1], Pass);
        let error = start().denied("Cablevision", "news", "x", "authentication");
        assert_eq!(verdicts(&RULE, &error.shows(picker()).build())[1], Pass);
    }

    #[test]
    fn an_expired_or_ended_profile_binds_nobody() {
        let expired = TraceBuilder::new().launch().profiles(&["Cablevision"]).after(PROFILE_LIFE);
        let trace = expired.launch().no_profiles().shows(picker()).build();
        assert_eq!(verdicts(&RULE, &trace)[1], NotExercised);
        let out = TraceBuilder::new()
            .launch()
            .profiles(&["Cablevision"])
            .logout("Cablevision", "complete", "none")
            .launch()
            .no_profiles()
            .build();
        assert_eq!(verdicts(&RULE, &out)[1], NotExercised);
    }

    #[test]
    fn several_profiles_may_be_asked_for_together() {
        let trace = TraceBuilder::new()
            .launch()
            .profiles(&["Cablevision", "Spectrum"])
            .launch()
            .profiles(&["Cablevision", "Spectrum"])
            .build();
        assert_eq!(verdicts(&RULE, &trace)[1], NotExercised);
    }

    #[test]
    fn the_first_run_remembers_nothing() {
        let trace = TraceBuilder::new().launch().no_profiles().shows(picker()).build();
        assert_eq!(verdicts(&RULE, &trace)[1], NotExercised);
        assert_eq!(verdicts(&RULE, &relaunched().build())[1], NotExercised);
    }
}
