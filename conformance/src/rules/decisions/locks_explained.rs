//! PRE-5

use foldhash::HashMap;

use super::explained;
use crate::protocol::ClientEvent;
use crate::rules::documents::APR_CHECKLIST;
use crate::rules::{Check, Clause, Findings, Phase, Rule, Violation};
use crate::trace::{Call, Event, Exchange, Happening, Run, Step, ToldError, View};

pub(crate) static RULE: Rule = Rule {
    id: "PRE-5",
    name: "locks-explained",
    phase: Phase::Decisions,
    oct_2024: None,
    apr_2025: Some(Clause::should(
        APR_CHECKLIST,
        "Recommended Practices, 4. (Optional) Preauthorization Phase: User Experience",
    )),
    requires: "A locked item of the catalogue says why, in the words of the MVPD or of Adobe.",
    boundary: "A catalogue that locks a resource because of its preauthorization shows the \
              error's `details` or `message` with it.",
    why: "A lock without a word sends viewers to support, though the MVPD had sent the very sentence \
          that explains it.",
    remedy: "Show details, or message where there are none, of the item's error beside the lock.",
    needs_events: true,
    capability: Some("preauthorize"),
    check: Check::Alike(check),
};

fn check(view: &View<'_>, findings: &mut Findings) {
    for run in view.runs().filter(|run| run.asks(&[Call::Preauthorize])) {
        check_run(run, findings);
    }
}

fn check_run(run: &Run<'_>, findings: &mut Findings) {
    let mut denied: HashMap<&str, (&Exchange, ToldError<'_>)> = HashMap::default();
    for step in &run.steps {
        match step {
            Step::Answered(exchange) if exchange.is(&[Call::Preauthorize]) => {
                for told in exchange.decided() {
                    match told.error.filter(|_| !told.authorized) {
                        Some(error) => denied.insert(told.resource, (exchange, error)),
                        None => denied.remove(told.resource),
                    };
                }
            }
            Step::Happened(event) => check_event(event, &denied, findings),
            _ => {}
        }
    }
}

fn check_event(
    event: &Event,
    denied: &HashMap<&str, (&Exchange, ToldError<'_>)>,
    findings: &mut Findings,
) {
    let Happening::Showed(ClientEvent::Catalogue { locked, texts, .. }) = &event.what else {
        return;
    };
    for resource in locked {
        let Some((exchange, error)) = denied.get(resource.as_str()) else { continue };
        let text = texts.get(resource).map_or("", String::as_str);
        let Some(is_explained) = explained::by(*error, text) else { continue };
        findings.exercise();
        if !is_explained {
            let what = format!("{resource:?} is locked without saying why");
            let said = error.details.or(error.message).unwrap_or_default();
            findings.violate(
                Violation::new(what)
                    .exchange(exchange, format!("said: {said}"))
                    .event(event, format!("shows: {text:?}")),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::rules::testing;
    use crate::trace::Trace;
    use crate::trace::builder::TraceBuilder;
    use crate::verdict::Verdict::{self, NotApplicable, NotExercised, Pass, Warn};

    fn verdict(trace: &Trace) -> Verdict {
        let [oct, apr] = testing::verdicts(&RULE, trace);
        assert_eq!(oct, NotApplicable);
        apr
    }

    fn catalogue(error: Value, text: Option<&str>) -> TraceBuilder {
        let decision = json!({"resource": "sports", "authorized": false, "error": error});
        let texts = text.map(|text| ("sports".into(), text.into())).into_iter().collect();
        TraceBuilder::new()
            .launch()
            .ask(Call::Preauthorize, |ask| ask.answer(200, json!({"decisions": [decision]})))
            .shows(ClientEvent::Catalogue {
                available: Vec::new(),
                locked: vec!["sports".into()],
                texts,
            })
    }

    fn error() -> Value {
        json!({"code": "c", "action": "none", "message": "Denied", "details": "Not in your package"})
    }

    #[test]
    fn the_words_of_the_answer_pass() {
        assert_eq!(verdict(&catalogue(error(), Some("Not in your package")).build()), Pass);
        assert_eq!(verdict(&catalogue(error(), Some("denied")).build()), Pass);
    }

    #[test]
    fn no_words_or_other_words_are_warned_of() {
        assert_eq!(verdict(&catalogue(error(), None).build()), Warn);
        assert_eq!(verdict(&catalogue(error(), Some("Locked")).build()), Warn);
    }

    #[test]
    fn an_error_without_words_cannot_be_shown() {
        let bare = json!({"code": "c", "action": "none"});
        assert_eq!(verdict(&catalogue(bare, None).build()), NotExercised);
    }

    #[test]
    fn other_locks_are_the_apps_own_affair() {
        let trace = TraceBuilder::new().launch().shows(ClientEvent::Catalogue {
            available: Vec::new(),
            locked: vec!["sports".into()],
            texts: Default::default(),
        });
        assert_eq!(verdict(&trace.build()), NotExercised);
    }

    #[test]
    fn a_client_without_preauthorization_is_not_judged() {
        let capabilities = Some(["browser".to_owned()].into());
        let trace = catalogue(error(), None).context(|context| context.capabilities = capabilities);
        assert_eq!(verdict(&trace.build()), NotApplicable);
    }
}
