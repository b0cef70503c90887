//! The tree: nodes with their places, and the small questions a reader asks of them.

use std::sync::Arc;

use crate::source::{Span, Text};
use crate::value::{Object, Value};

/// A value in a file, with its place.
#[derive(Clone, Debug)]
pub struct Node {
    /// The whole value, from its first to its last byte; without anchor and tag. Where a value is absent
    /// (`key:`), the empty place right behind the colon. What an alias stands for keeps the places of the anchor.
    pub span: Span,
    /// What it is.
    pub data: Data,
}

/// What a node is.
#[derive(Clone, Debug)]
pub enum Data {
    /// A text, number, boolean or null.
    Scalar(Scalar),
    /// A list.
    Sequence(Vec<Node>),
    /// A mapping.
    Mapping(Mapping),
}

/// A scalar as text and as value.
#[derive(Clone, Debug)]
pub struct Scalar {
    /// The decoded text, with its way back into the file.
    pub text: Text,
    /// How it is written.
    pub style: Style,
    /// What it means: plain scalars by the core schema of YAML 1.2, all others the string.
    pub value: Value,
}

/// How a scalar is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Without quotes.
    Plain,
    /// `'…'`
    SingleQuoted,
    /// `"…"`
    DoubleQuoted,
    /// `|`
    Literal,
    /// `>`
    Folded,
}

/// A mapping: its entries in the order of the file, each key once, merged ones last.
#[derive(Clone, Debug, Default)]
pub struct Mapping {
    /// The entries.
    pub entries: Vec<Entry>,
}

/// A key and its value.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The key's text; keys that look like numbers or booleans are their text.
    pub key: Text,
    /// The value.
    pub value: Node,
}

impl Mapping {
    /// The entry of that key. Reads the entries in turn: for the handful of keys that a step has.
    pub fn get(&self, key: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| &*entry.key.text == key)
    }

    /// The entries, in the order of the file.
    pub fn iter(&self) -> std::slice::Iter<'_, Entry> {
        self.entries.iter()
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

impl<'a> IntoIterator for &'a Mapping {
    type Item = &'a Entry;
    type IntoIter = std::slice::Iter<'a, Entry>;

    fn into_iter(self) -> Self::IntoIter {
        self.entries.iter()
    }
}

impl Entry {
    /// The place of the whole entry, key and value.
    pub fn span(&self) -> Span {
        self.key.span.to(self.value.span)
    }
}

impl Node {
    /// The mapping, where the node is one.
    pub fn as_mapping(&self) -> Option<&Mapping> {
        match &self.data {
            Data::Mapping(mapping) => Some(mapping),
            _ => None,
        }
    }

    /// The items, where the node is a list.
    pub fn as_sequence(&self) -> Option<&[Node]> {
        match &self.data {
            Data::Sequence(items) => Some(items),
            _ => None,
        }
    }

    /// The scalar, where the node is one.
    pub fn as_scalar(&self) -> Option<&Scalar> {
        match &self.data {
            Data::Scalar(scalar) => Some(scalar),
            _ => None,
        }
    }

    /// The text of a string; nothing for numbers, booleans and null.
    pub fn as_str(&self) -> Option<&str> {
        self.as_scalar()?.value.as_str()
    }

    /// Whether the node is null: written so, or left out.
    pub fn is_null(&self) -> bool {
        self.as_scalar().is_some_and(|scalar| scalar.value.is_null())
    }

    /// What the node is, in words for a message: `a mapping`, `a list`, `a string`.
    pub fn kind(&self) -> &'static str {
        match &self.data {
            Data::Mapping(_) => "a mapping",
            Data::Sequence(_) => "a list",
            Data::Scalar(scalar) => match &scalar.value {
                Value::Null if scalar.text.text.is_empty() => "nothing",
                Value::Null => "null",
                Value::Bool(_) => "a boolean",
                Value::Number(_) => "a number",
                _ => "a string",
            },
        }
    }

    /// The node as a JSON value; templates are the text they are.
    pub fn to_value(&self) -> Value {
        match &self.data {
            Data::Scalar(scalar) => scalar.value.clone(),
            Data::Sequence(items) => Value::array(items.iter().map(Node::to_value).collect()),
            Data::Mapping(mapping) => {
                let member = |entry: &Entry| (Arc::clone(&entry.key.text), entry.value.to_value());
                Value::object(mapping.iter().map(member).collect::<Object>())
            }
        }
    }
}
