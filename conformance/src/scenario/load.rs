//! Reading scenario files, with mistakes that say where they are and what was meant.

use std::fmt;
use std::path::Path;

use pass_mock::config::nearest;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_saphyr::{Location, Spanned};

use super::{Scenario, ScenarioFile, check};

/// Why a scenario file cannot be used: one line with file, place and what was expected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}{place}: {message}")]
pub struct LoadError {
    /// The file, as it was named.
    pub file: String,
    /// Line and column, where they can be named.
    pub place: Place,
    /// What is wrong and what was expected.
    pub message: String,
}

/// A line and a column, both counted from 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place(pub Option<(u64, u64)>);

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |(line, column)| write!(f, ":{line}:{column}"))
    }
}

impl From<Option<Location>> for Place {
    fn from(location: Option<Location>) -> Self {
        let known = location.filter(|location| location.line() > 0);
        Self(known.map(|location| (location.line(), location.column())))
    }
}

/// Reads a scenario file; two scenarios come of one that has both flows. They are called after it.
pub fn file(path: &Path) -> Result<Vec<Scenario>, LoadError> {
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    let shown = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|error| LoadError {
        file: shown.clone(),
        place: Place::default(),
        message: format!("cannot be read: {error}"),
    })?;
    text_of(&name, &shown, &text)
}

/// Reads a scenario from text: its name, the file as errors call it, and what is in it.
pub fn text_of(name: &str, shown: &str, text: &str) -> Result<Vec<Scenario>, LoadError> {
    let wrong = |place, message| LoadError { file: shown.to_owned(), place, message };
    let file: ScenarioFile = serde_saphyr::from_str(text).map_err(|error| {
        let error = error.without_snippet();
        wrong(error.location().into(), explain(error))
    })?;
    match check::complaint(&file) {
        Some(complaint) => Err(wrong(place_of(text, complaint.about), complaint.message)),
        None => Ok(Scenario::all_of(name, file)),
    }
}

/// What a parser's error means to the person who wrote the file.
fn explain(error: &serde_saphyr::Error) -> String {
    use serde_saphyr::Error;
    match error {
        Error::SerdeUnknownField { field, expected, .. } => unknown("field", field, expected),
        Error::SerdeUnknownVariant { variant, expected, .. } => unknown("word", variant, expected),
        Error::SerdeMissingField { field, .. } => format!("the field `{field}` is missing"),
        Error::SerdeInvalidType { unexpected, expected, .. }
        | Error::SerdeInvalidValue { unexpected, expected, .. } => {
            format!("expected {expected}, found {unexpected}")
        }
        other => first_line(&other.render()),
    }
}

