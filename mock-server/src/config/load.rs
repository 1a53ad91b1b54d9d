//! Reading a fixtures file, and saying exactly where it is wrong.

use std::fmt;
use std::path::Path;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_saphyr::Spanned;

use super::{Fixtures, check, metadata, nearest};

/// Why a fixtures file cannot be used: one line with file, place and what was expected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}{}: {message}", Place(*line, *column))]
pub struct FixturesError {
    /// The file, as it was named.
    pub file: String,
    /// The line, counted from 1, where one can be named.
    pub line: Option<u64>,
    /// The column, counted from 1, where one can be named.
    pub column: Option<u64>,
    /// What is wrong and what was expected.
    pub message: String,
}

struct Place(Option<u64>, Option<u64>);

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(line, column) = self;
        line.iter().chain(column).try_for_each(|number| write!(f, ":{number}"))
    }
}

/// Reads a fixtures file and the files it names.
pub(super) fn file(path: &Path) -> Result<Fixtures, FixturesError> {
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|error| FixturesError {
        file: name.clone(),
        line: None,
        column: None,
        message: format!("cannot be read: {error}"),
    })?;
    parse_in(path.parent(), &name, &text)
}

/// Reads fixtures from text.
pub(super) fn parse(name: &str, text: &str) -> Result<Fixtures, FixturesError> {
    parse_in(None, name, text)
}

fn parse_in(folder: Option<&Path>, name: &str, text: &str) -> Result<Fixtures, FixturesError> {
    let at = |location: Option<serde_saphyr::Location>, message| {
        let known = location.filter(|location| location.line() > 0);
        FixturesError {
            file: name.to_owned(),
            line: known.map(|location| location.line()),
            column: known.map(|location| location.column()),
            message,
        }
    };
    let mut fixtures: Fixtures = serde_saphyr::from_str(text).map_err(|error| {
        let error = error.without_snippet();
        at(error.location(), explain(error))
    })?;
    let complaint = check::complaint(&fixtures)
        .or_else(|| {
            let message = fixtures.keys.read(folder).err()?;
            let path = vec!["keys".into(), "media_token".into()];
            Some(check::Complaint { path, message })
        })
        .or_else(|| metadata::read(&mut fixtures, folder));
    match complaint {
        Some(complaint) => Err(at(locate(text, &complaint.path), complaint.message)),
        None => Ok(fixtures),
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

/// Where in the text the value at a path stands: as deep as the path can be followed.
fn locate(text: &str, path: &[check::Step]) -> Option<serde_saphyr::Location> {
    let root: Spanned<Node> = serde_saphyr::from_str(text).ok()?;
    let mut here = &root;
    for step in path {
        let next = match (&here.value, step) {
            (Node::Map(entries), check::Step::Field(name)) => {
                entries.iter().find(|(key, _)| key == name).map(|(_, value)| value)
            }
            (Node::Sequence(items), check::Step::Item(index)) => items.get(*index),
            _ => None,
        };
        match next {
            Some(next) => here = next,
            None => break,
        }
    }
    Some(here.referenced)
}

/// A document with the place of everything in it; what scalars say does not matter.
enum Node {
    Scalar,
    Sequence(Vec<Spanned<Node>>),
    Map(Vec<(String, Spanned<Node>)>),
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Node, E> {
        Ok(Node::Scalar)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Node, E> {
        Ok(Node::Scalar)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Node, E> {
        Ok(Node::Scalar)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Node, E> {
        Ok(Node::Scalar)
    }

    fn visit_str<E>(self, _: &str) -> Result<Node, E> {
        Ok(Node::Scalar)
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Scalar)
    }

    fn visit_none<E>(self) -> Result<Node, E> {
        Ok(Node::Scalar)
    }

    fn visit_some<D: Deserializer<'de>>(self, inner: D) -> Result<Node, D::Error> {
        inner.deserialize_any(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Node, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_element()? {
            items.push(item);
        }
        Ok(Node::Sequence(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Node, A::Error> {
        let mut entries = Vec::new();
        while let Some(key) = access.next_key::<String>()? {
            entries.push((key, access.next_value()?));
        }
        while access.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Node::Map(entries))
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
