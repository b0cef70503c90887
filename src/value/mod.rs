//! The one JSON value of the program.
//!
//! [`Value`] is cheap to clone (`Arc` inside), so a capture pins nothing but itself. It has its own reader
//! ([`Value::read`]) and writer (`Display`, compact JSON), compares as JSON compares (`1 == 1.0`, `true != 1`,
//! member order does not matter), and knows nothing of templates, paths or HTTP. Of a document too large to be built
//! as a whole, a [`Projector`] builds the part that is [`Wanted`] while the text arrives.

mod compare;
mod footprint;
mod projector;
mod reader;
mod token;
mod wanted;

#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;

use indexmap::IndexMap;

pub use projector::{Limits, ProjectError, Projector};
pub use reader::ReadError;
pub use serde_json::Number;
pub use wanted::{Closed, Wanted};

/// The members of a JSON object, in the order in which they were written. Hashed with a random seed and much faster
/// than by SipHash, which matters where every answer is built of many small objects.
pub type Object = IndexMap<Arc<str>, Value, foldhash::fast::RandomState>;

/// A JSON value.
#[derive(Clone, Debug, Default)]
pub enum Value {
    /// `null`
    #[default]
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number: 64-bit integers stay exact, everything else is a double.
    Number(Number),
    /// A string.
    String(Arc<str>),
    /// An array.
    Array(Arc<Vec<Value>>),
    /// An object.
    Object(Arc<Object>),
}

impl Value {
    /// A string value.
    pub fn string(text: impl Into<Arc<str>>) -> Self {
        Value::String(text.into())
    }

    /// An array value.
    pub fn array(items: Vec<Value>) -> Self {
        Value::Array(Arc::new(items))
    }

    /// An object value.
    pub fn object(members: Object) -> Self {
        Value::Object(Arc::new(members))
    }

    /// A number value of a double; `null` for infinities and NaN, which JSON does not have.
    pub fn float(number: f64) -> Self {
        Number::from_f64(number).map_or(Value::Null, Value::Number)
    }

    /// The JSON name of the value's type, for messages.
    pub fn kind(&self) -> &'static str {
        match self {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Number(_) => "number",
            Value::String(_) => "string",
            Value::Array(_) => "array",
            Value::Object(_) => "object",
        }
    }

    /// The text of a string.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// The truth value of a boolean.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Value::Bool(truth) => Some(*truth),
            _ => None,
        }
    }

    /// The number as a 64-bit integer, where it is one (`2.0` is).
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Value::Number(number) => number.as_i64().or_else(|| {
                let double = number.as_f64()?;
                (double.fract() == 0.0 && double.abs() < 9.0e15).then_some(double as i64)
            }),
            _ => None,
        }
    }

    /// The number as a double.
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Value::Number(number) => number.as_f64(),
            _ => None,
        }
    }

    /// The items of an array.
    pub fn as_array(&self) -> Option<&[Value]> {
        match self {
            Value::Array(items) => Some(items),
            _ => None,
        }
    }

    /// The members of an object.
    pub fn as_object(&self) -> Option<&Object> {
        match self {
            Value::Object(members) => Some(members),
            _ => None,
        }
    }

    /// The member of that name, where the value is an object that has it.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.as_object()?.get(name)
    }

    /// Whether the value is `null`.
    pub fn is_null(&self) -> bool {
        matches!(self, Value::Null)
    }

    /// Compact JSON, cut to about `limit` characters with an ellipsis: for messages, never for data.
    pub fn preview(&self, limit: usize) -> String {
        let text = self.to_string();
        match text.char_indices().nth(limit) {
            Some((end, _)) => format!("{}…", &text[..end]),
            None => text,
        }
    }
}

/// Compact JSON.
impl fmt::Display for Value {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = serde_json::to_string(self).map_err(|_| fmt::Error)?;
        formatter.write_str(&text)
    }
}

impl From<bool> for Value {
    fn from(truth: bool) -> Self {
        Value::Bool(truth)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::String(text.into())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Value::String(text.into())
    }
}

impl From<Arc<str>> for Value {
    fn from(text: Arc<str>) -> Self {
        Value::String(text)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Value::Number(number.into())
    }
}

impl From<u64> for Value {
    fn from(number: u64) -> Self {
        Value::Number(number.into())
    }
}

impl From<u32> for Value {
    fn from(number: u32) -> Self {
        Value::Number(number.into())
    }
}

impl From<u16> for Value {
    fn from(number: u16) -> Self {
        Value::Number(number.into())
    }
}

impl From<Vec<Value>> for Value {
    fn from(items: Vec<Value>) -> Self {
        Value::array(items)
    }
}

impl From<Object> for Value {
    fn from(members: Object) -> Self {
        Value::object(members)
    }
}
