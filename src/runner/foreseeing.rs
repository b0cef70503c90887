//! A refresh: what a run would do, found out by reading only.
//!
//! Requests that read are sent, and so is `ensure.find`. What would change something is not: its step ends with what it
//! would do. Whoever needs a value of such a step cannot be looked up, and ends with what it would do itself.

use std::collections::HashMap;

use super::machine::{End, MachineId, Owner};
use super::outcomes::StepState;
use super::scheduler::Scheduler;
use crate::event::{Effect, Foreseen, Outcome};
use crate::expression::EvalErrorKind;
use crate::plan::{Call, Work};
use crate::playbook::{Capture, CaptureFrom};

impl Scheduler<'_> {
    /// What a step would do that is not to be done now; `None` where it only reads, or looks first.
    pub(super) fn foresee(&self, index: usize) -> Option<Foreseen> {
        if !self.options.refresh {
            return None;
        }
        match &self.step(index).work {
            // What stands there already is read; what another step would bring first is not there yet, and a stream
            // waits for what is still to happen.
            Work::Request(call) if call.effect == Effect::Read => {
                let is_later = self.steps[index].after_foreseen || call.request.stream.is_some();
                is_later.then_some(Foreseen::Later)
            }
            Work::Request(_) => Some(Foreseen::Send),
            // Nobody knows what a program does, whatever its effect is said to be.
            Work::Exec(_) => Some(Foreseen::Later),
            Work::Ensure(_) | Work::Set(_) | Work::Call(_) | Work::Wait(_) => None,
        }
    }

    /// What a step would do of which nothing can be looked up, since it needs a value that is not there yet.
    fn unseen(&self, index: usize) -> Foreseen {
        match &self.step(index).work {
            _ if self.step(index).foreach.is_some() && self.steps[index].instance.is_none() => Foreseen::Later,
            Work::Ensure(_) if self.steps[index].after_unsure => Foreseen::Later,
            Work::Ensure(_) => Foreseen::Create,
            Work::Request(call) if call.effect != Effect::Read => Foreseen::Send,
            _ => Foreseen::Later,
        }
    }

    /// Whether a step, or one that it is made of, would do something.
    pub(super) fn is_foreseen(&self, index: usize) -> bool {
        let state = &self.steps[index];
        state.foreseen.is_some() || state.after_foreseen || self.is_made_of_foreseen(index)
    }

    /// Whether what comes behind a step may be there all the same: only what would be created is surely not.
    pub(super) fn is_unsure(&self, index: usize) -> bool {
        let state = &self.steps[index];
        let unsure = |state: &StepState| {
            state.after_unsure || matches!(state.foreseen, Some(Foreseen::Send | Foreseen::Later | Foreseen::Update))
        };
        unsure(state) || self.instances_of(index).iter().any(|place| unsure(&self.steps[*place]))
    }

    /// Whether a value is missing only because this is a refresh.
    pub(super) fn is_unseen(&self, index: usize, kind: &EvalErrorKind) -> bool {
        let missing = matches!(kind, EvalErrorKind::Unavailable);
        // A record lacks what its step would capture.
        let lacking = matches!(kind, EvalErrorKind::Undefined) && self.steps[index].after_foreseen;
        self.options.refresh && (missing || lacking)
    }

    /// The same, of the step that a request belongs to.
    pub(super) fn lacks(&self, id: MachineId, kind: &EvalErrorKind) -> bool {
        matches!(self.machines[&id].owner, Owner::Step { step, .. } if self.is_unseen(step, kind))
    }

    /// Whether an answer could not be judged, since its captures look for what is not there yet.
    pub(super) fn is_blind(&self, step: usize, call: &Call) -> bool {
        let missing = |capture: &Capture| match &capture.from {
            CaptureFrom::Json(path) => path.resolve(&self.view(step)).err(),
            _ => None,
        };
        let mut errors = call.request.captures.iter().filter_map(missing);
        self.options.refresh && errors.any(|error| self.is_unseen(step, &error.kind))
    }

    /// Ends a step that needs what is not there yet.
    pub(super) fn end_unseen(&mut self, index: usize) {
        self.end_foreseen(index, self.unseen(index));
    }

    /// Ends a step with what it would do.
    pub(super) fn end_foreseen(&mut self, index: usize, foreseen: Foreseen) {
        self.steps[index].foreseen = Some(foreseen);
        self.settle(index, Outcome::Skipped, HashMap::new(), Some(foreseen.as_str().to_owned()));
    }

    /// The end of a step, where it means something else in a refresh; given back where it does not.
    pub(super) fn foreseen_end(&mut self, index: usize, end: End) -> Option<End> {
        match end {
            End::Bad { skipped: Some(skip), .. } if self.options.refresh && !skip.broken => {
                self.end_unseen(index);
                None
            }
            end => Some(end),
        }
    }
}
