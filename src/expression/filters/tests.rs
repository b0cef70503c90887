//! The tests: `value is name(argument)`.
//!
//! Those that compare are JSON's comparisons; a few are minijinja's.

use crate::expression::catalog::Test;
use crate::expression::text::with_article;
use crate::expression::tree::Comparison;
use crate::expression::{operate, standard};
use crate::source::Span;
use crate::value::Value;

pub(in crate::expression) static TESTS: &[Test] = &[
    Test { name: "none", arguments: 0, holds: |value, _| Ok(value.is_null()) },
    Test { name: "null", arguments: 0, holds: |value, _| Ok(value.is_null()) },
    Test { name: "boolean", arguments: 0, holds: |value, _| Ok(value.as_bool().is_some()) },
    Test { name: "true", arguments: 0, holds: |value, _| Ok(value.as_bool() == Some(true)) },
    Test { name: "false", arguments: 0, holds: |value, _| Ok(value.as_bool() == Some(false)) },
    Test { name: "number", arguments: 0, holds: |value, _| Ok(matches!(value, Value::Number(_))) },
    Test {
        name: "integer",
        arguments: 0,
        holds: |value, _| Ok(matches!(value, Value::Number(number) if !number.is_f64())),
    },
    Test {
        name: "int",
        arguments: 0,
        holds: |value, _| Ok(matches!(value, Value::Number(number) if !number.is_f64())),
    },
    Test {
        name: "float",
        arguments: 0,
        holds: |value, _| Ok(matches!(value, Value::Number(number) if number.is_f64())),
    },
    Test { name: "string", arguments: 0, holds: |value, _| Ok(matches!(value, Value::String(_))) },
    Test { name: "sequence", arguments: 0, holds: |value, _| Ok(matches!(value, Value::Array(_))) },
    Test { name: "array", arguments: 0, holds: |value, _| Ok(matches!(value, Value::Array(_))) },
    Test { name: "mapping", arguments: 0, holds: |value, _| Ok(matches!(value, Value::Object(_))) },
    Test { name: "object", arguments: 0, holds: |value, _| Ok(matches!(value, Value::Object(_))) },
    Test {
        name: "iterable",
        arguments: 0,
        holds: |value, _| Ok(matches!(value, Value::Array(_) | Value::Object(_) | Value::String(_))),
    },
    Test {
        name: "empty",
        arguments: 0,
        holds: |value, _| {
            Ok(match value {
                Value::String(text) => text.is_empty(),
                Value::Array(items) => items.is_empty(),
                Value::Object(members) => members.is_empty(),
                _ => false,
            })
        },
    },
    Test { name: "eq", arguments: 1, holds: |one, arguments| compare(Comparison::Equal, one, &arguments[0]) },
    Test { name: "equalto", arguments: 1, holds: |one, arguments| compare(Comparison::Equal, one, &arguments[0]) },
    Test { name: "sameas", arguments: 1, holds: |one, arguments| compare(Comparison::Equal, one, &arguments[0]) },
    Test { name: "ne", arguments: 1, holds: |one, arguments| compare(Comparison::Unequal, one, &arguments[0]) },
    Test { name: "lt", arguments: 1, holds: |one, arguments| compare(Comparison::Less, one, &arguments[0]) },
    Test { name: "lessthan", arguments: 1, holds: |one, arguments| compare(Comparison::Less, one, &arguments[0]) },
    Test { name: "le", arguments: 1, holds: |one, arguments| compare(Comparison::LessOrEqual, one, &arguments[0]) },
    Test { name: "gt", arguments: 1, holds: |one, arguments| compare(Comparison::Greater, one, &arguments[0]) },
    Test {
        name: "greaterthan",
        arguments: 1,
        holds: |one, arguments| compare(Comparison::Greater, one, &arguments[0]),
    },
    Test { name: "ge", arguments: 1, holds: |one, arguments| compare(Comparison::GreaterOrEqual, one, &arguments[0]) },
    Test { name: "in", arguments: 1, holds: |one, arguments| compare(Comparison::In, one, &arguments[0]) },
    Test {
        name: "startingwith",
        arguments: 1,
        holds: |one, arguments| texts(one, &arguments[0], |text, part| text.starts_with(part)),
    },
    Test {
        name: "endingwith",
        arguments: 1,
        holds: |one, arguments| texts(one, &arguments[0], |text, part| text.ends_with(part)),
    },
    Test { name: "divisibleby", arguments: 1, holds: |one, arguments| standard::test("divisibleby", one, arguments) },
    Test { name: "odd", arguments: 0, holds: |value, _| standard::test("odd", value, &[]) },
    Test { name: "even", arguments: 0, holds: |value, _| standard::test("even", value, &[]) },
    Test { name: "lower", arguments: 0, holds: |value, _| standard::test("lower", value, &[]) },
    Test { name: "upper", arguments: 0, holds: |value, _| standard::test("upper", value, &[]) },
];

fn compare(operator: Comparison, one: &Value, other: &Value) -> Result<bool, String> {
    operate::compare(operator, one, other, Span::default()).map_err(|error| error.message)
}

fn texts(text: &Value, part: &Value, holds: fn(&str, &str) -> bool) -> Result<bool, String> {
    match (text, part) {
        (Value::String(text), Value::String(part)) => Ok(holds(text, part)),
        (Value::String(_), other) | (other, _) => Err(format!("the test takes strings, not {}", with_article(other))),
    }
}
