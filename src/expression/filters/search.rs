//! `matches`, `jsonpath`, `close_to`: finding and comparing with an allowance.

use regex::{Regex, RegexBuilder};

use super::{Filter, FilterCall, filter};
use crate::expression::{EvalError, verify};
use crate::jsonpath::Path;
use crate::value::Value;

pub(in crate::expression) static FILTERS: &[Filter] = &[
    filter("matches", &["regex"], 1, matches).verified(verify::pattern),
    filter("jsonpath", &["path"], 1, jsonpath).named(&["all", "first"]),
    filter("close_to", &["expected", "tolerance"], 2, close_to),
];

/// Evaluates a JSONPath (RFC 9535): the nodes it selects, in order.
pub type JsonPathFn = fn(&str, &Value) -> Result<Vec<Value>, String>;

/// The seam to the `jsonpath` module.
const SELECT: JsonPathFn = select_by_path;

fn select_by_path(path: &str, value: &Value) -> Result<Vec<Value>, String> {
    let path = Path::parse(path).map_err(|error| error.to_string())?;
    Ok(path.select(value).into_iter().cloned().collect())
}

/// What a compiled pattern may take.
const PATTERN_SIZE: usize = 1 << 20;

/// Compiles a pattern; the error is a sentence.
pub(in crate::expression) fn compile(pattern: &str) -> Result<Regex, String> {
    RegexBuilder::new(pattern).size_limit(PATTERN_SIZE).build().map_err(|error| {
        let text = error.to_string();
        let reason = text.lines().last().unwrap_or_default().trim_start_matches("error: ");
        format!("the pattern cannot be read: {reason}")
    })
}

/// Whether the pattern matches anywhere in the text, as Python's `re.search`: write `^…$` for the whole.
fn matches(call: FilterCall) -> Result<Value, EvalError> {
    let text = call.text()?;
    if let Some(regex) = call.regex {
        return Ok(Value::Bool(regex.is_match(text)));
    }
    let pattern = call.text_argument(0)?.unwrap_or_default();
    let regex = compile(pattern).map_err(|problem| call.fails(problem))?;
    Ok(Value::Bool(regex.is_match(text)))
}

/// As in a capture: one node is its value, none is undefined, several are an error unless `all` or `first` is true.
fn jsonpath(call: FilterCall) -> Result<Value, EvalError> {
    let path = call.text_argument(0)?.unwrap_or_default();
    let (all, first) = (call.flag(1)?, call.flag(2)?);
    let mut nodes = SELECT(path, &call.operand).map_err(|problem| call.fails(problem))?;
    match nodes.len() {
        _ if all => Ok(Value::array(nodes)),
        0 => Err(EvalError::undefined(call.span, format!("nothing is at `{path}`"))),
        1 => Ok(nodes.remove(0)),
        _ if first => Ok(nodes.swap_remove(0)),
        count => Err(call
            .fails(format_args!("`{path}` selects {count} values"))
            .with_help("write `all=true` for the list, or `first=true`")),
    }
}

/// Whether a number is within a tolerance of another; lists are compared item by item.
fn close_to(call: FilterCall) -> Result<Value, EvalError> {
    let tolerance = call.number_argument(1)?.unwrap_or_default();
    if tolerance < 0.0 {
        return Err(call.fails("the tolerance is negative"));
    }
    let expected = call.argument(0).cloned().unwrap_or_default();
    close(&call, &call.operand, &expected, tolerance).map(Value::Bool)
}

fn close(call: &FilterCall, actual: &Value, expected: &Value, tolerance: f64) -> Result<bool, EvalError> {
    call.evaluation.budget.work(1, call.span)?;
    match (actual, expected) {
        (Value::Number(_), Value::Number(_)) => {
            let (actual, expected) = (actual.as_f64().unwrap_or_default(), expected.as_f64().unwrap_or_default());
            // A difference of 0.1 is 0.09999999999999998 or 0.10000000000000009: the bound itself is within.
            let slack = (actual.abs() + expected.abs()) * f64::EPSILON;
            Ok((actual - expected).abs() <= tolerance + slack)
        }
        (Value::Array(actual), Value::Array(expected)) if actual.len() == expected.len() => {
            for (actual, expected) in actual.iter().zip(&**expected) {
                if !close(call, actual, expected, tolerance)? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        (Value::Array(_), Value::Array(_)) => Ok(false),
        (Value::Number(_) | Value::Array(_), _) => {
            Err(call.argument_takes(0, if actual.as_f64().is_some() { "a number" } else { "an array" }, expected))
        }
        _ => Err(call.takes("a number, or an array of numbers")),
    }
}
