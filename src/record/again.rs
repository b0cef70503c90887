//! What a run that is gone on with asks of its record.

use super::{CleanupRecord, Record, StepRecord, Try};
use crate::event::{CallId, Decision, Doubt, LeftBehind, Role};
use crate::id::Address;

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

    /// The steps whose creation was cleaned up, and which have not been done since: found by `ensure`, or made before
    /// their cleanup could become owed.
    pub fn undone(&self) -> impl Iterator<Item = &Address> {
        let cleaned = self.cleanups.iter().filter(|cleanup| cleanup.is_done());
        let is_done =
            |step: &StepRecord| step.last_passed.is_some() || step.counted_tries().iter().any(Try::is_done_once);
        cleaned.map(|cleanup| &cleanup.step).filter(move |step| !self.step(step).is_some_and(is_done))
    }

    /// What may exist twice: requests that were done, or perhaps were, before someone had them done again. What is in
    /// doubt stays so when what was done later has been cleaned up.
    pub fn done_again(&self) -> impl Iterator<Item = LeftBehind> {
        self.steps().flat_map(|step| {
            let is_first = |one: &Try| one.role == Role::Main && one.attempt == 1 && one.is_done_once();
            let before = step.tries.iter().enumerate().filter(move |(place, one)| {
                let again = || step.tries[place + 1..].iter().any(is_first);
                let in_doubt = one.is_doubtful() && !step.decided.contains(place) && again();
                one.role == Role::Main && one.is_done_once() && (in_doubt || step.doubled.contains(place))
            });
            before.map(|(_, before)| {
                LeftBehind::done_again(step.step.clone(), before.request_line(), before.is_doubtful())
            })
        })
    }

    /// What nobody knows for sure of earlier requests, whatever is cleaned up.
    pub fn doubts(&self) -> Vec<LeftBehind> {
        let again: Vec<LeftBehind> = self.done_again().collect();
        let is_told = |left: &LeftBehind| again.iter().any(|one| one.step == left.step && one.request == left.request);
        // What was answered and is owed a cleanup is named for that.
        let is_owed =
            |doubt: &Doubt| doubt.answered && self.cleanup(&doubt.left.step).is_some_and(CleanupRecord::is_owed);
        let open = self.in_doubt().filter(|doubt| !is_told(&doubt.left) && !is_owed(doubt));
        open.map(|doubt| doubt.left).chain(again.iter().cloned()).collect()
    }

    /// Requests that have perhaps changed something, of steps that did not get so far as to know.
    pub fn in_doubt(&self) -> impl Iterator<Item = Doubt> {
        let open = self.steps().flat_map(|step| step.perhaps_done().into_iter().map(move |found| (step, found)));
        open.map(|(step, (request, reason))| Doubt {
            left: LeftBehind { step: step.step.clone(), request: request.request_line(), reason: reason.to_owned() },
            answered: !request.is_doubtful(),
        })
    }
}

impl StepRecord {
    /// It is done once more, though what it has made was not cleaned up: that one is not cleaned up any more. A request
    /// that only follows a redirect is no second one.
    pub(super) fn note_doubled(&mut self) {
        let from = self.counted_from.min(self.tries.len());
        if self.tries[from..].last().is_some_and(|last| matches!(last.decision, Some(Decision::Redirect { .. }))) {
            return;
        }
        let made = self.tries[from..].iter().rposition(|one| one.is_done_once() && !one.is_doubtful());
        self.doubled.extend(made.map(|place| from + place));
    }
}
