//! Texts that many have in common.

use std::fmt;
use std::hash::BuildHasher as _;
use std::sync::{Mutex, PoisonError};

use foldhash::quality::RandomState;

use crate::config::Id;

/// So many texts are remembered at most.
const SLOTS: usize = 1024;
/// Longer ones are not: hardly two are alike, and they would cost the most.
const LONGEST: usize = 1024;

/// What was seen of late, so that what a million devices of a few models all say is kept once.
///
/// Each text has one place, where the latest one stays: nothing grows, and nothing is ever tidied up.
pub(super) struct Texts {
    slots: Box<[Mutex<Option<Id>>]>,
    hasher: RandomState,
}

impl Texts {
    /// Makes a text one with an equal one that was seen before, if that is remembered.
    pub(super) fn share(&self, text: &mut Option<Id>) {
        let Some(text) = text.as_mut().filter(|text| text.len() <= LONGEST) else { return };
        // Less than their number, so that it fits any `usize`.
        let slot = self.hasher.hash_one(&**text) % SLOTS as u64;
        let mut slot = self.slots[slot as usize].lock().unwrap_or_else(PoisonError::into_inner);
        match &*slot {
            Some(known) if known == text => *text = known.clone(),
            _ => *slot = Some(text.clone()),
        }
    }
}

impl Default for Texts {
    fn default() -> Self {
        Self {
            slots: (0..SLOTS).map(|_| Mutex::default()).collect(),
            hasher: RandomState::default(),
        }
    }
}

impl fmt::Debug for Texts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Texts").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn shared(texts: &Texts, text: &str) -> Id {
        let mut text = Some(text.into());
        texts.share(&mut text);
        text.unwrap()
    }

    #[test]
    fn equal_texts_become_one() {
        let texts = Texts::default();
        let (one, other) = (shared(&texts, "Roku"), shared(&texts, "Roku"));
        assert!(Arc::ptr_eq(&one, &other));
        assert_eq!(&*shared(&texts, "tvOS"), "tvOS");
    }

    #[test]
    fn long_texts_and_none_are_left_alone() {
        let texts = Texts::default();
        let long = "x".repeat(LONGEST + 1);
        assert!(!Arc::ptr_eq(&shared(&texts, &long), &shared(&texts, &long)));
        texts.share(&mut None);
    }

    #[test]
    fn however_many_there_are_no_more_than_a_few_are_remembered() {
        let texts = Texts::default();
        for n in 0..10 * SLOTS {
            assert_eq!(*shared(&texts, &n.to_string()), *n.to_string());
        }
    }
}
