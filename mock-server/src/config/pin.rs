//! A parental PIN.

use std::borrow::Cow;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, de};

/// A parental PIN: four to eight digits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Pin(Box<str>);

impl Pin {
    /// Its digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this is what somebody typed, blanks aside.
    pub fn is(&self, typed: &str) -> bool {
        typed.chars().filter(|c| !c.is_whitespace()).eq(self.0.chars())
    }
}

impl FromStr for Pin {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let good = (4..=8).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        let wrong =
            || format!("expected a PIN of four to eight digits such as \"1234\", found `{text}`");
        good.then(|| Self(text.into())).ok_or_else(wrong)
    }
}

impl<'de> Deserialize<'de> for Pin {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Cow::<'de, str>::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for Pin {
    fn schema_name() -> Cow<'static, str> {
        "Pin".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "Four to eight digits, in quotation marks.",
            "pattern": "^[0-9]{4,8}$",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_to_eight_digits_are_a_pin() {
        for good in ["1234", "0000", "12345678"] {
            assert_eq!(good.parse::<Pin>().unwrap().as_str(), good);
        }
        for bad in ["", "123", "123456789", "12a4", "12 34", "１２３４"] {
            assert!(bad.parse::<Pin>().unwrap_err().contains("four to eight digits"), "{bad}");
        }
    }

    #[test]
    fn what_is_typed_may_have_blanks_in_it() {
        let pin: Pin = "0123".parse().unwrap();
        assert!(pin.is("0123") && pin.is(" 01 23 "));
        assert!(!pin.is("123") && !pin.is("01234") && !pin.is(""));
    }
}
