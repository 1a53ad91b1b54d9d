//! Markdown, as a CI summary shows it: the verdict first, then what was violated, then coverage.

use std::time::Duration;

use super::captures as held;
use super::model::*;
use super::terminal::{self, paint};
use crate::verdict::{Edition, Level, Verdict};

/// No page shows more evidence than this; the JSON report has all of it.
const MOST_EVIDENCE: usize = 40;

/// The report as Markdown.
pub fn render(report: &Report) -> String {
    let mut out = String::new();
    verdict(report, &mut out);
    figures(report, &mut out);
    violations(report, &mut out);
    coverage(report, &mut out);
    scenarios(report, &mut out);
    captures(report, &mut out);
    certificate(report, &mut out);
    out
}

fn verdict(report: &Report, out: &mut String) {
    let client = match (&report.client.name, &report.client.version) {
        (name, _) if name.is_empty() => "The client".to_owned(),
        (name, Some(version)) => format!("{} {}", escape(name), escape(version)),
        (name, None) => escape(name),
    };
    let said = match report.summary.result {
        Outcome::Conforms => format!("✅ {client} conforms to {}", report.edition),
        Outcome::Violated => format!("❌ {client} does not conform to {}", report.edition),
        Outcome::HarnessError => format!("⚠️ {client} was not judged: the harness failed"),
        Outcome::NothingExercised => format!("⚠️ {client} was not judged: nothing was exercised"),
    };
    out.push_str(&format!("## {said}\n\n"));
    for reason in &report.summary.reasons {
        out.push_str(&format!("- {}\n", escape(reason)));
    }
    if !report.summary.reasons.is_empty() {
        out.push('\n');
    }
}

fn figures(report: &Report, out: &mut String) {
    let gate = |edition| if edition == report.edition { " (gate)" } else { "" };
    let heads = Edition::ALL.map(|edition| format!("{edition}{}", gate(edition)));
    out.push_str(&format!("| Rules | {} |\n| --- | --: | --: |\n", heads.join(" | ")));
    type Figure = (&'static str, fn(&Counts) -> usize);
    let figures: [Figure; 6] = [
        ("kept", |counts| counts.pass),
        ("failed", |counts| counts.fail),
        ("warned of", |counts| counts.warn),
        ("too close to call", |counts| counts.inconclusive),
        ("not exercised", |counts| counts.not_exercised),
        ("not applicable", |counts| counts.not_applicable),
    ];
    for (name, figure) in figures {
        let of = |edition: Edition| report.summary.rules.get(&edition).map_or(0, figure);
        let [old, new] = Edition::ALL.map(of);
        if old + new > 0 {
            out.push_str(&format!("| {name} | {old} | {new} |\n"));
        }
    }
    out.push('\n');
}

fn violations(report: &Report, out: &mut String) {
    let violated = report.violated_worst_first();
    if violated.is_empty() {
        return;
    }
    out.push_str("### What was violated\n\n");
    for rule in violated.iter().take(MOST_EVIDENCE) {
        violation(report, rule, out);
    }
    if let more @ 1.. = violated.len().saturating_sub(MOST_EVIDENCE) {
        out.push_str(&format!("… and {}.\n\n", paint::count(more, "more rule")));
    }
}

fn violation(report: &Report, rule: &RuleReport, out: &mut String) {
    let Some(shown) = rule.violation_to_show(report.edition) else { return };
    let known = shown.known.as_deref().map(|reason| format!(" — known: {}", escape(reason)));
    out.push_str(&format!(
        "<details><summary><b>{} {}</b> — {} ({}; {}){}</summary>\n\n",
        rule.id,
        rule.name,
        escape(&shown.what),
        rule.levels(Some(shown)),
        paint::count(rule.violations.len(), "violation"),
        known.unwrap_or_default(),
    ));
    // Nothing that is quoted may end the block it is quoted in.
    let quoted = terminal::quote(report, rule, shown).replace("```", "'''");
    out.push_str(&format!("```text\n{quoted}```\n\n"));
    for (edition, place) in &rule.editions {
        out.push_str(&format!("- {edition}: [{}]({})\n", escape(&place.heading), place.url));
    }
    out.push_str("\n</details>\n\n");
}

fn level(rule: &RuleReport, edition: Edition) -> &'static str {
    match rule.level(edition) {
        Some(Level::Must) => "must",
        Some(Level::Should) => "should",
        None => "not",
    }
}

