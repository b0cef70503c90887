//! The record of a run: its events, folded into steps and their tries.
//!
//! [`Record::fold`] takes a whole journal, [`Record::apply`] one event at a time, in constant time; the live display
//! does the latter. Tries are nested under their step or cleanup; token requests are kept apart, because steps share
//! them. A record can be asked at any moment: a run that is going on, or whose journal just stops because the
//! process was killed, has no `finished`, and the requests that were sent and never answered are its
//! [`Record::unknown`].
//!
//! A record is what reports, transcript, replay, resume and the terminal views read. It knows no file, no clock and
//! no exit code, and it judges nothing: outcomes are the runner's, here they are only counted.

mod again;
mod fold;
mod query;
mod standing;
mod step;

#[cfg(test)]
pub(crate) mod saved;
#[cfg(test)]
pub(crate) mod script;
#[cfg(test)]
mod tests;

use foldhash::HashMap;

use crate::event::{CallId, RunFinished, RunStarted};
use crate::id::{Address, RunId};

pub use query::{Counts, Unknown};
pub use standing::{Standing, Tally};
pub use step::{CleanupRecord, StepRecord, StepState, TokenFetch, Try, TryResult};

/// A run as far as its events tell it. Times are milliseconds since its start.
#[derive(Clone, Debug, Default)]
pub struct Record {
    /// The first event; `None` only where the journal is empty.
    pub started: Option<RunStarted>,
    /// The token requests, in the order of sending.
    pub tokens: Vec<TokenFetch>,
    /// What is or was to be cleaned up, in the order of creation; it is undone in reverse.
    pub cleanups: Vec<CleanupRecord>,
    /// When the main steps were over.
    pub closing: Option<u64>,
    /// How often someone asked to stop.
    pub interrupts: u32,
    /// When `--deadline` passed.
    pub deadline_passed: Option<u64>,
    /// When it was gone on with by other processes, on the clock and from its start.
    pub resumes: Vec<(jiff::Timestamp, u64)>,
    /// The last event; `None` while the run goes on, and for ever when it was killed.
    pub finished: Option<RunFinished>,
    /// The run that has begun with what this one has done, and goes on instead of it.
    pub handed_over: Option<RunId>,
    /// The time of the last event seen.
    pub at: u64,
    /// Whether something stopped the run before its main steps were over.
    stopped_early: bool,
    /// Every step seen; see [`Record::steps`] for their order.
    steps: Vec<StepRecord>,
    /// The steps that belong to no other.
    roots: Vec<usize>,
    by_address: HashMap<Address, usize>,
    cleanup_of: HashMap<Address, usize>,
    calls: HashMap<CallId, Place>,
}

/// Where a try is kept.
#[derive(Clone, Copy, Debug)]
enum Place {
    Step { step: usize, index: usize },
    Cleanup { cleanup: usize, index: usize },
    Token(usize),
}
