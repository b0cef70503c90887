//! The requests of a stopped run that must not be done twice, and of which nobody knows whether they were done.

use std::collections::HashSet;
use std::sync::Arc;

use crate::event::{Effect, Failure, LeftBehind, Outcome, Role};
use crate::id::Address;
use crate::plan::Plan;
use crate::record::{Record, StepRecord, Try};
use crate::render::shell_word;
use crate::runner::{CLEANUP, FOUND_AGAIN};

use super::step_at::step_at;
use super::stopped::refusal;

/// One of them.
pub(super) struct Unknown {
    /// The step that it was sent for.
    pub(super) step: Address,
    /// Whether it cleans up after the step.
    pub(super) is_cleanup: bool,
    /// Whether the step belongs to `finally`.
    pub(super) finally: bool,
    request: String,
    why: &'static str,
}

/// All of them, in plan order. What `ensure` has sent is looked for first, and is none.
pub(super) fn unknown(record: &Record) -> impl Iterator<Item = Unknown> {
    let of_steps = record.steps().filter(|step| !step.outcome().is_some_and(Outcome::is_passed));
    let of_steps = of_steps.filter_map(|step| {
        let (last, why) = undecided(step)?;
        Some(Unknown {
            step: step.step.clone(),
            is_cleanup: false,
            finally: step.finally(),
            request: last.request_line(),
            why,
        })
    });
    let owed = record.cleanups.iter().filter(|cleanup| cleanup.is_owed());
    let of_cleanups = owed.filter_map(|cleanup| {
        let last = cleanup.counted_tries().last()?;
        (last.effect == Effect::Once && last.is_doubtful()).then(|| Unknown {
            step: cleanup.step.clone(),
            is_cleanup: true,
            finally: false,
            request: last.request_line(),
            why: told(last),
        })
    });
    of_steps.chain(of_cleanups)
}

fn undecided(step: &StepRecord) -> Option<(&Try, &'static str)> {
    let tries = step.counted_tries();
    let last = tries.last().filter(|last| last.role == Role::Main)?;
    if last.effect == Effect::Once && last.is_doubtful() {
        return Some((last, told(last)));
    }
    // The question that follows a redirect only looks at what was done.
    let taken = tries.iter().rfind(|one| one.was_taken())?;
    Some((taken, "it was taken, and what came of it was not seen"))
}

/// The steps that have created something, or perhaps have, for which `ensure` looks again; and those that they are part
/// of.
pub(super) fn perhaps_created(record: &Record) -> HashSet<Address> {
    let steps = record.steps().filter(|step| !step.outcome().is_some_and(Outcome::is_passed));
    let steps = steps.filter(|step| creation(step).is_some_and(Try::is_done_once));
    steps.flat_map(|step| step.step.lineage()).collect()
}

/// What was found again after its creation had been sent, and would be cleaned up if this run had created it.
pub(super) fn found_again(record: &Record, plan: &Plan) -> impl Iterator<Item = LeftBehind> {
    let found = record.steps().filter(|step| step.report.as_ref().is_some_and(|report| report.created == Some(false)));
    let found = found.filter_map(|step| Some((step, creation(step).filter(|creation| creation.is_doubtful())?)));
    let found = found.filter(|(step, _)| step_at(plan, &step.step).is_some_and(|step| !step.cleanup.is_empty()));
    found.map(|(step, creation)| LeftBehind {
        step: step.step.clone(),
        request: creation.request_line(),
        reason: FOUND_AGAIN.to_owned(),
    })
}

/// What `ensure` has last sent to create something.
fn creation(step: &StepRecord) -> Option<&Try> {
    step.counted_tries().iter().rfind(|one| one.role == Role::Create)
}

fn told(last: &Try) -> &'static str {
    match last.status() {
        Some(_) => "a gateway answered for it, and nobody knows whether it was done",
        None => "it was sent, and nobody knows whether it was done",
    }
}

impl Unknown {
    /// How a person names it.
    pub(super) fn named(&self) -> String {
        let prefix = if self.is_cleanup { CLEANUP } else { "" };
        format!("{prefix}{}", self.step)
    }

    /// What a person is asked; `captures` are the names that the step captures.
    pub(super) fn question(&self, captures: &[Arc<str>]) -> Failure {
        let named = self.named();
        let captures = if self.is_cleanup { &[] } else { captures };
        let values: String = captures.iter().map(|name| format!(" --var {name}=…")).collect();
        refusal(
            format!("`{named}` ({}): {}; it must not be done twice", self.request, self.why),
            format!(
                "look whether it was done; `--redo {word}` does it again, `--assume-done {word}{values}` goes on \
                 without doing it",
                word = shell_word(&named)
            ),
        )
    }
}
