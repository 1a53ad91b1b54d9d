//! SAML as far as a partner's framework needs it: a query to pass on, and the answer to it.
//!
//! An answer is read for what it says and not for who signed it: only the MVPDs have the keys.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, SecondsFormat, Utc};
use uuid::Uuid;

use crate::clock::Timestamp;

/// Who asks, as the documents name it to the framework.
const ISSUER: &str = "https://saml.sp.auth.adobe.com";

/// What is asked for, as in the documented sample.
pub const ATTRIBUTES: [&str; 3] = ["uid", "NameID", "uniqueId"];

/// What a partner's framework is to ask the MVPD: the Base64 of an attribute query.
pub fn saml_request(id: Uuid, now: Timestamp, provider: &str) -> String {
    let attributes: String =
        ATTRIBUTES.iter().map(|name| format!("<saml:Attribute Name=\"{name}\"/>")).collect();
    STANDARD.encode(format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\
         <samlp:AttributeQuery xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" \
         xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" ID=\"_{id}\" \
         IssueInstant=\"{}\" Version=\"2.0\" Destination=\"{}\">\
         <saml:Issuer>{ISSUER}</saml:Issuer>{attributes}</samlp:AttributeQuery>",
        instant(now),
        escape(provider),
    ))
}

/// What a partner's framework brings back when a user has signed in with a provider (an MVPD's id,
/// or the partner's name for it): the Base64 that goes into `SAMLResponse`, before it is URL-encoded.
pub fn saml_response(provider: &str, user: &str, now: Timestamp, lifetime: Duration) -> String {
    STANDARD.encode(format!(
        "<samlp:Response xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" \
         xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" Version=\"2.0\" \
         IssueInstant=\"{from}\"><saml:Issuer>{provider}</saml:Issuer>\
         <samlp:Status><samlp:StatusCode Value=\"{SUCCESS}\"/></samlp:Status>\
         <saml:Assertion Version=\"2.0\" IssueInstant=\"{from}\">\
         <saml:Issuer>{provider}</saml:Issuer>\
         <saml:Subject><saml:NameID>{user}</saml:NameID></saml:Subject>\
         <saml:Conditions NotBefore=\"{from}\" NotOnOrAfter=\"{to}\"/>\
         </saml:Assertion></samlp:Response>",
        from = instant(now),
        to = instant(now.after(lifetime)),
        provider = escape(provider),
        user = escape(user),
    ))
}

const SUCCESS: &str = "urn:oasis:names:tc:SAML:2.0:status:Success";

/// What a SAML response says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SamlResponse {
    /// Who gave it.
    pub issuer: Option<String>,
    /// About whom.
    pub subject: Option<String>,
}

impl SamlResponse {
    /// Reads a `SAMLResponse`; `None` when it is none, tells of a failure, or is over.
    pub fn read(value: &str, now: Timestamp) -> Option<Self> {
        // A `+` that was not URL-encoded has become a space on its way.
        let compact: String = value.trim().replace(' ', "+").split_ascii_whitespace().collect();
        let xml = String::from_utf8(STANDARD.decode(compact).ok()?).ok()?;
        let root = element(&xml, "Response")?;
        let is_first = xml[..root.start].trim_start_matches('\u{feff}').trim();
        let only_prolog =
            is_first.is_empty() || (is_first.starts_with("<?xml") && is_first.ends_with("?>"));
        if !only_prolog || xml.contains("<!DOCTYPE") || root.content.is_none() {
            return None;
        }
        let failed = element(&xml, "StatusCode")
            .is_some_and(|code| code.attribute("Value").is_none_or(|value| value != SUCCESS));
        if failed || !is_timely(&xml, now) {
            return None;
        }
        let text = |name| {
            let content = element(&xml, name)?.content?.trim();
            (!content.is_empty() && !content.contains('<')).then(|| unescape(content))
        };
        Some(Self { issuer: text("Issuer"), subject: text("NameID") })
    }
}

/// Whether the conditions of an answer, where it has some, hold.
fn is_timely(xml: &str, now: Timestamp) -> bool {
    let Some(conditions) = element(xml, "Conditions") else { return true };
    conditions.attribute("NotOnOrAfter").is_none_or(|end| {
        DateTime::parse_from_rfc3339(end).is_ok_and(|end| now.millis() < end.timestamp_millis())
    })
}

struct Element<'a> {
    start: usize,
    attributes: &'a str,
    /// What stands between its tags; nothing when it is empty or not closed.
    content: Option<&'a str>,
}

