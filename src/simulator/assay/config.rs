//! An assay's definition as it is sent, in the forms of the 2023.2 release and of the later ones.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Deserializer, Serialize, de};
use serde_json::Value;

use super::{AssayDuration, AssayError, IoPath, Span};

/// What `create`, `run_interactive_baseline` and `run_interactive` are sent.
#[derive(Debug, Clone, Deserialize)]
pub(in crate::simulator) struct AssayConfig {
    pub(in crate::simulator) id: Option<i64>,
    pub(in crate::simulator) name: String,
    pub(in crate::simulator) pipeline_id: i64,
    pub(in crate::simulator) pipeline_name: String,
    pub(in crate::simulator) active: bool,
    /// Needed, and of no account.
    #[serde(rename = "status")]
    _status: String,
    /// Later releases send it as the window's `path`.
    iopath: Option<IoPath>,
    pub(in crate::simulator) baseline: AsSent<Baseline>,
    pub(in crate::simulator) window: AsSent<Window>,
    pub(in crate::simulator) summarizer: Summarizer,
    pub(in crate::simulator) warning_threshold: Option<f64>,
    pub(in crate::simulator) alert_threshold: f64,
    pub(in crate::simulator) run_until: Option<Timestamp>,
    pub(in crate::simulator) workspace_id: i64,
}

impl AssayConfig {
    /// Reads a definition; the error says which member is wrong.
    pub(in crate::simulator) fn read(sent: &Value) -> Result<Self, serde_json::Error> {
        let config = Self::deserialize(sent)?;
        if config.path_of(&config.window.parsed.source).is_none() {
            return Err(de::Error::missing_field("iopath"));
        }
        Ok(config)
    }

    /// The number that is compared.
    pub(in crate::simulator) fn iopath(&self) -> &IoPath {
        self.path_of(&self.window.parsed.source).expect("a definition is read only with an iopath")
    }

    /// The number that is compared, in the inferences of that source.
    pub(in crate::simulator) fn path_of<'a>(&'a self, source: &'a LogSource) -> Option<&'a IoPath> {
        source.path.as_ref().or(self.iopath.as_ref()).or(self.window.parsed.source.path.as_ref())
    }
}

/// A part of a definition that lists give back word for word.
#[derive(Debug, Clone)]
pub(in crate::simulator) struct AsSent<T> {
    pub(in crate::simulator) sent: Value,
    pub(in crate::simulator) parsed: T,
}

impl<'de, T: de::DeserializeOwned> Deserialize<'de> for AsSent<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let sent = Value::deserialize(deserializer)?;
        let parsed = T::deserialize(&sent).map_err(de::Error::custom)?;
        Ok(Self { sent, parsed })
    }
}

/// Where inferences come from.
#[derive(Debug, Clone, Deserialize)]
pub(in crate::simulator) struct LogSource {
    #[serde(alias = "pipeline_name")]
    pub(in crate::simulator) pipeline: String,
    #[serde(alias = "model_name")]
    pub(in crate::simulator) model: Option<String>,
    pub(in crate::simulator) workspace_id: Option<i64>,
    path: Option<IoPath>,
}

/// What windows are compared with.
#[derive(Debug, Clone, Deserialize)]
pub(in crate::simulator) enum Baseline {
    /// The inferences of one span.
    Fixed {
        #[serde(flatten)]
        source: LogSource,
        start_at: Timestamp,
        end_at: Timestamp,
    },
    /// The inferences before each window.
    Sliding {
        #[serde(flatten)]
        source: LogSource,
        width: AssayDuration,
        offset: AssayDuration,
    },
    /// Numbers kept elsewhere.
    UserProvided {
        #[serde(rename = "url")]
        _url: String,
    },
    /// A summary that was computed before (2023.4).
    #[serde(rename = "static")]
    Static(Box<StaticSummary>),
    /// A summary that is computed from something (2023.4).
    #[serde(rename = "calculated")]
    Calculated(CalculatedBaseline),
}

/// What a baseline is computed from, in the later releases.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::simulator) enum CalculatedBaseline {
    /// These numbers.
    Vector(Vec<f64>),
    /// The inferences of one span, which has to have a start.
    FixedWindow(Window),
    /// The inferences before each window.
    SlidingWindow { window: Window, offset: AssayDuration },
}

/// A summary as the platform printed it; the infinite last edge may be left out.
#[derive(Debug, Clone, Deserialize)]
pub(in crate::simulator) struct StaticSummary {
    pub(super) count: usize,
    pub(super) min: f64,
    pub(super) max: f64,
    pub(super) mean: f64,
    pub(super) median: f64,
    pub(super) std: f64,
    pub(super) edges: Vec<Option<f64>>,
    pub(super) edge_names: Vec<String>,
    pub(super) aggregated_values: Vec<f64>,
    pub(super) aggregation: Aggregation,
    pub(super) start: Option<Timestamp>,
    pub(super) end: Option<Timestamp>,
}

/// Which inferences are compared, span by span.
#[derive(Debug, Clone, Deserialize)]
pub(in crate::simulator) struct Window {
    #[serde(flatten)]
    pub(in crate::simulator) source: LogSource,
    pub(super) width: AssayDuration,
    pub(in crate::simulator) start: Option<Timestamp>,
    pub(super) interval: Option<AssayDuration>,
}

impl Window {
    /// How long each window is.
    pub(in crate::simulator) fn width(&self) -> SignedDuration {
        self.width.0
    }

    /// The span of a window that stands still.
    pub(in crate::simulator) fn fixed_span(&self) -> Result<Span, AssayError> {
        let start = self.start.ok_or_else(|| {
            AssayError::Contradiction("the `fixed_window` of a baseline has to have a `start`".to_owned())
        })?;
        let end = start.checked_add(self.width.0).map_err(|_| AssayError::EmptyBaseline)?;
        Ok(Span { start, end })
    }
}

impl StaticSummary {
    /// The span that was summarized, if it was kept.
    pub(in crate::simulator) fn span(&self) -> Option<Span> {
        Some(Span { start: self.start?, end: self.end? })
    }
}

/// How numbers become a score.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(tag = "type")]
pub(in crate::simulator) enum Summarizer {
    UnivariateContinuous(Univariate),
    MultivariateContinuous { name: String },
}

/// How one number of each inference becomes a score. The platform accepts `bin_width` and `add_outlier_edges`
/// too, and drops them.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub(in crate::simulator) struct Univariate {
    pub(super) bin_mode: BinMode,
    pub(super) aggregation: Aggregation,
    pub(super) metric: Metric,
    pub(super) num_bins: usize,
    pub(super) bin_weights: Option<Vec<f64>>,
    pub(super) provided_edges: Option<Vec<f64>>,
}

/// How the baseline's range is divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
pub(in crate::simulator) enum BinMode {
    None,
    Equal,
    Quantile,
    Provided,
}

/// What is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
pub(in crate::simulator) enum Aggregation {
    Edges,
    Density,
    Cumulative,
}

/// How it is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
pub(in crate::simulator) enum Metric {
    #[serde(rename = "PSI")]
    Psi,
    MaxDiff,
    SumDiff,
}
