//! The JSON report and its schema.

use super::Report;

/// The report as JSON, indented, with a line end.
pub fn render(report: &Report) -> String {
    let mut text = serde_json::to_string_pretty(report).unwrap_or_default();
    text.push('\n');
    text
}

/// The JSON Schema of the report, as it stands in `schema/report.schema.json`.
pub fn schema() -> String {
    pass_mock::config::schema_of::<Report>()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/schema/report.schema.json");

    #[test]
    fn the_schema_beside_the_report_is_current() {
        if std::env::var_os("INSTA_UPDATE").is_some_and(|mode| mode == "always") {
            std::fs::write(FILE, schema()).unwrap();
        }
        let current = std::fs::read_to_string(FILE).unwrap_or_default();
        let how = "run this test once with INSTA_UPDATE=always, and look at what it wrote";
        assert_eq!(current, schema(), "{FILE} is not current: {how}");
    }

    #[test]
    fn every_report_keeps_to_the_schema() {
        let schema = serde_json::from_str(&schema()).unwrap();
        let validator = jsonschema::validator_for(&schema).unwrap();
        let known = crate::known_failures::KnownFailures::default();
        for (name, run) in crate::report::testing::all_runs() {
            let report = crate::report::summarise(&run, &crate::report::testing::RULES, &known);
            let report: serde_json::Value = serde_json::from_str(&render(&report)).unwrap();
            let wrong: Vec<_> = validator.iter_errors(&report).map(|e| e.to_string()).collect();
            assert!(wrong.is_empty(), "{name}: {wrong:?}");
            let mut without = report;
            without.as_object_mut().unwrap().remove("summary");
            assert!(!validator.is_valid(&without), "{name}: nothing is required");
        }
    }

    #[test]
    fn the_report_is_the_documented_interface() {
        let run = crate::report::testing::run(vec![
            crate::report::testing::played("happy-path", &[]),
            crate::report::testing::plays_the_denied("deny"),
        ]);
        let report = crate::report::summarise(
            &run,
            &crate::report::testing::RULES,
            &crate::known_failures::KnownFailures::default(),
        );
        let mut report: serde_json::Value = serde_json::from_str(&render(&report)).unwrap();
        report["tool"]["version"] = "[version]".into();
        insta::assert_json_snapshot!(report);
    }
}
