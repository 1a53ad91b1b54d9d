//! What a rule found in a trace.

use std::cmp::Reverse;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::trace::{Event, Exchange, Moment};
use crate::verdict::Level;

/// What a rule found in one trace.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    /// How often its trigger occurred.
    pub exercised: usize,
    /// Why it does not apply here, when it does not.
    pub not_applicable: Option<String>,
    /// What broke it.
    pub violations: Vec<Violation>,
    /// What came too close to its limit to tell.
    pub inconclusive: Vec<Violation>,
    /// How many violations and doubts are not kept.
    pub left_out: usize,
    /// What is broken the same way by many requests, each way once.
    repeated: Vec<Repeated>,
    /// How many violations are kept at most, where that is settled.
    most: Option<usize>,
    /// Where the last of so many ends: what ends later is only counted.
    full: Option<Moment>,
}

/// One violation for many requests.
#[derive(Clone, Debug)]
struct Repeated {
    violation: Violation,
    times: usize,
    /// How many of the requests are shown: the first.
    shown: usize,
}

impl Findings {
    /// None yet, and no more than so many violations to be kept.
    pub(crate) fn at_most(most: usize) -> Self {
        Self { most: Some(most), ..Self::default() }
    }

    /// Notes that the rule's trigger occurred.
    pub fn exercise(&mut self) {
        self.exercised += 1;
    }

    /// Notes a violation; its trigger occurred, too.
    pub fn violate(&mut self, violation: Violation) {
        self.exercised = self.exercised.max(1);
        self.violations.push(violation);
    }

    /// Notes a violation of the rule's own level whose proof ends with a moment. It is put into words
    /// only where not as many that end before are kept.
    pub(crate) fn violate_at(&mut self, last: Moment, violation: impl FnOnce() -> Violation) {
        if self.full.is_some_and(|full| full < last) {
            self.left_out += 1;
            return;
        }
        self.violate(violation());
        // They need not be sorted for each that comes.
        if let Some(most) = self.most.filter(|most| self.violations.len() > most + most / 8) {
            self.shorten(most);
            let kept = self.violations.last().filter(|kept| kept.level.is_none());
            self.full = kept.map(Violation::last);
        }
    }

    /// Keeps at most so many violations and doubts: of each level the first, by what they end with.
    pub(crate) fn shorten(&mut self, most: usize) {
        for found in [&mut self.violations, &mut self.inconclusive] {
            // What is most binding decides the verdict.
            let place = |v: &Violation| (Reverse(v.level.is_none()), Reverse(v.level), v.last());
            if found.len() > most {
                found.sort_by_key(place);
                self.left_out += found.len() - most;
                found.truncate(most);
            }
        }
    }

    /// Adds what was found in a later part of the trace, and keeps at most so many.
    pub(crate) fn add(&mut self, later: Self, most: usize) {
        self.exercised += later.exercised;
        self.not_applicable = self.not_applicable.take().or(later.not_applicable);
        self.violations.extend(later.violations);
        self.inconclusive.extend(later.inconclusive);
        self.left_out += later.left_out;
        for Repeated { violation, times, shown } in later.repeated {
            self.repeat(violation, times, shown);
        }
        self.shorten(most);
    }

    /// Notes a violation by so many requests (0 where nobody counts), of which the first so many are
    /// shown. The same one in another part of the trace is the same violation.
    pub(crate) fn repeat(&mut self, violation: Violation, times: usize, shown: usize) {
        self.exercised = self.exercised.max(1);
        let same = |known: &&mut Repeated| {
            (&known.violation.what, known.violation.level) == (&violation.what, violation.level)
        };
        match self.repeated.iter_mut().find(same) {
            Some(known) => {
                known.times += times;
                known.violation.evidence.extend(violation.evidence);
                known.violation.evidence.sort_by_key(|evidence| evidence.at);
                known.violation.evidence.truncate(shown);
            }
            None => self.repeated.push(Repeated { violation, times, shown }),
        }
    }

