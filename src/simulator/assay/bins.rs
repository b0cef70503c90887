//! Bins: the edges that a baseline gives, and how many numbers fall between them.

use super::summary::sorted;
use super::{AssayError, BinMode, Univariate};

/// No drift is told by more bins; what a caller asks for must not take the server's memory.
const MOST: usize = 10_000;

/// The finite edges of an assay's bins, ascending; below the first and above the last lie the outliers.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Bins {
    edges: Vec<f64>,
    mode: BinMode,
}

impl Bins {
    /// The bins of a baseline, which is not empty.
    ///
    /// What mode `None` does was never printed; here it makes one bin of the whole range.
    pub(super) fn new(samples: &[f64], summarizer: &Univariate) -> Result<Self, AssayError> {
        let sorted = sorted(samples);
        let (Some(least), Some(greatest)) = (sorted.first().copied(), sorted.last().copied()) else {
            return Err(AssayError::EmptyBaseline);
        };
        let wanted = summarizer.num_bins;
        if wanted == 0 && matches!(summarizer.bin_mode, BinMode::Equal | BinMode::Quantile) {
            return Err(AssayError::Contradiction("`num_bins` has to be at least 1".to_owned()));
        }
        if wanted > MOST {
            return Err(AssayError::Contradiction(format!("`num_bins` has to be at most {MOST}, found {wanted}")));
        }
        let edges = match summarizer.bin_mode {
            BinMode::None => vec![least, greatest],
            BinMode::Equal => equal_edges(least, greatest, wanted),
            BinMode::Quantile => quantile_edges(&sorted, wanted),
            BinMode::Provided => provided_edges(least, summarizer)?,
        };
        Ok(Self { edges, mode: summarizer.bin_mode })
    }

    /// Bins with edges that are known.
    pub(super) fn with_edges(edges: Vec<f64>, mode: BinMode) -> Self {
        Self { edges, mode }
    }

    /// The finite edges.
    pub(super) fn edges(&self) -> &[f64] {
        &self.edges
    }

    /// Bins and both outliers.
    pub(super) fn len(&self) -> usize {
        self.edges.len() + 1
    }

    /// How many numbers are in each bin: a bin holds its right edge, the first also its left one.
    pub(super) fn count(&self, samples: &[f64]) -> Vec<usize> {
        let mut counts = vec![0; self.len()];
        for sample in samples {
            let place = if self.edges.first().is_some_and(|first| sample < first) {
                0
            } else {
                let rights = self.edges.get(1..).unwrap_or_default();
                rights.partition_point(|edge| sample > edge) + 1
            };
            counts[place] += 1;
        }
        counts
    }

    /// What a baseline calls its bins.
    pub(super) fn baseline_names(&self) -> Vec<String> {
        let bins = self.edges.len().saturating_sub(1);
        self.names(|number, edge| match self.mode {
            BinMode::Quantile => format!("q_{}", number * 100 / bins),
            BinMode::Equal => format!("p_{edge:.2e}"),
            BinMode::None | BinMode::Provided => format!("e_{edge:.2e}"),
        })
    }

    /// What a window calls its bins, whatever the mode.
    pub(super) fn window_names(&self) -> Vec<String> {
        self.names(|_, edge| format!("e_{edge:.2e}"))
    }

    fn names(&self, name: impl Fn(usize, f64) -> String) -> Vec<String> {
        let between = self.edges.iter().enumerate().skip(1).map(|(number, edge)| name(number, *edge));
        std::iter::once("left_outlier".to_owned()).chain(between).chain(["right_outlier".to_owned()]).collect()
    }
}

fn equal_edges(least: f64, greatest: f64, bins: usize) -> Vec<f64> {
    (0..=bins).map(|edge| least + edge as f64 * (greatest - least) / bins as f64).collect()
}

/// The numbers at the quantiles, without interpolation: the rank is rounded, half up.
fn quantile_edges(sorted: &[f64], bins: usize) -> Vec<f64> {
    let count = sorted.len();
    let rank = |edge: usize| (2 * count * edge + bins) / (2 * bins);
    let at_quantiles = (1..=bins).map(|edge| sorted[rank(edge).max(1) - 1]);
    std::iter::once(sorted[0]).chain(at_quantiles).collect()
}

/// The edges as told; where one is missing, the baseline's least number is the first.
fn provided_edges(least: f64, summarizer: &Univariate) -> Result<Vec<f64>, AssayError> {
    let provided = summarizer.provided_edges.clone().unwrap_or_default();
    let missing = (summarizer.num_bins + 1).checked_sub(provided.len()).filter(|missing| *missing <= 1);
    let edges = match missing {
        Some(0) => provided,
        Some(_) => std::iter::once(least).chain(provided).collect(),
        None => {
            let reason = format!(
                "`provided_edges` has {} numbers, but {bins} bins have {} edges, or {bins} without the first",
                provided.len(),
                summarizer.num_bins + 1,
                bins = summarizer.num_bins,
            );
            return Err(AssayError::Contradiction(reason));
        }
    };
    if edges.is_sorted() && edges.len() > 1 {
        return Ok(edges);
    }
    Err(AssayError::Contradiction(format!("`provided_edges` has to ascend from edge to edge, found {edges:?}")))
}
