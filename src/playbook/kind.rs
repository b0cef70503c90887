//! What the types of inputs take: the value as its type, and what to write where it has not got it; and where a value
//! may come from.

use super::json_template::{JsonData, JsonTemplate};
use super::model::{Input, InputKind, InputPlace};
use crate::expression::Reference;
use crate::value::Value;

impl InputKind {
    /// The value as this type; else what the type takes.
    pub fn typed(self, value: &Value) -> Result<Value, &'static str> {
        let text = value.as_str().map(str::trim);
        match self {
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

    /// The type of an input that names none, from its default: what is written as a number is one, however the input
    /// is given. A default with expressions in it says nothing.
    pub(super) fn of_default(default: &JsonTemplate) -> Self {
        match &default.data {
            JsonData::Value(value) if value.as_i64().is_some() => InputKind::Int,
            JsonData::Value(Value::Number(_)) => InputKind::Number,
            JsonData::Value(Value::Bool(_)) => InputKind::Bool,
            JsonData::Value(Value::Array(_) | Value::Object(_)) | JsonData::List(_) | JsonData::Map(_) => {
                InputKind::Json
            }
            JsonData::Value(_) | JsonData::Template(_) => InputKind::String,
        }
    }

    /// A value of this type, for a remedy.
    pub fn example(self) -> &'static str {
        match self {
            InputKind::String => "a text, a number, `true` or `false`",
            InputKind::Int => "a number such as `3`",
            InputKind::Number => "a number such as `0.5`",
            InputKind::Bool => "`true` or `false`",
            InputKind::Url => "a URL with its scheme, such as `https://api.example.com`",
            InputKind::File => "the path of a file",
            InputKind::Json => "JSON such as `{\"a\": 1}`; a text stands in double quotes",
        }
    }
}

impl Input {
    /// Calls `visit` with every reference in its default and in the places it comes from.
    pub fn each_reference<'a>(&'a self, visit: &mut dyn FnMut(&'a Reference)) {
        for source in &self.from {
            if let InputPlace::Open(template) = &source.place {
                template.references().for_each(&mut *visit);
            }
        }
        self.default.iter().for_each(|default| default.each_reference(visit));
    }
}

impl InputPlace {
    /// Reads `env:NAME`, `file:PATH` or `file:PATH#/pointer`; else what is wrong with it, and what to write.
    pub fn read(text: &str) -> Result<InputPlace, (String, String)> {
        match text.split_once(':') {
            Some(("env", name)) if is_variable(name) => Ok(InputPlace::Env(name.to_owned())),
            Some(("file", path)) if !path.is_empty() => {
                let (path, pointer) = match path.split_once('#') {
                    Some((path, pointer)) => (path, Some(pointer.to_owned())),
                    None => (path, None),
                };
                match &pointer {
                    Some(pointer) if !pointer.is_empty() && !pointer.starts_with('/') => {
                        Err((format!("`#{pointer}` is no JSON Pointer"), format!("write `#/{pointer}`")))
                    }
                    _ => Ok(InputPlace::File { path: path.into(), pointer }),
                }
            }
            _ => Err((
                format!("`{text}` is no place to take an input from"),
                "write `env:NAME`, `file:PATH` or `file:PATH#/pointer`".to_owned(),
            )),
        }
    }
}

/// POSIX: letters, digits and `_`; not empty, and without what cannot stand in an environment.
fn is_variable(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn read_number(text: &str) -> Option<Value> {
    let value = Value::read(text.as_bytes()).ok()?;
    value.as_f64().map(|_| value)
}
