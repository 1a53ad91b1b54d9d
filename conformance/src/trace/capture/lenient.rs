//! JSON members that tools write in more than one way. A member of an unexpected type counts as
//! absent: what is not needed shall not keep a capture from being read.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// A text, or a number or truth value as text.
#[derive(Debug, Default)]
pub(super) struct Text<'a>(pub(super) Option<Cow<'a, str>>);

/// A number, or a text that holds one.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Number(pub(super) Option<f64>);

/// Names and values: a list of objects with `name` and `value`, of pairs, or an object.
#[derive(Debug, Default)]
pub(super) struct Pairs<'a>(pub(super) Vec<(Cow<'a, str>, Cow<'a, str>)>);

/// An object; its default where there is something else.
#[derive(Debug, Default)]
pub(super) struct Object<T>(pub(super) T);

/// Whether there is anything but `null`, `false` and an empty text.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Present(pub(super) bool);

impl Text<'_> {
    pub(super) fn as_str(&self) -> Option<&str> {
        self.0.as_deref()
    }

    /// The text, unless it is empty.
    pub(super) fn filled(&self) -> Option<&str> {
        self.as_str().filter(|text| !text.is_empty())
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(TextVisitor).map(Self)
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = Text::deserialize(from)?;
        Ok(Self(text.as_str().and_then(|text| text.trim().parse().ok())))
    }
}

impl<'de> Deserialize<'de> for Present {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = Text::deserialize(from)?;
        Ok(Self(text.filled().is_some_and(|text| text != "false")))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Pairs<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(PairsVisitor).map(Self)
    }
}

impl<'de, T: Deserialize<'de> + Default> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(ObjectVisitor(std::marker::PhantomData)).map(Self)
    }
}

macro_rules! ignores {
    ($($what:ident: $of:ty),*) => {
        $(fn $what<E: serde::de::Error>(self, _: $of) -> Result<Self::Value, E> {
            Ok(Self::Value::default())
        })*
    };
}

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Option<Cow<'de, str>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Some(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Some(Cow::Owned(text.to_owned())))
    }

    fn visit_string<E>(self, text: String) -> Result<Self::Value, E> {
        Ok(Some(Cow::Owned(text)))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Some(Cow::Borrowed(if value { "true" } else { "false" })))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
        Ok(Some(Cow::Owned(value.to_string())))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Some(Cow::Owned(value.to_string())))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
        Ok(Some(Cow::Owned(value.to_string())))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
        drain_seq(seq).map(|()| None)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        drain_map(map).map(|()| None)
    }
}

struct PairsVisitor;

/// One of a list of names and values; no name where it is something else.
#[derive(Debug, Default)]
struct Pair<'a> {
    name: Text<'a>,
    value: Text<'a>,
}

impl<'de: 'a, 'a> Deserialize<'de> for Pair<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(PairVisitor)
    }
}

/// The members of a name and its value.
enum Member {
    Name,
    Value,
    Other,
}

impl<'de> Deserialize<'de> for Member {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let Text(name) = Text::deserialize(from)?;
        Ok(match name.as_deref() {
            Some("name") => Self::Name,
            Some("value") => Self::Value,
            _ => Self::Other,
        })
    }
}

struct PairVisitor;

impl<'de> Visitor<'de> for PairVisitor {
    type Value = Pair<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name and a value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut pair = Pair::default();
        while let Some(member) = map.next_key()? {
            match member {
                Member::Name => pair.name = map.next_value()?,
                Member::Value => pair.value = map.next_value()?,
                Member::Other => _ = map.next_value::<IgnoredAny>()?,
            }
        }
        Ok(pair)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let name = seq.next_element()?.unwrap_or_default();
        let value = seq.next_element()?.unwrap_or_default();
        drain_seq(seq)?;
        Ok(Pair { name, value })
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Pair::default())
    }

    ignores!(visit_str: &str, visit_bool: bool, visit_u64: u64, visit_i64: i64, visit_f64: f64);
}

impl<'de> Visitor<'de> for PairsVisitor {
    type Value = Vec<(Cow<'de, str>, Cow<'de, str>)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("names and values")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut pairs = Vec::with_capacity(16);
        while let Some(pair) = seq.next_element::<Pair<'de>>()? {
            if let Some(name) = pair.name.0 {
                pairs.push((name, pair.value.0.unwrap_or_default()));
            }
        }
        Ok(pairs)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut pairs = Vec::new();
        while let Some((Text(name), Text(value))) = map.next_entry()? {
            pairs.push((name.unwrap_or_default(), value.unwrap_or_default()));
        }
        Ok(pairs)
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Vec::new())
    }

    ignores!(visit_str: &str, visit_bool: bool, visit_u64: u64, visit_i64: i64, visit_f64: f64);
}

struct ObjectVisitor<T>(std::marker::PhantomData<T>);

impl<'de, T: Deserialize<'de> + Default> Visitor<'de> for ObjectVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        T::deserialize(serde::de::value::MapAccessDeserializer::new(map))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<T, A::Error> {
        drain_seq(seq).map(|()| T::default())
    }

    fn visit_unit<E>(self) -> Result<T, E> {
        Ok(T::default())
    }

    ignores!(visit_str: &str, visit_bool: bool, visit_u64: u64, visit_i64: i64, visit_f64: f64);
}

fn drain_seq<'de, A: SeqAccess<'de>>(mut seq: A) -> Result<(), A::Error> {
    while seq.next_element::<IgnoredAny>()?.is_some() {}
    Ok(())
}

fn drain_map<'de, A: MapAccess<'de>>(mut map: A) -> Result<(), A::Error> {
    while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(json: &str) -> Option<String> {
        serde_json::from_str::<Text<'_>>(json).unwrap().0.map(Cow::into_owned)
    }

    fn pairs(json: &str) -> Vec<(String, String)> {
        let pairs: Pairs<'_> = serde_json::from_str(json).unwrap();
        pairs.0.into_iter().map(|(name, value)| (name.into(), value.into())).collect()
    }

    #[test]
    fn texts_and_numbers_stand_for_each_other() {
        assert_eq!(text(r#""a\n""#).as_deref(), Some("a\n"));
        assert_eq!(text("200").as_deref(), Some("200"));
        assert_eq!(text("true").as_deref(), Some("true"));
        assert_eq!([text("null"), text("[1]"), text(r#"{"a":1}"#)], [None, None, None]);
        let number = |json| serde_json::from_str::<Number>(json).unwrap().0;
        assert_eq!(
            [number("-1"), number(r#"" 2.5""#), number(r#""x""#)],
            [Some(-1.0), Some(2.5), None]
        );
        let present = |json| serde_json::from_str::<Present>(json).unwrap().0;
        assert_eq!(
            [present("null"), present(r#""""#), present("false"), present(r#""x""#)],
            [false, false, false, true]
        );
    }

    #[test]
    fn names_and_values_come_as_lists_and_as_objects() {
        let expected = [("a".to_owned(), "1".to_owned()), ("b".to_owned(), String::new())];
        let list = r#"[{"name":"a","value":1,"comment":"x"},7,{"value":"lost"},{"name":"b"}]"#;
        assert_eq!(pairs(list), expected);
        assert_eq!(pairs(r#"{"a":"1","b":null}"#), expected);
        assert_eq!(pairs(r#"[["a","1"],["b"]]"#), expected);
        assert_eq!(pairs("null"), []);
        assert_eq!(pairs("3"), []);
    }
}
