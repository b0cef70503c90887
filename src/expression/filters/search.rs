//! `matches`, `jsonpath`, `close_to`: finding and comparing with an allowance.

use regex::{Regex, RegexBuilder};

use super::{Filter, FilterCall, filter};
use crate::expression::{EvalError, select, verify};
use crate::jsonpath::Path;
use crate::value::Value;

pub(in crate::expression) static FILTERS: &[Filter] = &[
    filter("matches", &["regex"], 1, matches).verified(verify::pattern),
    filter("jsonpath", &["path"], 1, jsonpath).named(&["all", "first"]).verified(verify::path),
    filter("close_to", &["x", "tol"], 2, close_to),
];

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
    let query = Path::parse(path).map_err(|problem| call.fails(problem))?;
    let nodes = select(&query, &call.operand, call.evaluation.budget.limits(), call.span)?;
    let mut nodes: Vec<Value> = nodes.into_iter().cloned().collect();
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

#[cfg(test)]
mod tests {
    use super::super::super::trial::{Trial, table, wrong};

    #[test]
    fn patterns_match_anywhere_unless_anchored() {
        let scope = Trial::of(r#"{"s": "model-12 ready", "p": "^m", "bad": "("}"#);
        table(
            &scope,
            &[
                ("s | matches('[0-9]+')", "true"),
                ("s | matches('^[0-9]+$')", "false"),
                ("s is matches('ready')", "true"),
                ("s is not matches('ready')", "false"),
                ("s | matches(p)", "true"),
                ("s | matches(bad)", "!the pattern cannot be read"),
                ("5 | matches('5')", "!`matches` takes a string, not a number"),
            ],
        );
    }

    #[test]
    fn a_path_gives_its_value_as_a_capture_does() {
        let scope = Trial::of(r#"{"body": {"models": [{"id": 1, "name": "a"}, {"id": 2, "name": "b"}]}, "p": "$["}"#);
        table(
            &scope,
            &[
                ("body | jsonpath(\"$.models[?@.name == 'b'].id\")", "2"),
                ("body | jsonpath('$.models[*].id')", "!write `all=true` for the list, or `first=true`"),
                ("body | jsonpath('$.models[*].id', all=true)", "[1,2]"),
                ("body | jsonpath('$.models[*].id', first=true)", "1"),
                ("body | jsonpath('$.nope')", "!nothing is at `$.nope`"),
                ("body | jsonpath('$.nope') | default(0)", "0"),
                ("body | jsonpath('$.nope') is defined", "false"),
                ("body.models | map('jsonpath', '$.id')", "[1,2]"),
                ("body | jsonpath(p)", "!`jsonpath`"),
            ],
        );
        let (diagnostic, underlined) = wrong("body | jsonpath('$.models[')");
        assert_eq!((diagnostic.rule.name, &*underlined), ("wrong-arguments", "'$.models['"));
    }

    #[test]
    fn a_literal_pattern_that_cannot_be_read_is_found_before_anything_runs() {
        let (diagnostic, underlined) = wrong("s | matches('(')");
        assert_eq!((diagnostic.rule.name, &*underlined), ("wrong-arguments", "'('"));
        assert_eq!(diagnostic.message, "the pattern cannot be read: unclosed group");
    }

    #[test]
    fn closeness_includes_its_bound_and_reaches_into_lists() {
        let scope = Trial::of(r#"{"x": 0.0014974177, "v": [1.0, 2.0]}"#);
        table(
            &scope,
            &[
                ("x | close_to(0.0014974178, 1e-6)", "true"),
                ("x | close_to(0.0015, 1e-9)", "false"),
                ("1.1 | close_to(1, tol=0.1)", "true"),
                ("v | close_to([1.01, 1.99], 0.02)", "true"),
                ("v | close_to([1.0], 0.02)", "false"),
                ("v | close_to(1, 0.1)", "!`x` of `close_to` is an array, not a number"),
                ("'1' | close_to(1, 0.1)", "!`close_to` takes a number, or an array of numbers, not a string"),
                ("1 | close_to(1, -1)", "!the tolerance is negative"),
            ],
        );
    }
}
