//! Where this mock's behaviour comes from: every behaviour is documented, inferred or decided.
//!
//! Entries stand next to the code that they speak of; [`all`] collects them for the documentation.
//! [`answers`] is what each call can answer with; [`differences`] is where the documents cannot all
//! be followed.

pub mod answers;
pub mod differences;
mod markdown;

pub use markdown::markdown;

use crate::router::Endpoint;
use crate::{activate, api, mvpd, pipeline};

/// On what a behaviour rests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Basis {
    /// A document says so: its path below `help/authentication/integration-guide-programmers/`.
    Documented(&'static str),
    /// The documents do not say so, but do not make sense otherwise; why.
    Inferred(&'static str),
    /// The documents are silent or contradict themselves, and this is what the mock does; why.
    Decided(&'static str),
}

/// One behaviour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Entry {
    /// What the mock does.
    pub what: &'static str,
    /// On what that rests.
    pub basis: Basis,
}

/// Behaviours that belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Topic {
    /// What they are about.
    pub name: &'static str,
    /// The calls where they are seen.
    pub calls: &'static [Endpoint],
    /// The behaviours.
    pub entries: &'static [Entry],
}

/// A behaviour that a document describes.
pub const fn documented(document: &'static str, what: &'static str) -> Entry {
    Entry { what, basis: Basis::Documented(document) }
}

/// A behaviour that follows from the documents.
pub const fn inferred(why: &'static str, what: &'static str) -> Entry {
    Entry { what, basis: Basis::Inferred(why) }
}

/// A behaviour that this project chose.
pub const fn decided(why: &'static str, what: &'static str) -> Entry {
    Entry { what, basis: Basis::Decided(why) }
}

/// Every behaviour, by topic.
pub fn all() -> Vec<Topic> {
    let everything =
        Topic { name: "Every request", calls: &Endpoint::ALL, entries: pipeline::LEDGER };
    let provider =
        Topic { name: "The provider's pages", calls: &[Endpoint::Page], entries: mvpd::LEDGER };
    let second_screen =
        Topic { name: "The second screen", calls: &[Endpoint::Page], entries: activate::LEDGER };
    [&[everything], api::LEDGERS, &[provider, second_screen]].concat()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn assert_rests(basis: Basis) {
        let (Basis::Documented(why) | Basis::Inferred(why) | Basis::Decided(why)) = basis;
        assert!(!why.is_empty());
        if let Basis::Documented(document) = basis {
            let path = document.split('#').next().unwrap_or_default();
            assert!(path.ends_with(".md"), "{document} is no document");
        }
    }

    #[test]
    fn every_topic_has_entries_and_no_entry_comes_twice() {
        let mut seen = HashSet::new();
        for topic in all() {
            assert!(!topic.entries.is_empty() && !topic.calls.is_empty(), "{}", topic.name);
            for entry in topic.entries {
                assert!(seen.insert(entry.what), "twice: {}", entry.what);
                assert!(!entry.what.is_empty());
                assert_rests(entry.basis);
            }
        }
        for row in answers::ROWS {
            assert!(!row.calls.is_empty() && !row.answers.is_empty() && !row.when.is_empty());
            assert_rests(row.basis);
        }
    }

    #[test]
    fn every_call_has_a_topic_of_its_own() {
        for call in Endpoint::ALL {
            let own = all().into_iter().skip(1).filter(|topic| topic.calls.contains(&call));
            let entries: usize = own.map(|topic| topic.entries.len()).sum();
            assert!(entries >= 3, "{call:?} has {entries} behaviours");
        }
    }

    #[test]
    fn the_document_is_current() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/FIDELITY.md");
        if std::env::var_os("PASS_BLESS").is_some() {
            std::fs::write(path, markdown()).unwrap();
        }
        let written = std::fs::read_to_string(path).unwrap_or_default();
        assert!(written == markdown(), "run PASS_BLESS=1 cargo test -p pass-mock --lib ledger");
    }
}
