//! What a rule came to in all scenarios.

use crate::judge::Judgement;
use crate::known_failures::KnownFailures;
use crate::outcome::{Ending, RunOutcome, ScenarioOutcome};
use crate::redact::Redactor;
use crate::report::model::{RuleInEdition, RuleReport};
use crate::report::sources;
use crate::report::violations::Gatherer;
use crate::rules::{self, Rule};
use crate::verdict::{Edition, Verdict};

/// What counts of a scenario's judgements: nothing, where the harness itself failed.
pub(super) fn judgements(scenario: &ScenarioOutcome) -> impl Iterator<Item = &Judgement> {
    let counts = !matches!(scenario.ending, Ending::HarnessError | Ending::Skipped);
    scenario.judgements.iter().filter(move |_| counts)
}

pub(super) fn rule_report(
    run: &RunOutcome,
    rule: &Rule,
    redactor: &Redactor,
    known: &KnownFailures,
) -> RuleReport {
    let gatherer = Gatherer { rule, gate: run.gate, redactor, known };
    let judged = || {
        run.scenarios.iter().filter(|s| !matches!(s.ending, Ending::HarnessError | Ending::Skipped))
    };
    let gather = |pick: fn(&Judgement) -> &[rules::Violation]| {
        judged().flat_map(|scenario| gatherer.gather(scenario, pick)).collect()
    };
    RuleReport {
        id: rule.id.into(),
        name: rule.name.into(),
        phase: rule.phase.title().into(),
        requires: rule.requires.into(),
        why: rule.why.into(),
        remedy: rule.remedy.into(),
        editions: Edition::ALL
            .into_iter()
            .filter_map(|edition| Some((edition, rule_in_edition(run, rule, edition)?)))
            .collect(),
        violations: gather(|judgement| &judgement.violations),
        inconclusive: gather(|judgement| &judgement.inconclusive),
    }
}

fn rule_in_edition(run: &RunOutcome, rule: &Rule, edition: Edition) -> Option<RuleInEdition> {
    let clause = rule.clause(edition)?;
    let here: Vec<(&ScenarioOutcome, &Judgement)> = run
        .scenarios
        .iter()
        .flat_map(|scenario| judgements(scenario).map(move |judgement| (scenario, judgement)))
        .filter(|(_, judgement)| judgement.rule.id == rule.id && judgement.edition == edition)
        .collect();
    let worst = here.iter().map(|(_, judgement)| judgement.verdict).max();
    let verdict = worst.unwrap_or(Verdict::NotExercised).strictly(run.strict);
    let exercised = here.iter().filter(|(_, judgement)| judgement.verdict >= Verdict::Pass);
    let reason = here.iter().find_map(|(_, judgement)| judgement.reason.clone());
    Some(RuleInEdition {
        level: clause.level,
        verdict,
        document: clause.document.into(),
        heading: clause.heading.into(),
        url: sources::url(edition, clause),
        exercised_by: exercised.map(|(scenario, _)| scenario.name.clone()).collect(),
        reason: reason.filter(|_| verdict == Verdict::NotApplicable),
    })
}
