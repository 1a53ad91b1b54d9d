//! ERR-5

use crate::protocol::Action;
use crate::rules::documents::{APR_CHECKLIST, OCT_ERROR_CODES};
use crate::rules::patience::{self, PATIENCE};
use crate::rules::{Check, Clause, Findings, Phase, Rule, Violation};
use crate::trace::{Call, Event, Exchange, Happening, Run, Step, UserAction, View};

pub(crate) static RULE: Rule = Rule {
    id: "ERR-5",
    name: "survives",
    phase: Phase::Errors,
    oct_2024: Some(Clause::should(OCT_ERROR_CODES, "Response Handling")),
    apr_2025: Some(Clause::must(
        APR_CHECKLIST,
        "Mandatory Requirements, 8. Error Handling: HTTP Error Handling Support",
    )),
    requires: "An answer that cannot be understood neither ends the app nor leaves the user without a \
               word.",
    boundary: "A successful answer that is broken off, is not what the reference describes, or \
              holds a value that nobody knows does not end the process; and who asked to sign in, \
              browse, play or sign out sees something, unless a repetition of the call brings a \
              sound answer. At a launch silence is no fault: nobody waits for an answer there.",
    why: "Proxies, captive portals and new values of the service reach real devices: an app that trusts \
          every answer crashes for whole networks at once.",
    remedy: "Check what was parsed, treat the unknown as an error, and show a message or try again.",
    needs_events: true,
    capability: None,
    check: Check::Alike(check),
};

fn check(view: &View<'_>, findings: &mut Findings) {
    for run in view.runs() {
        for exchange in run.steps.iter().filter_map(|step| step.answered()) {
            let Some(strange) = strange(exchange) else { continue };
            let Some(action) = run.action_at(exchange.arrived) else { continue };
            check_answer(view, run, action, exchange, &strange, findings);
        }
    }
}

