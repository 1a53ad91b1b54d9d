//! REG-7: registration in its proper form.

use serde_json::Value;

use crate::rules::documents::{APR_REGISTRATION_FLOW, OCT_REGISTRATION_FLOW};
use crate::rules::{Check, Clause, Findings, Phase, Rule, Violation};
use crate::trace::{Call, Exchange, View};

pub(crate) static RULE: Rule = Rule {
    id: "REG-7",
    name: "registration-well-formed",
    phase: Phase::Registration,
    oct_2024: Some(Clause::must(
        OCT_REGISTRATION_FLOW,
        "Access Adobe Pass protected APIs, Workflow",
    )),
    apr_2025: Some(Clause::must(
        APR_REGISTRATION_FLOW,
        "Access Adobe Pass protected APIs, Workflow",
    )),
    requires: "Call 1 is JSON with a `software_statement`; call 2 is a form with `client_id`, `client_secret` and `grant_type=client_credentials`, each once.",
    boundary: "Calls 1 and 2 are not refused for their own form: media type, a missing or \
              repeated parameter, the grant type. What is wrong is read from the request itself; \
              a refusal for another reason is none of the form.",
    why: "Without credentials and token nothing works at all.",
    remedy: "Send the documented media type and each documented parameter exactly once.",
    needs_events: false,
    capability: None,
    check: Check::Alike(check),
};

fn check(view: &View<'_>, findings: &mut Findings) {
    for exchange in view.exchanges() {
        let fault = match exchange.call {
            Some(Call::Register) => register_fault,
            Some(Call::Token) => token_fault,
            _ => continue,
        };
        findings.exercise();
        if let Some(fault) = is_refused(exchange).then(|| fault(exchange)).flatten() {
            let what = format!("a registration call was refused for its form: {fault}");
            findings.violate(Violation::new(what).exchange(exchange, "refused"));
        }
    }
}

fn is_refused(exchange: &Exchange) -> bool {
    exchange.status().is_some_and(|status| (400..500).contains(&status) && status != 429)
}

fn register_fault(exchange: &Exchange) -> Option<String> {
    let body: Option<Value> = serde_json::from_str(&exchange.body).ok();
    media_type_fault(exchange, "application/json").or_else(|| {
        let statement = body.as_ref().and_then(|body| body.get("software_statement"));
        match statement {
            _ if body.is_none() => Some("its body is not JSON".into()),
            Some(Value::String(statement)) if !statement.is_empty() => None,
            _ => Some("`software_statement` is missing".into()),
        }
    })
}

fn token_fault(exchange: &Exchange) -> Option<String> {
    let form: Vec<_> = form_urlencoded::parse(exchange.body.as_bytes()).collect();
    let in_form = |name| form.iter().filter(move |(key, _)| key == name);
    // Older clients send the parameters in the query.
    let in_query = |name: &str| exchange.query.iter().filter(|(key, _)| key == name).count();
    let count = |name| in_form(name).count() + in_query(name);
    let parameters = ["client_id", "client_secret", "grant_type"];
    media_type_fault(exchange, "application/x-www-form-urlencoded")
        .or_else(|| {
            parameters.into_iter().find_map(|name| match count(name) {
                0 => Some(format!("`{name}` is missing")),
                1 => None,
                n => Some(format!("`{name}` is there {n} times")),
            })
        })
        .or_else(|| {
            let grant = exchange.parameter("grant_type").unwrap_or_default();
            (grant != "client_credentials").then(|| format!("`grant_type` is {grant:?}"))
        })
}

