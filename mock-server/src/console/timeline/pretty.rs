//! JSON laid out for reading: one member a line, in the order and with the digits it was sent.

use serde::de::IgnoredAny;

/// Deeper than this nothing is indented further.
const DEEPEST: usize = 24;

/// Lays JSON out. `value` may put something in the place of a string, by the name that it stands
/// under; what it returns must be complete with its quotes. `None` when the text is no JSON.
pub(super) fn json(
    text: &str,
    mut value: impl FnMut(&str, &str) -> Option<String>,
) -> Option<String> {
    serde_json::from_str::<IgnoredAny>(text).ok()?;
    let text = text.trim();
    if !text.starts_with(['{', '[']) {
        return None;
    }
    let mut out = String::with_capacity(text.len() * 2);
    let mut depth = 0_usize;
    let mut name = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if c == '"' {
            let end = string_end(rest);
            let (literal, behind) = rest.split_at(end);
            let is_name = behind.trim_start().starts_with(':');
            let own: String = serde_json::from_str(literal).unwrap_or_default();
            if is_name {
                out.push_str(literal);
                name = own;
            } else {
                out.push_str(&value(&name, &own).unwrap_or_else(|| literal.to_owned()));
            }
            rest = behind;
            continue;
        }
        rest = &rest[c.len_utf8()..];
        match c {
            '{' | '[' => {
                out.push(c);
                let inside = rest.trim_start();
                if inside.starts_with(['}', ']']) {
                    out.extend(inside.chars().next());
                    rest = &inside[1..];
                } else {
                    depth += 1;
                    line(&mut out, depth);
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                line(&mut out, depth);
                out.push(c);
            }
            ',' => {
                out.push(c);
                line(&mut out, depth);
            }
            ':' => out.push_str(": "),
            c if c.is_ascii_whitespace() => {}
            c => out.push(c),
        }
    }
    Some(out)
}

fn line(out: &mut String, depth: usize) {
    out.push('\n');
    out.extend(std::iter::repeat_n("  ", depth.min(DEEPEST)));
}

/// Where the string at the beginning of a text ends.
fn string_end(text: &str) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn laid_out(text: &str) -> Option<String> {
        json(text, |name, _| (name == "secret").then(|| "\"***\"".to_owned()))
    }

    #[test]
    fn order_and_digits_are_kept_and_secrets_replaced() {
        let text = r#"{"b":1.50,"a":[],"c":{"secret":"x\"y","d":[1, 2,{}]},"e":"\u00e9 \" :"}"#;
        insta::assert_snapshot!(laid_out(text).unwrap(), @r#"
        {
          "b": 1.50,
          "a": [],
          "c": {
            "secret": "***",
            "d": [
              1,
              2,
              {}
            ]
          },
          "e": "\u00e9 \" :"
        }
        "#);
        for other in ["", "12", "\"x\"", "{\"a\":}", "{} {}", "<html>"] {
            assert_eq!(laid_out(other), None, "{other}");
        }
    }

    proptest! {
        #[test]
        fn what_is_laid_out_says_the_same(text in r#"[\[{"a:,1 \\}\]]{0,24}"#, string in ".*") {
            if let Some(out) = json(&text, |_, _| None) {
                let read = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
                prop_assert_eq!(read(&out), read(&text));
            }
            let value = serde_json::json!({string.clone(): [string, 1]});
            let out = json(&value.to_string(), |_, _| None).unwrap();
            prop_assert_eq!(serde_json::from_str::<serde_json::Value>(&out).unwrap(), value);
        }
    }
}
