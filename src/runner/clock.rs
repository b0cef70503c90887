//! Time, as the runner sees it.

use std::time::Duration;

use jiff::Timestamp;

use crate::wire::BoxFuture;

/// A clock: the runner's only source of time.
pub trait Clock: Send + Sync {
    /// The time since the clock was made.
    fn elapsed(&self) -> Duration;

    /// The time of day.
    fn wall(&self) -> Timestamp;

    /// Waits that long.
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()>;
}

/// Tokio's clock, which tests can pause, laid over a time of day.
#[derive(Clone, Copy, Debug)]
pub struct TokioClock {
    made: tokio::time::Instant,
    wall: Timestamp,
}

impl TokioClock {
    /// A clock that says `wall` now. Must be made inside a tokio runtime.
    pub fn new(wall: Timestamp) -> Self {
        TokioClock { made: tokio::time::Instant::now(), wall }
    }
}

impl Clock for TokioClock {
    fn elapsed(&self) -> Duration {
        self.made.elapsed()
    }

    fn wall(&self) -> Timestamp {
        let elapsed = jiff::SignedDuration::try_from(self.elapsed()).unwrap_or(jiff::SignedDuration::MAX);
        self.wall.checked_add(elapsed).unwrap_or(Timestamp::MAX)
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(duration))
    }
}