fn media_type_fault(exchange: &Exchange, expected: &str) -> Option<String> {
    let sent = exchange.header("content-type").unwrap_or_default();
    let essence = sent.split(';').next().unwrap_or_default().trim();
    let fault = || match essence {
        "" => format!("it has no media type instead of {expected}"),
        _ => format!("its media type is {essence} instead of {expected}"),
    };
    (!essence.eq_ignore_ascii_case(expected)).then(fault)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::{sentences, verdicts};
    use crate::trace::Trace;
    use crate::trace::builder::{Ask, TraceBuilder};
    use crate::verdict::Edition;
    use crate::verdict::Verdict::{Fail, NotExercised, Pass};

    fn one(call: Call, change: impl FnOnce(Ask) -> Ask) -> Trace {
        TraceBuilder::new().launch().ask(call, |ask| change(ask.status(400))).build()
    }

    #[test]
    fn the_proper_form_keeps_it() {
        assert_eq!(verdicts(&RULE, &TraceBuilder::new().registered().build()), [Pass; 2]);
        // Refused for another reason.
        assert_eq!(verdicts(&RULE, &one(Call::Register, |ask| ask)), [Pass; 2]);
        assert_eq!(verdicts(&RULE, &one(Call::Token, |ask| ask)), [Pass; 2]);
        let charset = "application/json; charset=utf-8";
        let trace = one(Call::Register, |ask| ask.header("content-type", charset));
        assert_eq!(verdicts(&RULE, &trace), [Pass; 2]);
    }

    #[test]
    fn each_fault_of_a_registration_breaks_it() {
        type Case = (fn(Ask) -> Ask, &'static str);
        let cases: [Case; 5] = [
            (
                |ask| ask.header("content-type", "text/plain"),
                "its media type is text/plain instead of application/json",
            ),
            (|ask| ask.without("content-type"), "it has no media type instead of application/json"),
            (|ask| ask.body("software_statement=x"), "its body is not JSON"),
            (|ask| ask.body("{}"), "`software_statement` is missing"),
            (|ask| ask.body(r#"{"software_statement":7}"#), "`software_statement` is missing"),
        ];
        for (change, fault) in cases {
            let trace = one(Call::Register, change);
            assert_eq!(verdicts(&RULE, &trace), [Fail; 2], "{fault}");
            let expected = format!("a registration call was refused for its form: {fault}");
            assert_eq!(sentences(&RULE, &trace, Edition::Oct2024), [expected]);
        }
    }

    #[test]
    fn each_fault_of_a_token_request_breaks_it() {
        let cases = [
            ("client_secret=b&grant_type=client_credentials", "`client_id` is missing"),
            ("client_id=a&grant_type=client_credentials", "`client_secret` is missing"),
            ("client_id=a&client_secret=b", "`grant_type` is missing"),
            (
                "client_id=a&client_id=a&client_secret=b&grant_type=client_credentials",
                "`client_id` is there 2 times",
            ),
            ("client_id=a&client_secret=b&grant_type=password", "`grant_type` is \"password\""),
        ];
        for (body, fault) in cases {
            let trace = one(Call::Token, |ask| ask.body(body));
            assert_eq!(verdicts(&RULE, &trace), [Fail; 2], "{fault}");
            let expected = format!("a registration call was refused for its form: {fault}");
            assert_eq!(sentences(&RULE, &trace, Edition::Apr2025), [expected]);
        }
        let twice = one(Call::Token, |ask| ask.target("POST", "/o/client/token?client_id=a"));
        assert_eq!(verdicts(&RULE, &twice), [Fail; 2]);
    }

    #[test]
    fn what_the_server_accepts_is_not_held_against_the_client() {
        let trace = TraceBuilder::new()
            .ask(Call::Token, |ask| {
                let query = "client_id=a&client_secret=b&grant_type=client_credentials";
                ask.target("POST", &format!("/o/client/token?{query}")).body("")
            })
            .ask(Call::Register, |ask| ask.without("content-type"))
            .build();
        assert_eq!(verdicts(&RULE, &trace), [Pass; 2]);
        assert_eq!(verdicts(&RULE, &TraceBuilder::new().no_profiles().build()), [NotExercised; 2]);
    }

    #[test]
    fn being_throttled_is_no_refusal() {
        let trace = one(Call::Register, |ask| ask.body("").status(429));
        assert_eq!(verdicts(&RULE, &trace), [Pass; 2]);
    }
}