impl Element<'_> {
    fn attribute(&self, name: &str) -> Option<&str> {
        let (before, rest) = self.attributes.split_once(&format!("{name}="))?;
        if !before.ends_with(char::is_whitespace) {
            return None;
        }
        let quote = rest.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
        rest[1..].split_once(quote).map(|(value, _)| value)
    }
}

/// The first element of a local name, whatever its prefix.
fn element<'a>(xml: &'a str, name: &str) -> Option<Element<'a>> {
    let mut from = 0;
    while let Some(found) = xml[from..].find('<') {
        let start = from + found;
        let rest = &xml[start + 1..];
        let end = rest.find(|c: char| !(c.is_alphanumeric() || "_-.:".contains(c)))?;
        let tag = &rest[..end];
        if tag.rsplit(':').next() == Some(name) {
            let close = rest.find('>')?;
            let attributes = &rest[end..close];
            let content = &rest[close + 1..];
            let content = if attributes.ends_with('/') {
                None
            } else {
                content.find(&format!("</{tag}>")).map(|to| &content[..to])
            };
            return Some(Element { start, attributes, content });
        }
        from = start + 1;
    }
    None
}

fn instant(at: Timestamp) -> String {
    DateTime::<Utc>::from_timestamp_millis(at.millis())
        .unwrap_or_default()
        .to_rfc3339_opts(SecondsFormat::Millis, true)
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn unescape(text: &str) -> String {
    let text = text.replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">");
    text.replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: Timestamp = Timestamp(1_700_000_000_000);
    const HOUR: Duration = Duration::from_secs(3600);

    fn read(xml: &str) -> Option<SamlResponse> {
        SamlResponse::read(&STANDARD.encode(xml), NOW)
    }

    #[test]
    fn requests_and_responses_start_as_the_documented_samples_do() {
        let request = saml_request(Uuid::nil(), NOW, "Cablevision");
        assert!(request.starts_with("PD94bWwgdmVyc2lvbj0iMS4wIiBlbmNvZGluZz0iVVRG"));
        let response = saml_response("Cablevision", "demo", NOW, HOUR);
        assert!(response.starts_with(
            "PHNhbWxwOlJlc3BvbnNlIHhtbG5zOnNhbWxwPSJ1cm46b2FzaXM6bmFtZXM6dGM6U0FNTDoyLjA6cHJvdG9jb2wiI"
        ));
    }

    #[test]
    fn a_response_is_good_until_its_end() {
        let response = saml_response("Cable & <Vision>", "demo", NOW, HOUR);
        let said = SamlResponse::read(&response, NOW).unwrap();
        assert_eq!(said.issuer.as_deref(), Some("Cable & <Vision>"));
        assert_eq!(said.subject.as_deref(), Some("demo"));
        assert!(SamlResponse::read(&response, NOW.shifted(3_599_999)).is_some());
        assert!(SamlResponse::read(&response, NOW.shifted(3_600_000)).is_none());
    }

    #[test]
    fn prefixes_and_prologs_do_not_matter() {
        let said = read(
            "<?xml version='1.0'?>\n<saml2p:Response a='b'><x:Issuer>Dish</x:Issuer></saml2p:Response>",
        );
        assert_eq!(said, Some(SamlResponse { issuer: Some("Dish".into()), subject: None }));
        assert!(read("<Response></Response>").is_some());
    }

    #[test]
    fn what_is_no_response_is_none() {
        let failed = "<Response><Status><StatusCode Value='urn:oasis:names:tc:SAML:2.0:status:Responder'/></Status></Response>";
        for xml in [
            "",
            "x",
            "<Request></Request>",
            "<Response>",
            "<Response/>",
            "<a><Response></Response></a>",
            "<!DOCTYPE x []><Response></Response>",
            "<Response><Conditions NotOnOrAfter='soon'/></Response>",
            failed,
        ] {
            assert_eq!(read(xml), None, "{xml}");
        }
        assert_eq!(SamlResponse::read("<Response></Response>", NOW), None, "not encoded");
    }

    proptest! {
        #[test]
        fn no_text_upsets_the_reader(text in ".*", tail in "[<>/=\"'a-zé:]{0,40}") {
            let _ = SamlResponse::read(&text, NOW);
            let _ = read(&text);
            let _ = read(&format!("<Response{tail}"));
            let _ = read(&format!("<Response><Conditions {tail}</Response>"));
        }
    }
}
