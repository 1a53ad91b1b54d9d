//! Authentication codes.

use std::fmt;
use std::ops::Deref;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An authentication code: seven ASCII characters, held in place, because a million sessions have one
/// in several tables.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code([u8; Self::LENGTH]);

/// The text is no authentication code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a code has seven ASCII characters")]
pub struct NotACode;

impl Code {
    /// How many characters a code has.
    pub const LENGTH: usize = 7;

    /// A code of characters that are ASCII.
    pub(crate) fn from_fn(mut character: impl FnMut() -> u8) -> Self {
        Self(std::array::from_fn(|_| character() & 0x7f))
    }

    /// The text of the code.
    pub fn as_str(&self) -> &str {
        // Always ASCII, as it was made.
        str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl FromStr for Code {
    type Err = NotACode;

    fn from_str(text: &str) -> Result<Self, NotACode> {
        match text.as_bytes().try_into() {
            Ok(bytes) if text.is_ascii() => Ok(Self(bytes)),
            _ => Err(NotACode),
        }
    }
}

impl Deref for Code {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self)
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self)
    }
}

impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seven_ascii_characters_are_a_code_and_nothing_else_is() {
        assert_eq!(&*"8ER640M".parse::<Code>().unwrap(), "8ER640M");
        for text in ["", "8ER640", "8ER640MX", "8ER640é", "8ER64é"] {
            assert_eq!(text.parse::<Code>(), Err(NotACode), "{text}");
        }
    }

    #[test]
    fn a_code_is_kept_as_its_text() {
        let code: Code = serde_json::from_str("\"8ER640M\"").unwrap();
        assert_eq!(serde_json::to_string(&code).unwrap(), "\"8ER640M\"");
        assert_eq!(format!("{code} {code:?}"), "8ER640M \"8ER640M\"");
        let error = serde_json::from_str::<Code>("\"x\"").unwrap_err().to_string();
        assert!(error.starts_with("a code has seven ASCII characters"), "{error}");
    }
}
