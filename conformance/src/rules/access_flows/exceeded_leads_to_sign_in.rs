//! TMP-2

use crate::protocol::{Action, ClientEvent};
use crate::rules::documents::{APR_TEMPORARY, OCT_TEMPORARY};
use crate::rules::offers;
use crate::rules::patience::{self, PATIENCE};
use crate::rules::{Check, Clause, Findings, Phase, Rule, Violation};
use crate::trace::{Call, Exchange, Happening, Run, Step, UserAction, View};

pub(crate) static RULE: Rule = Rule {
    id: "TMP-2",
    name: "exceeded-leads-to-sign-in",
    phase: Phase::AccessFlows,
    oct_2024: Some(Clause::must(
        OCT_TEMPORARY,
        "Retrieve authorization decisions when basic or promotional TempPass expires",
    )),
    apr_2025: Some(Clause::must(
        APR_TEMPORARY,
        "Retrieve authorization decisions when basic or promotional TempPass expires",
    )),
    requires: "When a trial is used up, the client offers a regular sign-in and does not try again.",
    boundary: "After an answer that a limit of temporary access is exceeded, the call does not \
              come again within the user action, and a regular sign-in is offered. At a launch \
              the offer may wait until the user wants something. A look-up that tells so after the \
              same action's permit tells of the item that is playing, the last one, and demands \
              nothing. Playing all the same is AZN-2's business.",
    why: "The end of the trial is when a viewer could become a customer: an app that only fails there \
          loses them.",
    remedy: "On temporary_access_duration_limit_exceeded and temporary_access_resources_limit_exceeded \
             say that the trial is over and offer to sign in.",
    needs_events: true,
    capability: Some("temp_pass"),
    check: Check::Alike(check),
};

fn check(view: &View<'_>, findings: &mut Findings) {
    for run in view.runs().filter(|run| run.may_hear_errors()) {
        for action in &run.actions {
            let answered = run.steps_of(action).iter().filter_map(|step| step.answered());
            if let Some(exceeded) = first(answered) {
                check_action(view, run, action, &exceeded, findings);
            }
        }
    }
}

/// An answer that a limit is exceeded.
struct Exceeded<'t> {
    exchange: &'t Exchange,
    code: &'t str,
    resource: Option<&'t str>,
}

/// The first one of an action that stands between the viewer and what they want.
fn first<'t>(answered: impl Iterator<Item = &'t Exchange>) -> Option<Exceeded<'t>> {
    let mut permitted = None;
    for exchange in answered {
        let exceeded = read(exchange);
        let is_last_item = |told: &Exceeded<'_>| {
            told.resource.is_none() && permitted.is_some() && permitted == exchange.mvpd.as_deref()
        };
        if exceeded.as_ref().is_some_and(|told| !is_last_item(told)) {
            return exceeded;
        }
        let permits =
            exchange.is(&[Call::Authorize]) && exchange.decided().any(|told| told.authorized);
        if permits {
            permitted = exchange.mvpd.as_deref();
        }
    }
    None
}

fn read(exchange: &Exchange) -> Option<Exceeded<'_>> {
    let is_limit = |code: &str| {
        matches!(
            code,
            "temporary_access_duration_limit_exceeded"
                | "temporary_access_resources_limit_exceeded"
        )
    };
    if let Some(error) = exchange.error().filter(|error| is_limit(error.code)) {
        return Some(Exceeded { exchange, code: error.code, resource: None });
    }
    exchange.decided().find_map(|told| {
        let error = told.error.filter(|error| is_limit(error.code))?;
        Some(Exceeded { exchange, code: error.code, resource: Some(told.resource) })
    })
}

fn check_action(
    view: &View<'_>,
    run: &Run<'_>,
    action: &UserAction<'_>,
    exceeded: &Exceeded<'_>,
    findings: &mut Findings,
) {
    let told = exceeded.exchange.answered.unwrap_or(exceeded.exchange.arrived);
    let later = || run.steps_of(action).iter().filter(|step| step.moment() > told);
    if later().any(|step| is_playing(step)) {
        return;
    }
    let what = exceeded.code;
    if let Some(again) =
        later().filter_map(|step| step.asked()).find(|next| repeats(next, exceeded))
    {
        let violation = Violation::new(format!("tried again after {what}"))
            .exchange(exceeded.exchange, "the trial is over")
            .exchange(again, "the same call again");
        findings.violate(violation);
        return;
    }
    let may_wait = matches!(action.action, Action::Launch | Action::Foreground);
    let signs_in = |step: &&Step<'_>| offers::sign_in(step) && !is_for(step, exceeded);
    if later().any(|step| signs_in(&step)) || may_wait {
        findings.exercise();
    } else if patience::due(view, run, action, told, PATIENCE).is_some() {
        let violation = Violation::new(format!("offered no regular sign-in after {what}"))
            .exchange(exceeded.exchange, "the trial is over");
        let done = action.done.into_iter();
        findings.violate(done.fold(violation, |v, done| v.event(done, "done, without an offer")));
    }
}

