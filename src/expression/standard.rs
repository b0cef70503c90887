//! minijinja's own filters and tests, applied to our values.

use std::sync::{Arc, LazyLock};

use minijinja::value::{Kwargs, Value as Foreign};
use minijinja::{Environment, ErrorKind, UndefinedBehavior};

use super::view::{Problem, inward, outward};
use super::{EvalError, EvalErrorKind};
use crate::source::Span;
use crate::value::Value;

static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_fuel(Some(FUEL));
    environment
});

/// What one filter may use: about 64 bytes or half a list item a unit.
const FUEL: u64 = 4 << 20;

/// Applies a filter of minijinja.
pub(super) fn apply(
    filter: &'static str,
    operand: &Value,
    positional: &[Value],
    named: &[(Arc<str>, Value)],
    span: Span,
) -> Result<Value, EvalError> {
    let mut arguments: Vec<Foreign> = Vec::with_capacity(positional.len() + 2);
    arguments.push(outward(operand));
    arguments.extend(positional.iter().map(outward));
    if !named.is_empty() {
        let named: Kwargs = named.iter().map(|(name, value)| (&**name, outward(value))).collect();
        arguments.push(named.into());
    }
    let result = ENVIRONMENT.empty_state().apply_filter(filter, &arguments);
    let value = result.map_err(|error| failure(filter, operand, &error, span))?;
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
        ErrorKind::OutOfFuel => (EvalErrorKind::Other, "it does too much work or makes too much text".to_owned()),
        ErrorKind::UndefinedError => (EvalErrorKind::Undefined, "a value is not defined".to_owned()),
        ErrorKind::MissingArgument => (EvalErrorKind::Other, "an argument is missing".to_owned()),
        ErrorKind::TooManyArguments => (EvalErrorKind::Other, "there are too many arguments".to_owned()),
        _ if is_about_types(detail) => (EvalErrorKind::Type, detail.to_owned()),
        _ => (EvalErrorKind::Type, format!("it cannot be applied to {}", super::text::with_article(operand))),
    };
    EvalError::new(span, kind, format!("`{filter}`: {reason}"))
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
