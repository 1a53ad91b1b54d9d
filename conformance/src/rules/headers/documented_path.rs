//! HDR-8

use super::alike::Alike;
use crate::rules::documents::APR_CHECKLIST;
use crate::rules::{Check, Clause, Findings, Phase, Rule};
use crate::trace::{Call, Exchange, RawExchange, View};

pub(crate) static RULE: Rule = Rule {
    id: "HDR-8",
    name: "documented-path",
    phase: Phase::Headers,
    oct_2024: Some(Clause::must(
        "rest-api-v2/apis/rest-api-v2-apis-overview.md",
        "REST API V2 APIs Overview",
    )),
    apr_2025: Some(Clause::must(
        APR_CHECKLIST,
        "Mandatory Requirements, 7. Parameters and Headers: Follow APIs References",
    )),
    requires: "Every call goes to a method and path that the reference documents.",
    boundary: "No call goes to a method and path that the reference does not have.",
    why: "Anything else is answered 404 or 405: the call does nothing but use up the device's \
          allowance.",
    remedy: "Take method and path from the reference page of the call, not from prose or samples: \
             the cookbook's step 6 and a few samples misprint them.",
    needs_events: false,
    capability: None,
    check: Check::Alike(check),
};

fn check(view: &View<'_>, findings: &mut Findings) {
    let mut alike = Alike::default();
    for exchange in view.exchanges() {
        findings.exercise();
        if exchange.call.is_none() {
            let what = format!("{} {} is not in the reference", exchange.method, exchange.path);
            let shows = meant(exchange).map_or_else(
                || "no documented call".into(),
                |call| format!("probably meant: {}", call.signature()),
            );
            alike.add(what, None, exchange, shows);
        }
    }
    alike.report(findings);
}

/// The documented call that a request probably was to be: the same path with another method, or
/// with a usual slip mended.
fn meant(exchange: &Exchange) -> Option<Call> {
    let path = exchange.path.replace("//", "/");
    let paths = [
        path.replace("/decision/", "/decisions/").replace("/session/", "/sessions/"),
        path.replace("/api/v1/", "/api/v2/"),
        format!("/api/v2{path}"),
        path.trim_end_matches('/').to_owned(),
    ];
    let own = exchange.method.to_ascii_uppercase();
    let methods = [own.as_str(), "GET", "POST", "DELETE"];
    methods.iter().find_map(|method| paths.iter().find_map(|path| call_at(method, path)))
}

fn call_at(method: &str, path: &str) -> Option<Call> {
    let raw = RawExchange { method: method.into(), target: path.into(), ..RawExchange::default() };
    Exchange::from(raw).call
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing;
    use crate::trace::Trace;
    use crate::trace::builder::TraceBuilder;
    use crate::verdict::Verdict::{self, Fail, NotExercised, Pass};

    fn verdict(trace: &Trace) -> Verdict {
        let [oct, apr] = testing::verdicts(&RULE, trace);
        assert_eq!(oct, apr);
        oct
    }

    fn sent(method: &str, path: &str) -> Trace {
        TraceBuilder::new().ask(Call::Profiles, |ask| ask.target(method, path).status(404)).build()
    }

    #[test]
    fn documented_calls_pass() {
        let trace = TraceBuilder::new().launch().registered().no_profiles().build();
        assert_eq!(verdict(&trace), Pass);
        assert_eq!(verdict(&sent("GET", "/api/v2/REF30/profiles/")), Pass);
    }

    #[test]
    fn another_path_or_method_fails_and_says_what_was_meant() {
        let meant = [
            ("POST", "/api/v2/REF30/decision/authorize/Dish", Some(Call::Authorize)),
            ("GET", "/api/v2/REF30/sessions", Some(Call::CreateSession)),
            ("post", "/api/v2/REF30/sessions", Some(Call::CreateSession)),
            ("POST", "/api/v2/REF30/logout/Dish", Some(Call::Logout)),
            ("GET", "/REF30/profiles", Some(Call::Profiles)),
            ("GET", "/api/v1/REF30/profiles", Some(Call::Profiles)),
            ("GET", "/api/v2/REF30//profiles", Some(Call::Profiles)),
            ("GET", "/favicon.ico", None),
        ];
        for (method, path, call) in meant {
            let trace = sent(method, path);
            assert_eq!(verdict(&trace), Fail, "{path}");
            assert_eq!(super::meant(&trace.exchanges[0]), call, "{path}");
        }
    }

    #[test]
    fn a_client_that_never_calls_does_not_exercise_it() {
        assert_eq!(verdict(&TraceBuilder::new().launch().build()), NotExercised);
    }
}
