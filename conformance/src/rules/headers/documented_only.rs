//! HDR-6

use super::alike::Alike;
use super::reference::{self, Body, EVERYWHERE, Reference};
use crate::rules::documents::APR_CHECKLIST;
use crate::rules::{Check, Clause, Findings, Phase, Rule};
use crate::trace::{Exchange, Json, View};

pub(crate) static RULE: Rule = Rule {
    id: "HDR-6",
    name: "documented-only",
    phase: Phase::Headers,
    oct_2024: None,
    apr_2025: Some(Clause::must(
        APR_CHECKLIST,
        "Mandatory Requirements, 7. Parameters and Headers: Follow APIs References",
    )),
    requires: "A call carries only parameters and AP- or AD- headers that its reference page knows.",
    boundary: "Query and body parameters and `AP-*`/`AD-*` headers of REST API v2 calls are those \
              of the call's reference page. Registration is another API, whose standard allows \
              for more.",
    why: "Leftovers of the older API and misspelt names do nothing at best; at worst the call is refused \
          with 400 when the service grows stricter.",
    remedy: "Send what the reference page of the call lists, spelt as it is there, and drop the rest.",
    needs_events: false,
    capability: None,
    check: Check::Alike(check),
};

fn check(view: &View<'_>, findings: &mut Findings) {
    let mut alike = Alike::default();
    for exchange in view.exchanges() {
        let Some(call) = exchange.call.filter(|call| call.is_protected()) else { continue };
        findings.exercise();
        let known = reference::of(call);
        for unknown in unknown(&known, exchange) {
            let what = format!("{} knows no {unknown}", call.signature());
            alike.add(what, None, exchange, format!("carries the {unknown}"));
        }
    }
    alike.report(findings);
}

/// What a request carries that its call does not know, in order.
fn unknown(known: &Reference, exchange: &Exchange) -> Vec<String> {
    let query = exchange.query.iter().map(|(name, _)| name.as_str());
    let query = query.filter(|name| !known.query.contains(name));
    let mut unknown: Vec<_> = query.map(|name| format!("query parameter {name:?}")).collect();
    let mut in_body = |name: &str| {
        if !known.parameters.contains(&name) {
            unknown.push(format!("body parameter {name:?}"));
        }
    };
    match body(known, exchange) {
        Some(Body::Form) => form_urlencoded::parse(exchange.body.as_bytes())
            .filter(|(name, _)| !name.is_empty())
            .for_each(|(name, _)| in_body(&name)),
        Some(Body::Json) => {
            let members = exchange.body.json().and_then(Json::members);
            members.into_iter().flatten().for_each(|(name, _)| in_body(name));
        }
        None => {}
    }
    let headers = exchange.headers.iter().map(|(name, _)| name.as_str());
    let headers = headers.filter(|name| name.starts_with("ap-") || name.starts_with("ad-"));
    let headers =
        headers.filter(|name| !known.headers.contains(name) && !EVERYWHERE.contains(name));
    unknown.extend(headers.map(|name| format!("header {name}")));
    unknown.sort();
    unknown.dedup();
    unknown
}

/// How the body is to be read. One of another media type is HDR-5's business.
fn body(known: &Reference, exchange: &Exchange) -> Option<Body> {
    known.body.filter(|body| {
        let sent = exchange.header("content-type").unwrap_or_default();
        let sent = sent.get(..body.media_type().len());
        sent.is_some_and(|sent| sent.eq_ignore_ascii_case(body.media_type()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing;
    use crate::trace::builder::{Ask, TraceBuilder};
    use crate::trace::{Call, Trace};
    use crate::verdict::Edition;
    use crate::verdict::Verdict::{self, Fail, NotApplicable, NotExercised, Pass};

    fn verdict(trace: &Trace) -> Verdict {
        let [oct, apr] = testing::verdicts(&RULE, trace);
        assert_eq!(oct, NotApplicable);
        apr
    }

    fn sent(call: Call, change: impl FnOnce(Ask) -> Ask) -> Trace {
        TraceBuilder::new().ask(call, change).build()
    }

    #[test]
    fn a_conforming_client_passes() {
        let trace = TraceBuilder::new()
            .launch()
            .registered()
            .configuration()
            .session("Cablevision")
            .poll_finds("Cablevision")
            .preauthorized("Cablevision", &["news"])
            .permitted("Cablevision", "news")
            .logout("Cablevision", "complete", "none");
        assert_eq!(verdict(&trace.build()), Pass);
    }

    #[test]
    fn documented_extras_pass() {
        let path = "/api/v2/REF30/logout/Dish?redirectUrl=https%3A%2F%2Fadobe.com";
        assert_eq!(verdict(&sent(Call::Logout, |ask| ask.target("GET", path))), Pass);
        let path = "/api/v2/REF30/configuration?profile=x";
        assert_eq!(verdict(&sent(Call::Configuration, |ask| ask.target("GET", path))), Pass);
        for name in ["AP-Visitor-Identifier", "AD-Service-Token", "AP-Partner-Framework-Status"] {
            assert_eq!(
                verdict(&sent(Call::Authorize, |ask| ask.header(name, "x"))),
                Pass,
                "{name}"
            );
        }
        for name in ["Accept-Language", "X-Request-Id", "Adobe-Subject-Token", "traceparent"] {
            assert_eq!(verdict(&sent(Call::ProfileByCode, |ask| ask.header(name, "x"))), Pass);
        }
    }

    #[test]
    fn unknown_names_fail() {
        let path = "/api/v2/REF30/profiles?format=json";
        assert_eq!(verdict(&sent(Call::Profiles, |ask| ask.target("GET", path))), Fail);
        assert_eq!(verdict(&sent(Call::CreateSession, |ask| ask.body("mvpd=x&domain=y"))), Fail);
        let body = r#"{"resources":["news"],"deviceId":"x"}"#;
        assert_eq!(verdict(&sent(Call::Authorize, |ask| ask.body(body))), Fail);
        for name in ["AP-SDK-Identifier", "AD-Something", "AP-TempPass-Identity"] {
            assert_eq!(verdict(&sent(Call::Profiles, |ask| ask.header(name, "x"))), Fail, "{name}");
        }
    }

    #[test]
    fn the_sentence_names_what_is_unknown() {
        let trace = sent(Call::ProfileByCode, |ask| ask.header("AD-Service-Token", "x"));
        let sentences = testing::sentences(&RULE, &trace, Edition::Apr2025);
        let expected =
            "GET /api/v2/{serviceProvider}/profiles/code/{code} knows no header ad-service-token";
        assert_eq!(sentences, [expected]);
    }

    #[test]
    fn a_wrong_media_type_is_judged_elsewhere() {
        let trace = sent(Call::CreateSession, |ask| {
            ask.header("Content-Type", "application/json").body(r#"{"mvpd":"x"}"#)
        });
        assert_eq!(verdict(&trace), Pass);
    }

    #[test]
    fn registration_is_another_api() {
        let trace = sent(Call::Register, |ask| ask.body(r#"{"client_name":"x"}"#));
        assert_eq!(verdict(&trace), NotExercised);
    }
}
