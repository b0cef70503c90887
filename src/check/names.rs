//! The flat space of names: inputs, variables, captures. Each name is defined once.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::items::{item_names, shadowing};
use crate::diagnostic::{Diagnostic, rule};
use crate::expression::{RESERVED, function_names};
use crate::playbook::{Playbook, Step, Work};
use crate::source::{Span, Text};

/// What a name means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Definition {
    /// The input of that index.
    Input(usize),
    /// The variable of that index.
    Var(usize),
    /// A capture of the step of that index.
    Capture(usize),
    /// A capture of the `finally` step of that index.
    Finally(usize),
}

/// Every name of a playbook, and every step's id.
#[derive(Clone, Debug, Default)]
pub struct Names {
    names: HashMap<Arc<str>, (Definition, Span)>,
    steps: HashMap<Arc<str>, usize>,
    finally: HashMap<Arc<str>, usize>,
    /// How many names may still be compared for "did you mean": a hundred thousand undefined names among a hundred
    /// thousand defined ones would take hours.
    comparisons: Arc<AtomicUsize>,
}

/// Enough for hundreds of mistakes in a large playbook, and for all of them in one that a person writes.
const COMPARISONS: usize = 300_000;

/// Words of the expression language, which no expression could use as names.
const KEYWORDS: &[&str] = &["and", "or", "not", "in", "is", "if", "else", "true", "false", "null", "none"];

impl Names {
    /// Collects the names; a name that is defined twice or reserved is a mistake.
    pub(super) fn collect(playbook: &Playbook, found: &mut Vec<Diagnostic>) -> Names {
        let mut names = Names { comparisons: Arc::new(COMPARISONS.into()), ..Names::default() };
        for (index, input) in playbook.inputs.iter().enumerate() {
            names.define(&input.name, Definition::Input(index), found);
        }
        for (index, var) in playbook.vars.iter().enumerate() {
            names.define(&var.name, Definition::Var(index), found);
        }
        for (index, step) in playbook.steps.iter().enumerate() {
            names.steps.insert(Arc::clone(&step.id.text), index);
            captures(step, &mut |name| names.define(name, Definition::Capture(index), found));
        }
        for (index, step) in playbook.finally.iter().enumerate() {
            if let Some(&other) = names.steps.get(&step.id.text) {
                found.push(duplicate("step id", &step.id, playbook.steps[other].id.span));
            }
            names.finally.insert(Arc::clone(&step.id.text), index);
            captures(step, &mut |name| names.define(name, Definition::Finally(index), found));
        }
        for name in playbook.steps.iter().chain(&playbook.finally).flat_map(item_names) {
            names.define_item(name, found);
        }
        names
    }

    /// The name of an item is known in its step only, and shadows nothing.
    fn define_item(&self, name: &Text, found: &mut Vec<Diagnostic>) {
        if is_reserved(&name.text) {
            found.push(reserved(name));
        } else if let Some((_, first)) = self.names.get(&name.text) {
            found.push(shadowing(name, *first));
        }
    }

    fn define(&mut self, name: &Text, definition: Definition, found: &mut Vec<Diagnostic>) {
        if is_reserved(&name.text) {
            found.push(reserved(name));
            return;
        }
        match self.names.get(&name.text) {
            // The requests of one step (find and create, say) capture the same names.
            Some((other, _))
                if *other == definition && matches!(definition, Definition::Capture(_) | Definition::Finally(_)) => {}
            Some((_, first)) => found.push(duplicate("name", name, *first)),
            None => {
                self.names.insert(Arc::clone(&name.text), (definition, name.span));
            }
        }
    }

    /// What a name means.
    pub fn get(&self, name: &str) -> Option<Definition> {
        self.names.get(name).map(|(definition, _)| *definition)
    }

    /// Where a name is defined.
    pub(super) fn span(&self, name: &str) -> Option<Span> {
        self.names.get(name).map(|(_, span)| *span)
    }

    /// The index of the step of that id.
    pub fn step(&self, id: &str) -> Option<usize> {
        self.steps.get(id).copied()
    }

    /// The index of the `finally` step of that id.
    pub fn finally(&self, id: &str) -> Option<usize> {
        self.finally.get(id).copied()
    }

    /// Every defined name.
    pub fn all(&self) -> impl Iterator<Item = &str> {
        self.names.keys().map(|name| &**name)
    }

    /// The defined names that may have been meant, sorted; none where that would take too long.
    pub(super) fn candidates(&self, wanted: impl Fn(Definition) -> bool) -> Vec<&str> {
        let wanted = |(_, (definition, _)): &(&Arc<str>, &(Definition, Span))| wanted(*definition);
        self.affordable(self.names.len(), self.names.iter().filter(wanted).map(|(name, _)| &**name))
    }

    /// The ids of steps that may have been meant, sorted; none where that would take too long.
    pub(super) fn step_candidates(&self) -> Vec<&str> {
        self.affordable(self.steps.len(), self.steps.keys().map(|id| &**id))
    }

    fn affordable<'a>(&self, count: usize, names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
        let left = self.comparisons.load(Ordering::Relaxed);
        if left < count {
            return Vec::new();
        }
        self.comparisons.store(left - count, Ordering::Relaxed);
        let mut names: Vec<&str> = names.collect();
        names.sort_unstable();
        names
    }
}

fn is_reserved(name: &str) -> bool {
    KEYWORDS.contains(&name) || RESERVED.contains(&name) || function_names().contains(&name)
}

fn reserved(name: &Text) -> Diagnostic {
    let message = format!("`{}` is reserved and cannot be defined", name.text);
    let help = format!("choose another name, such as `{}_value` or `my_{}`", name.text, name.text);
    Diagnostic::new(rule::RESERVED_NAME, name.span, message).help(help)
}

fn duplicate(what: &str, name: &Text, first: Span) -> Diagnostic {
    Diagnostic::new(rule::DUPLICATE_NAME, name.span, format!("the {what} `{}` is defined twice", name.text))
        .label("defined again")
        .also(first, "first defined here")
        .help("give one of them another name: each is defined once, wherever it is")
}

/// Calls `visit` with the name of each capture of a step, or of what it sets.
pub(super) fn captures<'a>(step: &'a Step, visit: &mut dyn FnMut(&'a Text)) {
    match &step.work {
        Work::Request(request) => request.captures.iter().for_each(|capture| visit(&capture.name)),
        Work::Set(bindings) => bindings.iter().for_each(|binding| visit(&binding.name)),
        Work::Wait(_) => {}
        Work::Exec(exec) => exec.judged.captures.iter().for_each(|capture| visit(&capture.name)),
        Work::Call(invocation) => invocation.outputs.iter().for_each(|(name, _)| visit(name)),
        Work::Ensure(ensure) => {
            let requests = ensure.find.iter().chain([&ensure.create]).chain(&ensure.update);
            requests.flat_map(|request| &request.captures).for_each(|capture| visit(&capture.name));
        }
    }
}
