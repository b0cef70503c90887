//! `call`: another playbook in a frame of its own, from its inputs to its outputs.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use super::failure::unplaced;
use super::frames::{Frame, ROOT};
use super::machine::End;
use super::outcomes::Skip;
use super::scheduler::{Scheduler, Waiter};
use super::{beginning, failure};
use crate::diagnostic::Diagnostic;
use crate::event::{Event, Failure, FailureKind, Outcome};
use crate::expression::{EvalError, EvalErrorKind};
use crate::plan::{Invocation, Plan, Work};
use crate::render;
use crate::value::Value;
use crate::wire::sha256;

/// The plans that are made while a run goes on. Each lives as long as the run.
#[derive(Default)]
pub(super) struct Plans(OnceLock<Box<Link>>);

struct Link {
    plan: Plan,
    next: Plans,
}

impl Plans {
    /// Keeps a plan, and gives the place for the next one.
    fn keep(&self, plan: Plan) -> (&Plan, &Plans) {
        let link = self.0.get_or_init(|| Box::new(Link { plan, next: Plans::default() }));
        (&link.plan, &link.next)
    }
}

impl Drop for Plans {
    /// One by one: a chain of ten thousand that lets go of itself would end on the stack.
    fn drop(&mut self) {
        let mut next = self.0.take();
        while let Some(mut link) = next {
            next = link.next.0.take();
        }
    }
}

/// The outputs of a frame.
pub(super) struct Outputs {
    /// Those that could be computed.
    pub(super) values: Vec<(Arc<str>, Value)>,
    /// What kept others from it.
    pub(super) failures: Vec<Failure>,
}

impl<'p> Scheduler<'p> {
    /// Runs the playbook that a step calls.
    pub(super) fn call(&mut self, index: usize, invocation: &'p Invocation) {
        let with = match self.with(index, invocation) {
            Ok(with) => with,
            Err(error) => return self.refuse(index, error),
        };
        let given = with.clone();
        let caller = self.frame_of(index).plan;
        let planned = match self.options.refresh {
            false => caller.of_call(invocation, with),
            true => caller.preview_of_call(invocation, with),
        };
        let plan = match planned {
            Ok(plan) => plan,
            Err(found) => {
                let failures = found.iter().map(|diagnostic| self.refusal(diagnostic)).collect();
                let (captures, skipped) = (HashMap::new(), None);
                return self.end_step(index, End::Bad { outcome: Outcome::Errored, failures, captures, skipped });
            }
        };
        let (plan, next) = self.plans.keep(plan);
        self.plans = next;
        self.learn_secrets_of(plan);
        // What was handed over may be a secret there.
        let digest = self.digest_of(&given);
        let address = self.address_of(index).clone();
        let steps = beginning::planned(plan, Some(&address));
        if !self.is_made_of_the_same(index, &digest) {
            self.journal(Event::Expanded { step: address, steps, digest });
        }
        let frame = self.open_frame(plan, Some(index));
        self.begin_frame(frame);
        if self.frames[frame].unfinished == 0 {
            self.over.push_back(frame);
        }
    }

    /// The values of `with`.
    fn with(&mut self, index: usize, invocation: &Invocation) -> Result<Vec<(Arc<str>, Value)>, EvalError> {
        let view = self.view(index);
        let mut with = Vec::new();
        for binding in &invocation.with {
            match binding.value.render(&view) {
                Ok(value) => with.push((Arc::clone(&binding.name.text), value)),
                // What is not there yet is missing inside too.
                Err(error) if self.is_unseen(index, &error.kind) => {}
                Err(error) => return Err(error),
            }
        }
        let derived = render::derived_in_bindings(&invocation.with, &view);
        self.learn_derived(&derived);
        Ok(with)
    }

    fn digest_of(&self, with: &[(Arc<str>, Value)]) -> String {
        let with = self.redactor.redact_value(&Value::object(with.iter().cloned().collect()));
        sha256(with.to_string().as_bytes())
    }

    /// What is wrong with an input, as the failure of the step that gives it.
    fn refusal(&self, diagnostic: &Diagnostic) -> Failure {
        let place = diagnostic.primary.as_ref().map(|label| label.span);
        let failure = match place {
            Some(span) => failure::at(FailureKind::Template, diagnostic.message.clone(), span, self.words()),
            None => unplaced(FailureKind::Template, diagnostic.message.clone()),
        };
        Failure { help: diagnostic.help.first().cloned(), ..failure }
    }