fn unknown(what: &str, word: &str, expected: &[&'static str]) -> String {
    match nearest(word, expected.iter().copied()) {
        Some(meant) => format!("unknown {what} `{word}`; did you mean `{meant}`?"),
        None => format!("unknown {what} `{word}`; expected one of {}", expected.join(", ")),
    }
}

/// The parser adds the place to its own text; here it stands in front of the line already.
fn first_line(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    let line = line.strip_prefix("error: ").unwrap_or(line);
    line.split(" at line ").next().unwrap_or(line).trim().to_owned()
}

/// Where the things stand that a well-formed file can still have wrong.
#[derive(Deserialize)]
struct Places {
    mvpd: Option<Spanned<IgnoredAny>>,
    flow: Option<Spanned<IgnoredAny>>,
    picked_in: Option<Spanned<IgnoredAny>>,
    temp_pass: Option<Spanned<IgnoredAny>>,
    single_sign_on: Option<Spanned<IgnoredAny>>,
    server: Option<Spanned<IgnoredAny>>,
    steps: Spanned<Vec<Spanned<IgnoredAny>>>,
}

fn place_of(text: &str, about: check::About) -> Place {
    let Ok(places) = serde_saphyr::from_str::<Places>(text) else { return Place::default() };
    let whole = places.steps.referenced;
    let found = match about {
        check::About::Mvpd => places.mvpd.map(|mvpd| mvpd.referenced),
        check::About::Flow => places.flow.map(|flow| flow.referenced),
        check::About::PickedIn => places.picked_in.map(|picked_in| picked_in.referenced),
        check::About::TempPass => places.temp_pass.map(|temp_pass| temp_pass.referenced),
        check::About::SingleSignOn => places.single_sign_on.map(|told| told.referenced),
        check::About::Server => places.server.map(|server| server.referenced),
        check::About::Step(index) => places.steps.value.get(index).map(|step| step.referenced),
    };
    Some(found.unwrap_or(whole)).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const STORY: &str = "\
title: A story
why: Because.
steps:
  - launch
  - sign_in
  - play: REF30
  - quit
";

    fn error(text: &str) -> String {
        text_of("own", "own.yaml", text).unwrap_err().to_string()
    }

    #[test]
    fn a_short_file_is_enough() {
        let scenarios = text_of("own", "own.yaml", STORY).unwrap();
        assert_eq!(scenarios.len(), 1);
        assert_eq!(scenarios[0].name, "own");
        assert_eq!(scenarios[0].file.mvpd, "Cablevision");
        assert_eq!(scenarios[0].file.steps.len(), 4);
    }

    #[test]
    fn a_file_with_both_flows_is_two_scenarios() {
        let scenarios = text_of("own", "own.yaml", &format!("flow: both\n{STORY}")).unwrap();
        let names: Vec<&str> = scenarios.iter().map(|s| s.name.as_str()).collect();
        assert_eq!(names, ["own", "own@second-screen"]);
    }

    #[test]
    fn mistakes_are_named_with_their_place_and_the_nearest_word() {
        let story = |from: &str, to: &str| STORY.replace(from, to);
        let mistakes = [
            format!("flwo: both\n{STORY}"),
            format!("flow: bowser\n{STORY}"),
            format!("mvpd: Cabelvision\n{STORY}"),
            format!("needs: [second-screen]\n{STORY}"),
            format!("picked_in: second_screen\n{STORY}"),
            format!("temp_pass: {{mvpd: TempPass_TEST}}\n{STORY}"),
            format!("temp_pass: {{mvpd: Dish}}\n{STORY}"),
            format!("temp_pass: {{mvpd: flexibleTempPass}}\n{STORY}"),
            format!("temp_pass: {{mvpd: TempPass_TEST40, identity: somebody}}\n{STORY}"),
            format!("temp_pass: {{mvpd: TempPass_TEST40, last: 1m}}\n{STORY}"),
            format!("server: {{lifetimes: {{code: 30}}}}\n{STORY}"),
            format!("server: {{throttel: true}}\n{STORY}"),
            format!("single_sign_on: {{apple: {{access: allowed}}}}\n{STORY}"),
            format!("single_sign_on: {{apple: {{user: dmeo}}}}\n{STORY}"),
            format!("single_sign_on: {{service_token: ' '}}\n{STORY}"),
            story("why: Because.\n", ""),
            story("title: A story", "title: [A, story]"),
            story("- sign_in", "- sing_in"),
            story("- sign_in", "- sign_in: {usr: demo}"),
            story("- sign_in", "- sign_in: {user: dmeo}"),
            story("- sign_in", "- sign_in: {takes: fast}"),
            story("- sign_in", "- sign_in: {viewer: close_browser}"),
            story("- sign_in", "- finish_sign_in"),
            story("- sign_in", "- enter_code"),
            story("- play: REF30", "- play"),
            story("- play: REF30", "- play: [REF30]"),
            story("- play: REF30", "- paly: REF30"),
            story("- play: REF30", "- server: {throttle: 3s}"),
            story("- play: REF30", "- server: {fault: {effect: stal}}"),
            story(
                "- play: REF30",
                "- server: {fault: {match: {endpoint: authorise}, effect: reset}}",
            ),
            story("- play: REF30", "- server: {decide: {decision: deny, mvpd: Dsh}}"),
            story("- play: REF30", "- server: {disable_integration: Cablevison}"),
            story("- play: REF30", "- server: expire_token"),
            format!("server: {{decisions: [{{decision: permit, details: no}}]}}\n{STORY}"),
            story("- play: REF30", "- launch"),
            story("- play: REF30", "- device: 0"),
            story("- play: REF30", "- {play: REF30, stop: now}"),
            story("- play: REF30", "- 7"),
            story("  - launch\n", ""),
            story("- quit", "- [quit"),
            "steps: []\ntitle: a\nwhy: b\n".to_owned(),
            String::new(),
        ];
        let errors: Vec<String> = mistakes.iter().map(|text| error(text)).collect();
        assert!(errors.iter().all(|error| error.lines().count() == 1));
        insta::assert_snapshot!(errors.join("\n"));
    }

    #[test]
    fn a_file_that_is_not_there_is_named() {
        let error = file(Path::new("/nowhere/own.yaml")).unwrap_err().to_string();
        assert!(error.starts_with("/nowhere/own.yaml: cannot be read: "), "{error}");
    }

    #[test]
    fn a_scenario_survives_being_written() {
        for scenario in crate::scenario::all().unwrap() {
            let text = serde_json::to_string(&*scenario.file).unwrap();
            let read: ScenarioFile = serde_json::from_str(&text).unwrap();
            assert_eq!(read, *scenario.file);
        }
    }
}
