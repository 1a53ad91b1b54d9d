//! PRE-3 and AZN-3: what was refused is asked again only when its error says so, and not for ever.

use std::collections::BTreeMap;
use std::time::Duration;

use super::items::{self, Items, Word};
use crate::rules::{Findings, Violation};
use crate::trace::{Call, Exchange, Run, Step, View};
use crate::verdict::Edition;

/// How often a resource may be tried again.
const RETRIES: usize = 3;

/// Actions that lead elsewhere; asking again all the same is ERR-1's and ERR-2's business.
const ELSEWHERE: [&str; 2] = ["authentication", "application-registration"];

/// Within one user action, a resource whose item-level error has another action than `retry` is not
/// asked again, and one with `retry` at most three times. In 2024-10 more retries are good as long as
/// the gaps between them grow.
pub(super) fn check(view: &View<'_>, call: Call, edition: Edition, findings: &mut Findings) {
    for run in view.runs().filter(|run| run.asks(&[call])) {
        check_run(view, run, call, edition, findings);
    }
}

fn check_run(
    view: &View<'_>,
    run: &Run<'_>,
    call: Call,
    edition: Edition,
    findings: &mut Findings,
) {
    let mut items = Items::of(call);
    let mut again = BTreeMap::new();
    for step in &run.steps {
        match step {
            Step::Happened(event) if event.what.is_user_action() => {
                report(view, edition, &again, findings);
                again.clear();
                items.clear();
            }
            Step::Answered(exchange) => {
                items.hear(exchange);
                if exchange.is(&[call]) && exchange.decided().any(|d| d.error.is_some()) {
                    findings.exercise();
                }
            }
            Step::Asked(exchange) => ask(&mut again, &items, exchange),
            Step::Happened(_) => {}
        }
    }
    report(view, edition, &again, findings);
}

/// A resource that was asked again within one user action.
#[derive(Debug)]
struct Again<'t> {
    /// Asked again though the error did not say so: the refusal and the request.
    unasked: Option<(Word<'t>, &'t Exchange)>,
    /// Tried again as the error said: the refusals and the requests.
    retries: Vec<(Word<'t>, &'t Exchange)>,
}

fn ask<'t>(
    again: &mut BTreeMap<(&'t str, &'t str), Again<'t>>,
    items: &Items<'t>,
    exchange: &'t Exchange,
) {
    let asked = items.asked_again(exchange);
    let is_retry = items::is_retry(&asked);
    for (resource, word) in asked {
        let Some(error) = word.error.filter(|error| !ELSEWHERE.contains(&error.action)) else {
            continue;
        };
        let mvpd = exchange.mvpd.as_deref().unwrap_or_default();
        let empty = || Again { unasked: None, retries: Vec::new() };
        let again = again.entry((mvpd, resource)).or_insert_with(empty);
        if error.action == "retry" {
            again.retries.push((word, exchange));
        } else if !is_retry {
            // What a retry drags along is PRE-4's business.
            again.unasked.get_or_insert((word, exchange));
        }
    }
}

fn report(
    view: &View<'_>,
    edition: Edition,
    again: &BTreeMap<(&str, &str), Again<'_>>,
    findings: &mut Findings,
) {
    for ((_, resource), again) in again {
        if let Some((word, exchange)) = again.unasked {
            let error = word.error.unwrap_or_default();
            let what = format!(
                "{resource:?} was asked again though its error was {} with the action {:?}",
                error.code, error.action
            );
            let violation = Violation::new(what).exchange(word.exchange, "refused for good");
            findings.violate(violation.exchange(exchange, "asked again"));
        }
        if let [(word, _), .., (_, last)] = again.retries.as_slice()
            && again.retries.len() > RETRIES
            && (edition == Edition::Apr2025 || !backs_off(view, &again.retries))
        {
            let what = format!("{resource:?} was tried again {} times", again.retries.len());
            let violation = Violation::new(what).exchange(word.exchange, "said to try again");
            findings.violate(violation.exchange(last, "the last try"));
        }
    }
}

/// Whether the last gap is longer than the first, by more than the clock may be off.
fn backs_off(view: &View<'_>, retries: &[(Word<'_>, &Exchange)]) -> bool {
    let gap = |(word, next): &(Word<'_>, &Exchange)| {
        let told = word.exchange.answered.unwrap_or(word.exchange.arrived);
        next.arrived.since(told)
    };
    let first = retries.first().map_or(Duration::ZERO, gap);
    let last = retries.last().map_or(Duration::ZERO, gap);
    last > first + view.context().jitter()
}
