//! Deviations that somebody has decided to live with for now.
//!
//! A YAML file of patterns with reasons:
//!
//! ```yaml
//! POL-1: polls every ten seconds until release 4.2
//! second-screen*:AZN-2: the refusal is not shown on the old remote (TV-314)
//! ```
//!
//! A pattern is `rule` or `scenario:rule`; `*` and `?` stand for anything (YAML wants quotes around
//! what begins with `*`). What it covers is reported,
//! but does not fail. An entry that nothing violates any more is itself a failure, so that the list
//! shrinks with the bugs. Nothing excuses a client that crashes or hangs, nor a failure of the harness.

use std::fmt;
use std::path::Path;

use pass_mock::config::nearest;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_saphyr::{Location, Spanned};
use wildmatch::WildMatch;

use crate::rules::Rule;

/// What is known to fail, in the order of the file.
#[derive(Clone, Debug, Default)]
pub struct KnownFailures {
    entries: Vec<KnownFailure>,
}

/// One entry.
#[derive(Clone, Debug)]
pub struct KnownFailure {
    /// As written in the file.
    pub pattern: String,
    /// Why it is accepted for now.
    pub reason: String,
    scenario: Option<WildMatch>,
    rule: WildMatch,
}

impl KnownFailure {
    /// Whether it speaks of this scenario.
    pub fn is_about(&self, scenario: &str) -> bool {
        self.scenario.as_ref().is_none_or(|pattern| pattern.matches(scenario))
    }

    /// Whether it covers violations of this rule in this scenario.
    pub fn covers(&self, scenario: &str, rule: &str) -> bool {
        self.is_about(scenario) && self.rule.matches(rule)
    }
}

impl KnownFailures {
    /// Reads a file.
    ///
    /// # Errors
    /// One line with the file, the place and what was expected: for a file that cannot be read, a
    /// missing reason, and a pattern that no rule matches.
    pub fn load(path: &Path, rules: &[&Rule]) -> Result<Self, String> {
        let shown = path.display();
        let text = std::fs::read_to_string(path)
            .map_err(|error| format!("{shown}: cannot be read: {error}"))?;
        Self::parse(&text, rules).map_err(|message| format!("{shown}{message}"))
    }

    /// Reads entries from text. Errors begin with `:line:column: `.
    pub(crate) fn parse(text: &str, rules: &[&Rule]) -> Result<Self, String> {
        if text.lines().all(|line| line.trim().is_empty() || line.trim().starts_with('#')) {
            return Ok(Self::default());
        }
        let lines: Lines = serde_saphyr::from_str(text).map_err(|error| {
            let error = error.without_snippet();
            let place = error.location().map(at).unwrap_or_else(|| ": ".into());
            format!("{place}expected lines of `rule: reason` or `scenario:rule: reason` (with quotes around what begins with `*`)")
        })?;
        let entry = |(pattern, reason): (Spanned<String>, Option<String>)| {
            entry(&pattern.value, reason, rules)
                .map_err(|message| format!("{}{message}", at(pattern.referenced)))
        };
        Ok(Self { entries: lines.0.into_iter().map(entry).collect::<Result<_, _>>()? })
    }

    /// The first pattern whose scenario none of these names matches.
    pub fn about_no_scenario<'a>(
        &self,
        names: impl Iterator<Item = &'a str> + Clone,
    ) -> Option<&str> {
        let idle = |entry: &&KnownFailure| !names.clone().any(|name| entry.is_about(name));
        self.entries.iter().find(idle).map(|entry| entry.pattern.as_str())
    }

    /// The entries in order.
    pub fn iter(&self) -> impl Iterator<Item = &KnownFailure> {
        self.entries.iter()
    }
}

fn at(location: Location) -> String {
    format!(":{}:{}: ", location.line(), location.column())
}

fn entry(pattern: &str, reason: Option<String>, rules: &[&Rule]) -> Result<KnownFailure, String> {
    let reason = reason.map(|reason| reason.trim().to_owned()).unwrap_or_default();
    if reason.is_empty() {
        return Err(format!("`{pattern}` has no reason; say why it is accepted, and until when"));
    }
    let (scenario, rule) = match pattern.rsplit_once(':') {
        Some((scenario, rule)) => (Some(scenario.trim()), rule.trim()),
        None => (None, pattern.trim()),
    };
    let matches = WildMatch::new_case_insensitive(rule);
    if !rules.iter().any(|known| matches.matches(known.id)) {
        return Err(match nearest(rule, rules.iter().map(|rule| rule.id)) {
            Some(meant) => format!("no rule matches `{rule}`; did you mean `{meant}`?"),
            None => format!("no rule matches `{rule}`"),
        });
    }
    Ok(KnownFailure {
        pattern: pattern.to_owned(),
        reason,
        scenario: scenario.map(WildMatch::new),
        rule: matches,
    })
}

/// The lines of a file: patterns with reasons, in order, and where each pattern stands.
struct Lines(Vec<(Spanned<String>, Option<String>)>);

impl<'de> Deserialize<'de> for Lines {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;

        impl<'de> Visitor<'de> for InOrder {
            type Value = Lines;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("patterns with reasons")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Lines, A::Error> {
                let mut lines = Vec::new();
                while let Some(line) = map.next_entry()? {
                    lines.push(line);
                }
                Ok(Lines(lines))
            }
        }

        deserializer.deserialize_map(InOrder)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::testing::RULES;

    fn parse(text: &str) -> Result<KnownFailures, String> {
        KnownFailures::parse(text, &RULES)
    }

    #[test]
    fn patterns_speak_of_a_rule_or_of_a_rule_in_some_scenarios() {
        let text = "# for now\nPOL-1: too fast until 4.2\nsecond-*:azn-?: never shown\n";
        let known = parse(text).unwrap();
        let [everywhere, somewhere] = &known.entries[..] else { panic!("{known:?}") };
        assert_eq!(
            (everywhere.pattern.as_str(), everywhere.reason.as_str()),
            ("POL-1", "too fast until 4.2")
        );
        assert!(everywhere.covers("any", "POL-1") && !everywhere.covers("any", "POL-7"));
        assert!(somewhere.covers("second-screen", "AZN-2"));
        assert!(!somewhere.covers("first-sign-in", "AZN-2"));
        assert!(parse("\n# nothing\n").unwrap().entries.is_empty());
    }

    #[test]
    fn mistakes_say_where_they_are_and_what_was_meant() {
        let wrong = [
            "POL-1:\n",
            "\nPOL-11: x\n",
            "POL-7: y\ndeny:AZN-33: x\n",
            "- POL-1\n",
            "just words\n",
            "POL-1: x\nPOL-1: y\n",
        ];
        let said: Vec<_> = wrong.into_iter().map(|text| parse(text).unwrap_err()).collect();
        insta::assert_snapshot!(said.join("\n"));
    }
}
