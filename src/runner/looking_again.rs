//! A run that is gone on with: what `ensure` looks for, where nobody knows whether an earlier process has created it.
//!
//! `find` must see the world as it is now. What it looks with may have been read before the creation was sent; that is
//! read again, quietly: whoever has used it stands as it was. What is found then is this run's where `create` was answered
//! well. Where it was not answered, what is found may be somebody else's, so that it is not cleaned up, but named.

use std::collections::HashSet;

use super::past::{FOUND_AGAIN, Past};
use super::scheduler::Scheduler;
use crate::check::EdgeKind;
use crate::event::{Effect, Event, LeftBehind};
use crate::plan::Work;

impl Scheduler<'_> {
    /// Whether a step only looks, and an `ensure` that has perhaps created something looks with what it has seen.
    pub(super) fn is_looked_from(&self, index: usize, past: &Past) -> bool {
        if past.perhaps_created.is_empty() || !self.only_looks(index) {
            return false;
        }
        let mut seen = HashSet::from([index]);
        let mut open = vec![index];
        while let Some(step) = open.pop() {
            for dependent in self.readers_of(step) {
                if past.perhaps_created.contains(self.address_of(dependent)) {
                    return true;
                }
                if self.only_looks(dependent) && seen.insert(dependent) {
                    open.push(dependent);
                }
            }
        }
        false
    }

    /// The steps that use what a step, or all the items that it is one of, have left.
    fn readers_of(&self, index: usize) -> impl Iterator<Item = usize> {
        let of = self.steps[index].instance.as_ref().map(|instance| instance.of);
        let dependents = self.dependents[index].iter().chain(of.into_iter().flat_map(|of| &self.dependents[of]));
        dependents.filter(|(_, kind, _)| *kind != EdgeKind::Order).map(|(dependent, ..)| *dependent)
    }

    fn only_looks(&self, index: usize) -> bool {
        match &self.step(index).work {
            Work::Request(call) => call.effect == Effect::Read,
            Work::Exec(exec) => exec.call.effect == Effect::Read,
            Work::Set(_) => true,
            Work::Ensure(_) | Work::Wait(_) | Work::Call(_) => false,
        }
    }

    /// Whether what `ensure` has found was created by this run, in an earlier process; then its cleanup is owed. What
    /// perhaps was is named, where a cleanup would undo it.
    pub(super) fn is_own(&mut self, step: usize) -> bool {
        if self.is_owed(step) {
            return true;
        }
        let address = self.address_of(step).clone();
        let Some(past) = self.past.filter(|past| past.perhaps_created.contains(&address)) else { return false };
        let Some(known) = past.steps.get(&address) else { return false };
        let is_own = known.has_created();
        let request = known.creating();
        if self.step(step).cleanup.is_empty() || self.steps[step].armed {
            return is_own;
        }
        if is_own {
            self.steps[step].armed = true;
            self.steps[step].created_by = request;
            self.closing.armed.push(step);
            self.journal(Event::CleanupArmed { step: address });
        } else {
            let request = request.unwrap_or_default();
            self.left_behind.push(LeftBehind { step: address, request, reason: FOUND_AGAIN.to_owned() });
        }
        is_own
    }
}
