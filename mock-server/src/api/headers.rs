//! The request headers that endpoints understand, decoded.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use http::HeaderName;
use serde_json::{Map, Value};

use super::well_formed::WellFormedObject;

use crate::config::Id;
use crate::domain::Identity;
use crate::http::Request;

/// Standard alphabet; padding is welcome and may be missing.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

const DEVICE_IDENTIFIER: HeaderName = HeaderName::from_static("ap-device-identifier");
const DEVICE_INFO: HeaderName = HeaderName::from_static("x-device-info");

/// What the `Authorization` header holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bearer<'a> {
    /// There is none.
    Missing,
    /// It is something else than a bearer token.
    Malformed,
    /// A token, whether valid or not.
    Token(&'a str),
}

/// Reads `Authorization: Bearer <token>`.
pub fn bearer(request: &Request) -> Bearer<'_> {
    let Some(value) = request.headers.get(http::header::AUTHORIZATION) else {
        return Bearer::Missing;
    };
    let (scheme, token) = value.as_bytes().split_at(value.len().min("Bearer ".len()));
    let token = Some(token.trim_ascii())
        .filter(|_| scheme.eq_ignore_ascii_case(b"bearer "))
        .filter(|token| !token.is_empty() && is_graphic(token))
        .and_then(|token| str::from_utf8(token).ok());
    token.map_or(Bearer::Malformed, Bearer::Token)
}

/// All bytes are looked at, whatever the first ones are: many at a time, then.
fn is_graphic(token: &[u8]) -> bool {
    token.iter().fold(true, |all, byte| all & byte.is_ascii_graphic())
}

/// A header that is there but cannot be read, or is needed and missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unreadable;

/// Reads `AP-Device-Identifier: fingerprint <Base64>`; `None` when there is no such header.
///
/// # Errors
/// When the header is anything else.
pub fn device_identifier(request: &Request) -> Option<Result<Id, Unreadable>> {
    let value = request.headers.get(DEVICE_IDENTIFIER)?;
    Some(decode_identifier(value.to_str().unwrap_or_default()).ok_or(Unreadable))
}

/// An identifier of so many bytes needs no memory while it is decoded.
const USUAL: usize = 128;

/// Decodes the value of `AP-Device-Identifier`.
pub(crate) fn decode_identifier(value: &str) -> Option<Id> {
    let encoded = value.trim_ascii().strip_prefix("fingerprint ")?.trim_ascii();
    let (mut usual, longer);
    let bytes = if encoded.len() <= USUAL {
        usual = [0; USUAL];
        let length = BASE64.decode_slice(encoded, &mut usual).ok()?;
        &usual[..length]
    } else {
        longer = BASE64.decode(encoded).ok()?;
        &longer[..]
    };
    // An identifier of raw bytes has no text of its own; its Base64 stands for it.
    let identifier = str::from_utf8(bytes).unwrap_or(encoded);
    (!bytes.is_empty()).then(|| identifier.into())
}

/// Reads `X-Device-Info`: Base64 of a JSON object; `None` when there is no such header.
///
/// # Errors
/// When the header is anything else.
pub fn device_info(request: &Request) -> Option<Result<Map<String, Value>, Unreadable>> {
    let value = request.headers.get(DEVICE_INFO)?;
    Some(decode_object(value.to_str().unwrap_or_default()).ok_or(Unreadable))
}

/// Whether [`device_info`] reads that header, if it is there; most calls need to know no more.
///
/// # Errors
/// When the header is anything else.
pub fn check_device_info(request: &Request) -> Result<(), Unreadable> {
    let Some(value) = request.headers.get(DEVICE_INFO) else { return Ok(()) };
    let value = value.to_str().unwrap_or_default();
    let is_good = BASE64.decode(value.trim()).is_ok_and(|text| {
        str::from_utf8(&text)
            .is_ok_and(|text| serde_json::from_str::<WellFormedObject>(text).is_ok())
    });
    // What is not plainly good may still be mended.
    if is_good || decode_object(value).is_some() { Ok(()) } else { Err(Unreadable) }
}

/// Reads `AP-TempPass-Identity`: Base64 of a text that identifies a user; `None` when there is no
/// such header.
///
/// # Errors
/// When the header is anything else.
pub fn temp_pass_identity(request: &Request) -> Option<Result<Identity, Unreadable>> {
    let value = request.headers.get("ap-temppass-identity")?;
    let bytes = BASE64.decode(value.to_str().unwrap_or_default().trim()).ok();
    let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
    let text = text.filter(|text| !text.trim().is_empty());
    Some(text.map(|text| Identity::new(&text)).ok_or(Unreadable))
}

/// Decodes the value of `X-Device-Info`.
pub(crate) fn decode_object(value: &str) -> Option<Map<String, Value>> {
    let text = String::from_utf8(BASE64.decode(value.trim()).ok()?).ok()?;
    let parse = |text: &str| serde_json::from_str::<Map<String, Value>>(text).ok();
    parse(&text).or_else(|| parse(&with_missing_commas(&text)))
}

