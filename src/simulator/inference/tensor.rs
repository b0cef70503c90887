//! Numbers between JSON and tensors.

use serde_json::Value;

/// The numbers of a value in reading order, however deeply its lists are nested.
pub(super) fn flatten(value: &Value) -> Option<Vec<f64>> {
    let mut numbers = Vec::new();
    flatten_into(value, &mut numbers).then_some(numbers)
}

fn flatten_into(value: &Value, numbers: &mut Vec<f64>) -> bool {
    match value {
        Value::Array(items) => items.iter().all(|item| flatten_into(item, numbers)),
        Value::Number(number) => {
            numbers.extend(number.as_f64());
            true
        }
        Value::Bool(flag) => {
            numbers.push(f64::from(u8::from(*flag)));
            true
        }
        Value::Null | Value::String(_) | Value::Object(_) => false,
    }
}

/// The lengths of a value's nested lists; the first element speaks for its neighbours.
pub(super) fn shape_of(value: &Value) -> Vec<usize> {
    let mut shape = Vec::new();
    let mut inner = value;
    while let Value::Array(items) = inner {
        shape.push(items.len());
        match items.first() {
            Some(first) => inner = first,
            None => break,
        }
    }
    shape
}

/// A 32-bit float as the platform prints it: in the shortest form that reads back as the same 32 bits.
pub(super) fn shortest(number: f32) -> Value {
    let shortest: f64 = number.to_string().parse().expect("a float's own text is a float");
    Value::from(shortest)
}
