//! The end of a run: the steps of `finally`, the cleanups, the outputs.

use std::collections::HashMap;

use indexmap::IndexMap;

use super::failure;
use super::machine::{End, MachineId, Owner};
use super::scheduler::{Command, Scheduler, Stop, Waiter};
use super::{CleanupWhen, failure as words};
use crate::event::{Event, FailureKind, LeftBehind, Outcome, Role, RunFinished};
use crate::expression::EvalErrorKind;
use crate::plan::{Cleanup, Work};
use crate::render::View;
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
}

impl Scheduler<'_> {
    /// From now on the step's cleanup is owed, if the answer was 2xx and the step has one.
    pub(super) fn arm_cleanup(&mut self, owner: &Owner, status: u16) {
        let Owner::Step { step, role: Role::Main | Role::Create } = owner else { return };
        let owed = !self.step(*step).cleanup.is_empty() && !self.closing.armed.contains(step);
        if owed && (200..300).contains(&status) {
            self.closing.armed.push(*step);
            self.journal(Event::CleanupArmed { step: self.step(*step).address.clone() });
        }
    }

    /// Moves on when a phase is over; true where something may have become ready.
    pub(super) fn advance_phase(&mut self) -> bool {
        if self.unfinished > 0 || self.closing.finished || self.closing.outputs_wait {
            return false;
        }
        if !self.closing.begun {
            self.begin_closing();
            return true;
        }
        if self.closing.cleaning.is_some() {
            return false;
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
        let first = self.plan.steps.len();
        let count = self.plan.finally.len();
        self.unfinished = count;
        self.published.run = Some(self.run_value());
        self.ready.extend((first..first + count).filter(|index| self.steps[*index].waits_for == 0));
    }

    /// `run` in `finally`: the outcome so far and every failure.
    fn run_value(&self) -> Value {
        let failures = self.steps.iter().enumerate().flat_map(|(index, state)| {
            state.failures.iter().map(move |failure| {
                let mut members = Object::new();
                members.insert("step".into(), Value::from(self.step(index).id.clone()));
                members.insert("message".into(), Value::from(failure.message.clone()));
                Value::object(members)
            })
        });
        let mut run = Object::new();
        run.insert("outcome".into(), Value::from(self.outcome().as_str()));
        run.insert("failures".into(), Value::array(failures.collect()));
        Value::object(run)
    }

    /// How the run ends: failed wins over errored.
    fn outcome(&self) -> Outcome {
        let bad = self.steps.iter().enumerate().filter(|(index, _)| !self.step(*index).continue_on_error);
        let mut outcome = if self.cleanup_failures.is_empty() { Outcome::Passed } else { Outcome::Errored };
        for (_, state) in bad {
            match state.outcome {
                Some(Outcome::Failed) => return Outcome::Failed,
                Some(Outcome::Errored) => outcome = Outcome::Errored,
                _ => {}
            }
        }
        match self.stop {
            Some(Stop::Interrupted | Stop::Deadline) => Outcome::Errored,
            _ => outcome,
        }
    }

    fn begin_cleanup(&mut self, step: usize) {
        let kept = match self.options.cleanup {
            CleanupWhen::Always => None,
            CleanupWhen::Never => Some("kept, as `--keep` says"),
            CleanupWhen::Passed if self.outcome().is_passed() => None,
            CleanupWhen::Passed => Some("kept, as `--keep-on-failure` says"),
        };
        if let Some(reason) = kept {
            self.leave_behind(step, reason.to_owned());
            return;
        }
        let step_is_done = |cleanup: &Cleanup| match cleanup {
            Cleanup::Step(other) => self.steps[*other].outcome.is_some_and(Outcome::is_passed),
            Cleanup::Request(_) => false,
        };
        if self.step(step).cleanup.iter().all(step_is_done) {
            return;
        }
        self.closing.cleaning = Some(step);
        self.journal(Event::CleanupStarted { step: self.step(step).address.clone() });
        self.next_cleanup_request(step, 0);
    }

    /// Sends the request of that number, passing over steps that have done their part already.
    fn next_cleanup_request(&mut self, step: usize, from: usize) {
        let plan = self.plan;
        for request in from..self.step(step).cleanup.len() {
            if let Cleanup::Step(other) = &self.step(step).cleanup[request] {
                if self.steps[*other].outcome.is_some_and(Outcome::is_passed) {
                    continue;
                }
                if !matches!(plan.steps[*other].work, Work::Request(_)) {
                    let message = format!("step `{}` sends no request and cannot clean up", plan.steps[*other].id);
                    let failure = words::unplaced(FailureKind::Template, message);
                    self.end_cleanup(step, End::errored(failure));
                    return;
                }
            }
            self.enqueue(Owner::Cleanup { step, request }, false);
            return;
        }
        self.end_cleanup(step, End::Passed { captures: HashMap::new() });
    }

    /// A request of a cleanup has ended.
    pub(super) fn cleanup_request_ended(&mut self, step: usize, request: usize, end: End) {
        match end {
            End::Passed { .. } => self.next_cleanup_request(step, request + 1),
            end => self.end_cleanup(step, end),
        }
    }

    fn end_cleanup(&mut self, step: usize, end: End) {
        let (outcome, failures) = match end {
            End::Bad { outcome, failures, .. } => (outcome, failures),
            _ => (Outcome::Passed, Vec::new()),
        };
        if let Some(first) = failures.first() {
            self.leave_behind(step, format!("its cleanup {}: {}", outcome.as_str(), first.message));
        }
        self.cleanup_failures.extend(failures.iter().cloned());
        let step = self.step(step).address.clone();
        self.journal(Event::CleanupFinished { step, outcome, failures });
        self.closing.cleaning = None;
    }

    fn leave_behind(&mut self, step: usize, reason: String) {
        let step = self.step(step);
        let request = match &step.work {
            Work::Request(call) => call.summary(),
            Work::Ensure(ensure) => ensure.create.summary(),
            Work::Set(_) | Work::Wait(_) => step.summary(),
        };
        self.left_behind.push(LeftBehind { step: step.address.clone(), request, reason });
    }

    /// The outputs as far as they can be computed; whether they wait for a file.
    fn finish(&mut self) {
        let mut outputs = IndexMap::new();
        let mut failures = Vec::new();
        let plan = self.plan;
        for output in &plan.playbook().outputs {
            let view = View::new(plan, &self.published, &self.files, self.facts.clone());
            match output.value.render(&view) {
                Ok(value) => {
                    outputs.insert(output.name.text.to_string(), value);
                }
                Err(error) => match error.kind {
                    EvalErrorKind::NeedsFile(need) => {
                        self.closing.outputs_wait = true;
                        self.need_file(need, Waiter::Outputs);
                        return;
                    }
                    // A step that did not pass has said so itself.
                    EvalErrorKind::Unavailable => {}
                    _ => failures.push(failure::evaluation(error, &plan.sources)),
                },
            }
        }
        let outcome = match self.outcome() {
            Outcome::Passed if !failures.is_empty() => Outcome::Errored,
            outcome => outcome,
        };
        self.finish_with(outcome, outputs, failures);
    }

    fn finish_with(
        &mut self,
        outcome: Outcome,
        outputs: IndexMap<String, Value>,
        failures: Vec<crate::event::Failure>,
    ) {
        self.closing.finished = true;
        let finished = RunFinished {
            outcome,
            interrupted: self.interrupts > 0,
            left_behind: std::mem::take(&mut self.left_behind),
            outputs,
            failures,
        };
        self.journal(Event::RunFinished(Box::new(finished.clone())));
        self.commands.push(Command::Finish(Box::new(finished)));
    }

    /// The third interrupt: nothing is cleaned up any more, and what is owed is named.
    pub(super) fn leave(&mut self) {
        let owed: Vec<usize> = self.closing.armed.drain(..).chain(self.closing.cleaning.take()).collect();
        for step in owed.into_iter().rev() {
            self.leave_behind(step, "not cleaned up, because the run was interrupted again".to_owned());
        }
        if !self.closing.finished {
            self.finish_with(Outcome::Errored, IndexMap::new(), Vec::new());
        }
    }

    /// Takes the end of a request and hands it to whoever wanted it.
    pub(super) fn end_machine(&mut self, id: MachineId, end: End) {
        let Some(machine) = self.machines.remove(&id) else { return };
        self.auth.iter_mut().for_each(|auth| auth.forget(id));
        match &machine.owner {
            Owner::Token { provider, grant, .. } => self.token_failed(*provider, grant, &machine.owner, &end),
            Owner::Cleanup { step, request } => self.cleanup_request_ended(*step, *request, end),
            Owner::Step { step, role } => {
                let state = &mut self.steps[*step];
                state.retried |= machine.retried;
                state.attempts = state.attempts.max(if machine.sent.is_some() { machine.history.attempt } else { 0 });
                state.polls = state.polls.max(machine.history.poll);
                match role {
                    Role::Main => self.end_step(*step, end),
                    role => self.ensure_ended(*step, role, end),
                }
            }
        }
    }
}
