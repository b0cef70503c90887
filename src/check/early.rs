//! What is used before any step has run: it may need inputs, and variables that need inputs.

#![expect(clippy::result_large_err, reason = "diagnostics are made once per mistake, on the way out")]

use std::collections::BTreeSet;
use std::sync::Arc;

use super::link::{label, late_var};
use super::names::{Definition, Names};
use super::places::Place;
use super::resolve::{Meaning, Site, resolve};
use crate::diagnostic::{Diagnostic, rule};
use crate::expression::{Reference, Target};
use crate::playbook::{JsonTemplate, Playbook};

/// What is used before any step has run, followed through variables.
pub(super) struct Early<'a> {
    place: Place,
    playbook: &'a Playbook,
    names: &'a Names,
    /// Variables that have been followed: once is enough, and a circle of them must end.
    vars: BTreeSet<usize>,
    /// The inputs that were met.
    pub(super) inputs: BTreeSet<usize>,
}

impl<'a> Early<'a> {
    pub(super) fn new(place: Place, playbook: &'a Playbook, names: &'a Names) -> Self {
        Early { place, playbook, names, vars: BTreeSet::new(), inputs: BTreeSet::new() }
    }

    pub(super) fn value(&mut self, value: &JsonTemplate, found: &mut Vec<Diagnostic>) {
        value.each_reference(&mut |reference| self.follow(reference, found));
    }

    /// Follows a reference to the inputs it needs, and refuses what no input gives.
    pub(super) fn follow(&mut self, reference: &Reference, found: &mut Vec<Diagnostic>) {
        match self.look_up(reference) {
            Err(diagnostic) => found.push(diagnostic),
            Ok(Meaning::Var(index)) => {
                if let Some(late) = self.late_in(index) {
                    let var = &self.playbook.vars[index].name;
                    found.push(late_var(reference, self.place, &late, var.span));
                }
            }
            Ok(_) => self.note_input(reference),
        }
    }

    fn look_up(&self, reference: &Reference) -> Result<Meaning, Diagnostic> {
        resolve(reference, Site { place: self.place, step: None, finally: false }, self.playbook, self.names)
    }

    fn note_input(&mut self, reference: &Reference) {
        if let Target::Name(name) = &reference.target
            && let Some(Definition::Input(index)) = self.names.get(name)
        {
            self.inputs.insert(index);
        }
    }

    /// What a variable needs, through others too, that comes from a step. Other mistakes in it are told where it is
    /// linked, so that each is told once.
    fn late_in(&mut self, index: usize) -> Option<Arc<str>> {
        let mut pending = vec![index];
        let mut late = None;
        while let Some(index) = pending.pop() {
            // A circle of variables must end.
            if !self.vars.insert(index) {
                continue;
            }
            self.playbook.vars[index].value.each_reference(&mut |reference| match self.look_up(reference) {
                Ok(Meaning::Var(other)) => pending.push(other),
                Ok(_) => self.note_input(reference),
                Err(diagnostic) if diagnostic.is(rule::LATE_NAME) || diagnostic.is(rule::PATH_FROM_ANSWER) => {
                    late = late.take().or_else(|| Some(label(reference)));
                }
                Err(_) => {}
            });
        }
        late
    }
}
