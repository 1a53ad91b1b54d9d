//! All of a run in a few figures, and why it is not what one hoped for.

use std::collections::BTreeMap;

use crate::exit_code;
use crate::outcome::RunOutcome;
use crate::report::model::*;
use crate::verdict::Edition;

pub(super) fn summary(run: &RunOutcome, report: &Report) -> Summary {
    let mut scenarios = ScenarioCounts::default();
    run.scenarios.iter().for_each(|scenario| scenarios.add(scenario.ending));
    let rules: BTreeMap<_, _> =
        Edition::ALL.into_iter().map(|edition| (edition, counts(report, edition))).collect();

    let mut reasons = blame(report);
    let mut result = if reasons.is_empty() { Outcome::Conforms } else { Outcome::Violated };
    let failed = ended_in(report, ScenarioEnding::HarnessError);
    if result == Outcome::Conforms && failed.is_some() {
        result = Outcome::HarnessError;
    }
    reasons.extend(failed);
    if result == Outcome::Conforms && rules[&run.gate].exercised() == 0 {
        result = Outcome::NothingExercised;
        reasons.push(nothing(&scenarios));
    }
    Summary { result, exit_code: exit_code::of(result), reasons, rules, scenarios }
}

fn nothing(scenarios: &ScenarioCounts) -> String {
    match scenarios.begun() {
        0 => "no scenario was played".into(),
        _ => "no rule of the gating edition was exercised".into(),
    }
}

fn counts(report: &Report, edition: Edition) -> Counts {
    let mut counts = Counts::default();
    for rule in &report.rules {
        if let Some(verdict) = rule.verdict(edition) {
            counts.add(verdict);
        }
        let here = || rule.violations.iter().filter(|v| v.editions.contains_key(&edition));
        counts.violations += here().count();
        counts.known += here().filter(|violation| violation.known.is_some()).count();
    }
    counts
}

/// The scenarios that ended like this, in a sentence that names the first few.
fn ended_in(report: &Report, ending: ScenarioEnding) -> Option<String> {
    let here = report.scenarios.iter().filter(|scenario| scenario.outcome == ending);
    let names: Vec<_> = here.map(|scenario| scenario.name.as_str()).collect();
    let first = names.iter().take(3).copied().collect::<Vec<_>>().join(", ");
    match names.len() {
        0 => None,
        1..=3 => Some(format!("{first}: {}", ending.words())),
        all => Some(format!("{first} and {} more: {}", all - 3, ending.words())),
    }
}

/// What the client is to blame for, one sentence each.
fn blame(report: &Report) -> Vec<String> {
    let broken = report.rules.iter().filter(|r| r.fails(report.edition, report.strict));
    let broken = broken.map(|rule| format!("{} {} was violated", rule.id, rule.name));
    let ended = [
        ScenarioEnding::ClientCrashed,
        ScenarioEnding::ClientTimeout,
        ScenarioEnding::ClientNeverCalled,
    ];
    let ended = ended.into_iter().filter_map(|ending| ended_in(report, ending));
    let lacking = report.phases.iter().filter(|phase| !phase.unsupported.is_empty());
    let lacking = lacking.map(|phase| {
        format!("{}: the client does not support {}", phase.title, phase.unsupported.join(", "))
    });
    let stale = report.known_failures.iter().filter(|known| known.stale);
    let stale = stale.map(|known| {
        format!("known failure `{}` no longer fails: take it off the list", known.pattern)
    });
    broken.chain(lacking).chain(ended).chain(stale).collect()
}
