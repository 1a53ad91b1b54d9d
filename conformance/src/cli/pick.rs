//! Which scenarios are meant.

use std::path::Path;

use pass_mock::config::nearest;
use wildmatch::WildMatch;

use super::failure::Failure;
use crate::scenario::{self, Scenario, Suite};

/// The scenarios that the patterns name, in the order of the catalogue; all of them without any.
/// What ends with `.yaml` is a file of one's own.
///
/// # Errors
/// A pattern that matches nothing, and a file that cannot be used.
pub(super) fn scenarios(patterns: &[String]) -> Result<Vec<Scenario>, Failure> {
    let all = scenario::all().map_err(Failure::usage)?;
    if patterns.is_empty() {
        return Ok(all);
    }
    let (files, globs): (Vec<_>, Vec<_>) = patterns.iter().partition(|pattern| is_file(pattern));
    for glob in &globs {
        if !all.iter().any(|scenario| matches(glob, scenario)) {
            return Err(Failure::usage(no_match(glob, &all)));
        }
    }
    let mut picked: Vec<_> = all
        .into_iter()
        .filter(|scenario| globs.iter().any(|glob| matches(glob, scenario)))
        .collect();
    for file in files {
        picked.extend(scenario::load_file(Path::new(file)).map_err(Failure::usage)?);
    }
    Ok(picked)
}

/// The same together with suites: what any of the two names.
///
/// # Errors
/// As for [`scenarios`].
pub(super) fn with_suites(
    suites: &[&'static Suite],
    patterns: &[String],
) -> Result<Vec<Scenario>, Failure> {
    if suites.is_empty() {
        return scenarios(patterns);
    }
    let all = scenario::all().map_err(Failure::usage)?;
    let added = if patterns.is_empty() { Vec::new() } else { scenarios(patterns)? };
    let (own, added): (Vec<_>, Vec<_>) =
        added.into_iter().partition(|one| all.iter().all(|known| known.name != one.name));
    let is_added = |scenario: &Scenario| added.iter().any(|one| one.name == scenario.name);
    let picked =
        |scenario: &Scenario| suites.iter().any(|suite| suite.has(scenario)) || is_added(scenario);
    Ok(all.into_iter().filter(picked).chain(own).collect())
}

/// The names of all scenarios, and of those that were picked.
///
/// # Errors
/// As for [`scenarios`].
pub(super) fn names(picked: &[Scenario]) -> Result<Vec<String>, Failure> {
    let all = scenario::all().map_err(Failure::usage)?;
    Ok(all.iter().chain(picked).map(|scenario| scenario.name.clone()).collect())
}

fn is_file(pattern: &str) -> bool {
    Path::new(pattern).extension().is_some_and(|ending| ending == "yaml" || ending == "yml")
}

/// A pattern names a scenario, or with the part before the `@` all flows of a file.
fn matches(glob: &str, scenario: &Scenario) -> bool {
    let glob = WildMatch::new(glob);
    let file = scenario.name.split('@').next().unwrap_or_default();
    glob.matches(&scenario.name) || glob.matches(file)
}

fn no_match(glob: &str, all: &[Scenario]) -> String {
    match nearest(glob, all.iter().map(|scenario| scenario.name.as_str())) {
        Some(meant) => format!("no scenario matches `{glob}`; did you mean `{meant}`?"),
        None => format!("no scenario matches `{glob}`; `pass-conformance list` shows them"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(patterns: &[&str]) -> Vec<String> {
        let patterns: Vec<_> = patterns.iter().map(|&p| p.to_owned()).collect();
        scenarios(&patterns).unwrap().into_iter().map(|scenario| scenario.name).collect()
    }

    #[test]
    fn patterns_name_scenarios_and_files() {
        assert_eq!(names(&[]).len(), scenario::all().unwrap().len());
        assert_eq!(names(&["delayed-login@*"]), ["delayed-login@second-screen"]);
        assert_eq!(names(&["delayed-login"]), ["delayed-login", "delayed-login@second-screen"]);
        assert_eq!(
            names(&["relaunch", "*-at-pl?y", "relaunch"])
                .iter()
                .map(|n| n.split('@').next())
                .collect::<std::collections::BTreeSet<_>>()
                .len(),
            2
        );
    }

    #[test]
    fn a_suite_and_patterns_add_up_in_the_catalogues_order() {
        let quick = Suite::find("quick").unwrap();
        let picked = with_suites(&[quick], &["typed-code".to_owned()]).unwrap();
        let names: Vec<_> = picked.iter().map(|scenario| scenario.name.as_str()).collect();
        assert_eq!(names.first(), Some(&"first-sign-in"));
        assert!(names.contains(&"typed-code") && names.contains(&"permit-and-deny"));
        assert!(!names.contains(&"code-expires"));
        assert_eq!(with_suites(&[], &[]).unwrap().len(), scenario::all().unwrap().len());
        assert!(with_suites(&[quick], &["typd-code".to_owned()]).is_err());
    }

    #[test]
    fn a_pattern_for_nothing_is_a_mistake_even_beside_one_for_something() {
        let patterns = ["delayed-login".to_owned(), "delayd-login".to_owned()];
        let failure = scenarios(&patterns).unwrap_err().to_string();
        assert_eq!(failure, "no scenario matches `delayd-login`; did you mean `delayed-login`?");
    }
}
