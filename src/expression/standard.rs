//! minijinja's own filters and tests, applied to our values.

use std::sync::{Arc, LazyLock};

use minijinja::value::{Kwargs, Value as Foreign};
use minijinja::{Environment, ErrorKind, UndefinedBehavior};

use super::budget::Budget;
use super::view::{Problem, inward, outward};
use super::{EvalError, EvalErrorKind, to_text};
use crate::limits::Limit;
use crate::source::Span;
use crate::value::Value;

static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment
});

/// What a filter is given besides its operand.
pub(super) struct Arguments<'a> {
    pub positional: &'a [Value],
    pub named: &'a [(Arc<str>, Value)],
}

/// Filters of text: their operand is printed as JSON is (minijinja would write `True` and `None`).
const TEXT: &[&str] =
    &["capitalize", "e", "escape", "format", "indent", "lines", "lower", "replace", "split", "title", "trim", "upper"];

/// Applies a filter of minijinja.
pub(super) fn apply(
    filter: &'static str,
    operand: &Value,
    Arguments { positional, named }: Arguments<'_>,
    budget: &Budget,
    span: Span,
) -> Result<Value, EvalError> {
    if operand.is_null() {
        let message = format!("`{filter}`: it cannot be applied to null");
        return Err(EvalError::wrong_type(span, message).with_help("write `| default(…, true)` before it"));
    }
    let mut arguments: Vec<Foreign> = Vec::with_capacity(positional.len() + 2);
    let is_text = TEXT.contains(&filter);
    arguments.push(if is_text { to_text(operand, span)?.into() } else { outward(operand) });
    for argument in positional {
        let is_printed = matches!(filter, "format" | "replace") && !matches!(argument, Value::Number(_));
        arguments.push(if is_printed { to_text(argument, span)?.into() } else { outward(argument) });
    }
    if !named.is_empty() {
        let named: Kwargs = named.iter().map(|(name, value)| (&**name, outward(value))).collect();
        arguments.push(named.into());
    }
    let mut environment = ENVIRONMENT.clone();
    environment.set_fuel(Some(budget.foreign_fuel()));
    let result = environment.empty_state().apply_filter(filter, &arguments);
    let value = result.map_err(|error| match error.kind() {
        ErrorKind::OutOfFuel => out_of_fuel(filter, budget, span),
        _ => failure(filter, operand, &error, span),
    })?;
    inward(&value).map_err(|problem| match problem {
        Problem::Undefined => {
            let message = format!("`{filter}` has no result: {} is empty", the(operand));
            EvalError::undefined(span, message)
        }
        problem => EvalError::other(span, format!("`{filter}`: {}", problem.message())),
    })
}

/// Performs a test of minijinja; the error is a sentence.
pub(super) fn test(test: &str, operand: &Value, arguments: &[Value]) -> Result<bool, String> {
    let arguments: Vec<Foreign> = std::iter::once(operand).chain(arguments).map(outward).collect();
    let result = ENVIRONMENT.empty_state().perform_test(test, &arguments);
    result.map_err(|error| error.detail().unwrap_or("the values do not fit").to_owned())
}

fn failure(filter: &str, operand: &Value, error: &minijinja::Error, span: Span) -> EvalError {
    let detail = error.detail().unwrap_or_default();
    let (kind, reason) = match error.kind() {
        ErrorKind::UnknownFilter => (EvalErrorKind::Other, "the filter is unknown".to_owned()),
        ErrorKind::UndefinedError => (EvalErrorKind::Undefined, "a value is not defined".to_owned()),
        ErrorKind::MissingArgument => (EvalErrorKind::Other, "an argument is missing".to_owned()),
        ErrorKind::TooManyArguments => (EvalErrorKind::Other, "there are too many arguments".to_owned()),
        _ if is_about_types(detail) => (EvalErrorKind::Type, detail.to_owned()),
        _ => (EvalErrorKind::Type, format!("it cannot be applied to {}", super::text::with_article(operand))),
    };
    EvalError::new(span, kind, format!("`{filter}`: {reason}"))
}

fn out_of_fuel(filter: &str, budget: &Budget, span: Span) -> EvalError {
    let limit = Limit::TemplateMemory;
    let most = limit.show(budget.limits().get(limit));
    let message = format!("`{filter}`: it does too much work or makes too much text: `{}` is {most}", limit.name());
    EvalError::other(span, message).with_help(limit.remedy())
}

