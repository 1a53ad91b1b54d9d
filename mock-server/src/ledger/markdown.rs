//! The ledger as a Markdown document.

use std::fmt::Write as _;

use super::answers::ROWS;
use super::differences::{OPENAPI, SAMPLES};
use super::{Basis, Topic, all};
use crate::router::Endpoint;

const HEAD: &str = "\
# Fidelity

What this mock does, and on what that rests. *Documented*: a page says so (its path below \
`help/authentication/integration-guide-programmers/`). *Inferred*: the pages do not make sense \
otherwise. *Decided*: they are silent or contradict themselves.

Generated from the code: `PASS_BLESS=1 cargo test -p pass-mock --lib ledger`. At the end: [what each \
call can answer with](#answers), [samples of the pages](#samples) and [Adobe's OpenAPI files](#openapi) \
that cannot be followed to the letter.
";

/// The ledger as a Markdown document.
pub fn markdown() -> String {
    let mut text = HEAD.to_owned();
    for topic in all() {
        write_topic(&mut text, &topic);
    }
    write_answers(&mut text);
    text.push_str(
        "\n## Samples\n\nEvery sample of the endpoint pages is sent as it is printed, with credentials \
         that are valid here, and its answer compared field by field. These differ.\n\n\
         | page | sample | what differs | why |\n| --- | --- | --- | --- |\n",
    );
    for sample in SAMPLES {
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} |",
            sample.page, sample.number, sample.what, sample.why
        );
    }
    text.push_str(
        "\n## OpenAPI\n\nAnswers fit Adobe's OpenAPI files, `restApiV2.json` and `dcrApi.json`, but for \
         this.\n\n| where | what differs | why |\n| --- | --- | --- |\n",
    );
    for difference in OPENAPI {
        let _ =
            writeln!(text, "| `{}` | {} | {} |", difference.at, difference.what, difference.why);
    }
    text
}

fn write_topic(text: &mut String, topic: &Topic) {
    let _ = write!(text, "\n## {}\n\n", topic.name);
    if topic.calls.len() < Endpoint::ALL.len() {
        let _ = write!(text, "Seen in {}.\n\n", names(topic.calls));
    }
    for entry in topic.entries {
        let _ = writeln!(text, "- {}\n  - {}", entry.what, basis(entry.basis));
    }
}

fn write_answers(text: &mut String) {
    text.push_str(
        "\n## Answers\n\nWhat the calls answer with unless a fault is in force. A code with status 200 is \
         that of a decision.\n\n| calls | answers | when | on what it rests |\n| --- | --- | --- | --- |\n",
    );
    for row in ROWS {
        let answers: Vec<String> = row
            .answers
            .iter()
            .map(|a| format!("{} {}", a.status, a.code).trim().to_owned())
            .collect();
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} |",
            names(row.calls),
            answers.join(", "),
            row.when,
            basis(row.basis)
        );
    }
}

fn basis(basis: Basis) -> String {
    match basis {
        Basis::Documented(document) => format!("*documented*: `{document}`"),
        Basis::Inferred(why) => format!("*inferred*: {why}"),
        Basis::Decided(why) => format!("*decided*: {why}"),
    }
}

fn names(calls: &[Endpoint]) -> String {
    if calls.len() + 1 >= Endpoint::ALL.len() {
        return "all".to_owned();
    }
    calls.iter().map(|call| call.name()).collect::<Vec<_>>().join(", ")
}
