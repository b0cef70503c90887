//! Frames: the playbook of a run, and each playbook that one of its steps calls.
//!
//! A frame has a plan, values and files of its own; credentials that are the same it shares with others. The steps of
//! all frames stand in one list, and so do those that are made of items. What happens in a frame is decided by the same
//! code, however deep it is.

use std::sync::Arc;

use super::outcomes::{Skip, StepState};
use super::scheduler::Scheduler;
use crate::expression::Facts;
use crate::id::Address;
use crate::plan::{Plan, Step};
use crate::render::{Files, Published, View};

/// The frame of the run's own playbook.
pub(super) const ROOT: usize = 0;

/// A playbook that is being run.
pub(super) struct Frame<'p> {
    pub(super) plan: &'p Plan,
    /// The index of its first step among all steps; those of `finally` follow the others.
    pub(super) first: usize,
    /// What its steps have left for each other.
    pub(super) published: Published,
    /// The files that its expressions asked for; paths are relative to its own playbook.
    pub(super) files: Files,
    /// How many of its steps have not ended, before `closing` without those of `finally`.
    pub(super) unfinished: usize,
    /// Whether its main steps are over.
    pub(super) closing: bool,
    /// The step that called it; none has called the run's own playbook.
    pub(super) owner: Option<usize>,
    /// The step because of which nothing begins in it any more.
    pub(super) failed: Option<Arc<str>>,
    /// Its credentials, as places among those of the run, and the origins that may see them, once they are known.
    pub(super) providers: Vec<Provided>,
}

/// A provider of a frame.
#[derive(Clone, Debug, Default)]
pub(super) struct Provided {
    /// The place of its credentials among those of the run.
    pub(super) credentials: Option<usize>,
    /// The origins that may see them.
    pub(super) origins: Option<Arc<[String]>>,
}

impl<'p> Scheduler<'p> {
    /// Opens a frame: its steps are there, and none has begun.
    pub(super) fn open_frame(&mut self, plan: &'p Plan, owner: Option<usize>) -> usize {
        let (frame, first) = (self.frames.len(), self.steps.len());
        let main = plan.steps.len();
        let around = owner.map(|owner| self.address_of(owner).clone());
        for (offset, group) in [(0, &plan.steps), (main, &plan.finally)] {
            for (index, step) in group.iter().enumerate() {
                let address = around.as_ref().map_or_else(|| step.address.clone(), |around| around.child(&step.id));
                let mut state = StepState::new(frame, offset + index, address);
                state.waits_for = step.links.edges.len();
                state.skip = step.left_out.map(|reason| Skip { reason: reason.as_str().to_owned(), broken: false });
                self.steps.push(state);
                self.dependents.push(Vec::new());
            }
        }
        for (offset, group) in [(0, &plan.steps), (main, &plan.finally)] {
            for (index, step) in group.iter().enumerate() {
                for (edge_index, edge) in step.links.edges.iter().enumerate() {
                    let from = first + offset + edge.from;
                    self.dependents[from].push((first + offset + index, edge.kind, edge_index));
                }
            }
        }
        self.frames.push(Frame {
            plan,
            first,
            published: Published::default(),
            files: Files::default(),
            unfinished: main,
            closing: false,
            owner,
            failed: None,
            providers: vec![Provided::default(); plan.playbook().providers.len()],
        });
        frame
    }

    /// Its steps that wait for nothing may begin.
    pub(super) fn begin_frame(&mut self, frame: usize) {
        let Frame { plan, first, .. } = self.frames[frame];
        let free = plan.checked.order.iter().map(|index| first + index);
        self.ready.extend(free.filter(|index| self.steps[*index].waits_for == 0));
    }

    /// The frame that a step belongs to.
    pub(super) fn frame_of(&self, index: usize) -> &Frame<'p> {
        &self.frames[self.steps[index].frame]
    }

    /// The step of that index among all steps.
    pub(super) fn step(&self, index: usize) -> &'p Step {
        let state = &self.steps[index];
        let plan = self.frames[state.frame].plan;
        match state.planned.checked_sub(plan.steps.len()) {
            Some(index) => &plan.finally[index],
            None => &plan.steps[state.planned],
        }
    }

    /// Where the step stands.
    pub(super) fn address_of(&self, index: usize) -> &Address {
        &self.steps[index].address
    }

    /// Whether the step belongs to `finally`.
    pub(super) fn is_finally(&self, index: usize) -> bool {
        self.steps[index].planned >= self.frame_of(index).plan.steps.len()
    }

    /// What a step's expressions see before its answer is there.
    pub(super) fn view<'a>(&'a self, step: usize) -> View<'a> {
        let state = &self.steps[step];
        let facts = Facts { site: state.address.shared(), ..self.facts.clone() };
        self.view_of(state.frame, facts).with_own(&state.own).with_item(self.item_of(step))
    }

    /// What expressions of a frame see that belong to no step.
    pub(super) fn view_of<'a>(&'a self, frame: usize, facts: Facts) -> View<'a> {
        let Frame { plan, published, files, owner, .. } = &self.frames[frame];
        let caller = owner.map(|owner| self.address_of(owner).as_str());
        View::new(plan, published, files, facts).with_caller(caller)
    }
}
