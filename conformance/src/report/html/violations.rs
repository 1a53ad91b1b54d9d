//! What was violated, with its proof.

use askama::Template;

use super::filters;
use crate::report::model::*;
use crate::report::terminal::paint::{count, instant, interval};
use crate::verdict::{Edition, Verdict};

/// How many violations of one rule a page shows at once, and at most.
const SHOWN: usize = 1;
const MOST: usize = 20;

/// A rule that something violates.
pub(super) struct Violated<'a> {
    pub(super) rule: &'a RuleReport,
    pub(super) class: &'static str,
    pub(super) label: &'static str,
    pub(super) levels: String,
    pub(super) known: Option<&'a str>,
    pub(super) shown: Vec<String>,
    pub(super) more: Vec<String>,
    pub(super) more_label: String,
    pub(super) left_out: usize,
}

pub(super) fn all(report: &Report) -> Vec<Violated<'_>> {
    report.violated_worst_first().into_iter().map(|rule| violated(report, rule)).collect()
}

fn violated<'a>(report: &'a Report, rule: &'a RuleReport) -> Violated<'a> {
    let known = rule.known(report.edition);
    let (class, label) = match rule.verdict(report.edition) {
        _ if known.is_some() => ("note", "known"),
        Some(Verdict::Fail) => ("fail", "fails"),
        Some(Verdict::Warn) => ("warn", "warns"),
        _ => ("note", "only in the other edition"),
    };
    let mut all: Vec<_> = rule.violations.iter().collect();
    all.sort_by_key(|v| (!v.editions.contains_key(&report.edition), v.known.is_some()));
    let mut blocks = all.iter().take(MOST).map(|violation| block(violation));
    let shown: Vec<_> = blocks.by_ref().take(SHOWN).collect();
    Violated {
        rule,
        class,
        label,
        levels: rule.levels(None),
        known,
        shown,
        more: blocks.collect(),
        more_label: count(all.len().saturating_sub(SHOWN), "more violation"),
        left_out: all.len().saturating_sub(MOST),
    }
}

#[derive(Template)]
#[template(path = "violation.html")]
struct Block<'a> {
    violation: &'a ViolationReport,
    proofs: Vec<Proof<'a>>,
    gauge: Option<Gauge>,
}

struct Proof<'a> {
    evidence: &'a EvidenceReport,
    at: String,
    is_culprit: bool,
}

/// What was measured beside the limits, drawn to scale on 200 units.
struct Gauge {
    measured: String,
    limits: String,
    value: String,
    marks: Vec<String>,
}

fn block(violation: &ViolationReport) -> String {
    let last = violation.evidence.len().saturating_sub(1);
    let proof =
        |(n, evidence): (usize, &'_ EvidenceReport)| (n, instant(evidence.at_ms), n == last);
    let proofs = violation
        .evidence
        .iter()
        .enumerate()
        .map(|(n, evidence)| {
            let (_, at, is_culprit) = proof((n, evidence));
            Proof { evidence, at, is_culprit }
        })
        .collect();
    Block { violation, proofs, gauge: gauge(violation) }.render().unwrap_or_default()
}

fn gauge(violation: &ViolationReport) -> Option<Gauge> {
    let measured = violation.measured_ms?;
    let limits: Vec<_> = violation
        .editions
        .iter()
        .filter_map(|(edition, place)| Some((edition, place.limit_ms?)))
        .collect();
    let longest =
        limits.iter().map(|(_, limit)| *limit).chain([measured]).max().unwrap_or(1).max(1);
    let scaled = |ms: u64| format!("{:.1}", ms as f64 / longest as f64 * 198.0);
    let words = |(edition, limit): &(&Edition, u64)| format!("{} in {edition}", interval(*limit));
    Some(Gauge {
        measured: interval(measured),
        limits: match limits.is_empty() {
            true => "no limit".into(),
            false => format!("limit {}", limits.iter().map(words).collect::<Vec<_>>().join(", ")),
        },
        value: scaled(measured),
        marks: limits.iter().map(|(_, limit)| scaled(*limit)).collect(),
    })
}
