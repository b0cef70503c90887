//! What a run that is gone on with asks of its record.

use super::{Record, Try};
use crate::event::{CallId, LeftBehind, Role};

impl Record {
    /// The number of the last request; zero where there was none.
    pub fn last_call(&self) -> u64 {
        self.calls.keys().map(|CallId(number)| *number).max().unwrap_or(0)
    }

    /// Whether it was stopped before its main steps were over.
    pub fn was_stopped_early(&self) -> bool {
        self.stopped_early
    }

    /// The time on the clock, from the time since the start: what passed between two processes does not count there.
    pub fn wall(&self, at: u64) -> Option<jiff::Timestamp> {
        let begun = (self.started.as_ref()?.started, 0);
        let resumes = self.resumes.iter().rev().copied();
        let (when, since) = resumes.chain([begun]).find(|(_, since)| *since <= at)?;
        when.checked_add(std::time::Duration::from_millis(at - since)).ok()
    }

    /// What may exist twice: requests that were done, or perhaps were, before someone had them done again.
    pub fn done_again(&self) -> impl Iterator<Item = LeftBehind> {
        let found = self.steps().filter_map(|step| {
            let tries = step.counted_tries();
            let before = tries.iter().position(|one| one.role == Role::Main && one.is_done_once())?;
            let is_first = |one: &Try| one.role == Role::Main && one.attempt == 1 && one.is_done_once();
            tries[before + 1..].iter().any(is_first).then_some((step, &tries[before]))
        });
        let found = found.filter(|(step, before)| before.is_doubtful() || self.cleanup(&step.step).is_some());
        found.map(|(step, before)| LeftBehind {
            step: step.step.clone(),
            request: before.request_line(),
            reason: "it may have been executed before it was done again".to_owned(),
        })
    }
}