fn coverage(report: &Report, out: &mut String) {
    out.push_str("<details><summary>Coverage</summary>\n\n");
    let [old, new] = Edition::ALL;
    out.push_str(&format!("| Rule | | {old} | {new} | Exercised in |\n"));
    out.push_str("| --- | --- | --- | --- | --- |\n");
    for rule in &report.rules {
        let [old, new] = Edition::ALL.map(|edition| cell(rule, edition));
        let scenarios: Vec<_> = rule.exercised_by().into_iter().map(escape).collect();
        let shown = match scenarios.len() {
            0..=3 => scenarios.join(", "),
            number => paint::count(number, "scenario"),
        };
        out.push_str(&format!("| {} | {} | {old} | {new} | {shown} |\n", rule.id, rule.name));
    }
    out.push_str("\n</details>\n\n");
}

fn cell(rule: &RuleReport, edition: Edition) -> String {
    let Some(verdict) = rule.verdict(edition) else { return "–".into() };
    let sign = match verdict {
        Verdict::Pass => "✅",
        Verdict::Fail => "❌",
        Verdict::Warn => "⚠️",
        Verdict::Inconclusive => "❔",
        Verdict::NotExercised => return "not exercised".into(),
        Verdict::NotApplicable => return "not applicable".into(),
    };
    format!("{sign} {}", level(rule, edition))
}

fn scenarios(report: &Report, out: &mut String) {
    out.push_str("<details><summary>Scenarios</summary>\n\n");
    out.push_str("| Scenario | Ending | App time | Real time |\n| --- | --- | --: | --: |\n");
    for scenario in &report.scenarios {
        let detail = scenario.detail.as_deref().filter(|detail| !detail.is_empty());
        let detail = detail.map(|detail| format!(": {}", escape(detail))).unwrap_or_default();
        out.push_str(&format!(
            "| {} | {}{detail} | {} | {} |\n",
            escape(&scenario.name),
            scenario.outcome.words(),
            paint::roughly(Duration::from_millis(scenario.lasted_ms.unsigned_abs())),
            paint::roughly(Duration::from_millis(scenario.took_ms)),
        ));
    }
    for skipped in &report.skipped {
        let (name, reason) = (escape(&skipped.name), escape(&skipped.reason));
        out.push_str(&format!("| {name} | left out: {reason} | | |\n"));
    }
    out.push_str("\n</details>\n\n");
}

fn captures(report: &Report, out: &mut String) {
    for scenario in &report.scenarios {
        let Some(capture) = &scenario.capture else { continue };
        out.push_str(&format!("**{}**\n\n", escape(&scenario.name)));
        for sentence in held::sentences(scenario, capture) {
            out.push_str(&format!("- {}\n", escape(&sentence)));
        }
        out.push('\n');
    }
    let cannot_show = held::cannot_show(&report.scenarios);
    if !cannot_show.is_empty() {
        out.push_str("What this cannot show:\n\n");
        for sentence in cannot_show {
            out.push_str(&format!("- {}\n", escape(sentence)));
        }
        out.push('\n');
    }
}

fn certificate(report: &Report, out: &mut String) {
    if let Some(doubt) = &report.client.clock_doubt {
        let doubt = escape(doubt);
        out.push_str(&format!(
            "Judged in real time, though it declares clock\\_speed: {doubt}.\n\n"
        ));
    }
    let capabilities = report.client.capabilities.join(", ");
    let not_exercised = report.certificate.not_exercised.join(", ");
    out.push_str(&format!(
        "<sub>Capabilities: {}. Not exercised in {}: {}. Judged by {} {}; digest of the trace `{}`.</sub>\n",
        if capabilities.is_empty() { "none declared" } else { &capabilities },
        report.edition,
        if not_exercised.is_empty() { "nothing" } else { &not_exercised },
        report.tool.name,
        report.tool.version,
        report.certificate.trace_sha256,
    ));
}

/// Text that means itself in Markdown, in a table, and within HTML tags.
fn escape(text: impl AsRef<str>) -> String {
    let mut out = String::with_capacity(text.as_ref().len());
    for c in text.as_ref().chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '\n' | '\r' => out.push(' '),
            '|' | '*' | '_' | '`' | '[' | ']' | '\\' => out.extend(['\\', c]),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::testing::report_of;

    #[test]
    fn a_summary_says_the_verdict_first() {
        for name in ["no_failures", "many_failures", "crashed_client", "nothing_exercised"] {
            let text = render(&report_of(name, "")).replace(env!("CARGO_PKG_VERSION"), "[version]");
            insta::assert_snapshot!(name, text);
        }
    }

    #[test]
    fn text_from_elsewhere_makes_no_markup() {
        assert_eq!(escape("<b>|*x*|\n"), "&lt;b&gt;\\|\\*x\\*\\| ");
    }
}
