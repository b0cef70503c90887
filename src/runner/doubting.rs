//! A run that is gone on with: what earlier processes have sent and nobody knows whether it was done, where this process
//! has not found out either.

use std::collections::{HashMap, HashSet};

use super::scheduler::Scheduler;
use crate::event::{Doubt, Effect, LeftBehind, Outcome, Role};
use crate::id::Address;
use crate::plan::Work;

impl Scheduler<'_> {
    /// Names it, when the run ends.
    pub(super) fn name_old_doubts(&mut self) {
        let Some(past) = self.past.filter(|past| !past.doubts.is_empty()) else { return };
        let known: HashMap<&Address, usize> =
            self.steps.iter().enumerate().map(|(index, state)| (&state.address, index)).collect();
        let mut assumed: HashSet<&Address> = past.assumed.keys().collect();
        let mut remaining = Vec::new();
        for Doubt { left: old, answered } in &past.doubts {
            let index = known.get(&old.step).copied();
            // The last one is what someone has said of that it is done; that holds where the step was reached.
            let is_reached = || index.is_some_and(|index| self.steps[index].outcome.is_some_and(Outcome::is_passed));
            let settled = assumed.remove(&old.step) && is_reached()
                || index.is_some_and(|index| self.is_settled_now(index, *answered));
            let mut named = self.left_behind.iter().chain(&remaining);
            if !settled && !named.any(|left| left.step == old.step && left.request == old.request) {
                remaining.push(old.clone());
            }
        }
        self.left_behind.extend(remaining);
    }

    /// Names what a step has made, or perhaps has, and what was not cleaned up, when the step is sent once more: what is
    /// cleaned up at the end is the new one.
    pub(super) fn name_doubled(&mut self, step: usize) {
        let Some(past) = self.past else { return };
        let address = self.address_of(step);
        let Some(known) = past.steps.get(address).filter(|_| !self.steps[step].sent) else { return };
        let Some(made) = known.exchanges.iter().find(|one| one.role == Role::Main) else { return };
        let request = known.creating().unwrap_or_default();
        let is_named = self.left_behind.iter().any(|left| left.step == *address && left.request == request);
        if is_named || !(made.is_unknown || made.succeeded()) {
            return;
        }
        let mut left = LeftBehind::done_again(address.clone(), request, made.is_unknown);
        let captures = known.report.as_ref().map(|report| &report.captures);
        left.reason.push_str(&self.ids_shown(step, |name| captures?.get(name)));
        self.left_behind.push(left);
    }

    /// Whether this process has found out what has become of what an earlier one has sent for a step.
    fn is_settled_now(&self, index: usize, answered: bool) -> bool {
        let state = &self.steps[index];
        match &self.step(index).work {
            // Nothing was there. Or it is there to stay, or to be cleaned up; who has made it, nobody knows.
            Work::Ensure(_) => {
                let stays = self.step(index).cleanup.is_empty();
                state.absent || state.created.is_some() && (stays || state.armed)
            }
            // What may be done twice was done, at the latest now; of what may not, at most the answer is judged.
            Work::Request(call) => (answered || call.effect != Effect::Once) && state.perhaps_done,
            Work::Exec(exec) => (answered || exec.call.effect != Effect::Once) && state.perhaps_done,
            Work::Set(_) | Work::Wait(_) | Work::Call(_) => true,
        }
    }
}
