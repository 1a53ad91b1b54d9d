//! AZN-6

use super::media_token::Key;
use super::plays;
use crate::rules::documents::APR_CHECKLIST;
use crate::rules::{Check, Clause, Findings, Phase, Rule, Violation};
use crate::trace::{Event, Run, Seal, UserAction, View};

pub(crate) static RULE: Rule = Rule {
    id: "AZN-6",
    name: "token-verified",
    phase: Phase::Decisions,
    oct_2024: None,
    apr_2025: Some(Clause::should(
        APR_CHECKLIST,
        "Recommended Practices, 5. Authorization Phase: Media Tokens Validation",
    )),
    requires: "A media token is verified before the stream is released; a forged or expired one \
               releases nothing.",
    boundary: "After a permit whose media token is forged, or has expired when playback starts, \
              nothing plays.",
    why: "Whoever releases a stream on an unverified token gives it to anybody who can make one up: \
          that is how streams are ripped.",
    remedy: "Hand the token to a backend with the media token verifier, and play only what it finds \
             valid.",
    needs_events: true,
    capability: Some("media_token_check"),
    check: Check::Alike(check),
};

fn check(view: &View<'_>, findings: &mut Findings) {
    let Some(key) = view.context().media_token_key.as_deref().and_then(Key::from_pem) else {
        return;
    };
    for run in view.runs() {
        for (action, resource) in plays::asked(run) {
            check_play(view, &key, run, action, resource, findings);
        }
    }
}

fn check_play<'t>(
    view: &View<'t>,
    key: &Key,
    run: &Run<'t>,
    action: &UserAction<'t>,
    resource: &str,
    findings: &mut Findings,
) {
    let started: Option<&Event> = plays::started(run, action, resource).next();
    let end = run.steps_of(action).last().map_or(action.begun, |step| step.moment());
    let until = started.map_or(end, |started| started.at);
    let Some((exchange, decision)) = plays::decisions(run, resource, action.begun, until).last()
    else {
        return;
    };
    let Some(token) = decision.token.filter(|_| decision.authorized) else { return };
    let told = exchange.answered.unwrap_or(exchange.arrived);
    let at = started.map_or(told, |started| started.at).at;
    let fault = match view.seal(token, || key.seal(token)) {
        Seal::Broken => "that is none".into(),
        Seal::Forged => "with a forged signature".into(),
        Seal::Genuine(end) if at > end => {
            format!("that had expired {} s before", (at - end) / 1000)
        }
        Seal::Genuine(_) => return,
    };
    findings.exercise();
    if let Some(started) = started {
        let what = format!("{resource:?} played on a media token {fault}");
        let violation = Violation::new(what).exchange(exchange, format!("a media token {fault}"));
        findings.violate(violation.event(started, format!("plays {resource:?}")));
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use pass_mock::clock::Timestamp;
    use pass_mock::tokens::{MediaToken, Signer};
    use serde_json::json;

    use super::*;
    use crate::protocol::ClientEvent;
    use crate::rules::testing;
    use crate::trace::builder::{START, TraceBuilder};
    use crate::trace::{Call, Trace};
    use crate::verdict::Verdict::{self, NotApplicable, NotExercised, Warn};

    const KEY: &str = include_str!("../../../../fixtures/keys/media-token.pem");

    fn verdict(trace: &Trace) -> Verdict {
        let [oct, apr] = testing::verdicts(&RULE, trace);
        assert_eq!(oct, NotApplicable);
        apr
    }

    /// A token of seven minutes, issued so many seconds after the start.
    fn token(issued: i64) -> String {
        let token = MediaToken {
            session_guid: "guid".into(),
            requestor_id: "REF30".into(),
            resource_id: "news".into(),
            ttl: Duration::from_secs(420),
            issue_time: Timestamp(START + issued * 1000),
            mvpd_id: "Dish".into(),
            proxy_mvpd_id: None,
        };
        Signer::from_pem(KEY).unwrap().serialize(&token).unwrap()
    }

    fn forged() -> String {
        let xml = String::from_utf8(STANDARD.decode(token(0)).unwrap()).unwrap();
        STANDARD.encode(xml.replace("<ttl>420000<", "<ttl>990000<"))
    }

    fn permitted(token: &str) -> TraceBuilder {
        let key = Signer::from_pem(KEY).unwrap().public_key_pem().to_owned();
        let token = json!({"serializedToken": token});
        let decision = json!({"resource": "news", "authorized": true, "token": token});
        TraceBuilder::new()
            .context(|context| context.media_token_key = Some(key))
            .launch()
            .play("news")
            .ask(Call::Authorize, |ask| ask.answer(200, json!({"decisions": [decision]})))
    }

    fn playing() -> ClientEvent {
        ClientEvent::Playing { resource: "news".into() }
    }

    #[test]
    fn a_sound_token_is_no_trial() {
        let trace = permitted(&token(0)).shows(playing()).done();
        assert_eq!(verdict(&trace.build()), NotExercised);
    }

    #[test]
    fn playing_on_a_forged_token_is_warned_of() {
        for bad in [forged(), "x".into(), String::new()] {
            assert_eq!(verdict(&permitted(&bad).shows(playing()).build()), Warn, "{bad}");
        }
    }

    #[test]
    fn playing_on_an_expired_token_is_warned_of() {
        let played = |seconds| permitted(&token(0)).after(seconds).shows(playing()).build();
        assert_eq!(verdict(&played(420.0)), NotExercised);
        assert_eq!(verdict(&played(420.001)), Warn);
    }

    #[test]
    fn playing_nothing_passes() {
        assert_eq!(verdict(&permitted(&forged()).done().build()), Verdict::Pass);
        assert_eq!(verdict(&permitted(&token(-500)).done().build()), Verdict::Pass);
        let late = permitted(&token(0)).after(999.0).done();
        assert_eq!(verdict(&late.build()), NotExercised);
    }

    #[test]
    fn without_the_key_nothing_can_be_told() {
        let trace = permitted(&forged()).context(|context| context.media_token_key = None);
        assert_eq!(verdict(&trace.shows(playing()).build()), NotExercised);
    }

    #[test]
    fn a_client_that_leaves_it_to_its_backend_is_not_judged() {
        let trace = permitted(&forged()).context(|context| context.capabilities = Some([].into()));
        assert_eq!(verdict(&trace.shows(playing()).build()), NotApplicable);
    }
}
