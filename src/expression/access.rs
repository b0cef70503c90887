//! Members, items and slices: the way into a value, and what to say where it ends.

use super::EvalError;
use super::budget::Budget;
use super::text::with_article;
use crate::diagnostic::closest;
use crate::source::Span;
use crate::value::Value;

/// `base.name`; `text` is the source of `base`, the nearest path that exists.
pub(super) fn member(base: &Value, name: &str, text: &str, span: Span) -> Result<Value, EvalError> {
    match base {
        Value::Object(members) => match members.get(name) {
            Some(value) => Ok(value.clone()),
            None => Err(missing(text, name, members.keys().map(|key| &**key), span)),
        },
        _ => {
            let message = format!("`{text}` is {} and has no `{name}`", with_article(base));
            let error = EvalError::undefined(span, message);
            Err(match (base, name) {
                (Value::Array(_) | Value::String(_), "length" | "size" | "count") => {
                    error.with_help(format!("write `{text} | length`"))
                }
                (Value::Array(_), _) => {
                    error.with_help(format!("write `{text}[0].{name}`, or `{text} | map(attribute='{name}')` for all"))
                }
                _ => error,
            })
        }
    }
}

/// That an object has no such member; its keys are named.
pub(super) fn missing<'a>(
    text: &str,
    name: &str,
    keys: impl Iterator<Item = &'a str> + Clone,
    span: Span,
) -> EvalError {
    const SHOWN: usize = 12;
    let count = keys.clone().count();
    let mut list = keys.clone().take(SHOWN).map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ");
    if count > SHOWN {
        list.push_str(&format!(" and {} more", count - SHOWN));
    }
    let known = match count {
        0 => "it is empty".to_owned(),
        1 => format!("its only key is {list}"),
        _ => format!("its keys are {list}"),
    };
    let error = EvalError::undefined(span, format!("`{text}` has no `{name}`; {known}"));
    match closest(name, keys) {
        Some(close) => error.with_help(format!("did you mean `{close}`?")),
        None => error,
    }
}

/// `base[index]`; negative indices count from the end.
pub(super) fn item(base: &Value, index: &Value, text: &str, span: Span) -> Result<Value, EvalError> {
    if let Value::String(name) = index {
        return member(base, name, text, span);
    }
    let (Value::Number(_), Some(position)) = (index, index.as_i64()) else {
        return Err(EvalError::wrong_type(span, format!("{} is no index", with_article(index))));
    };
    match base {
        Value::Array(items) => {
            let found = place(position, items.len()).map(|place| items[place].clone());
            found.ok_or_else(|| out_of_range(text, position, items.len(), "item", span))
        }
        Value::String(string) => {
            let count = string.chars().count();
            let found = place(position, count).and_then(|place| string.chars().nth(place));
            let found = found.map(|character| Value::from(character.to_string()));
            found.ok_or_else(|| out_of_range(text, position, count, "character", span))
        }
        _ => Err(EvalError::undefined(span, format!("`{text}` is {} and has no `[{position}]`", with_article(base)))),
    }
}

fn place(position: i64, length: usize) -> Option<usize> {
    let length = i64::try_from(length).ok()?;
    let place = if position < 0 { position.checked_add(length)? } else { position };
    (0..length).contains(&place).then_some(place as usize)
}

fn out_of_range(text: &str, position: i64, length: usize, what: &str, span: Span) -> EvalError {
    let held = match length {
        0 => "it is empty".to_owned(),
        1 => format!("it has one {what}, `[0]`"),
        _ => format!("it has {length} {what}s, `[0]` to `[{}]`", length - 1),
    };
    EvalError::undefined(span, format!("`{text}` has no `[{position}]`; {held}"))
}

/// `base[start:stop:step]` of an array or a string, with Python's rules.
pub(super) fn slice(
    base: &Value,
    bounds: [Option<Value>; 3],
    text: &str,
    budget: &Budget,
    span: Span,
) -> Result<Value, EvalError> {
    let [start, stop, step] = [bound(&bounds[0], span)?, bound(&bounds[1], span)?, bound(&bounds[2], span)?];
    let step = step.unwrap_or(1);
    if step == 0 {
        return Err(EvalError::other(span, "the step of a slice cannot be 0"));
    }
    match base {
        Value::Array(items) => {
            let places = places(start, stop, step, items.len());
            budget.list(places.len(), span)?;
            Ok(Value::array(places.into_iter().map(|place| items[place].clone()).collect()))
        }
        Value::String(string) => {
            budget.text(string.len(), span)?;
            let characters: Vec<char> = string.chars().collect();
            let chosen = places(start, stop, step, characters.len()).into_iter().map(|place| characters[place]);
            Ok(chosen.collect::<String>().into())
        }
        _ => Err(EvalError::wrong_type(span, format!("`{text}` is {} and cannot be cut", with_article(base)))),
    }
}

fn bound(value: &Option<Value>, span: Span) -> Result<Option<i64>, EvalError> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(value) => match value.as_i64() {
            Some(bound) => Ok(Some(bound)),
            None => Err(EvalError::wrong_type(span, format!("{} is no bound of a slice", with_article(value)))),
        },
    }
}

fn places(start: Option<i64>, stop: Option<i64>, step: i64, length: usize) -> Vec<usize> {
    let length = length as i64;
    let (first, last) = if step > 0 { (0, length) } else { (-1, length - 1) };
    let clamp = |bound: i64| (if bound < 0 { bound.saturating_add(length) } else { bound }).clamp(first, last);
    let mut at = start.map_or(if step > 0 { 0 } else { length - 1 }, clamp);
    let stop = stop.map_or(if step > 0 { length } else { -1 }, clamp);
    let mut places = Vec::new();
    while if step > 0 { at < stop } else { at > stop } {
        places.push(at as usize);
        at = at.saturating_add(step);
    }
    places
}