fn is_playing(step: &Step<'_>) -> bool {
    let event = step.event();
    event.is_some_and(|e| matches!(e.what, Happening::Showed(ClientEvent::Playing { .. })))
}

fn repeats(next: &Exchange, exceeded: &Exceeded<'_>) -> bool {
    let same = (&next.method, &next.path) == (&exceeded.exchange.method, &exceeded.exchange.path);
    let resources = next.resources();
    same && exceeded.resource.is_none_or(|resource| resources.contains(&resource))
}

/// A session for the trial itself is no regular sign-in.
fn is_for(step: &Step<'_>, exceeded: &Exceeded<'_>) -> bool {
    let session = step.asked().filter(|asked| asked.is(&[Call::CreateSession]));
    session.is_some_and(|asked| asked.mvpd.is_some() && asked.mvpd == exceeded.exchange.mvpd)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing;
    use crate::trace::Trace;
    use crate::trace::builder::TraceBuilder;
    use crate::verdict::Verdict::{self, Fail, NotApplicable, NotExercised, Pass};

    const CODE: &str = "temporary_access_duration_limit_exceeded";

    fn verdict(trace: &Trace) -> Verdict {
        let [oct, apr] = testing::verdicts(&RULE, trace);
        assert_eq!(oct, apr);
        oct
    }

    fn denied(trace: TraceBuilder) -> TraceBuilder {
        trace.denied("Trial", "news", CODE, "authentication")
    }

    fn played() -> TraceBuilder {
        denied(TraceBuilder::new().launch().play("news"))
    }

    #[test]
    fn offering_a_sign_in_passes() {
        let trace = played().says("sign_in_offered", "Your trial is over").done();
        assert_eq!(verdict(&trace.build()), Pass);
        let trace = played().shows(ClientEvent::PickerShown { mvpds: Vec::new() }).done();
        assert_eq!(verdict(&trace.build()), Pass);
        assert_eq!(verdict(&played().session("Dish").done().build()), Pass);
    }

    #[test]
    fn no_offer_fails() {
        assert_eq!(verdict(&played().done().build()), Fail);
        assert_eq!(verdict(&played().says("info", "Over").done().build()), Fail);
        assert_eq!(verdict(&played().session("Trial").done().build()), Fail);
        assert_eq!(verdict(&played().after(31.4).build()), NotExercised);
        assert_eq!(verdict(&played().after(31.5).build()), Fail);
    }

    #[test]
    fn trying_again_fails() {
        let trace = denied(played().after(1.0)).says("sign_in_offered", "Sign in").done();
        assert_eq!(verdict(&trace.build()), Fail);
        let other = played().permitted("Trial", "sports").says("sign_in_offered", "Sign in");
        assert_eq!(verdict(&other.build()), Pass);
        let later = played().says("sign_in_offered", "Sign in").done().play("news");
        assert_eq!(verdict(&denied(later).says("sign_in_offered", "Sign in").build()), Pass);
    }

    #[test]
    fn the_profile_calls_tell_too() {
        let code = "temporary_access_resources_limit_exceeded";
        let asked = |trace: TraceBuilder| {
            trace.ask(Call::ProfileByMvpd, |ask| ask.error(403, code, "authentication"))
        };
        let trace = asked(TraceBuilder::new().launch());
        assert_eq!(verdict(&trace.clone().done().build()), Pass);
        assert_eq!(verdict(&asked(trace).done().build()), Fail);
        assert_eq!(verdict(&asked(TraceBuilder::new().launch().play("x")).done().build()), Fail);
    }

    #[test]
    fn the_last_item_may_be_watched_to_its_end() {
        let looked_up = |mvpd: &'static str, trace: TraceBuilder| {
            trace.ask(Call::ProfileByMvpd, |ask| {
                let code = "temporary_access_resources_limit_exceeded";
                ask.mvpd(mvpd).error(403, code, "authentication")
            })
        };
        let permitted = || TraceBuilder::new().launch().play("news").permitted("Trial", "news");
        assert_eq!(verdict(&looked_up("Trial", permitted()).done().build()), NotExercised);
        assert_eq!(verdict(&looked_up("Other", permitted()).done().build()), Fail);
        let earlier = permitted().done().play("sports");
        assert_eq!(verdict(&looked_up("Trial", earlier).done().build()), Fail);
        let denied_too = denied(looked_up("Trial", permitted())).done();
        assert_eq!(verdict(&denied_too.build()), Fail);
    }

    #[test]
    fn playing_all_the_same_is_judged_elsewhere() {
        let trace = played().shows(ClientEvent::Playing { resource: "news".into() }).done();
        assert_eq!(verdict(&trace.build()), NotExercised);
    }

    #[test]
    fn a_regular_deny_is_another_matter() {
        let trace = TraceBuilder::new().launch().play("news");
        let trace = trace.denied("Dish", "news", "authorization_denied_by_mvpd", "none").done();
        assert_eq!(verdict(&trace.build()), NotExercised);
        assert_eq!(verdict(&TraceBuilder::capture().build()), NotApplicable);
        let without = played().done().context(|context| context.capabilities = Some([].into()));
        assert_eq!(verdict(&without.build()), NotApplicable);
    }
}
