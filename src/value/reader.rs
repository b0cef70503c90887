//! Reading and writing JSON text through serde, straight into [`Value`].
//!
//! No intermediate tree is built. Nesting is limited by serde_json's own limit (128 levels), which ends a hostile
//! document with an error instead of the stack.

use std::fmt;
use std::sync::Arc;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, Serializer};

use super::{Number, Object, Value};

/// JSON text that is not well-formed: where and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadError {
    /// One-based line.
    pub line: usize,
    /// One-based column, in bytes.
    pub column: usize,
    /// What is wrong, without the position.
    pub message: String,
}

impl fmt::Display for ReadError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} at line {}, column {}", self.message, self.line, self.column)
    }
}

impl std::error::Error for ReadError {}

impl Value {
    /// Reads one JSON document.
    pub fn read(bytes: &[u8]) -> Result<Value, ReadError> {
        serde_json::from_slice(bytes).map_err(|error| {
            let text = error.to_string();
            let message = match text.split(" at line ").next().unwrap_or(&text) {
                "recursion limit exceeded" => "nested more than 127 levels deep".to_owned(),
                message => message.to_owned(),
            };
            ReadError { line: error.line(), column: error.column(), message }
        })
    }

    /// Any serializable value as a [`Value`]; `null` where it has no JSON form.
    pub fn of(value: &impl Serialize) -> Value {
        serde_json::to_vec(value).ok().and_then(|text| Value::read(&text).ok()).unwrap_or_default()
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_bool<E>(self, truth: bool) -> Result<Value, E> {
        Ok(Value::Bool(truth))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(Value::Number(number.into()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(Value::Number(number.into()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
        Ok(Number::from_f64(number).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::String(text.into()))
    }

    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        Ok(Value::String(text.into()))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        Value::deserialize(deserializer)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = sequence.next_element()? {
            items.push(item);
        }
        Ok(Value::array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut members = Object::default();
        while let Some((name, value)) = map.next_entry::<Arc<str>, Value>()? {
            members.insert(name, value);
        }
        Ok(Value::object(members))
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Value::Null => serializer.serialize_unit(),
            Value::Bool(truth) => serializer.serialize_bool(*truth),
            Value::Number(number) => number.serialize(serializer),
            Value::String(text) => serializer.serialize_str(text),
            Value::Array(items) => serializer.collect_seq(items.iter()),
            Value::Object(members) => serializer.collect_map(members.iter()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_comes_back_as_it_was_read() {
        let text = r#"{"z":[1,2.5,-3,18446744073709551615,1e300],"a":{"n":null,"t":true,"s":"é\n"}}"#;
        let value = Value::read(text.as_bytes()).expect("well-formed");
        assert_eq!(Value::read(value.to_string().as_bytes()).expect("well-formed"), value);
        assert!(value.to_string().starts_with(r#"{"z":[1,2.5,-3,18446744073709551615"#));
    }

    #[test]
    fn an_error_names_line_and_column() {
        let error = Value::read(b"{\n  \"a\": trx\n}").expect_err("not JSON");
        assert_eq!((error.line, error.message.as_str()), (2, "expected ident"));
    }

    #[test]
    fn a_document_of_a_million_levels_is_an_error_and_not_a_crash() {
        let error = Value::read(&vec![b'['; 1_000_000]).expect_err("too deep");
        assert_eq!(error.message, "nested more than 127 levels deep");
    }
}
