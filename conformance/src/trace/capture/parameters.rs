//! Bodies that a tool took apart: put together again.

use std::borrow::Cow;

use serde_json::{Map, Value};

type Parameter<'a> = (Cow<'a, str>, Cow<'a, str>);

/// What is a list in the bodies of the service's calls, however many are in it.
const LISTS: [&str; 2] = ["resources", "redirect_uris"];

/// The body that came apart into parameters.
pub(super) fn body(media_type: &str, params: &[Parameter<'_>]) -> String {
    match media_type.to_ascii_lowercase().contains("json") {
        true => json(params),
        false => form(params),
    }
}

/// Parameters as a form. Some tools keep the values as they were sent, others decode them.
fn form(params: &[Parameter<'_>]) -> String {
    let as_sent = params.iter().all(|(name, value)| is_encoded(name) && is_encoded(value));
    if as_sent {
        let pairs: Vec<_> = params.iter().map(|(name, value)| format!("{name}={value}")).collect();
        return pairs.join("&");
    }
    form_urlencoded::Serializer::new(String::new()).extend_pairs(params).finish()
}

/// Whether a value has only what a form lets stand unencoded.
fn is_encoded(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"*-._~+%".contains(&byte))
}

/// Parameters as a JSON object: chrome-har takes JSON apart like a form. A list comes as often as it
/// has items.
fn json(params: &[Parameter<'_>]) -> String {
    let mut object = Map::new();
    for (name, value) in params {
        let value = Value::from(value.as_ref());
        match object.get_mut(name.as_ref()) {
            Some(Value::Array(items)) => items.push(value),
            Some(one) => *one = Value::Array(vec![one.take(), value]),
            None if LISTS.contains(&name.as_ref()) => {
                object.insert(name.to_string(), Value::Array(vec![value]));
            }
            None => drop(object.insert(name.to_string(), value)),
        }
    }
    Value::Object(object).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(media_type: &str, params: &[(&str, &str)]) -> String {
        let params: Vec<_> =
            params.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        body(media_type, &params)
    }

    #[test]
    fn a_form_is_the_same_whether_its_values_were_decoded_or_not() {
        let sent = "mvpd=Cablevision&redirectUrl=https%3A%2F%2Fadobe.com%2Fdone";
        for url in ["https://adobe.com/done", "https%3A%2F%2Fadobe.com%2Fdone"] {
            let form = told("", &[("mvpd", "Cablevision"), ("redirectUrl", url)]);
            assert_eq!(form, sent);
        }
    }

    #[test]
    fn json_is_put_together_again() {
        let json = |params: &[(&str, &str)]| told("application/json;charset=UTF-8", params);
        assert_eq!(json(&[("software_statement", "e=")]), r#"{"software_statement":"e="}"#);
        assert_eq!(json(&[("resources", "news")]), r#"{"resources":["news"]}"#);
        let two = [("resources", "news"), ("resources", "a&b")];
        assert_eq!(json(&two), r#"{"resources":["news","a&b"]}"#);
        assert_eq!(json(&[("x", "1"), ("x", "2")]), r#"{"x":["1","2"]}"#);
    }
}
