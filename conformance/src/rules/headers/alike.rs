//! One violation for many requests that break a rule the same way.

use foldhash::HashMap;

use crate::rules::{Findings, Violation};
use crate::trace::Exchange;
use crate::verdict::Level;

/// How many requests a violation shows; the others are only counted.
const SHOWN: usize = 3;

/// Collects requests that break a rule, by the sentence that says how.
#[derive(Debug, Default)]
pub(crate) struct Alike<'t> {
    groups: Vec<Group<'t>>,
    places: HashMap<String, usize>,
}

#[derive(Debug)]
struct Group<'t> {
    what: String,
    level: Option<Level>,
    exchanges: Vec<(&'t Exchange, String)>,
    count: usize,
}

impl<'t> Alike<'t> {
    /// Notes a request that breaks the rule as `what` says.
    pub(crate) fn add(
        &mut self,
        what: String,
        level: Option<Level>,
        exchange: &'t Exchange,
        shows: impl Into<String>,
    ) {
        let place = *self.places.entry(what).or_insert_with_key(|what| {
            let what = what.clone();
            self.groups.push(Group { what, level, exchanges: Vec::new(), count: 0 });
            self.groups.len() - 1
        });
        let group = &mut self.groups[place];
        group.count += 1;
        let later = |(other, _): &(&Exchange, String)| other.arrived > exchange.arrived;
        let place = group.exchanges.iter().position(later).unwrap_or(group.exchanges.len());
        if place < SHOWN {
            group.exchanges.insert(place, (exchange, shows.into()));
            group.exchanges.truncate(SHOWN);
        }
    }

    /// Turns every group into a violation.
    pub(crate) fn report(self, findings: &mut Findings) {
        for group in self.groups {
            let mut violation = Violation::new(group.what);
            violation.level = group.level;
            for (exchange, shows) in group.exchanges {
                violation = violation.exchange(exchange, shows);
            }
            findings.repeat(violation, group.count, SHOWN);
        }
    }
}
