//! What a plan of faults says.

use std::ops::RangeInclusive;
use std::time::Duration;

use serde_json::Value;

use crate::simulator::options::{Reset, ResetWhen};
use crate::simulator::path_pattern::PathPattern;

/// Which requests go wrong, and how. The default lets everything pass.
#[derive(Debug, Clone, Default)]
pub struct FaultPlan {
    /// Decides what is left to chance; the simulator's own seed if not said.
    pub seed: Option<u64>,
    /// The rules. Of each kind of fault (latency, effect, drip, refusal) the first rule that strikes decides.
    pub rules: Vec<FaultRule>,
}

/// One rule: which requests it strikes, and what it does to them.
#[derive(Debug, Clone)]
pub struct FaultRule {
    /// Names the rule in the log of requests.
    pub name: String,
    /// The paths it strikes.
    pub path: PathPattern,
    /// The method it strikes, in capitals; every one if not said.
    pub method: Option<String>,
    /// The requests it strikes by their numbers, from 1, among those of the same method and path; all if empty.
    pub calls: Vec<RangeInclusive<u64>>,
    /// Strikes only requests whose number is a multiple of this.
    pub every: Option<u64>,
    /// How likely it strikes one of these, from 0 to 1.
    pub probability: f64,
    /// How often it strikes at most, over all paths.
    pub times: Option<u64>,
    /// How much later the answer comes.
    pub latency: Option<Latency>,
    /// What becomes of the request or its answer.
    pub effect: Option<Effect>,
    /// The body of the answer comes in small pieces, over this long.
    pub drip: Option<Duration>,
    /// Once the request is dealt with, connections are refused for this long.
    pub refuse: Option<Duration>,
}

impl FaultRule {
    /// A rule that strikes every request of these paths and does nothing yet.
    pub fn on(path: PathPattern) -> Self {
        Self {
            name: path.to_string(),
            path,
            method: None,
            calls: Vec::new(),
            every: None,
            probability: 1.0,
            times: None,
            latency: None,
            effect: None,
            drip: None,
            refuse: None,
        }
    }

    /// Whether it is meant for this request, the nth of its method and path; chance and `times` come on top.
    pub(super) fn covers(&self, method: &str, path: &str, n: u64) -> bool {
        self.method.as_deref().is_none_or(|own| own == method)
            && (self.calls.is_empty() || self.calls.iter().any(|calls| calls.contains(&n)))
            && self.every.is_none_or(|every| every != 0 && n.is_multiple_of(every))
            && self.path.matches(path)
    }
}

/// `--reset` is a rule that strikes so often.
impl From<&Reset> for FaultRule {
    fn from(reset: &Reset) -> Self {
        Self {
            name: format!("--reset {}", reset.path),
            times: Some(reset.times.into()),
            effect: Some(Effect::Reset(reset.when)),
            ..Self::on(reset.path.clone())
        }
    }
}

/// How much later an answer comes. Drawn times are whole milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Latency {
    /// Always this much.
    Fixed(Duration),
    /// Normally distributed; what would be below zero is zero.
    Normal {
        /// The middle.
        mean: Duration,
        /// The standard deviation.
        deviation: Duration,
    },
    /// Log-normally distributed: most are quick, few take very long.
    LongTail {
        /// Half of them are quicker.
        median: Duration,
        /// One in a hundred is slower.
        p99: Duration,
    },
}

/// What becomes of a request or its answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// The connection is dropped instead of answered.
    Reset(ResetWhen),
    /// This answer is given instead of the platform's.
    Status(FaultStatus),
    /// The request is executed, its answer breaks off.
    Truncate(Cut),
    /// The request is executed, the body of its answer is not what its type says: half of it is replaced by other text.
    Malformed,
    /// The token that the request brings has expired, from now on.
    ExpireToken,
}

/// An answer that the platform has not given.
#[derive(Debug, Clone, PartialEq)]
pub struct FaultStatus {
    /// From 200 to 599.
    pub status: u16,
    /// The seconds in `Retry-After`.
    pub retry_after: Option<u64>,
    /// The body; a refusal in the platform's form if not said.
    pub body: Option<FaultBody>,
    /// Whether the platform executes the request all the same, as behind a gateway that gives up.
    pub execute: bool,
}

impl From<u16> for FaultStatus {
    fn from(status: u16) -> Self {
        Self { status, retry_after: None, body: None, execute: false }
    }
}

/// The body of a [`FaultStatus`].
#[derive(Debug, Clone, PartialEq)]
pub enum FaultBody {
    /// `text/plain`
    Text(String),
    /// `application/json`
    Json(Value),
}

/// Where a body breaks off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// In its middle.
    Half,
    /// Behind so many bytes; one that is no longer than this is announced as longer than it is.
    After(usize),
}
