//! Names that are defined and never used.
//!
//! What an included file defines is for others too, and is not looked at; nor is a capture of an `ensure`, whose
//! absence says that something must be created, nor one that is masked because it is captured.

use std::collections::HashSet;

use super::super::handed::each_shared;
use super::super::names::{Names, captures};
use super::super::rules::each_step;
use super::super::visit;
use super::each_judged;
use crate::diagnostic::{Diagnostic, rule};
use crate::expression::{Reference, Target, Template};
use crate::playbook::{Length, Playbook, Step, Work};
use crate::source::Text;

/// What is mentioned anywhere.
#[derive(Default)]
struct Used<'a> {
    names: HashSet<&'a str>,
    /// Steps and their fields.
    fields: HashSet<(&'a str, &'a str)>,
    /// Steps that are mentioned as a whole: any of their captures may be meant.
    steps: HashSet<&'a str>,
    /// Whether any step may be meant.
    any: bool,
}

pub(super) fn check_unused(playbook: &Playbook, names: &Names, found: &mut Vec<Diagnostic>) {
    let used = Used::of(playbook);
    let own = |name: &Text| name.span.source == playbook.source;
    let is_unused = |name: &Text| own(name) && !used.names.contains(&*name.text);
    let is_axis =
        |name: &Text| playbook.matrix.iter().flat_map(|matrix| &matrix.axes).any(|axis| axis.name.text == name.text);
    for input in playbook.inputs.iter().filter(|input| is_unused(&input.name) && !is_axis(&input.name)) {
        found.push(unused(
            "input",
            &input.name,
            "take it out, or use it: whoever runs the playbook will look for what it does",
        ));
    }
    for var in playbook.vars.iter().filter(|var| is_unused(&var.name)) {
        found.push(unused("variable", &var.name, "take it out, or use it"));
    }
    check_providers(playbook, found);
    for (step, _) in each_step(playbook).filter(|(step, _)| !used.has_all(step)) {
        captures(step, &mut |name| {
            let counts = own(name) && names.get(&name.text).is_some() && !has_a_use_of_its_own(step, name);
            if counts && !used.names.contains(&*name.text) && !used.fields.contains(&(&*step.id.text, &*name.text)) {
                found.push(unused_capture(step, name));
            }
        });
    }
}

/// What is captured as a secret is masked wherever it is met; outputs that nobody chose are named in another file.
fn has_a_use_of_its_own(step: &Step, name: &Text) -> bool {
    match &step.work {
        Work::Request(request) => request.captures.iter().any(|capture| capture.name == *name && capture.secret),
        Work::Exec(exec) => exec.judged.captures.iter().any(|capture| capture.name == *name && capture.secret),
        Work::Call(invocation) => !invocation.chosen,
        _ => false,
    }
}

fn unused(what: &str, name: &Text, help: &str) -> Diagnostic {
    let message = format!("the {what} `{}` is never used", name.text);
    Diagnostic::new(rule::UNUSED_NAME, name.span, message).help(help)
}

fn unused_capture(step: &Step, name: &Text) -> Diagnostic {
    let message = format!("`{}` is captured and never used", name.text);
    match &step.work {
        Work::Set(_) => unused("value", name, "take it out, or use it"),
        Work::Call(_) => unused("output", name, "take it out of `outputs`, or use it"),
        _ => Diagnostic::new(rule::UNUSED_NAME, name.span, message)
            .help("use it, hand it out under `outputs`, or take it out; what must only be there stands in `expect`"),
    }
}

fn check_providers(playbook: &Playbook, found: &mut Vec<Diagnostic>) {
    let mut asked: HashSet<&str> = playbook.defaults.auth.iter().map(|name| &*name.text).collect();
    for (step, _) in each_step(playbook) {
        each_judged(step, &mut |request| asked.extend(request.auth.iter().map(|name| &*name.text)));
    }
    for provider in &playbook.providers {
        let name = &provider.name;
        if name.span.source == playbook.source && !asked.contains(&*name.text) {
            let help = format!("write `auth: {}` under `defaults` or beside a request, or take it out", name.text);
            found.push(unused("provider", name, &help));
        }
    }
}

impl<'a> Used<'a> {
    fn of(playbook: &'a Playbook) -> Self {
        let mut used = Used::default();
        each_shared(playbook, &mut |reference| used.note(reference));
        let connection = &playbook.defaults.connection;
        connection.files().flat_map(Template::references).for_each(|reference| used.note(reference));
        playbook.defaults.lengths().for_each(|length| used.note_length(length));
        for (step, _) in each_step(playbook) {
            visit::step(step, &mut |_, reference| used.note(reference));
            each_judged(step, &mut |request| request.lengths().for_each(|length| used.note_length(length)));
        }
        used
    }

    fn note(&mut self, reference: &'a Reference) {
        match &reference.target {
            Target::Name(name) => drop(self.names.insert(name)),
            Target::Step { id, field: Some(field) } => drop(self.fields.insert((id, field))),
            Target::Step { id, field: None } => drop(self.steps.insert(id)),
            Target::Steps => self.any = true,
        }
    }

    fn note_length(&mut self, length: &'a Length) {
        if let Length::Open(template) = length {
            template.references().for_each(|reference| self.note(reference));
        }
    }

    /// Whether every capture of a step may be used.
    fn has_all(&self, step: &Step) -> bool {
        self.any || self.steps.contains(&*step.id.text) || matches!(step.work, Work::Ensure(_))
    }
}
