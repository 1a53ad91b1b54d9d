//! The parts of the cookbook over all scenarios.

use std::collections::BTreeSet;

use super::model::{Counts, Phase, PhaseInEdition, RuleReport, Scenario};
use crate::rules;
use crate::verdict::{Edition, Verdict};

/// What every client must be able to do, and the phase that fails when it cannot.
const MANDATORY: [(&str, rules::Phase); 3] = [
    ("sign_in", rules::Phase::Authentication),
    ("play", rules::Phase::Decisions),
    ("sign_out", rules::Phase::Logout),
];

/// The phases in the order of the rules, and those without a rule that something is lacking in.
pub(super) fn all(rules: &[RuleReport], scenarios: &[Scenario]) -> Vec<Phase> {
    let unsupported: BTreeSet<&str> =
        scenarios.iter().flat_map(|s| s.unsupported.iter().map(String::as_str)).collect();
    let mut titles: Vec<&str> = Vec::new();
    let mandatory = MANDATORY.iter().filter(|(action, _)| unsupported.contains(action));
    let named = rules.iter().map(|rule| rule.phase.as_str());
    for title in named.chain(mandatory.map(|(_, phase)| phase.title())) {
        if !titles.contains(&title) {
            titles.push(title);
        }
    }
    titles.into_iter().map(|title| phase(title, rules, &unsupported)).collect()
}

fn phase(title: &str, rules: &[RuleReport], unsupported: &BTreeSet<&str>) -> Phase {
    let lacking: Vec<String> = MANDATORY
        .iter()
        .filter(|(action, phase)| phase.title() == title && unsupported.contains(action))
        .map(|(action, _)| (*action).to_owned())
        .collect();
    let in_edition = |edition: Edition| {
        let mut counts = Counts::default();
        let here = rules.iter().filter(|rule| rule.phase == title);
        let verdicts: Vec<_> = here.filter_map(|rule| rule.verdict(edition)).collect();
        verdicts.iter().for_each(|verdict| counts.add(*verdict));
        let worst = verdicts.into_iter().max().unwrap_or(Verdict::NotApplicable);
        PhaseInEdition {
            verdict: if lacking.is_empty() { worst } else { Verdict::Fail },
            exercised: counts.exercised(),
            rules: counts.total(),
        }
    };
    Phase {
        title: title.into(),
        editions: Edition::ALL.into_iter().map(|edition| (edition, in_edition(edition))).collect(),
        unsupported: lacking,
    }
}
