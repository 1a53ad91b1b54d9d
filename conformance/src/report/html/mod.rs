//! One HTML file: the verdict first, then what was violated with its proof, what was covered, a
//! picture of every scenario, and a certificate. It needs nothing from anywhere else, and prints.

mod coverage;
mod filters;
mod picture;
mod scenarios;
mod violations;

use askama::Template;

use super::model::*;
use crate::verdict::{Edition, Verdict};

/// The report as an HTML page.
pub fn render(report: &Report) -> String {
    let (tone, sign) = match report.summary.result {
        Outcome::Conforms => ("ok", "✓"),
        Outcome::Violated => ("fail", "✗"),
        Outcome::HarnessError | Outcome::NothingExercised => ("warn", "!"),
    };
    let page = Page {
        report,
        headline: headline(report),
        tone,
        sign,
        style: include_str!("../../../templates/report.css"),
        editions: Edition::ALL,
        cards: Edition::ALL.iter().filter_map(|edition| coverage::card(report, *edition)).collect(),
        violated: violations::all(report),
        phases: coverage::phases(report),
        scenarios: scenarios::all(report),
    };
    // Only writing can fail, and writing to text does not.
    page.render().unwrap_or_default()
}

#[derive(Template)]
#[template(path = "report.html")]
struct Page<'a> {
    report: &'a Report,
    headline: String,
    tone: &'static str,
    sign: &'static str,
    style: &'static str,
    editions: [Edition; 2],
    cards: Vec<coverage::Card<'a>>,
    violated: Vec<violations::Violated<'a>>,
    phases: Vec<coverage::PhaseRows<'a>>,
    scenarios: Vec<scenarios::Shown<'a>>,
}

/// The verdict in a line.
pub(crate) fn headline(report: &Report) -> String {
    let name = match report.client.name.as_str() {
        "" => "The client",
        name => name,
    };
    let version = report.client.version.as_deref().map(|version| format!(" {version}"));
    let client = format!("{name}{}", version.unwrap_or_default());
    match report.summary.result {
        Outcome::Conforms => format!("{client} conforms to {}", report.edition),
        Outcome::Violated => format!("{client} does not conform to {}", report.edition),
        Outcome::HarnessError => format!("{client} was not judged: the harness failed"),
        Outcome::NothingExercised => format!("{client} was not judged: nothing was exercised"),
    }
}

/// The style class of a verdict.
const fn class(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "ok",
        Verdict::Fail => "fail",
        Verdict::Warn => "warn",
        Verdict::Inconclusive => "note",
        Verdict::NotExercised | Verdict::NotApplicable => "none",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::testing::{all_runs, report_of};

    fn page(name: &str, known: &str) -> String {
        let page = render(&report_of(name, known)).replace(env!("CARGO_PKG_VERSION"), "[version]");
        let (head, tail) = page.split_once("<style>").unwrap();
        let (_, tail) = tail.split_once("</style>").unwrap();
        format!("{head}{tail}")
    }

    #[test]
    fn every_kind_of_run_is_a_page() {
        for name in ["no_failures", "one_failure", "crashed_client", "nothing_played"] {
            insta::assert_snapshot!(name, page(name, ""));
        }
        insta::assert_snapshot!("known", page("many_failures", "POL-1: later\nREG-1: never\n"));
    }

    #[test]
    fn nothing_is_fetched_from_elsewhere() {
        for (name, _) in all_runs() {
            let page = page(name, "");
            for fetching in ["src=", "<link", "url(", "@import", "xlink:href"] {
                assert!(!page.contains(fetching), "{name} has {fetching}");
            }
        }
    }

    #[test]
    fn text_from_elsewhere_is_no_markup() {
        let mut report = report_of("many_failures", "");
        let evil = "<script>alert(1)</script>";
        report.client.name = evil.into();
        report.scenarios[0].title = evil.into();
        report.scenarios[0].timeline[0].what = evil.into();
        for rule in report.rules.iter_mut().filter(|rule| !rule.violations.is_empty()) {
            rule.violations[0].what = evil.into();
            rule.violations[0].evidence[0].what = evil.into();
        }
        let page = render(&report);
        assert!(!page.contains(evil));
        assert!(page.contains("&#60;script&#62;alert(1)"));
    }
}