    /// The steps of a called playbook are over: its `finally`, then its outputs, then the step that called it.
    pub(super) fn frame_over(&mut self, frame: usize) {
        if !self.frames[frame].closing {
            self.begin_finally(frame);
            if self.frames[frame].unfinished > 0 {
                return;
            }
        }
        let Some(owner) = self.frames[frame].owner else { return };
        let Some(Outputs { values, failures }) = self.outputs(frame) else { return };
        let outcome = match self.outcome_of(frame) {
            Outcome::Passed if !failures.is_empty() => Outcome::Errored,
            outcome => outcome,
        };
        if outcome == Outcome::Passed && self.is_cut_short(frame) {
            let reason = "not all of its steps were done".to_owned();
            return self.skip(owner, Skip { reason, broken: true });
        }
        let Work::Call(invocation) = &self.step(owner).work else { unreachable!("only a call opens a frame") };
        let taken = invocation.outputs.iter().filter_map(|(name, output)| {
            let value = values.iter().find(|(known, _)| known == output).map(|(_, value)| value.clone());
            Some((Arc::clone(name), value?))
        });
        let captures = taken.collect();
        let end = match outcome {
            Outcome::Passed => End::Passed { captures },
            outcome => End::Bad { outcome, failures, captures, skipped: None },
        };
        self.end_step(owner, end);
    }

    /// Which of the values that a called playbook hands back are ids.
    pub(super) fn ids_handed_back(&self, index: usize) -> Vec<String> {
        let Work::Call(invocation) = &self.step(index).work else { return Vec::new() };
        let ids = &self.frame_of(index).plan.ids;
        let names = invocation.outputs.iter().map(|(name, _)| name);
        names.filter(|name| ids.contains(&***name)).map(ToString::to_string).collect()
    }

    /// Whether something kept steps of a frame from being begun.
    pub(super) fn is_cut_short(&self, frame: usize) -> bool {
        let Frame { first, plan, .. } = self.frames[frame];
        let mut own = self.steps[first..first + plan.steps.len()].iter();
        own.any(|state| state.broken && state.outcome == Some(Outcome::Skipped))
    }

    /// The steps of `finally` may begin.
    pub(super) fn begin_finally(&mut self, frame: usize) {
        let Frame { plan, first, .. } = self.frames[frame];
        let run = (!plan.finally.is_empty()).then(|| self.run_value(frame));
        let first = first + plan.steps.len();
        let none = self.options.refresh || !self.does_finally();
        let opened = &mut self.frames[frame];
        opened.closing = true;
        let last = if none { 0 } else { plan.finally.len() };
        opened.unfinished = last;
        opened.published.run = run;
        self.ready.extend((first..first + last).filter(|index| self.steps[*index].waits_for == 0));
    }

    /// The outputs as far as they can be computed; `None` where they wait for a file.
    pub(super) fn outputs(&mut self, frame: usize) -> Option<Outputs> {
        let mut outputs = Outputs { values: Vec::new(), failures: Vec::new() };
        for output in &self.frames[frame].plan.playbook().outputs {
            let rendered = output.value.render(&self.view_of(frame, self.facts.clone()));
            match rendered {
                Ok(value) => outputs.values.push((Arc::clone(&output.name.text), value)),
                Err(error) => match error.kind {
                    EvalErrorKind::NeedsFile(need) => {
                        self.need_file(frame, need, Waiter::Outputs(frame));
                        return None;
                    }
                    // A step that did not pass has said so itself.
                    EvalErrorKind::Unavailable => {}
                    _ => outputs.failures.push(failure::evaluation(error, self.words())),
                },
            }
        }
        let view = self.view_of(frame, self.facts.clone());
        let derived = render::derived_in_bindings(&self.frames[frame].plan.playbook().outputs, &view);
        self.learn_derived(&derived);
        Some(outputs)
    }

    /// A file that outputs needed was read.
    pub(super) fn resume_outputs(&mut self, frame: usize) {
        if frame == ROOT {
            self.closing.outputs_wait = false;
        } else {
            self.over.push_back(frame);
        }
    }

    /// From now on nothing begins in the frame of a step that did not pass, nor in those around it that do not
    /// tolerate it.
    pub(super) fn stop_around(&mut self, index: usize) {
        let failed = self.address_of(index).shared();
        let mut at = index;
        loop {
            if self.step(at).continue_on_error {
                return;
            }
            let frame = &mut self.frames[self.steps[at].frame];
            frame.failed.get_or_insert_with(|| Arc::clone(&failed));
            match frame.owner {
                Some(owner) => at = owner,
                None => return,
            }
        }
    }
}
