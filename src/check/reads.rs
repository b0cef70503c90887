//! What of each step's answer is read when the step is over: by other steps, by variables, by outputs.

use super::names::Names;
use super::places::Place;
use super::{Links, visit};
use crate::expression::{Reference, Target};
use crate::playbook::Playbook;

/// Adds to the links what is read of each body later on.
pub(super) fn read_later(playbook: &Playbook, names: &Names, steps: &mut [Links], finally: &mut [Links]) {
    let is_foreach = |id: &str| match (names.step(id), names.finally(id)) {
        (Some(index), _) => playbook.steps[index].foreach.is_some(),
        (None, Some(index)) => playbook.finally[index].foreach.is_some(),
        (None, None) => false,
    };
    let mut take = |reference: &Reference| match &reference.target {
        Target::Name(_) => {}
        // Only a run knows which step is meant.
        Target::Steps => steps.iter_mut().chain(&mut *finally).for_each(|links| {
            links.answer_is_read = true;
            links.body_read.want();
        }),
        Target::Step { id, field } => {
            let links = match (names.step(id), names.finally(id)) {
                (Some(index), _) => &mut steps[index],
                (None, Some(index)) => &mut finally[index],
                (None, None) => return,
            };
            links.answer_is_read |= !is_foreach(id) && field.as_deref().is_none_or(Place::is_answer_name);
            match field.as_deref() {
                Some("body") => reference.add_to(&mut links.body_read),
                // The records of a `foreach` have no bodies.
                None if is_foreach(id) => {}
                None => links.body_read.want(),
                Some(_) => {}
            }
        }
    };
    for step in playbook.steps.iter().chain(&playbook.finally) {
        visit::step(step, &mut |_, reference| take(reference));
    }
    for binding in playbook.vars.iter().chain(&playbook.outputs) {
        binding.value.each_reference(&mut |reference| take(reference));
    }
}
