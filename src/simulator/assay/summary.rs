//! What is told about a collection of numbers: count, mean and the like, and the values of its bins.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::last_digit::figure;
use super::{Aggregation, Bins, Span, StaticSummary};
use crate::simulator::clock::analysis_time;

/// One number of one inference.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::simulator) struct Sample {
    pub(in crate::simulator) time: Timestamp,
    pub(in crate::simulator) value: f64,
}

/// The summary of a baseline or of a window.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::simulator) struct Summary {
    statistics: Statistics,
    pub(super) edges: Vec<f64>,
    edge_names: Vec<String>,
    pub(super) aggregated_values: Vec<f64>,
    aggregation: Aggregation,
    start: Option<Timestamp>,
    end: Option<Timestamp>,
}

impl Summary {
    /// Summarizes numbers, which are at least one, in bins that may come from other numbers.
    pub(super) fn new(samples: &[f64], bins: &Bins, edge_names: Vec<String>, how: (Aggregation, Option<Span>)) -> Self {
        let (aggregation, span) = how;
        Self {
            statistics: Statistics::of(samples),
            edges: bins.edges().to_vec(),
            edge_names,
            aggregated_values: aggregate(&bins.count(samples), aggregation),
            aggregation,
            start: span.map(|span| span.start),
            end: span.map(|span| span.end),
        }
    }

    /// The summary that somebody kept.
    pub(super) fn kept(kept: &StaticSummary) -> Self {
        Self {
            statistics: Statistics {
                count: kept.count,
                min: kept.min,
                max: kept.max,
                mean: kept.mean,
                median: kept.median,
                std: kept.std,
            },
            edges: kept.edges.iter().copied().flatten().collect(),
            edge_names: kept.edge_names.clone(),
            aggregated_values: kept.aggregated_values.clone(),
            aggregation: kept.aggregation,
            start: kept.start,
            end: kept.end,
        }
    }

    /// Gives the bins other names.
    pub(super) fn rename(&mut self, edge_names: Vec<String>) {
        self.edge_names = edge_names;
    }

    /// The summary on the wire. The last edge is infinite, which JSON does not have.
    pub(super) fn to_json(&self) -> Value {
        let edges = self.edges.iter().map(|edge| figure(*edge)).chain([Value::Null]);
        json!({
            "count": self.statistics.count,
            "min": figure(self.statistics.min),
            "max": figure(self.statistics.max),
            "mean": figure(self.statistics.mean),
            "median": figure(self.statistics.median),
            "std": figure(self.statistics.std),
            "edges": edges.collect::<Vec<_>>(),
            "edge_names": self.edge_names,
            "aggregated_values": self.aggregated_values.iter().map(|value| figure(*value)).collect::<Vec<_>>(),
            "aggregation": self.aggregation,
            "start": self.start.map(analysis_time),
            "end": self.end.map(analysis_time),
        })
    }
}

/// The figures that need no bins.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Statistics {
    pub(super) count: usize,
    pub(super) min: f64,
    pub(super) max: f64,
    pub(super) mean: f64,
    pub(super) median: f64,
    /// Of the population: the squares are divided by the count.
    pub(super) std: f64,
}

impl Statistics {
    /// The figures of numbers, which are at least one.
    pub(super) fn of(samples: &[f64]) -> Self {
        let sorted = sorted(samples);
        let count = sorted.len();
        let mean = samples.iter().sum::<f64>() / count as f64;
        let squares: f64 = samples.iter().map(|sample| (sample - mean) * (sample - mean)).sum();
        let middle = count / 2;
        let median = if count % 2 == 1 { sorted[middle] } else { f64::midpoint(sorted[middle - 1], sorted[middle]) };
        Self { count, min: sorted[0], max: sorted[count - 1], mean, median, std: (squares / count as f64).sqrt() }
    }
}

/// The numbers in ascending order.
pub(super) fn sorted(samples: &[f64]) -> Vec<f64> {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted
}

/// What the bins hold, as shares of the whole. The values of aggregation `Edges` are not counts and are made elsewhere.
fn aggregate(counts: &[usize], aggregation: Aggregation) -> Vec<f64> {
    let whole = counts.iter().sum::<usize>() as f64;
    let density = counts.iter().map(|count| *count as f64 / whole);
    match aggregation {
        Aggregation::Cumulative => density
            .scan(0.0, |sum, share| {
                *sum += share;
                Some(*sum)
            })
            .collect(),
        Aggregation::Density | Aggregation::Edges => density.collect(),
    }
}
