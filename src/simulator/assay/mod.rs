//! The mathematics of assays: how far a window of inferences has drifted from a baseline.
//!
//! An assay picks one number of each logged inference ([`IoPath`]), divides the baseline's numbers into bins
//! ([`Bins`]), counts a window's numbers in the same bins, and compares the two ([`Scores`]). Everything here is
//! a function of its arguments: no state, no clock, no HTTP. The formulas were found by reproducing what the
//! platform printed; where nothing was ever printed, the item says what was chosen.

mod analysis;
mod bins;
mod config;
mod duration;
mod error;
mod io_path;
pub(super) mod last_digit;
mod scores;
mod summary;
#[cfg(test)]
mod tests;
mod windows;

pub(super) use analysis::{Analysis, PreparedBaseline, Status};
pub(super) use config::{AssayConfig, Baseline, CalculatedBaseline, LogSource, StaticSummary, Summarizer};
pub(super) use error::AssayError;
pub(super) use io_path::{IoPath, Side};
pub(super) use summary::{Sample, Summary};
pub(super) use windows::{Span, WindowPlan};

use bins::Bins;
use config::{Aggregation, BinMode, Metric, Univariate};
use duration::AssayDuration;
use scores::Scores;
