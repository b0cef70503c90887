//! One rule of a plan of faults: what the shape of its keys does not say.

use std::ops::RangeInclusive;
use std::time::Duration;

use crate::diagnostic::{Diagnostic, rule};
use crate::expression::parse_duration;
use crate::playbook::tree::{Entry, Mapping, Node};
use crate::simulator::{Cut, Effect, FaultBody, FaultRule, FaultStatus, Latency, PathPattern, ResetWhen};

/// The keys that do something.
const EFFECTS: [&str; 8] = ["latency", "status", "reset", "truncate", "malformed", "expire_token", "drip", "refuse"];

/// The keys that say something of the answer that `status` gives.
const OF_STATUS: [&str; 3] = ["retry_after", "body", "execute"];

/// Connections are refused for so long at most.
const LONGEST_REFUSAL: Duration = Duration::from_secs(60 * 60);

/// The rule; `None` where the node is no mapping, which has been said.
pub(super) fn read(index: usize, node: &Node, found: &mut Vec<Diagnostic>) -> Option<FaultRule> {
    let mut rule = Rule { keys: node.as_mapping()?, found };
    let path = rule.path();
    let read = FaultRule {
        name: rule.text("name").map_or_else(|| format!("rule {}", index + 1), str::to_owned),
        method: rule.text("method").map(str::to_owned),
        calls: rule.calls(),
        every: rule.number("every"),
        probability: rule.probability(),
        times: rule.number("times"),
        latency: rule.latency(),
        effect: rule.effect(),
        drip: rule.time("drip"),
        refuse: rule.refusal(),
        ..FaultRule::on(path)
    };
    rule.contradictions();
    rule.does_something(node);
    Some(read)
}

/// A rule that is being read.
struct Rule<'a> {
    keys: &'a Mapping,
    found: &'a mut Vec<Diagnostic>,
}

