//! What a user may choose about a simulator, and the text forms of those choices.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use jiff::Timestamp;

use super::faults::FaultPlan;
use super::path_pattern::PathPattern;

/// The choices of one simulator. The default is quick: a deployment takes two seconds.
#[derive(Debug, Clone)]
pub struct Options {
    /// Makes UUIDs, pod names and temporary passwords; the same seed and calls give the same ids.
    pub seed: u64,
    /// What the simulator's wall clock shows when it is made; it advances with tokio's clock.
    pub start: Timestamp,
    /// How a deployment settles.
    pub deploy: Settling,
    /// How long a pipeline that is being undeployed stays visible.
    pub undeploy: Duration,
    /// How long the conversion of a model that is not native takes; native models are ready at once.
    pub conversion: Duration,
    /// How long after its due time a scheduled assay runs.
    pub assay_run: Duration,
    /// How long an access token is valid.
    pub access_token_life: Duration,
    /// How long a refresh token is valid.
    pub refresh_token_life: Duration,
    /// Waited after every execution, before the answer.
    pub latency: Duration,
    /// Latencies of single paths; the first pattern that matches wins over `latency`.
    pub latency_of: Vec<(PathPattern, Duration)>,
    /// Requests whose connection is dropped instead of answered.
    pub resets: Vec<Reset>,
    /// What goes wrong; its rules come before the latencies and resets above, which are short forms of rules.
    pub faults: FaultPlan,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            seed: 0,
            start: "2023-05-17T20:50:00Z".parse().expect("the default start is a timestamp"),
            deploy: Settling::After(Duration::from_secs(2)),
            undeploy: Duration::from_secs(1),
            conversion: Duration::from_secs(1),
            assay_run: Duration::from_secs(15),
            access_token_life: Duration::from_secs(3600),
            refresh_token_life: Duration::from_secs(1800),
            latency: Duration::ZERO,
            latency_of: Vec::new(),
            resets: Vec::new(),
            faults: FaultPlan::default(),
        }
    }
}

/// How a deployment goes on after `Starting`. In text: `13s`, `never`, `error` or `error:5s`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settling {
    /// It becomes `Running` after this time.
    After(Duration),
    /// It stays `Starting`.
    Never,
    /// It becomes `Error` after this time.
    Error(Duration),
}

/// How long a deployment that is told `error` takes to become one.
const DEFAULT_TIME_TO_ERROR: Duration = Duration::from_secs(2);

impl FromStr for Settling {
    type Err = OptionTextError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "never" => Ok(Self::Never),
            "error" => Ok(Self::Error(DEFAULT_TIME_TO_ERROR)),
            _ => match text.strip_prefix("error:") {
                Some(duration) => parse_duration(duration).map(Self::Error),
                None => parse_duration(text).map(Self::After),
            }
            .ok_or_else(|| OptionTextError::new("`13s`, `never`, `error` or `error:5s`", text)),
        }
    }
}

/// Requests to be dropped. In text: `PATTERN:before` or `PATTERN:after`, with `:TIMES` behind it.
#[derive(Debug, Clone)]
pub struct Reset {
    /// The paths it applies to.
    pub path: PathPattern,
    /// Whether the request is executed before its connection is dropped.
    pub when: ResetWhen,
    /// For how many requests; later ones are answered.
    pub times: u32,
}

/// When a connection is dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResetWhen {
    /// The request is not executed.
    BeforeExecution,
    /// The request is executed, its answer is lost.
    AfterExecution,
}

impl FromStr for Reset {
    type Err = OptionTextError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse_reset(text).ok_or_else(|| OptionTextError::new("`PATH:before`, `PATH:after` or `PATH:after:2`", text))
    }
}

fn parse_reset(text: &str) -> Option<Reset> {
    let (head, last) = text.rsplit_once(':')?;
    let (path, when, times) = match last.parse::<u32>() {
        Ok(times) => {
            let (path, when) = head.rsplit_once(':')?;
            (path, when, times)
        }
        Err(_) => (head, last, 1),
    };
    let when = match when {
        "before" => ResetWhen::BeforeExecution,
        "after" => ResetWhen::AfterExecution,
        _ => return None,
    };
    Some(Reset { path: path.parse().ok()?, when, times })
}

/// Reads `250ms`, `13s`, `1.5s`, `2m` or `1h`.
fn parse_duration(text: &str) -> Option<Duration> {
    let unit_at = text.find(|letter: char| letter.is_ascii_alphabetic())?;
    let (number, unit) = text.split_at(unit_at);
    let seconds_per_unit = match unit {
        "ms" => 0.001,
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        _ => return None,
    };
    let number = number.parse::<f64>().ok()?;
    Duration::try_from_secs_f64(number * seconds_per_unit).ok()
}

/// A text that is not the text form of an option.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OptionTextError {
    expected: &'static str,
    found: String,
}

impl OptionTextError {
    fn new(expected: &'static str, found: &str) -> Self {
        Self { expected, found: found.to_owned() }
    }
}

impl fmt::Display for OptionTextError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "expected {}, found `{}`", self.expected, self.found)
    }
}

impl std::error::Error for OptionTextError {}
