//! CFG-3: no invented MVPDs.

use foldhash::HashSet;

use crate::protocol::Action;
use crate::rules::documents::{APR_FAQS, OCT_COOKBOOK};
use crate::rules::{Check, Clause, Findings, Phase, Rule, Violation};
use crate::trace::{Call, Device, Exchange, Happening, Step, View};

pub(crate) static RULE: Rule = Rule {
    id: "CFG-3",
    name: "known-mvpd",
    phase: Phase::Configuration,
    oct_2024: Some(Clause::should(
        OCT_COOKBOOK,
        "Step 2: Check for existing authenticated profiles",
    )),
    apr_2025: Some(Clause::should(
        APR_FAQS,
        "Configuration Phase FAQs, 6. Can the client application manage its own list of MVPDs?",
    )),
    requires: "MVPD ids come from the service's answers, as they stand there.",
    boundary: "No call names an MVPD that no configuration, profile or session answer, nor the \
              scenario, named. A capture may begin after the provider was picked: there, only \
              what comes after a configuration is judged.",
    why: "A list of one's own goes stale: its viewers get `invalid_parameter_mvpd` or `invalid_integration` and can do nothing about it.",
    remedy: "Take the `id` of the picked MVPD from call 3, or the key of a profile, unchanged.",
    needs_events: false,
    capability: None,
    check: Check::Alike(check),
};

fn check(view: &View<'_>, findings: &mut Findings) {
    for device in view.devices() {
        check_device(view, device, findings);
    }
}

fn check_device(view: &View<'_>, device: &Device<'_>, findings: &mut Findings) {
    let mut known: HashSet<&str> = view.context().named_mvpds.iter().map(String::as_str).collect();
    let mut whole_story = view.context().has_events;
    for step in device.steps() {
        match step {
            Step::Asked(exchange) => {
                let Some(mvpd) = exchange.mvpd.as_deref().filter(|_| whole_story) else { continue };
                findings.exercise();
                // Told once is enough.
                if known.insert(mvpd) {
                    let what = format!("named the MVPD {mvpd:?}, which no answer had named");
                    findings.violate(
                        Violation::new(what).exchange(exchange, "the first call that names it"),
                    );
                }
            }
            Step::Answered(exchange) => {
                whole_story |= exchange.call == Some(Call::Configuration) && exchange.succeeded();
                known.extend(named(exchange));
            }
            Step::Happened(event) => {
                if let Happening::Did { action, .. } = &event.what {
                    known.extend(asked_for(action));
                }
            }
        }
    }
}

fn named(exchange: &Exchange) -> impl Iterator<Item = &str> {
    let profiles = exchange.profiles().unwrap_or_default().into_iter().map(|told| told.mvpd);
    let session = exchange.session().and_then(|told| told.mvpd);
    let configured = exchange.configured_mvpds();
    configured.into_iter().chain(profiles).chain(session).chain(exchange.existing_mvpd())
}

fn asked_for(action: &Action) -> Option<&str> {
    match action {
        Action::SignIn { mvpd }
        | Action::SwitchProvider { mvpd }
        | Action::EnterCode { mvpd, .. } => mvpd.as_deref(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::{sentences, verdicts};
    use crate::trace::builder::TraceBuilder;
    use crate::verdict::Edition;
    use crate::verdict::Verdict::{NotExercised, Pass, Warn};

    fn launched() -> TraceBuilder {
        TraceBuilder::new().launch()
    }

    #[test]
    fn every_source_of_a_name_keeps_it() {
        let configured = launched().configuration().session("Spectrum");
        let profile = launched().profiles(&["Spectrum"]).permitted("Spectrum", "news");
        let session = launched()
            .ask(Call::CreateSession, |ask| {
                ask.answer(200, serde_json::json!({"actionName": "authorize", "mvpd": "Spectrum"}))
            })
            .permitted("Spectrum", "news");
        let asked = launched().sign_in("Spectrum").session("Spectrum");
        let named = launched()
            .context(|context| context.named_mvpds.extend(["Spectrum".to_owned()]))
            .no_profile_of("Spectrum");
        let retrieved = launched()
            .ask(Call::RetrieveSession, |ask| {
                ask.answer(200, serde_json::json!({"existingParameters": {"mvpd": "Spectrum"}}))
            })
            .no_profile_of("Spectrum");
        for story in [configured, profile, session, asked, named, retrieved] {
            assert_eq!(verdicts(&RULE, &story.build()), [Pass; 2]);
        }
    }

    #[test]
    fn an_invented_name_breaks_it() {
        let trace =
            launched().configuration().session("spectrum").no_profile_of("spectrum").build();
        assert_eq!(verdicts(&RULE, &trace), [Warn; 2]);
        assert_eq!(
            sentences(&RULE, &trace, Edition::Oct2024),
            ["named the MVPD \"spectrum\", which no answer had named"]
        );
    }

    #[test]
    fn a_name_is_remembered_across_runs() {
        let trace = launched().configuration().launch().no_profile_of("Spectrum").build();
        assert_eq!(verdicts(&RULE, &trace), [Pass; 2]);
    }

    #[test]
    fn a_capture_is_judged_from_its_first_configuration_on() {
        let early = TraceBuilder::capture().no_profile_of("Dish");
        assert_eq!(verdicts(&RULE, &early.clone().build()), [NotExercised; 2]);
        let later = early.configuration().no_profile_of("Dish").build();
        assert_eq!(verdicts(&RULE, &later), [Warn; 2]);
    }

    #[test]
    fn calls_without_a_name_do_not_exercise_it() {
        assert_eq!(verdicts(&RULE, &launched().no_profiles().build()), [NotExercised; 2]);
    }
}
