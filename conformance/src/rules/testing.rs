//! What the tests of rules share.

use crate::judge::{Judgement, judge_rule};
use crate::rules::Rule;
use crate::trace::Trace;
use crate::verdict::{Edition, Verdict};

/// The verdicts of both editions, the older first. `NotApplicable` where an edition lacks the rule.
pub(crate) fn verdicts(rule: &'static Rule, trace: &Trace) -> [Verdict; 2] {
    Edition::ALL.map(|edition| {
        judge_rule(rule, trace, edition).map_or(Verdict::NotApplicable, |judged| judged.verdict)
    })
}

/// The judgement in an edition that has the rule.
pub(crate) fn judged(rule: &'static Rule, trace: &Trace, edition: Edition) -> Judgement {
    judge_rule(rule, trace, edition).expect("the edition has the rule")
}

/// The sentences of all violations, in an edition that has the rule.
pub(crate) fn sentences(rule: &'static Rule, trace: &Trace, edition: Edition) -> Vec<String> {
    judged(rule, trace, edition).violations.into_iter().map(|violation| violation.what).collect()
}
