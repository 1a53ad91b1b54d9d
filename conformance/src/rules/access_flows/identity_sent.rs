//! TMP-1

use std::collections::{HashMap, HashSet};

use crate::rules::documents::{APR_TEMPORARY, OCT_TEMPORARY};
use crate::rules::headers::encoded;
use crate::rules::{Clause, Findings, Phase, Rule, Violation};
use crate::trace::{Call, Exchange, View};
use crate::verdict::Edition;

pub(crate) static RULE: Rule = Rule {
    id: "TMP-1",
    name: "identity-sent",
    phase: Phase::AccessFlows,
    oct_2024: Some(Clause::must(
        OCT_TEMPORARY,
        "Retrieve authorization decisions using promotional TempPass",
    )),
    apr_2025: Some(Clause::must(
        APR_TEMPORARY,
        "Retrieve authorization decisions using promotional TempPass",
    )),
    requires: "Profile and authorize calls for a promotional TempPass carry the user's identity in \
               AP-TempPass-Identity.",
    boundary: "Calls 9, 10 and 12 for a promotional TempPass carry a readable \
              `AP-TempPass-Identity`. Which MVPDs are promotional shows in the answers: a profile \
              that counts resources, or the error that asks for the identity.",
    why: "A promotion is granted to a person: without the identity every call is refused, and the trial \
          that was advertised does not work.",
    remedy: "Send AP-TempPass-Identity, Base64 of the user's identity, on calls for that MVPD.",
    needs_events: false,
    capability: Some("temp_pass"),
    check,
};

fn check(view: &View<'_>, _: Edition, findings: &mut Findings) {
    let codes: HashMap<&str, &str> =
        view.sessions().filter_map(|session| Some((session.code, session.mvpd?))).collect();
    let mvpd = |exchange| mvpd(exchange, &codes);
    let calls = || {
        let calls = [Call::ProfileByMvpd, Call::ProfileByCode, Call::Authorize];
        view.exchanges().filter(move |exchange| exchange.is(&calls))
    };
    let promotional: HashSet<&str> =
        calls().filter(|e| is_promotional(e)).filter_map(mvpd).collect();
    for exchange in calls().filter(|e| mvpd(e).is_some_and(|mvpd| promotional.contains(mvpd))) {
        findings.exercise();
        let problem = match exchange.header("ap-temppass-identity") {
            None => "without AP-TempPass-Identity",
            Some(value) if encoded::base64(value.trim()).is_none_or(|bytes| bytes.is_empty()) => {
                "with an AP-TempPass-Identity that is not Base64 of anything"
            }
            Some(_) => continue,
        };
        let call = exchange.call.map_or(exchange.path.as_str(), |call| call.signature());
        let what = format!("{call} for a promotional TempPass came {problem}");
        findings.violate(Violation::new(what).exchange(exchange, problem));
    }
}

/// The MVPD that a call is about: by its path, or by the session whose code it names.
fn mvpd<'t>(exchange: &'t Exchange, codes: &HashMap<&str, &'t str>) -> Option<&'t str> {
    let by_code = || codes.get(exchange.code.as_deref()?).copied();
    exchange.mvpd.as_deref().or_else(by_code)
}

fn is_promotional(exchange: &Exchange) -> bool {
    let items = exchange.decisions().into_iter().filter_map(|decision| decision.error);
    let asks_for_it = |code: &str| code == "invalid_header_identity_for_temporary_access";
    let asked = exchange.error().into_iter().chain(items).any(|error| asks_for_it(error.code));
    let counts = || {
        let profiles = exchange.json()?.get("profiles")?.members()?;
        let mut attributes =
            profiles.into_values().filter_map(|profile| profile.get("attributes")?.members());
        let counts = ["remaining_resources", "used_assets"];
        Some(attributes.any(|held| counts.iter().any(|name| held.contains_key(name))))
    };
    asked || counts().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::rules::testing;
    use crate::trace::Trace;
    use crate::trace::builder::{Ask, TraceBuilder};
    use crate::verdict::Verdict::{self, Fail, NotApplicable, NotExercised, Pass};

    fn verdict(trace: &Trace) -> Verdict {
        let [oct, apr] = testing::verdicts(&RULE, trace);
        assert_eq!(oct, apr);
        oct
    }

    fn identified(ask: Ask) -> Ask {
        ask.header("AP-TempPass-Identity", "eyJlbWFpbCI6ICJleGFtcGxlQGRvbWFpbi5jb20ifQ==")
    }

    fn checked() -> TraceBuilder {
        let attributes = json!({"remaining_resources": {"value": 1, "state": "plain"}});
        let profile = json!({"type": "temporary", "attributes": attributes});
        TraceBuilder::new().launch().ask(Call::ProfileByMvpd, |ask| {
            identified(ask).mvpd("Promo").answer(200, json!({"profiles": {"Promo": profile}}))
        })
    }

    #[test]
    fn the_identity_on_every_call_passes() {
        let trace = checked().ask(Call::Authorize, |ask| identified(ask).mvpd("Promo"));
        assert_eq!(verdict(&trace.build()), Pass);
    }

    #[test]
    fn no_identity_or_an_unreadable_one_fails() {
        let asked = |how: fn(Ask) -> Ask| verdict(&checked().ask(Call::Authorize, how).build());
        assert_eq!(asked(|ask| ask.mvpd("Promo")), Fail);
        assert_eq!(asked(|ask| ask.mvpd("Promo").header("AP-TempPass-Identity", "")), Fail);
        assert_eq!(asked(|ask| ask.mvpd("Promo").header("AP-TempPass-Identity", "a@b.c")), Fail);
    }

    #[test]
    fn the_error_itself_tells() {
        let code = "invalid_header_identity_for_temporary_access";
        let trace = TraceBuilder::new().launch();
        let asked = trace.clone().ask(Call::ProfileByMvpd, |ask| ask.error(400, code, "none"));
        assert_eq!(verdict(&asked.build()), Fail);
        assert_eq!(verdict(&trace.clone().denied("Promo", "news", code, "none").build()), Fail);
        let polled =
            trace.session("Promo").ask(Call::ProfileByCode, |ask| ask.error(400, code, "none"));
        assert_eq!(verdict(&polled.build()), Fail);
    }

    #[test]
    fn other_mvpds_need_none() {
        assert_eq!(verdict(&checked().permitted("Dish", "news").build()), Pass);
        let basic = json!({"profiles": {"Basic": {"type": "temporary", "attributes": {}}}});
        let trace = TraceBuilder::new()
            .ask(Call::ProfileByMvpd, |ask| ask.mvpd("Basic").answer(200, basic))
            .permitted("Basic", "news");
        assert_eq!(verdict(&trace.build()), NotExercised);
    }

    #[test]
    fn a_client_without_temporary_access_is_not_judged() {
        let trace = checked().context(|context| context.capabilities = Some([].into()));
        assert_eq!(verdict(&trace.build()), NotApplicable);
    }
}
