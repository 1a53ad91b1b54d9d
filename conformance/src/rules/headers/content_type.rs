//! HDR-5

use super::alike::Alike;
use super::reference;
use crate::rules::{Check, Clause, Findings, Phase, Rule};
use crate::trace::{Exchange, View};

pub(crate) static RULE: Rule = Rule {
    id: "HDR-5",
    name: "content-type",
    phase: Phase::Headers,
    oct_2024: Some(Clause::must(
        "rest-api-v2/apis/sessions-apis/rest-api-v2-sessions-apis-create-authentication-session.md",
        "Request",
    )),
    apr_2025: Some(Clause::must(
        "rest-apis/rest-api-v2/apis/sessions-apis/\
         rest-api-v2-sessions-apis-create-authentication-session.md",
        "Request",
    )),
    requires: "Session and partner calls send forms, decision calls send JSON, and Content-Type says \
               so.",
    boundary: "A body of calls 4, 5, 11, 12, 14, 15 has the media type of its reference page. \
              Parameters such as `charset` do not matter, nor does the case. Calls 1 and 2 are \
              REG-7's business.",
    why: "The service reads a body by its media type: with another one the parameters are not found \
          and the call is refused with 400.",
    remedy: "Send application/x-www-form-urlencoded to sessions and partner calls, and \
             application/json to decisions.",
    needs_events: false,
    capability: None,
    check: Check::Alike(check),
};

fn check(view: &View<'_>, findings: &mut Findings) {
    let mut alike = Alike::default();
    for exchange in view.exchanges() {
        let Some(call) = exchange.call.filter(|call| call.is_protected()) else { continue };
        let Some(expected) = reference::of(call).body else { continue };
        if exchange.body.is_empty() {
            continue;
        }
        findings.exercise();
        let sent = media_type(exchange);
        if !sent.is_some_and(|sent| sent.eq_ignore_ascii_case(expected.media_type())) {
            let sent = sent.map_or_else(|| "no Content-Type".into(), |sent| format!("{sent:?}"));
            let what = format!(
                "{} sent its body with {sent} instead of {}",
                call.signature(),
                expected.media_type()
            );
            alike.add(what, None, exchange, sent);
        }
    }
    alike.report(findings);
}

fn media_type(exchange: &Exchange) -> Option<&str> {
    let value = exchange.header("content-type")?;
    Some(value.split_once(';').map_or(value, |(media_type, _)| media_type).trim())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing;
    use crate::trace::builder::TraceBuilder;
    use crate::trace::{Call, Trace};
    use crate::verdict::Verdict::{self, Fail, NotExercised, Pass};

    const FORM: &str = "application/x-www-form-urlencoded";
    const JSON: &str = "application/json";

    fn verdict(trace: &Trace) -> Verdict {
        let [oct, apr] = testing::verdicts(&RULE, trace);
        assert_eq!(oct, apr);
        oct
    }

    fn sent(call: Call, media_type: &str) -> Trace {
        let ask =
            |ask: crate::trace::builder::Ask| ask.header("Content-Type", media_type).body("x");
        TraceBuilder::new().launch().ask(call, ask).build()
    }

    #[test]
    fn forms_are_forms_and_decisions_are_json() {
        use Call::{Authorize, CreateSession, PartnerProfile, PartnerRequest, Preauthorize};
        for call in [CreateSession, Call::ResumeSession, PartnerRequest, PartnerProfile] {
            assert_eq!(verdict(&sent(call, FORM)), Pass, "{call:?}");
            assert_eq!(verdict(&sent(call, JSON)), Fail, "{call:?}");
        }
        for call in [Preauthorize, Authorize] {
            assert_eq!(verdict(&sent(call, JSON)), Pass, "{call:?}");
            assert_eq!(verdict(&sent(call, FORM)), Fail, "{call:?}");
        }
    }

    #[test]
    fn parameters_and_case_do_not_matter() {
        for value in ["application/json;charset=utf-8", "Application/JSON ; charset=x", JSON] {
            assert_eq!(verdict(&sent(Call::Authorize, value)), Pass, "{value}");
        }
        for value in ["", "application/jsonp", "text/plain", "json"] {
            assert_eq!(verdict(&sent(Call::Authorize, value)), Fail, "{value}");
        }
    }

    #[test]
    fn a_body_without_a_media_type_fails() {
        let trace = TraceBuilder::new()
            .ask(Call::Authorize, |ask| ask.without("content-type").resources(&["news"]));
        assert_eq!(verdict(&trace.build()), Fail);
    }

    #[test]
    fn no_body_no_question() {
        let trace = TraceBuilder::new()
            .ask(Call::CreateSession, |ask| ask.without("content-type"))
            .no_profiles();
        assert_eq!(verdict(&trace.build()), NotExercised);
    }

    #[test]
    fn registration_is_judged_elsewhere() {
        assert_eq!(verdict(&sent(Call::Register, FORM)), NotExercised);
        assert_eq!(verdict(&sent(Call::Token, JSON)), NotExercised);
    }
}
