//! Scores: how different the values of two summaries are.

use super::{Aggregation, AssayError, Metric, Univariate};

/// What stands for an empty bin, where the logarithm of nothing would be needed.
const EMPTY: f64 = 0.005;

/// The difference in each bin, and what it comes to.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Scores {
    pub(super) each: Vec<f64>,
    pub(super) score: f64,
    /// The bin with the greatest difference, if that is the score.
    pub(super) bin_index: Option<usize>,
}

impl Scores {
    /// Compares a window's values with a baseline's.
    ///
    /// With an aggregation other than `Density` the metric `PSI` is the sum of the plain differences, not halved.
    pub(super) fn new(baseline: &[f64], window: &[f64], summarizer: &Univariate) -> Result<Self, AssayError> {
        if baseline.len() != window.len() {
            return Err(AssayError::Contradiction(format!(
                "the baseline has {} aggregated values, its edges make {}",
                baseline.len(),
                window.len()
            )));
        }
        let is_stability_index = summarizer.metric == Metric::Psi && summarizer.aggregation == Aggregation::Density;
        let difference = if is_stability_index { stability_index } else { distance };
        let mut each: Vec<f64> = baseline.iter().zip(window).map(|(before, now)| difference(*before, *now)).collect();
        if let Some(weights) = &summarizer.bin_weights {
            weigh(&mut each, weights)?;
        }
        Ok(match summarizer.metric {
            Metric::Psi => Self { score: each.iter().sum(), each, bin_index: None },
            Metric::SumDiff => Self { score: each.iter().sum::<f64>() / 2.0, each, bin_index: None },
            Metric::MaxDiff => greatest(each),
        })
    }

    /// The scores of something compared with itself.
    pub(super) fn zero(bins: usize) -> Self {
        Self { each: vec![0.0; bins], score: 0.0, bin_index: None }
    }
}

/// One term of the population stability index.
fn stability_index(before: f64, now: f64) -> f64 {
    if before == now {
        return 0.0;
    }
    let filled = |share: f64| if share == 0.0 { EMPTY } else { share };
    let (before, now) = (filled(before), filled(now));
    (now - before) * (now / before).ln()
}

fn distance(before: f64, now: f64) -> f64 {
    (before - now).abs()
}

fn weigh(each: &mut [f64], weights: &[f64]) -> Result<(), AssayError> {
    let sum: f64 = weights.iter().sum();
    if weights.len() != each.len() || sum <= 0.0 || !sum.is_finite() {
        return Err(AssayError::Contradiction(format!(
            "`bin_weights` has to have a number for each of the {} bins, outliers included, and a sum above 0",
            each.len()
        )));
    }
    for (score, weight) in each.iter_mut().zip(weights) {
        *score = *score * weight / sum;
    }
    Ok(())
}

/// The first of the greatest.
fn greatest(each: Vec<f64>) -> Scores {
    let mut found: Option<(usize, f64)> = None;
    for (index, score) in each.iter().enumerate() {
        if found.is_none_or(|(_, greatest)| *score > greatest) {
            found = Some((index, *score));
        }
    }
    Scores { each, score: found.map_or(0.0, |(_, score)| score), bin_index: found.map(|(index, _)| index) }
}