/// The value that every documented sample carries lacks a comma between two members. What the
/// documents print must work, so exactly this slip is mended.
fn with_missing_commas(text: &str) -> String {
    let mut mended = String::with_capacity(text.len() + 4);
    let (mut in_string, mut escaped, mut last) = (false, false, ' ');
    for c in text.chars() {
        if in_string {
            (in_string, escaped) = match c {
                _ if escaped => (true, false),
                '\\' => (true, true),
                '"' => (false, false),
                _ => (true, false),
            };
        } else if c == '"' {
            if !matches!(last, '{' | '[' | ',' | ':' | ' ') {
                mended.push(',');
            }
            in_string = true;
        }
        mended.push(c);
        if !c.is_whitespace() {
            last = c;
        }
    }
    mended
}

#[cfg(test)]
mod tests {
    use http::Method;
    use proptest::prelude::*;

    use super::*;

    fn with(name: &str, value: &str) -> Request {
        Request::new(Method::GET, "/").with_header(name, value)
    }

    fn object(text: &str) -> Option<Result<Map<String, Value>, Unreadable>> {
        device_info(&with("x-device-info", &BASE64.encode(text)))
    }

    #[test]
    fn bearer_tokens() {
        let read = |value| match bearer(&with("authorization", value)) {
            Bearer::Token(token) => Some(token.to_owned()),
            _ => None,
        };
        assert_eq!(read("Bearer abc").as_deref(), Some("abc"));
        assert_eq!(read("bearer  abc ").as_deref(), Some("abc"));
        for bad in ["", "Bearer", "Bearer ", "Basic abc", "Bearer a b", "abc"] {
            assert_eq!(read(bad), None, "{bad:?}");
        }
        assert_eq!(bearer(&Request::new(Method::GET, "/")), Bearer::Missing);
    }

    #[test]
    fn device_identifiers() {
        let read = |value| device_identifier(&with("ap-device-identifier", value));
        let documented = "fingerprint YmEyM2QxNDEtZDcxNS01NjFjLTk0ZjQtZTllNGM5NjZiMWVi";
        let decoded = "ba23d141-d715-561c-94f4-e9e4c966b1eb";
        assert_eq!(read(documented), Some(Ok(decoded.into())));
        assert_eq!(read("fingerprint dHY"), Some(Ok("tv".into())), "padding may be missing");
        for bad in ["", "fingerprint", "fingerprint ", "fingerprint ???", "dHY=", "mac dHY="] {
            assert_eq!(read(bad), Some(Err(Unreadable)), "{bad:?}");
        }
        assert_eq!(device_identifier(&Request::new(Method::GET, "/")), None);
    }

    #[test]
    fn device_info_is_an_object() {
        assert_eq!(object(r#"{"model":"TV"}"#).unwrap().unwrap()["model"], "TV");
        for bad in ["[]", "1", "TV", "", r#"{"model""#, r#"{"model":"TV""#, r#"{"a" "b"}"#] {
            assert_eq!(object(bad), Some(Err(Unreadable)), "{bad:?}");
        }
        assert_eq!(device_info(&with("x-device-info", "{}")), Some(Err(Unreadable)));
    }

    #[test]
    fn the_documented_value_is_read_though_it_lacks_a_comma() {
        let documented = "ewoJInByaW1hcnlIYXJkd2FyZVR5cGUiOiAiU2V0VG9wQm94IiwKCSJtb2RlbCI6ICJUViA1\
             dGggR2VuIiwKCSJtYW51ZmFjdHVyZXIiOiAiQXBwbGUiLAoJIm9zTmFtZSI6ICJ0dk9TIgoJIm9zVmVuZG9y\
             IjogIkFwcGxlIiwKCSJvc1ZlcnNpb24iOiAiMTEuMCIKfQ==";
        let info = device_info(&with("x-device-info", documented)).unwrap().unwrap();
        assert_eq!(info["osName"], "tvOS");
        assert_eq!(info["osVersion"], "11.0");
    }

    #[test]
    fn identities() {
        let read = |value| temp_pass_identity(&with("ap-temppass-identity", value));
        let documented = Identity::new("{\"email\":\"foo@bar.com\"}");
        assert_eq!(read("eyJlbWFpbCI6ImZvb0BiYXIuY29tIn0="), Some(Ok(documented)));
        for bad in ["", "???", "IA==", "/w==", "{\"email\":\"foo@bar.com\"}"] {
            assert_eq!(read(bad), Some(Err(Unreadable)), "{bad:?}");
        }
        assert_eq!(temp_pass_identity(&Request::new(Method::GET, "/")), None);
    }

    proptest! {
        #[test]
        fn objects_survive_the_way_there_and_back(keys in prop::collection::vec(".*", 0..5)) {
            let sent: Map<_, _> = keys.into_iter().map(|k| (k.clone(), Value::String(k))).collect();
            let text = serde_json::to_string(&sent).unwrap();
            prop_assert_eq!(object(&text), Some(Ok(sent)));
            let request = with("x-device-info", &BASE64.encode(&text));
            prop_assert_eq!(check_device_info(&request), Ok(()));
        }

        #[test]
        fn no_text_upsets_the_readers(text in ".*") {
            let request = with("x-device-info", &BASE64.encode(&text));
            let read = device_info(&request).unwrap_or(Err(Unreadable)).map(|_| ());
            prop_assert_eq!(check_device_info(&request), read);
            let _ = device_identifier(&with("ap-device-identifier", &text));
            let _ = temp_pass_identity(&with("ap-temppass-identity", &text));
        }
    }
}
