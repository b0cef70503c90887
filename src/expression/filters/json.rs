//! `tojson`, `fromjson`, `string`, `merge`, `contains_json`.

use serde::Serialize;
use serde_json::ser::{PrettyFormatter, Serializer};

use super::{Filter, FilterCall, filter};
use crate::expression::EvalError;
use crate::expression::budget::Budget;
use crate::source::Span;
use crate::value::Value;

pub(in crate::expression) static FILTERS: &[Filter] = &[
    filter("tojson", &["indent"], 0, tojson),
    filter("fromjson", &[], 0, fromjson),
    filter("string", &[], 0, string),
    filter("merge", &["other"], 1, merge),
    filter("contains_json", &["partial"], 1, contains_json),
];

/// The widest indentation that is not a mistake.
const WIDEST: f64 = 16.0;

/// Compact JSON, or indented by a number of spaces. No HTML escapes.
fn tojson(call: FilterCall) -> Result<Value, EvalError> {
    let text = match call.number_argument(0)? {
        None => call.operand.to_string(),
        Some(width) if (0.0..=WIDEST).contains(&width) && width.fract() == 0.0 => {
            let indent = " ".repeat(width as usize);
            let mut bytes = Vec::new();
            let formatter = PrettyFormatter::with_indent(indent.as_bytes());
            let written = call.operand.serialize(&mut Serializer::with_formatter(&mut bytes, formatter));
            written.map_err(|error| call.fails(error))?;
            String::from_utf8(bytes).map_err(|_| call.fails("the value has no JSON form"))?
        }
        Some(_) => return Err(call.fails("`indent` is a whole number from 0 to 16")),
    };
    call.evaluation.budget.text(text.len(), call.span)?;
    Ok(text.into())
}

fn fromjson(call: FilterCall) -> Result<Value, EvalError> {
    let text = call.text()?;
    call.evaluation.budget.text(text.len(), call.span)?;
    // The message of the reader names the place and the kind of mistake, not the text.
    Value::read(text.as_bytes()).map_err(|error| call.fails(format_args!("the text is not JSON: {error}")))
}

/// Any value as text: strings as they are, everything else as JSON.
fn string(call: FilterCall) -> Result<Value, EvalError> {
    match call.operand {
        Value::String(_) => Ok(call.operand),
        _ => tojson(call),
    }
}

/// Both objects' members; where both have one, the argument's wins, and objects are merged in their turn.
fn merge(call: FilterCall) -> Result<Value, EvalError> {
    let other = call.argument(0).cloned().unwrap_or_default();
    match (&call.operand, &other) {
        (Value::Object(_), Value::Object(_)) => Ok(merged(&call.operand, &other)),
        (Value::Object(_), _) => Err(call.argument_takes(0, "an object", &other)),
        _ => Err(call.takes("an object")),
    }
}

fn merged(left: &Value, right: &Value) -> Value {
    let (Value::Object(one), Value::Object(other)) = (left, right) else { return right.clone() };
    let mut members = (**one).clone();
    for (name, value) in &**other {
        let value = members.get(name).map_or_else(|| value.clone(), |old| merged(old, value));
        members.insert(name.clone(), value);
    }
    Value::object(members)
}

/// Whether the value has everything the argument has: members of objects, and items of lists in any order, each
/// matched by an item of its own. More members and more items are fine.
fn contains_json(call: FilterCall) -> Result<Value, EvalError> {
    let partial = call.argument(0).cloned().unwrap_or_default();
    contains(&call.evaluation.budget, call.span, &call.operand, &partial).map(Value::Bool)
}

/// The same of a part.
pub(in crate::expression) fn contains(
    budget: &Budget,
    span: Span,
    whole: &Value,
    partial: &Value,
) -> Result<bool, EvalError> {
    budget.work(1, span)?;
    match (whole, partial) {
        (Value::Object(members), Value::Object(expected)) => {
            for (name, expected) in &**expected {
                match members.get(name) {
                    Some(member) if contains(budget, span, member, expected)? => {}
                    _ => return Ok(false),
                }
            }
            Ok(true)
        }
        (Value::Array(items), Value::Array(expected)) => {
            if expected.len() > items.len() {
                return Ok(false);
            }
            let mut matches = Vec::with_capacity(expected.len());
            for expected in &**expected {
                let mut fitting = Vec::new();
                for (index, item) in items.iter().enumerate() {
                    if contains(budget, span, item, expected)? {
                        fitting.push(index);
                    }
                }
                matches.push(fitting);
            }
            Ok(all_matched(&matches, items.len()))
        }
        _ => Ok(whole == partial),
    }
}

