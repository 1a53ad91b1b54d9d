//! Bodies, with what is JSON in them read once.

use std::borrow::Borrow;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::json::{Document, Json};
use super::said::{Said, Says};

/// The body of a request or an answer, as text. A copy is the same body, not another one.
#[derive(Clone, Default)]
pub struct Body(Option<Arc<Held>>);

struct Held {
    text: Box<str>,
    document: Option<Document>,
    /// Looked for when first asked for.
    said: OnceLock<Box<Said>>,
}

impl Body {
    /// The body as text.
    pub fn as_str(&self) -> &str {
        self.0.as_ref().map_or("", |held| &held.text)
    }

    /// The body as JSON, if all of it is JSON.
    pub fn json(&self) -> Option<Json<'_>> {
        let held = self.0.as_ref()?;
        Some(held.document.as_ref()?.root(&held.text))
    }

    /// What it says by the documented fields, if all of it is JSON.
    pub(super) fn says(&self) -> Option<Says<'_>> {
        let held = self.0.as_ref()?;
        let body = held.document.as_ref()?.root(&held.text);
        Some(Says { body, said: held.said.get_or_init(|| Box::new(Said::read(body))) })
    }

    /// Whether two are not only equal but one and the same.
    pub fn is_same(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Some(one), Some(other)) => Arc::ptr_eq(one, other),
            (None, None) => true,
            _ => false,
        }
    }
}

impl From<&str> for Body {
    fn from(text: &str) -> Self {
        if text.is_empty() {
            return Self(None);
        }
        let (document, said) = (Document::read(text), OnceLock::new());
        Self(Some(Arc::new(Held { text: text.into(), document, said })))
    }
}

impl Deref for Body {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl Borrow<str> for Body {
    fn borrow(&self) -> &str {
        self.as_str()
    }
}

impl PartialEq for Body {
    fn eq(&self, other: &Self) -> bool {
        self.is_same(other) || self.as_str() == other.as_str()
    }
}

impl Eq for Body {}

impl PartialEq<str> for Body {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<String> for Body {
    fn eq(&self, other: &String) -> bool {
        self.as_str() == other
    }
}

impl Hash for Body {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl Serialize for Body {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Body {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self::from(text.as_str()))
    }
}
