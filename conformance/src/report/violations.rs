//! Violations of both editions brought together, with their proof.

use std::collections::BTreeMap;

use super::describe;
use super::model::*;
use crate::judge::Judgement;
use crate::known_failures::KnownFailures;
use crate::outcome::ScenarioOutcome;
use crate::redact::Redactor;
use crate::rules::{Evidence, Rule, Violation};
use crate::trace::{Exchange, Moment, Text, Trace};
use crate::verdict::{Edition, Level};

/// The longest body that is worth showing, in characters.
const LONGEST_BODY: usize = 2_000;

/// Gathers what broke one rule.
pub(super) struct Gatherer<'a> {
    pub(super) rule: &'a Rule,
    pub(super) gate: Edition,
    pub(super) redactor: &'a Redactor,
    pub(super) known: &'a KnownFailures,
}

impl Gatherer<'_> {
    /// The violations in one scenario (`pick` chooses between violations and doubts). One that both
    /// editions have is listed once, in the gating edition's words.
    pub(super) fn gather(
        &self,
        scenario: &ScenarioOutcome,
        pick: fn(&Judgement) -> &[Violation],
    ) -> Vec<ViolationReport> {
        let mut judgements: Vec<_> =
            scenario.judgements.iter().filter(|j| j.rule.id == self.rule.id).collect();
        judgements.sort_by_key(|j| (j.edition != self.gate, j.edition));
        let mut found: Vec<ViolationReport> = Vec::new();
        for judgement in judgements {
            let Some(clause) = self.rule.clause(judgement.edition) else { continue };
            for violation in pick(judgement) {
                let report = self.violation(scenario, judgement.edition, clause.level, violation);
                match found.iter_mut().find(|known| is_same(known, &report)) {
                    Some(known) => known.editions.extend(report.editions),
                    None => found.push(report),
                }
            }
        }
        found.sort_by_key(|v| v.evidence.last().map_or(u64::MAX, |evidence| evidence.order));
        found
    }

    fn violation(
        &self,
        scenario: &ScenarioOutcome,
        edition: Edition,
        level: Level,
        violation: &Violation,
    ) -> ViolationReport {
        let level = violation.level.unwrap_or(level);
        let place = ViolationInEdition { level, limit_ms: violation.limit_ms };
        let trace = &scenario.trace;
        let mut evidence: Vec<_> =
            violation.evidence.iter().map(|evidence| self.evidence(trace, evidence)).collect();
        evidence.sort_by_key(|evidence| evidence.order);
        let known = self.known.iter().find(|known| known.covers(&scenario.name, self.rule.id));
        ViolationReport {
            scenario: scenario.name.clone(),
            what: self.redactor.text(&violation.what),
            editions: BTreeMap::from([(edition, place)]),
            evidence,
            measured_ms: violation.measured_ms,
            limit_ms: violation.limit_ms,
            known: known.map(|known| known.reason.clone()),
        }
    }

    fn evidence(&self, trace: &Trace, evidence: &Evidence) -> EvidenceReport {
        let order = evidence.at.order;
        let exchange =
            exchange_at(&trace.exchanges, order).or_else(|| exchange_at(&trace.user_agent, order));
        let event = trace.events.binary_search_by_key(&order, |event| event.at.order);
        let event = event.ok().map(|found| &trace.events[found]);
        let (kind, what) = match (exchange, event) {
            (None, Some(event)) => (EvidenceKind::Event, describe::happening(&event.what)),
            (None, None) if evidence.what == "event" => (EvidenceKind::Event, "event".into()),
            _ => (EvidenceKind::Exchange, evidence.what.clone()),
        };
        EvidenceReport {
            at_ms: evidence.at.at - began(trace).at,
            order,
            kind,
            what: self.redactor.text(&what),
            status: evidence.status,
            shows: self.redactor.text(&evidence.shows),
            exchange: exchange.map(|exchange| self.exchange(exchange)),
        }
    }

    fn exchange(&self, exchange: &Exchange) -> ExchangeReport {
        let answer = exchange.answer.as_ref();
        ExchangeReport {
            request: self.redactor.text(&request_line(exchange)),
            request_headers: self.headers(&exchange.headers),
            request_body: self.body(&exchange.body),
            answered_after_ms: exchange.answered.map(|at| at.at - exchange.arrived.at),
            answer_headers: self.headers(answer.map(|a| &*a.headers).unwrap_or_default()),
            answer_body: self.body(answer.map(|a| a.body.as_str()).unwrap_or_default()),
        }
    }

    fn headers(&self, headers: &[(Text, Text)]) -> Vec<(String, String)> {
        let hidden =
            |(name, value): &(Text, Text)| (name.to_string(), self.redactor.header(name, value));
        headers.iter().map(hidden).collect()
    }

    fn body(&self, body: &str) -> String {
        let text = self.redactor.text(body);
        match text.char_indices().nth(LONGEST_BODY) {
            Some((end, _)) => format!("{}… ({} bytes in all)", &text[..end], body.len()),
            None => text,
        }
    }
}

/// Where a trace begins.
pub(super) fn began(trace: &Trace) -> Moment {
    // Each of them is in order.
    let exchanges = [&trace.exchanges, &trace.user_agent];
    let exchanges = exchanges.into_iter().filter_map(|all| Some(all.first()?.arrived));
    exchanges.chain(trace.events.first().map(|event| event.at)).min().unwrap_or_default()
}

/// Whether two editions speak of the same thing: the same proof, and the same interval.
fn is_same(one: &ViolationReport, other: &ViolationReport) -> bool {
    let orders = |v: &ViolationReport| v.evidence.iter().map(|e| e.order).collect::<Vec<_>>();
    let nothing_else = one.evidence.is_empty() && one.what != other.what;
    let disjoint = other.editions.keys().all(|edition| !one.editions.contains_key(edition));
    disjoint
        && !nothing_else
        && orders(one) == orders(other)
        && one.measured_ms == other.measured_ms
}

/// The exchange at this place of the trace; exchanges are in order of arrival.
fn exchange_at(exchanges: &[Exchange], order: u64) -> Option<&Exchange> {
    let found = exchanges.binary_search_by_key(&order, |exchange| exchange.arrived.order);
    found.ok().map(|found| &exchanges[found])
}

fn request_line(exchange: &Exchange) -> String {
    if exchange.query.is_empty() {
        return format!("{} {}", exchange.method, exchange.path);
    }
    let query = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(exchange.query.iter())
        .finish();
    format!("{} {}?{query}", exchange.method, exchange.path)
}
