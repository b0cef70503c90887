//! The simulator's time: a wall clock that starts where it is told and advances with `tokio::time`.
//!
//! Nothing in the simulator asks the machine for the time, so a test with paused time owns it.

use jiff::Timestamp;
use tokio::time::Instant;

/// A wall clock bound to tokio's clock.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clock {
    start: Timestamp,
    origin: Instant,
}

impl Clock {
    /// A clock that shows `start` now.
    pub(super) fn starting_at(start: Timestamp) -> Self {
        Self { start, origin: Instant::now() }
    }

    /// The wall time.
    pub(super) fn now(&self) -> Timestamp {
        self.start + self.origin.elapsed()
    }

    /// Milliseconds since the start.
    pub(super) fn elapsed_ms(&self) -> u64 {
        u64::try_from(self.origin.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

/// A time as the platform's database prints it: microseconds, trailing zeros cut, offset written out.
pub(super) fn database_time(time: Timestamp) -> String {
    let microseconds =
        Timestamp::from_microsecond(time.as_microsecond()).expect("a timestamp cut to microseconds stays in range");
    let text = microseconds.to_string();
    format!("{}+00:00", text.trim_end_matches('Z'))
}

/// A time as analyses print it: RFC 3339 with `Z` and as many groups of three digits as it needs.
pub(super) fn analysis_time(time: Timestamp) -> String {
    match time.subsec_nanosecond() {
        0 => format!("{time:.0}"),
        nanoseconds if nanoseconds % 1_000_000 == 0 => format!("{time:.3}"),
        nanoseconds if nanoseconds % 1_000 == 0 => format!("{time:.6}"),
        _ => format!("{time:.9}"),
    }
}
