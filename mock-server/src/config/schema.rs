//! JSON Schemas of files that people write by hand, by which editors complete and check them.

use schemars::JsonSchema;

use super::Fixtures;

/// The schema of a file, as text that ends with a line break.
pub fn schema_of<T: JsonSchema>() -> String {
    let mut text = serde_json::to_string_pretty(&schemars::schema_for!(T)).unwrap_or_default();
    text.push('\n');
    text
}

impl Fixtures {
    /// The schema of fixtures files, as it stands in `fixtures/fixtures.schema.json`.
    pub fn schema() -> String {
        schema_of::<Self>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/fixtures.schema.json");

    #[test]
    fn the_schema_beside_the_fixtures_is_current() {
        if std::env::var_os("PASS_BLESS").is_some() {
            std::fs::write(FILE, Fixtures::schema()).unwrap();
        }
        let current = std::fs::read_to_string(FILE).unwrap_or_default();
        let bless = "PASS_BLESS=1 cargo test -p pass-mock --lib config::schema";
        assert!(current == Fixtures::schema(), "run {bless}");
    }

    #[test]
    fn the_embedded_fixtures_name_the_schema_and_are_valid_by_it() {
        let text = Fixtures::default_yaml();
        assert!(text.starts_with("# yaml-language-server: $schema=fixtures.schema.json\n"));
        let schema = serde_json::from_str(&Fixtures::schema()).unwrap();
        let document = serde_saphyr::from_str::<serde_json::Value>(text).unwrap();
        let validator = jsonschema::validator_for(&schema).unwrap();
        let wrong: Vec<_> = validator
            .iter_errors(&document)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
        let misspelt = text.replacen("service_providers:", "service_provider:", 1);
        let misspelt = serde_saphyr::from_str::<serde_json::Value>(&misspelt).unwrap();
        assert!(!validator.is_valid(&misspelt));
    }
}
