//! The rules as a document, for those who want to read all of them.

use std::fmt::Write as _;

use super::{Clause, Rule, all};
use crate::verdict::{Edition, Level};

const HEAD: &str = "\
# The rules

What `pass-conformance` judges clients by, in the two editions of the cookbook that clients in the field were written against: **2024-10**, the client-to-server
cookbook as of October 2024 with the pages beside it, and **2025-04**, the rewritten one with its checklist. A violated *must* fails, a violated *should* warns (and
fails with `--strict`). A rule is judged only where it was exercised: where its trigger occurred. Paths of documents are below
`help/authentication/` (2024-10) and `help/authentication/integration-guide-programmers/` (2025-04) of Adobe's documentation.

**Tolerance.** A limit of time is judged with the larger of 250 ms of real time and 5 % of the limit in the client's favour, and only where that is at most a quarter
of the limit. What lies beyond it by less than the measured jitter of the machine is inconclusive.

**Calls** are numbered:

| | call | | call |
| --- | --- | --- | --- |
| 1 | `POST /o/client/register` | 9 | `GET …/profiles/{mvpd}` |
| 2 | `POST /o/client/token` | 10 | `GET …/profiles/code/{code}` |
| 3 | `GET …/configuration` | 11 | `POST …/decisions/preauthorize/{mvpd}` |
| 4 | `POST …/sessions` | 12 | `POST …/decisions/authorize/{mvpd}` |
| 5 | `POST …/sessions/{code}` | 13 | `GET …/logout/{mvpd}` |
| 6 | `GET …/sessions/{code}` | 14 | `POST …/sessions/sso/{partner}` |
| 7 | `GET /api/v2/authenticate/{serviceProvider}/{code}`, in a user agent | 15 | `POST …/profiles/sso/{partner}` |
| 8 | `GET …/profiles` | | *protected*: 3–6 and 8–15 |

A *poll* is call 10 for the code of a sign-in that is under way; so are calls 8 and 9, when two or more come without the user doing anything between. A *run* goes from a
launch to the next, an *installation* is all runs over one storage, a *user action* goes from one thing the user does to the next.

Which requirement of Adobe's documents each rule tests is in the [traceability table](TRACEABILITY.md).

Generated from the code: `PASS_BLESS=1 cargo test -p pass-conformance --lib rules::document`.
";

/// All rules as a Markdown document.
pub fn markdown() -> String {
    let mut text = HEAD.to_owned();
    let mut phase = None;
    for rule in all() {
        if phase != Some(rule.phase) {
            let _ = write!(text, "\n## {}\n", rule.phase.title());
            phase = Some(rule.phase);
        }
        section(rule, &mut text);
    }
    text
}

fn section(rule: &Rule, text: &mut String) {
    let _ = write!(text, "\n### {} {}\n\n{}\n\n", rule.id, rule.name, rule.requires);
    for edition in Edition::ALL {
        let _ = writeln!(text, "- **{edition}**: {}", place(rule.clause(edition)));
    }
    let _ = writeln!(text, "- **Judged**: {}", rule.boundary);
    let _ = writeln!(text, "- **Why**: {}", rule.why);
    let _ = writeln!(text, "- **Remedy**: {}", rule.remedy);
    if let Some(capability) = rule.capability {
        let _ = writeln!(text, "- **Applies** to clients that declare `{capability}`");
    }
    if rule.needs_events {
        let _ = writeln!(text, "- **Needs** to know what the user did and saw");
    }
}

fn place(clause: Option<&Clause>) -> String {
    clause.map_or_else(
        || "not in that edition".to_owned(),
        |clause| {
            let level = match clause.level {
                Level::Must => "must",
                Level::Should => "should",
            };
            format!("*{level}*, `{}`, “{}”", clause.document, clause.heading)
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_is_current() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/RULES.md");
        if std::env::var_os("PASS_BLESS").is_some() {
            std::fs::write(path, markdown()).unwrap();
        }
        let written = std::fs::read_to_string(path).unwrap_or_default();
        let bless = "PASS_BLESS=1 cargo test -p pass-conformance --lib rules::document";
        assert!(written == markdown(), "run {bless}");
    }
}
