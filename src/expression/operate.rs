//! Operators on values: comparison, membership, arithmetic, truth.
//!
//! Integers stay integers and overflow is an error; `//` and `%` round toward negative infinity, as Python's do.

use super::EvalError;
use super::budget::Budget;
use super::text::{to_text, with_article};
use super::tree::{Comparison, Operator};
use crate::source::Span;
use crate::value::{Number, Value};

/// The truth of a condition; only booleans have one.
pub(super) fn truth(value: &Value, text: &str, span: Span) -> Result<bool, EvalError> {
    let help = match value {
        Value::Bool(truth) => return Ok(*truth),
        Value::Null => format!("write `{text} != null`"),
        Value::Number(_) => format!("write `{text} != 0`"),
        Value::String(_) => format!("write `{text} != ''`, or compare it with a text"),
        Value::Array(_) | Value::Object(_) => format!("write `{text} | length > 0`"),
    };
    let message = format!("a condition is `true` or `false`, and this is {}", with_article(value));
    Err(EvalError::wrong_type(span, message).with_help(help))
}

/// `left < right` and its relatives.
pub(super) fn compare(operator: Comparison, left: &Value, right: &Value, span: Span) -> Result<bool, EvalError> {
    use std::cmp::Ordering::{Equal, Greater, Less};
    let order = match operator {
        Comparison::Equal => return Ok(left == right),
        Comparison::Unequal => return Ok(left != right),
        Comparison::In => return contains(right, left, span),
        Comparison::NotIn => return contains(right, left, span).map(|found| !found),
        _ => match (left, right) {
            (Value::Number(_), Value::Number(_)) | (Value::String(_), Value::String(_)) => left.partial_cmp(right),
            _ => None,
        },
    };
    let Some(order) = order else { return Err(unordered(left, right, span)) };
    Ok(match operator {
        Comparison::Less => order == Less,
        Comparison::LessOrEqual => order != Greater,
        Comparison::Greater => order == Greater,
        _ => order == Greater || order == Equal,
    })
}

fn unordered(left: &Value, right: &Value, span: Span) -> EvalError {
    let (one, other) = (with_article(left), with_article(right));
    let error = EvalError::wrong_type(span, format!("{one} and {other} have no order"));
    match (left, right) {
        (Value::String(_), Value::Number(_)) | (Value::Number(_), Value::String(_)) => {
            error.with_help("make a number of the text with `| float` or `| int`")
        }
        _ => error.with_help("numbers are ordered among themselves, and so are texts"),
    }
}

/// `needle in haystack`.
fn contains(haystack: &Value, needle: &Value, span: Span) -> Result<bool, EvalError> {
    match (haystack, needle) {
        (Value::Array(items), _) => Ok(items.contains(needle)),
        (Value::Object(members), Value::String(name)) => Ok(members.contains_key(name)),
        (Value::String(text), Value::String(part)) => Ok(text.contains(&**part)),
        (Value::Object(_) | Value::String(_), _) => {
            let (needle, haystack) = (with_article(needle), with_article(haystack));
            Err(EvalError::wrong_type(span, format!("{needle} cannot be in {haystack}, only a string can")))
        }
        _ => {
            let message = format!("nothing can be in {}", with_article(haystack));
            Err(EvalError::wrong_type(span, message).with_help("`in` looks into arrays, objects and strings"))
        }
    }
}

/// `-value`.
pub(super) fn negate(value: &Value, span: Span) -> Result<Value, EvalError> {
    match value {
        Value::Number(number) => match number.as_i128() {
            Some(integer) => whole(-integer, span),
            None => finite(-number.as_f64().unwrap_or_default(), span),
        },
        _ => Err(EvalError::wrong_type(span, format!("`-` takes a number, not {}", with_article(value)))),
    }
}

/// `left + right` and its relatives.
pub(super) fn arithmetic(
    operator: Operator,
    left: &Value,
    right: &Value,
    budget: &Budget,
    span: Span,
) -> Result<Value, EvalError> {
    match (operator, left, right) {
        (Operator::Concatenate, ..) => {
            let (left, right) = (to_text(left, span)?, to_text(right, span)?);
            budget.text(left.len() + right.len(), span)?;
            Ok((left + &right).into())
        }
        (_, Value::Number(one), Value::Number(other)) => numbers(operator, one, other, span),
        (Operator::Add, Value::String(one), Value::String(other)) => {
            budget.text(one.len() + other.len(), span)?;
            Ok([&**one, &**other].concat().into())
        }
        (Operator::Add, Value::Array(one), Value::Array(other)) => {
            budget.list(one.len() + other.len(), span)?;
            Ok(Value::array([&one[..], &other[..]].concat()))
        }
        (Operator::Multiply, Value::String(text), count) | (Operator::Multiply, count, Value::String(text)) => {
            let count = repetition(count, span)?;
            budget.text(text.len().saturating_mul(count), span)?;
            Ok(text.repeat(count).into())
        }
        (Operator::Multiply, Value::Array(items), count) | (Operator::Multiply, count, Value::Array(items)) => {
            let count = repetition(count, span)?;
            budget.list(items.len().saturating_mul(count), span)?;
            let total = items.len() * count;
            Ok(Value::array(items.iter().cycle().take(total).cloned().collect()))
        }
        _ => Err(mismatch(operator, left, right, span)),
    }
}

