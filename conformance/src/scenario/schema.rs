//! The JSON Schema of scenario files, by which editors complete and check them.

use super::ScenarioFile;

/// The schema, as it stands in `scenarios/scenario.schema.json`.
pub fn schema() -> String {
    pass_mock::config::schema_of::<ScenarioFile>()
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::*;
    use crate::scenario::FILES;

    /// The first line of every file: where editors find the schema.
    const HEADER: &str = "# yaml-language-server: $schema=scenario.schema.json\n";

    const BLESS: &str = "PASS_BLESS=1 cargo test -p pass-conformance --lib scenario::schema";

    fn folder() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios")
    }

    fn blessed() -> bool {
        std::env::var_os("PASS_BLESS").is_some()
    }

    #[test]
    fn the_schema_beside_the_scenarios_is_current() {
        let path = folder().join("scenario.schema.json");
        if blessed() {
            std::fs::write(&path, schema()).unwrap();
        }
        assert!(std::fs::read_to_string(path).unwrap_or_default() == schema(), "run {BLESS}");
    }

    #[test]
    fn every_scenario_names_the_schema_and_is_valid_by_it() {
        let schema = serde_json::from_str(&schema()).unwrap();
        let validator = jsonschema::validator_for(&schema).unwrap();
        for (name, _) in FILES {
            let path = folder().join(format!("{name}.yaml"));
            let mut text = std::fs::read_to_string(&path).unwrap();
            if blessed() && !text.starts_with(HEADER) {
                text.insert_str(0, HEADER);
                std::fs::write(&path, &text).unwrap();
            }
            assert!(text.starts_with(HEADER), "{name} does not; run {BLESS}");
            let document = serde_saphyr::from_str::<serde_json::Value>(&text).unwrap();
            let wrong: Vec<_> = validator
                .iter_errors(&document)
                .map(|error| format!("{}: {error}", error.instance_path()))
                .collect();
            assert!(wrong.is_empty(), "{name}: {wrong:#?}");
        }
    }

    #[test]
    fn mistakes_are_found_by_the_schema_too() {
        let schema = serde_json::from_str(&schema()).unwrap();
        let validator = jsonschema::validator_for(&schema).unwrap();
        let valid = |text: &str| {
            let document = serde_saphyr::from_str::<serde_json::Value>(text).unwrap();
            validator.is_valid(&document)
        };
        let story = "title: t\nwhy: w\nsteps: [launch, sign_in, {play: REF30}, {wait: 45s}]\n";
        assert!(valid(story));
        assert!(!valid(&format!("flwo: both\n{story}")));
        assert!(!valid(&format!("flow: bowser\n{story}")));
        assert!(!valid(&story.replace("sign_in", "sing_in")));
        assert!(!valid(&story.replace("{play: REF30}", "play")));
        assert!(!valid(&story.replace("{play: REF30}", "{play: [REF30]}")));
        assert!(!valid(&story.replace("45s", "45 parsecs")));
        assert!(!valid(&story.replace("why: w\n", "")));
    }
}
