//! Folds events into a record, each in constant time.
//!
//! A fold never fails. An event that fits nothing (an answer to a request nobody sent) is left out: the journal's
//! checksums and numbers have shown that it was written like this, and a view of the rest is worth more than none.

use super::{CleanupRecord, Place, Record, StepRecord, TokenFetch, Try, TryResult};
use crate::event::{
    CallId, Effect, Envelope, Event, Extent, Outcome, PlannedStep, Resumed, Role, RunStarted, Sending, StepReport,
};
use crate::id::Address;

impl Record {
    /// The record of a journal.
    pub fn fold(events: impl IntoIterator<Item = Envelope>) -> Self {
        let mut record = Record::default();
        for envelope in events {
            record.take(envelope);
        }
        record
    }

    /// Adds the next event.
    pub fn apply(&mut self, envelope: &Envelope) {
        self.take(envelope.clone());
    }

    /// Adds the next event without copying it.
    pub fn take(&mut self, envelope: Envelope) {
        let Envelope { n, at, .. } = envelope;
        self.at = self.at.max(at);
        match envelope.event {
            Event::RunStarted(started) => self.start(*started),
            Event::Resumed(resumed) => self.resume(*resumed, n),
            Event::StepStarted { step, again } => {
                let step = self.step_mut(&step);
                (step.started, step.ended, step.began, step.again) = (Some(at), None, Some(n), again);
                if !again {
                    (step.report, step.over) = (None, None);
                }
            }
            Event::Expanded { step, steps, digest } => {
                self.step_mut(&step).digest = Some(digest);
                let of_items = steps.first().is_some_and(|first| {
                    first.step.as_str().get(step.as_str().len()..).is_some_and(|rest| rest.starts_with('['))
                });
                self.step_mut(&step).of_items = of_items;
                steps.into_iter().for_each(|planned| self.plan(planned));
            }
            Event::Sending(sending) => self.send(*sending, at),
            Event::Answered { call, answer } => self.end_try(call, at, TryResult::Answer(*answer)),
            Event::Unanswered { call, error, unknown } => self.end_try(call, at, TryResult::Error { error, unknown }),
            Event::Decided { call, decision } => {
                if let Some(try_) = self.try_mut(call) {
                    try_.decision = Some(decision);
                }
            }
            Event::CleanupArmed { step } => self.arm(step, n, at),
            Event::StepFinished(report) => self.end_step(*report, n, at),
            Event::Closing { .. } => {
                self.stopped_early |= self.interrupts > 0 || self.deadline_passed.is_some();
                self.closing = Some(at);
            }
            Event::CleanupStarted { step } => self.cleanup_mut(&step).started = Some(at),
            Event::CleanupFinished { step, outcome, failures, by_steps } => {
                if outcome.is_passed() && !by_steps {
                    let undone = self.step_mut(&step);
                    (undone.counted_from, undone.last_passed) = (undone.tries.len(), None);
                    undone.reopened = Some(n);
                }
                let cleanup = self.cleanup_mut(&step);
                (cleanup.ended, cleanup.outcome, cleanup.failures) = (Some(at), Some(outcome), failures);
            }
            Event::Interrupted { times } => self.interrupts = times,
            Event::DeadlinePassed => self.deadline_passed = Some(at),
            Event::RunFinished(finished) => self.finished = Some(*finished),
            Event::HandedOver { to } => self.handed_over = Some(to),
            Event::SnapshotDiffers { failures, .. } => {
                if let Some(finished) = &mut self.finished {
                    finished.outcome = Outcome::Failed;
                    finished.failures.extend(failures);
                }
            }
        }
    }

    fn arm(&mut self, step: Address, n: u64, at: u64) {
        let cleanup = self.cleanup_mut(&step);
        let tries = std::mem::take(&mut cleanup.tries);
        let counted_from = tries.len();
        // What is owed already keeps its place in the order of creation.
        let is_owed = cleanup.is_owed();
        let since = cleanup.since.filter(|_| is_owed).or(Some(n));
        *cleanup = CleanupRecord { armed: Some(at), since, tries, counted_from, ..CleanupRecord::new(step) };
    }

    fn end_step(&mut self, report: StepReport, n: u64, at: u64) {
        let step = self.step_mut(&report.step);
        if report.outcome.is_passed() {
            step.last_passed = Some(report.clone());
        }
        if std::mem::take(&mut step.assumed) {
            step.decided.extend(step.tries.len().checked_sub(1));
        }
        // What a later process says of a step that was skipped before is no news of it.
        let is_skip = |report: &StepReport| report.outcome == Outcome::Skipped && report.stands();
        let is_told_again = is_skip(&report) && step.report.as_ref().is_some_and(is_skip);
        step.over = step.over.filter(|_| step.again || is_told_again).or(Some(n));
        (step.ended, step.report) = (Some(at), Some(report));
    }

    /// Lets the tries of a step go: for a view that has told of the step and will not look at them again.
    pub fn forget_tries(&mut self, step: &Address) {
        let index = self.step_index(step);
        for exchange in std::mem::take(&mut self.steps[index].tries) {
            self.calls.remove(&exchange.call);
        }
    }

