use bytes::Bytes;
use http::{HeaderMap, HeaderValue};
use proptest::prelude::*;

use super::*;
use crate::journal::{Entry, sample};

fn with(headers: &[(&'static str, &str)], query: Option<&str>, body: &str) -> Entry {
    let headers: HeaderMap = headers
        .iter()
        .map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_str(value).unwrap()))
        .collect();
    Entry {
        request_headers: headers,
        query: query.map(str::to_owned),
        request_body: Bytes::from(body.to_owned()),
        ..sample::polled()
    }
}

fn all(entry: &Entry) -> String {
    let secrets = Secrets::of(entry, "salt");
    let mut lines: Vec<String> = entry
        .request_headers
        .iter()
        .map(|(name, value)| plain(&secrets.header(name.as_str(), value.as_bytes())))
        .collect();
    lines.push(plain(&secrets.query(entry.query.as_deref().unwrap_or_default())));
    lines.push(plain(&secrets.body(&entry.request_body, is_form(entry))));
    lines.join("\n")
}

#[test]
fn secrets_are_found_by_name_and_by_looks() {
    let form = ("content-type", "application/x-www-form-urlencoded");
    let cases = [
        with(&[("authorization", "Bearer SEKRET-1")], Some("access_token=SEKRET%2D1&a=b"), ""),
        with(&[("cookie", "a=SEKRET1; b=SEKRET2"), ("set-cookie", "x=SEKRET3; Path=/")], None, ""),
        with(&[form], None, "username=anna&p%61ssword=SEKRET%26x&SAMLResponse=SEKRET"),
        with(&[], None, r#"{"access_token":"SEKRET\"1","token":{"serializedToken":"SEKRET2"}}"#),
        with(&[], None, r#"{"access_token" : "SEKRET in the mid"#),
        with(&[], None, r#"<input id="p" name="password" type="password" value="SEKRET">"#),
        with(&[("ad-service-token", "SEKRET"), ("x", "SEKRET again")], None, ""),
        with(
            &[("location", "/x?client_secret=SEKRET&y=1")],
            None,
            "eyJTRUtSRVQ.eyJTRUtSRVQ.SEKRET",
        ),
    ];
    let shown: Vec<String> = cases.iter().map(all).collect();
    let text = shown.join("\n--\n");
    assert!(!text.contains("SEKRET"), "{text}");
    insta::assert_snapshot!(text);
}

#[test]
fn a_pseudonym_is_of_a_value_and_a_server() {
    let one = with(&[("authorization", "Bearer SEKRET-1")], None, "");
    let alias = |entry: &Entry, salt: &str| Secrets::of(entry, salt).all()[0].alias.clone();
    let other = with(&[], Some("access_token=SEKRET-1"), "");
    assert_eq!(alias(&one, "a"), alias(&other, "a"));
    assert_ne!(alias(&one, "a"), alias(&one, "b"));
}

#[test]
fn nothing_turns_the_writing_round() {
    assert_eq!(shown("a\u{202e}b\u{0}c\r\nd"), "a\\u{202e}b\\u{0}c\nd");
}

proptest! {
    #[test]
    fn whatever_is_sent_the_secret_stays_hidden(
        before in r#"[a-z"':=&{}<> \\]{0,16}"#,
        secret in "[A-Za-z0-9+/ \"&%<é]{12,24}",
        is_json in any::<bool>(),
    ) {
        let body = match is_json {
            true => serde_json::json!({before.clone(): before, "password": secret}).to_string(),
            false => form_urlencoded::Serializer::new(String::new())
                .append_pair(&before, "x").append_pair("password", &secret).finish(),
        };
        let media_type = if is_json { "application/json" } else { "application/x-www-form-urlencoded" };
        let entry = with(&[("content-type", media_type)], None, &body);
        let shown = all(&entry);
        prop_assert!(!shown.contains(secret.trim()), "{shown}");
        let secrets = Secrets::of(&entry, "s");
        prop_assert!(secrets.all().iter().any(|found| found.value == secret.trim()));
    }

    #[test]
    fn any_text_can_be_masked(text in ".*", name in "[a-z-]{1,12}") {
        let entry = with(&[], Some(&text), &text);
        let secrets = Secrets::of(&entry, "s");
        secrets.header(&name, text.as_bytes());
        secrets.body(text.as_bytes(), true);
    }
}
