//! The end of a run, as whoever has begun it gets it.

use crate::event::RunFinished;
use crate::id::RunId;

/// A run that is over.
#[derive(Clone, Debug)]
pub struct Finished {
    /// Its name.
    pub run: RunId,
    /// How it ended. Outputs are as they are: secrets are masked only in what is kept and told.
    pub finished: RunFinished,
}

/// A run that could not go on: our surroundings failed, not the system under test.
#[derive(Debug)]
pub struct RunError {
    /// What was being done.
    pub action: &'static str,
    /// Why it failed.
    pub source: std::io::Error,
    /// How the run ended after that; `None` where it had not begun.
    pub finished: Option<Box<RunFinished>>,
}

impl RunError {
    pub(super) fn new(action: &'static str, source: std::io::Error) -> Self {
        RunError { action, source, finished: None }
    }
}

impl std::fmt::Display for RunError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "cannot {}: {}", self.action, self.source)
    }
}

impl std::error::Error for RunError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}