impl<'a> Rule<'a> {
    fn node(&self, key: &str) -> Option<&'a Node> {
        self.keys.get(key).map(|entry| &entry.value)
    }

    fn text(&self, key: &str) -> Option<&'a str> {
        self.node(key)?.as_scalar().map(|scalar| &*scalar.text.text)
    }

    fn number(&self, key: &str) -> Option<u64> {
        self.node(key)?.as_scalar()?.value.as_i64()?.try_into().ok()
    }

    fn is_true(&self, key: &str) -> bool {
        self.node(key).and_then(|node| node.as_scalar()?.value.as_bool()) == Some(true)
    }

    fn bad(&mut self, node: &Node, message: String, help: &str) {
        self.found.push(Diagnostic::new(rule::BAD_FAULT, node.span, message).help(help));
    }

    fn path(&mut self) -> PathPattern {
        let everywhere = || "**".parse().expect("two stars are a pattern");
        let Some((node, text)) = self.node("path").zip(self.text("path")) else { return everywhere() };
        text.parse().unwrap_or_else(|_| {
            self.bad(
                node,
                format!("`path`: `{text}` is no path"),
                "begin it with `/`, such as `/v1/api/*/list`, or with `*`",
            );
            everywhere()
        })
    }

    fn calls(&mut self) -> Vec<RangeInclusive<u64>> {
        let Some(node) = self.node("calls") else { return Vec::new() };
        let items = node.as_sequence().unwrap_or(std::slice::from_ref(node));
        if node.as_sequence().is_some_and(<[Node]>::is_empty) {
            self.bad(
                node,
                "`calls` is empty".to_owned(),
                "name some requests, such as `[1, 4-6]`, or take the key out",
            );
        }
        let mut calls = Vec::new();
        for item in items {
            let Some(scalar) = item.as_scalar().filter(|_| !item.is_null()) else { continue };
            match range(&scalar.text.text) {
                Some(range) => calls.push(range),
                None => {
                    let message = format!("`calls`: `{}` names no requests", scalar.text.text);
                    self.bad(
                        item,
                        message,
                        "the first request is `1`; write `2-4` for a range, `7-` for all from the seventh on",
                    );
                }
            }
        }
        calls
    }

    fn probability(&mut self) -> f64 {
        let Some(node) = self.node("probability") else { return 1.0 };
        let told = node.as_scalar().and_then(|scalar| scalar.value.as_f64());
        if told == Some(0.0) {
            self.bad(node, "`probability` is 0: the rule never strikes".to_owned(), "write `0.2` for one in five");
        }
        told.unwrap_or(1.0)
    }

    /// A time above zero; what is no duration at all has been said.
    fn time_of(&mut self, key: &str, node: &Node) -> Option<Duration> {
        let text = &*node.as_scalar()?.text.text;
        match parse_duration(text) {
            Ok(time) if time.is_zero() => {
                self.bad(
                    node,
                    format!("`{key}` is no time at all"),
                    "write a duration such as `200ms`, or take the key out",
                );
                None
            }
            Ok(time) => Some(time),
            Err(_) => {
                self.template(key, node, text);
                None
            }
        }
    }

    /// A template, which the shape of a duration lets pass.
    fn template(&mut self, key: &str, node: &Node, text: &str) {
        if text.contains("{{") {
            let message = format!("`{key}`: a plan of faults has no templates, found `{text}`");
            self.bad(node, message, "write a duration such as `2s`");
        }
    }

    fn time(&mut self, key: &str) -> Option<Duration> {
        let node = self.node(key)?;
        self.time_of(key, node)
    }

    /// For how long connections are refused: a unit taken for another one would end every run.
    fn refusal(&mut self) -> Option<Duration> {
        let (node, time) = (self.node("refuse")?, self.time("refuse")?);
        if time > LONGEST_REFUSAL {
            let found = node.as_scalar().map_or("", |scalar| &scalar.text.text);
            self.bad(
                node,
                format!("`refuse` takes at most an hour, not `{found}`"),
                "write a shorter duration such as `2s`; to be refused for good, name an address where nothing listens",
            );
            return None;
        }
        Some(time)
    }

    fn latency(&mut self) -> Option<Latency> {
        let node = self.node("latency")?;
        let Some(keys) = node.as_mapping() else {
            return self.time_of("latency", node).map(Latency::Fixed);
        };
        let (middle, width, other) =
            if keys.get("mean").is_some() { ("mean", "deviation", "p99") } else { ("median", "p99", "deviation") };
        let middle_entry = keys.get(middle)?;
        if let Some(entry) = keys.get(other) {
            let message = format!("`{other}` does not go with `{middle}`");
            let error = Diagnostic::new(rule::CONFLICTING_KEYS, entry.key.span, message);
            self.found.push(error.also(middle_entry.key.span, "by this key").help(DISTRIBUTIONS));
        }
        let Some(width_entry) = keys.get(width) else {
            let message = format!("`{middle}` needs `{width}` beside it");
            self.found.push(Diagnostic::new(rule::MISSING_KEY, middle_entry.key.span, message).help(DISTRIBUTIONS));
            return None;
        };
        let (low, high) = (self.time_of(middle, &middle_entry.value), self.time_of(width, &width_entry.value));
        let (low, high) = low.zip(high)?;
        if middle == "mean" {
            return Some(Latency::Normal { mean: low, deviation: high });
        }
        if high <= low {
            self.bad(
                &width_entry.value,
                "`p99` is not above `median`".to_owned(),
                "most answers are quicker than `p99`: write a longer time",
            );
        }
        Some(Latency::LongTail { median: low, p99: high })
    }

    fn effect(&mut self) -> Option<Effect> {
        if let Some(status) = self.status() {
            return Some(Effect::Status(status));
        }
        match self.text("reset") {
            Some("before") => return Some(Effect::Reset(ResetWhen::BeforeExecution)),
            Some("after") => return Some(Effect::Reset(ResetWhen::AfterExecution)),
            _ => {}
        }
        if let Some(cut) = self.cut() {
            return Some(Effect::Truncate(cut));
        }
        if self.is_true("malformed") {
            return Some(Effect::Malformed);
        }
        self.is_true("expire_token").then_some(Effect::ExpireToken)
    }

    fn cut(&mut self) -> Option<Cut> {
        let node = self.node("truncate")?;
        let text = &*node.as_scalar().filter(|_| !node.is_null())?.text.text;
        match text.parse() {
            Ok(bytes) => Some(Cut::After(bytes)),
            Err(_) if text == "half" => Some(Cut::Half),
            Err(_) => {
                let message = format!("`truncate` takes `half` or a number of bytes, not `{text}`");
                self.bad(node, message, "write `half`, or `100` to let the first 100 bytes come");
                None
            }
        }
    }

    fn status(&mut self) -> Option<FaultStatus> {
        let node = self.node("status")?;
        let told = self.number("status").filter(|status| *status >= 200)?;
        let Some(status) = u16::try_from(told).ok().filter(|status| *status < 600) else {
            self.bad(node, format!("`status` is {told}"), "statuses of answers go from 200 to 599");
            return None;
        };
        let body = self.keys.get("body").and_then(|entry| self.body(entry, status));
        Some(FaultStatus { status, retry_after: self.retry_after(), body, execute: self.is_true("execute") })
    }

    fn body(&mut self, entry: &Entry, status: u16) -> Option<FaultBody> {
        if matches!(status, 204 | 304) {
            let message = format!("an answer with status {status} has no body");
            let error = Diagnostic::new(rule::CONFLICTING_KEYS, entry.key.span, message);
            self.found.push(error.help("take `body` out, or choose another status"));
        }
        match entry.value.as_str() {
            Some(text) => Some(FaultBody::Text(text.to_owned())),
            None => serde_json::to_value(entry.value.to_value()).ok().map(FaultBody::Json),
        }
    }

    fn retry_after(&mut self) -> Option<u64> {
        let node = self.node("retry_after")?;
        let text = &*node.as_scalar()?.text.text;
        let Ok(time) = parse_duration(text) else {
            self.template("retry_after", node, text);
            return None;
        };
        if time.subsec_nanos() != 0 {
            let help = "HTTP counts it in whole seconds: write `1s`, or `0s` for at once";
            self.bad(node, "`retry_after` is not a whole number of seconds".to_owned(), help);
        }
        Some(time.as_secs())
    }

    /// Keys that say something of an answer that is not given.
    fn contradictions(&mut self) {
        if self.keys.get("status").is_none() {
            for entry in OF_STATUS.iter().filter_map(|key| self.keys.get(key)) {
                let key = &entry.key.text;
                let message = format!("`{key}` belongs to an answer that `status` gives, and there is no `status`");
                let error = Diagnostic::new(rule::MISSING_KEY, entry.key.span, message);
                self.found.push(error.help(format!("add `status: 503`, or take `{key}` out")));
            }
        }
        if let Some((drip, reset)) = self.keys.get("drip").zip(self.keys.get("reset")) {
            let message = "`drip` and `reset` exclude each other".to_owned();
            let error = Diagnostic::new(rule::CONFLICTING_KEYS, drip.key.span, message);
            self.found.push(
                error
                    .also(reset.key.span, "here is no answer")
                    .help("keep one of them; `truncate` lets an answer break off"),
            );
        }
    }

    fn does_something(&mut self, node: &Node) {
        let is_off = |key: &str| {
            self.node(key).is_some_and(|node| node.as_scalar().and_then(|one| one.value.as_bool()) == Some(false))
        };
        let does = EFFECTS.iter().any(|key| self.keys.get(key).is_some() && !is_off(key));
        // A key that is unknown may be one of these, misspelt; that has been said.
        let known = |entry: &Entry| crate::playbook::fields::FAULT_RULE.field(&entry.key.text).is_some();
        if does || !self.keys.iter().all(known) {
            return;
        }
        let span = self.keys.iter().next().map_or(node.span, |entry| entry.key.span);
        let names: Vec<String> = EFFECTS.iter().map(|key| format!("`{key}`")).collect();
        let error = Diagnostic::new(rule::BAD_FAULT, span, "the rule does nothing");
        self.found.push(error.help(format!("add one of {}", names.join(", "))));
    }
}

const DISTRIBUTIONS: &str = "write `{ mean: 200ms, deviation: 50ms }`, or `{ median: 100ms, p99: 3s }` for a long tail";

/// `3`, `2-4` or `7-`.
fn range(text: &str) -> Option<RangeInclusive<u64>> {
    let number = |text: &str| text.trim().parse::<u64>().ok().filter(|number| *number > 0);
    match text.split_once('-') {
        None => number(text).map(|only| only..=only),
        Some((first, "")) => number(first).map(|first| first..=u64::MAX),
        Some((first, last)) => {
            number(first).zip(number(last)).map(|(first, last)| first..=last).filter(|range| !range.is_empty())
        }
    }
}