/// Whether every expected item can have an item of its own: augmenting paths, breadth first.
fn all_matched(fitting: &[Vec<usize>], items: usize) -> bool {
    let mut taken_by: Vec<Option<usize>> = vec![None; items];
    (0..fitting.len()).all(|expected| {
        let mut reached_from: Vec<Option<usize>> = vec![None; items];
        let mut queue = std::collections::VecDeque::from([expected]);
        while let Some(current) = queue.pop_front() {
            for &item in &fitting[current] {
                if reached_from[item].is_some() {
                    continue;
                }
                reached_from[item] = Some(current);
                match taken_by[item] {
                    Some(owner) => queue.push_back(owner),
                    None => {
                        give(item, expected, &reached_from, &mut taken_by);
                        return true;
                    }
                }
            }
        }
        false
    })
}

/// Hands a free item over along the path on which it was reached.
fn give(free: usize, expected: usize, reached_from: &[Option<usize>], taken_by: &mut [Option<usize>]) {
    let mut item = free;
    while let Some(taker) = reached_from[item] {
        let before = taken_by.iter().position(|owner| *owner == Some(taker));
        taken_by[item] = Some(taker);
        match before {
            Some(previous) if taker != expected => item = previous,
            _ => break,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::trial::{Trial, table};

    #[test]
    fn json_text_is_written_and_read() {
        let scope = Trial::of(r#"{"o": {"b": [1, null], "a": "<é>"}, "s": "x"}"#);
        let rows = [
            ("o | tojson", r#""{\"b\":[1,null],\"a\":\"<é>\"}""#),
            ("[1] | tojson(indent=2)", r#""[\n  1\n]""#),
            ("[1] | tojson(99)", "!a whole number from 0 to 16"),
            ("'{\"a\": [1, 2.5]}' | fromjson", r#"{"a":[1,2.5]}"#),
            ("'{a}' | fromjson", "!the text is not JSON"),
            ("o | string", r#""{\"b\":[1,null],\"a\":\"<é>\"}""#),
            ("s | string", "\"x\""),
            ("null | string", "\"null\""),
            ("null | tojson", "\"null\""),
        ];
        table(&scope, &rows);
    }

    #[test]
    fn merging_is_deep_and_the_right_side_wins() {
        let scope = Trial::of(r#"{"a": {"x": {"p": 1, "q": 2}, "y": [1]}, "b": {"x": {"q": 3}, "y": [2]}}"#);
        table(
            &scope,
            &[
                ("a | merge(b)", r#"{"x":{"p":1,"q":3},"y":[2]}"#),
                ("a | merge(1)", "!`other` of `merge` is an object, not a number"),
                ("1 | merge(a)", "!`merge` takes an object, not a number"),
            ],
        );
    }

    #[test]
    fn partial_json_is_found_in_any_order_each_item_by_its_own() {
        let scope = Trial::of(r#"{"o": {"a": 1, "b": {"c": [1, 2, 3], "d": 4}}, "l": [{"i": 1, "k": 1}, {"i": 1}]}"#);
        table(
            &scope,
            &[
                ("o | contains_json({'b': {'d': 4}})", "true"),
                ("o | contains_json({'b': {'c': [3, 1]}})", "true"),
                ("o | contains_json({'b': {'c': [1, 1]}})", "false"),
                ("o | contains_json({'z': 1})", "false"),
                // The first expected item fits both, the second only the first: they must not compete for it.
                ("l | contains_json([{'i': 1}, {'k': 1}])", "true"),
                ("l | contains_json([{'k': 1}, {'i': 1}])", "true"),
                ("l | contains_json([{'k': 1}, {'k': 1}])", "false"),
                ("l is contains_json([])", "true"),
                ("1 | contains_json(1.0)", "true"),
            ],
        );
    }
}
