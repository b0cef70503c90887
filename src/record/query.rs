//! Questions that views ask a record.

use super::{CleanupRecord, Place, Record, StepRecord, StepState, TokenFetch, Try};
use crate::event::{CallId, Effect, LeftBehind, Outcome, Role};
use crate::id::Address;

/// How many steps stand how. A step that is made of others (`foreach`, `call`) is counted as those.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Passed, flaky ones included.
    pub passed: usize,
    /// Those of the passed that needed more than one attempt.
    pub flaky: usize,
    /// Failed, tolerated ones included.
    pub failed: usize,
    /// Errored, tolerated ones included.
    pub errored: usize,
    /// Those of the failed and errored that are tolerated (`continue_on_error`).
    pub tolerated: usize,
    /// Skipped.
    pub skipped: usize,
    /// Begun and not ended.
    pub running: usize,
    /// Not begun.
    pub waiting: usize,
}

impl Counts {
    /// All of them.
    pub fn total(&self) -> usize {
        self.ended() + self.running + self.waiting
    }

    /// Those that have ended.
    pub fn ended(&self) -> usize {
        self.passed + self.failed + self.errored + self.skipped
    }
}

/// A request that was sent and whose effect nobody knows.
#[derive(Clone, Copy, Debug)]
pub struct Unknown<'a> {
    /// The step.
    pub step: &'a Address,
    /// The request.
    pub exchange: &'a Try,
}

impl Record {
    /// The run's name; empty where the journal is.
    pub fn run_id(&self) -> &str {
        self.started.as_ref().map_or("", |started| &started.run.0)
    }

    /// How the run ended; `None` while it goes on, and when it was killed.
    pub fn outcome(&self) -> Option<Outcome> {
        self.finished.as_ref().map(|finished| finished.outcome)
    }

    /// Whether the run has not ended: it goes on, or it was killed.
    pub fn is_unfinished(&self) -> bool {
        self.finished.is_none()
    }

    /// Whether someone asked the run to stop.
    pub fn is_interrupted(&self) -> bool {
        self.interrupts > 0 || self.finished.as_ref().is_some_and(|finished| finished.interrupted)
    }

    /// Milliseconds from the start to the last event.
    pub fn duration(&self) -> u64 {
        self.at
    }

    /// Every step in plan order; instances and children follow the step they belong to.
    pub fn steps(&self) -> impl Iterator<Item = &StepRecord> {
        let mut stack: Vec<usize> = self.roots.iter().rev().copied().collect();
        std::iter::from_fn(move || {
            let step = &self.steps[stack.pop()?];
            stack.extend(step.children.iter().rev());
            Some(step)
        })
    }

    /// The step at that address.
    pub fn step(&self, address: &Address) -> Option<&StepRecord> {
        self.by_address.get(address).map(|index| &self.steps[*index])
    }

    /// The instances and children of a step.
    pub fn children(&self, step: &StepRecord) -> impl Iterator<Item = &StepRecord> {
        step.children.iter().map(|index| &self.steps[*index])
    }

    /// The steps that have begun and not ended, in plan order.
    pub fn running(&self) -> impl Iterator<Item = &StepRecord> {
        self.steps().filter(|step| step.state() == StepState::Running && !step.is_composite())
    }

    /// The steps that passed on a later attempt.
    pub fn flaky(&self) -> impl Iterator<Item = &StepRecord> {
        self.steps().filter(|step| step.outcome() == Some(Outcome::Flaky))
    }

    /// The steps that failed or errored, in plan order, tolerated ones included.
    pub fn bad(&self) -> impl Iterator<Item = &StepRecord> {
        self.steps().filter(|step| step.outcome().is_some_and(Outcome::is_bad) && !step.is_composite())
    }