/// What is strange about an answer.
enum Strange {
    /// It cannot be used.
    Unusable(&'static str),
    /// It can, but holds a value that nobody knows.
    Unknown(String),
}

fn strange(exchange: &Exchange) -> Option<Strange> {
    let answer = exchange.answer.as_ref().filter(|answer| (200..300).contains(&answer.status))?;
    let call =
        exchange.call.filter(|call| !matches!(call, Call::Authenticate | Call::ResetTempPass))?;
    if !answer.complete {
        return Some(Strange::Unusable("broke off"));
    }
    if answer.json().is_none() {
        return Some(Strange::Unusable("is not JSON"));
    }
    let readable = match call {
        Call::Register => exchange.credentials().is_some(),
        Call::Token => exchange.token().is_some(),
        Call::CreateSession | Call::ResumeSession | Call::PartnerRequest => {
            exchange.session().is_some()
        }
        Call::Profiles | Call::ProfileByMvpd | Call::ProfileByCode | Call::PartnerProfile => {
            exchange.profiles().is_some()
        }
        Call::Preauthorize | Call::Authorize => exchange.decided().next().is_some(),
        Call::Logout => !exchange.logouts().is_empty(),
        _ => true,
    };
    if !readable {
        return Some(Strange::Unusable("is not what the reference describes"));
    }
    unknown_value(exchange)
}

fn unknown_value(exchange: &Exchange) -> Option<Strange> {
    const ACTIONS: [&str; 5] = ["authenticate", "authorize", "resume", "retry", "partner_profile"];
    const PROFILES: [&str; 6] =
        ["regular", "degraded", "temporary", "appleSSO", "platformSSO", "serviceTokenSSO"];
    const SOURCES: [&str; 4] = ["mvpd", "degradation", "temppass", "dummy"];
    const LOGOUTS: [&str; 4] = ["logout", "complete", "invalid", "partner_logout"];
    if exchange.session().is_some_and(|told| !ACTIONS.contains(&told.action_name)) {
        // Without knowing what to do next there is no going on.
        return Some(Strange::Unusable("has an actionName that nobody knows"));
    }
    let profiles = exchange.profiles().unwrap_or_default();
    let profile = profiles.iter().find(|told| !PROFILES.contains(&told.kind));
    let logouts = exchange.logouts();
    let logout = logouts.iter().find(|told| !LOGOUTS.contains(&told.action_name));
    let unknown = profile.map(|told| told.kind).or_else(|| logout.map(|told| told.action_name));
    let unknown = unknown.or_else(|| sources(exchange).find(|source| !SOURCES.contains(source)));
    unknown.map(|value| Strange::Unknown(format!("holds {value:?}, which nobody knows")))
}

/// Who decided, as the decisions of an answer tell.
fn sources(exchange: &Exchange) -> impl Iterator<Item = &str> {
    let decides = exchange.is(&[Call::Preauthorize, Call::Authorize]);
    let decisions = exchange.json().filter(|_| decides);
    let decisions = decisions.and_then(|json| json.get("decisions")?.items());
    decisions.into_iter().flatten().filter_map(|decision| decision.get("source")?.as_str())
}

fn check_answer(
    view: &View<'_>,
    run: &Run<'_>,
    action: &UserAction<'_>,
    exchange: &Exchange,
    strange: &Strange,
    findings: &mut Findings,
) {
    let told = exchange.answered.unwrap_or(exchange.arrived);
    let later = || run.steps_of(action).iter().filter(|step| step.moment() > told);
    let what = match strange {
        Strange::Unusable(what) => *what,
        Strange::Unknown(what) => what.as_str(),
    };
    if let Some(crash) = later().filter_map(|step| step.event()).find(|event| is_crash(event)) {
        let violation = Violation::new(format!("the app ended after an answer that {what}"));
        findings.violate(violation.exchange(exchange, what).event(crash, "the process is gone"));
        return;
    }
    let waits =
        !matches!(action.action, Action::Launch | Action::Foreground | Action::Stop | Action::Quit);
    let is_answered = later().any(|step| match step {
        Step::Happened(event) => matches!(event.what, Happening::Showed(_)),
        Step::Answered(next) => is_same(next, exchange) && strange_or_failed(next).is_none(),
        Step::Asked(_) => false,
    });
    if matches!(strange, Strange::Unknown(_)) || !waits || is_answered {
        findings.exercise();
    } else if let Some(due) = patience::due(view, run, action, told, PATIENCE) {
        let sentence = format!(
            "an answer {what}, and the user saw nothing in {} s",
            due.since(told).as_secs()
        );
        let violation = Violation::new(sentence).exchange(exchange, what);
        let done = action.done.into_iter();
        findings.violate(done.fold(violation, |v, done| v.event(done, "done, without a word")));
    }
}

fn is_crash(event: &Event) -> bool {
    matches!(event.what, Happening::Ended { crashed: true })
}

fn is_same(one: &Exchange, other: &Exchange) -> bool {
    let profiles = [Call::Profiles, Call::ProfileByMvpd, Call::ProfileByCode];
    one.call == other.call || (one.is(&profiles) && other.is(&profiles))
}

/// Why an answer is no sound one.
fn strange_or_failed(exchange: &Exchange) -> Option<Strange> {
    if !exchange.succeeded() {
        return Some(Strange::Unusable("failed"));
    }
    strange(exchange)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::rules::testing;
    use crate::trace::Trace;
    use crate::trace::builder::{Ask, TraceBuilder};
    use crate::verdict::Verdict::{self, Fail, NotApplicable, NotExercised, Pass, Warn};

    fn verdicts(trace: &Trace) -> [Verdict; 2] {
        testing::verdicts(&RULE, trace)
    }

    fn answered(how: impl FnOnce(Ask) -> Ask) -> TraceBuilder {
        TraceBuilder::new().launch().registered().play("news").ask(Call::Authorize, how)
    }

    fn broken(ask: Ask) -> Ask {
        ask.answer_text(200, "application/json", "{\"decisions\":[")
    }

    fn crash() -> Happening {
        Happening::Ended { crashed: true }
    }

    #[test]
    fn a_word_or_a_sound_answer_passes() {
        let trace = answered(broken).says("error", "Something went wrong").done();
        assert_eq!(verdicts(&trace.build()), [Pass, Pass]);
        let trace = answered(broken).after(1.0).permitted("Cablevision", "news").done();
        assert_eq!(verdicts(&trace.build()), [Pass, Pass]);
    }

    #[test]
    fn silence_fails() {
        assert_eq!(verdicts(&answered(broken).done().build()), [Warn, Fail]);
        let again = answered(broken).after(1.0).ask(Call::Authorize, broken).done();
        assert_eq!(verdicts(&again.build()), [Warn, Fail]);
        assert_eq!(verdicts(&answered(broken).after(31.4).build()), [NotExercised; 2]);
        assert_eq!(verdicts(&answered(broken).after(31.5).build()), [Warn, Fail]);
    }

    #[test]
    fn a_crash_fails() {
        assert_eq!(verdicts(&answered(broken).happen(crash()).build()), [Warn, Fail]);
        let worded = answered(broken).says("error", "Oh").happen(crash()).build();
        assert_eq!(verdicts(&worded), [Warn, Fail]);
        let asked = answered(broken).says("error", "Oh").done().user(Action::Quit);
        let asked = asked.happen(Happening::Ended { crashed: false }).build();
        assert_eq!(verdicts(&asked), [Pass, Pass]);
    }

    #[test]
    fn these_answers_are_strange() {
        let decisions = json!({"decisions": [{"resource": "news", "authorized": true}]});
        let strange: [Box<dyn FnOnce(Ask) -> Ask>; 4] = [
            Box::new(|ask| ask.answer(200, decisions).truncated()),
            Box::new(|ask| ask.answer_text(200, "text/html", "<html>Welcome to our hotel</html>")),
            Box::new(|ask| ask.answer(200, json!({"decisions": "none"}))),
            Box::new(|ask| ask.answer(200, json!([]))),
        ];
        for how in strange {
            assert_eq!(verdicts(&answered(how).done().build()), [Warn, Fail]);
        }
    }

    #[test]
    fn each_call_has_its_own_form() {
        use Call::{CreateSession, Logout, Preauthorize, ProfileByCode, Register, Token};
        for call in [Register, Token, CreateSession, ProfileByCode, Preauthorize, Logout] {
            let trace = TraceBuilder::new().launch().sign_in("Dish");
            let trace = trace.ask(call, |ask| ask.answer(200, json!({"hello": "world"}))).done();
            assert_eq!(verdicts(&trace.build()), [Warn, Fail], "{call:?}");
        }
    }

    #[test]
    fn an_unknown_next_step_needs_a_word() {
        let told = json!({"actionName": "teleport", "actionType": "direct"});
        let trace = TraceBuilder::new().launch().sign_in("Dish");
        let trace = trace.ask(Call::CreateSession, |ask| ask.answer(200, told));
        assert_eq!(verdicts(&trace.clone().done().build()), [Warn, Fail]);
        assert_eq!(verdicts(&trace.says("error", "Not now").done().build()), [Pass, Pass]);
    }

    #[test]
    fn an_unknown_kind_of_profile_may_be_used_in_silence() {
        let told = json!({"profiles": {"Dish": {"type": "quantumSSO"}}});
        let trace = TraceBuilder::new().launch().sign_in("Dish");
        let trace = trace.ask(Call::ProfileByCode, |ask| ask.answer(200, told));
        assert_eq!(verdicts(&trace.clone().done().build()), [Pass, Pass]);
        assert_eq!(verdicts(&trace.happen(crash()).build()), [Warn, Fail]);
    }

    #[test]
    fn an_unknown_source_of_a_decision_may_be_taken_as_it_is() {
        let decision = json!({"resource": "news", "authorized": true, "source": "oracle"});
        let trace = answered(|ask| ask.answer(200, json!({"decisions": [decision]})));
        assert_eq!(verdicts(&trace.clone().done().build()), [Pass, Pass]);
        assert_eq!(verdicts(&trace.happen(crash()).build()), [Warn, Fail]);
    }

    #[test]
    fn nobody_waits_for_an_answer_at_launch() {
        let trace = TraceBuilder::new().launch().ask(Call::Profiles, broken);
        assert_eq!(verdicts(&trace.clone().done().build()), [Pass, Pass]);
        assert_eq!(verdicts(&trace.happen(crash()).build()), [Warn, Fail]);
    }

    #[test]
    fn sound_answers_and_errors_do_not_exercise_it() {
        let trace =
            TraceBuilder::new().launch().registered().no_profiles().configuration().play("x");
        let trace = trace.permitted("Dish", "x").denied("Dish", "x", "c", "none").done();
        assert_eq!(verdicts(&trace.build()), [NotExercised; 2]);
        assert_eq!(verdicts(&answered(|ask| ask.status(500)).done().build()), [NotExercised; 2]);
        assert_eq!(verdicts(&TraceBuilder::capture().build()), [NotApplicable; 2]);
    }
}
