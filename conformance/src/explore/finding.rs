//! What a story brought to light.

use std::collections::BTreeMap;
use std::fmt;

use crate::outcome::{Ending, RunOutcome, ScenarioOutcome};
use crate::verdict::{Edition, Verdict};

/// Something that must not be.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// A rule was violated, in the edition that counts.
    Rule(&'static str),
    /// The client did not come to the end of the story.
    Ending(&'static str),
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rule(id) => f.write_str(id),
            Self::Ending(name) => f.write_str(name),
        }
    }
}

/// Something that must not be, and the shortest of the stories that showed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What it is.
    pub what: What,
    /// What exactly happened, in words for people.
    pub how: String,
    /// The story's place among those that were played.
    pub story: usize,
}

/// What is to be looked for in a story.
#[derive(Clone, Copy, Debug)]
pub(super) struct Looking {
    /// The edition that counts.
    pub(super) gate: Edition,
    /// Whether a violated *should* counts.
    pub(super) strict: bool,
}

impl Looking {
    /// Everything that one story brought to light, and how.
    pub(super) fn at(self, outcome: &ScenarioOutcome) -> BTreeMap<What, String> {
        let mut found = BTreeMap::new();
        let of_client = matches!(outcome.ending, Ending::ClientCrashed | Ending::ClientTimeout);
        if of_client {
            let detail = outcome.detail.clone().unwrap_or_default();
            found.insert(What::Ending(outcome.ending.name()), detail);
        }
        let judged = outcome.judgements.iter().filter(|judgement| judgement.edition == self.gate);
        for judgement in judged {
            let counts = judgement.verdict.strictly(self.strict) == Verdict::Fail;
            if let (true, Some(violation)) = (counts, judgement.violations.first()) {
                found.insert(What::Rule(judgement.rule.id), violation.what.clone());
            }
        }
        found
    }
}

/// Each thing that must not be once, with the shortest story that showed it.
pub fn findings(outcome: &RunOutcome, length: impl Fn(usize) -> usize) -> Vec<Finding> {
    let looking = Looking { gate: outcome.gate, strict: outcome.strict };
    let mut shortest: BTreeMap<What, Finding> = BTreeMap::new();
    for (story, played) in outcome.scenarios.iter().enumerate() {
        for (what, how) in looking.at(played) {
            let known = shortest.get(&what);
            if known.is_none_or(|known| length(story) < length(known.story)) {
                shortest.insert(what.clone(), Finding { what, how, story });
            }
        }
    }
    shortest.into_values().collect()
}
