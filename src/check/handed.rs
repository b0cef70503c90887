//! What a step hands to a playbook that it calls: where that makes the path of a file or a program of it, no answer's
//! value may be handed over, as none may stand there.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::callee::Callees;
use super::early::Early;
use super::items::made_of;
use super::names::Names;
use super::places::Place;
use super::rules::each_template;
use super::visit;
use crate::diagnostic::{Diagnostic, rule};
use crate::expression::{Reference, Template};
use crate::playbook::{Binding, Invocation, Playbook, Step, Work};

/// Refuses what comes from an answer for an input that is part of a path in the called playbook.
pub(super) fn check_handed(
    step: &Step,
    invocation: &Invocation,
    (playbook, names): (&Playbook, &Names),
    callees: &Callees,
    found: &mut Vec<Diagnostic>,
) {
    let Some(callee) = callees.get(&invocation.file.text) else { return };
    let paths = |binding: &&Binding| callee.path_inputs.contains(&binding.name.text);
    for binding in invocation.with.iter().filter(paths) {
        let mut early = Early::new(Place::Path, playbook, names);
        let mut told = Vec::new();
        binding.value.each_reference(&mut |reference| {
            made_of(reference, step.foreach.as_deref(), &mut |reference| early.follow(reference, &mut told));
        });
        // Everything else that is wrong is told where the step is linked.
        let from_answers = told.into_iter().filter(|diagnostic| diagnostic.is(rule::PATH_FROM_ANSWER));
        let why = format!("`{}` makes a path in `{}`", binding.name.text, invocation.file.text);
        found.extend(from_answers.map(|diagnostic| diagnostic.also(binding.name.span, why.clone())));
    }
}

/// The inputs of a playbook that are part of the path of a file or a program, there or in what it calls.
///
/// Whom it connects to is no path: as with a URL, what a called playbook connects to may come from an answer.
pub(super) fn path_inputs(playbook: &Playbook, names: &Names, callees: &Callees) -> BTreeSet<Arc<str>> {
    let mut early = Early::new(Place::Path, playbook, names);
    // What is wrong with a reference is told where it is linked.
    let nobody = &mut Vec::new();
    for step in playbook.steps.iter().chain(&playbook.finally) {
        each_path(step, callees, &mut |reference| early.follow(reference, nobody));
    }
    let connection = &playbook.defaults.connection;
    connection.files().flat_map(Template::references).for_each(|reference| early.follow(reference, nobody));
    each_shared(playbook, &mut |reference| {
        if reference.names_file {
            early.follow(reference, nobody);
        }
    });
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

/// Calls `visit` with everything of a step that makes a path.
fn each_path<'a>(step: &'a Step, callees: &Callees, visit: &mut dyn FnMut(&'a Reference)) {
    let foreach = step.foreach.as_deref();
    visit::step(step, &mut |place, reference| {
        if place == Place::Path || reference.names_file {
            made_of(reference, foreach, visit);
        }
    });
    let Work::Call(invocation) = &step.work else { return };
    let Some(callee) = callees.get(&invocation.file.text) else { return };
    for binding in invocation.with.iter().filter(|binding| callee.path_inputs.contains(&binding.name.text)) {
        binding.value.each_reference(&mut |reference| made_of(reference, foreach, visit));
    }
}

/// Calls `visit` with every reference outside of steps.
pub(super) fn each_shared<'a>(playbook: &'a Playbook, visit: &mut dyn FnMut(&'a Reference)) {
    let bindings = playbook.vars.iter().chain(&playbook.outputs);
    bindings.for_each(|binding| binding.value.each_reference(visit));
    playbook.inputs.iter().for_each(|input| input.each_reference(visit));
    let defaults = &playbook.defaults;
    let headers = defaults.headers.iter().map(|(_, value)| value);
    let templates = defaults.base_url.iter().chain(headers).chain(defaults.connection.addresses());
    let hosts = playbook.providers.iter().flat_map(|provider| &provider.hosts);
    templates.chain(hosts).flat_map(Template::references).for_each(&mut *visit);
    for provider in &playbook.providers {
        each_template(provider, &mut |template| template.references().for_each(&mut *visit));
    }
    let marked =
        defaults.volatile.iter().chain(&defaults.unordered).chain(&defaults.redact).flat_map(|(_, paths)| paths);
    marked.for_each(|path| path.each_reference(visit));
}
