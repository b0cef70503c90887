//! `parse_time`, `format_time`, `parse_duration`.

use jiff::Timestamp;

use super::{Filter, FilterCall, filter, parse_duration};
use crate::expression::EvalError;
use crate::value::Value;

pub(in crate::expression) static FILTERS: &[Filter] = &[
    filter("parse_time", &[], 0, parse_time),
    filter("format_time", &["fmt"], 1, format_time),
    filter("parse_duration", &[], 0, duration),
];

/// An RFC 3339 time in seconds since 1970.
fn parse_time(call: FilterCall) -> Result<Value, EvalError> {
    let time = instant(&call, call.text()?)?;
    Ok(Value::float(time.as_nanosecond() as f64 / 1e9))
}

fn instant(call: &FilterCall, text: &str) -> Result<Timestamp, EvalError> {
    text.parse().map_err(|_| {
        call.fails("the text is not a time")
            .with_help("times are written `2026-11-23T12:00:00Z`, with `Z` or an offset")
    })
}

/// Seconds since 1970, or an RFC 3339 text, in a form of strftime, in UTC.
fn format_time(call: FilterCall) -> Result<Value, EvalError> {
    let time = match &call.operand {
        Value::String(text) => instant(&call, text)?,
        Value::Number(number) => {
            let nanoseconds = match number.as_i128() {
                Some(seconds) => seconds * 1_000_000_000,
                None => (number.as_f64().unwrap_or_default() * 1e9).round() as i128,
            };
            Timestamp::from_nanosecond(nanoseconds).map_err(|_| call.fails("the time is out of range"))?
        }
        _ => return Err(call.takes("a number of seconds or a time as text")),
    };
    let format = call.text_argument(0)?.unwrap_or_default();
    call.evaluation.budget.text(format.len().saturating_mul(8), call.span)?;
    let text = jiff::fmt::strtime::format(format, time);
    text.map(Value::from)
        .map_err(|_| call.fails("the format cannot be read").with_help("write it as `%Y-%m-%d %H:%M:%S`"))
}

/// `1h30m` in seconds.
fn duration(call: FilterCall) -> Result<Value, EvalError> {
    let duration = parse_duration(call.text()?).map_err(|problem| call.fails(problem))?;
    Ok(match duration.subsec_nanos() {
        0 => duration.as_secs().into(),
        _ => Value::float(duration.as_secs_f64()),
    })
}

#[cfg(test)]
mod tests {
    use super::super::super::trial::{Trial, table};

    #[test]
    fn times_are_read_and_written() {
        table(
            &Trial::of("{}"),
            &[
                ("'1970-01-01T00:00:10.5Z' | parse_time", "10.5"),
                ("'2026-11-23T13:00:00+01:00' | parse_time == ('2026-11-23T12:00:00Z' | parse_time)", "true"),
                ("'yesterday' | parse_time", "!the text is not a time"),
                ("0 | format_time('%Y-%m-%d %H:%M:%S')", "\"1970-01-01 00:00:00\""),
                ("now() | format_time('%Y/%m')", "\"2026/11\""),
                ("1e30 | format_time('%Y')", "!out of range"),
                ("0 | format_time('%')", "!the format cannot be read"),
                ("'1h30m' | parse_duration", "5400"),
                ("'1.5s' | parse_duration", "1.5"),
                ("'30' | parse_duration", "!`30` has no unit"),
            ],
        );
    }
}
