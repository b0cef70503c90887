//! The spans of time that an assay compares.

use jiff::{SignedDuration, Timestamp};

use super::config::Window;
use super::{AssayError, Sample};

/// From its start up to its end, which is not in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::simulator) struct Span {
    pub(in crate::simulator) start: Timestamp,
    pub(in crate::simulator) end: Timestamp,
}

impl Span {
    /// The values of samples in the span. The samples are in order of time.
    pub(in crate::simulator) fn values(self, samples: &[Sample]) -> Vec<f64> {
        let from = samples.partition_point(|sample| sample.time < self.start);
        let to = samples.partition_point(|sample| sample.time < self.end);
        samples.get(from..to).unwrap_or_default().iter().map(|sample| sample.value).collect()
    }
}

/// All windows of an assay: the first, and every step after it another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::simulator) struct WindowPlan {
    first: Timestamp,
    width: SignedDuration,
    step: SignedDuration,
}

impl WindowPlan {
    /// The windows of a definition; they begin at `otherwise` where the definition does not say when.
    pub(in crate::simulator) fn new(window: &Window, otherwise: Timestamp) -> Result<Self, AssayError> {
        let width = window.width.0;
        let step = window.interval.map_or(width, |interval| interval.0);
        if width.is_zero() || step.is_zero() {
            return Err(AssayError::Contradiction(
                "a window's `width` and `interval` have to be longer than 0".to_owned(),
            ));
        }
        Ok(Self { first: window.start.unwrap_or(otherwise), width, step })
    }

    /// The first window.
    pub(in crate::simulator) fn first(&self) -> Option<Span> {
        self.span(0)
    }

    /// The windows that end after one time and not after another, and that touch the samples' time.
    pub(in crate::simulator) fn ended(
        &self,
        after: Option<Timestamp>,
        until: Timestamp,
        samples: &[Sample],
    ) -> Vec<Span> {
        let (Some(oldest), Some(newest)) = (samples.first(), samples.last()) else {
            return Vec::new();
        };
        // A year of empty minutes before the first inference is not walked through.
        let after = after.map_or(oldest.time, |after| after.max(oldest.time));
        let mut spans = Vec::new();
        let mut number = self.first_ending_after(after);
        while let Some(span) = self.span(number).filter(|span| span.end <= until && span.start <= newest.time) {
            spans.push(span);
            number += 1;
        }
        spans
    }

    /// When the first window after a time is complete.
    pub(in crate::simulator) fn next_end(&self, after: Timestamp) -> Option<Timestamp> {
        self.span(self.first_ending_after(after)).map(|span| span.end)
    }

    fn first_ending_after(&self, time: Timestamp) -> i64 {
        let past = time.duration_since(self.first) - self.width;
        if past.is_negative() {
            return 0;
        }
        i64::try_from(past.as_nanos() / self.step.as_nanos()).map_or(i64::MAX, |passed| passed.saturating_add(1))
    }

    /// `None` where time ends.
    fn span(&self, number: i64) -> Option<Span> {
        let nanoseconds = self.step.as_nanos().checked_mul(i128::from(number))?;
        let offset = SignedDuration::try_from_nanos_i128(nanoseconds)?;
        let start = self.first.checked_add(offset).ok()?;
        Some(Span { start, end: start.checked_add(self.width).ok()? })
    }
}
