//! Reading scenario files, with mistakes that say where they are and what was meant.

use std::path::Path;

use pass_mock::config::yaml::{self, Mistake};

use super::{Scenario, ScenarioFile, check};

/// Why a scenario file cannot be used: one line with file, place and what was expected.
pub type LoadError = Mistake;

/// Reads a scenario file; two scenarios come of one that has both flows. They are called after it.
pub fn file(path: &Path) -> Result<Vec<Scenario>, LoadError> {
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    text_of(&name, &path.display().to_string(), &yaml::text(path)?)
}

/// Reads a scenario from text: its name, the file as errors call it, and what is in it.
pub fn text_of(name: &str, shown: &str, text: &str) -> Result<Vec<Scenario>, LoadError> {
    let file: ScenarioFile = yaml::read(shown, text)?;
    match check::complaint(&file) {
        Some(check::Complaint { about, message }) => Err(Mistake {
            file: shown.to_owned(),
            place: yaml::place(text, &path_to(about)),
            message,
        }),
        None => Ok(Scenario::all_of(name, file)),
    }
}

fn path_to(about: check::About) -> Vec<yaml::Step> {
    match about {
        check::About::Rule(index) => vec!["rules".into(), index.into()],
        check::About::Mvpd => vec!["mvpd".into()],
        check::About::Flow => vec!["flow".into()],
        check::About::PickedIn => vec!["picked_in".into()],
        check::About::TempPass => vec!["temp_pass".into()],
        check::About::SingleSignOn => vec!["single_sign_on".into()],
        check::About::Server => vec!["server".into()],
        check::About::Step(index) => vec!["steps".into(), index.into()],
    }
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
            format!("rules: [POL-1, POL-11]\n{STORY}"),
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
