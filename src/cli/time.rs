//! How long things took, in words.

/// A duration for a sentence: `340 ms`, `4.2 s`, `2 m 05 s`, `1 h 02 m`.
pub fn duration(milliseconds: u64) -> String {
    let tenths = (milliseconds + 50) / 100;
    let seconds = (milliseconds + 500) / 1000;
    match milliseconds {
        0..1_000 => format!("{milliseconds} ms"),
        _ if tenths < 600 => format!("{}.{} s", tenths / 10, tenths % 10),
        _ if seconds < 3600 => format!("{} m {:02} s", seconds / 60, seconds % 60),
        _ => format!("{} h {:02} m", seconds / 3600, seconds / 60 % 60),
    }
}

/// A time for a column: `0.3s`, `14.2s`, `2m05s`, `1h02m`.
pub(super) fn clock(milliseconds: u64) -> String {
    let tenths = milliseconds / 100;
    if tenths < 600 {
        return format!("{}.{}s", tenths / 10, tenths % 10);
    }
    let seconds = tenths / 10;
    if seconds < 3600 {
        format!("{}m{:02}s", seconds / 60, seconds % 60)
    } else {
        format!("{}h{:02}m", seconds / 3600, seconds / 60 % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_has_as_many_digits_as_its_reader_needs() {
        let words = [0, 340, 999, 1_000, 4_249, 59_949, 59_950, 125_000, 3_599_499, 3_720_000].map(duration);
        let expected =
            ["0 ms", "340 ms", "999 ms", "1.0 s", "4.2 s", "59.9 s", "1 m 00 s", "2 m 05 s", "59 m 59 s", "1 h 02 m"];
        assert_eq!(words, expected);
    }

    #[test]
    fn a_clock_never_runs_ahead() {
        assert_eq!([99, 14_299, 59_999, 60_000, 3_720_000].map(clock), ["0.0s", "14.2s", "59.9s", "1m00s", "1h02m"]);
    }
}
