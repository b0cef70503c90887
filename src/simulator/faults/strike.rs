//! The plan at work: counts requests and says of each what strikes it.

use std::collections::HashMap;
use std::fmt;
use std::time::Duration;

use serde::Serialize;

use super::chance::Chance;
use super::plan::{Cut, Effect, FaultPlan, FaultRule, Latency};
use crate::simulator::options::{Options, ResetWhen};
use crate::simulator::path_pattern::PathPattern;

/// The rules of one simulator and what they have seen.
#[derive(Debug)]
pub(in crate::simulator) struct Faults {
    seed: u64,
    rules: Vec<(FaultRule, Used)>,
    /// How many requests there were, by `METHOD PATH`.
    counts: HashMap<String, u64>,
}

/// How often a rule has struck.
type Used = u64;

/// What strikes one request.
#[derive(Debug, Default)]
pub(in crate::simulator) struct Strike {
    pub(in crate::simulator) latency: Duration,
    pub(in crate::simulator) effect: Option<Effect>,
    pub(in crate::simulator) drip: Option<Duration>,
    pub(in crate::simulator) refuse: Option<Duration>,
    pub(in crate::simulator) hits: Vec<Hit>,
}

/// A fault that has hit, for the log.
#[derive(Debug, Clone, Serialize)]
pub(in crate::simulator) struct Hit {
    rule: String,
    effect: String,
}

impl Faults {
    /// The rules of the plan, and behind them what `--reset` and `--latency` say.
    pub(in crate::simulator) fn new(options: &Options) -> Self {
        let FaultPlan { seed, rules } = options.faults.clone();
        let resets = options.resets.iter().map(FaultRule::from);
        let latencies = options.latency_of.iter().map(|(path, latency)| constant(path.clone(), *latency));
        let everywhere: PathPattern = "**".parse().expect("two stars are a pattern");
        let general = (!options.latency.is_zero()).then(|| constant(everywhere, options.latency));
        let rules = rules.into_iter().chain(resets).chain(latencies).chain(general);
        Self {
            seed: seed.unwrap_or(options.seed),
            rules: rules.map(|rule| (rule, 0)).collect(),
            counts: HashMap::new(),
        }
    }

    /// What strikes this request.
    pub(in crate::simulator) fn strike(&mut self, method: &str, path: &str) -> Strike {
        let mut strike = Strike::default();
        if self.rules.is_empty() {
            return strike;
        }
        let request = format!("{method} {path}");
        let n = self.counts.get(&request).map_or(1, |count| count + 1);
        let mut is_slow = false;
        for (index, (rule, used)) in self.rules.iter_mut().enumerate() {
            if !rule.covers(method, path, n) || rule.times.is_some_and(|times| *used >= times) {
                continue;
            }
            let mut chance = Chance::of(self.seed, index, &request, n);
            if chance.happens(rule.probability) && strike.add(rule, &mut chance, &mut is_slow) {
                *used += 1;
            }
        }
        self.counts.insert(request, n);
        strike
    }
}

/// `--latency` is a rule that strikes always.
fn constant(path: PathPattern, latency: Duration) -> FaultRule {
    let name = format!("--latency {path}");
    FaultRule { name, latency: Some(Latency::Fixed(latency)), ..FaultRule::on(path) }
}

impl Strike {
    /// Adds what no earlier rule has decided; whether there was something.
    fn add(&mut self, rule: &FaultRule, chance: &mut Chance, is_slow: &mut bool) -> bool {
        let before = self.hits.len();
        let mut hit = |effect: String| self.hits.push(Hit { rule: rule.name.clone(), effect });
        if let (false, Some(latency)) = (*is_slow, rule.latency) {
            *is_slow = true;
            self.latency = chance.latency(latency);
            hit(format!("latency {}ms", self.latency.as_millis()));
        }
        if let (None, Some(effect)) = (&self.effect, &rule.effect) {
            self.effect = Some(effect.clone());
            hit(effect.to_string());
        }
        if let (None, Some(drip)) = (self.drip, rule.drip) {
            self.drip = Some(drip);
            hit(format!("drip {}ms", drip.as_millis()));
        }
        if let (None, Some(refuse)) = (self.refuse, rule.refuse) {
            self.refuse = Some(refuse);
            hit(format!("refuse {}ms", refuse.as_millis()));
        }
        self.hits.len() > before
    }
}

impl fmt::Display for Effect {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Effect::Reset(ResetWhen::BeforeExecution) => formatter.write_str("reset before"),
            Effect::Reset(ResetWhen::AfterExecution) => formatter.write_str("reset after"),
            Effect::Status(status) => write!(formatter, "status {}", status.status),
            Effect::Truncate(Cut::Half) => formatter.write_str("truncate half"),
            Effect::Truncate(Cut::After(bytes)) => write!(formatter, "truncate {bytes}"),
            Effect::Malformed => formatter.write_str("malformed"),
            Effect::ExpireToken => formatter.write_str("expire_token"),
        }
    }
}
