//! Durations in the platform's words: `24 hours`, `1 day`.

use jiff::SignedDuration;
use serde::{Deserialize, Deserializer, de};

/// A number of minutes, hours, days or weeks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::simulator) struct AssayDuration(pub(super) SignedDuration);

impl AssayDuration {
    /// The time it means.
    pub(in crate::simulator) fn length(self) -> SignedDuration {
        self.0
    }

    /// Reads `24 hours`, `1 day` and the like.
    pub(super) fn read(text: &str) -> Option<Self> {
        let (number, unit) = text.trim().split_once(char::is_whitespace)?;
        let minutes = match unit.trim().trim_end_matches('s') {
            "minute" => 1,
            "hour" => 60,
            "day" => 24 * 60,
            "week" => 7 * 24 * 60,
            _ => return None,
        };
        let number: u32 = number.parse().ok()?;
        Some(Self(SignedDuration::from_mins(i64::from(number) * minutes)))
    }
}

impl<'de> Deserialize<'de> for AssayDuration {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::read(&text).ok_or_else(|| {
            de::Error::invalid_value(
                de::Unexpected::Str(&text),
                &"a number of minutes, hours, days or weeks such as `24 hours`",
            )
        })
    }
}
