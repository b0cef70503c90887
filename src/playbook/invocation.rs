//! `call`: another playbook, run as one step.

use std::sync::Arc;

use super::model::{Binding, Step, Work};
use super::read::{Fields, each, read_bindings};
use super::tree::Node;
use crate::diagnostic::Diagnostic;
use crate::source::Text;

/// What a step calls.
#[derive(Clone, Debug)]
pub struct Invocation {
    /// The playbook's file, relative to the one that calls it.
    pub file: Text,
    /// Its inputs.
    pub with: Vec<Binding>,
    /// Which of its outputs are taken, by the names that they have here.
    pub outputs: Vec<(Text, Text)>,
    /// Whether `outputs` is written: all are taken under their own names where it is not.
    pub chosen: bool,
}

impl Invocation {
    /// Takes every output of the called playbook under its own name, where nothing else is said.
    pub fn take_outputs<'a>(&mut self, names: impl Iterator<Item = &'a Arc<str>>) {
        if !self.chosen {
            let named = |name: &Arc<str>| Text::synthetic(&**name, self.file.span);
            self.outputs = names.map(|name| (named(name), named(name))).collect();
        }
    }
}

impl Step {
    /// What it calls, if that is what it does.
    pub fn invocation(&self) -> Option<&Invocation> {
        match &self.work {
            Work::Call(invocation) => Some(invocation),
            _ => None,
        }
    }
}

/// Reads `call`, and `with` and `outputs` beside it.
pub(super) fn read_invocation(fields: Fields<'_>, found: &mut Vec<Diagnostic>) -> Option<Invocation> {
    let file = fields.text("call")?;
    let outputs = fields.get("outputs");
    Some(Invocation {
        file,
        with: read_bindings(fields.get("with"), found),
        chosen: outputs.is_some(),
        outputs: each(outputs, read_output).into_iter().flatten().collect(),
    })
}

fn read_output(name: &Text, node: &Node) -> Option<(Text, Text)> {
    Some((name.clone(), node.as_scalar()?.text.clone()))
}