    /// All has been looked at: keeps at most so many violations and doubts.
    pub(crate) fn finish(&mut self, most: usize) {
        let repeated = self.repeated.drain(..).map(|Repeated { mut violation, times, .. }| {
            if times > 1 {
                violation.what = format!("{} ({times} times)", violation.what);
            }
            violation
        });
        self.violations.extend(repeated);
        self.shorten(most);
    }

    /// Notes something too close to call.
    pub fn doubt(&mut self, violation: Violation) {
        self.inconclusive.push(violation);
    }
}

/// One violation with its proof.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Violation {
    /// One sentence: what the client did.
    pub what: String,
    /// The exchanges and events that prove it, in order.
    pub evidence: Vec<Evidence>,
    /// The interval measured, in milliseconds, where the rule is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measured_ms: Option<u64>,
    /// The limit it is held against, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit_ms: Option<u64>,
    /// Less binding than the rule as a whole, for this case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<Level>,
}

impl Violation {
    /// A violation in words; add its evidence.
    pub fn new(what: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            evidence: Vec::new(),
            measured_ms: None,
            limit_ms: None,
            level: None,
        }
    }

    /// With an exchange as evidence, and what it shows.
    #[must_use]
    pub fn exchange(mut self, exchange: &Exchange, shows: impl Into<String>) -> Self {
        self.evidence.push(Evidence {
            at: exchange.arrived,
            what: [&exchange.method, " ", &exchange.path].concat(),
            status: exchange.status(),
            shows: shows.into(),
        });
        self
    }

    /// With an event as evidence, and what it shows.
    #[must_use]
    pub fn event(mut self, event: &Event, shows: impl Into<String>) -> Self {
        self.evidence.push(Evidence {
            at: event.at,
            what: "event".into(),
            status: None,
            shows: shows.into(),
        });
        self
    }

    /// Where its proof ends.
    fn last(&self) -> Moment {
        self.evidence.iter().map(|evidence| evidence.at).max().unwrap_or_default()
    }

    /// With what was measured and what it is held against.
    #[must_use]
    pub fn measured(mut self, measured: Duration, limit: Duration) -> Self {
        let millis = |d: Duration| u64::try_from(d.as_millis()).unwrap_or(u64::MAX);
        self.measured_ms = Some(millis(measured));
        self.limit_ms = Some(millis(limit));
        self
    }

    /// Less binding than the rule as a whole.
    #[must_use]
    pub fn level(mut self, level: Level) -> Self {
        self.level = Some(level);
        self
    }
}

/// One exchange or event that proves something. `at.order` leads back into the trace.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// When.
    pub at: Moment,
    /// Method and path, or `event`.
    pub what: String,
    /// The answer's status, for an exchange that had one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// What it shows.
    pub shows: String,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ending(order: u64, level: Option<Level>) -> Violation {
        let at = Moment { order, at: 0 };
        let evidence = Evidence { at, what: "event".into(), status: None, shows: String::new() };
        Violation { evidence: vec![evidence], level, ..Violation::new("broken") }
    }

    proptest! {
        #[test]
        fn what_is_only_counted_would_not_have_been_kept(
            all in prop::collection::vec((0..40_u64, prop::option::weighted(0.2, Just(Level::Should))), 0..60),
            most in 1..20_usize,
        ) {
            let (mut some, mut every) = (Findings::at_most(most), Findings::default());
            for &(order, level) in &all {
                every.violate(ending(order, level));
                match level {
                    None => some.violate_at(Moment { order, at: 0 }, || ending(order, level)),
                    Some(_) => some.violate(ending(order, level)),
                }
            }
            some.finish(most);
            every.finish(most);
            prop_assert_eq!(some.violations, every.violations);
            prop_assert_eq!((some.left_out, some.exercised), (every.left_out, every.exercised));
        }
    }
}
