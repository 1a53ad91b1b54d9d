//! The documented user metadata, as data.
//!
//! The tables are those of `features-standard/entitlements/user-metadata.md`.

use serde_json::Value;

/// What a value of user metadata is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A text.
    Text,
    /// `"true"` or `"false"`: a text, as the documented samples have it.
    Flag,
    /// A list of texts.
    List,
    /// Texts by name.
    Map,
}

impl Kind {
    /// Whether a value is of this kind.
    pub fn is(self, value: &Value) -> bool {
        match self {
            Self::Text => value.is_string(),
            Self::Flag => matches!(value.as_str(), Some("true" | "false")),
            Self::List => value.as_array().is_some_and(|list| list.iter().all(Value::is_string)),
            Self::Map => value.as_object().is_some_and(|map| map.values().all(Value::is_string)),
        }
    }

    /// An example, for who wrote something else.
    pub const fn expected(self) -> &'static str {
        match self {
            Self::Text => "a text, such as \"1o7241p\"",
            Self::Flag => "\"true\" or \"false\", in quotes",
            Self::List => "a list of texts, such as [\"77754\", \"12345\"]",
            Self::Map => "texts by name, such as {MPAA: PG-13, VCHIP: TV-14}",
        }
    }
}

/// One documented attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Documented {
    /// Its name on the wire.
    pub name: &'static str,
    /// What its value is before it is encrypted.
    pub kind: Kind,
    /// Whether the documents want it encrypted.
    pub requires_encryption: bool,
}

const fn of(kind: Kind, name: &'static str) -> Documented {
    Documented { name, kind, requires_encryption: false }
}

const fn encrypted(kind: Kind, name: &'static str) -> Documented {
    Documented { name, kind, requires_encryption: true }
}

/// Every documented attribute, in the order of the documents; `mvpd` is in the samples alone. Of
/// `onNet` and `inHome` the documents have only the names: they are taken for flags.
pub const DOCUMENTED: &[Documented] = &[
    of(Kind::Text, "userID"),
    of(Kind::Text, "upstreamUserID"),
    of(Kind::Text, "householdID"),
    of(Kind::Text, "primaryOID"),
    of(Kind::Text, "typeID"),
    of(Kind::Text, "is_hoh"),
    of(Kind::Flag, "hba_status"),
    of(Kind::Flag, "allowMirroring"),
    encrypted(Kind::List, "zip"),
    encrypted(Kind::Text, "encryptedZip"),
    of(Kind::List, "channelID"),
    of(Kind::Map, "maxRating"),
    of(Kind::Text, "language"),
    of(Kind::Flag, "onNet"),
    of(Kind::Flag, "inHome"),
    of(Kind::Text, "mvpd"),
];

/// A documented attribute by its name.
pub fn documented(name: &str) -> Option<&'static Documented> {
    DOCUMENTED.iter().find(|known| known.name == name)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_documented_samples_are_of_the_documented_kinds() {
        let samples = json!({
            "userID": "1o7241p",
            "upstreamUserID": "1o7241p",
            "householdID": "1o7241p",
            "primaryOID": "uuidd1e19ec9-012c-124f-b520-acaf118d16a0",
            "typeID": "Primary",
            "is_hoh": "1",
            "hba_status": "true",
            "allowMirroring": "true",
            "zip": ["77754", "12345"],
            "encryptedZip": "",
            "channelID": ["channel-1", "channel-2"],
            "maxRating": {"MPAA": "NR", "VCHIP": "X", "URL": "http://manage.my/parental"},
            "language": "English",
            "mvpd": "AdobeShibboleth",
        });
        for (name, sample) in samples.as_object().unwrap() {
            assert!(documented(name).unwrap().kind.is(sample), "{name}");
        }
        let zips = DOCUMENTED.iter().filter(|known| known.requires_encryption);
        assert_eq!(zips.map(|known| known.name).collect::<Vec<_>>(), ["zip", "encryptedZip"]);
    }

    #[test]
    fn a_value_of_another_kind_is_told_apart() {
        assert!(!Kind::List.is(&json!("77754")) && !Kind::List.is(&json!([77754])));
        assert!(!Kind::Flag.is(&json!(true)) && !Kind::Flag.is(&json!("yes")));
        assert!(!Kind::Map.is(&json!(["PG-13"])) && !Kind::Text.is(&json!(1)));
    }
}
