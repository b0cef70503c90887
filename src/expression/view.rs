//! How minijinja sees our values, and how its results come back.
//!
//! Arrays and objects cross as views over the same `Arc`: nothing is copied, however large an answer is, and a view
//! that comes back is unwrapped.

use std::sync::Arc;

use minijinja::value::{Enumerator, Object, ObjectExt, ObjectRepr, Value as Foreign, ValueKind};

use crate::value::{Number, Object as Members, Value};

#[derive(Debug)]
struct ArrayView(Arc<Vec<Value>>);

#[derive(Debug)]
struct ObjectView(Arc<Members>);

impl Object for ArrayView {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Seq
    }

    fn get_value(self: &Arc<Self>, key: &Foreign) -> Option<Foreign> {
        self.0.get(key.as_usize()?).map(outward)
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Seq(self.0.len())
    }
}

impl Object for ObjectView {
    fn get_value(self: &Arc<Self>, key: &Foreign) -> Option<Foreign> {
        self.0.get(key.as_str()?).map(outward)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Foreign> {
        self.0.get(key).map(outward)
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        self.mapped_key_value_enumerator(|view| {
            Box::new(view.0.iter().map(|(name, value)| (Foreign::from(name.clone()), outward(value))))
        })
    }

    fn enumerator_len(self: &Arc<Self>) -> Option<usize> {
        Some(self.0.len())
    }
}

/// Our value as minijinja sees it.
pub(super) fn outward(value: &Value) -> Foreign {
    match value {
        Value::Null => Foreign::from(()),
        Value::Bool(truth) => Foreign::from(*truth),
        Value::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(integer), _) => Foreign::from(integer),
            (None, Some(integer)) => Foreign::from(integer),
            (None, None) => Foreign::from(number.as_f64().unwrap_or_default()),
        },
        Value::String(text) => Foreign::from(text.clone()),
        Value::Array(items) => Foreign::from_object(ArrayView(items.clone())),
        Value::Object(members) => Foreign::from_object(ObjectView(members.clone())),
    }
}

/// Why a result of minijinja is not one of our values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Problem {
    Undefined,
    TooLarge,
    NotFinite,
    Other(String),
}

impl Problem {
    /// In words.
    pub(super) fn message(&self) -> String {
        match self {
            Problem::Undefined => "the result is not defined".to_owned(),
            Problem::TooLarge => "the number does not fit into 64 bits".to_owned(),
            Problem::NotFinite => "the result is not a finite number".to_owned(),
            Problem::Other(message) => message.clone(),
        }
    }
}

/// A result of minijinja as our value.
pub(super) fn inward(value: &Foreign) -> Result<Value, Problem> {
    match value.kind() {
        ValueKind::Undefined => Err(Problem::Undefined),
        ValueKind::None => Ok(Value::Null),
        ValueKind::Bool => Ok(Value::Bool(value.is_true())),
        ValueKind::Number => number(value),
        ValueKind::String => value.to_str().map(Value::String).ok_or(Problem::Undefined),
        ValueKind::Seq | ValueKind::Iterable => match value.downcast_object_ref::<ArrayView>() {
            Some(view) => Ok(Value::Array(view.0.clone())),
            None => items(value).map(Value::array),
        },
        ValueKind::Map => match value.downcast_object_ref::<ObjectView>() {
            Some(view) => Ok(Value::Object(view.0.clone())),
            None => members(value).map(Value::object),
        },
        kind => Err(Problem::Other(format!("the result is {kind}, which is no JSON value"))),
    }
}

fn number(value: &Foreign) -> Result<Value, Problem> {
    if value.is_integer() {
        let signed = i64::try_from(value.clone()).map(Value::from);
        return signed.or_else(|_| u64::try_from(value.clone()).map(Value::from)).map_err(|_| Problem::TooLarge);
    }
    let double = f64::try_from(value.clone()).map_err(|_| Problem::NotFinite)?;
    Number::from_f64(double).map(Value::Number).ok_or(Problem::NotFinite)
}

fn items(value: &Foreign) -> Result<Vec<Value>, Problem> {
    let failed =
        |error: minijinja::Error| Problem::Other(error.detail().unwrap_or("the list cannot be read").to_owned());
    let mut items = Vec::new();
    for item in value.try_iter().map_err(failed)?.checked() {
        items.push(inward(&item.map_err(failed)?)?);
    }
    Ok(items)
}

fn members(value: &Foreign) -> Result<Members, Problem> {
    let mut members = Members::default();
    for (name, value) in value.as_object().and_then(|object| object.try_iter_pairs()).into_iter().flatten() {
        let name = name.to_str().unwrap_or_else(|| name.to_string().into());
        members.insert(name, inward(&value)?);
    }
    Ok(members)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_that_goes_out_and_comes_back_is_the_same_allocation() {
        let value = Value::read(br#"{"a": [1, 2.5, null, true, "x", 18446744073709551615]}"#).expect("JSON");
        let back = inward(&outward(&value)).expect("a view");
        assert_eq!(back, value);
        match (&back, &value) {
            (Value::Object(back), Value::Object(value)) => assert!(Arc::ptr_eq(back, value)),
            _ => panic!("objects stay objects"),
        }
    }

    #[test]
    fn every_scalar_survives_the_crossing() {
        for text in ["null", "true", "-9223372036854775808", "18446744073709551615", "1.0", "\"é\""] {
            let value = Value::read(text.as_bytes()).expect("JSON");
            assert_eq!(inward(&outward(&value)).expect("scalar").to_string(), text);
        }
    }
}
