//! Named sets of scenarios.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use pass_mock::config::{nearest, yaml};
use serde::Deserialize;
use wildmatch::WildMatch;

use super::{LoadError, Scenario};

const FILE: &str = include_str!("../../../scenarios/suites/suites.yaml");

/// A named set of scenarios.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Suite {
    /// What it is called.
    pub name: String,
    /// What it is for, in a line.
    pub title: String,
    /// Names of scenarios; `*` and `?` stand for anything.
    pub scenarios: BTreeSet<String>,
}

impl Suite {
    /// All suites, in the order of their file.
    ///
    /// # Errors
    /// The file that is part of this program cannot be read; a test sees to it that it can.
    pub fn all() -> Result<&'static [Self], LoadError> {
        static ALL: OnceLock<Result<Vec<Suite>, LoadError>> = OnceLock::new();
        let all = ALL.get_or_init(|| yaml::read("suites.yaml", FILE));
        all.as_ref().map(Vec::as_slice).map_err(Clone::clone)
    }

    /// The suite of this name.
    ///
    /// # Errors
    /// What was meant, where there is none.
    pub fn find(name: &str) -> Result<&'static Self, String> {
        let all = Self::all().map_err(|error| error.to_string())?;
        let names = || all.iter().map(|suite| suite.name.as_str());
        all.iter().find(|suite| suite.name == name).ok_or_else(|| match nearest(name, names()) {
            Some(meant) => format!("there is no suite `{name}`; did you mean `{meant}`?"),
            None => {
                let names: Vec<_> = names().collect();
                format!("there is no suite `{name}`; there are {}", names.join(", "))
            }
        })
    }

    /// Whether a scenario belongs to it, in whichever of its flows.
    pub fn has(&self, scenario: &Scenario) -> bool {
        let file = scenario.name.split('@').next().unwrap_or_default();
        self.scenarios.iter().any(|glob| WildMatch::new(glob).matches(file))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario;

    #[test]
    fn every_word_of_a_suite_names_a_scenario_and_every_scenario_is_in_one() {
        let all = scenario::all().unwrap();
        let suites = Suite::all().unwrap();
        for suite in suites {
            for glob in &suite.scenarios {
                let glob_alone = Suite { scenarios: [glob.clone()].into(), ..suite.clone() };
                let found = all.iter().any(|scenario| glob_alone.has(scenario));
                assert!(found, "{}: {glob} matches nothing", suite.name);
            }
        }
        let full = Suite::find("full").unwrap();
        assert!(all.iter().all(|scenario| full.has(scenario)));
    }

    #[test]
    fn a_suite_that_is_none_is_a_mistake() {
        assert_eq!(
            Suite::find("quikc").unwrap_err(),
            "there is no suite `quikc`; did you mean `quick`?"
        );
        assert!(Suite::find("zzz").unwrap_err().contains("there are quick, "));
    }
}
