//! The traceability table as a document.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{Document, Requirement, documents};
use crate::rules::{self, Rule};
use crate::verdict::Edition;

const HEAD: &str = "\
# Traceability

What Adobe's checklist and cookbooks ask of a client, sentence by sentence and in our own words, with the [rules](RULES.md) that test it, or why nothing that can be seen
from outside the client tells whether it does. Both editions have a client-to-server cookbook; the checklist and the server-to-server cookbook exist in the newer one
only. The checklist's summary repeats what stands above it and is not listed again. What other pages ask, and a rule tests, comes at the end.

Generated from the code: `PASS_BLESS=1 cargo test -p pass-conformance --lib traceability`.
";

/// The table as a Markdown document.
pub fn markdown() -> String {
    let mut text = HEAD.to_owned();
    for document in documents() {
        table(document, &mut text);
    }
    for edition in Edition::ALL {
        elsewhere(edition, &mut text);
    }
    text
}

fn table(document: &Document, text: &mut String) {
    let all = document.sections.iter().flat_map(|section| section.requirements);
    let (mut tested, mut count) = (0, 0);
    for requirement in all {
        count += 1;
        tested += usize::from(!requirement.rules.is_empty());
    }
    let _ = write!(
        text,
        "\n## {}, {}\n\n`{}`: {count} requirements, {tested} of them tested.\n\n\
         | heading | what it asks | tested by |\n| --- | --- | --- |\n",
        document.edition, document.title, document.path
    );
    for section in document.sections {
        let mut heading = section.heading;
        for requirement in section.requirements {
            let by = tested_by(requirement);
            let _ = writeln!(text, "| {heading} | {} | {by} |", requirement.asks);
            heading = "";
        }
    }
}

fn tested_by(requirement: &Requirement) -> String {
    let rules: Vec<_> = requirement.rules.iter().map(|id| link(id)).collect();
    match (rules.is_empty(), requirement.unseen) {
        (true, why) => format!("– {}", why.unwrap_or_default()),
        (false, None) => rules.join(", "),
        (false, Some(why)) => format!("{}. {why}", rules.join(", ")),
    }
}

/// A link to a rule's place in the rules' own document.
pub(super) fn link(id: &str) -> String {
    let rule = rules::find(id);
    let name = rule.map_or("", |rule| rule.name);
    format!("[{id}](RULES.md#{}-{name})", id.to_lowercase())
}

/// What rules test that other pages ask.
fn elsewhere(edition: Edition, text: &mut String) {
    let mut pages: BTreeMap<(&str, &str), Vec<&Rule>> = BTreeMap::new();
    for rule in rules::all() {
        let Some(clause) = rule.clause(edition) else { continue };
        if documents().iter().all(|listed| listed.path != clause.document) {
            pages.entry((clause.document, clause.heading)).or_default().push(rule);
        }
    }
    let _ = write!(
        text,
        "\n## {edition}, other pages\n\n| page | heading | what it asks | tested by |\n\
         | --- | --- | --- | --- |\n"
    );
    for ((page, heading), rules) in pages {
        for rule in rules {
            let by = link(rule.id);
            let _ = writeln!(text, "| `{page}` | {heading} | {} | {by} |", rule.requires);
        }
    }
}
