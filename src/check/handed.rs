//! What a step hands to a playbook that it calls: where that makes the path of a file or a program of it, no answer's
//! value may be handed over, as none may stand there.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::callee::Callees;
use super::early::Early;
use super::items::made_of;
use super::names::Names;
use super::places::Place;
use super::{Checked, visit};
use crate::diagnostic::Diagnostic;
use crate::playbook::{Invocation, Playbook, Step, Work};

/// Refuses what comes from an answer for an input that is part of a path in the called playbook.
pub(super) fn check_handed(
    step: &Step,
    invocation: &Invocation,
    (playbook, names): (&Playbook, &Names),
    callees: &Callees,
    found: &mut Vec<Diagnostic>,
) {
    let Some(callee) = callees.get(&invocation.file.text) else { return };
    let paths = path_inputs(callee);
    for binding in invocation.with.iter().filter(|binding| paths.contains(&binding.name.text)) {
        let mut early = Early::new(Place::Path, playbook, names);
        let mut told = Vec::new();
        binding.value.each_reference(&mut |reference| {
            made_of(reference, step.foreach.as_deref(), &mut |reference| early.follow(reference, &mut told));
        });
        // Everything else that is wrong is told where the step is linked.
        let from_answers = told.into_iter().filter(|diagnostic| diagnostic.code == "path-from-answer");
        let why = format!("`{}` makes a path in `{}`", binding.name.text, invocation.file.text);
        found.extend(from_answers.map(|diagnostic| diagnostic.also(binding.name.span, why.clone())));
    }
}

/// The inputs of a playbook that are part of the path of a file or a program, there or in what it calls.
fn path_inputs(checked: &Checked) -> BTreeSet<Arc<str>> {
    let Checked { playbook, names, callees, .. } = checked;
    let mut early = Early::new(Place::Path, playbook, names);
    let nobody = &mut Vec::new();
    for step in playbook.steps.iter().chain(&playbook.finally) {
        visit::step(step, &mut |place, reference| {
            if place == Place::Path || reference.names_file {
                made_of(reference, step.foreach.as_deref(), &mut |reference| early.follow(reference, nobody));
            }
        });
        if let Work::Call(invocation) = &step.work
            && let Some(callee) = callees.get(&invocation.file.text)
        {
            let inner = path_inputs(callee);
            let handed_on = invocation.with.iter().filter(|binding| inner.contains(&binding.name.text));
            for binding in handed_on {
                binding.value.each_reference(&mut |reference| {
                    made_of(reference, step.foreach.as_deref(), &mut |reference| early.follow(reference, nobody));
                });
            }
        }
    }
    for binding in playbook.vars.iter().chain(&playbook.outputs) {
        binding.value.each_reference(&mut |reference| {
            if reference.names_file {
                early.follow(reference, nobody);
            }
        });
    }
    // The default of one may be made of others.
    loop {
        let known = early.inputs.clone();
        let defaults = known.iter().filter_map(|index| playbook.inputs[*index].default.as_ref());
        defaults.for_each(|default| early.value(default, nobody));
        if early.inputs == known {
            break;
        }
    }
    early.inputs.iter().map(|index| Arc::clone(&playbook.inputs[*index].name.text)).collect()
}
