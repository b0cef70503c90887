//! The end of a run: the steps of `finally`, the cleanups, the outputs.

use std::collections::HashSet;

use indexmap::IndexMap;

use super::CleanupWhen;
use super::calling::Outputs;
use super::failure;
use super::frames::{Frame, ROOT};
use super::machine::{End, MachineId, Owner};
use super::outcomes::StepState;
use super::scheduler::{Command, Scheduler, Stop};
use crate::event::{Event, Failure, FailureKind, LeftBehind, Outcome, Role, RunFinished};
use crate::plan::{Cleanup, Work};
use crate::value::{Object, Value};

/// How far the end has come.
#[derive(Clone, Debug, Default)]
pub(super) struct Closing {
    /// Whether the main steps are over.
    pub(super) begun: bool,
    /// The steps whose cleanup is owed, in order of creation.
    pub(super) armed: Vec<usize>,
    /// The step whose cleanup is under way.
    pub(super) cleaning: Option<usize>,
    /// Whether the outputs wait for a file.
    pub(super) outputs_wait: bool,
    /// Whether the run is over.
    pub(super) finished: bool,
    /// Whether it has been decided if anything is cleaned up.
    decided: bool,
    /// Why nothing is cleaned up.
    pub(super) kept: Option<&'static str>,
    /// Whether the time for cleaning up runs.
    pub(super) limited: bool,
    /// Whether it is over.
    pub(super) expired: bool,
    /// Steps whose request a cleanup has used.
    borrowed: HashSet<usize>,
    /// How the cleanup under way stands so far.
    outcome: Option<Outcome>,
    failures: Vec<Failure>,
}

