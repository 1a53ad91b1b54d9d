//! `pass-conformance rules`

use pass_mock::config::nearest;

use super::args::RulesArgs;
use super::exercise::Exercises;
use super::failure::Failure;
use super::output;
use crate::defects::{self, About};
use crate::exit_code;
use crate::report::terminal::paint::{BOLD, CYAN, DIM, Line, PLAIN, YELLOW, fit, wrap};
use crate::rules::{self, Clause, Rule};
use crate::scenario;
use crate::verdict::{Edition, Level};

pub(super) fn run(arguments: &RulesArgs) -> Result<u8, Failure> {
    let columns = output::columns().clamp(20, 110);
    let text = match &arguments.explain {
        Some(id) => {
            let rule = find(id)?;
            let exercises = Exercises::find_out(scenario::all().map_err(Failure::usage)?)?;
            let about = |defect: defects::Defect| defect.about();
            let proofs: Vec<_> =
                defects::all().map(about).filter(|about| about.rule == rule.id).collect();
            explain(rule, &exercises, &proofs, columns)
        }
        None => table(rules::all(), columns),
    };
    output::print(&text);
    Ok(exit_code::CONFORMS)
}

/// The rule with this id or name.
fn find(word: &str) -> Result<&'static Rule, Failure> {
    let mut named = rules::all().iter().filter(|rule| rule.name.eq_ignore_ascii_case(word));
    if let Some(rule) = rules::find(word).or_else(|| named.next().copied()) {
        return Ok(rule);
    }
    let words = rules::all().iter().flat_map(|rule| [rule.id, rule.name]);
    Err(Failure::usage(match nearest(word, words) {
        Some(meant) => format!("no rule `{word}`; did you mean `{meant}`?"),
        None => format!("no rule `{word}`; `pass-conformance rules` lists them"),
    }))
}

/// All rules by phase, with their levels in both editions.
fn table(rules: &[&Rule], columns: usize) -> String {
    let mut out = String::new();
    let longest = rules.iter().map(|rule| rule.name.len()).max().unwrap_or(0);
    let [name, old] = [10, 10 + longest + 2];
    let [new, says] = [old + 9, old + 18];
    let line = Line::new().with(BOLD, "Rule").to(old).with(BOLD, Edition::Oct2024.name());
    let line = line.to(new).with(BOLD, Edition::Apr2025.name());
    let has_room = columns >= says + 30;
    if has_room { line.to(says).with(BOLD, "The client must or should") } else { line }
        .end(&mut out);
    let mut phase = None;
    for rule in rules {
        if phase != Some(rule.phase) {
            Line::new().with(BOLD, rule.phase.title()).end(&mut out);
            phase = Some(rule.phase);
        }
        let mut line = Line::new().with(PLAIN, "  ").with(CYAN, rule.id).to(name);
        line = level(rule.oct_2024.as_ref(), line.with(PLAIN, rule.name).to(old));
        line = level(rule.apr_2025.as_ref(), line.to(new));
        if has_room {
            line = line.to(says).with(DIM, fit(rule.requires, columns - says));
        }
        line.end(&mut out);
    }
    out.push_str(
        "\n`pass-conformance rules --explain ID` tells where a rule comes from and what to do.\n",
    );
    out
}

fn level(clause: Option<&Clause>, line: Line) -> Line {
    match clause.map(|clause| clause.level) {
        Some(Level::Must) => line.with(BOLD, "must"),
        Some(Level::Should) => line.with(YELLOW, "should"),
        None => line.with(DIM, "–"),
    }
}

/// Everything about one rule.
fn explain(rule: &Rule, exercises: &Exercises, proofs: &[About], columns: usize) -> String {
    let mut out = String::new();
    let title = Line::new().with(CYAN.bold(), rule.id).with(BOLD, format!(" {}", rule.name));
    title.with(DIM, format!("  ({})", rule.phase.title())).end(&mut out);
    out.push('\n');
    for line in wrap(rule.requires, columns.saturating_sub(2)) {
        Line::new().with(PLAIN, "  ").with(PLAIN, line).end(&mut out);
    }
    out.push('\n');
    for edition in Edition::ALL {
        let mut line = Line::new().with(PLAIN, "  ").with(BOLD, edition.name()).to(13);
        line = level(rule.clause(edition), line);
        if rule.clause(edition).is_none() {
            line = line.with(DIM, " not in that edition");
        }
        line.end(&mut out);
        if let Some(clause) = rule.clause(edition) {
            paragraph("", &format!("{}, “{}”", clause.document, clause.heading), columns, &mut out);
        }
    }
    out.push('\n');
    paragraph("Judged", rule.boundary, columns, &mut out);
    paragraph("Why", rule.why, columns, &mut out);
    paragraph("Remedy", rule.remedy, columns, &mut out);
    if let Some(capability) = rule.capability {
        let text = format!("only to clients that declare the capability {capability}");
        paragraph("Applies", &text, columns, &mut out);
    }
    if rule.needs_events {
        let text = "what the user did and saw; a capture without events cannot be judged by it";
        paragraph("Needs", text, columns, &mut out);
    }
    let scenarios = match exercises.of_rule(rule.id) {
        [] => "no scenario with the bundled client".to_owned(),
        some => some.join(", "),
    };
    paragraph("Exercised", &scenarios, columns, &mut out);
    for (n, about) in proofs.iter().enumerate() {
        let name = if n == 0 { "Proven by" } else { "" };
        paragraph(name, &format!("{}: {}", about.id, about.description), columns, &mut out);
    }
    out
}

fn paragraph(name: &str, text: &str, columns: usize, out: &mut String) {
    for (n, line) in wrap(text, columns.saturating_sub(13)).iter().enumerate() {
        let lead = if n == 0 { name } else { "" };
        Line::new().with(PLAIN, "  ").with(BOLD, lead).to(13).with(PLAIN, line).end(out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::testing::RULES;

    fn plain(text: &str) -> String {
        anstream::adapter::strip_str(text).to_string()
    }

    #[test]
    fn rules_are_a_table_by_phase() {
        insta::assert_snapshot!("table_110", plain(&table(&RULES, 110)));
        insta::assert_snapshot!("table_50", plain(&table(&RULES, 50)));
    }

    #[test]
    fn a_rule_is_explained_with_its_sources() {
        let proof = About {
            id: "credentials-not-kept",
            rule: "REG-2",
            editions: &Edition::ALL,
            description: "Forgets its client credentials when it ends.",
        };
        let explain =
            |rule, proofs: &[About]| plain(&explain(rule, &Exercises::default(), proofs, 80));
        insta::assert_snapshot!("both_editions", explain(RULES[1], &[proof]));
        insta::assert_snapshot!("one_edition", explain(RULES[3], &[]));
    }
}
