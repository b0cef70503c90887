//! Which inputs are secret, and what is told of inputs without their values.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::{Inputs, Plan};
use crate::check::each_request;
use crate::diagnostic::Diagnostic;
use crate::expression::{Reference, Target};
use crate::playbook::{Binding, Capture, CaptureFrom, Input, Playbook, Step, Work};
use crate::secret::Redactor;
use crate::value::Value;

impl Inputs {
    /// Whether an input's value must never come out: the playbook says so, or who gives the value.
    pub(super) fn is_secret(&self, input: &Input) -> bool {
        input.secret || self.secrets.contains(&*input.name.text)
    }
}

impl Plan {
    /// Finds what is known to be secret before the run.
    pub fn redactor(&self) -> Redactor {
        let mut redactor = Redactor::default();
        self.secrets().for_each(|value| redactor.learn_value(value));
        let written = self.called_secrets().into_iter().chain(self.written_secrets());
        written.for_each(|value| redactor.learn_value(&value));
        redactor
    }
}

/// The inputs that must never come out.
pub(super) fn secret_inputs(playbook: &Playbook, inputs: &Inputs) -> HashSet<Arc<str>> {
    let secret = playbook.inputs.iter().filter(|input| inputs.is_secret(input));
    secret.map(|input| Arc::clone(&input.name.text)).collect()
}

/// The names of secrets and of everything that is made of them.
pub(super) fn secret_names(playbook: &Playbook, inputs: &HashSet<Arc<str>>) -> HashSet<Arc<str>> {
    let mut secret = inputs.clone();
    let mut made: Vec<(&Arc<str>, Vec<&Reference>)> = Vec::new();
    for binding in &playbook.vars {
        made.push((&binding.name.text, references(binding)));
    }
    for step in playbook.steps.iter().chain(&playbook.finally) {
        if let Work::Set(bindings) = &step.work {
            made.extend(bindings.iter().map(|binding| (&binding.name.text, references(binding))));
        }
        each_capture(step, &mut |capture| match &capture.from {
            _ if capture.secret => {
                secret.insert(Arc::clone(&capture.name.text));
            }
            CaptureFrom::Expr(expr) => made.push((&capture.name.text, expr.references().iter().collect())),
            _ => {}
        });
    }
    loop {
        let known = secret.len();
        for (name, references) in &made {
            if references.iter().any(|reference| is_of(reference, &secret)) {
                secret.insert(Arc::clone(name));
            }
        }
        if secret.len() == known {
            return secret;
        }
    }
}

fn references(binding: &Binding) -> Vec<&Reference> {
    let mut references = Vec::new();
    binding.value.each_reference(&mut |reference| references.push(reference));
    references
}

fn each_capture<'a>(step: &'a Step, visit: &mut dyn FnMut(&'a Capture)) {
    each_request(step, &mut |request| request.captures.iter().for_each(&mut *visit));
    if let Work::Exec(exec) = &step.work {
        exec.judged.captures.iter().for_each(visit);
    }
}

fn is_of(reference: &Reference, names: &HashSet<Arc<str>>) -> bool {
    match &reference.target {
        Target::Name(name) | Target::Step { field: Some(name), .. } => names.contains(name),
        _ => false,
    }
}

/// Finds the values of these inputs.
pub(super) fn redactor(secret: &HashSet<Arc<str>>, values: &HashMap<Arc<str>, Value>) -> Redactor {
    let mut redactor = Redactor::default();
    secret.iter().filter_map(|name| values.get(name)).for_each(|value| redactor.learn_value(value));
    redactor
}

/// What is told, without secrets. What is cut must not hold one: half of a secret could no longer be found.
pub(super) fn masked(mut found: Vec<Diagnostic>, redactor: &Redactor) -> Vec<Diagnostic> {
    for diagnostic in &mut found {
        let labels = diagnostic.primary.iter_mut().chain(&mut diagnostic.secondary).map(|label| &mut label.text);
        let texts = std::iter::once(&mut diagnostic.message).chain(&mut diagnostic.help).chain(labels);
        texts.filter(|text| redactor.finds(text)).for_each(|text| *text = redactor.redact(text));
    }
    found
}
