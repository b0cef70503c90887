//! The end of an exchange's time, shared by the sending and the reading of it. Time is tokio's, so that tests can
//! pause it. Never decides what is tried next.

use std::time::Duration;

use tokio::time::Instant;

use super::failure::fault;
use super::target::Target;
use crate::wire::{TransportError, TransportErrorKind};

/// When an exchange must be over.
#[derive(Clone, Copy, Debug)]
pub(super) struct Deadline {
    limit: Duration,
    /// `None` where the limit reaches beyond what the clock can say.
    at: Option<Instant>,
}

impl Deadline {
    /// That long from now.
    pub(super) fn after(limit: Duration) -> Self {
        Self { limit, at: Instant::now().checked_add(limit) }
    }

    /// The future's result, or `None` when the time was over first.
    pub(super) async fn within<F: Future>(&self, future: F) -> Option<F::Output> {
        match self.at {
            Some(at) => tokio::time::timeout_at(at, future).await.ok(),
            None => Some(future.await),
        }
    }

    /// The error of an exchange whose head did not come in time.
    pub(super) fn no_answer(&self, target: &Target) -> TransportError {
        fault(TransportErrorKind::Timeout, format!("no answer from {target} within {}", in_words(self.limit)))
    }

    /// The error of an answer that did not end in time.
    pub(super) fn no_end(&self, target: &Target) -> TransportError {
        let limit = in_words(self.limit);
        fault(TransportErrorKind::Timeout, format!("the answer from {target} did not end within {limit}"))
    }
}

/// A duration for a person: `30 s`, `1.5 s`, `250 ms`, `30 min`.
pub(super) fn in_words(duration: Duration) -> String {
    let seconds = duration.as_secs();
    if duration < Duration::from_secs(1) {
        format!("{} ms", duration.as_millis())
    } else if duration.subsec_nanos() == 0 && seconds >= 120 && seconds.is_multiple_of(60) {
        format!("{} min", seconds / 60)
    } else {
        format!("{} s", (duration.as_secs_f64() * 1000.0).round() / 1000.0)
    }
}