impl Scheduler<'_> {
    /// From now on the step's cleanup is owed, if the answer was 2xx and the step has one.
    pub(super) fn arm_cleanup(&mut self, id: MachineId, owner: &Owner, success: bool) {
        let Owner::Step { step, role: Role::Main | Role::Create } = owner else { return };
        let owed = !self.options.refresh && !self.step(*step).cleanup.is_empty() && !self.steps[*step].armed;
        if owed && success {
            self.steps[*step].armed = true;
            self.steps[*step].created_by = self.machines[&id].sent.clone();
            self.closing.armed.push(*step);
            self.journal(Event::CleanupArmed { step: self.address_of(*step).clone() });
        }
    }

    /// Moves on when a phase is over; true where something may have become ready.
    pub(super) fn advance_phase(&mut self) -> bool {
        if self.frames[ROOT].unfinished > 0 && self.break_locks() {
            return true;
        }
        if self.frames[ROOT].unfinished > 0 || self.closing.finished || self.closing.outputs_wait {
            return false;
        }
        if !self.closing.begun {
            self.begin_closing();
            return true;
        }
        if self.closing.cleaning.is_some() {
            return false;
        }
        if !self.closing.decided {
            self.closing.decided = true;
            self.closing.kept = self.why_kept();
            self.order_owed();
        }
        match self.closing.armed.pop() {
            Some(step) => self.begin_cleanup(step),
            None => self.finish(),
        }
        true
    }

    fn begin_closing(&mut self) {
        self.closing.begun = true;
        self.journal(Event::Closing { cleanups: self.closing.armed.len() });
        self.begin_finally(ROOT);
    }

    /// `run` in `finally`: the outcome so far and every failure.
    pub(super) fn run_value(&self, frame: usize) -> Value {
        let inside = |(index, _): &(usize, &StepState)| self.is_inside(*index, frame);
        let failures = self.steps.iter().enumerate().filter(inside).flat_map(|(index, state)| {
            state.failures.iter().map(move |failure| {
                let mut members = Object::default();
                members.insert("step".into(), Value::from(self.address_of(index).shared()));
                members.insert("message".into(), Value::from(failure.message.clone()));
                Value::object(members)
            })
        });
        let mut run = Object::default();
        run.insert("outcome".into(), Value::from(self.outcome_so_far(frame).as_str()));
        run.insert("failures".into(), Value::array(failures.collect()));
        Value::object(run)
    }

    /// Whether the steps of a `finally` are looked at: not where someone has to be asked first. Where only the cleanups of
    /// a run are left, none is begun, but what they have made before is cleaned up as well.
    pub(super) fn does_finally(&self) -> bool {
        self.stop != Some(Stop::Asking)
    }

    /// Whether a step belongs to a frame, or to one that is called from there.
    fn is_inside(&self, index: usize, frame: usize) -> bool {
        frame == ROOT || self.around(index).any(|index| self.steps[index].frame == frame)
    }

    /// How the run ends.
    fn outcome(&self) -> Outcome {
        self.outcome_so_far(ROOT)
    }

    /// How a frame ends, if it is stopped now.
    fn outcome_so_far(&self, frame: usize) -> Outcome {
        match self.outcome_of(frame) {
            Outcome::Passed if self.stop.is_some() || self.is_cut_short(frame) => Outcome::Errored,
            outcome => outcome,
        }
    }

    /// How a frame ends: failed wins over errored. What went wrong with cleanups is the run's.
    pub(super) fn outcome_of(&self, frame: usize) -> Outcome {
        let Frame { first, plan, .. } = self.frames[frame];
        let own = first..first + plan.steps.len() + plan.finally.len();
        let bad = own.filter(|index| !self.step(*index).continue_on_error).map(|index| &self.steps[index]);
        let mut outcome =
            if frame != ROOT || self.cleanup_failures.is_empty() { Outcome::Passed } else { Outcome::Errored };
        for state in bad {
            match state.outcome {
                Some(Outcome::Failed) => return Outcome::Failed,
                Some(Outcome::Errored) => outcome = Outcome::Errored,
                _ => {}
            }
        }
        outcome
    }

    /// Decided once, before the first cleanup: one that fails does not keep the others from running.
    fn why_kept(&self) -> Option<&'static str> {
        if self.stop == Some(Stop::Asking) {
            return Some("kept, since the run has stopped to ask");
        }
        match self.options.cleanup {
            CleanupWhen::Always => None,
            CleanupWhen::Never => Some("kept, as `--keep` says"),
            CleanupWhen::Passed if self.outcome().is_passed() => None,
            CleanupWhen::Passed => Some("kept, as `--keep-on-failure` says"),
        }
    }

    fn begin_cleanup(&mut self, step: usize) {
        if self.needs_no_cleanup(step) {
            return self.settle_cleanup(step);
        }
        if let Some(reason) = self.closing.kept {
            self.leave_behind(step, reason.to_owned());
            return;
        }
        self.limit_cleanups();
        self.closing.cleaning = Some(step);
        self.closing.outcome = None;
        self.closing.failures.clear();
        self.journal(Event::CleanupStarted { step: self.address_of(step).clone() });
        if self.past.is_some_and(|past| past.is_cleanup_assumed(self.address_of(step))) {
            return self.end_cleanup(step);
        }
        self.next_cleanup_request(step, 0);
    }

    /// Whether steps of the playbook have done all that would clean up after the step.
    fn needs_no_cleanup(&self, step: usize) -> bool {
        let settled =
            |cleanup: &Cleanup| matches!(cleanup, Cleanup::Step(other) if self.is_settled(self.beside(step, *other)));
        self.step(step).cleanup.iter().all(settled)
    }

    /// The cleanup is owed no more.
    fn settle_cleanup(&mut self, step: usize) {
        let step = self.address_of(step).clone();
        let failures = Vec::new();
        self.journal(Event::CleanupFinished { step, outcome: Outcome::Passed, failures, by_steps: true });
    }

    /// The step of that index in the plan that `step` belongs to.
    fn beside(&self, step: usize, planned: usize) -> usize {
        self.frame_of(step).first + planned
    }

    /// Whether a step that stands for a cleanup has done its part.
    fn is_settled(&self, other: usize) -> bool {
        self.steps[other].outcome.is_some_and(Outcome::is_passed) || self.closing.borrowed.contains(&other)
    }

    /// Sends the request of that number; what steps have done already is passed over.
    fn next_cleanup_request(&mut self, step: usize, from: usize) {
        if self.closing.expired {
            return self.end_cleanup(step);
        }
        for request in from..self.step(step).cleanup.len() {
            if let Cleanup::Step(other) = &self.step(step).cleanup[request] {
                let other = self.beside(step, *other);
                if self.is_settled(other) {
                    continue;
                }
                let id = &self.step(other).id;
                let refusal = if !matches!(self.step(other).work, Work::Request(_)) {
                    format!("step `{id}` sends no request and cannot clean up")
                } else if self.steps[other].perhaps_done {
                    format!("step `{id}` did not pass and may have done its part: it is not sent again")
                } else {
                    self.closing.borrowed.insert(other);
                    self.enqueue(Owner::Cleanup { step, request }, false);
                    return;
                };
                self.note_cleanup(Outcome::Errored, vec![failure::unplaced(FailureKind::Template, refusal)]);
                continue;
            }
            self.enqueue(Owner::Cleanup { step, request }, false);
            return;
        }
        self.end_cleanup(step);
    }

    /// A request of a cleanup has ended; the others are sent all the same.
    pub(super) fn cleanup_request_ended(&mut self, step: usize, request: usize, end: End) {
        if let End::Bad { outcome, failures, .. } = end {
            if let Cleanup::Step(other) = &self.step(step).cleanup[request] {
                let other = self.beside(step, *other);
                self.closing.borrowed.remove(&other);
                self.steps[other].perhaps_done = true;
            }
            self.note_cleanup(outcome, failures);
        }
        self.next_cleanup_request(step, request + 1);
    }

    fn note_cleanup(&mut self, outcome: Outcome, failures: Vec<Failure>) {
        let failed = self.closing.outcome == Some(Outcome::Failed) || outcome == Outcome::Failed;
        self.closing.outcome = Some(if failed { Outcome::Failed } else { Outcome::Errored });
        self.closing.failures.extend(failures);
    }

    fn end_cleanup(&mut self, step: usize) {
        let outcome = self.closing.outcome.take().unwrap_or(Outcome::Passed);
        let failures = std::mem::take(&mut self.closing.failures);
        if let Some(first) = failures.first() {
            self.leave_behind(step, format!("its cleanup {}: {}", outcome.as_str(), first.message));
        }
        self.cleanup_failures.extend(failures.iter().cloned());
        let step = self.address_of(step).clone();
        self.journal(Event::CleanupFinished { step, outcome, failures, by_steps: false });
        self.closing.cleaning = None;
    }

    /// Names what a step has made: by the request that made it, and by what it captured.
    fn leave_behind(&mut self, step: usize, reason: String) {
        let (planned, state) = (self.step(step), &self.steps[step]);
        let request = state.created_by.clone().unwrap_or_else(|| planned.summary());
        let reason = reason + &self.ids_shown(step, |name| state.own.get(name));
        self.left_behind.push(LeftBehind { step: state.address.clone(), request, reason });
    }

    /// The captures of a step by which a person finds what it has made: ` (id = 7)`; nothing where there are none.
    pub(super) fn ids_shown<'v>(&self, step: usize, value: impl Fn(&str) -> Option<&'v Value>) -> String {
        let is_single = |value: &&Value| value.as_array().is_none() && value.as_object().is_none();
        let ids = self.step(step).captures.iter().filter(|(_, secret)| !secret).filter_map(|(name, _)| {
            Some(format!("{name} = {}", self.words().preview(value(name).filter(is_single)?, 80)))
        });
        let ids: Vec<String> = ids.collect();
        if ids.is_empty() { String::new() } else { format!(" ({})", ids.join(", ")) }
    }

    /// The outputs as far as they can be computed; whether they wait for a file.
    fn finish(&mut self) {
        let Some(Outputs { values, mut failures }) = self.outputs(ROOT) else {
            self.closing.outputs_wait = true;
            return;
        };
        failures.extend(self.full_failure());
        let outputs = values.into_iter().map(|(name, value)| (name.to_string(), value)).collect();
        let outcome = match self.outcome() {
            Outcome::Passed if !failures.is_empty() => Outcome::Errored,
            outcome => outcome,
        };
        self.finish_with(outcome, outputs, failures);
    }

    fn finish_with(&mut self, outcome: Outcome, outputs: IndexMap<String, Value>, mut failures: Vec<Failure>) {
        self.closing.finished = true;
        // Steps that have stopped wait no longer for the token that they asked for.
        self.drop_in_flight(true);
        failures.append(&mut self.questions);
        self.name_old_doubts();
        let ids = &self.frames[ROOT].plan.output_ids;
        let ids = outputs.keys().filter(|name| ids.contains(&***name)).cloned().collect();
        let finished = RunFinished {
            ids,
            outcome,
            interrupted: self.interrupts > 0,
            flaky: self.flaky_steps(),
            left_behind: std::mem::take(&mut self.left_behind),
            outputs,
            failures,
        };
        self.journal(Event::RunFinished(Box::new(finished.clone())));
        self.commands.push(Command::Finish(Box::new(finished)));
    }

    /// How many steps passed on a later attempt only. Those that are made of others count as those.
    fn flaky_steps(&self) -> u32 {
        let is_own =
            |index: &usize| self.steps[*index].instances.is_none() && !matches!(self.step(*index).work, Work::Call(_));
        let is_flaky = |index: &usize| self.steps[*index].outcome == Some(Outcome::Flaky) && is_own(index);
        u32::try_from((0..self.steps.len()).filter(is_flaky).count()).unwrap_or(u32::MAX)
    }

    /// The third interrupt: nothing is cleaned up any more, and what is owed is named.
    pub(super) fn leave(&mut self) {
        if !self.closing.decided {
            self.order_owed();
        }
        let owed: Vec<usize> = self.closing.armed.drain(..).chain(self.closing.cleaning.take()).collect();
        for step in owed.into_iter().rev() {
            match self.needs_no_cleanup(step) {
                true => self.settle_cleanup(step),
                false => {
                    self.leave_behind(step, "not cleaned up, because the run was interrupted again".to_owned());
                }
            }
        }
        if !self.closing.finished {
            self.finish_with(Outcome::Errored, IndexMap::new(), Vec::new());
        }
    }
}
