//! Where this mock's behaviour comes from: every behaviour is documented, inferred or decided.
//!
//! Entries stand next to the code that they speak of; [`all`] collects them for the documentation.

use crate::{api, mvpd};

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
pub fn all() -> Vec<(&'static str, &'static [Entry])> {
    let provider = ("The provider's pages", mvpd::LEDGER);
    api::LEDGERS.iter().copied().chain([provider]).collect()
}

/// The ledger as a Markdown document.
pub fn markdown() -> String {
    let mut text = String::from(
        "# Fidelity\n\nWhat this mock does, and on what that rests. *Documented*: a page says so (its path below \
         `help/authentication/integration-guide-programmers/`). *Inferred*: the pages do not make \
         sense otherwise. *Decided*: they are silent or contradict themselves.\n\nGenerated from \
         the code: `PASS_BLESS=1 cargo test -p pass-mock --lib ledger`.\n",
    );
    for (topic, entries) in all() {
        text.push_str(&format!("\n## {topic}\n\n"));
        for Entry { what, basis } in entries {
            let basis = match basis {
                Basis::Documented(document) => format!("documented*: `{document}`"),
                Basis::Inferred(why) => format!("inferred*: {why}"),
                Basis::Decided(why) => format!("decided*: {why}"),
            };
            text.push_str(&format!("- {what}\n  - *{basis}\n"));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_topic_has_entries_and_no_entry_comes_twice() {
        let mut seen = HashSet::new();
        for (topic, entries) in all() {
            assert!(!entries.is_empty(), "{topic}");
            for entry in entries {
                assert!(seen.insert(entry.what), "twice: {}", entry.what);
                let (Basis::Documented(why) | Basis::Inferred(why) | Basis::Decided(why)) =
                    entry.basis;
                assert!(!why.is_empty() && !entry.what.is_empty());
                if let Basis::Documented(document) = entry.basis {
                    let path = document.split('#').next().unwrap_or_default();
                    assert!(path.ends_with(".md"), "{document} is no document");
                }
            }
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