fn mismatch(operator: Operator, left: &Value, right: &Value, span: Span) -> EvalError {
    let symbol = symbol(operator);
    let message = format!("`{symbol}` does not take {} and {}", with_article(left), with_article(right));
    let error = EvalError::wrong_type(span, message);
    match (operator, left, right) {
        (Operator::Add, Value::String(_), _) | (Operator::Add, _, Value::String(_)) => {
            error.with_help("`~` joins any values as text")
        }
        (Operator::Add, Value::Object(_), Value::Object(_)) => error.with_help("write `a | merge(b)`"),
        _ => error,
    }
}

fn symbol(operator: Operator) -> &'static str {
    match operator {
        Operator::Add => "+",
        Operator::Subtract => "-",
        Operator::Multiply => "*",
        Operator::Divide => "/",
        Operator::FloorDivide => "//",
        Operator::Remainder => "%",
        Operator::Power => "**",
        Operator::Concatenate => "~",
    }
}

fn repetition(count: &Value, span: Span) -> Result<usize, EvalError> {
    match (count, count.as_i64()) {
        (Value::Number(_), Some(count)) => Ok(usize::try_from(count).unwrap_or(0)),
        _ => Err(EvalError::wrong_type(
            span,
            format!("`*` repeats a whole number of times, not {}", with_article(count)),
        )),
    }
}

fn numbers(operator: Operator, left: &Number, right: &Number, span: Span) -> Result<Value, EvalError> {
    let divides = matches!(operator, Operator::Divide | Operator::FloorDivide | Operator::Remainder);
    if divides && right.as_f64() == Some(0.0) {
        return Err(EvalError::other(span, format!("`{}` by zero", symbol(operator))));
    }
    if let (Some(left), Some(right)) = (left.as_i128(), right.as_i128())
        && let Some(result) = integers(operator, left, right, span)
    {
        return result;
    }
    let (left, right) = (left.as_f64().unwrap_or_default(), right.as_f64().unwrap_or_default());
    let result = match operator {
        Operator::Add => left + right,
        Operator::Subtract => left - right,
        Operator::Multiply => left * right,
        Operator::Divide => left / right,
        Operator::FloorDivide => (left / right).floor(),
        Operator::Remainder => left - right * (left / right).floor(),
        Operator::Power | Operator::Concatenate => left.powf(right),
    };
    finite(result, span)
}

/// Operators under which integers stay integers. Both sides have 64 bits, so 128 hold every sum and product.
fn integers(operator: Operator, left: i128, right: i128, span: Span) -> Option<Result<Value, EvalError>> {
    let result = match operator {
        Operator::Add => left + right,
        Operator::Subtract => left - right,
        Operator::Multiply => match left.checked_mul(right) {
            Some(product) => product,
            None => return Some(Err(overflow(span))),
        },
        Operator::FloorDivide => left.div_euclid(right) - i128::from(right < 0 && left.rem_euclid(right) != 0),
        Operator::Remainder => ((left % right) + right) % right,
        Operator::Power => match u32::try_from(right).ok() {
            Some(exponent) => match left.checked_pow(exponent) {
                Some(power) => power,
                None => return Some(Err(overflow(span))),
            },
            None if right < 0 => return None,
            None if matches!(left, 0 | 1) => left,
            None => return Some(Err(overflow(span))),
        },
        Operator::Divide | Operator::Concatenate => return None,
    };
    Some(whole(result, span))
}

fn whole(number: i128, span: Span) -> Result<Value, EvalError> {
    i64::try_from(number)
        .map(Value::from)
        .or_else(|_| u64::try_from(number).map(Value::from))
        .map_err(|_| overflow(span))
}

fn finite(number: f64, span: Span) -> Result<Value, EvalError> {
    Number::from_f64(number)
        .map(Value::Number)
        .ok_or_else(|| EvalError::other(span, "the result is not a finite number"))
}

fn overflow(span: Span) -> EvalError {
    EvalError::other(span, "the result does not fit into 64 bits")
}