/// Details of minijinja that speak of types; others may quote a value, which must not come into a message.
fn is_about_types(detail: &str) -> bool {
    ["cannot join value of type", "cannot calculate length of value of type", "cannot reverse values of type"]
        .iter()
        .any(|start| detail.starts_with(start))
}

fn the(value: &Value) -> &'static str {
    match value {
        Value::Array(_) => "the list",
        Value::Object(_) => "the object",
        Value::String(_) => "the text",
        _ => "the value",
    }
}

#[cfg(test)]
mod tests {
    use super::super::trial::{Trial, table};

    const SCOPE: &str = r#"{"s": "a text", "items": [3, 1, 2], "empty": [], "t": true, "n": null,
        "rows": [{"id": 1, "k": "x"}, {"id": 2, "k": "y"}, {"id": 3, "k": "x"}], "o": {"b": 1, "a": 2}}"#;

    #[test]
    fn filters_of_minijinja_are_applied_to_our_values() {
        let rows = [
            ("s | upper", "\"A TEXT\""),
            ("s | title", "\"A Text\""),
            ("s | capitalize", "\"A text\""),
            ("' x ' | trim", "\"x\""),
            ("'xxaxx' | trim('x')", "\"a\""),
            ("'AB' | lower", "\"ab\""),
            ("s | replace('t', 'd')", "\"a dexd\""),
            ("s | length", "6"),
            ("items | length", "3"),
            ("o | length", "2"),
            ("items | first", "3"),
            ("items | last", "2"),
            ("items | sort", "[1,2,3]"),
            ("items | sort(reverse=true)", "[3,2,1]"),
            ("rows | sort(attribute='k') | first", "{\"id\":1,\"k\":\"x\"}"),
            ("[1, 1, 2] | unique", "[1,2]"),
            ("items | min", "1"),
            ("items | max", "3"),
            ("items | sum", "6"),
            ("items | reverse", "[2,1,3]"),
            ("'abc' | reverse", "\"cba\""),
            ("-3 | abs", "3"),
            ("(-3) | abs", "3"),
            ("2.567 | round(1)", "2.6"),
            ("'42' | int", "42"),
            ("'4.5' | float", "4.5"),
            ("3.9 | int", "3"),
            ("'a,b' | split(',')", "[\"a\",\"b\"]"),
            ("'a\nb' | lines", "[\"a\",\"b\"]"),
            ("o | items", "[[\"b\",1],[\"a\",2]]"),
            ("o | dictsort", "[[\"a\",2],[\"b\",1]]"),
            ("o | list", "[\"b\",\"a\"]"),
            ("[1, 2, 3] | batch(2)", "[[1,2],[3]]"),
            ("'a' | indent(2, true)", "\"  a\""),
            ("o | attr('a')", "2"),
            ("rows | groupby('k') | length", "2"),
            ("1 | bool", "true"),
            ("t | upper", "\"TRUE\""),
            ("5 | replace(5, 'x')", "\"x\""),
            ("'%03d-%s' | format(7, t)", "\"007-true\""),
            ("3 is odd", "true"),
            ("4 is divisibleby(2)", "true"),
            ("'AB' is upper", "true"),
        ];
        table(&Trial::of(SCOPE), &rows);
    }

    #[test]
    fn a_filter_that_does_not_fit_says_so_without_the_value() {
        let rows = [
            ("empty | first", "!`first` has no result: the list is empty"),
            ("empty | first | default(0)", "0"),
            ("o | attr('nope') | default(0)", "0"),
            ("5 | length", "!`length`: cannot calculate length of value of type number"),
            ("'secret-word' | int", "!`int`: it cannot be applied to a string"),
            ("[1] | batch(10 ** 9, 0)", "!too much work"),
            ("'x' | indent(10 ** 9, true)", "!too much work"),
            ("n | sort", "!`sort`: it cannot be applied to null"),
            ("n | upper", "!write `| default(…, true)` before it"),
            ("items | upper", "!an array cannot stand in text"),
            ("'%s' | format(n)", "!`null` cannot stand in text"),
            ("s | upper(1, 2)", "!too many arguments"),
        ];
        table(&Trial::of(SCOPE), &rows);
    }
}
