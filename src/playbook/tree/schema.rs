//! The core schema of YAML 1.2: what a plain scalar means, and the few numbers that deserve a word.
//!
//! `yes`, `no`, `on`, `off` are texts. Integers beyond 64 bits become doubles, with a warning; so do a leading zero
//! (`014` is 14) and a trailing one behind a version-like number (`3.10` is 3.1) earn a warning, because what was
//! meant is nearly always the text. Infinity and NaN have no JSON form and are errors.

use crate::diagnostic::{Rule, rule};
use crate::value::{Number, Value};

/// What a plain scalar means, and what to say about it.
pub(super) enum Meaning {
    /// The value.
    Value(Value),
    /// The value, with a loss: code and message of the warning.
    Lossy(Value, &'static Rule, String),
    /// Not a JSON number: infinity or NaN.
    NotJson,
}

/// Resolves a plain scalar. Nothing where it is a string.
pub(super) fn resolve(text: &str) -> Option<Meaning> {
    let value = match text.as_bytes() {
        [] => Value::Null,
        [b'~' | b'n' | b'N' | b't' | b'T' | b'f' | b'F', ..] => match text {
            "~" | "null" | "Null" | "NULL" => Value::Null,
            "true" | "True" | "TRUE" => Value::Bool(true),
            "false" | "False" | "FALSE" => Value::Bool(false),
            _ => return None,
        },
        [b'0'..=b'9' | b'+' | b'-' | b'.', ..] => return number(text),
        _ => return None,
    };
    Some(Meaning::Value(value))
}

/// A number of the core schema.
fn number(text: &str) -> Option<Meaning> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return Some(Meaning::NotJson);
    }
    for (prefix, radix) in [("0x", 16), ("0o", 8)] {
        if let Some(digits) = text.strip_prefix(prefix) {
            let valid = !digits.is_empty() && digits.chars().all(|digit| digit.is_digit(radix));
            return valid.then(|| match u64::from_str_radix(digits, radix) {
                Ok(number) => Meaning::Value(Value::from(number)),
                Err(_) => {
                    let digit =
                        |sum: f64, digit: char| sum * f64::from(radix) + f64::from(digit.to_digit(radix).unwrap_or(0));
                    inexact(text, digits.chars().fold(0.0, digit))
                }
            });
        }
    }
    let integer = !unsigned.is_empty() && unsigned.bytes().all(|byte| byte.is_ascii_digit());
    if integer {
        return Some(decimal(text, unsigned));
    }
    if !is_float(unsigned) {
        return None;
    }
    let double: f64 = text.parse().ok()?;
    if !double.is_finite() {
        return Some(inexact(text, double));
    }
    let value = Value::float(double);
    Some(if loses_zero(unsigned) {
        Meaning::Lossy(
            value.clone(),
            rule::TRAILING_ZERO,
            format!("`{text}` is the number {value}, without the last zero"),
        )
    } else {
        Meaning::Value(value)
    })
}

fn decimal(text: &str, digits: &str) -> Meaning {
    let number = match (text.starts_with('-'), digits.parse::<u64>()) {
        (false, Ok(number)) => Number::from(number),
        (true, Ok(_)) if text.parse::<i64>().is_ok() => Number::from(text.parse::<i64>().unwrap_or(0)),
        _ => return inexact(text, text.parse().unwrap_or(f64::INFINITY)),
    };
    let value = Value::Number(number);
    if digits.len() > 1 && digits.starts_with('0') {
        return Meaning::Lossy(
            value.clone(),
            rule::LEADING_ZERO,
            format!("`{text}` is the number {value}, without the zero"),
        );
    }
    Meaning::Value(value)
}

fn inexact(text: &str, double: f64) -> Meaning {
    if !double.is_finite() {
        return Meaning::NotJson;
    }
    let value = Value::float(double);
    Meaning::Lossy(value.clone(), rule::INEXACT_NUMBER, format!("`{text}` does not fit in 64 bits and becomes {value}"))
}

/// `[0-9]+ ( \. [0-9]* )? ( [eE] [-+]? [0-9]+ )?`, or with the digits only behind the point.
fn is_float(unsigned: &str) -> bool {
    let (mantissa, exponent) = match unsigned.find(['e', 'E']) {
        Some(at) => (&unsigned[..at], Some(&unsigned[at + 1..])),
        None => (unsigned, None),
    };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let exponent_is_good = exponent.is_none_or(|exponent| {
        let power = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        !power.is_empty() && digits(power)
    });
    digits(whole) && digits(fraction) && !(whole.is_empty() && fraction.is_empty()) && exponent_is_good
}

/// Whether the number looks like a version whose last zero would be lost: `3.10`, not `1.0` and not `0.50`.
fn loses_zero(unsigned: &str) -> bool {
    let Some((whole, fraction)) = unsigned.split_once('.') else { return false };
    let version_like = !whole.is_empty() && !whole.starts_with('0') && fraction.len() == 2;
    version_like && fraction.ends_with('0') && !fraction.starts_with('0')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn value_of(text: &str) -> Value {
        match resolve(text) {
            Some(Meaning::Value(value) | Meaning::Lossy(value, ..)) => value,
            Some(Meaning::NotJson) => panic!("`{text}` is not a JSON number"),
            None => Value::from(text),
        }
    }

    #[test]
    fn plain_scalars_mean_what_the_core_schema_says() {
        let cases = [
            ("", "null"),
            ("~", "null"),
            ("NULL", "null"),
            ("True", "true"),
            ("false", "false"),
            ("12", "12"),
            ("-12", "-12"),
            ("+12", "12"),
            ("014", "14"),
            ("0o14", "12"),
            ("0x1F", "31"),
            ("1.5", "1.5"),
            (".5", "0.5"),
            ("5.", "5.0"),
            ("1e3", "1000.0"),
            ("-1.5E-2", "-0.015"),
            ("18446744073709551615", "18446744073709551615"),
            ("-9223372036854775808", "-9223372036854775808"),
        ];
        for (text, json) in cases {
            assert_eq!(value_of(text).to_string(), json, "{text}");
        }
    }

    #[test]
    fn everything_else_is_a_string() {
        for text in [
            "yes", "no", "on", "off", "tRUE", "nil", "1_000", "0x", "0o8", "1e", "1.2.3", "-", "+", ".", "-0x1",
            "12:30", "e3", "1 2",
        ] {
            assert_eq!(value_of(text), Value::from(text));
        }
    }

    #[test]
    fn numbers_that_lose_something_are_told() {
        let code = |text| match resolve(text) {
            Some(Meaning::Lossy(_, rule, _)) => rule.name,
            Some(Meaning::NotJson) => "not-json",
            _ => "",
        };
        assert_eq!(code("014"), "leading-zero");
        assert_eq!(code("3.10"), "trailing-zero");
        assert_eq!(code("18446744073709551616"), "inexact-number");
        assert_eq!(code("1e999"), "not-json");
        assert_eq!(code("-.inf"), "not-json");
        assert_eq!([code("0"), code("1.0"), code("0.50"), code("30"), code("2.5")], [""; 5]);
    }
}
