//! The files that answers are saved in: each has a name that works everywhere, is written once, and is no secret.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use super::early::Early;
use super::names::Names;
use super::places::Place;
use super::visit;
use crate::diagnostic::{Diagnostic, rule};
use crate::expression::{Target, Template};
use crate::playbook::{Cleanup, Playbook, Request, Step, Work, bad_save};
use crate::source::Span;

/// Looks at every `save`.
pub(super) fn check_saves(playbook: &Playbook, names: &Names, found: &mut Vec<Diagnostic>) {
    let mut known: HashMap<String, (&str, Span)> = HashMap::new();
    for step in playbook.steps.iter().chain(&playbook.finally) {
        each_request(step, &mut |request| {
            let Some(save) = &request.save else { return refuse_saved(request, found) };
            check_secrets(save, playbook, names, found);
            let Some(name) = save.as_literal() else { return };
            if let Some((message, help)) = bad_save(name) {
                found.push(Diagnostic::new(rule::BAD_SAVE, save.span(), message).help(help));
                return;
            }
            match known.entry(name.replace('\\', "/").to_lowercase()) {
                Entry::Occupied(first) => found.push(duplicate((name, save.span()), *first.get())),
                Entry::Vacant(free) => drop(free.insert((name, save.span()))),
            }
        });
    }
}

/// Calls `visit` with each request of a step.
pub(crate) fn each_request<'a>(step: &'a Step, visit: &mut dyn FnMut(&'a Request)) {
    match &step.work {
        Work::Request(request) => visit(request),
        Work::Ensure(ensure) => {
            let requests = ensure.find.iter().chain([&ensure.create]).chain(&ensure.update);
            requests.map(Arc::as_ref).for_each(&mut *visit);
        }
        Work::Set(_) | Work::Wait(_) | Work::Exec(_) | Work::Call(_) => {}
    }
    for cleanup in &step.cleanup {
        if let Cleanup::Request(request) = cleanup {
            visit(request);
        }
    }
}

/// Without `save` there is no `saved`.
fn refuse_saved(request: &Request, found: &mut Vec<Diagnostic>) {
    visit::request(request, Place::Request, &mut |place, reference| {
        if place.sees_answer() && matches!(&reference.target, Target::Name(name) if &**name == "saved") {
            let message = "`saved` means nothing here, since this request saves nothing";
            let help = "write `save: NAME` beside it, and the answer's body goes to that file";
            found.push(Diagnostic::new(rule::UNDEFINED_NAME, reference.span, message).help(help));
        }
    });
}

fn duplicate((name, span): (&str, Span), (first_name, first): (&str, Span)) -> Diagnostic {
    let message = if name == first_name {
        format!("two answers are saved as `{name}`")
    } else {
        format!("two answers are saved as `{first_name}` and `{name}`, which are one file on some systems")
    };
    Diagnostic::new(rule::DUPLICATE_SAVE, span, message)
        .label("saved again")
        .also(first, "saved here first")
        .help("give one of them another name: the later answer would take the place of the earlier one")
}

/// The name of a file is written as it is, so that nothing masks it.
fn check_secrets(save: &Template, playbook: &Playbook, names: &Names, found: &mut Vec<Diagnostic>) {
    for reference in save.references() {
        let mut early = Early::new(Place::Path, playbook, names);
        // What does not resolve is told where the step is linked.
        early.follow(reference, &mut Vec::new());
        for input in early.inputs.iter().map(|index| &playbook.inputs[*index]).filter(|input| input.secret) {
            let name = &input.name;
            let message = format!("the input `{}` is secret and cannot be part of a file's name", name.text);
            found.push(
                Diagnostic::new(rule::SECRET_IN_PATH, reference.span, message)
                    .also(name.span, "declared here")
                    .help("the name of a file cannot be masked: make it of an input that is not secret"),
            );
        }
    }
}