    fn start(&mut self, started: RunStarted) {
        started.steps.iter().for_each(|planned| self.plan(planned.clone()));
        self.started = Some(started);
    }

    /// A new process: what did not pass before is open again, unless the run is only being ended.
    fn resume(&mut self, resumed: Resumed, n: u64) {
        if let Some(started) = &mut self.started {
            if !resumed.sources.is_empty() {
                started.sources = resumed.sources;
            }
            started.inputs.extend(resumed.inputs);
        }
        resumed.steps.into_iter().for_each(|planned| self.plan(planned));
        for step in &mut self.steps {
            step.assumed = resumed.assumed.iter().any(|assumed| assumed == step.step.as_str());
            let is_redone = |address: Address| resumed.redo.iter().any(|redo| redo == address.as_str());
            if !resumed.redo.is_empty() && step.step.lineage().any(is_redone) {
                step.reopened = Some(n);
            }
        }
        self.resumes.push((resumed.resumed, self.at));
        // Whoever asked an earlier process to stop has not asked this one.
        (self.finished, self.interrupts) = (None, 0);
        if resumed.extent == Extent::Steps {
            (self.closing, self.stopped_early, self.deadline_passed) = (None, false, None);
        }
        // One that was skipped for no fault is looked at again, and stays as it is until then.
        for step in self.steps.iter_mut().filter(|step| !step.report.as_ref().is_some_and(StepReport::stands)) {
            match step.standing().filter(|standing| standing.stands()).cloned() {
                // It passed before it was done once more for what was not kept of it.
                Some(standing) => step.report = Some(standing),
                None if resumed.extent == Extent::Steps => {
                    (step.started, step.ended, step.report) = (None, None, None);
                }
                None => {}
            }
        }
    }

    fn plan(&mut self, planned: PlannedStep) {
        let step = planned.step.clone();
        self.step_mut(&step).planned = Some(planned);
    }

    fn send(&mut self, sending: Sending, at: u64) {
        let (call, step) = (sending.call, sending.step.clone());
        let place = match sending.role.clone() {
            Role::Token(provider) => {
                self.tokens.push(TokenFetch { provider, step, exchange: Try::new(sending, at) });
                Place::Token(self.tokens.len() - 1)
            }
            Role::Cleanup(_) => {
                let cleanup = self.cleanup_index(&step);
                let tries = &mut self.cleanups[cleanup].tries;
                add(tries, Try::new(sending, at));
                Place::Cleanup { cleanup, index: tries.len() - 1 }
            }
            Role::Main | Role::Find(_) | Role::Create | Role::Update => {
                let is_owed = self.cleanup(&step).is_some_and(CleanupRecord::is_owed);
                let step = self.step_index(&step);
                let is_first = sending.attempt == 1 && sending.poll <= 1 && sending.effect == Effect::Once;
                if is_first && (is_owed || sending.role == Role::Main) {
                    self.steps[step].note_doubled();
                }
                let tries = &mut self.steps[step].tries;
                add(tries, Try::new(sending, at));
                Place::Step { step, index: tries.len() - 1 }
            }
        };
        self.calls.insert(call, place);
    }

    fn end_try(&mut self, call: CallId, at: u64, result: TryResult) {
        if let Some(try_) = self.try_mut(call) {
            (try_.ended, try_.result) = (Some(at), result);
        }
    }

    fn try_mut(&mut self, call: CallId) -> Option<&mut Try> {
        Some(match *self.calls.get(&call)? {
            Place::Step { step, index } => &mut self.steps[step].tries[index],
            Place::Cleanup { cleanup, index } => &mut self.cleanups[cleanup].tries[index],
            Place::Token(index) => &mut self.tokens[index].exchange,
        })
    }

    fn step_mut(&mut self, address: &Address) -> &mut StepRecord {
        let index = self.step_index(address);
        &mut self.steps[index]
    }

    /// The step's place; a step that was not there is put under the nearest of its ancestors that is.
    fn step_index(&mut self, address: &Address) -> usize {
        if let Some(index) = self.by_address.get(address) {
            return *index;
        }
        let index = self.steps.len();
        let ancestor = std::iter::successors(address.parent(), Address::parent)
            .find_map(|ancestor| self.by_address.get(&ancestor).copied());
        let depth = ancestor.map_or(0, |ancestor| self.steps[ancestor].depth + 1);
        self.steps.push(StepRecord::new(address.clone(), None, depth));
        match ancestor {
            Some(ancestor) => self.steps[ancestor].children.push(index),
            None => self.roots.push(index),
        }
        self.by_address.insert(address.clone(), index);
        index
    }

    fn cleanup_mut(&mut self, address: &Address) -> &mut CleanupRecord {
        let index = self.cleanup_index(address);
        &mut self.cleanups[index]
    }

    fn cleanup_index(&mut self, address: &Address) -> usize {
        *self.cleanup_of.entry(address.clone()).or_insert_with(|| {
            self.cleanups.push(CleanupRecord::new(address.clone()));
            self.cleanups.len() - 1
        })
    }
}

/// Adds a try. Nearly every step has one, and a list would make room for four.
fn add(tries: &mut Vec<Try>, new: Try) {
    if tries.is_empty() {
        tries.reserve_exact(1);
    }
    tries.push(new);
}
