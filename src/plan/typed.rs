//! The types of inputs: what a value must be, and what it becomes.

use crate::playbook::{Input, InputKind};
use crate::value::Value;

/// What is wrong with a value for an input, and what to write instead.
pub(super) fn mistyped(input: &Input, value: &Value) -> Option<(String, String)> {
    let expected = typed(input.kind, value).err()?;
    let shown =
        if input.secret { "what is given".to_owned() } else { format!("`{}`", value.preview(60).trim_matches('"')) };
    let message = format!("the input `{}` takes {expected}, not {shown}", input.name.text);
    Some((message, format!("write {}", example(input.kind))))
}

/// The value as the input's type; else what the type takes.
pub(super) fn typed(kind: InputKind, value: &Value) -> Result<Value, &'static str> {
    let text = value.as_str().map(str::trim);
    match kind {
        InputKind::String => match value {
            Value::String(_) => Ok(value.clone()),
            Value::Number(_) | Value::Bool(_) => Ok(Value::from(value.to_string())),
            _ => Err("a string"),
        },
        InputKind::Int => match text {
            Some(text) => text.parse::<i64>().map(Value::from).map_err(|_| "a whole number"),
            None => value.as_i64().map(Value::from).ok_or("a whole number"),
        },
        InputKind::Number => match text {
            Some(text) => read_number(text).ok_or("a number"),
            None => value.as_f64().map(|_| value.clone()).ok_or("a number"),
        },
        InputKind::Bool => match text {
            Some("true") => Ok(Value::Bool(true)),
            Some("false") => Ok(Value::Bool(false)),
            Some(_) => Err("`true` or `false`"),
            None => value.as_bool().map(Value::Bool).ok_or("`true` or `false`"),
        },
        InputKind::Url => {
            let expected = "a URL such as `https://api.example.com`";
            let url = text.and_then(|text| url::Url::parse(text).ok()).ok_or(expected)?;
            let fits = matches!(url.scheme(), "http" | "https") && url.has_host();
            if fits { Ok(Value::from(text.unwrap_or_default().trim_end_matches('/'))) } else { Err(expected) }
        }
        InputKind::File => text.filter(|text| !text.is_empty()).map(Value::from).ok_or("the path of a file"),
        InputKind::Json => match text {
            Some(text) => Value::read(text.as_bytes()).map_err(|_| "JSON"),
            None => Ok(value.clone()),
        },
    }
}

/// A value of that type, for a remedy.
pub(super) fn example(kind: InputKind) -> &'static str {
    match kind {
        InputKind::String => "a text, a number, `true` or `false`",
        InputKind::Int => "a number such as `3`",
        InputKind::Number => "a number such as `0.5`",
        InputKind::Bool => "`true` or `false`",
        InputKind::Url => "a URL with its scheme, such as `https://api.example.com`",
        InputKind::File => "the path of a file",
        InputKind::Json => "JSON such as `{\"a\": 1}`; a text stands in double quotes",
    }
}

fn read_number(text: &str) -> Option<Value> {
    let value = Value::read(text.as_bytes()).ok()?;
    value.as_f64().map(|_| value)
}
