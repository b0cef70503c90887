//! Steps that may be skipped, or never run at all, and what becomes of those that use their values.

use std::collections::HashSet;

use super::super::names::{Definition, Names};
use super::super::{Because, EdgeKind, Links};
use crate::diagnostic::{Diagnostic, rule};
use crate::expression::{Reference, Target};
use crate::playbook::{Playbook, Step};

/// Tells of steps that never run: their `when` is false in every run, or they need a value of such a step. Gives their
/// indices.
pub(super) fn check_unreachable(
    playbook: &Playbook,
    links: &[Links],
    order: &[usize],
    found: &mut Vec<Diagnostic>,
) -> Vec<bool> {
    let mut unreachable = vec![false; playbook.steps.len()];
    for &index in order {
        let step = &playbook.steps[index];
        let edges = || links[index].edges.iter().filter(|edge| edge.kind == EdgeKind::Value);
        let never = step.when.as_ref().filter(|when| when.settled().is_some_and(|settled| !settled.holds));
        if let Some(when) = never {
            unreachable[index] = true;
            let message = format!("step `{}` never runs: its `when` is false in every run", step.id.text);
            found.push(
                Diagnostic::new(rule::UNREACHABLE_STEP, when.span(), message)
                    .help("take the step out, or make `when` depend on an input, as in `when: with_cleanup`"),
            );
        } else if let Some(edge) = edges().find(|edge| unreachable[edge.from])
            && let Because::Reference { name, span, .. } = &edge.because
        {
            unreachable[index] = true;
            let from = &playbook.steps[edge.from].id;
            let message = format!("step `{}` never runs: it needs `{name}` of step `{}`", step.id.text, from.text);
            found.push(
                Diagnostic::new(rule::UNREACHABLE_STEP, *span, message)
                    .also(from.span, "this step never runs")
                    .help("take it out as well, or give the value a `| default(…)`"),
            );
        }
    }
    unreachable
}

/// Tells of values that are missing where their step is skipped.
pub(super) fn check_skipped(
    playbook: &Playbook,
    names: &Names,
    links: &[Links],
    unreachable: &[bool],
    found: &mut Vec<Diagnostic>,
) {
    for (index, step) in playbook.steps.iter().enumerate().filter(|(index, _)| !unreachable[*index]) {
        let asked = asked(step);
        // One hint for each step that may be missing.
        let mut told = HashSet::new();
        for edge in links[index].edges.iter().filter(|edge| edge.kind == EdgeKind::Value) {
            let from = &playbook.steps[edge.from];
            let Because::Reference { name, span, through } = &edge.because else { continue };
            if !may_miss(from) || same_condition(step, from) || asked.contains(&&*from.id.text) {
                continue;
            }
            if told.insert(edge.from) {
                let consequence = format!("then step `{}` is skipped too", step.id.text);
                let consequence = match through {
                    Some(var) => format!("`{var}` is made of it: {consequence}"),
                    None => consequence,
                };
                let diagnostic =
                    Diagnostic::new(rule::MAY_BE_SKIPPED, *span, message(name, from)).label(consequence).help(format!(
                        "if it is to run all the same, write `{} | default(…)`",
                        through.as_ref().unwrap_or(name)
                    ));
                found.push(reason(diagnostic, from));
            }
        }
    }
    for output in &playbook.outputs {
        let mut told = false;
        output.value.each_reference(&mut |reference| {
            let from = missing(reference, playbook, names).filter(|from| !unreachable[*from] && !reference.optional);
            if let Some(from) = from.filter(|_| !told).map(|from| &playbook.steps[from]) {
                told = true;
                let name = super::super::link::label(reference);
                let diagnostic = Diagnostic::new(rule::MAY_BE_SKIPPED, reference.span, message(&name, from))
                    .label(format!("then the output `{}` is left out", output.name.text))
                    .help(format!("if it is to be there all the same, write `{name} | default(…)`"));
                found.push(reason(diagnostic, from));
            }
        });
    }
}

fn message(name: &str, from: &Step) -> String {
    match from.when {
        Some(_) => format!("`{name}` is missing where step `{}` is skipped", from.id.text),
        None => format!("`{name}` is missing where step `{}` does not pass", from.id.text),
    }
}

fn reason(diagnostic: Diagnostic, from: &Step) -> Diagnostic {
    match &from.when {
        Some(when) => diagnostic.also(when.span(), "it is skipped where this is false"),
        None => diagnostic.also(from.id.span, "the run goes on without it: `continue_on_error: true`"),
    }
}

/// Whether a run may go on without the values of a step.
fn may_miss(step: &Step) -> bool {
    let settled = step.when.as_ref().and_then(|when| when.settled());
    step.continue_on_error || step.when.is_some() && settled.is_none()
}

/// The steps that a step asks about itself, in `when`: it knows what it does.
fn asked(step: &Step) -> Vec<&str> {
    let references = step.when.iter().flat_map(|when| when.references());
    let ids = references.filter_map(|reference| match &reference.target {
        Target::Step { id, .. } => Some(&**id),
        _ => None,
    });
    ids.collect()
}

/// Whether a step is skipped whenever the other is: its condition is the same, or has that as a part.
fn same_condition(step: &Step, from: &Step) -> bool {
    let (Some(own), Some(other)) = (&step.when, &from.when) else { return false };
    !from.continue_on_error && own.demands(other)
}

/// The step whose value a reference needs, where that may be missing.
fn missing(reference: &Reference, playbook: &Playbook, names: &Names) -> Option<usize> {
    let index = match &reference.target {
        Target::Name(name) => match names.get(name)? {
            Definition::Capture(index) => index,
            _ => return None,
        },
        Target::Step { id, .. } => names.step(id)?,
        Target::Steps => return None,
    };
    may_miss(&playbook.steps[index]).then_some(index)
}
