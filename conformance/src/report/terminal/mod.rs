//! The report as a person reads it on a terminal.
//!
//! Renderings always contain colours; whoever prints them strips what the terminal cannot show
//! (`anstream` does, and honours `NO_COLOR`).

mod captures;
mod coverage;
mod ending;
mod evidence;
pub mod paint;
mod scenarios;

use super::{Report, RuleReport, ViolationReport};

/// Nobody likes to read longer lines, however wide the terminal is.
const WIDEST: usize = 110;

/// One violation with its proof as plain text.
pub(super) fn quote(report: &Report, rule: &RuleReport, violation: &ViolationReport) -> String {
    evidence::quote(report, rule, violation)
}

/// The whole report for a terminal of this many columns.
pub fn render(report: &Report, columns: usize) -> String {
    let width = columns.clamp(20, WIDEST);
    let parts = [
        coverage::render(report, width),
        scenarios::render(report, width),
        captures::render(report, width),
        evidence::render(report, width),
        ending::render(report, width),
    ];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::known_failures::KnownFailures;
    use crate::report::summarise;
    use crate::report::testing::{RULES, all_runs, played, run};
    use unicode_width::UnicodeWidthStr;

    fn plain(text: &str) -> String {
        anstream::adapter::strip_str(text).to_string()
    }

    #[test]
    fn every_kind_of_run_reads_well() {
        for (name, run) in all_runs() {
            let text = render(&summarise(&run, &RULES, &KnownFailures::default()), 100);
            insta::assert_snapshot!(format!("{name}_100"), plain(&text));
        }
    }

    #[test]
    fn narrow_terminals_lose_columns_but_no_verdict() {
        for (name, run) in all_runs() {
            if name == "many_failures" || name == "crashed_client" {
                let text = render(&summarise(&run, &RULES, &KnownFailures::default()), 44);
                insta::assert_snapshot!(format!("{name}_44"), plain(&text));
            }
        }
    }

    #[test]
    fn violations_of_a_live_scenario_that_are_not_listed_are_counted() {
        let mut scenario = played("polling", &[]);
        scenario.judgements[0].left_out = 7;
        let told = scenario.judgements[0].not_listed().unwrap();
        let report = summarise(&run(vec![scenario]), &RULES, &KnownFailures::default());
        assert_eq!(report.scenarios[0].detail.as_deref(), Some(told.as_str()));
        let text = plain(&render(&report, 200));
        assert!(text.contains("was violated, or too nearly to tell, 7 more times in 2024-10"));
    }

    #[test]
    fn nothing_is_wider_than_the_terminal() {
        for (name, run) in all_runs() {
            let report = summarise(&run, &RULES, &KnownFailures::default());
            for columns in [40, 60, 80, 100, 200] {
                let text = plain(&render(&report, columns));
                let wide = text.lines().find(|line| line.width() > columns);
                assert_eq!(wide, None, "{name} in {columns} columns");
            }
        }
    }

    #[test]
    fn colours_tell_what_fails_from_what_warns() {
        let run = all_runs().into_iter().find(|(name, _)| *name == "many_failures");
        let text = render(&summarise(&run.unwrap().1, &RULES, &KnownFailures::default()), 80);
        let visible = text
            .replace("\u{1b}[0m", "</>")
            .replace("\u{1b}[1m", "<bold>")
            .replace("\u{1b}[2m", "<dim>")
            .replace("\u{1b}[31m", "<red>")
            .replace("\u{1b}[32m", "<green>")
            .replace("\u{1b}[33m", "<yellow>")
            .replace("\u{1b}[36m", "<cyan>");
        assert!(!visible.contains('\u{1b}'), "an unnamed colour: {visible:?}");
        insta::assert_snapshot!("many_failures_colours", visible);
    }

    #[test]
    fn known_failures_are_shown_and_told_apart() {
        let run = all_runs().into_iter().find(|(name, _)| *name == "many_failures").unwrap().1;
        let known =
            "deny:AZN-2: until 4.2\nPOL-1: the old remote\nREG-1: never fixed, or was it?\n";
        let report = summarise(&run, &RULES, &KnownFailures::parse(known, &RULES).unwrap());
        insta::assert_snapshot!("known_failures_100", plain(&render(&report, 100)));
    }
}