    /// How many steps stand how.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for step in self.steps.iter().filter(|step| !step.is_composite()) {
            let count = match step.state() {
                StepState::Waiting => &mut counts.waiting,
                StepState::Running => &mut counts.running,
                StepState::Ended(Outcome::Passed | Outcome::Flaky) => &mut counts.passed,
                StepState::Ended(Outcome::Failed) => &mut counts.failed,
                StepState::Ended(Outcome::Errored) => &mut counts.errored,
                StepState::Ended(Outcome::Skipped) => &mut counts.skipped,
            };
            *count += 1;
            counts.flaky += usize::from(step.outcome() == Some(Outcome::Flaky));
            counts.tolerated += usize::from(step.tolerated());
        }
        counts
    }

    /// Cleaning up after that step.
    pub fn cleanup(&self, step: &Address) -> Option<&CleanupRecord> {
        self.cleanup_of.get(step).map(|index| &self.cleanups[*index])
    }

    /// The request of that number.
    pub fn call(&self, call: CallId) -> Option<&Try> {
        self.place(call).map(|(_, exchange)| exchange)
    }

    /// The step a request was sent for: for a token, the step that asked first.
    pub fn step_of(&self, call: CallId) -> Option<&Address> {
        self.place(call).map(|(step, _)| step)
    }

    /// The requests of steps and cleanups whose effect nobody knows: sent and not answered, in plan order.
    pub fn unknown(&self) -> impl Iterator<Item = Unknown<'_>> {
        let of_steps = self.steps().flat_map(|step| step.tries.iter().map(|exchange| (&step.step, exchange)));
        let of_cleanups = self.cleanups.iter().flat_map(|one| one.tries.iter().map(|exchange| (&one.step, exchange)));
        let all = of_steps.chain(of_cleanups).map(|(step, exchange)| Unknown { step, exchange });
        all.filter(|unknown| unknown.exchange.is_unknown() && !self.is_superseded(unknown))
    }

    /// Whether a later process has sent a request again: what that means is said by those who say what is left behind.
    fn is_superseded(&self, unknown: &Unknown<'_>) -> bool {
        let role = &unknown.exchange.role;
        let tries = match role {
            Role::Cleanup(_) => self.cleanup(unknown.step).map(|cleanup| &cleanup.tries),
            _ => self.step(unknown.step).map(|step| &step.tries),
        };
        let again = |tries: &Vec<Try>| {
            tries.iter().any(|one| one.call > unknown.exchange.call && one.role == *role && one.attempt == 1)
        };
        !self.resumes.is_empty() && tries.is_some_and(again)
    }

    /// What may still exist out there. The run says it at its end; of a run that did not reach its end it is what
    /// was to be cleaned up and was not, and the requests that changed something and whose effect is unknown. What another
    /// run goes on with is named there.
    pub fn left_behind(&self) -> Vec<LeftBehind> {
        if self.handed_over.is_some() {
            return Vec::new();
        }
        if let Some(finished) = &self.finished {
            return finished.left_behind.clone();
        }
        let owed = self.cleanups.iter().filter(|cleanup| cleanup.is_owed());
        let owed = owed.map(|cleanup| LeftBehind {
            step: cleanup.step.clone(),
            request: self.creating_request(&cleanup.step),
            reason: "its cleanup did not run to its end".to_owned(),
        });
        owed.chain(self.doubts()).collect()
    }

    /// Method and URL of the last request of a step that changed something.
    fn creating_request(&self, step: &Address) -> String {
        let tries = self.step(step).map_or(&[][..], |step| &step.tries);
        let changing = tries.iter().rev().find(|exchange| exchange.effect != Effect::Read);
        changing.or(tries.last()).map(Try::request_line).unwrap_or_default()
    }

    fn place(&self, call: CallId) -> Option<(&Address, &Try)> {
        Some(match *self.calls.get(&call)? {
            Place::Step { step, index } => (&self.steps[step].step, &self.steps[step].tries[index]),
            Place::Cleanup { cleanup, index } => (&self.cleanups[cleanup].step, &self.cleanups[cleanup].tries[index]),
            Place::Token(index) => {
                let TokenFetch { step, exchange, .. } = &self.tokens[index];
                (step, exchange)
            }
        })
    }
}
