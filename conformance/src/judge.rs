//! Trace × edition → verdicts. Pure: the same trace gives the same verdicts, whoever recorded it.

use crate::rules::{self, Findings, Rule, Violation};
use crate::trace::{Trace, View};
use crate::verdict::{Edition, Level, Verdict};

/// What one rule came to in one trace, in one edition.
#[derive(Clone, Debug)]
pub struct Judgement {
    /// The rule.
    pub rule: &'static Rule,
    /// The edition it was judged in.
    pub edition: Edition,
    /// What became of it.
    pub verdict: Verdict,
    /// Why it does not apply, when it does not.
    pub reason: Option<String>,
    /// What broke it.
    pub violations: Vec<Violation>,
    /// What came too close to its limit to tell.
    pub inconclusive: Vec<Violation>,
}

/// Judges a trace by every rule of every edition, oldest edition first.
pub fn judge_all(trace: &Trace) -> Vec<Judgement> {
    let view = View::new(trace);
    Edition::ALL.into_iter().flat_map(|edition| judge_view(&view, edition)).collect()
}

/// Judges a trace by every rule that the edition has.
pub fn judge(trace: &Trace, edition: Edition) -> Vec<Judgement> {
    judge_view(&View::new(trace), edition)
}

/// Judges a trace by one rule; `None` when the edition does not have it.
pub fn judge_rule(rule: &'static Rule, trace: &Trace, edition: Edition) -> Option<Judgement> {
    judge_rule_in(rule, &View::new(trace), edition)
}

fn judge_view(view: &View<'_>, edition: Edition) -> Vec<Judgement> {
    rules::all().iter().filter_map(|rule| judge_rule_in(rule, view, edition)).collect()
}

fn judge_rule_in(rule: &'static Rule, view: &View<'_>, edition: Edition) -> Option<Judgement> {
    let clause = rule.clause(edition)?;
    let mut findings = Findings::default();
    match rule.inapplicable(view.context()) {
        Some(reason) => findings.not_applicable = Some(reason),
        None => (rule.check)(view, edition, &mut findings),
    }
    Some(Judgement {
        rule,
        edition,
        verdict: verdict(clause.level, &findings),
        reason: findings.not_applicable,
        violations: findings.violations,
        inconclusive: findings.inconclusive,
    })
}

/// The worst that the findings prove. A violation's own level counts where it has one.
fn verdict(level: Level, findings: &Findings) -> Verdict {
    let worst = findings.violations.iter().map(|v| v.level.unwrap_or(level)).max();
    match worst {
        Some(Level::Must) => Verdict::Fail,
        Some(Level::Should) => Verdict::Warn,
        None if findings.not_applicable.is_some() => Verdict::NotApplicable,
        None if !findings.inconclusive.is_empty() => Verdict::Inconclusive,
        None if findings.exercised > 0 => Verdict::Pass,
        None => Verdict::NotExercised,
    }
}
