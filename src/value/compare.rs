//! Equality and order of JSON values.
//!
//! Numbers compare by their mathematical value, strings by code point, and values of different types are never
//! equal and have no order.

use std::cmp::Ordering;

use super::{Number, Value};

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Value::Null, Value::Null) => true,
            (Value::Bool(left), Value::Bool(right)) => left == right,
            (Value::Number(left), Value::Number(right)) => compare_numbers(left, right) == Some(Ordering::Equal),
            (Value::String(left), Value::String(right)) => left == right,
            (Value::Array(left), Value::Array(right)) => left == right,
            (Value::Object(left), Value::Object(right)) => left == right,
            _ => false,
        }
    }
}

impl PartialOrd for Value {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Value::Number(left), Value::Number(right)) => compare_numbers(left, right),
            (Value::String(left), Value::String(right)) => Some(left.cmp(right)),
            _ => (self == other).then_some(Ordering::Equal),
        }
    }
}

fn compare_numbers(left: &Number, right: &Number) -> Option<Ordering> {
    match (left.as_i128(), right.as_i128()) {
        (Some(left), Some(right)) => Some(left.cmp(&right)),
        (Some(left), None) => compare_integer(left, right.as_f64()?),
        (None, Some(right)) => compare_integer(right, left.as_f64()?).map(Ordering::reverse),
        (None, None) => left.as_f64()?.partial_cmp(&right.as_f64()?),
    }
}

/// An integer against a double without rounding the integer: 2^53 + 1 is not 2^53.
fn compare_integer(integer: i128, double: f64) -> Option<Ordering> {
    if double.is_nan() {
        return None;
    }
    // Doubles beyond the range of 64-bit integers saturate, which keeps the order.
    let floor = double.floor();
    let order = integer.cmp(&(floor as i128));
    Some(if order == Ordering::Equal && double > floor { Ordering::Less } else { order })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Value {
        Value::read(text.as_bytes()).expect("the test's JSON is well-formed")
    }

    #[test]
    fn numbers_compare_by_value_and_not_by_form() {
        assert_eq!(read("1"), read("1.0"));
        assert_eq!(read("18446744073709551615").partial_cmp(&read("-1")), Some(Ordering::Greater));
        assert_ne!(read("9007199254740993"), read("9007199254740992.0"));
        assert!(read("1") < read("1.5") && read("-1.5") < read("-1"));
    }

    #[test]
    fn values_of_different_types_are_neither_equal_nor_ordered() {
        assert_ne!(read("true"), read("1"));
        assert_ne!(read("\"1\""), read("1"));
        assert_eq!(read("\"a\"").partial_cmp(&read("1")), None);
    }

    #[test]
    fn member_order_does_not_matter() {
        assert_eq!(read(r#"{"a":1,"b":[1,2]}"#), read(r#"{"b":[1,2],"a":1}"#));
        assert_ne!(read("[1,2]"), read("[2,1]"));
    }
}
