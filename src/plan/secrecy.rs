//! Which inputs are secret, and what is told of inputs without their values.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::Inputs;
use crate::diagnostic::Diagnostic;
use crate::playbook::{Input, Playbook};
use crate::secret::Redactor;
use crate::value::Value;

impl Inputs {
    /// Whether an input's value must never come out: the playbook says so, or who gives the value.
    pub(super) fn is_secret(&self, input: &Input) -> bool {
        input.secret || self.secrets.contains(&*input.name.text)
    }
}

/// The inputs that must never come out.
pub(super) fn secret_inputs(playbook: &Playbook, inputs: &Inputs) -> HashSet<Arc<str>> {
    let secret = playbook.inputs.iter().filter(|input| inputs.is_secret(input));
    secret.map(|input| Arc::clone(&input.name.text)).collect()
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
