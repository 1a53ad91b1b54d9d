//! Reading a fixtures file.

use std::path::Path;

use super::yaml::{self, Mistake};
use super::{Fixtures, check, metadata};

/// Why a fixtures file cannot be used: one line with file, place and what was expected.
pub type FixturesError = Mistake;

/// Reads a fixtures file and the files it names.
pub(super) fn file(path: &Path) -> Result<Fixtures, FixturesError> {
    parse_in(path.parent(), &path.display().to_string(), &yaml::text(path)?)
}

/// Reads fixtures from text.
pub(super) fn parse(name: &str, text: &str) -> Result<Fixtures, FixturesError> {
    parse_in(None, name, text)
}

fn parse_in(folder: Option<&Path>, name: &str, text: &str) -> Result<Fixtures, FixturesError> {
    let mut fixtures: Fixtures = yaml::read(name, text)?;
    let complaint = check::complaint(&fixtures)
        .or_else(|| {
            let message = fixtures.keys.read(folder).err()?;
            let path = vec!["keys".into(), "media_token".into()];
            Some(check::Complaint { path, message })
        })
        .or_else(|| metadata::read(&mut fixtures, folder));
    match complaint {
        Some(check::Complaint { path, message }) => {
            Err(Mistake { file: name.to_owned(), place: yaml::place(text, &path), message })
        }
        None => Ok(fixtures),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &str = "\
service_providers:
  - id: REF30
    name: Reference
    integrations:
      - mvpd: Cablevision
mvpds:
  - id: Cablevision
    display_name: Cablevision
packages:
  - id: standard
    permits: [REF30]
users:
  - id: demo
    password: secret
    package: standard
";

    fn error(text: &str) -> String {
        parse("own.yaml", text).unwrap_err().to_string()
    }

    #[test]
    fn a_small_file_is_enough() {
        let fixtures = parse("own.yaml", SMALL).unwrap();
        assert_eq!(fixtures.limits.preauthorize_resources, 5);
        assert!(fixtures.service_providers[0].integrations[0].enabled);
    }

    #[test]
    fn an_unknown_field_is_named_with_its_place_and_the_nearest_word() {
        let text = SMALL.replace("    display_name:", "    displayName:");
        assert_eq!(
            error(&text),
            "own.yaml:8:5: unknown field `displayName`; did you mean `display_name`?"
        );
    }

    #[test]
    fn an_mvpd_that_nobody_defined_is_named_with_its_place() {
        let text = SMALL.replace("mvpd: Cablevision", "mvpd: Cabelvision");
        assert_eq!(
            error(&text),
            "own.yaml:5:15: there is no MVPD `Cabelvision`; did you mean `Cablevision`?"
        );
    }

    #[test]
    fn types_and_words_and_missing_fields_are_explained() {
        let cases = [
            (SMALL.replace("permits: [REF30]", "permits: yes"), "own.yaml:11:14: expected"),
            (SMALL.replace("    password: secret\n", ""), "the field `password` is missing"),
            (
                format!("lifetimes: {{code: 30}}\n{SMALL}"),
                "expected a length of time such as 30m, 6h or 1h30m, found `30`",
            ),
            (
                format!("settings: {{logout_url: absolut}}\n{SMALL}"),
                "own.yaml:1:24: unknown word `absolut`; did you mean `absolute`?",
            ),
            (format!("{SMALL}users: []\n"), "own.yaml:16:1: "),
            (format!("{SMALL}  broken: [\n"), "own.yaml:"),
            (String::new(), "own.yaml"),
        ];
        for (text, expected) in cases {
            let error = error(&text);
            assert!(error.contains(expected), "{error}\nexpected {expected}");
            assert_eq!(error.lines().count(), 1, "{error}");
        }
    }

    #[test]
    fn what_pages_and_logins_need_is_explained() {
        let of_mvpd = |line: &str| {
            let name = "    display_name: Cablevision\n";
            error(&SMALL.replace(name, &format!("{name}    {line}\n")))
        };
        let color = "own.yaml:9:18: expected a colour in quotation marks, such as \"#1f4e8c\" or \"#fc0\", \
                     found";
        assert_eq!(of_mvpd("brand_color: navy"), format!("{color} `navy`"));
        assert!(of_mvpd("brand_color: #1f4e8c").contains("expected a colour in quotation marks"));
        assert_eq!(
            of_mvpd("monogram: Cable"),
            "own.yaml:9:15: expected one to three characters, found `Cable`"
        );
        assert_eq!(
            of_mvpd("login: fail"),
            "own.yaml:9:12: unknown word `fail`; did you mean `fails`?"
        );
        let of_user = |line: &str| error(&format!("{SMALL}    {line}\n"));
        let pin = "own.yaml:16:19: expected a PIN of four to eight digits such as \"1234\", found";
        assert_eq!(of_user("parental_pin: \"12\""), format!("{pin} `12`"));
    }

    #[test]
    fn ids_may_not_repeat() {
        let text =
            SMALL.replace("packages:\n", "  - {id: Cablevision, display_name: Again}\npackages:\n");
        assert_eq!(error(&text), "own.yaml:9:10: the MVPD `Cablevision` is defined twice");
    }

    #[test]
    fn a_file_that_is_not_there_is_named() {
        let error = file(Path::new("/nowhere/own.yaml")).unwrap_err().to_string();
        assert!(error.starts_with("/nowhere/own.yaml: cannot be read: "), "{error}");
    }
}
