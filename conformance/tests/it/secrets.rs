//! No report of a real run holds a secret.

use std::collections::BTreeSet;
use std::sync::{Arc, mpsc};

use pass_conformance::defects::{Defect, Defects};
use pass_conformance::driver::InProcess;
use pass_conformance::known_failures::KnownFailures;
use pass_conformance::outcome::RunOutcome;
use pass_conformance::report::{self, Report};
use pass_conformance::runner;
use pass_conformance::trace::Exchange;
use pass_conformance::{reference, rules, scenario};

use super::runner::options;

/// Clients whose violations show registrations, tokens, logins, plays: much to leak.
fn run() -> RunOutcome {
    let names = [
        "session-without-domain",
        "credentials-not-kept",
        "token-per-session",
        "logs-out-without-subject",
        "partner-profile-again",
    ];
    let defects: Defects = names.iter().map(|name| Defect::find(name).unwrap()).collect();
    let driver = InProcess::new(move |host| reference::run(host, defects));
    let mut options = options(Arc::new(driver));
    let wanted = [
        "first-sign-in",
        "relaunch",
        "permit-and-deny",
        "sign-out-in-browser",
        "single-logout",
        "roku-identity",
        "apple-sign-in",
    ];
    options.scenarios = scenario::all().unwrap();
    options.scenarios.retain(|s| wanted.iter().any(|name| s.name.starts_with(name)));
    let (events, _) = mpsc::channel();
    runner::run(&options, &events).unwrap()
}

/// What must not be told, by another reading than the redaction's own.
fn secrets(exchange: &Exchange, found: &mut BTreeSet<String>) {
    let answer = exchange.answer.as_ref();
    let headers =
        exchange.headers.iter().chain(answer.iter().flat_map(|answer| answer.headers.iter()));
    for (name, value) in headers {
        match name.as_str() {
            "authorization" => found.extend(value.split(' ').nth(1).map(str::to_owned)),
            "ad-service-token" | "x-roku-reserved-roku-connect-token" => {
                found.insert(value.to_string());
            }
            "cookie" | "set-cookie" => {
                let pair = value.split(';').next().unwrap_or_default();
                found.extend(pair.split_once('=').map(|(_, value)| value.to_owned()));
            }
            _ => {}
        }
    }
    for (name, value) in url::form_urlencoded::parse(exchange.body.as_bytes()) {
        if ["client_secret", "password", "SAMLResponse"].contains(&&*name) {
            found.insert(value.into_owned());
        }
    }
    let bodies = [exchange.body.as_str(), answer.map_or("", |answer| answer.body.as_str())];
    for json in bodies.into_iter().filter_map(|body| serde_json::from_str(body).ok()) {
        secrets_in(&json, found);
    }
}

fn secrets_in(json: &serde_json::Value, found: &mut BTreeSet<String>) {
    let names = ["access_token", "client_secret", "software_statement", "serializedToken"];
    match json {
        serde_json::Value::Object(members) => {
            for (name, value) in members {
                match value.as_str().filter(|_| names.contains(&name.as_str())) {
                    Some(secret) => _ = found.insert(secret.to_owned()),
                    None => secrets_in(value, found),
                }
            }
        }
        serde_json::Value::Array(items) => items.iter().for_each(|item| secrets_in(item, found)),
        _ => {}
    }
}

#[test]
fn no_rendering_of_a_real_run_holds_a_secret() {
    let run = run();
    let mut found = BTreeSet::new();
    for scenario in &run.scenarios {
        let all = scenario.trace.exchanges.iter().chain(&scenario.trace.user_agent);
        all.for_each(|exchange| secrets(exchange, &mut found));
    }
    assert!(found.len() > 20, "hardly a secret in the run itself: {found:?}");
    let report = report::summarise(&run, rules::all(), &KnownFailures::default());
    assert!(report.violated_worst_first().len() >= 3, "hardly a violation that could leak");
    type Render = (&'static str, fn(&Report) -> String);
    let renderings: [Render; 7] = [
        ("json", report::json::render),
        ("html", report::html::render),
        ("junit", report::junit::render),
        ("markdown", report::markdown::render),
        ("sarif", report::sarif::render),
        ("github", report::github::render),
        ("terminal", |report| report::terminal::render(report, 100)),
    ];
    for (name, render) in renderings {
        let text = render(&report);
        for secret in &found {
            // An ordinary word for a password may occur in a sentence, but never as a password.
            let is_word = secret.bytes().all(|byte| byte.is_ascii_alphabetic());
            let told = if is_word { format!("password={secret}") } else { secret.clone() };
            assert!(!text.contains(&told), "the {name} report holds {secret}");
        }
    }
    assert!(report::json::render(&report).contains("‹token#1›"));
}
