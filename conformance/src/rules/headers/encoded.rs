//! Reading headers whose value is Base64.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use serde_json::{Map, Value};

const KIND: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, KIND);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, KIND);

/// What was read of a header's value, kept until another value comes: most requests of a device repeat
/// the one before.
#[derive(Debug)]
pub(crate) struct Last<'t, T>(Option<(&'t str, T)>);

impl<T> Default for Last<'_, T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<'t, T> Last<'t, T> {
    /// What there is to read of a value.
    pub(crate) fn of(&mut self, value: &'t str, read: impl FnOnce(&'t str) -> T) -> &T {
        let known = self.0.take().filter(|(known, _)| *known == value);
        &self.0.insert(known.unwrap_or_else(|| (value, read(value)))).1
    }
}

/// Base64 of either alphabet, padded or not: the documents say "Base64-encoded" and no more.
pub(crate) fn base64(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).or_else(|_| URL_SAFE.decode(text)).ok()
}

/// Base64 of a JSON object. A missing comma between two members is forgiven: the value that the
/// documents print in most of their samples lacks one.
pub(crate) fn json_object(text: &str) -> Option<Map<String, Value>> {
    let text = String::from_utf8(base64(text.trim())?).ok()?;
    let value = serde_json::from_str(&text).or_else(|_| serde_json::from_str(&with_commas(&text)));
    if let Ok(Value::Object(object)) = value { Some(object) } else { None }
}

/// JSON with a comma wherever a string follows a complete value.
fn with_commas(json: &str) -> String {
    let mut mended = String::with_capacity(json.len() + 8);
    let (mut in_string, mut escaped, mut last) = (false, false, None);
    for c in json.chars() {
        if in_string {
            in_string = escaped || c != '"';
            escaped = !escaped && c == '\\';
        } else if c == '"' {
            if last.is_some_and(|last: char| last.is_alphanumeric() || "\"]}".contains(last)) {
                mended.push(',');
            }
            in_string = true;
        }
        if !c.is_whitespace() {
            last = Some(c);
        }
        mended.push(c);
    }
    mended
}

/// The identifier in a value of `AP-Device-Identifier`: `fingerprint <Base64>`, and not empty.
pub(crate) fn device_identifier(value: &str) -> Option<Vec<u8>> {
    let (kind, identifier) = value.trim().split_once(char::is_whitespace)?;
    let identifier = Some(identifier.trim()).filter(|text| !is_bare(text)).and_then(base64)?;
    (kind.eq_ignore_ascii_case("fingerprint") && !identifier.is_empty()).then_some(identifier)
}

/// Whether a text is an identifier as it was before anybody encoded it: a UUID, or hexadecimal such
/// as a hash. Each can be read as Base64, but no Base64 looks so by chance.
fn is_bare(text: &str) -> bool {
    let digits = text.chars().filter(|c| *c != '-').count();
    digits >= 16 && text.chars().all(|c| c == '-' || c.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn either_alphabet_padded_or_not() {
        for text in ["ZGV2aWNlLTE/Pz8=", "ZGV2aWNlLTE/Pz8", "ZGV2aWNlLTE_Pz8=", "ZGV2aWNlLTE_Pz8"] {
            assert_eq!(base64(text).as_deref(), Some(b"device-1???".as_slice()), "{text}");
        }
        assert_eq!(base64("ba23d141-d715!"), None);
    }

    #[test]
    fn an_identifier_names_its_kind() {
        assert_eq!(device_identifier("fingerprint ZA==").as_deref(), Some(b"d".as_slice()));
        assert_eq!(device_identifier("Fingerprint  ZA").as_deref(), Some(b"d".as_slice()));
        for value in ["", "ZA==", "fingerprint", "fingerprint ", "fingerprint %%", "hardware ZA=="]
        {
            assert_eq!(device_identifier(value), None, "{value:?}");
        }
    }

    #[test]
    fn an_identifier_that_nobody_encoded_is_none() {
        let uuid = "ba23d141-d715-561c-94f4-e9e4c966b1eb";
        let hash = "f7ee5ec7312165148b69fcca1d29075b14b8aef0b5048a332b18b88d09069fb7";
        for bare in [uuid, &uuid.to_uppercase(), hash, "9774d56d682e549c"] {
            assert_eq!(device_identifier(&format!("fingerprint {bare}")), None, "{bare}");
        }
        // What could be either is taken for Base64.
        assert!(device_identifier("fingerprint 9774d56d682e").is_some());
        let encoded = "fingerprint YmEyM2QxNDEtZDcxNS01NjFjLTk0ZjQtZTllNGM5NjZiMWVi";
        assert_eq!(device_identifier(encoded).as_deref(), Some(uuid.as_bytes()));
        let hash = "fingerprint ZjdlZTVlYzczMTIxNjUxNA==";
        assert_eq!(device_identifier(hash).as_deref(), Some(b"f7ee5ec731216514".as_slice()));
    }

    #[test]
    fn only_an_object_is_device_information() {
        assert!(json_object("e30=").is_some());
        assert!(json_object("e30").is_some());
        for value in ["", "W10=", "{}", "bm90IGpzb24=", "eyJhIjoi"] {
            assert_eq!(json_object(value), None, "{value:?}");
        }
    }

    #[test]
    fn the_value_that_the_documents_print_is_read() {
        let printed = "ewoJInByaW1hcnlIYXJkd2FyZVR5cGUiOiAiU2V0VG9wQm94IiwKCSJtb2RlbCI6ICJUViA1dGggR2\
                       VuIiwKCSJtYW51ZmFjdHVyZXIiOiAiQXBwbGUiLAoJIm9zTmFtZSI6ICJ0dk9TIgoJIm9zVmVuZG9\
                       yIjogIkFwcGxlIiwKCSJvc1ZlcnNpb24iOiAiMTEuMCIKfQ==";
        let object = json_object(printed).unwrap();
        assert_eq!(object["osName"], "tvOS");
        assert_eq!(object["osVendor"], "Apple");
    }

    #[test]
    fn commas_are_mended_outside_strings_only() {
        let mended = with_commas(r#"{"a":"x\" \"y" "b":[1,"2" "3"] "c":true "d":{} "e":null}"#);
        let expected = r#"{"a":"x\" \"y" ,"b":[1,"2" ,"3"] ,"c":true ,"d":{} ,"e":null}"#;
        assert_eq!(mended, expected);
        let sound = r#"{"a":"b \\" , "c":[] }"#;
        assert_eq!(with_commas(sound), sound);
    }
}
