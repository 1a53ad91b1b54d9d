//! JSON as a list of places in the text it was read from.
//!
//! A tree of owned values is several times as large as its text; of a long capture most bodies are
//! kept only to be asked for two or three fields. A [`Document`] keeps 16 bytes a value and copies no
//! text but what is escaped.

use std::fmt;

use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

/// What a text says, as JSON.
pub(super) struct Document {
    nodes: Box<[Node]>,
    /// Texts that are written otherwise than they read.
    unescaped: Box<str>,
}

/// A value, or the name of a member. Members are names and values by turns.
#[derive(Clone, Copy)]
enum Node {
    Null,
    Bool(bool),
    Integer(i64),
    /// A number that is no such integer.
    Number,
    /// A part of the text.
    Text(u32, u32),
    /// A part of what is unescaped.
    Unescaped(u32, u32),
    /// The values up to this node.
    List(u32),
    /// The names and values up to this node.
    Object(u32),
}

impl Document {
    /// Reads a text; `None` when it is not JSON.
    pub(super) fn read(text: &str) -> Option<Self> {
        let mut growing =
            Growing { text: text.as_ptr().addr(), nodes: Vec::new(), unescaped: String::new() };
        let mut reader = serde_json::Deserializer::from_str(text);
        growing.deserialize(&mut reader).ok()?;
        reader.end().ok()?;
        let Growing { nodes, unescaped, .. } = growing;
        Some(Self { nodes: nodes.into(), unescaped: unescaped.into() })
    }

    /// The value that the text is.
    pub(super) fn root<'a>(&'a self, text: &'a str) -> Json<'a> {
        Json { document: self, text, at: 0 }
    }
}

/// A value in a body.
#[derive(Clone, Copy)]
pub struct Json<'a> {
    document: &'a Document,
    text: &'a str,
    at: usize,
}

impl<'a> Json<'a> {
    /// The value of a member, when this is an object that has it. The last one counts.
    pub fn get(self, name: &str) -> Option<Json<'a>> {
        let Node::Object(end) = self.node() else { return None };
        let (mut at, mut found) = (self.at + 1, None);
        while at < end as usize {
            let value = Json { at: at + 1, ..self };
            if (Json { at, ..self }).is_text(name) {
                found = Some(value);
            }
            at = value.end();
        }
        found
    }

    /// Whether this is a text, and reads like that: most are of another length.
    fn is_text(self, wanted: &str) -> bool {
        let (Node::Text(from, to) | Node::Unescaped(from, to)) = self.node() else { return false };
        (to - from) as usize == wanted.len() && self.as_str() == Some(wanted)
    }

    /// The text, when this is one.
    pub fn as_str(self) -> Option<&'a str> {
        let (all, (from, to)) = match self.node() {
            Node::Text(from, to) => (self.text, (from, to)),
            Node::Unescaped(from, to) => (&*self.document.unescaped, (from, to)),
            _ => return None,
        };
        all.get(from as usize..to as usize)
    }

    /// The number, when this is one without a fraction that is not too large.
    pub fn as_i64(self) -> Option<i64> {
        if let Node::Integer(number) = self.node() { Some(number) } else { None }
    }

    /// Whether it is true, when this is true or false.
    pub fn as_bool(self) -> Option<bool> {
        if let Node::Bool(value) = self.node() { Some(value) } else { None }
    }

    /// Whether this is an object.
    pub fn is_object(self) -> bool {
        matches!(self.node(), Node::Object(_))
    }

    /// The values of a list, in order, when this is one.
    pub fn items(self) -> Option<impl Iterator<Item = Json<'a>>> {
        let Node::List(end) = self.node() else { return None };
        Some(self.values(end))
    }

    /// The members of an object in the order of their names, when this is one. Of two of one name the
    /// last one counts.
    pub fn members(self) -> Option<Vec<(&'a str, Json<'a>)>> {
        let mut members: Vec<_> = self.pairs()?.collect();
        if !members.is_sorted_by(|(one, _), (other, _)| one < other) {
            members.reverse();
            members.sort_by_key(|(name, _)| *name);
            members.dedup_by_key(|(name, _)| *name);
        }
        Some(members)
    }

    /// Names and values as they are written.
    pub(super) fn pairs(self) -> Option<impl Iterator<Item = (&'a str, Json<'a>)>> {
        let Node::Object(end) = self.node() else { return None };
        let mut values = self.values(end);
        Some(std::iter::from_fn(move || Some((values.next()?.as_str()?, values.next()?))))
    }

    fn values(self, end: u32) -> impl Iterator<Item = Json<'a>> {
        let mut at = self.at + 1;
        std::iter::from_fn(move || {
            let value = (at < end as usize).then_some(Json { at, ..self })?;
            at = value.end();
            Some(value)
        })
    }

    /// Where it stands in the body: at 0 when it is all of it.
    pub(super) fn place(self) -> u32 {
        u32::try_from(self.at).unwrap_or(u32::MAX)
    }

    /// The value that stands somewhere in the same body.
    pub(super) fn at(self, place: u32) -> Json<'a> {
        Json { at: place as usize, ..self }
    }

    /// The name that stands before it, when it is a member's value.
    pub(super) fn name(self) -> Option<Json<'a>> {
        Some(Json { at: self.at.checked_sub(1)?, ..self })
    }

    /// The place behind it.
    fn end(self) -> usize {
        match self.node() {
            Node::List(end) | Node::Object(end) => end as usize,
            _ => self.at + 1,
        }
    }

    fn node(self) -> Node {
        self.document.nodes.get(self.at).copied().unwrap_or(Node::Null)
    }
}

