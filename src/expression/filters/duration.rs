//! Durations as people write them: `500ms`, `30s`, `2m`, `1h30m`, `1.5s`.

use std::time::Duration;

/// Units from the longest to the shortest, in nanoseconds.
const UNITS: &[(&str, u128)] = &[
    ("d", 86_400_000_000_000),
    ("h", 3_600_000_000_000),
    ("m", 60_000_000_000),
    ("s", 1_000_000_000),
    ("ms", 1_000_000),
];

/// No run lasts longer; sums of durations below this do not overflow.
const LONGEST: u128 = 36_500 * UNITS[0].1;

/// Reads a duration. Each part has a unit (`d`, `h`, `m`, `s`, `ms`), the longest first; a bare number is refused.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    let text = text.trim();
    let mut rest = text;
    let mut total = 0_u128;
    let mut units = UNITS;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (number, after) = rest.split_at(digits);
        let letters = after.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(after.len());
        let (unit, next) = after.split_at(letters);
        if number.is_empty() {
            return Err(unreadable(text));
        }
        if unit.is_empty() && next.starts_with(' ') {
            return Err(format!(
                "`{text}` has a blank behind its number: write `{number}s`, `{number}ms` or `{number}m`"
            ));
        }
        if unit.is_empty() {
            return Err(format!("`{text}` has no unit: write `{number}s`, `{number}ms` or `{number}m`"));
        }
        let Some(position) = units.iter().position(|(name, _)| *name == unit) else {
            let known = UNITS.iter().any(|(name, _)| *name == unit);
            let order = format!("the parts of `{text}` go from the longest unit to the shortest, each once");
            return Err(if known {
                order
            } else {
                format!("`{unit}` is no unit of time: write `d`, `h`, `m`, `s` or `ms`")
            });
        };
        let part = scaled(number, units[position].1).ok_or_else(|| unreadable(text))?;
        total = total.checked_add(part).ok_or_else(|| unreadable(text))?;
        units = &units[position + 1..];
        rest = next;
    }
    if total > LONGEST {
        return Err(format!("`{text}` is longer than {} days", LONGEST / UNITS[0].1));
    }
    let whole = u64::try_from(total / 1_000_000_000).ok().filter(|_| !text.is_empty());
    whole.map(|seconds| Duration::new(seconds, (total % 1_000_000_000) as u32)).ok_or_else(|| unreadable(text))
}

fn unreadable(text: &str) -> String {
    format!("`{text}` is no duration: write `500ms`, `30s`, `2m` or `1h30m`")
}

/// A decimal number of units in nanoseconds, without the rounding of doubles.
fn scaled(number: &str, unit: u128) -> Option<u128> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    if whole.is_empty() || fraction.is_empty() || fraction.len() > 9 || whole.len() > 18 {
        return None;
    }
    let parts = fraction.parse::<u128>().ok()? * unit / 10_u128.pow(fraction.len() as u32);
    whole.parse::<u128>().ok()?.checked_mul(unit)?.checked_add(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_people_write_them() {
        let cases = [
            ("500ms", 500),
            ("30s", 30_000),
            ("2m", 120_000),
            ("1h30m", 5_400_000),
            ("1.5s", 1_500),
            ("1d", 86_400_000),
            ("0s", 0),
        ];
        for (text, milliseconds) in cases {
            assert_eq!(parse_duration(text), Ok(Duration::from_millis(milliseconds)), "{text}");
        }
    }

    #[test]
    fn what_is_no_duration_is_told_the_form() {
        assert_eq!(parse_duration("30").unwrap_err(), "`30` has no unit: write `30s`, `30ms` or `30m`");
        assert_eq!(
            parse_duration("10 parsecs").unwrap_err(),
            "`10 parsecs` has a blank behind its number: write `10s`, `10ms` or `10m`"
        );
        assert!(parse_duration("5 minutes").is_err());
        assert!(parse_duration("5min").unwrap_err().contains("`min` is no unit"));
        assert!(parse_duration("1m1h").unwrap_err().contains("longest unit"));
        for text in ["", "s", "1..2s", ".5s", "-1s", "99999999999999999999h", "1é"] {
            assert!(parse_duration(text).is_err(), "{text}");
        }
    }
}
