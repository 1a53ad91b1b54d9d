//! Mistakes that can be switched on in the reference client, one at a time.
//!
//! A rule is worth something only if there is a client that it catches. Each defect here is a
//! mistake that real clients make; it breaks exactly one rule, and the defect matrix (defects ×
//! scenarios) holds every rule to it: caught by its own, in each edition that has it, and by no
//! other.

mod catalogue;
pub mod matrix;

pub use catalogue::{Defect, all};

use std::sync::{Arc, Mutex, PoisonError};

use crate::verdict::Edition;

/// What there is to know about a defect.
#[derive(Clone, Copy, Debug)]
pub struct About {
    /// The name it is switched on by, such as `poll-too-fast`.
    pub id: &'static str,
    /// The rule it breaks.
    pub rule: &'static str,
    /// The editions in which that rule catches it.
    pub editions: &'static [Edition],
    /// What the client does wrong, in one sentence.
    pub description: &'static str,
}

impl Defect {
    /// The defect of this name.
    pub fn find(id: &str) -> Option<Self> {
        all().find(|defect| defect.about().id == id)
    }
}

/// The defects that are switched on; none by default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Defects(u128);

impl Defects {
    /// No defect: a client that conforms.
    pub const NONE: Self = Self(0);

    /// Whether this one is switched on.
    pub const fn has(self, defect: Defect) -> bool {
        self.0 & (1 << defect as u8) != 0
    }

    /// With this one switched on, too.
    #[must_use]
    pub const fn and(self, defect: Defect) -> Self {
        Self(self.0 | 1 << defect as u8)
    }
}

impl From<Defect> for Defects {
    fn from(defect: Defect) -> Self {
        Self::NONE.and(defect)
    }
}

impl FromIterator<Defect> for Defects {
    fn from_iter<I: IntoIterator<Item = Defect>>(defects: I) -> Self {
        defects.into_iter().fold(Self::NONE, Self::and)
    }
}

/// The defects as a client is asked about them at every turn, and which it was asked about.
///
/// A client that was never asked about a defect does the same with it and without it: in the
/// harness's own time, and with the same seed, a story that it is told twice goes the same way twice.
#[derive(Clone, Debug, Default)]
pub struct Switches {
    on: Defects,
    asked: Arc<Mutex<Defects>>,
}

impl Switches {
    /// Whether this one is switched on.
    pub fn has(&self, defect: Defect) -> bool {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        *asked = asked.and(defect);
        self.on.has(defect)
    }

    /// Those that were asked about so far, in all runs with these switches.
    pub fn asked(&self) -> Defects {
        *self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl From<Defects> for Switches {
    fn from(on: Defects) -> Self {
        Self { on, ..Self::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_lead_back() {
        for defect in all() {
            assert_eq!(Defect::find(defect.about().id), Some(defect));
        }
    }

    #[test]
    fn they_stand_in_the_order_of_the_rules_they_break() {
        let place = |defect: Defect| {
            crate::rules::all().iter().position(|rule| rule.id == defect.about().rule)
        };
        assert!(all().all(|defect| place(defect).is_some()));
        assert!(all().map(place).is_sorted());
    }

    #[test]
    fn a_set_holds_what_was_put_in_and_nothing_else() {
        for defect in all() {
            let set = Defects::from(defect);
            assert!(all().all(|other| set.has(other) == (other == defect)));
        }
        assert!(all().all(|defect| !Defects::NONE.has(defect)));
        assert!(all().count() <= 128, "the set has 128 places");
    }
}
