//! One analysis: a window beside a baseline.

use serde_json::{Value, json};

use super::last_digit::figure;
use super::{
    Aggregation, AssayConfig, AssayError, BinMode, Bins, Scores, Span, StaticSummary, Summarizer, Summary, Univariate,
};

/// A baseline, summarized once and compared with many windows.
#[derive(Debug, Clone)]
pub(in crate::simulator) struct PreparedBaseline {
    summary: Summary,
    bins: Bins,
    summarizer: Univariate,
}

/// What came out of comparing.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::simulator) struct Analysis {
    pub(in crate::simulator) span: Option<Span>,
    pub(in crate::simulator) status: Status,
    baseline: Summary,
    window: Summary,
    scores: Scores,
}

/// What an analysis means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::simulator) enum Status {
    Ok,
    Warning,
    Alert,
    BaselineRun,
}

impl Status {
    /// The status of a score. That a threshold itself is still in order is a choice: it was never printed.
    fn of(score: f64, config: &AssayConfig) -> Self {
        if score > config.alert_threshold {
            Self::Alert
        } else if config.warning_threshold.is_some_and(|threshold| score > threshold) {
            Self::Warning
        } else {
            Self::Ok
        }
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "Ok",
            Self::Warning => "Warning",
            Self::Alert => "Alert",
            Self::BaselineRun => "BaselineRun",
        }
    }
}

impl PreparedBaseline {
    /// The baseline that numbers make.
    pub(in crate::simulator) fn of_samples(
        samples: Vec<f64>,
        span: Option<Span>,
        summarizer: &Summarizer,
    ) -> Result<Self, AssayError> {
        let summarizer = univariate(summarizer)?.clone();
        let bins = Bins::new(&samples, &summarizer)?;
        let mut summary = Summary::new(&samples, &bins, bins.baseline_names(), (summarizer.aggregation, span));
        if summarizer.aggregation == Aggregation::Edges {
            summary.aggregated_values = edges_as_values(&bins);
        }
        Ok(Self { summary, bins, summarizer })
    }

    /// The baseline that a kept summary is.
    pub(in crate::simulator) fn of_summary(kept: &StaticSummary, summarizer: &Summarizer) -> Result<Self, AssayError> {
        let summarizer = univariate(summarizer)?.clone();
        let summary = Summary::kept(kept);
        if summary.edges.is_empty() || summary.aggregated_values.len() != summary.edges.len() + 1 {
            return Err(AssayError::Contradiction(format!(
                "a static baseline with {} finite edges has to have {} aggregated values, found {}",
                summary.edges.len(),
                summary.edges.len() + 1,
                summary.aggregated_values.len(),
            )));
        }
        let bins = Bins::with_edges(summary.edges.clone(), BinMode::Provided);
        Ok(Self { summary, bins, summarizer })
    }

    /// Compares the numbers of a window, which are at least one.
    pub(in crate::simulator) fn compare(
        &self,
        samples: &[f64],
        span: Span,
        config: &AssayConfig,
    ) -> Result<Analysis, AssayError> {
        let names = self.bins.window_names();
        let mut window = Summary::new(samples, &self.bins, names, (self.summarizer.aggregation, Some(span)));
        if self.summarizer.aggregation == Aggregation::Edges {
            window.aggregated_values = edges_as_values(&Bins::new(samples, &self.summarizer)?);
        }
        let scores = Scores::new(&self.summary.aggregated_values, &window.aggregated_values, &self.summarizer)?;
        let status = Status::of(scores.score, config);
        Ok(Analysis { span: Some(span), status, baseline: self.summary.clone(), window, scores })
    }

    /// The baseline compared with itself.
    pub(in crate::simulator) fn against_itself(&self, span: Option<Span>) -> Analysis {
        let mut window = self.summary.clone();
        window.rename(self.bins.window_names());
        Analysis {
            span,
            status: Status::BaselineRun,
            baseline: self.summary.clone(),
            window,
            scores: Scores::zero(self.bins.len()),
        }
    }
}

impl Analysis {
    /// The part of the wire form that does not depend on who asked when.
    pub(in crate::simulator) fn to_json(&self, config: &AssayConfig) -> Value {
        json!({
            "baseline_summary": self.baseline.to_json(),
            "window_summary": self.window.to_json(),
            "warning_threshold": config.warning_threshold.map(figure),
            "alert_threshold": figure(config.alert_threshold),
            "score": figure(self.scores.score),
            "scores": self.scores.each.iter().map(|score| figure(*score)).collect::<Vec<_>>(),
            "bin_index": self.scores.bin_index,
            "summarizer": config.summarizer,
            "status": self.status.as_str(),
        })
    }
}

fn univariate(summarizer: &Summarizer) -> Result<&Univariate, AssayError> {
    match summarizer {
        Summarizer::UnivariateContinuous(univariate) => Ok(univariate),
        Summarizer::MultivariateContinuous { .. } => {
            Err(AssayError::NotSimulated("a summarizer of the type `MultivariateContinuous`"))
        }
    }
}

/// The values of aggregation `Edges`, which nobody has seen: the right edge of each bin, drawn by the same rule
/// for baseline and window. Beyond the last edge there is none, so that value is 0 on both sides.
fn edges_as_values(bins: &Bins) -> Vec<f64> {
    bins.edges().iter().copied().chain([0.0]).collect()
}
