//! Writing: normalized paths (RFC 9535, 2.7), the form people write, and literals.
//!
//! Pure text from steps and values; nothing is read here.

use std::fmt::Write;

use super::scan;
use super::walk::Step;
use crate::value::Value;

/// A scalar as it is written in a query, strings in single quotes; `None` for arrays and objects.
///
/// ```
/// use callsheet::{jsonpath::literal, value::Value};
/// assert_eq!(literal(&Value::from("it's")).as_deref(), Some(r"'it\'s'"));
/// ```
pub fn literal(value: &Value) -> Option<String> {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        Value::String(text) => Some(quoted(text)),
        Value::Array(_) | Value::Object(_) => None,
    }
}

/// The one normalized path of a place: `$['a'][0]`.
pub(super) fn normalized(steps: &[Step<'_>]) -> String {
    let mut path = "$".to_owned();
    for step in steps {
        match step {
            Step::Name(name) => path.extend(["[", &quoted(name), "]"]),
            Step::Index(index) => path.extend(["[", &index.to_string(), "]"]),
        }
    }
    path
}

/// The path of a place as people write it: `$.a[0]`.
pub(super) fn readable(steps: &[Step<'_>]) -> String {
    let mut path = "$".to_owned();
    for step in steps {
        match step {
            Step::Name(name) => path.push_str(&member(name)),
            Step::Index(index) => path.extend(["[", &index.to_string(), "]"]),
        }
    }
    path
}

/// The segment of a name: `.name` where that is allowed, else `['na-me']`.
pub fn member(name: &str) -> String {
    let plain = name.chars().all(|c| scan::is_word(c) && !c.is_whitespace()) && !name.is_empty();
    if plain && !name.starts_with(|c: char| c.is_ascii_digit()) {
        format!(".{name}")
    } else {
        format!("[{}]", quoted(name))
    }
}

/// A member's name as a segment of a normalized path (RFC 9535, section 2.7): `['name']`.
pub fn name_segment(name: &str) -> String {
    ["[", &quoted(name), "]"].concat()
}

/// The text in single quotes with the escapes of a normalized path.
pub(super) fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('\'');
    for character in text.chars() {
        match character {
            '\u{8}' => quoted.push_str(r"\b"),
            '\t' => quoted.push_str(r"\t"),
            '\n' => quoted.push_str(r"\n"),
            '\u{c}' => quoted.push_str(r"\f"),
            '\r' => quoted.push_str(r"\r"),
            '\'' => quoted.push_str(r"\'"),
            '\\' => quoted.push_str(r"\\"),
            control if control < ' ' => {
                let _ = write!(quoted, "\\u{:04x}", u32::from(control));
            }
            other => quoted.push(other),
        }
    }
    quoted.push('\'');
    quoted
}
