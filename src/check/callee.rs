//! `call`: whether a step gives the playbook that it calls what that needs, and takes what that has.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::Checked;
use crate::diagnostic::{Diagnostic, did_you_mean, rule};
use crate::playbook::{Binding, Input, InputKind, Invocation, JsonData};

/// Playbooks that steps call, by their files as written. One that could not be read is missing, and has been told of.
pub type Callees = HashMap<Arc<str>, Arc<Checked>>;

impl Checked {
    /// The playbooks that it calls, however deep, each once, in the order in which they were read.
    pub fn called(&self) -> impl Iterator<Item = &Checked> {
        // A file may be written in many ways, and each of them is an entry.
        let mut met = BTreeMap::new();
        let mut pending: Vec<&Checked> = self.callees.values().map(|callee| &**callee).collect();
        while let Some(callee) = pending.pop() {
            if met.insert(callee.playbook.source, callee).is_none() {
                pending.extend(callee.callees.values().map(|callee| &**callee));
            }
        }
        met.into_values()
    }
}

/// Compares `with` and `outputs` to the called playbook.
pub(super) fn check_invocation(invocation: &Invocation, callees: &Callees, found: &mut Vec<Diagnostic>) {
    let Some(callee) = callees.get(&invocation.file.text) else { return };
    let playbook = &callee.playbook;
    let file = &invocation.file.text;
    if let Some(matrix) = &playbook.matrix {
        let message = format!("`{file}` has a matrix: it is one run for each cell, and cannot be called");
        found.push(
            Diagnostic::new(rule::CALL_MATRIX, invocation.file.span, message)
                .also(matrix.span, "this matrix")
                .help("make its axes inputs, and call it with `foreach` over their values"),
        );
        return;
    }
    for binding in &invocation.with {
        let inputs = || playbook.inputs.iter().map(|input| &*input.name.text);
        if let Some(input) = playbook.inputs.iter().find(|input| input.name.text == binding.name.text) {
            check_literal(input, binding, found);
            continue;
        }
        let message = format!("`{file}` has no input `{}`", binding.name.text);
        let diagnostic = Diagnostic::new(rule::UNKNOWN_INPUT, binding.name.span, message);
        found.push(match did_you_mean(&binding.name.text, inputs()) {
            Some(help) => diagnostic.help(help),
            None => diagnostic.help("it takes no inputs: leave `with` out"),
        });
    }
    let missing = playbook.inputs.iter().filter(|input| is_missing(input, invocation, callee));
    for Input { name, .. } in missing {
        let message = format!("`{file}` needs a value for its input `{}`", name.text);
        found.push(
            Diagnostic::new(rule::MISSING_INPUT, invocation.file.span, message)
                .also(name.span, "declared here, without a `default`")
                .help(format!("write `with: {{ {}: … }}` beside `call`", name.text)),
        );
    }
    for (_, output) in invocation.outputs.iter().filter(|_| invocation.chosen) {
        let outputs = || playbook.outputs.iter().map(|output| &*output.name.text);
        if outputs().any(|name| *name == *output.text) {
            continue;
        }
        let diagnostic =
            Diagnostic::new(rule::UNDEFINED_NAME, output.span, format!("`{file}` has no output `{}`", output.text));
        found.push(match did_you_mean(&output.text, outputs()) {
            Some(help) => diagnostic.help(help),
            None => diagnostic.help("it has no `outputs`"),
        });
    }
}

/// A value that is written out has the input's type.
fn check_literal(input: &Input, binding: &Binding, found: &mut Vec<Diagnostic>) {
    let JsonData::Value(value) = &binding.value.data else { return };
    if input.kind == InputKind::Json {
        return;
    }
    if let Err(expected) = input.kind.typed(value) {
        let shown = value.preview(60);
        let message = format!("the input `{}` takes {expected}, not `{}`", input.name.text, shown.trim_matches('"'));
        found.push(
            Diagnostic::new(rule::BAD_INPUT, binding.value.span, message)
                .also(input.name.span, "declared here")
                .help(format!("write {}", input.kind.example())),
        );
    }
}

/// Whether nothing gives the input a value: a called playbook's inputs come from its caller, not from the command line.
fn is_missing(input: &Input, invocation: &Invocation, callee: &Checked) -> bool {
    let given = invocation.with.iter().any(|binding| binding.name.text == input.name.text);
    let simulated = callee.playbook.simulate.iter().any(|binding| binding.name.text == input.name.text);
    !given && !simulated && !input.optional && input.default.is_none() && input.from.is_empty()
}