impl fmt::Debug for Json<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.node() {
            Node::Null => f.write_str("null"),
            Node::Bool(value) => write!(f, "{value}"),
            Node::Integer(number) => write!(f, "{number}"),
            Node::Number => f.write_str("number"),
            Node::Text(..) | Node::Unescaped(..) => write!(f, "{:?}", self.as_str()),
            Node::List(end) => f.debug_list().entries(self.values(end)).finish(),
            Node::Object(_) => f.debug_map().entries(self.pairs().into_iter().flatten()).finish(),
        }
    }
}

/// A document while its text is read.
struct Growing {
    /// The address of the text, to tell what is a part of it.
    text: usize,
    nodes: Vec<Node>,
    unescaped: String,
}

impl Growing {
    fn open(&mut self) -> usize {
        self.nodes.push(Node::Null);
        self.nodes.len() - 1
    }

    fn add<E: de::Error>(&mut self, node: Node) -> Result<(), E> {
        self.nodes.push(node);
        Ok(())
    }

    fn add_text<E: de::Error>(
        &mut self,
        from: usize,
        length: usize,
        node: fn(u32, u32) -> Node,
    ) -> Result<(), E> {
        self.add(node(place(from)?, place(from + length)?))
    }
}

fn place<E: de::Error>(place: usize) -> Result<u32, E> {
    u32::try_from(place).map_err(|_| E::custom("it is too large"))
}

impl<'de> DeserializeSeed<'de> for &mut Growing {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for &mut Growing {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: de::Error>(self) -> Result<(), E> {
        self.add(Node::Null)
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<(), E> {
        self.add(Node::Bool(value))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<(), E> {
        self.add(Node::Integer(number))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<(), E> {
        self.add(i64::try_from(number).map_or(Node::Number, Node::Integer))
    }

    fn visit_f64<E: de::Error>(self, _number: f64) -> Result<(), E> {
        self.add(Node::Number)
    }

    fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<(), E> {
        self.add_text(text.as_ptr().addr() - self.text, text.len(), Node::Text)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<(), E> {
        let from = self.unescaped.len();
        self.unescaped.push_str(text);
        self.add_text(from, text.len(), Node::Unescaped)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let opened = self.open();
        while list.next_element_seed(&mut *self)?.is_some() {}
        self.nodes[opened] = Node::List(place(self.nodes.len())?);
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let opened = self.open();
        while members.next_key_seed(&mut *self)?.is_some() {
            members.next_value_seed(&mut *self)?;
        }
        self.nodes[opened] = Node::Object(place(self.nodes.len())?);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Map, Value, json};

    use super::*;

    /// Whether both say the same, as far as a document keeps it.
    fn is_same(json: Json<'_>, value: &Value) -> bool {
        match value {
            Value::Null => matches!(json.node(), Node::Null),
            Value::Bool(value) => json.as_bool() == Some(*value),
            Value::Number(number) => json.as_i64() == number.as_i64(),
            Value::String(text) => json.as_str() == Some(text),
            Value::Array(values) => {
                let Some(items) = json.items() else { return false };
                let items: Vec<_> = items.collect();
                items.len() == values.len()
                    && items.iter().zip(values).all(|(item, value)| is_same(*item, value))
            }
            Value::Object(map) => {
                let Some(members) = json.members() else { return false };
                members.len() == map.len()
                    && members.iter().zip(map).all(|((name, member), (other, value))| {
                        name == other
                            && is_same(*member, value)
                            && json.get(name).is_some_and(|found| found.at == member.at)
                    })
            }
        }
    }

    fn values() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            (-1e9..1e9_f64).prop_map(Value::from),
            ".*".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 40, 6, |inner| {
            let members = prop::collection::btree_map(".*", inner.clone(), 0..6);
            prop_oneof![
                prop::collection::vec(inner, 0..6).prop_map(Value::from),
                members.prop_map(|members| Value::Object(Map::from_iter(members))),
            ]
        })
    }

    proptest! {
        #[test]
        fn a_document_says_what_its_text_says(value in values(), pretty in any::<bool>()) {
            let text = if pretty { format!(" {value:#}\n") } else { value.to_string() };
            let document = Document::read(&text).unwrap();
            prop_assert!(is_same(document.root(&text), &value), "{text}");
        }

        #[test]
        fn what_is_json_is_what_everybody_says_it_is(text in r#"[\[\]{}:,"\\0-9a-eu.truefalsn \-]{0,12}"#) {
            let told: Result<Value, _> = serde_json::from_str(&text);
            let read = Document::read(&text);
            prop_assert_eq!(read.is_some(), told.is_ok(), "{}", text);
            if let (Some(document), Ok(value)) = (read, told) {
                prop_assert!(is_same(document.root(&text), &value), "{}", text);
            }
        }
    }

    #[test]
    fn the_last_of_two_members_counts() {
        let text = r#"{"b": 1, "a": {"x": [1]}, "b": 2}"#;
        let document = Document::read(text).unwrap();
        assert!(is_same(document.root(text), &json!({"a": {"x": [1]}, "b": 2})));
    }
}
