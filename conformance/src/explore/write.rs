//! A story as a scenario file, with nothing in it that is as always.

use serde_json::{Map, Value};

use crate::scenario::{ScenarioFile, load_text};

/// The least that a file must say: what is as in this one is not written.
const LEAST: &str = "title: ''\nwhy: ''\nsteps: [launch]";

/// The file's text, which reads back as the same story. `None` should it not, which a test sees to.
pub fn yaml(file: &ScenarioFile) -> Option<String> {
    let least = load_text("least", "least", LEAST).ok()?.pop()?;
    let said = serde_json::to_value(file).ok()?;
    let usual = serde_json::to_value(&*least.file).ok()?;
    let Value::Object(mut said) = beyond(said, &usual)? else { return None };
    let mut written = String::new();
    for key in
        ["title", "why", "looks_at", "rules", "flow", "mvpd", "picked_in", "patience", "server"]
    {
        if let Some(value) = said.remove(key) {
            entry(&mut written, key, &value, 0);
        }
    }
    said.remove("steps");
    for (key, value) in &said {
        entry(&mut written, key, value, 0);
    }
    written.push_str("\nsteps:\n");
    for step in &file.steps {
        written.push_str(&format!("  - {}\n", flow(&plain(serde_json::to_value(step).ok()?))));
    }
    let same = load_text("own", "own", &written).ok()?.pop()?;
    (*same.file == *file).then_some(written)
}

/// What differs from how it is usually; `None` when nothing does.
fn beyond(said: Value, usual: &Value) -> Option<Value> {
    match (said, usual) {
        (said, usual) if said == *usual => None,
        (Value::Object(said), Value::Object(usual)) => {
            let differs = said.into_iter().filter_map(|(key, value)| {
                let value = beyond(value, usual.get(&key).unwrap_or(&Value::Null))?;
                Some((key, value))
            });
            let differs: Map<String, Value> = differs.collect();
            (!differs.is_empty()).then_some(Value::Object(differs))
        }
        (said, _) => Some(said),
    }
}

/// A step without what goes without saying: `sign_in: {viewer: signs_in}` is `sign_in`.
fn plain(step: Value) -> Value {
    let Value::Object(mut step) = step else { return step };
    if let Some((name, Value::Object(how))) = step.iter_mut().next()
        && (name.ends_with("sign_in") || name == "switch_provider")
    {
        if how.get("viewer").is_some_and(|viewer| viewer == "signs_in") {
            how.remove("viewer");
        }
        if how.is_empty() {
            return Value::String(name.clone());
        }
    }
    Value::Object(step)
}

fn entry(written: &mut String, key: &str, value: &Value, depth: usize) {
    let indent = "  ".repeat(depth);
    match value {
        Value::Object(map) => {
            written.push_str(&format!("{indent}{key}:\n"));
            for (key, value) in map {
                entry(written, key, value, depth + 1);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            written.push_str(&format!("{indent}{key}:\n"));
            for item in items {
                written.push_str(&format!("{indent}  - {}\n", line(item)));
            }
        }
        scalar => written.push_str(&format!("{indent}{key}: {}\n", line(scalar))),
    }
}

/// A value that has the rest of its line to itself.
fn line(value: &Value) -> String {
    match value {
        Value::String(text) if is_sentence(text) => text.clone(),
        other => flow(other),
    }
}

/// A value in one line. A step's own map needs no braces.
fn flow(value: &Value) -> String {
    match value {
        Value::Object(map) if map.len() == 1 => {
            let inner = map.iter().map(|(key, value)| format!("{key}: {}", braced(value)));
            inner.collect()
        }
        other => braced(other),
    }
}

fn braced(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            // What something is about is read first.
            let (about, more): (Vec<_>, Vec<_>) = map.iter().partition(|(key, _)| *key == "match");
            let entries = about.into_iter().chain(more);
            let entries: Vec<String> =
                entries.map(|(key, value)| format!("{key}: {}", braced(value))).collect();
            format!("{{{}}}", entries.join(", "))
        }
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(braced).collect();
            format!("[{}]", items.join(", "))
        }
        Value::String(text) if is_plain(text) => text.clone(),
        // Strings, numbers and the rest of JSON are YAML as they are.
        other => other.to_string(),
    }
}

/// Whether a text in a line of its own can only be read as itself without quotes.
fn is_sentence(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.contains(' ')
        && !text.ends_with([' ', ':'])
        && !text.contains(": ")
        && !text.contains(" #")
        && !text.contains(char::is_control)
}

/// Whether a text can only be read as itself without quotes.
fn is_plain(text: &str) -> bool {
    let words = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c))
        && !words.contains(&text.to_ascii_lowercase().as_str())
        || is_time(text)
}

/// Whether it is a length of time such as `45s`.
fn is_time(text: &str) -> bool {
    let number = text.trim_end_matches(|c: char| c.is_ascii_lowercase());
    number.len() < text.len() && !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    const STORY: &str = "\
title: \"A title: with a colon\"
why: Because.
looks_at:
  - \"what \\\"they\\\" see\"
flow: second_screen
server:
  lifetimes:
    access_token: 90s
  throttle: true

steps:
  - launch
  - sign_in
  - sign_in: {viewer: does_nothing}
  - finish_sign_in: {takes: 30s}
  - browse: [REF30, news]
  - server: expire_access_token
  - server: {fault: {effect: {status: 502}, match: {endpoint: [profiles, create_session]}}}
  - switch_provider: {mvpd: Dish}
  - wait: 10s
  - quit
";

    fn file(text: &str) -> ScenarioFile {
        (*load_text("own", "own.yaml", text).unwrap().remove(0).file).clone()
    }

    #[test]
    fn a_story_is_written_as_a_person_would() {
        let written = yaml(&file(STORY)).unwrap();
        assert_eq!(file(&written), file(STORY));
        insta::assert_snapshot!(written);
    }

    #[test]
    fn every_scenario_can_be_written_down() {
        for scenario in crate::scenario::all().unwrap() {
            assert!(yaml(&scenario.file).is_some(), "{}", scenario.name);
        }
    }
}
