//! A run that is gone on with: a step as it was left, the cleanups that are owed, and what a person is asked.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use indexmap::IndexMap;

use super::failure::unplaced;
use super::outcomes::Skip;
use super::past::{Past, PastStep};
use super::recalling::received;
use super::scheduler::{Scheduler, Stop};
use crate::event::{Event, Failure, FailureKind, LeftBehind, Outcome, StepReport};
use crate::plan::Work;
use crate::render::{AnswerValues, shell_word};
use crate::value::Value;

impl Scheduler<'_> {
    /// The end of a step that counts as done: what is said of its captures, or what they were.
    pub(super) fn assumed(&self, index: usize, captures: &IndexMap<String, Value>) -> StepReport {
        StepReport {
            step: self.address_of(index).clone(),
            outcome: Outcome::Passed,
            reason: None,
            cut: false,
            failures: Vec::new(),
            captures: captures.clone(),
            ids: Vec::new(),
            attempts: 0,
            polls: 0,
            created: matches!(self.step(index).work, Work::Ensure(_)).then_some(true),
            foreseen: None,
            tolerated: false,
            elapsed: 0,
        }
    }

    /// Puts a step where it was left.
    pub(super) fn restore(&mut self, index: usize, report: StepReport, past: &Past) {
        let address = self.address_of(index).clone();
        let is_assumed = past.assumed.contains_key(&address);
        let known = past.steps.get(&address);
        if is_assumed {
            for (name, _) in self.step(index).captures.iter().filter(|(_, secret)| *secret) {
                report.captures.get(&**name).into_iter().for_each(|value| self.redactor.learn_value(value));
            }
            // Nothing was done, so that nothing that reads it is out of date.
            self.steps[index].stand.fetched = true;
            self.note_started(index);
        }
        // A mask is no value to clean up with.
        let lacking: Vec<String> = match past.goes_on() || is_assumed {
            true => Vec::new(),
            false => self.lost_to_cleanups(index, &report, past).map(str::to_owned).collect(),
        };
        let state = &mut self.steps[index];
        state.started = true;
        state.sent = true;
        state.started_at = self.now.saturating_sub(Duration::from_millis(report.elapsed));
        state.attempts = report.attempts;
        state.polls = report.polls;
        state.created = report.created;
        state.failures = report.failures;
        state.broken = report.cut || report.outcome.is_bad();
        state.stand.restored = !is_assumed;
        let own = report.captures.into_iter().filter(|(name, _)| !lacking.contains(name));
        state.own = own.map(|(name, value)| (Arc::from(name), value)).collect();
        if let Some(known) = known {
            self.steps[index].answer = last_answer(known, past);
            self.steps[index].created_by = known.creating();
        }
        let has_cleanup = !self.step(index).cleanup.is_empty();
        if has_cleanup && (past.owed.contains_key(&address) || is_assumed && report.outcome.is_passed()) {
            self.steps[index].armed = true;
            self.closing.armed.push(index);
            if !past.owed.contains_key(&address) {
                self.journal(Event::CleanupArmed { step: address });
            }
        }
        let captures = if report.outcome.is_passed() { self.steps[index].own.clone() } else { HashMap::new() };
        self.settle(index, report.outcome, captures, report.reason);
    }

    /// A step that is not begun any more: the run is only being ended.
    pub(super) fn leave_undone(&mut self, index: usize) {
        let skip = Skip { reason: "not started, because the run is only being ended".to_owned(), broken: true };
        self.skip(index, skip);
    }

    /// Stops the run: someone has to say whether a step is done again. What is known of it stays known.
    pub(super) fn ask(&mut self, index: usize, why: &str) {
        let address = self.address_of(index).clone();
        self.questions.push(question(address.as_str(), why, self.step(index).captures.iter().map(|(name, _)| &**name)));
        self.steps[index].stand.restored = true;
        self.steps[index].broken = true;
        let known = self.past.and_then(|past| past.steps.get(&address)).and_then(|known| known.report.as_ref());
        if let Some(report) = known {
            let own = report.captures.iter().map(|(name, value)| (Arc::from(name.as_str()), value.clone()));
            self.steps[index].own = own.collect();
        }
        self.is_owed(index);
        self.stop_to_ask();
        self.settle(index, Outcome::Errored, HashMap::new(), None);
    }

    /// Nothing new begins: someone has to say how to go on.
    pub(super) fn stop_to_ask(&mut self) {
        if self.stop.is_none() {
            self.stop = Some(Stop::Asking);
            self.cut_waits();
        }
    }

    /// Whether the run owes a cleanup for what a step has found: then an earlier process of it has made that.
    pub(super) fn is_owed(&mut self, index: usize) -> bool {
        let address = self.address_of(index).clone();
        let Some(past) = self.past.filter(|past| past.owed.contains_key(&address)) else { return false };
        if !self.steps[index].armed {
            self.steps[index].armed = true;
            self.steps[index].created_by = past.steps.get(&address).and_then(PastStep::creating);
            self.closing.armed.push(index);
        }
        true
    }

    /// Brings the cleanups that are owed into the order of creation, and names those whose steps were not reached.
    pub(super) fn order_owed(&mut self) {
        let Some(past) = self.past else { return };
        let mut armed = std::mem::take(&mut self.closing.armed);
        armed.sort_by_key(|step| past.owed.get_index_of(self.address_of(*step)).unwrap_or(usize::MAX));
        let reached: Vec<_> = armed.iter().map(|step| self.address_of(*step).clone()).collect();
        self.closing.armed = armed;
        for step in past.owed.keys().filter(|step| !reached.contains(step)) {
            let request = past.steps.get(step).and_then(PastStep::creating).unwrap_or_default();
            if self.left_behind.iter().any(|left| left.step == *step && left.request == request) {
                continue;
            }
            self.left_behind.push(LeftBehind {
                step: step.clone(),
                request,
                reason: "its cleanup could not be made ready: its step was not reached again".to_owned(),
            });
        }
    }
}

/// What is asked of a person about a step.
pub(super) fn question<'a>(address: &str, why: &str, captures: impl Iterator<Item = &'a str>) -> Failure {
    let values: String = captures.map(|name| format!(" --var {name}=…")).collect();
    let mut failure = unplaced(FailureKind::Undecided, format!("`{address}`: {why}"));
    let word = shell_word(address);
    failure.help =
        Some(format!("`--redo {word}` does it again; `--assume-done {word}{values}` goes on without doing it"));
    failure
}

fn last_answer(known: &PastStep, past: &Past) -> Option<AnswerValues> {
    let last = known.exchanges.iter().max_by_key(|exchange| exchange.call)?;
    let answer = last.answer.as_ref()?;
    Some(received(&last.request, answer, past).values(last.attempt))
}
