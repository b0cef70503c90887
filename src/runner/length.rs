//! Lengths of time: as whole milliseconds for events, in words for messages.

use std::time::Duration;

/// Whole milliseconds.
pub(super) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// A length of time as people write it.
pub(super) fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match (seconds, duration.subsec_millis()) {
        (0, millis) => format!("{millis} ms"),
        (1..=119, 0) => format!("{seconds} s"),
        (1..=119, _) => format!("{:.1} s", duration.as_secs_f64()),
        _ if seconds.is_multiple_of(60) => format!("{} min", seconds / 60),
        _ => format!("{} min {:02} s", seconds / 60, seconds % 60),
    }
}
