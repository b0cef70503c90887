//! `lock`: steps of the same name do not run at the same time, in whichever playbook of the run they stand.

use std::collections::VecDeque;
use std::sync::Arc;

use foldhash::HashMap;

use super::failure;
use super::machine::End;
use super::scheduler::Scheduler;
use crate::event::FailureKind;
use crate::expression::EvalError;

/// The locks that are held, and who waits for each, in the order of coming.
#[derive(Debug, Default)]
pub(super) struct Locks(HashMap<Arc<str>, VecDeque<usize>>);

impl Scheduler<'_> {
    /// Takes the lock of a step; where another one holds it, the step waits and false comes back.
    pub(super) fn take_lock(&mut self, index: usize) -> Result<bool, EvalError> {
        let state = &self.steps[index];
        let Some(lock) = self.step(index).lock.as_ref().filter(|_| !state.started && state.lock.is_none()) else {
            return Ok(true);
        };
        let name: Arc<str> = lock.render_text(&self.view(index))?.into();
        if self.is_held_around(index, &name) {
            return Ok(true);
        }
        if let Some(waiting) = self.locks.0.get_mut(&name) {
            waiting.push_back(index);
            return Ok(false);
        }
        self.locks.0.insert(Arc::clone(&name), VecDeque::new());
        self.steps[index].lock = Some(name);
        Ok(true)
    }

    /// What a step calls runs under the step's own lock.
    fn is_held_around(&self, index: usize, name: &Arc<str>) -> bool {
        self.around(index).skip(1).any(|owner| self.steps[owner].lock.as_ref() == Some(name))
    }

    /// A step that ends lets the first of those go that wait for its lock.
    pub(super) fn give_lock_back(&mut self, index: usize) {
        let Some(name) = self.steps[index].lock.take() else { return };
        let Some(mut waiting) = self.locks.0.remove(&name) else { return };
        while let Some(next) = waiting.pop_front() {
            if self.steps[next].outcome.is_some() {
                continue;
            }
            self.locks.0.insert(Arc::clone(&name), waiting);
            self.steps[next].lock = Some(name);
            self.ready.push_back(next);
            return;
        }
    }

    /// Two called playbooks may each hold what the other one waits for: when nothing else can happen, the first of
    /// those who wait ends. True where there was one.
    pub(super) fn break_locks(&mut self) -> bool {
        let idle = self.machines.is_empty() && self.timers.is_empty() && self.file_waiters.is_empty();
        if !idle || !self.ready.is_empty() || !self.over.is_empty() {
            return false;
        }
        let mut waiting: Vec<(usize, Arc<str>)> =
            self.locks.0.iter().flat_map(|(name, steps)| steps.iter().map(|step| (*step, Arc::clone(name)))).collect();
        waiting.retain(|(step, _)| self.steps[*step].outcome.is_none());
        // One that holds a lock itself keeps others waiting; who only stands in line does not.
        let holds = |step: usize| self.around(step).any(|index| self.steps[index].lock.is_some());
        let Some((step, name)) = waiting.into_iter().min_by_key(|(step, _)| (!holds(*step), *step)) else {
            return false;
        };
        let message = format!("it waits for the lock `{name}`, whose holder waits for a lock that is held around it");
        let span = self.step(step).lock.as_ref().map(|lock| lock.span()).unwrap_or_default();
        let mut failure = failure::at(FailureKind::Template, message, span, self.words());
        failure.help = Some("take locks in the same order everywhere, or one lock around all".to_owned());
        self.end_step(step, End::errored(failure));
        true
    }
}
