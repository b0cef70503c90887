//! Reads decimal numbers as the platform does, which is often wrong in the last digit.
//!
//! The platform's JSON reader takes the digits as an integer, makes it a double and divides once by a power of
//! ten, so the result is rounded twice. A logged number passes that reader on its way into an assay, and a
//! computed figure on its way out. The crate's own reader is exact, so the error has to be made here.

use serde_json::{Number, Value, json};

/// The powers of ten that a double holds exactly.
const EXACT_POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
];

/// A decimal literal as the platform reads it; `None` where it is no number.
pub(in crate::simulator) fn read(literal: &str) -> Option<f64> {
    let (negative, rest) = match literal.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, literal),
    };
    let (mantissa, exponent) = match rest.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (rest, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let mut significand = 0_u64;
    let mut exponent = exponent;
    let mut is_full = false;
    let digits = whole.bytes().map(|digit| (digit, false)).chain(fraction.bytes().map(|digit| (digit, true)));
    for (digit, behind_the_point) in digits {
        if !digit.is_ascii_digit() {
            return None;
        }
        // Digits that 64 bits cannot hold are dropped.
        let longer = significand.checked_mul(10).and_then(|tens| tens.checked_add(u64::from(digit - b'0')));
        match longer.filter(|_| !is_full) {
            Some(longer) => {
                significand = longer;
                exponent -= i32::from(behind_the_point);
            }
            None => {
                is_full = true;
                exponent += i32::from(!behind_the_point);
            }
        }
    }
    if whole.is_empty() {
        return None;
    }
    let significand = significand as f64;
    let power = power_of_ten(exponent.unsigned_abs());
    let value = if exponent < 0 { significand / power } else { significand * power };
    Some(if negative { -value } else { value })
}

/// A double after it was written down and read by the platform.
pub(in crate::simulator) fn pass(value: f64) -> f64 {
    read(&format!("{value:?}")).unwrap_or(value)
}

/// A figure as an answer shows it.
pub(in crate::simulator) fn figure(value: f64) -> Value {
    json!(pass(value))
}

/// A logged value as an answer shows it: every number in it is passed.
pub(in crate::simulator) fn logged(value: &Value) -> Value {
    match value {
        Value::Number(number) if number.is_f64() => {
            number.as_f64().map(pass).and_then(Number::from_f64).map_or(Value::Null, Value::Number)
        }
        Value::Array(items) => items.iter().map(logged).collect(),
        Value::Object(members) => members.iter().map(|(name, member)| (name.clone(), logged(member))).collect(),
        _ => value.clone(),
    }
}

fn power_of_ten(exponent: u32) -> f64 {
    let exact = usize::try_from(exponent).ok().and_then(|exponent| EXACT_POWERS.get(exponent));
    exact.copied().unwrap_or_else(|| format!("1e{exponent}").parse().unwrap_or(f64::INFINITY))
}
