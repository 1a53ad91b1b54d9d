//! Which requirement of Adobe's checklist and cookbooks is tested by which rule, or why none can.
//!
//! Requirements are told in words of this project; the document and heading say where to read them.

mod checklist;
mod client_server_2024;
mod client_server_2025;
mod document;
mod server_server_2025;

pub use document::markdown;

use crate::verdict::Edition;

/// Everything that a document asks of clients.
#[derive(Clone, Copy, Debug)]
pub struct Document {
    /// The edition it belongs to.
    pub edition: Edition,
    /// What it is.
    pub title: &'static str,
    /// Where it is, as rules name it.
    pub path: &'static str,
    /// Its headings, in its order.
    pub sections: &'static [Section],
}

/// What stands below one heading.
#[derive(Clone, Copy, Debug)]
pub struct Section {
    /// The heading, as rules name it.
    pub heading: &'static str,
    /// What is asked there, sentence by sentence.
    pub requirements: &'static [Requirement],
}

/// One requirement.
#[derive(Clone, Copy, Debug)]
pub struct Requirement {
    /// What is asked, in our words.
    pub asks: &'static str,
    /// The rules that test it.
    pub rules: &'static [&'static str],
    /// What of it cannot be tested, and why; all of it where there is no rule.
    pub unseen: Option<&'static str>,
}

const fn section(heading: &'static str, requirements: &'static [Requirement]) -> Section {
    Section { heading, requirements }
}

/// A requirement that rules test.
const fn tested(asks: &'static str, rules: &'static [&'static str]) -> Requirement {
    Requirement { asks, rules, unseen: None }
}

/// A requirement that rules test as far as it can be seen.
const fn partly(
    asks: &'static str,
    rules: &'static [&'static str],
    unseen: &'static str,
) -> Requirement {
    Requirement { asks, rules, unseen: Some(unseen) }
}

/// A requirement that nothing on the wire tells of.
const fn untestable(asks: &'static str, why: &'static str) -> Requirement {
    Requirement { asks, rules: &[], unseen: Some(why) }
}

/// The documents, oldest edition first.
pub fn documents() -> [&'static Document; 4] {
    [
        &client_server_2024::DOCUMENT,
        &checklist::DOCUMENT,
        &client_server_2025::DOCUMENT,
        &server_server_2025::DOCUMENT,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::{self, Clause};

    fn requirements() -> impl Iterator<Item = (&'static Document, &'static Requirement)> {
        let sections = |document: &'static Document| document.sections.iter();
        let all = documents().into_iter().flat_map(move |d| sections(d).map(move |s| (d, s)));
        all.flat_map(|(document, section)| section.requirements.iter().map(move |r| (document, r)))
    }

    #[test]
    fn every_requirement_has_a_rule_of_its_edition_or_a_reason() {
        for (document, requirement) in requirements() {
            let asks = requirement.asks;
            assert!(asks.ends_with('.'), "{asks}");
            assert!(requirement.unseen.is_none_or(|why| why.ends_with('.')), "{asks}");
            assert!(!requirement.rules.is_empty() || requirement.unseen.is_some(), "{asks}");
            for id in requirement.rules {
                let rule = rules::find(id).unwrap_or_else(|| panic!("there is no {id}: {asks}"));
                assert_eq!(rule.id, *id);
                assert!(rule.clause(document.edition).is_some(), "{id} in {}", document.edition);
            }
        }
    }

    #[test]
    fn a_rule_that_names_a_document_is_found_below_that_heading() {
        for rule in rules::all() {
            for edition in Edition::ALL {
                let Some(Clause { document, heading, .. }) = rule.clause(edition) else { continue };
                let listed = documents().into_iter().find(|d| d.path == *document);
                let Some(listed) = listed else { continue };
                assert_eq!(listed.edition, edition, "{}: {document}", rule.id);
                let section = listed.sections.iter().find(|section| section.heading == *heading);
                let section = section.unwrap_or_else(|| panic!("{}: no “{heading}”", rule.id));
                let named = section.requirements.iter().any(|r| r.rules.contains(&rule.id));
                assert!(named, "{} is not named below “{heading}” of {document}", rule.id);
            }
        }
    }

    #[test]
    fn every_rule_is_in_the_document() {
        let text = markdown();
        for rule in rules::all() {
            assert!(text.contains(&document::link(rule.id)), "{}", rule.id);
        }
    }

    #[test]
    fn headings_come_once() {
        for document in documents() {
            let mut headings: Vec<_> = document.sections.iter().map(|s| s.heading).collect();
            headings.sort_unstable();
            headings.dedup();
            assert_eq!(headings.len(), document.sections.len(), "{}", document.path);
        }
    }

    #[test]
    fn the_document_is_current() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/TRACEABILITY.md");
        if std::env::var_os("PASS_BLESS").is_some() {
            std::fs::write(path, markdown()).unwrap();
        }
        let written = std::fs::read_to_string(path).unwrap_or_default();
        let bless = "PASS_BLESS=1 cargo test -p pass-conformance --lib traceability";
        assert!(written == markdown(), "run {bless}");
    }
}
