//! How a value stands in text.

use super::EvalError;
use crate::source::Span;
use crate::value::Value;

/// A value as text: strings as they are, numbers and booleans as JSON.
///
/// `null` is an error, and so are arrays and objects: there is no form of them that is surely meant.
pub fn to_text(value: &Value, span: Span) -> Result<String, EvalError> {
    let mut text = String::new();
    write_text(&mut text, value, span)?;
    Ok(text)
}

/// [`to_text`] at the end of a string.
pub(super) fn write_text(text: &mut String, value: &Value, span: Span) -> Result<(), EvalError> {
    match value {
        Value::String(string) => text.push_str(string),
        Value::Bool(truth) => text.push_str(if *truth { "true" } else { "false" }),
        Value::Number(number) => {
            use std::fmt::Write;
            let _ = write!(text, "{number}");
        }
        Value::Null => {
            let error = EvalError::wrong_type(span, "`null` cannot stand in text");
            return Err(
                error.with_help("write `| tojson` for the word `null`, or `| default('…', true)` for another text")
            );
        }
        Value::Array(_) | Value::Object(_) => {
            let error = EvalError::wrong_type(span, format!("{} cannot stand in text", with_article(value)));
            return Err(
                error.with_help("write `| tojson` for its JSON text, or `| join(', ')` for the items of a list")
            );
        }
    }
    Ok(())
}

/// "an array", "a string", "null".
pub(super) fn with_article(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Array(_) | Value::Object(_) => format!("an {}", value.kind()),
        _ => format!("a {}", value.kind()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scalars_stand_in_text_as_json_and_strings_as_they_are() {
        let text = |json: &str| to_text(&Value::read(json.as_bytes()).expect("JSON"), Span::default());
        assert_eq!(text("true").as_deref(), Ok("true"));
        assert_eq!(text("1.0").as_deref(), Ok("1.0"));
        assert_eq!(text("18446744073709551615").as_deref(), Ok("18446744073709551615"));
        assert_eq!(text("\"a\\\"b\"").as_deref(), Ok("a\"b"));
    }

    #[test]
    fn null_and_structures_are_refused_with_the_filter_to_write() {
        for value in [Value::Null, Value::array(Vec::new()), Value::object(Default::default())] {
            let error = to_text(&value, Span::default()).expect_err("no text form");
            assert!(error.help.as_deref().is_some_and(|help| help.contains("| tojson")), "{error:?}");
        }
    }
}
