//! TMP-1

use foldhash::HashMap;

use crate::rules::documents::{APR_TEMPORARY, OCT_TEMPORARY};
use crate::rules::headers::encoded;
use crate::rules::{Check, Clause, Findings, Phase, Rule, Violation};
use crate::trace::{Call, Exchange, Promotions, Trace, View};

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
    check: Check::Alike(check),
};

const CALLS: [Call; 3] = [Call::ProfileByMvpd, Call::ProfileByCode, Call::Authorize];

fn check(view: &View<'_>, findings: &mut Findings) {
    let Promotions { mvpds, codes } = view.promotions(read_promotions);
    let is_about = |exchange: &&Exchange| {
        !mvpds.is_empty() && mvpd(exchange, codes).is_some_and(|mvpd| mvpds.contains(mvpd))
    };
    for exchange in view.exchanges().filter(|e| e.is(&CALLS)).filter(is_about) {
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

/// What the answers to all devices show.
fn read_promotions(trace: &Trace) -> Promotions<'_> {
    let promotional: Vec<_> =
        trace.exchanges.iter().filter(|e| e.is(&CALLS) && is_promotional(e)).collect();
    if promotional.is_empty() {
        return Promotions::default();
    }
    let mut codes = HashMap::default();
    for exchange in &trace.exchanges {
        let Some(told) = exchange.session() else { continue };
        let named = told.mvpd.or(exchange.mvpd.as_deref());
        codes.extend(told.code.or(exchange.code.as_deref()).zip(named));
    }
    let mvpds = promotional.into_iter().filter_map(|exchange| mvpd(exchange, &codes)).collect();
    Promotions { mvpds, codes }
}

/// The MVPD that a call is about: by its path, or by the session whose code it names.
fn mvpd<'t>(exchange: &'t Exchange, codes: &HashMap<&str, &'t str>) -> Option<&'t str> {
    let by_code = || codes.get(exchange.code.as_deref()?).copied();
    exchange.mvpd.as_deref().or_else(by_code)
}

fn is_promotional(exchange: &Exchange) -> bool {
    let asks_for_it = |code: &str| code == "invalid_header_identity_for_temporary_access";
    let asked = exchange.errors().any(|error| asks_for_it(error.code));
    let counts = || {
        let profiles = exchange.json()?.get("profiles")?.members()?;
        let mut attributes =
            profiles.into_iter().filter_map(|(_, profile)| profile.get("attributes"));
        let counts = ["remaining_resources", "used_assets"];
        Some(attributes.any(|held| counts.iter().any(|name| held.get(name).is_some())))
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
